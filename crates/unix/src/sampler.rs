//! Where the threads of this process are: samples of their stacks, taken in a
//! signal handler by following the frame pointers of compiled code.
//!
//! A [`Profile`] takes one each time a thread has used up some processor time;
//! SIGQUIT has one taken of all threads. Frames are read by a system
//! call, so that a stack that is just being changed does no harm.

use crate::handler::{self, Handler};
use crate::{code, current, machine};
use libc::{c_int, c_void, siginfo_t};
use std::cell::Cell;
use std::io;
use std::mem::MaybeUninit;
use std::ptr;
use std::sync::atomic::{AtomicI32, AtomicPtr, AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;
use wasmjit_runtime::vm::StoreContext;

/// Most frames of a sample.
const FRAMES_MAX: usize = 96;

/// Words of the buffer for samples. Memory that is not used is not there.
const WORDS: usize = 16 << 20;

/// Words of a sample before its frames.
const HEADER: usize = 4;

/// The signal that has a thread look at its stack.
const SIGNAL: c_int = libc::SIGPROF;

/// Most threads that are known.
const THREADS_MAX: usize = 1024;

/// Threads that run compiled code.
static THREADS: [AtomicI32; THREADS_MAX] = [const { AtomicI32::new(0) }; THREADS_MAX];

/// Nanoseconds of processor time between samples; 0 while no profile is taken.
static INTERVAL: AtomicU64 = AtomicU64::new(0);

/// Where samples go, and the first word that is free.
static BUFFER: AtomicPtr<AtomicU64> = AtomicPtr::new(ptr::null_mut());
static NEXT: AtomicUsize = AtomicUsize::new(0);
static LOST: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    /// The call that the thread makes for the guest, plus one; 0 for none.
    static CALL: Cell<u32> = const { Cell::new(0) };
    /// The thread's timer, and its place among the threads.
    static REGISTRATION: Registration = Registration::new();
}

/// Notes which call the thread is about to make for the guest (`None`: none);
/// returns the one before.
pub fn set_call(call: Option<u32>) -> Option<u32> {
    CALL.replace(call.map_or(0, |call| call + 1)).checked_sub(1)
}

/// To be called on each thread before it runs compiled code.
pub(crate) fn register_thread() {
    // A thread that is ending has run its last code.
    let _ = REGISTRATION.try_with(|_| ());
}

struct Registration {
    place: Option<usize>,
    timer: Cell<Option<libc::timer_t>>,
}

impl Registration {
    fn new() -> Self {
        // SAFETY: asks for a number.
        let thread = unsafe { libc::gettid() };
        let place = THREADS.iter().position(|entry| {
            let free = entry.compare_exchange(0, thread, Ordering::AcqRel, Ordering::Relaxed);
            free.is_ok()
        });
        let interval = INTERVAL.load(Ordering::Acquire);
        let timer = (interval > 0)
            .then(|| start_timer(thread, interval))
            .flatten();
        Self {
            place,
            timer: Cell::new(timer),
        }
    }
}

impl Drop for Registration {
    fn drop(&mut self) {
        if let Some(timer) = self.timer.take() {
            // SAFETY: the timer is this thread's own.
            unsafe { libc::timer_delete(timer) };
        }
        if let Some(place) = self.place {
            THREADS[place].store(0, Ordering::Release);
        }
    }
}

/// Starts a timer of the calling thread's processor time that signals it.
fn start_timer(thread: i32, interval: u64) -> Option<libc::timer_t> {
    // SAFETY: all bits zero are a valid event; the calls read and write what
    // they are given.
    unsafe {
        let mut event = MaybeUninit::<libc::sigevent>::zeroed().assume_init();
        event.sigev_notify = libc::SIGEV_THREAD_ID;
        event.sigev_signo = SIGNAL;
        event.sigev_notify_thread_id = thread;
        let mut timer = ptr::null_mut();
        if libc::timer_create(libc::CLOCK_THREAD_CPUTIME_ID, &mut event, &mut timer) != 0 {
            return None;
        }
        let time = libc::timespec {
            tv_sec: (interval / 1_000_000_000) as _,
            tv_nsec: (interval % 1_000_000_000) as _,
        };
        let setting = libc::itimerspec {
            it_interval: time,
            it_value: time,
        };
        libc::timer_settime(timer, 0, &setting, ptr::null_mut());
        Some(timer)
    }
}

/// A profile that is being taken of the calling thread, which must not have run
/// compiled code yet, and of those that begin to.
pub struct Profile(());

/// A sample of a thread's stack.
#[derive(Debug, Clone, Copy)]
pub struct Sample<'a> {
    /// Number of the thread.
    pub thread: u32,
    /// How many samples it stands for.
    pub weight: u32,
    /// The thread was in the kernel.
    pub in_kernel: bool,
    /// The call that it made for the guest; see [`set_call`].
    pub call: Option<u32>,
    /// Addresses in compiled code, innermost first.
    pub frames: &'a [u64],
}

impl Profile {
    /// Begins to take samples, one for each `interval` of processor time.
    ///
    /// # Errors
    /// When there is no memory for them.
    pub fn start(interval: Duration) -> io::Result<Self> {
        allocate()?;
        install(SIGNAL, on_sample);
        let nanos = u64::try_from(interval.as_nanos()).unwrap_or(u64::MAX);
        INTERVAL.store(nanos.max(1), Ordering::Release);
        Ok(Self(()))
    }

    /// Ends it; passes each sample on, and returns how many there was no room
    /// for.
    pub fn finish(self, each: impl FnMut(Sample<'_>)) -> usize {
        INTERVAL.store(0, Ordering::Release);
        let _ = REGISTRATION.try_with(|registration| {
            if let Some(timer) = registration.timer.take() {
                // SAFETY: the timer is this thread's own.
                unsafe { libc::timer_delete(timer) };
            }
        });
        read_samples(each);
        LOST.load(Ordering::Relaxed)
    }
}

/// Makes the buffer, if there is none yet.
fn allocate() -> io::Result<()> {
    if !BUFFER.load(Ordering::Acquire).is_null() {
        return Ok(());
    }
    // SAFETY: memory of its own, never given back; zeros are values of the type.
    unsafe {
        let start = libc::mmap(
            ptr::null_mut(),
            WORDS * size_of::<AtomicU64>(),
            libc::PROT_READ | libc::PROT_WRITE,
            libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE,
            -1,
            0,
        );
        if start == libc::MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
        BUFFER.store(start.cast(), Ordering::Release);
    }
    Ok(())
}

fn install(signal: c_int, handler: Handler) {
    // SAFETY: the handlers of this module are safe to run at any time.
    unsafe { handler::set(signal, &handler::action(handler, libc::SA_RESTART)) };
}

/// Takes a sample of the thread that it interrupts.
extern "C" fn on_sample(_: c_int, info: *mut siginfo_t, context: *mut c_void) {
    // SAFETY: the kernel passes valid pointers; errno is the thread's own.
    unsafe {
        let errno = *libc::__errno_location();
        let by_timer = (*info).si_code == libc::SI_TIMER;
        let weight = if by_timer { 1 + overrun(info) } else { 1 };
        take(context, weight);
        *libc::__errno_location() = errno;
    }
}

/// How often a timer has gone off since it last could tell.
///
/// # Safety
/// The signal must be a timer's.
unsafe fn overrun(info: *mut siginfo_t) -> u32 {
    /// `si_signo`, `si_errno`, `si_code` and padding, then `si_tid` and this.
    const OFFSET: usize = 5;
    // SAFETY: the structure of a timer's signal is longer than that.
    let count = unsafe { info.cast::<c_int>().add(OFFSET).read() };
    u32::try_from(count).unwrap_or(0)
}

/// Stores a sample. Uses only memory that exists already, and no locks.
///
/// # Safety
/// `context` must be that of a handler on the calling thread.
unsafe fn take(context: *mut c_void, weight: u32) {
    let buffer = BUFFER.load(Ordering::Acquire);
    if buffer.is_null() {
        return;
    }
    // SAFETY: the caller's context.
    let registers = unsafe { machine::registers(context) };
    let mut frames = [0; FRAMES_MAX];
    let store = current::get();
    let count = match store.is_null() {
        true => 0,
        // SAFETY: the thread runs code of this store.
        false => unsafe { walk(store, registers, &mut frames) },
    };
    let length = HEADER + count;
    let at = NEXT.fetch_add(length, Ordering::Relaxed);
    if at + length > WORDS {
        LOST.fetch_add(1, Ordering::Relaxed);
        return;
    }
    let in_kernel = !code::contains(registers.pc) && after_system_call(registers.pc);
    // SAFETY: asks for a number.
    let thread = unsafe { libc::gettid() } as u64;
    let header = [
        thread,
        u64::from(weight) | u64::from(in_kernel) << 32,
        CALL.get().into(),
    ];
    let words = header.into_iter().chain(frames[..count].iter().copied());
    for (i, word) in words.enumerate() {
        // SAFETY: within the buffer, and reserved for this sample.
        unsafe { (*buffer.add(at + 1 + i)).store(word, Ordering::Relaxed) };
    }
    // The length last: until then there is no sample.
    // SAFETY: as above.
    unsafe { (*buffer.add(at)).store(length as u64, Ordering::Release) };
}

/// Passes the samples on that there are.
fn read_samples(mut each: impl FnMut(Sample<'_>)) {
    let buffer = BUFFER.load(Ordering::Acquire);
    if buffer.is_null() {
        return;
    }
    // SAFETY: the buffer has so many words and is never given back.
    let words = unsafe { std::slice::from_raw_parts(buffer, WORDS) };
    let mut at = 0;
    while at < NEXT.load(Ordering::Acquire).min(WORDS) {
        let length = words[at].load(Ordering::Acquire) as usize;
        let fits = (HEADER..=HEADER + FRAMES_MAX).contains(&length);
        if !fits || at + length > WORDS {
            break;
        }
        let word = |i: usize| words[at + i].load(Ordering::Relaxed);
        let frames: Vec<u64> = (HEADER..length).map(word).collect();
        each(Sample {
            thread: word(1) as u32,
            weight: word(2) as u32,
            in_kernel: word(2) >> 32 != 0,
            call: (word(3) as u32).checked_sub(1),
            frames: &frames,
        });
        at += length;
    }
}

/// Whether `pc` is behind an instruction that calls the kernel.
#[cfg(target_arch = "x86_64")]
fn after_system_call(pc: usize) -> bool {
    const SYSCALL: u64 = 0x050f;
    read_own(pc.wrapping_sub(2)).is_some_and(|words: [u64; 1]| words[0] & 0xffff == SYSCALL)
}

/// Whether `pc` is behind an instruction that calls the kernel.
#[cfg(not(target_arch = "x86_64"))]
fn after_system_call(pc: usize) -> bool {
    const SVC: u64 = 0xd400_0001;
    read_own(pc.wrapping_sub(4)).is_some_and(|words: [u64; 1]| words[0] & 0xffff_ffff == SVC)
}

/// Stores the addresses of the frames of compiled code, innermost first; returns
/// how many there are.
///
/// # Safety
/// The calling thread must run code of the store.
unsafe fn walk(
    store: *mut StoreContext,
    registers: machine::Registers,
    frames: &mut [u64; FRAMES_MAX],
) -> usize {
    // SAFETY: the caller vouches for the store, which lives while its code runs.
    let (exit_pc, exit_fp, mut activation) =
        unsafe { ((*store).exit_pc, (*store).exit_fp, (*store).activation) };
    let (mut pc, mut fp, mut exact) = match code::contains(registers.pc) {
        true => (registers.pc, registers.fp, true),
        // It has left for the host, where frame pointers mean nothing.
        false => (exit_pc, exit_fp, false),
    };
    let mut count = 0;
    while count < FRAMES_MAX && !activation.is_null() {
        // SAFETY: activations are on the stack of this thread, below its frames.
        let current = unsafe { &*activation };
        if fp == current.fp || fp == 0 {
            (pc, fp) = (current.previous_exit_pc, current.previous_exit_fp);
            activation = current.previous;
            exact = false;
            continue;
        }
        if code::contains(pc) {
            // Before a return address is the instruction that made the call.
            frames[count] = pc as u64 - u64::from(!exact);
            count += 1;
        }
        exact = false;
        match read_own(fp) {
            // Callers are further up.
            Some([next, address]) if next as usize > fp => {
                (pc, fp) = (address as usize, next as usize);
            }
            _ => break,
        }
    }
    count
}

/// Reads words of this process's memory; `None` where there is none.
fn read_own<const N: usize>(at: usize) -> Option<[u64; N]> {
    let mut words = [0u64; N];
    let to = libc::iovec {
        iov_base: words.as_mut_ptr().cast(),
        iov_len: size_of_val(&words),
    };
    let from = libc::iovec {
        iov_base: ptr::with_exposed_provenance_mut(at),
        iov_len: size_of_val(&words),
    };
    // SAFETY: writes to `words`; the kernel checks where it reads.
    let read = unsafe { libc::process_vm_readv(libc::getpid(), &to, 1, &from, 1, 0) };
    (read == size_of_val(&words) as isize).then_some(words)
}

/// The samples that [`take_all`] took: for each thread its number and the
/// addresses in compiled code, innermost first.
pub fn stacks() -> Vec<(u32, Vec<u64>)> {
    let mut stacks = Vec::new();
    read_samples(|sample| stacks.push((sample.thread, sample.frames.to_vec())));
    stacks
}

/// Takes a sample of every thread that runs compiled code, unless a profile is
/// taken anyway. For the handler of a signal, whose context it needs.
pub(crate) fn take_all(context: *mut c_void) {
    if INTERVAL.load(Ordering::Acquire) != 0 || allocate().is_err() {
        return;
    }
    install(SIGNAL, on_sample);
    // SAFETY: the handler's context.
    unsafe { take(context, 1) };
    // SAFETY: asks for numbers.
    let (process, own) = unsafe { (libc::getpid(), libc::gettid()) };
    for entry in &THREADS {
        let thread = entry.load(Ordering::Acquire);
        if thread != 0 && thread != own {
            // SAFETY: sends a signal that has a handler.
            unsafe { libc::syscall(libc::SYS_tgkill, process, thread, SIGNAL) };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_that_is_not_there_is_not_read() {
        let here = [1u64, 2];
        assert_eq!(read_own((&raw const here) as usize), Some(here));
        assert_eq!(read_own::<1>(8), None);
    }

    #[test]
    fn calls_are_noted() {
        assert_eq!(set_call(Some(0)), None);
        assert_eq!(set_call(None), Some(0));
    }
}
