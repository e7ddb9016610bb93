//! On-disk cache of compiled WebAssembly code.
//!
//! The cache holds machine code that will be executed, so it trusts nothing it
//! finds. An entry is used only if all of this holds:
//!
//! - the folder and the file belong to the effective user, nobody else may
//!   write to them, and neither is a symbolic link;
//! - the file has exactly the length that its header says, carries the
//!   [`Key`] that was asked for, and its BLAKE3 checksum is right.
//!
//! Anything else counts as absent: the caller compiles anew and the entry is
//! replaced. Entries appear by an atomic rename, so readers never see half of
//! one and any number of processes may write at once.
//!
//! The key is a hash over the module's contents and over everything that
//! decides which code comes out of it; see [`KeyBuilder`].
//!
//! ```
//! # fn main() -> std::io::Result<()> {
//! # let folder = std::env::temp_dir().join(format!("wasmjit-cache-doc-{}", std::process::id()));
//! use wasmjit_cache::{Cache, KeyBuilder};
//!
//! let cache = Cache::new(&folder);
//! let key = KeyBuilder::new(b"\0asm...").part("compiler 1.0").finish();
//! assert!(cache.load(&key).is_err());
//! cache.store(&key, &[b"machine ", b"code"])?;
//! assert_eq!(&*cache.load(&key).unwrap(), b"machine code");
//! # cache.clear()?;
//! # std::fs::remove_dir(&folder)
//! # }
//! ```
#![cfg(unix)]

mod entry;
mod evict;
mod folder;
mod key;
mod single;

pub use entry::Image;
pub use key::{Key, KeyBuilder};
pub use single::{read_file, write_file};

use folder::Folder;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// Bytes that a cache may occupy unless told otherwise.
pub const DEFAULT_LIMIT: u64 = 1 << 30;

/// A folder of compiled code.
///
/// Making one costs nothing: the file system is touched on the first
/// [`load`](Self::load) or [`store`](Self::store).
#[derive(Debug, Clone)]
pub struct Cache {
    path: PathBuf,
    limit: u64,
}

/// Why there is no usable entry.
#[derive(Debug)]
pub enum Absent {
    /// Nothing is stored under the key.
    Missing,
    /// Something is there that must not be used.
    Refused(Refusal),
}

/// Why a file or folder is not trusted.
#[derive(Debug)]
pub enum Refusal {
    /// It belongs to another user.
    Owner,
    /// Its group or everyone may write to it.
    Writable,
    /// It is a symbolic link, or otherwise not a plain file or folder.
    Kind,
    /// Its contents are cut short, damaged, of another format, or belong to
    /// another key.
    Contents,
    /// The system would not let it be read.
    Io(io::Error),
}

/// What a cache holds.
#[derive(Debug)]
pub struct Info {
    /// Where it is.
    pub path: PathBuf,
    /// Number of entries.
    pub entries: u64,
    /// Bytes that they occupy.
    pub bytes: u64,
    /// Bytes that they may occupy.
    pub limit: u64,
    /// Why the folder is not used, if it is there and not trusted.
    pub refused: Option<Refusal>,
}

/// What [`Cache::clear`] removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cleared {
    /// Number of entries.
    pub entries: u64,
    /// Bytes that they occupied.
    pub bytes: u64,
}

impl Cache {
    /// A cache in the folder `path`, which is created when something is first
    /// stored.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            limit: DEFAULT_LIMIT,
        }
    }

    /// The user's cache: `$XDG_CACHE_HOME/wasmjit/code`, or
    /// `~/.cache/wasmjit/code`. `None` when neither is known, or when the
    /// process has more rights than its user (a set-user-ID program), because
    /// the environment is then not to be trusted.
    pub fn of_user() -> Option<Self> {
        if folder::has_foreign_rights() {
            return None;
        }
        let absolute = |name| {
            let path = PathBuf::from(std::env::var_os(name)?);
            path.is_absolute().then_some(path)
        };
        let base = absolute("XDG_CACHE_HOME").or_else(|| Some(absolute("HOME")?.join(".cache")))?;
        Some(Self::new(base.join("wasmjit").join("code")))
    }

    /// Sets how many bytes the cache may occupy; the least recently used
    /// entries go first.
    #[must_use]
    pub fn with_limit(mut self, bytes: u64) -> Self {
        self.limit = bytes;
        self
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Reads and verifies the entry stored under `key`.
    ///
    /// # Errors
    /// [`Absent`]: the caller must compile.
    pub fn load(&self, key: &Key) -> Result<Image, Absent> {
        entry::load(&Folder::open(&self.path)?, key)
    }

    /// Stores an entry whose contents are `parts`, one after the other, in
    /// place of whatever was there under `key`. Older entries make room.
    ///
    /// # Errors
    /// When the folder cannot be made or is not trusted, or the file cannot be
    /// written. The cache is then as it was.
    pub fn store(&self, key: &Key, parts: &[&[u8]]) -> io::Result<()> {
        let size = entry::file_size(parts);
        if size > self.limit {
            return Err(io::Error::new(
                io::ErrorKind::FileTooLarge,
                format!(
                    "an entry of {size} bytes is larger than the whole cache may be ({} bytes)",
                    self.limit
                ),
            ));
        }
        let folder = Folder::create(&self.path)?;
        entry::store(&folder, key, parts)?;
        evict::make_room(&folder, self.limit, key)
    }

    /// Removes every entry. Files that the cache did not make stay.
    ///
    /// # Errors
    /// When the folder is not trusted, or an entry cannot be removed.
    pub fn clear(&self) -> io::Result<Cleared> {
        match Folder::open(&self.path) {
            Ok(folder) => evict::clear(&folder),
            Err(Absent::Missing) => Ok(Cleared {
                entries: 0,
                bytes: 0,
            }),
            Err(Absent::Refused(refusal)) => Err(refusal.into_io(&self.path)),
        }
    }

    /// Tells what the cache holds.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn info(&self) -> io::Result<Info> {
        let mut info = Info {
            path: self.path.clone(),
            entries: 0,
            bytes: 0,
            limit: self.limit,
            refused: None,
        };
        match Folder::open(&self.path) {
            Ok(folder) => {
                for entry in folder.entries()? {
                    info.entries += 1;
                    info.bytes += entry.size;
                }
            }
            Err(Absent::Missing) => {}
            Err(Absent::Refused(refusal)) => info.refused = Some(refusal),
        }
        Ok(info)
    }
}

impl Refusal {
    /// As an error about `path`.
    fn into_io(self, path: &Path) -> io::Error {
        let kind = match &self {
            Self::Io(error) => error.kind(),
            Self::Contents => io::ErrorKind::InvalidData,
            Self::Owner | Self::Writable | Self::Kind => io::ErrorKind::PermissionDenied,
        };
        io::Error::new(kind, format!("cache {}: {self}", path.display()))
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Owner => f.write_str("belongs to another user"),
            Self::Writable => f.write_str("may be written to by others than its owner"),
            Self::Kind => f.write_str("is a link or another special file"),
            Self::Contents => f.write_str("is damaged or of another format"),
            Self::Io(error) => write!(f, "cannot be read: {error}"),
        }
    }
}

impl std::error::Error for Refusal {}

impl fmt::Display for Absent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str("not in the cache"),
            Self::Refused(refusal) => write!(f, "not used from the cache: it {refusal}"),
        }
    }
}

impl std::error::Error for Absent {}

impl From<Refusal> for Absent {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<io::Error> for Absent {
    fn from(error: io::Error) -> Self {
        match (error.kind(), error.raw_os_error()) {
            (io::ErrorKind::NotFound, _) => Self::Missing,
            // What opening a symbolic link with O_NOFOLLOW says.
            (_, Some(libc::ELOOP | libc::EMLINK | libc::ENOTDIR)) => Self::Refused(Refusal::Kind),
            _ => Self::Refused(Refusal::Io(error)),
        }
    }
}

#[cfg(test)]
mod tests;
