//! Files of the cache.

use super::Verdict;
use std::path::PathBuf;
use wasmjit_cache::{Key, KeyBuilder, read_file, write_file};

/// What the intact entry holds.
const CONTENTS: &[u8] = b"contents of an entry, which are code otherwise";

/// One entry of a cache, in a file of its own.
pub(super) struct CacheFile {
    folder: PathBuf,
    path: PathBuf,
    key: Key,
    intact: Vec<u8>,
}

impl CacheFile {
    pub(super) fn new() -> Self {
        let name = format!("wasmjit-fuzz-cache-{}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&folder).expect("a folder for temporary files");
        let path = folder.join("entry");
        let key = KeyBuilder::new(b"module").part("compiler").finish();
        write_file(&path, &key, &[CONTENTS]).expect("a temporary file");
        let intact = std::fs::read(&path).expect("the file just written");
        Self {
            folder,
            path,
            key,
            intact,
        }
    }

    pub(super) fn seed(&self) -> &[u8] {
        &self.intact
    }

    pub(super) fn run(&mut self, bytes: &[u8]) -> Verdict {
        std::fs::write(&self.path, bytes).expect("a temporary file");
        match read_file(&self.path, &self.key) {
            Ok(image) => {
                assert_eq!(&*image, CONTENTS, "a damaged entry was accepted");
                Verdict::Accepted
            }
            Err(_) => Verdict::Refused,
        }
    }
}

impl Drop for CacheFile {
    fn drop(&mut self) {
        // The system's own cleaning gets what we cannot remove.
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}
