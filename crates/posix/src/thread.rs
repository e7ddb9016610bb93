//! State of one guest thread, kept by the host.

use crate::calls::exceptions::Exceptions;
use crate::errno::Errno;
use crate::exports::Exports;
use crate::process::Shared;
use crate::scratch::Scratch;
use crate::signals;
use crate::threads::Handle;
use alloc::sync::Arc;
use core::cell::{Cell, OnceCell};
use wasmjit_runtime::{DirectCalls, Memory, Store, Table};

/// A guest thread. Handlers run on it and may be nested, when they call back
/// into the guest; therefore all that changes here is in cells.
pub(crate) struct Thread {
    shared: Arc<Shared>,
    handle: Arc<Handle>,
    first: bool,
    pub(crate) scratch: Scratch,
    pub(crate) exceptions: Exceptions,
    /// High word of the last 64-bit result, where the module imports the
    /// functions that read and set it.
    pub(crate) temp_ret0: Cell<u32>,
    /// The error that the last call to fail reported; for traces.
    pub(crate) last_error: Cell<Option<Errno>>,
    pub(crate) signals: signals::Own,
    /// How many `invoke_` calls are running.
    pub(crate) invocations: Cell<u32>,
    /// Nothing is known of the instance while its start function runs.
    exports: OnceCell<Exports>,
    memory: Cell<Option<Memory>>,
    table: Cell<Option<Table>>,
    /// For host functions whose calls compiled code makes itself, if there are any.
    direct: OnceCell<DirectCalls>,
}

impl Thread {
    pub(crate) fn new(shared: Arc<Shared>, handle: Arc<Handle>) -> Self {
        Self {
            first: false,
            ..Self::first(shared, handle)
        }
    }

    /// The thread that the process starts with.
    pub(crate) fn first(shared: Arc<Shared>, handle: Arc<Handle>) -> Self {
        Self {
            shared,
            handle,
            first: true,
            scratch: Scratch::new(),
            exceptions: Exceptions::default(),
            temp_ret0: Cell::new(0),
            last_error: Cell::new(None),
            signals: signals::Own::default(),
            invocations: Cell::new(0),
            exports: OnceCell::new(),
            memory: Cell::new(None),
            table: Cell::new(None),
            direct: OnceCell::new(),
        }
    }

    pub(crate) fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }

    /// What other threads know it by.
    pub(crate) fn handle(&self) -> &Arc<Handle> {
        &self.handle
    }

    /// Whether the process has started with it.
    pub(crate) fn is_first(&self) -> bool {
        self.first
    }

    /// What the instance exports; nothing before it is complete.
    pub(crate) fn exports(&self) -> &Exports {
        self.exports.get().unwrap_or(const { &Exports::NONE })
    }

    /// Records the instance's parts, once.
    pub(crate) fn attach(&self, exports: Exports, memory: Option<Memory>, table: Option<Table>) {
        // Once: a process has one instance per thread.
        let _ = self.exports.set(exports);
        if memory.is_some() {
            self.memory.set(memory);
        }
        if table.is_some() {
            self.table.set(table);
        }
    }

    /// Records a memory that the instance imports.
    pub(crate) fn set_memory(&self, memory: Memory) {
        self.memory.set(Some(memory));
    }

    /// Records a table that the instance imports.
    pub(crate) fn set_table(&self, table: Table) {
        self.table.set(Some(table));
    }

    /// What such functions share; made when it is first asked for.
    pub(crate) fn direct(&self, make: impl FnOnce() -> DirectCalls) -> &DirectCalls {
        self.direct.get_or_init(make)
    }

    /// The instance is complete: such functions may work on its memory.
    pub(crate) fn begin_direct(&self, store: &Store) {
        if let (Some(direct), Some(memory)) = (self.direct.get(), self.memory()) {
            direct.set_memory(store, memory);
        }
    }

    pub(crate) fn memory(&self) -> Option<Memory> {
        self.memory.get()
    }

    pub(crate) fn table(&self) -> Option<Table> {
        self.table.get()
    }
}
