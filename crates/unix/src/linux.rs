//! Linux as a [`Kernel`]: system calls of this process.

use crate::kick::Thread;
use crate::signals::{self, LinuxSignals};
use crate::{mapping, resolver};
#[cfg(target_arch = "aarch64")]
use std::arch::asm;
use std::cell::Cell;
use std::ptr::NonNull;
use std::sync::Arc;
#[cfg(target_arch = "x86_64")]
use wasmjit_direct::Direct;
use wasmjit_posix::{
    Address, Errno, Kernel, Pages, Protocol, Query, ResolveError, Rights, Signals, Sys,
};

/// Linux.
struct Linux;

/// The kernel that this process runs on.
pub fn kernel() -> Arc<dyn Kernel> {
    Arc::new(Linux)
}

thread_local! {
    static ANSWER: Cell<Option<i64>> = const { Cell::new(None) };
}

/// The next system call of the calling thread's guest was made already, with this
/// result; or, with `None`, it was not. For code that makes some system calls
/// elsewhere.
pub fn answer_next_call(result: Option<i64>) {
    ANSWER.set(result);
}

// SAFETY: the kernel touches what the arguments describe and nothing else.
unsafe impl Kernel for Linux {
    unsafe fn syscall(&self, call: Sys, args: [u64; 6]) -> i64 {
        if let Some(result) = ANSWER.take() {
            return result;
        }
        // SAFETY: the caller's promise.
        unsafe { syscall(call.number() as u64, args) }
    }

    unsafe fn syscall_interruptible(&self, call: Sys, args: [u64; 6]) -> i64 {
        if let Some(result) = ANSWER.take() {
            return result;
        }
        // SAFETY: the caller's promise.
        unsafe { signals::syscall(call.number() as u64, args) }
    }

    #[cfg(target_arch = "x86_64")]
    fn direct(&self, call: &Direct) -> Option<*const u8> {
        crate::direct::code(call)
    }

    fn signals(&self) -> Option<&dyn Signals> {
        Some(&LinuxSignals)
    }

    fn clock(&self, clock: i32) -> Result<[i64; 2], Errno> {
        if let Some(result) = ANSWER.take() {
            // Only errors are answered: the time is not in the result.
            Errno::check(result)?;
        }
        let mut time = libc::timespec {
            tv_sec: 0,
            tv_nsec: 0,
        };
        // By the C library, which reads most clocks without a system call.
        // SAFETY: the call writes to `time`.
        match unsafe { libc::clock_gettime(clock, &mut time) } {
            0 => Ok([time.tv_sec, time.tv_nsec]),
            _ => Err(last_error()),
        }
    }

    fn system(&self, command: Option<&[u8]>) -> Result<i32, Errno> {
        let command = match command {
            Some(text) => Some(std::ffi::CString::new(text).map_err(|_| Errno::EINVAL)?),
            None => None,
        };
        let text = command.as_ref().map_or(std::ptr::null(), |c| c.as_ptr());
        // SAFETY: null, or a string that ends with a zero.
        match unsafe { libc::system(text) } {
            -1 => Err(last_error()),
            status => Ok(status),
        }
    }

    fn fork(&self) -> Result<u32, Errno> {
        // SAFETY: the caller goes on in both processes; the C library keeps its
        // allocator usable in the copy, and locks of ours are not held.
        match unsafe { libc::fork() } {
            -1 => Err(last_error()),
            process => {
                if process == 0 {
                    #[cfg(target_arch = "x86_64")]
                    crate::loops::this_is_a_copy();
                    crate::timeout::go_on_in_copy();
                }
                Ok(process as u32)
            }
        }
    }

    fn execute(&self, path: &[u8], arguments: &[Vec<u8>], environment: &[Vec<u8>]) -> Errno {
        crate::execute::execute(path, arguments, environment)
    }

    unsafe fn map_shared(
        &self,
        start: NonNull<u8>,
        length: usize,
        rights: Rights,
        pages: Pages,
    ) -> Result<(), Errno> {
        // SAFETY: the caller's promise.
        unsafe { mapping::map(start, length, rights, pages) }
    }

    unsafe fn unmap_shared(&self, start: NonNull<u8>, length: usize) {
        // SAFETY: the caller's promise.
        unsafe { mapping::unmap(start, length) }
    }

    fn yield_now(&self) {
        std::thread::yield_now();
    }

    fn resolve(&self, query: &Query<'_>) -> Result<Vec<Address>, ResolveError> {
        resolver::resolve(query)
    }

    fn names(&self, address: &[u8], flags: i32) -> Result<(Vec<u8>, Vec<u8>), ResolveError> {
        resolver::names(address, flags)
    }

    fn protocol(&self, name: &[u8]) -> Option<Protocol> {
        resolver::protocol(name)
    }

    fn spawn(&self, stack: usize, job: Box<dyn FnOnce() + Send>) -> Result<(), Errno> {
        let thread = std::thread::Builder::new().stack_size(stack).spawn(job);
        thread.map(drop).map_err(|_| Errno::EAGAIN)
    }

    fn current_thread(&self) -> u64 {
        Thread::current().id()
    }

    fn kick(&self, thread: u64) {
        Thread::from_id(thread).kick();
    }

    fn load_average(&self) -> Option<[f64; 3]> {
        let mut load = [0.0; 3];
        // SAFETY: room for three numbers.
        let found = unsafe { libc::getloadavg(load.as_mut_ptr(), 3) };
        (found == 3).then_some(load)
    }
}

pub(crate) fn last_error() -> Errno {
    let number = std::io::Error::last_os_error().raw_os_error().unwrap_or(5);
    Errno::from_linux(number as u16)
}

/// Gives the calling thread a table of descriptors of its own, an empty one. A file
/// that is open for a moment there, as by the C library's allocator, then takes no
/// number that the program should get.
pub(crate) fn leave_descriptors() {
    // SAFETY: closes descriptors of the thread's own copy of the table. The call
    // takes no pointers. Without it (before Linux 5.9) the thread keeps the table.
    unsafe {
        libc::syscall(
            libc::SYS_close_range,
            0,
            libc::c_uint::MAX,
            libc::CLOSE_RANGE_UNSHARE,
        );
    }
}

/// Instructions with a `syscall` among them, in the kernel's calling convention: the
/// call's number and arguments, the instructions, and more of their operands. Its value
/// is the result. Changes rcx and r11.
#[cfg(target_arch = "x86_64")]
macro_rules! system_call {
    ($number:expr, $arguments:expr, [$($instruction:expr),+ $(,)?] $(, $name:ident = in(reg) $operand:expr)*) => {{
        let [a, b, c, d, e, f]: [u64; 6] = $arguments;
        let number: u64 = $number;
        let result: i64;
        std::arch::asm!(
            $($instruction,)+
            $($name = in(reg) $operand,)*
            inlateout("rax") number => result,
            in("rdi") a,
            in("rsi") b,
            in("rdx") c,
            in("r10") d,
            in("r8") e,
            in("r9") f,
            lateout("rcx") _,
            lateout("r11") _,
            options(nostack),
        );
        result
    }};
}

#[cfg(target_arch = "x86_64")]
pub(crate) use system_call;

/// The `syscall` instruction.
///
/// # Safety
/// As for the system call.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
pub(crate) unsafe fn syscall(number: u64, arguments: [u64; 6]) -> i64 {
    // SAFETY: the caller's promise.
    unsafe { system_call!(number, arguments, ["syscall"]) }
}

/// The `svc` instruction.
///
/// # Safety
/// As for the system call.
#[cfg(target_arch = "aarch64")]
#[inline(always)]
pub(crate) unsafe fn syscall(number: u64, [a, b, c, d, e, f]: [u64; 6]) -> i64 {
    let result;
    // SAFETY: the kernel's calling convention.
    unsafe {
        asm!(
            "svc 0",
            in("x8") number,
            inlateout("x0") a => result,
            in("x1") b,
            in("x2") c,
            in("x3") d,
            in("x4") e,
            in("x5") f,
            options(nostack),
        );
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_without_descriptors_leaves_those_of_others() {
        let file = std::fs::File::open("/dev/null").expect("a file");
        let opened = std::thread::spawn(|| {
            leave_descriptors();
            let first = std::fs::File::open("/dev/null").expect("a file");
            std::os::fd::AsRawFd::as_raw_fd(&first)
        });
        // Before Linux 5.9 it has the number that is next.
        let opened = opened.join().expect("the thread ended");
        assert!(opened == 0 || opened > 2);
        assert!(file.metadata().is_ok());
    }

    #[test]
    fn calls_reach_the_kernel() {
        let kernel = kernel();
        // SAFETY: neither call touches memory.
        unsafe {
            let pid = kernel.syscall(Sys::GETPID, [0; 6]);
            assert_eq!(pid, std::process::id() as i64);
            let bad = kernel.syscall(Sys::CLOSE, [u32::MAX as u64, 0, 0, 0, 0, 0]);
            assert_eq!(Errno::check(bad), Err(Errno::EBADF));
        }
    }

    #[test]
    fn clocks() {
        let kernel = kernel();
        let before = kernel.clock(libc::CLOCK_MONOTONIC).unwrap();
        let time = std::time::SystemTime::now();
        let since = time.duration_since(std::time::UNIX_EPOCH).unwrap();
        let [seconds, _] = kernel.clock(libc::CLOCK_REALTIME).unwrap();
        assert!(seconds.unsigned_abs() >= since.as_secs());
        assert!(kernel.clock(libc::CLOCK_MONOTONIC).unwrap() >= before);
        assert_eq!(kernel.clock(1000), Err(Errno::EINVAL));
    }

    #[test]
    fn shell_commands() {
        let kernel = kernel();
        assert!(kernel.system(None).unwrap() != 0);
        assert_eq!(kernel.system(Some(b"exit 3")).unwrap(), 3 << 8);
        assert!(kernel.system(Some(b"a\0b")).is_err());
    }
}
