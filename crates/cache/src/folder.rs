//! A folder that nobody else can write to, and the files in it.

use crate::{Absent, Key, Refusal};
use std::ffi::{CString, OsStr};
use std::fs::{DirBuilder, File, Metadata};
use std::io;
use std::os::fd::{AsRawFd, FromRawFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// Ending of the names of entries.
const ENTRY: &str = ".code";
/// Ending of the names of files that are being written.
const TEMPORARY: &str = ".tmp";

/// An open, verified folder. Files are opened relative to it, so that it cannot
/// be exchanged between the check and the use.
pub(crate) struct Folder {
    handle: File,
    path: PathBuf,
}

/// A file of the cache.
pub(crate) struct FileInfo {
    pub(crate) name: CString,
    pub(crate) size: u64,
    pub(crate) used: SystemTime,
}

impl Folder {
    /// Opens the folder if it can be trusted.
    pub(crate) fn open(path: &Path) -> Result<Self, Absent> {
        let name = c_string(path.as_os_str())?;
        let handle = open_at(libc::AT_FDCWD, &name, libc::O_RDONLY | libc::O_DIRECTORY)?;
        check(&handle.metadata()?)?;
        let path = path.to_owned();
        Ok(Self { handle, path })
    }

    /// Opens the folder; creates it, for its user alone, if it is missing.
    pub(crate) fn create(path: &Path) -> io::Result<Self> {
        let trusted = |absent| match absent {
            Absent::Missing => io::ErrorKind::NotFound.into(),
            Absent::Refused(refusal) => refusal.into_io(path),
        };
        match Self::open(path) {
            Err(Absent::Missing) => {
                DirBuilder::new().recursive(true).mode(0o700).create(path)?;
                Self::open(path).map_err(trusted)
            }
            result => result.map_err(trusted),
        }
    }

    /// Opens an existing file for reading if it can be trusted.
    pub(crate) fn open_file(&self, name: &CString) -> Result<File, Absent> {
        open_trusted(self.handle.as_raw_fd(), name)
    }

    /// Creates a file that must not exist yet.
    pub(crate) fn create_file(&self, name: &CString) -> io::Result<File> {
        let flags = libc::O_WRONLY | libc::O_CREAT | libc::O_EXCL;
        open_at(self.handle.as_raw_fd(), name, flags)
    }

    /// Renames a file, replacing what has the new name.
    pub(crate) fn rename(&self, from: &CString, to: &CString) -> io::Result<()> {
        let folder = self.handle.as_raw_fd();
        // SAFETY: `folder` is open; the names are terminated strings.
        check_result(unsafe { libc::renameat(folder, from.as_ptr(), folder, to.as_ptr()) })?;
        Ok(())
    }

    /// Removes a file; it is no error if another process was faster.
    pub(crate) fn remove(&self, name: &CString) -> io::Result<()> {
        // SAFETY: the handle is open; the name is a terminated string.
        let result = unsafe { libc::unlinkat(self.handle.as_raw_fd(), name.as_ptr(), 0) };
        match check_result(result) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// The entries, in no order.
    pub(crate) fn entries(&self) -> io::Result<Vec<FileInfo>> {
        self.files(ENTRY)
    }

    /// The files that are being written or were left behind.
    pub(crate) fn temporaries(&self) -> io::Result<Vec<FileInfo>> {
        self.files(TEMPORARY)
    }

    fn files(&self, ending: &str) -> io::Result<Vec<FileInfo>> {
        let mut files = Vec::new();
        for file in std::fs::read_dir(&self.path)? {
            let file = file?;
            let name = file.file_name();
            if !is_ours(name.as_bytes(), ending.as_bytes()) {
                continue;
            }
            // It may be gone already.
            let Ok(metadata) = file.metadata() else {
                continue;
            };
            files.push(FileInfo {
                name: c_string(&name)?,
                size: metadata.len(),
                used: metadata.modified()?,
            });
        }
        Ok(files)
    }
}

/// Name of the entry under `key`.
pub(crate) fn entry_name(key: &Key) -> CString {
    CString::new(format!("{key}{ENTRY}")).expect("no zero byte")
}

/// A name for the entry under `key` while it is written; `distinct` must differ
/// between all that are written at the same time.
pub(crate) fn temporary_name(key: &Key, distinct: u64) -> CString {
    CString::new(format!("{key}-{distinct:016x}{TEMPORARY}")).expect("no zero byte")
}

/// Whether a file name is one that [`entry_name`] or [`temporary_name`] makes.
fn is_ours(name: &[u8], ending: &[u8]) -> bool {
    name.strip_suffix(ending).is_some_and(|stem| {
        stem.len() >= 64
            && stem
                .iter()
                .all(|c| matches!(c, b'0'..=b'9' | b'a'..=b'f' | b'-'))
    })
}

/// Whether the process has rights that its user has not.
pub(crate) fn has_foreign_rights() -> bool {
    // SAFETY: these calls have no preconditions.
    unsafe { libc::getuid() != libc::geteuid() || libc::getgid() != libc::getegid() }
}

/// Whether only the effective user can have written this.
fn check(metadata: &Metadata) -> Result<(), Refusal> {
    // SAFETY: no preconditions.
    let user = unsafe { libc::geteuid() };
    if metadata.uid() != user {
        return Err(Refusal::Owner);
    }
    // Access control lists show in the group's bits.
    if metadata.mode() & 0o022 != 0 {
        return Err(Refusal::Writable);
    }
    Ok(())
}

/// Opens an existing file for reading if it can be trusted.
pub(crate) fn open_trusted(folder: libc::c_int, name: &CString) -> Result<File, Absent> {
    // O_NONBLOCK: opening a FIFO must not wait for a writer.
    let file = open_at(folder, name, libc::O_RDONLY | libc::O_NONBLOCK)?;
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Err(Refusal::Kind.into());
    }
    check(&metadata)?;
    Ok(file)
}

pub(crate) fn open_at(folder: libc::c_int, name: &CString, flags: libc::c_int) -> io::Result<File> {
    let flags = flags | libc::O_NOFOLLOW | libc::O_CLOEXEC;
    let owner_only: libc::c_uint = 0o600;
    loop {
        // SAFETY: `folder` is open or AT_FDCWD; the name is a terminated string.
        let result =
            check_result(unsafe { libc::openat(folder, name.as_ptr(), flags, owner_only) });
        match result {
            // SAFETY: the descriptor was just opened and is nobody else's.
            Ok(descriptor) => return Ok(unsafe { File::from_raw_fd(descriptor) }),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

fn check_result(result: libc::c_int) -> io::Result<libc::c_int> {
    if result < 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(result)
}

pub(crate) fn c_string(name: &OsStr) -> io::Result<CString> {
    Ok(CString::new(name.as_bytes())?)
}
