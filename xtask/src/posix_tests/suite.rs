//! The tests of the Open POSIX Test Suite: Debian's source package.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::apt;

/// The source package, and what its version begins with.
const PACKAGE: (&str, &str) = ("posixtestsuite", "1.5.2");

/// Tests of one function or header. They become one program.
pub(super) struct Group {
    /// Path in the suite, as `interfaces/sem_open`.
    pub(super) name: String,
    pub(super) area: &'static str,
    pub(super) tests: Vec<Test>,
}

/// A test: a program that ends with 0 when it passes.
pub(super) struct Test {
    /// Path in the suite, as `interfaces/sem_open/1-1`.
    pub(super) name: String,
    pub(super) source: PathBuf,
}

/// What the names of functions begin with, and the area that these belong to.
const AREAS: &[(&str, &str)] = &[
    ("aio_", "asynchronous I/O"),
    ("lio_", "asynchronous I/O"),
    ("mq_", "message queues"),
    ("sem_", "semaphores"),
    ("shm_", "memory"),
    ("mmap", "memory"),
    ("munmap", "memory"),
    ("mlock", "memory"),
    ("munlock", "memory"),
    ("pthread_mutex", "mutexes"),
    ("pthread_cond", "condition variables"),
    ("pthread_rwlock", "locks"),
    ("pthread_spin", "locks"),
    ("pthread_barrier", "locks"),
    ("pthread_cancel", "cancellation"),
    ("pthread_setcancel", "cancellation"),
    ("pthread_testcancel", "cancellation"),
    ("pthread_cleanup", "cancellation"),
    ("pthread_kill", "signals"),
    ("pthread_sigmask", "signals"),
    ("pthread_", "threads"),
    ("sched_", "scheduling"),
    ("sig", "signals"),
    ("kill", "signals"),
    ("raise", "signals"),
    ("timer", "timers"),
    ("nanosleep", "timers"),
    ("clock", "clocks"),
    ("time", "clocks"),
    ("asctime", "clocks"),
    ("ctime", "clocks"),
    ("difftime", "clocks"),
    ("gmtime", "clocks"),
    ("localtime", "clocks"),
    ("mktime", "clocks"),
    ("strftime", "clocks"),
    ("fsync", "files"),
];

/// Where the suite's headers lie, and its groups.
pub(super) fn find() -> Result<(PathBuf, Vec<Group>)> {
    let source = apt::source(PACKAGE.0, PACKAGE.1)?;
    let root = source.dir.join("conformance");
    let mut groups = BTreeMap::new();
    collect(&root, &root, &mut groups)?;
    let groups = groups.into_iter().map(|(name, mut tests)| {
        tests.sort_by(|a: &Test, b: &Test| a.name.cmp(&b.name));
        let area = area(&name);
        Group { name, area, tests }
    });
    Ok((source.dir.join("include"), groups.collect()))
}

/// The tests of a folder, by their folders' names.
fn collect(root: &Path, folder: &Path, groups: &mut BTreeMap<String, Vec<Test>>) -> Result<()> {
    let entries = fs::read_dir(folder)
        .with_context(|| format!("the suite has no folder {}", folder.display()))?;
    for entry in entries {
        let path = entry?.path();
        if path.is_dir() {
            collect(root, &path, groups)?;
        } else if is_test(&path) {
            let name = |path: &Path| -> Result<String> {
                Ok(path.strip_prefix(root)?.display().to_string())
            };
            let test = Test {
                name: name(&path.with_extension(""))?,
                source: path.clone(),
            };
            groups.entry(name(folder)?).or_default().push(test);
        }
    }
    Ok(())
}

/// Whether this is the source of a test, as `3-1.c`, `speculative/5-2.c` or
/// `2-1-buildonly.c`.
fn is_test(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.ends_with(".c") && name.starts_with(|first: char| first.is_ascii_digit())
}

fn area(group: &str) -> &'static str {
    if group.starts_with("definitions/") {
        return "headers";
    }
    let function = group.split('/').nth(1).unwrap_or_default();
    let found = AREAS.iter().find(|(start, _)| function.starts_with(start));
    found.map_or("processes", |(_, area)| area)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn areas() {
        assert_eq!(area("definitions/aio_h"), "headers");
        assert_eq!(area("interfaces/pthread_kill"), "signals");
        assert_eq!(area("interfaces/pthread_exit"), "threads");
        assert_eq!(area("interfaces/sigaction/speculative"), "signals");
        assert_eq!(area("behavior/WIFEXITED"), "processes");
    }

    #[test]
    fn sources_of_tests() {
        assert!(is_test(Path::new("a/12-1.c")));
        assert!(is_test(Path::new("1-1-buildonly.c")));
        assert!(!is_test(Path::new("threads_scenarii.c")));
        assert!(!is_test(Path::new("4-1.sh")));
    }
}
