//! The file of one entry.
//!
//! | bytes | |
//! |---|---|
//! | 8 | magic |
//! | 4 | version of this format, little endian |
//! | 4 | zero |
//! | 8 | length of the contents, little endian |
//! | 8 | zero |
//! | 32 | key |
//! | … | contents |
//! | 32 | BLAKE3 of all the above |

use crate::folder::{self, Folder};
use crate::{Absent, Key, Refusal};
use std::fs::{File, FileTimes};
use std::io::{self, Read, Write};
use std::ops::Deref;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

const MAGIC: [u8; 8] = *b"wjcache\n";
const VERSION: u32 = 1;
const HEADER: usize = 64;
const CHECKSUM: usize = 32;

/// How old the note of the last use may get before it is written anew.
const USE_GRANULARITY: Duration = Duration::from_secs(60 * 60);

/// The verified contents of an entry.
#[derive(Debug)]
pub struct Image(Vec<u8>);

impl Image {
    /// The bytes.
    pub fn into_vec(self) -> Vec<u8> {
        self.0
    }
}

impl Deref for Image {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

/// Size of the file that holds `parts`.
pub(crate) fn file_size(parts: &[&[u8]]) -> u64 {
    (HEADER + CHECKSUM) as u64 + parts.iter().map(|part| part.len() as u64).sum::<u64>()
}

fn header(key: &Key, contents: u64) -> [u8; HEADER] {
    let mut header = [0; HEADER];
    header[..8].copy_from_slice(&MAGIC);
    header[8..12].copy_from_slice(&VERSION.to_le_bytes());
    header[16..24].copy_from_slice(&contents.to_le_bytes());
    header[32..].copy_from_slice(key.as_bytes());
    header
}

/// Reads and verifies the entry under `key`.
pub(crate) fn load(folder: &Folder, key: &Key) -> Result<Image, Absent> {
    let file = folder.open_file(&folder::entry_name(key))?;
    let image = read(&file, key)?;
    note_use(&file);
    Ok(image)
}

/// Reads and verifies an open file.
pub(crate) fn read(mut file: &File, key: &Key) -> Result<Image, Absent> {
    let length = file.metadata()?.len();
    let length = length
        .checked_sub((HEADER + CHECKSUM) as u64)
        .ok_or(Refusal::Contents)?;

    // The header first: a huge foreign file is not worth reading.
    let mut start = [0; HEADER];
    read_exact(file, &mut start)?;
    if start != header(key, length) {
        return Err(Refusal::Contents.into());
    }
    let size = usize::try_from(length).map_err(|_| Refusal::Contents)? + CHECKSUM;
    let mut contents = Vec::new();
    contents
        .try_reserve_exact(size)
        .map_err(|_| Refusal::Io(io::ErrorKind::OutOfMemory.into()))?;
    (&mut file).take(size as u64).read_to_end(&mut contents)?;
    if contents.len() != size {
        return Err(Refusal::Contents.into());
    }
    let checksum = contents.split_off(size - CHECKSUM);
    let mut hasher = blake3::Hasher::new();
    hasher.update(&start).update(&contents);
    // Compares in constant time.
    if hasher.finalize() != blake3::Hash::from_slice(&checksum).expect("32 bytes") {
        return Err(Refusal::Contents.into());
    }
    Ok(Image(contents))
}

/// As [`Read::read_exact`]; a file that ends too early is damaged.
fn read_exact(mut file: &File, buffer: &mut [u8]) -> Result<(), Absent> {
    file.read_exact(buffer).map_err(|error| match error.kind() {
        io::ErrorKind::UnexpectedEof => Refusal::Contents.into(),
        _ => error.into(),
    })
}

/// Records that the entry was used, by its time of modification: access times
/// are often turned off.
fn note_use(file: &File) {
    let last = file.metadata().and_then(|metadata| metadata.modified());
    let recent = last
        .ok()
        .and_then(|last| last.elapsed().ok())
        .is_some_and(|age| age < USE_GRANULARITY);
    if !recent {
        // Only eviction suffers if this fails.
        let _ = file.set_times(FileTimes::new().set_modified(SystemTime::now()));
    }
}

/// Writes the entry under `key`.
pub(crate) fn store(folder: &Folder, key: &Key, parts: &[&[u8]]) -> io::Result<()> {
    let (temporary, file) = create_temporary(folder, key)?;
    let written =
        write(&file, key, parts).and_then(|()| folder.rename(&temporary, &folder::entry_name(key)));
    if written.is_err() {
        // The first error is the one that matters.
        let _ = folder.remove(&temporary);
    }
    written
}

fn create_temporary(folder: &Folder, key: &Key) -> io::Result<(std::ffi::CString, File)> {
    static COUNTER: AtomicU64 = AtomicU64::new(0);
    let mut attempts = 0;
    loop {
        // Distinct among processes and threads; after a reboot, or on a shared
        // file system, a left-over may still have the name.
        let count = COUNTER.fetch_add(1, Ordering::Relaxed);
        let process = u64::from(std::process::id());
        let name = folder::temporary_name(key, process << 32 | (count & 0xffff_ffff));
        match folder.create_file(&name) {
            Ok(file) => return Ok((name, file)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && attempts < 100 => {
                attempts += 1;
            }
            Err(error) => return Err(error),
        }
    }
}

/// Writes a whole file. There is no `fsync`: after a crash the checksum tells
/// whether the data arrived.
pub(crate) fn write(mut file: &File, key: &Key, parts: &[&[u8]]) -> io::Result<()> {
    let contents = parts.iter().map(|part| part.len() as u64).sum();
    let header = header(key, contents);
    let mut hasher = blake3::Hasher::new();
    for part in std::iter::once(&header[..]).chain(parts.iter().copied()) {
        hasher.update(part);
        file.write_all(part)?;
    }
    file.write_all(hasher.finalize().as_bytes())
}
