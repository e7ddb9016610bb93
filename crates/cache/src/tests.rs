use super::*;
use std::fs::{self, File, Permissions};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, SystemTime};

/// A folder of its own for one test, removed at the end.
struct Place(PathBuf);

impl Place {
    fn new() -> Self {
        static COUNTER: AtomicU32 = AtomicU32::new(0);
        let count = COUNTER.fetch_add(1, Ordering::Relaxed);
        let name = format!("wasmjit-cache-test-{}-{count}", std::process::id());
        let path = std::env::temp_dir().join(name);
        let _ = fs::remove_dir_all(&path);
        fs::create_dir(&path).unwrap();
        Self(path)
    }

    fn cache(&self) -> Cache {
        Cache::new(self.0.join("a").join("code"))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn key(name: &str) -> Key {
    KeyBuilder::new(name.as_bytes()).part("test").finish()
}

/// The file of the entry under `key`.
fn file(cache: &Cache, key: &Key) -> PathBuf {
    cache.path().join(format!("{key}.code"))
}

fn contents(cache: &Cache, key: &Key) -> Option<Vec<u8>> {
    cache.load(key).ok().map(|image| image.to_vec())
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

fn refusal(cache: &Cache, key: &Key) -> Refusal {
    match cache.load(key) {
        Err(Absent::Refused(refusal)) => refusal,
        other => panic!("expected a refusal, got {other:?}"),
    }
}

/// A cache with one entry under `key("x")`.
fn filled(place: &Place) -> (Cache, Key) {
    let (cache, key) = (place.cache(), key("x"));
    cache.store(&key, &[b"con", b"", b"tents"]).unwrap();
    assert_eq!(contents(&cache, &key).unwrap(), b"contents");
    (cache, key)
}

#[test]
fn stores_and_loads() {
    let place = Place::new();
    let (cache, x) = filled(&place);
    assert!(matches!(cache.load(&key("y")), Err(Absent::Missing)));
    cache.store(&x, &[b"other"]).unwrap();
    assert_eq!(contents(&cache, &x).unwrap(), b"other");
    cache.store(&x, &[]).unwrap();
    assert_eq!(contents(&cache, &x).unwrap(), b"");
}

#[test]
fn makes_everything_private() {
    let place = Place::new();
    let (cache, x) = filled(&place);
    for folder in [cache.path(), cache.path().parent().unwrap()] {
        assert_eq!(fs::metadata(folder).unwrap().mode() & 0o777, 0o700);
    }
    let mode = fs::metadata(file(&cache, &x)).unwrap().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn a_missing_folder_is_an_empty_cache() {
    let place = Place::new();
    let cache = place.cache();
    assert!(matches!(cache.load(&key("x")), Err(Absent::Missing)));
    assert_eq!(cache.info().unwrap().entries, 0);
    assert_eq!(cache.clear().unwrap().entries, 0);
    assert!(!cache.path().exists());
}

#[test]
fn every_part_of_the_key_matters() {
    let base = || KeyBuilder::new(b"module").part("a").part("bc");
    assert_eq!(base().finish(), base().finish());
    assert_ne!(base().finish(), base().part("").finish());
    let moved = KeyBuilder::new(b"module").part("ab").part("c");
    assert_ne!(base().finish(), moved.finish());
    let other = KeyBuilder::new(b"modulf").part("a").part("bc");
    assert_ne!(base().finish(), other.finish());
}

#[test]
fn refuses_a_file_cut_short_anywhere() {
    let place = Place::new();
    let (cache, x) = filled(&place);
    let whole = fs::read(file(&cache, &x)).unwrap();
    for length in 0..whole.len() {
        fs::write(file(&cache, &x), &whole[..length]).unwrap();
        assert!(matches!(refusal(&cache, &x), Refusal::Contents), "{length}");
    }
    fs::write(file(&cache, &x), [&whole[..], b"\0"].concat()).unwrap();
    assert!(matches!(refusal(&cache, &x), Refusal::Contents));
}

#[test]
fn refuses_a_file_with_any_bit_changed() {
    let place = Place::new();
    let (cache, x) = filled(&place);
    let whole = fs::read(file(&cache, &x)).unwrap();
    for bit in 0..whole.len() * 8 {
        let mut changed = whole.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        fs::write(file(&cache, &x), &changed).unwrap();
        assert!(matches!(refusal(&cache, &x), Refusal::Contents), "{bit}");
    }
}

#[test]
fn refuses_the_entry_of_another_key() {
    let place = Place::new();
    let (cache, x) = filled(&place);
    fs::rename(file(&cache, &x), file(&cache, &key("y"))).unwrap();
    assert!(matches!(refusal(&cache, &key("y")), Refusal::Contents));
}

#[test]
fn refuses_and_replaces_a_foreign_file() {
    let place = Place::new();
    let (cache, x) = filled(&place);
    fs::write(file(&cache, &x), "something else".repeat(100)).unwrap();
    assert!(matches!(refusal(&cache, &x), Refusal::Contents));
    cache.store(&x, &[b"new"]).unwrap();
    assert_eq!(contents(&cache, &x).unwrap(), b"new");
}

#[test]
fn refuses_what_others_may_write() {
    let place = Place::new();
    let (cache, x) = filled(&place);
    for mode in [0o620, 0o602, 0o666] {
        set_mode(&file(&cache, &x), mode);
        assert!(matches!(refusal(&cache, &x), Refusal::Writable), "{mode:o}");
    }
    set_mode(&file(&cache, &x), 0o644);
    assert_eq!(contents(&cache, &x).unwrap(), b"contents");

    for mode in [0o720, 0o702, 0o777] {
        set_mode(cache.path(), mode);
        assert!(matches!(refusal(&cache, &x), Refusal::Writable), "{mode:o}");
        let error = cache.store(&x, &[b"new"]).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::PermissionDenied);
        let message = error.to_string();
        assert!(message.contains("may be written to"), "{message}");
        assert!(cache.clear().is_err());
        let refused = cache.info().unwrap().refused;
        assert!(matches!(refused, Some(Refusal::Writable)));
    }
    set_mode(cache.path(), 0o755);
    assert_eq!(contents(&cache, &x).unwrap(), b"contents");
}

#[test]
fn refuses_what_belongs_to_another_user() {
    // SAFETY: no preconditions.
    if unsafe { libc::geteuid() } != 0 {
        return; // Only root can give files away.
    }
    let place = Place::new();
    let (cache, x) = filled(&place);
    std::os::unix::fs::chown(file(&cache, &x), Some(65534), None).unwrap();
    assert!(matches!(refusal(&cache, &x), Refusal::Owner));
    cache.store(&x, &[b"new"]).unwrap();
    assert_eq!(contents(&cache, &x).unwrap(), b"new");

    std::os::unix::fs::chown(cache.path(), Some(65534), None).unwrap();
    assert!(matches!(refusal(&cache, &x), Refusal::Owner));
    assert!(cache.store(&x, &[b"newer"]).is_err());
}

#[test]
fn refuses_links_and_special_files() {
    let place = Place::new();
    let (cache, x) = filled(&place);
    let aside = place.0.join("aside");
    fs::rename(file(&cache, &x), &aside).unwrap();
    let original = fs::read(&aside).unwrap();

    symlink(&aside, file(&cache, &x)).unwrap();
    assert!(matches!(refusal(&cache, &x), Refusal::Kind));
    cache.store(&x, &[b"new"]).unwrap();
    assert_eq!(contents(&cache, &x).unwrap(), b"new");
    assert_eq!(fs::read(&aside).unwrap(), original);

    fs::remove_file(file(&cache, &x)).unwrap();
    let fifo = std::ffi::CString::new(file(&cache, &x).as_os_str().as_bytes()).unwrap();
    // SAFETY: the name is a terminated string.
    assert_eq!(unsafe { libc::mkfifo(fifo.as_ptr(), 0o600) }, 0);
    assert!(matches!(refusal(&cache, &x), Refusal::Kind));

    fs::remove_file(file(&cache, &x)).unwrap();
    fs::create_dir(file(&cache, &x)).unwrap();
    set_mode(&file(&cache, &x), 0o700);
    assert!(matches!(refusal(&cache, &x), Refusal::Kind));
    assert!(cache.store(&x, &[b"new"]).is_err());
    assert_eq!(temporaries(&cache), 0);
}

#[test]
fn refuses_a_folder_that_is_a_link() {
    let place = Place::new();
    let (cache, x) = filled(&place);
    let aside = place.0.join("aside");
    fs::rename(cache.path(), &aside).unwrap();
    symlink(&aside, cache.path()).unwrap();
    assert!(matches!(refusal(&cache, &x), Refusal::Kind));
    assert!(cache.store(&x, &[b"new"]).is_err());

    fs::remove_file(cache.path()).unwrap();
    fs::write(cache.path(), "a file").unwrap();
    assert!(matches!(refusal(&cache, &x), Refusal::Kind));
    assert!(cache.store(&x, &[b"new"]).is_err());
}

fn temporaries(cache: &Cache) -> usize {
    let names = fs::read_dir(cache.path()).unwrap();
    names
        .filter(|file| {
            file.as_ref()
                .unwrap()
                .file_name()
                .as_bytes()
                .ends_with(b".tmp")
        })
        .count()
}

fn set_age(path: &Path, age: Duration) {
    let file = File::options().append(true).open(path).unwrap();
    file.set_modified(SystemTime::now() - age).unwrap();
}

#[test]
fn evicts_the_least_recently_used() {
    let place = Place::new();
    let cache = place.cache().with_limit(10_000);
    let kilobyte = [7; 900];
    let names = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"];
    for (age, name) in names.iter().enumerate() {
        cache.store(&key(name), &[&kilobyte]).unwrap();
        let age = Duration::from_secs(3600 * (2 + age as u64));
        set_age(&file(&cache, &key(name)), age);
    }
    assert_eq!(cache.info().unwrap().entries, 10);
    // "j" is the oldest, but is used now.
    assert!(contents(&cache, &key("j")).is_some());
    cache.store(&key("new"), &[&kilobyte]).unwrap();
    let left = |name: &&str| file(&cache, &key(name)).exists();
    let left: Vec<&str> = names.iter().copied().filter(|name| left(name)).collect();
    assert_eq!(left, ["a", "b", "c", "d", "e", "f", "g", "j"]);
    assert!(contents(&cache, &key("new")).is_some());
    assert!(cache.info().unwrap().bytes <= 9_000);
}

#[test]
fn refuses_what_is_larger_than_the_cache() {
    let place = Place::new();
    let (cache, x) = filled(&place);
    let small = cache.clone().with_limit(500);
    let error = small.store(&key("y"), &[&[0; 500]]).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::FileTooLarge);
    assert!(contents(&cache, &x).is_some());
}

#[test]
fn removes_what_crashed_writers_left() {
    let place = Place::new();
    let (cache, x) = filled(&place);
    let old = cache.path().join(format!("{x}-0000000000000001.tmp"));
    let fresh = cache.path().join(format!("{x}-0000000000000002.tmp"));
    fs::write(&old, "half").unwrap();
    fs::write(&fresh, "half").unwrap();
    set_age(&old, Duration::from_secs(2 * 3600));
    cache.store(&x, &[b"new"]).unwrap();
    assert!(!old.exists());
    assert!(fresh.exists());
}

#[test]
fn clear_leaves_foreign_files() {
    let place = Place::new();
    let (cache, x) = filled(&place);
    let foreign = cache.path().join("notes.code");
    fs::write(&foreign, "mine").unwrap();
    let size = fs::metadata(file(&cache, &x)).unwrap().len();
    let info = cache.info().unwrap();
    assert_eq!((info.entries, info.bytes), (1, size));
    let cleared = cache.clear().unwrap();
    assert_eq!((cleared.entries, cleared.bytes), (1, size));
    assert!(matches!(cache.load(&x), Err(Absent::Missing)));
    assert!(foreign.exists());
}

#[test]
fn concurrent_writers_and_readers_see_whole_entries() {
    let place = Place::new();
    let cache = place.cache();
    let x = key("x");
    std::thread::scope(|scope| {
        for writer in 0..4u8 {
            let cache = &cache;
            scope.spawn(move || {
                for round in 0..50usize {
                    let contents = vec![writer; 1000 + round * 100];
                    cache.store(&x, &[&contents]).unwrap();
                }
            });
        }
        for _ in 0..2 {
            scope.spawn(|| {
                for _ in 0..200 {
                    match cache.load(&x) {
                        Ok(image) => assert!(image.iter().all(|byte| *byte == image[0])),
                        Err(Absent::Missing) => {}
                        Err(absent) => panic!("{absent}"),
                    }
                }
            });
        }
    });
    assert!(contents(&cache, &x).is_some());
    assert_eq!(temporaries(&cache), 0);
    assert_eq!(cache.info().unwrap().entries, 1);
}

#[test]
fn single_files_are_verified_too() {
    let place = Place::new();
    let (path, x) = (place.0.join("program.code"), key("x"));
    assert!(matches!(read_file(&path, &x), Err(Absent::Missing)));
    write_file(&path, &x, &[b"machine ", b"code"]).unwrap();
    assert_eq!(&*read_file(&path, &x).unwrap(), b"machine code");
    assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);

    let other = read_file(&path, &key("y"));
    assert!(matches!(other, Err(Absent::Refused(Refusal::Contents))));
    set_mode(&path, 0o660);
    let writable = read_file(&path, &x);
    assert!(matches!(writable, Err(Absent::Refused(Refusal::Writable))));

    let unwritable = place.0.join("missing").join("program.code");
    assert!(write_file(&unwritable, &x, &[b"code"]).is_err());
    fs::create_dir(place.0.join("folder")).unwrap();
    assert!(write_file(&place.0.join("folder"), &x, &[b"code"]).is_err());
    assert_eq!(fs::read_dir(&place.0).unwrap().count(), 2);
}
