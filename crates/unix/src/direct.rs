//! Code for the calls that compiled code makes itself: what stands in the place of a
//! host function's trampoline and does what its [`Direct`] says.
//!
//! The kernel's mitigations of speculation have each return that follows a system call
//! mispredicted, so what such a call costs is above all how many functions it returns
//! through. Here it is one: compiled code calls a function that makes the call. The
//! descriptions are constants of these functions, so that of each remains what it has to
//! do.
//!
//! Compiled code's convention (Cranelift's `tail`) passes the first six numbers in the
//! registers in which the C convention has them, and expects no register to be preserved
//! but the stack and frame pointers; its result is where C has it.

use crate::linux::{answer_next_call, syscall};
use crate::signals::syscall_unless_caught;
use std::arch::naked_asm;
use std::mem::{MaybeUninit, offset_of};
use std::ptr::NonNull;
use wasmjit_direct::layout::{GUEST_EVENT, KERNEL_EVENT};
use wasmjit_direct::{Argument, BUFFERS_MAX, Condition, Direct, Outcome, Parameter, TABLE};
use wasmjit_posix::{Errno, Sys};
use wasmjit_runtime::DirectCall;
use wasmjit_runtime::vm::{RawValue, StoreContext, VMHostFunction};

/// Most parameters: they come in registers, with the context.
const PARAMETERS_MAX: usize = 5;

/// The code for a call; `None` for calls with more parameters than registers, and for
/// those whose structures have another form in the kernel: there the return is a small
/// part of the cost, and clocks are read without a call.
pub(crate) fn code(call: &Direct) -> Option<*const u8> {
    let at = TABLE.iter().position(|known| known == call)?;
    let fits = call.parameters.len() <= PARAMETERS_MAX;
    let same_form = call.arguments.iter().all(|argument| {
        !matches!(
            argument,
            Argument::Scratch(_)
                | Argument::Event(_)
                | Argument::Room(..)
                | Argument::RoomLength(..)
        )
    });
    (fits && same_form).then(|| ENTRIES[at] as *const u8)
}

type Entry = unsafe extern "sysv64" fn();

macro_rules! entries {
    ($($index:literal)*) => {
        /// One for each description.
        static ENTRIES: [Entry; TABLE.len()] = [$(enter::<$index>),*];
    };
}

entries! {
    0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23
    24 25 26 27 28 29 30 31 32 33 34 35 36 37 38 39 40 41 42 43 44 45 46 47
    48 49 50 51
}

/// What compiled code calls: notes where it left, and goes on in [`call`].
///
/// # Safety
/// To be called by compiled code only, as [`wasmjit_runtime::Func::set_direct`] says.
#[unsafe(naked)]
unsafe extern "sysv64" fn enter<const INDEX: usize>() {
    naked_asm!(
        "endbr64",
        "mov rax, [rdi + {store}]",
        "mov r11, [rsp]",
        "mov [rax + {exit_fp}], rbp",
        "mov [rax + {exit_pc}], r11",
        "jmp {call}",
        call = sym call::<INDEX>,
        store = const offset_of!(VMHostFunction, store),
        exit_fp = const offset_of!(StoreContext, exit_fp),
        exit_pc = const offset_of!(StoreContext, exit_pc),
    )
}

/// Carries a call out.
///
/// # Safety
/// As for [`enter`], which must have passed on its parameters.
unsafe extern "sysv64" fn call<const INDEX: usize>(
    host: NonNull<VMHostFunction>,
    a: u64,
    b: u64,
    c: u64,
    d: u64,
    e: u64,
) -> u64 {
    // SAFETY: the caller's promise.
    unsafe {
        let direct = Described::<INDEX>::DIRECT;
        let mut call = Call {
            context: DirectCall::new(host),
            count: direct.parameters.len(),
            parameters: [MaybeUninit::uninit(); PARAMETERS_MAX],
        };
        // Only those that there are: registers with others need not be kept.
        let places = call.parameters.iter_mut().take(call.count);
        for (place, value) in places.zip([a, b, c, d, e]) {
            place.write(value);
        }
        let attempt = call.attempt(
            direct,
            Described::<INDEX>::NUMBER,
            Described::<INDEX>::VECTORED,
        );
        match attempt {
            Attempt::Made(value) => {
                if call.context.interrupted() && call.context.attend().is_err() {
                    call.context.leave();
                }
                value
            }
            Attempt::NotMade => call.pass_on(None),
            Attempt::Failed(result) => call.pass_on(Some(result)),
        }
    }
}

/// A row of the table, as constants.
struct Described<const INDEX: usize>;

impl<const INDEX: usize> Described<INDEX> {
    const DIRECT: &'static Direct = &TABLE[INDEX];
    const NUMBER: Sys = number(Self::DIRECT.call);
    /// Of the call for several buffers.
    const VECTORED: Sys = match Self::DIRECT.vectored {
        Some(call) => number(call),
        None => Self::NUMBER,
    };
}

const fn number(call: &str) -> Sys {
    match Sys::by_name(call) {
        Some(call) => call,
        None => panic!("a description names a system call that has no number"),
    }
}

/// What became of a call.
enum Attempt {
    /// It was made, with this result for the guest.
    Made(u64),
    /// It was declined, or a signal has kept it from being made.
    NotMade,
    /// It was made and ended with this error.
    Failed(i64),
}

struct Call {
    context: DirectCall,
    count: usize,
    /// The first `count` are there. Those of 32 bits have anything in their upper halves.
    parameters: [MaybeUninit<u64>; PARAMETERS_MAX],
}

/// Accessible guest memory.
#[derive(Clone, Copy)]
struct Memory {
    base: *mut u8,
    length: u64,
}

impl Memory {
    /// Address of a range, if all of it is inside. Both numbers are far from the end of
    /// all numbers.
    #[inline(always)]
    fn range(self, start: u64, length: u64) -> Option<*mut u8> {
        (start + length <= self.length).then(|| self.base.wrapping_add(start as usize))
    }

    /// The buffer that a `struct iovec` describes, if both are inside.
    #[inline(always)]
    fn buffer(self, at: u64) -> Option<libc::iovec> {
        let described = self.range(at, 8)?;
        // SAFETY: the range was checked; other threads may write to it.
        let both = unsafe { described.cast::<u64>().read_unaligned() };
        let length = both >> 32;
        let start = self.range(u64::from(both as u32), length)?;
        Some(libc::iovec {
            iov_base: start.cast(),
            iov_len: length as usize,
        })
    }
}

/// What a call's `struct iovec`s describe.
struct Buffers {
    /// There is more than one.
    several: bool,
    /// The one buffer, or the vector and the number of them; once they were read: what is
    /// checked is what is used.
    known: Option<(u64, u64)>,
    vector: MaybeUninit<[libc::iovec; BUFFERS_MAX]>,
}

impl Buffers {
    #[inline(always)]
    fn new() -> Self {
        Self {
            several: false,
            known: None,
            vector: MaybeUninit::uninit(),
        }
    }

    /// Start and length of the buffer described at a place of memory, or of the kernel's
    /// form of so many; `None` when there are none or they are not in memory.
    #[inline(always)]
    fn read(&mut self, memory: Memory, at: u64, count: u64) -> Option<(u64, u64)> {
        if self.known.is_none() {
            self.several = count != 1;
            self.known = Some(if self.several {
                self.read_several(memory, at, count)?
            } else {
                let buffer = memory.buffer(at)?;
                (buffer.iov_base as u64, buffer.iov_len as u64)
            });
        }
        self.known
    }

    #[inline(never)]
    fn read_several(&mut self, memory: Memory, at: u64, count: u64) -> Option<(u64, u64)> {
        let vector = self.vector.as_mut_ptr().cast::<libc::iovec>();
        if count > BUFFERS_MAX as u64 {
            return None;
        }
        for index in 0..count {
            let buffer = memory.buffer(at + index * 8)?;
            // SAFETY: there is room for more.
            unsafe { vector.add(index as usize).write(buffer) };
        }
        Some((vector as u64, count))
    }
}

impl Call {
    #[inline(always)]
    fn long(&self, at: Parameter) -> u64 {
        let parameter = &self.parameters[..self.count][usize::from(at)];
        // SAFETY: one of the first `count`.
        unsafe { parameter.assume_init() }
    }

    #[inline(always)]
    fn unsigned(&self, at: Parameter) -> u64 {
        u64::from(self.long(at) as u32)
    }

    #[inline(always)]
    fn signed(&self, at: Parameter) -> i32 {
        self.long(at) as i32
    }

    /// Makes the call, if it is one that the description covers.
    ///
    /// # Safety
    /// The parameters must be of the description's types.
    #[inline(always)]
    unsafe fn attempt(&self, direct: &'static Direct, single: Sys, vectored: Sys) -> Attempt {
        let memory = match self.context.memory() {
            Some((base, length)) => Memory { base, length },
            None => return Attempt::NotMade,
        };
        for condition in direct.conditions {
            if !self.holds(*condition, memory) {
                return Attempt::NotMade;
            }
        }
        let mut buffers = Buffers::new();
        let mut arguments = [0; 6];
        let mut at = 0;
        while at < direct.arguments.len() {
            let argument = self.argument(direct.arguments[at], memory, &mut buffers);
            let Some(argument) = argument else {
                return Attempt::NotMade;
            };
            arguments[at] = argument;
            at += 1;
        }
        let number = if buffers.several { vectored } else { single };
        // SAFETY: the description says what the call does; the memory that it touches
        // was checked.
        let result = unsafe {
            if single.may_block() {
                syscall_unless_caught(number.number() as u64, arguments)
            } else {
                syscall(number.number() as u64, arguments)
            }
        };
        match Errno::check(result) {
            Ok(result) => Attempt::Made(self.outcome(direct.outcome, result, memory)),
            Err(Errno::ERESTARTSYS) => Attempt::NotMade,
            Err(_) => Attempt::Failed(result),
        }
    }

    #[inline(always)]
    fn holds(&self, condition: Condition, memory: Memory) -> bool {
        match condition {
            Condition::Is(at, value) => self.unsigned(at) == u64::from(value),
            Condition::Clear(at, mask) => self.unsigned(at) & u64::from(mask) == 0,
            Condition::Between(at, low, high) => (low..=high).contains(&self.signed(at)),
            Condition::Writable(at, bytes) => {
                memory.range(self.unsigned(at), u64::from(bytes)).is_some()
            }
        }
    }

    /// An argument of the call; `None` when there is none in memory.
    #[inline(always)]
    fn argument(&self, argument: Argument, memory: Memory, buffers: &mut Buffers) -> Option<u64> {
        let range = |at, length| Some(memory.range(at, length)? as u64);
        let mut described =
            |at, count| buffers.read(memory, self.unsigned(at), self.unsigned(count));
        match argument {
            Argument::Constant(value) => Some(value as u64),
            Argument::Signed(at) => Some(i64::from(self.signed(at)) as u64),
            Argument::Unsigned(at) => Some(self.unsigned(at)),
            Argument::Long(at) => Some(self.long(at)),
            Argument::Halves(low, high) => Some(self.unsigned(high) << 32 | self.unsigned(low)),
            Argument::Bytes(at, count, size) => {
                range(self.unsigned(at), self.unsigned(count) * u64::from(size))
            }
            Argument::Object(at, bytes) => range(self.unsigned(at), u64::from(bytes)),
            // The kernel reads to the string's end; beyond the memory's it finds nothing
            // that is accessible.
            Argument::Path(at) if self.unsigned(at) == 0 => None,
            Argument::Path(at) => range(self.unsigned(at), 1),
            Argument::BufferStart(at, count) => Some(described(at, count)?.0),
            Argument::BufferLength(at, count) => Some(described(at, count)?.1),
            // There is no code for these.
            Argument::Scratch(_)
            | Argument::Event(_)
            | Argument::Room(..)
            | Argument::RoomLength(..) => None,
        }
    }

    /// What the guest gets for a result that is no error.
    #[inline(always)]
    fn outcome(&self, outcome: Outcome, result: u64, memory: Memory) -> u64 {
        let place = |at| memory.base.wrapping_add(self.unsigned(at) as usize);
        match outcome {
            Outcome::Value => result,
            Outcome::Zero => 0,
            Outcome::Store32(at) => {
                // SAFETY: a condition has checked the range.
                unsafe { place(at).cast::<u32>().write_unaligned(result as u32) };
                0
            }
            Outcome::Store64(at) => {
                // SAFETY: as above.
                unsafe { place(at).cast::<u64>().write_unaligned(result) };
                0
            }
            Outcome::Events(at) => {
                // SAFETY: an argument has checked room for more of the guest's.
                unsafe { events(place(at), result as usize) };
                result
            }
            // There is no code for these.
            Outcome::Fields(..)
            | Outcome::RoomLength(..)
            | Outcome::Status(_)
            | Outcome::Time(_) => 0,
        }
    }

    /// Has the handler make the call, or tells it how the call has ended that was made.
    ///
    /// # Safety
    /// As for [`enter`].
    #[cold]
    #[inline(never)]
    unsafe fn pass_on(&self, made: Option<i64>) -> u64 {
        let mut values = [RawValue::ZERO; PARAMETERS_MAX];
        for (value, at) in values.iter_mut().zip(0..self.count as u8) {
            *value = RawValue::from_u64(self.long(at));
        }
        answer_next_call(made);
        // SAFETY: all parameters are there, and room for the result.
        let ended = unsafe { self.context.call_host(&mut values) };
        // A handler that has found an error itself has not asked.
        answer_next_call(None);
        if ended.is_err() {
            // SAFETY: nothing on this side needs dropping.
            unsafe { self.context.leave() }
        }
        u64::from(values[0].u32())
    }
}

/// Turns so many of the kernel's events, of 12 bytes, into the guest's, of 16: events,
/// padding, data. The last is moved first.
///
/// # Safety
/// There must be room for so many of the guest's.
unsafe fn events(first: *mut u8, count: usize) {
    for index in (0..count).rev() {
        // SAFETY: the caller's promise.
        unsafe {
            let from = first.add(index * KERNEL_EVENT as usize);
            let to = first.add(index * GUEST_EVENT as usize);
            let events = from.cast::<u32>().read_unaligned();
            let data = from.add(4).cast::<u64>().read_unaligned();
            to.cast::<u64>().write_unaligned(u64::from(events));
            to.add(8).cast::<u64>().write_unaligned(data);
        }
    }
}
