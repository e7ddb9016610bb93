//! Errors of the device.

use alloc::string::{String, ToString};
use wasmjit_runtime::InstantiateError;

/// An error number, as the device returns it (negated).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Errno(pub(crate) i32);

impl Errno {
    pub(crate) const EPERM: Self = Self(1);
    pub(crate) const EINTR: Self = Self(4);
    pub(crate) const EIO: Self = Self(5);
    pub(crate) const E2BIG: Self = Self(7);
    pub(crate) const ENOEXEC: Self = Self(8);
    pub(crate) const ENOMEM: Self = Self(12);
    pub(crate) const EFAULT: Self = Self(14);
    pub(crate) const EINVAL: Self = Self(22);
    pub(crate) const ENOTTY: Self = Self(25);
    pub(crate) const ETIME: Self = Self(62);
    pub(crate) const EPROTOTYPE: Self = Self(91);
}

/// Why a module cannot run here: a number, and for people a text.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) errno: Errno,
    pub(crate) message: String,
}

impl Refusal {
    /// [`Errno::ENOEXEC`] with a text.
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self {
            errno: Errno::ENOEXEC,
            message: message.into(),
        }
    }

    /// For what kept an instance from being made.
    pub(crate) fn linking(error: &InstantiateError) -> Self {
        let errno = match error {
            InstantiateError::IncompatibleImport { .. } => Errno::EPROTOTYPE,
            _ => Errno::ENOEXEC,
        };
        Self {
            errno,
            message: error.to_string(),
        }
    }
}

impl From<Errno> for Refusal {
    fn from(errno: Errno) -> Self {
        Self {
            errno,
            message: String::new(),
        }
    }
}
