//! The seam to the operating system.

use crate::errno::Errno;
use crate::guest::HostAddress;
use crate::signals::Signals;
use crate::sys::Sys;
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::ptr::NonNull;
use wasmjit_direct::Direct;

/// What a guest's system calls land on: Linux's calls, with its 64-bit
/// structures and its numbers for flags, whatever the operating system is.
///
/// # Safety
/// Code that [`Kernel::direct`] returns must do as the description says, be of its
/// type, and stay. Apart from that an implementation may touch only the memory that a
/// call's arguments describe, as Linux does, and must not keep their addresses beyond
/// the call.
pub unsafe trait Kernel: Send + Sync {
    /// Carries a system call out. Pointers are addresses in this process; the
    /// result is negative for an error, as the kernel returns it.
    ///
    /// # Safety
    /// Memory that the call writes to must belong to the guest or be set aside
    /// for it, and its effects on the process must be wanted.
    unsafe fn syscall(&self, call: Sys, args: [u64; 6]) -> i64;

    /// As [`Self::syscall`], for calls that may block ([`Sys::may_block`]): when a
    /// signal waits that was caught for the calling thread, the call is not made,
    /// and the result is [`Errno::ERESTARTSYS`]. A call that a signal has interrupted
    /// and that is to be made again after its handler ends so as well.
    ///
    /// # Safety
    /// As for [`Self::syscall`].
    unsafe fn syscall_interruptible(&self, call: Sys, args: [u64; 6]) -> i64 {
        // SAFETY: the caller's promise.
        unsafe { self.syscall(call, args) }
    }

    /// Code for [`wasmjit_runtime::Func::set_direct`] that makes this call itself,
    /// and passes to the handler what it does not do: calls that it declines, errors,
    /// interruptions. `None` where there is none.
    fn direct(&self, call: &Direct) -> Option<*const u8> {
        let _ = call;
        None
    }

    /// The host's signals, if guests may have handlers for them.
    fn signals(&self) -> Option<&dyn Signals> {
        None
    }

    /// Reads a clock: seconds and nanoseconds.
    ///
    /// # Errors
    /// `EINVAL` for a clock that there is not.
    fn clock(&self, clock: i32) -> Result<[i64; 2], Errno> {
        let mut time = [0i64; 2];
        let to = HostAddress::of_host(time.as_mut_ptr()).get();
        // SAFETY: the call writes to `time`.
        let result =
            unsafe { self.syscall(Sys::CLOCK_GETTIME, [clock as i64 as u64, to, 0, 0, 0, 0]) };
        Errno::check(result)?;
        Ok(time)
    }

    /// Runs a shell command and returns its wait status; `None` asks whether
    /// there is a shell at all (nonzero when there is).
    ///
    /// # Errors
    /// When no process can be started.
    fn system(&self, command: Option<&[u8]>) -> Result<i32, Errno> {
        match command {
            Some(_) => Err(Errno::ENOSYS),
            None => Ok(0),
        }
    }

    /// Makes a copy of the process with the calling thread alone, as `fork` does;
    /// returns the number of the copy, and 0 in it.
    ///
    /// # Errors
    /// `EAGAIN` or `ENOMEM` when there can be no more processes, `ENOSYS` where a
    /// guest process is none of the system's.
    fn fork(&self) -> Result<u32, Errno> {
        Err(Errno::ENOSYS)
    }

    /// Runs another program in this process, as `execve` does: a module by the same
    /// runtime, or whatever the system runs. Returns why it cannot; `ERESTARTSYS` when a
    /// signal has to be delivered first.
    fn execute(&self, path: &[u8], arguments: &[Vec<u8>], environment: &[Vec<u8>]) -> Errno {
        let _ = (path, arguments, environment);
        Errno::ENOSYS
    }

    /// Puts pages that others have as well in the place of some pages of guest memory:
    /// what either side changes the other sees at once, as with `mmap` and `MAP_SHARED`.
    /// With an error the pages are what they were.
    ///
    /// # Errors
    /// As `mmap` and `shmat`; `ENOSYS` or `EINVAL` where this file or this system cannot
    /// do so.
    ///
    /// # Safety
    /// The `length` bytes at `start`, and the rest of the last page, must be accessible
    /// guest memory that stays where it is, and that nothing but the guest uses.
    unsafe fn map_shared(
        &self,
        start: NonNull<u8>,
        length: usize,
        rights: Rights,
        pages: Pages,
    ) -> Result<(), Errno> {
        let _ = (start, length, rights, pages);
        Err(Errno::ENOSYS)
    }

    /// Puts zeros of the guest's own back in the place of such pages.
    ///
    /// # Safety
    /// As for [`Self::map_shared`], which the pages must come from.
    unsafe fn unmap_shared(&self, start: NonNull<u8>, length: usize) {
        let _ = (start, length);
    }

    /// Lets other threads run while the caller waits for one.
    fn yield_now(&self) {
        core::hint::spin_loop();
    }

    /// Looks a host or a service up. At most [`MAX_ADDRESSES`] are used.
    ///
    /// # Errors
    /// As `getaddrinfo` has them.
    fn resolve(&self, query: &Query<'_>) -> Result<Vec<Address>, ResolveError> {
        let _ = query;
        Err(ResolveError::Fail)
    }

    /// Host and service name of a socket address.
    ///
    /// # Errors
    /// As `getnameinfo` has them.
    fn names(&self, address: &[u8], flags: i32) -> Result<(Vec<u8>, Vec<u8>), ResolveError> {
        let _ = (address, flags);
        Err(ResolveError::Fail)
    }

    /// Number of a protocol by its name, and its official name and aliases.
    fn protocol(&self, name: &[u8]) -> Option<Protocol> {
        let _ = name;
        None
    }

    /// Starts a thread that does `job` on a stack of about so many bytes, good
    /// for guest code.
    ///
    /// # Errors
    /// `EAGAIN` when there can be no more threads.
    fn spawn(&self, stack: usize, job: Box<dyn FnOnce() + Send>) -> Result<(), Errno> {
        let _ = (stack, job);
        Err(Errno::EAGAIN)
    }

    /// A number for the calling thread, for [`Self::kick`].
    fn current_thread(&self) -> u64 {
        0
    }

    /// Makes the call in which a thread blocks, if it does, end with `EINTR`. The
    /// thread may have ended.
    fn kick(&self, thread: u64) {
        let _ = thread;
    }

    /// Load of the machine over 1, 5 and 15 minutes.
    fn load_average(&self) -> Option<[f64; 3]> {
        None
    }
}

/// Pages that processes share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pages {
    /// A file's.
    File {
        /// Its descriptor.
        fd: i32,
        /// Bytes of the file before them.
        offset: i64,
    },
    /// Those of System V's segment of shared memory with this number.
    Segment(i32),
}

/// What a guest may do with the bytes of a mapping.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rights {
    /// Look at them.
    Read,
    /// Look at them and change them.
    ReadWrite,
}

/// Most addresses that a guest is given for one name.
pub const MAX_ADDRESSES: usize = 64;

/// A question to the resolver.
#[derive(Debug, Clone, Copy)]
pub struct Query<'a> {
    /// Host name or numeric address.
    pub node: Option<&'a [u8]>,
    /// Service name or port.
    pub service: Option<&'a [u8]>,
    /// `AI_*` flags, in Linux's numbers.
    pub flags: i32,
    /// `AF_*`, in Linux's numbers.
    pub family: i32,
    /// `SOCK_*`.
    pub socket_type: i32,
    /// `IPPROTO_*`.
    pub protocol: i32,
}

/// An answer of the resolver.
#[derive(Debug, Clone)]
pub struct Address {
    /// `AF_*`.
    pub family: i32,
    /// `SOCK_*`.
    pub socket_type: i32,
    /// `IPPROTO_*`.
    pub protocol: i32,
    /// A `struct sockaddr_*` of Linux.
    pub address: Vec<u8>,
    /// Official name, on the first answer where it was asked for.
    pub canonical_name: Option<Vec<u8>>,
}

/// An entry of the protocols database.
#[derive(Debug, Clone)]
pub struct Protocol {
    /// Official name.
    pub name: String,
    /// Number.
    pub number: i32,
}

/// Why a name was not found; the numbers are `EAI_*` of the guest's C library.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(i32)]
pub enum ResolveError {
    /// Invalid flags.
    BadFlags = -1,
    /// No such name, or no service.
    NoName = -2,
    /// Try again later.
    Again = -3,
    /// Cannot be looked up.
    Fail = -4,
    /// Unknown address family.
    Family = -6,
    /// Unknown socket type.
    SocketType = -7,
    /// Service unknown for this socket type.
    Service = -8,
    /// Out of memory.
    Memory = -10,
    /// A system error.
    System = -11,
    /// A buffer is too small.
    Overflow = -12,
}
