//! Host functions that are one system call, and how compiled code can make it.
//!
//! A [`Direct`] describes how the parameters of an import become the arguments of a
//! system call, as far as the usual case goes; from the description comes machine code
//! that stands in the place of the host function. In the kernel, where the call is a
//! function, the engine makes it; in user space the Rust compiler. What is not usual
//! (a pointer out of bounds, many buffers, a flag that needs translation) is
//! [declined](Condition) before anything was done, and served where all other
//! imports are, by the handlers of `wasmjit-posix`. So are results that are errors.
//! The handlers stay the one place where the calls' meaning is written; a test there
//! holds each description against its handler.
#![no_std]

pub mod layout;
mod table;

use layout::Field;
pub use table::{TABLE, lookup};

/// A parameter of the import, by its place.
pub type Parameter = u8;

/// Type of a parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// 32 bits: a number or a pointer.
    I32,
    /// 64 bits.
    I64,
}

/// An import, and the system call that it is. Its result is an `i32`.
#[derive(Debug, PartialEq, Eq)]
pub struct Direct {
    /// Name of the module that it is imported from.
    pub module: &'static str,
    /// Its name.
    pub name: &'static str,
    /// Types of its parameters.
    pub parameters: &'static [Kind],
    /// Linux's name of the call.
    pub call: &'static str,
    /// That of the call for more than one [buffer](Argument::BufferStart).
    pub vectored: Option<&'static str>,
    /// When it is declined.
    pub conditions: &'static [Condition],
    /// The call's arguments.
    pub arguments: &'static [Argument],
    /// What becomes of the call's result when it is no error.
    pub outcome: Outcome,
}

/// Something that must be so, or the call is declined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Condition {
    /// The parameter has this value.
    Is(Parameter, u32),
    /// None of these bits of the parameter is set.
    Clear(Parameter, u32),
    /// The parameter is in this range, as a signed number.
    Between(Parameter, i32, i32),
    /// So many bytes at the parameter are in memory: the call's result goes there.
    Writable(Parameter, u32),
}

/// An argument of a system call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Argument {
    /// A number.
    Constant(i64),
    /// The parameter, as a signed number.
    Signed(Parameter),
    /// The parameter, as an unsigned number.
    Unsigned(Parameter),
    /// The parameter, of 64 bits.
    Long(Parameter),
    /// The same, in two parameters of 32 bits: the lower half first.
    Halves(Parameter, Parameter),
    /// Address of memory that begins at the first parameter. The second is the
    /// number of its elements, which have so many bytes each.
    Bytes(Parameter, Parameter, u32),
    /// Address of so many bytes at the parameter.
    Object(Parameter, u32),
    /// Address of a string at the parameter, which must not be null.
    Path(Parameter),
    /// Address of the buffer that the `struct iovec` at the first parameter describes.
    /// The second is the number of them: of several it is the address of the kernel's
    /// form of them all.
    BufferStart(Parameter, Parameter),
    /// Length of that buffer, or the number of them.
    BufferLength(Parameter, Parameter),
    /// Address of so many bytes outside the guest's memory, at most [`SCRATCH`], for
    /// the call to write to.
    Scratch(u32),
    /// The same, with the kernel's form of the `struct epoll_event` at the parameter.
    Event(Parameter),
    /// Address of room at the first parameter, whose length stands at the second; null
    /// if either parameter is.
    Room(Parameter, Parameter),
    /// Address of the length of that room, in the scratch; null likewise.
    RoomLength(Parameter, Parameter),
}

/// What becomes of a call that would block, which is part of the usual.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WouldBlock {
    /// This is the import's result.
    Result(i32),
    /// The handler tells the guest, as of all other errors.
    PassedOn,
}

impl Direct {
    /// What becomes of `EAGAIN`.
    pub fn would_block(&self) -> WouldBlock {
        if self.module == table::WASI {
            WouldBlock::Result(GUEST_EAGAIN)
        } else if self.name.starts_with("__syscall_") {
            WouldBlock::Result(-GUEST_EAGAIN)
        } else {
            WouldBlock::PassedOn
        }
    }
}

/// `EAGAIN` in Linux's numbering and in the guest's.
pub const EAGAIN: i64 = 11;
const GUEST_EAGAIN: i32 = 6;

/// Most [buffers](Argument::BufferStart) of a call.
pub const BUFFERS_MAX: usize = 16;

/// Bytes outside the guest's memory that calls may need.
pub const SCRATCH: u32 = 4096;

/// What becomes of a system call's result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It is the import's.
    Value,
    /// The import's is zero.
    Zero,
    /// It is stored at the parameter, as 32 bits; the import's is zero.
    Store32(Parameter),
    /// The same, as 64 bits.
    Store64(Parameter),
    /// It is the import's, and the number of `struct epoll_event` that the call has
    /// left at the parameter: they become the guest's, which have padding.
    Events(Parameter),
    /// The import's is zero, and the structure in the [scratch](Argument::Scratch)
    /// becomes the guest's at the parameter.
    Fields(Parameter, &'static [Field]),
    /// It is the import's, and the length of the [room](Argument::Room) is stored where
    /// it stood.
    RoomLength(Parameter, Parameter),
    /// As [`Outcome::Fields`], for a `struct stat`: [`layout::STATUS_TIME64`] or
    /// [`layout::STATUS_TIME32`].
    Status(Parameter),
    /// As [`Outcome::Fields`], for a `struct timespec`: [`layout::TIMESPEC64`] or
    /// [`layout::TIMESPEC32`].
    Time(Parameter),
}
