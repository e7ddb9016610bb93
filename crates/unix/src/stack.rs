//! Stacks to run guest code on.

use crate::memory;
use std::any::Any;
use std::cell::Cell;
use std::ffi::c_void;
use std::panic::{self, AssertUnwindSafe};
use std::ptr::NonNull;

/// Bytes of stack for a program, unless told otherwise. Pages count as used only
/// once they are touched.
pub const DEFAULT_SIZE: usize = 64 << 20;

/// Bytes below the limit of compiled code that host functions may use.
const RESERVE: usize = 256 << 10;

/// Bytes without access rights at a stack's end.
const GUARD: usize = 64 << 10;

/// Smallest stack worth making.
const SMALLEST: usize = 1 << 20;

thread_local! {
    /// Lowest address that compiled code may use on this thread; 0 when unknown.
    static LIMIT: Cell<usize> = const { Cell::new(0) };
}

/// Lowest stack address that compiled code may use on the calling thread.
pub(crate) fn limit() -> usize {
    LIMIT.with(|limit| {
        if limit.get() == 0 {
            limit.set(thread_limit());
        }
        limit.get()
    })
}

/// Runs `f` on a stack of its own of about `size` bytes, less when there is not
/// so much address space; on the calling thread's own stack when there is none.
/// A panic of `f` goes on in the caller.
pub fn run<R>(size: usize, f: impl FnOnce() -> R) -> R {
    let Some(stack) = Stack::new(size) else {
        return f();
    };
    let previous = LIMIT.replace(stack.base() + GUARD + RESERVE);
    let mut job = Job {
        closure: Some(f),
        result: None,
    };
    // SAFETY: the stack is unused and big enough; `work` gets the job, which
    // outlives the call, and does not unwind.
    unsafe { call(stack.top(), job.entry(), (&raw mut job).cast()) };
    LIMIT.set(previous);
    drop(stack);
    match job.result {
        Some(Ok(result)) => result,
        Some(Err(payload)) => panic::resume_unwind(payload),
        None => unreachable!("the job was not run"),
    }
}

struct Job<F, R> {
    closure: Option<F>,
    result: Option<Result<R, Box<dyn Any + Send>>>,
}

impl<F: FnOnce() -> R, R> Job<F, R> {
    /// The function that does this job.
    fn entry(&self) -> extern "C" fn(*mut c_void) {
        work::<F, R>
    }
}

extern "C" fn work<F: FnOnce() -> R, R>(data: *mut c_void) {
    // SAFETY: `run` passes its job.
    let job = unsafe { &mut *data.cast::<Job<F, R>>() };
    if let Some(closure) = job.closure.take() {
        job.result = Some(panic::catch_unwind(AssertUnwindSafe(closure)));
    }
}

/// A mapping with a guard at its low end.
struct Stack {
    start: NonNull<u8>,
    size: usize,
}

impl Stack {
    fn new(size: usize) -> Option<Self> {
        let page = memory::page_size().max(GUARD);
        let mut size = size.max(SMALLEST).checked_next_multiple_of(page)?;
        loop {
            if let Some(start) = memory::reserve(size) {
                let stack = Self { start, size };
                // SAFETY: within the reservation; the guard stays as it is.
                let committed = unsafe { memory::commit(start.add(GUARD), size - GUARD) };
                if committed {
                    return Some(stack);
                }
            }
            if size / 2 < SMALLEST {
                return None;
            }
            size = (size / 2).next_multiple_of(page);
        }
    }

    fn base(&self) -> usize {
        self.start.as_ptr() as usize
    }

    fn top(&self) -> *mut u8 {
        self.start.as_ptr().wrapping_add(self.size)
    }
}

impl Drop for Stack {
    fn drop(&mut self) {
        // SAFETY: the whole mapping; nothing runs on it any more.
        unsafe { memory::release(self.start, self.size) };
    }
}

/// Calls `f(data)` with the stack pointer at `top`.
///
/// # Safety
/// `top` must be the aligned end of an unused stack, and `f` must not unwind.
#[cfg(target_arch = "x86_64")]
#[unsafe(naked)]
unsafe extern "C" fn call(top: *mut u8, f: extern "C" fn(*mut c_void), data: *mut c_void) {
    // The frame pointer stays valid, so that a walk of the stack goes on in the
    // caller's.
    std::arch::naked_asm!(
        "endbr64",
        "push rbp",
        "mov rbp, rsp",
        "mov rsp, rdi",
        "mov rdi, rdx",
        "call rsi",
        "mov rsp, rbp",
        "pop rbp",
        "ret",
    )
}

/// Calls `f(data)` with the stack pointer at `top`.
///
/// # Safety
/// `top` must be the aligned end of an unused stack, and `f` must not unwind.
#[cfg(target_arch = "aarch64")]
#[unsafe(naked)]
unsafe extern "C" fn call(top: *mut u8, f: extern "C" fn(*mut c_void), data: *mut c_void) {
    std::arch::naked_asm!(
        "hint #34",
        "stp x29, x30, [sp, #-16]!",
        "mov x29, sp",
        "mov sp, x0",
        "mov x0, x2",
        "blr x1",
        "mov sp, x29",
        "ldp x29, x30, [sp], #16",
        "ret",
    )
}

/// Calls `f(data)` on the stack it is called on.
///
/// # Safety
/// `f` must not unwind.
#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
unsafe extern "C" fn call(_top: *mut u8, f: extern "C" fn(*mut c_void), data: *mut c_void) {
    f(data);
}

/// The limit for compiled code on the thread's own stack.
fn thread_limit() -> usize {
    match thread_stack() {
        Some((base, size)) => base + RESERVE.min(size / 2),
        None => {
            // Unknown: allow what every system gives a thread.
            let local = 0u8;
            (&raw const local as usize).saturating_sub(RESERVE)
        }
    }
}

/// Lowest address and size of the calling thread's stack.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn thread_stack() -> Option<(usize, usize)> {
    // SAFETY: asks for the calling thread's attributes, and frees them.
    unsafe {
        let mut attributes = std::mem::MaybeUninit::<libc::pthread_attr_t>::zeroed();
        if libc::pthread_getattr_np(libc::pthread_self(), attributes.as_mut_ptr()) != 0 {
            return None;
        }
        let mut base = std::ptr::null_mut();
        let mut size = 0;
        let found = libc::pthread_attr_getstack(attributes.as_ptr(), &mut base, &mut size) == 0;
        libc::pthread_attr_destroy(attributes.as_mut_ptr());
        found.then_some((base as usize, size))
    }
}

/// Lowest address and size of the calling thread's stack.
#[cfg(target_os = "macos")]
fn thread_stack() -> Option<(usize, usize)> {
    // SAFETY: asks for facts of the calling thread.
    unsafe {
        let thread = libc::pthread_self();
        let top = libc::pthread_get_stackaddr_np(thread) as usize;
        let size = libc::pthread_get_stacksize_np(thread);
        Some((top - size, size))
    }
}

/// Lowest address and size of the calling thread's stack.
#[cfg(not(any(target_os = "linux", target_os = "android", target_os = "macos")))]
fn thread_stack() -> Option<(usize, usize)> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn depth(n: usize) -> usize {
        let block = std::hint::black_box([n; 64]);
        if n == 0 { block[0] } else { 1 + depth(n - 1) }
    }

    #[test]
    fn runs_deep_and_returns() {
        let outside = limit();
        let result = run(DEFAULT_SIZE, || {
            assert_ne!(limit(), outside);
            assert!(limit() < &raw const outside as usize || limit() > outside);
            depth(20_000)
        });
        assert_eq!(result, 20_000);
        assert_eq!(limit(), outside);
    }

    #[test]
    fn nested_and_panicking() {
        let caught =
            panic::catch_unwind(|| run(SMALLEST, || run(SMALLEST, || panic!("deep down"))));
        let payload = caught.unwrap_err();
        assert_eq!(payload.downcast_ref::<&str>(), Some(&"deep down"));
    }

    #[test]
    fn own_stack_is_known() {
        let local = 0u8;
        let here = &raw const local as usize;
        assert!(limit() < here && here - limit() < 1 << 30);
    }

    #[test]
    fn smaller_when_there_is_no_room() {
        assert_eq!(run(usize::MAX / 2, || 5), 5);
    }
}
