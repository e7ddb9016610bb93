//! Watching the calls that a program makes to the host.

use crate::era::Era;
use crate::errno::Errno;
use crate::guest::GuestMemory;
use crate::handler::Variant;
use crate::table::Row;
use alloc::boxed::Box;
use wasmjit_runtime::vm::RawValue;

/// A call of the table, with its values in WebAssembly's form.
#[derive(Clone, Copy)]
pub struct Call<'a> {
    /// Its row.
    pub row: &'static Row,
    /// Types, convention and parameters.
    pub variant: &'static Variant,
    /// Arguments; 64-bit ones are whole.
    pub arguments: &'a [RawValue],
    /// What the module was built with.
    pub era: Era,
    /// The guest's memory as it is now.
    pub(crate) memory: GuestMemory<'a>,
}

/// How a call ended.
#[derive(Clone, Copy)]
pub enum End {
    /// With this result, or none.
    Returned(Option<RawValue>),
    /// With an error.
    Failed(Errno),
    /// Not at all: the guest is left.
    Left,
}

/// Is told of every call, on the thread that makes it.
pub trait Trace: Send + Sync {
    /// Before a call is carried out; what it returns is told of the end.
    fn enter(&self, call: &Call<'_>) -> Option<Box<dyn Entered>>;
}

/// A call that has begun.
pub trait Entered {
    /// After it has ended; outputs are in the guest's memory.
    fn leave(self: Box<Self>, call: &Call<'_>, end: End);
}
