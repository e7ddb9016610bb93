//! Descriptors of WASI programs.
//!
//! Such a program can name files only relative to descriptors that it finds
//! open. It finds the root directory at 3 and the working directory at 4. Its C
//! library does not tell absolute paths from relative ones once it has taken the
//! leading slash off, and gives both to the last that fits: the working
//! directory. What does not exist there is therefore looked for in the root.

use crate::ctx::Ctx;
use crate::errno::Errno;
use crate::flags::{AT_FDCWD, AT_SYMLINK_NOFOLLOW, O_CLOEXEC, O_DIRECTORY, O_PATH, open_to_kernel};
use crate::guest::HostAddress;
use crate::kernel::Kernel;
use crate::sys::Sys;
use alloc::vec::Vec;

/// Guest descriptor of the root directory.
const ROOT: usize = 3;
/// Guest descriptor of the working directory.
const WORKING: usize = 4;

/// Most descriptors of a guest.
const LIMIT: usize = 1 << 20;

/// The host's descriptor of each guest descriptor.
#[derive(Default)]
pub(crate) struct Descriptors(Vec<Option<i32>>);

impl Descriptors {
    /// The standard streams and the two directories.
    pub(crate) fn open(kernel: &dyn Kernel) -> Self {
        let directory = |path: &core::ffi::CStr| {
            let flags = open_to_kernel(O_PATH | O_DIRECTORY | O_CLOEXEC);
            let path = HostAddress::of_host(path.as_ptr()).get();
            // SAFETY: the path ends with a zero; the call writes no memory.
            let result = unsafe {
                let args = [AT_FDCWD as i64 as u64, path, flags as u64, 0, 0, 0];
                kernel.syscall(Sys::OPENAT, args)
            };
            Errno::check(result).ok().map(|fd| fd as i32)
        };
        let streams = [0, 1, 2].map(Some);
        let mut all = Vec::from(streams);
        all.push(directory(c"/"));
        all.push(directory(c"."));
        Self(all)
    }

    fn get(&self, fd: i32) -> Option<i32> {
        usize::try_from(fd)
            .ok()
            .and_then(|at| self.0.get(at).copied())
            .flatten()
    }

    /// Gives `host` the lowest free number.
    fn add(&mut self, host: i32) -> Option<i32> {
        let free = self.0.iter().position(Option::is_none);
        let at = free.unwrap_or(self.0.len());
        if at >= LIMIT {
            return None;
        }
        match self.0.get_mut(at) {
            Some(entry) => *entry = Some(host),
            None => self.0.push(Some(host)),
        }
        Some(at as i32)
    }

    fn take(&mut self, fd: i32) -> Option<i32> {
        let at = usize::try_from(fd).ok()?;
        self.0.get_mut(at)?.take()
    }
}

/// The host's descriptor for a guest's.
pub(crate) fn host(ctx: &Ctx<'_, '_>, fd: i32) -> Result<i32, Errno> {
    if !ctx.era().wasi {
        return Ok(fd);
    }
    ctx.shared().descriptors.lock().get(fd).ok_or(Errno::EBADF)
}

/// A number for the guest for a descriptor that the host has opened.
pub(crate) fn add(ctx: &Ctx<'_, '_>, host: i32) -> Result<i32, Errno> {
    if !ctx.era().wasi {
        return Ok(host);
    }
    let added = ctx.shared().descriptors.lock().add(host);
    if added.is_none() {
        // Nothing can be done about one that does not close.
        let _ = ctx.call(Sys::CLOSE, (host,));
    }
    added.ok_or(Errno::EMFILE)
}

/// Closes a descriptor.
pub(crate) fn close(ctx: &Ctx<'_, '_>, fd: i32) -> Result<(), Errno> {
    let host = if ctx.era().wasi {
        ctx.shared()
            .descriptors
            .lock()
            .take(fd)
            .ok_or(Errno::EBADF)?
    } else {
        fd
    };
    ctx.call(Sys::CLOSE, (host,))?;
    Ok(())
}

/// Moves `from` to the number `to`, closing what was there.
pub(crate) fn renumber(ctx: &Ctx<'_, '_>, from: i32, to: i32) -> Result<(), Errno> {
    if !ctx.era().wasi {
        if from == to {
            host_is_open(ctx, from)?;
            return Ok(());
        }
        ctx.call(Sys::DUP3, (from, to, 0))?;
        ctx.call(Sys::CLOSE, (from,))?;
        return Ok(());
    }
    let closed = {
        let mut descriptors = ctx.shared().descriptors.lock();
        descriptors.get(from).ok_or(Errno::EBADF)?;
        descriptors.get(to).ok_or(Errno::EBADF)?;
        if from == to {
            return Ok(());
        }
        let moved = descriptors.take(from);
        core::mem::replace(&mut descriptors.0[to as usize], moved)
    };
    if let Some(closed) = closed {
        ctx.call(Sys::CLOSE, (closed,))?;
    }
    Ok(())
}

fn host_is_open(ctx: &Ctx<'_, '_>, fd: i32) -> Result<u64, Errno> {
    const F_GETFD: i32 = 1;
    ctx.call(Sys::FCNTL, (fd, F_GETFD))
}

/// Name of a directory that was open from the start.
pub(crate) fn preopened(ctx: &Ctx<'_, '_>, fd: i32) -> Result<&'static [u8], Errno> {
    let name: &[u8] = match usize::try_from(fd) {
        Ok(ROOT) => b"/",
        Ok(WORKING) => b".",
        _ => return Err(Errno::EBADF),
    };
    if !ctx.era().wasi {
        return Err(Errno::EBADF);
    }
    host(ctx, fd)?;
    Ok(name)
}

/// The host's directory in which to look for a path that begins with `first`;
/// `creates` when the call makes a new name.
pub(crate) fn directory(
    ctx: &Ctx<'_, '_>,
    fd: i32,
    first: &FirstComponent<'_>,
    creates: bool,
) -> Result<i32, Errno> {
    let own = host(ctx, fd)?;
    if !ctx.era().wasi || fd != WORKING as i32 || (first.alone && creates) {
        return Ok(own);
    }
    let Ok(root) = host(ctx, ROOT as i32) else {
        return Ok(own);
    };
    let exists = |directory: i32| {
        let frame = ctx.scratch();
        let Ok(name) = frame.array::<u8>(first.name.len() + 1) else {
            return false;
        };
        for (i, &byte) in first.name.iter().chain(&[0]).enumerate() {
            name.set(i, byte);
        }
        let Ok(status) = frame.array::<crate::layout::stat::KernelStat>(1) else {
            return false;
        };
        let arguments = (
            directory,
            name.address(),
            status.address(),
            AT_SYMLINK_NOFOLLOW,
        );
        ctx.call(Sys::NEWFSTATAT, arguments).is_ok()
    };
    Ok(if !exists(own) && exists(root) {
        root
    } else {
        own
    })
}

/// The first component of a path.
pub(crate) struct FirstComponent<'a> {
    name: &'a [u8],
    /// Whether there is no other.
    alone: bool,
}

impl<'a> FirstComponent<'a> {
    pub(crate) fn of(path: &'a [u8]) -> Self {
        let start = path.iter().position(|&b| b != b'/').unwrap_or(path.len());
        let path = &path[start..];
        let end = path.iter().position(|&b| b == b'/').unwrap_or(path.len());
        Self {
            name: &path[..end],
            alone: path[end..].iter().all(|&b| b == b'/'),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers() {
        let mut all = Descriptors(alloc::vec![Some(0), None, Some(7)]);
        assert_eq!(all.add(9), Some(1));
        assert_eq!(all.add(10), Some(3));
        assert_eq!(
            (all.get(1), all.get(2), all.get(4)),
            (Some(9), Some(7), None)
        );
        assert_eq!(all.get(-1), None);
        assert_eq!(
            (all.take(2), all.take(2), all.take(99)),
            (Some(7), None, None)
        );
    }

    #[test]
    fn components() {
        let first = |path: &'static str| {
            let first = FirstComponent::of(path.as_bytes());
            (core::str::from_utf8(first.name).unwrap(), first.alone)
        };
        assert_eq!(first("tmp/x"), ("tmp", false));
        assert_eq!(first("tmp"), ("tmp", true));
        assert_eq!(first("tmp/"), ("tmp", true));
        assert_eq!(first("//a"), ("a", true));
        assert_eq!(first(""), ("", true));
    }
}
