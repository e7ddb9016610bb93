//! An open device, and its commands.

use crate::abi::{self, Import, Info, Instantiate, Load, Memory, Run};
use std::ffi::CStr;
use std::fmt;
use std::fs::{File, OpenOptions};
use std::io;
use std::os::fd::{AsRawFd, FromRawFd};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// Where the device is.
const PATH: &str = "/dev/wasmjit";

/// Room for a text that explains a refusal.
const MESSAGE: usize = 512;

/// What became of an instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Made {
    /// Its number.
    pub instance: u32,
    /// Number of the trap of a segment, after which it cannot be called.
    pub trap: Option<u32>,
}

/// A module that the kernel has taken.
pub(crate) struct Loaded {
    /// Its number.
    pub(crate) module: u32,
    /// Whether the code of an earlier load was there.
    pub(crate) from_cache: bool,
}

/// A context of the device: modules, their code and their instances.
#[derive(Debug)]
pub struct Device {
    file: File,
}

impl Device {
    /// Opens the device.
    ///
    /// # Errors
    /// When there is none, this process may not use it, or it has another
    /// interface.
    pub fn open() -> Result<Self, DeviceError> {
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .custom_flags(libc::O_CLOEXEC)
            .open(Path::new(PATH))
            .map_err(DeviceError::Open)?;
        let device = Self {
            file: out_of_the_way(file),
        };
        let version = device.info()?.version;
        if version != abi::VERSION {
            return Err(DeviceError::Version(version));
        }
        Ok(device)
    }

    /// What the device says of itself.
    ///
    /// # Errors
    /// When it does not answer.
    pub fn info(&self) -> Result<Info, DeviceError> {
        let mut info = Info {
            size: size_of::<Info>() as u32,
            ..Info::default()
        };
        // SAFETY: the structure of this command.
        unsafe { self.command(abi::INFO, &mut info) }.map_err(DeviceError::Command)?;
        Ok(info)
    }

    /// Validates and compiles a module. The first one asks for room for the code by
    /// which functions of all that follow are entered and left; 0 if none do.
    pub(crate) fn load(
        &self,
        binary: &[u8],
        flags: u32,
        code_bytes: u64,
    ) -> Result<Loaded, DeviceError> {
        let mut message = [0_u8; MESSAGE];
        let mut load = Load {
            size: size_of::<Load>() as u32,
            flags,
            module: binary.as_ptr() as u64,
            module_bytes: binary.len() as u64,
            message: message.as_mut_ptr() as u64,
            message_bytes: MESSAGE as u64,
            code_bytes,
            ..Load::default()
        };
        // SAFETY: the structure of this command, with addresses of memory that is
        // as long as it says.
        let done = unsafe { self.command(abi::LOAD, &mut load) };
        done.map_err(|error| refused(error, &message))?;
        Ok(Loaded {
            module: load.module_number,
            from_cache: load.cached != 0,
        })
    }

    /// Instantiates a module. All imports are the caller's if there are none.
    pub(crate) fn instantiate(
        &self,
        module: u32,
        imports: &[Import],
        memories: &[Memory],
    ) -> Result<Made, DeviceError> {
        let mut message = [0_u8; MESSAGE];
        let mut instantiate = Instantiate {
            size: size_of::<Instantiate>() as u32,
            memory_count: memories.len() as u32,
            memories: memories.as_ptr() as u64,
            message: message.as_mut_ptr() as u64,
            message_bytes: MESSAGE as u64,
            module,
            import_count: imports.len() as u32,
            imports: imports.as_ptr() as u64,
            ..Instantiate::default()
        };
        // SAFETY: as in `load`; the memories are the process's own.
        let done = unsafe { self.command(abi::INSTANTIATE, &mut instantiate) };
        done.map_err(|error| refused(error, &message))?;
        Ok(Made {
            instance: instantiate.instance,
            trap: (instantiate.reason == abi::TRAPPED).then_some(instantiate.trap),
        })
    }

    /// Runs code until it exits.
    ///
    /// # Safety
    /// The addresses in `run` must be of memory as long as it says.
    pub(crate) unsafe fn run(&self, run: &mut Run) -> Result<(), DeviceError> {
        run.size = size_of::<Run>() as u32;
        // SAFETY: the caller vouches for the addresses.
        match unsafe { self.command(abi::RUN, run) } {
            // A signal has interrupted a system call; the exit tells of it.
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(()),
            result => result.map_err(DeviceError::Command),
        }
    }

    /// # Safety
    /// `argument` must be the structure of the command, and addresses in it be
    /// of memory as long as it says.
    unsafe fn command<T>(&self, request: u32, argument: &mut T) -> io::Result<()> {
        // SAFETY: the caller vouches for it.
        let result = unsafe {
            libc::ioctl(
                self.file.as_raw_fd(),
                libc::Ioctl::from(request),
                std::ptr::from_mut(argument),
            )
        };
        if result < 0 {
            return Err(io::Error::last_os_error());
        }
        Ok(())
    }
}

/// The same file with a descriptor that programs do not meet: theirs begin with the
/// lowest free numbers.
fn out_of_the_way(file: File) -> File {
    const FIRST: libc::c_int = 500;
    // SAFETY: the descriptor is open; the call makes another one.
    let moved = unsafe { libc::fcntl(file.as_raw_fd(), libc::F_DUPFD_CLOEXEC, FIRST) };
    if moved < 0 {
        // So many are not allowed.
        return file;
    }
    // SAFETY: just made, and nobody else's.
    unsafe { File::from_raw_fd(moved) }
}

fn refused(error: io::Error, message: &[u8]) -> DeviceError {
    let text = CStr::from_bytes_until_nul(message).unwrap_or_default();
    if text.is_empty() {
        return DeviceError::Command(error);
    }
    let text = text.to_string_lossy().into_owned();
    match error.raw_os_error() {
        Some(libc::EPROTOTYPE) => DeviceError::Incompatible(text),
        _ => DeviceError::Refused(text),
    }
}

/// Why the device cannot be used.
#[derive(Debug)]
#[non_exhaustive]
pub enum DeviceError {
    /// It cannot be opened.
    Open(io::Error),
    /// Its interface has this version, which is another one.
    Version(u32),
    /// A command failed.
    Command(io::Error),
    /// It does not take the module, for this reason.
    Refused(String),
    /// What was to be imported does not fit, for this reason.
    Incompatible(String),
}

impl fmt::Display for DeviceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Open(error) if error.kind() == io::ErrorKind::NotFound => {
                write!(f, "there is no {PATH}: the kernel module is not loaded")
            }
            Self::Open(error) if error.kind() == io::ErrorKind::PermissionDenied => write!(
                f,
                "{PATH} may not be opened; it is for root and the group that it belongs to, and \
                 for processes that are not traced, audited or restricted by seccomp"
            ),
            Self::Open(error) if error.raw_os_error() == Some(libc::EDQUOT) => write!(
                f,
                "as many programs run in the kernel as its module allows, for this user or in \
                 all (max_contexts_per_user, max_contexts)"
            ),
            Self::Open(error) => write!(f, "{PATH} cannot be opened: {error}"),
            Self::Version(version) => write!(
                f,
                "the kernel module has version {version} of the interface, and this command {}: \
                 they must be of the same release",
                abi::VERSION
            ),
            Self::Command(error) if error.raw_os_error() == Some(libc::EPERM) => write!(
                f,
                "the kernel module runs code for the thread that opened it only, and not while \
                 that is traced, audited or restricted by seccomp"
            ),
            Self::Command(error) if error.raw_os_error() == Some(libc::ETIME) => write!(
                f,
                "compiling it in the kernel took longer than the module allows \
                 (max_compile_seconds)"
            ),
            Self::Command(error) => write!(f, "the kernel module failed: {error}"),
            Self::Refused(reason) | Self::Incompatible(reason) => {
                write!(f, "the kernel module does not take this program: {reason}")
            }
        }
    }
}

impl std::error::Error for DeviceError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Open(error) | Self::Command(error) => Some(error),
            _ => None,
        }
    }
}
