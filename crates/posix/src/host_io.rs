//! The runtime's own use of files, through the kernel that guests use.

use crate::errno::Errno;
use crate::flags::{AT_FDCWD, O_CLOEXEC, open_to_kernel};
use crate::guest::HostAddress;
use crate::kernel::Kernel;
use crate::sys::Sys;
use alloc::vec::Vec;

/// Contents of a file of at most `limit` bytes; `None` when it cannot be read or
/// is longer.
pub(crate) fn read_file(kernel: &dyn Kernel, path: &str, limit: usize) -> Option<Vec<u8>> {
    const CHUNK: usize = 8192;
    let mut name = path.as_bytes().to_vec();
    name.push(0);
    let call = |call: Sys, args: [u64; 6]| {
        // SAFETY: addresses are those of the path and the buffer below.
        Errno::check(unsafe { kernel.syscall(call, args) }).ok()
    };
    let flags = open_to_kernel(O_CLOEXEC) as u64;
    let path = HostAddress::of_host(name.as_ptr()).get();
    let fd = call(Sys::OPENAT, [AT_FDCWD as i64 as u64, path, flags, 0, 0, 0])?;
    let mut content = Vec::new();
    let complete = loop {
        let mut buffer = [0u8; CHUNK];
        let to = HostAddress::of_host(buffer.as_mut_ptr()).get();
        match call(Sys::READ, [fd, to, CHUNK as u64, 0, 0, 0]) {
            Some(0) => break true,
            Some(read) => content.extend_from_slice(&buffer[..(read as usize).min(CHUNK)]),
            None => break false,
        }
        if content.len() > limit {
            break false;
        }
    };
    call(Sys::CLOSE, [fd, 0, 0, 0, 0, 0]);
    complete.then_some(content)
}
