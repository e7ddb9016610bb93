//! Watching the calls that a program makes to the host.

use crate::handler::Variant;
use crate::table::Row;
use wasmjit_runtime::vm::RawValue;

/// A call of the table, with its values in WebAssembly's form.
#[derive(Clone, Copy)]
pub struct Call<'a> {
    /// Name of the import, as `__syscall_openat`.
    pub name: &'a str,
    /// Its row; `None` for names that follow a pattern, as `invoke_ii`.
    pub row: Option<&'static Row>,
    /// Types and convention.
    pub variant: Option<&'static Variant>,
    /// Parameters; 64-bit ones are whole.
    pub arguments: &'a [RawValue],
}

/// Is told of every call, on the thread that makes it.
pub trait Trace: Send + Sync {
    /// Before it is carried out.
    fn enter(&self, call: &Call<'_>) {
        let _ = call;
    }

    /// After it has returned to the guest; `result` is `None` when it has none,
    /// or when the call did not return.
    fn leave(&self, call: &Call<'_>, result: Option<RawValue>);
}
