//! Restrictions that the host's kernel enforces on this process and its children.
//!
//! Files are restricted by Landlock, calls by a seccomp filter, the user by the
//! process's identity. None of them can be taken back. What cannot be enforced
//! here is refused: a program never runs with less than was asked for.

mod calls;
mod files;
mod user;

pub use user::User;

use std::fmt;
use std::io;
use std::path::PathBuf;

/// What a program may do.
#[derive(Debug, Clone, Default)]
pub struct Sandbox {
    /// The only files that it may open, and those beneath; all that its user
    /// may, when there are none.
    pub directories: Vec<Directory>,
    /// It may make no sockets.
    pub no_network: bool,
    /// It may run no other programs.
    pub no_exec: bool,
    /// Who it is.
    pub user: Option<User>,
}

/// A directory, or a file, that a program may use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Directory {
    /// Where it is.
    pub path: PathBuf,
    /// Nothing in it may be changed.
    pub read_only: bool,
}

/// Why a restriction cannot be enforced.
#[derive(Debug)]
#[non_exhaustive]
pub enum SandboxError {
    /// The kernel has no Landlock, or it is switched off.
    NoLandlock,
    /// The kernel has no seccomp filters.
    NoSeccomp(String),
    /// A directory cannot be opened.
    Directory(PathBuf, String),
    /// The rules were not accepted.
    Rules(String),
    /// Threads are running that would not be restricted.
    Threads(usize),
    /// The identity cannot be changed.
    User(io::Error),
}

impl fmt::Display for SandboxError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoLandlock => f.write_str(
                "this kernel cannot restrict a process to directories: Landlock (Linux 5.13 and \
                 later) is missing or switched off; see `lsm=` on the kernel's command line",
            ),
            Self::NoSeccomp(error) => write!(
                f,
                "this kernel cannot restrict a process's calls: seccomp filters are missing ({error})"
            ),
            Self::Directory(path, error) => write!(f, "{}: {error}", path.display()),
            Self::Rules(error) => write!(f, "the kernel did not accept the restrictions: {error}"),
            Self::Threads(count) => write!(
                f,
                "{count} threads are running already, which would not be restricted"
            ),
            Self::User(error) => write!(
                f,
                "cannot become another user: {error}; only root and processes with the \
                 capabilities CAP_SETUID and CAP_SETGID can"
            ),
        }
    }
}

impl std::error::Error for SandboxError {}

impl Sandbox {
    /// Whether anything is restricted.
    pub fn is_none(&self) -> bool {
        self.directories.is_empty() && !self.no_network && !self.no_exec && self.user.is_none()
    }

    /// Restricts this process, for good. To be called while it has one thread.
    ///
    /// # Errors
    /// When something cannot be enforced. The process may then be restricted in
    /// part and should end.
    pub fn apply(&self) -> Result<(), SandboxError> {
        if self.is_none() {
            return Ok(());
        }
        match threads() {
            Some(1) | None => {}
            Some(count) => return Err(SandboxError::Threads(count)),
        }
        // Files first: directories are opened with the rights that there are
        // now. The user before the calls: the filter forbids nothing that it
        // takes, but whoever has given rights up shall not get near it.
        let files = files::prepare(self)?;
        if let Some(user) = &self.user {
            user.assume().map_err(SandboxError::User)?;
        }
        let truncates = files.as_ref().is_none_or(files::Files::covers_truncation);
        if let Some(files) = files {
            files.restrict()?;
        }
        calls::restrict(self, truncates)
    }
}

/// Threads of this process, where it is known.
fn threads() -> Option<usize> {
    let tasks = std::fs::read_dir("/proc/self/task").ok()?;
    Some(tasks.count())
}
