//! Instances whose code runs elsewhere: in a kernel, which calls back for what it
//! cannot do itself.
//!
//! An engine for that makes entry points whose entry trampoline hands the call
//! over. While it goes on, a [`RemoteCall`] serves what the other side asks for
//! in terms of the instance: its imports, its memories, and its traps.

use crate::backtrace::describe;
use crate::func::set_pending;
use crate::instance::InstanceData;
use crate::memory::MemoryData;
use crate::store::StoreInner;
use crate::trap::{Backtrace, Trap, TrapCode};
use crate::vm::{FUNC_HOST, RawValue, StoreContext, VMContext, VMHostFunction, VMImportedFunction};
use wasmjit_module::Module;

/// A frame of WebAssembly on the other side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RemoteFrame {
    /// Index of the function in its module.
    pub function: u32,
    /// Byte offset in the module's binary.
    pub offset: Option<u32>,
}

/// A linear memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RemoteMemory {
    /// Address of the first byte.
    pub base: usize,
    /// Accessible bytes.
    pub length: usize,
}

/// A call of an instance's function that goes on elsewhere.
#[derive(Debug)]
pub struct RemoteCall {
    vmctx: *mut VMContext,
}

impl RemoteCall {
    /// The call with which the store of `vmctx` has left to the engine.
    ///
    /// # Safety
    /// `vmctx` must be the context that an entry trampoline was called with, and
    /// this value not outlive that call.
    pub unsafe fn new(vmctx: *mut VMContext) -> Self {
        Self { vmctx }
    }

    fn context(&self) -> *mut StoreContext {
        // SAFETY: the context is an instance's, as `new` was promised.
        unsafe { (*self.vmctx).store }
    }

    fn store(&mut self) -> &mut StoreInner {
        // SAFETY: as above; the store runs on this thread, and nobody else uses
        // it before the call that led here goes on.
        unsafe { &mut *(*self.context()).store.cast::<StoreInner>() }
    }

    fn instance(&self) -> &InstanceData {
        // SAFETY: as above; instances live as long as their store.
        unsafe { &*(*self.vmctx).instance.cast::<InstanceData>() }
    }

    /// The module.
    pub fn module(&self) -> &Module {
        self.instance().module.module()
    }

    /// Its memories as they are now, imported ones first.
    pub fn memories(&self) -> impl Iterator<Item = RemoteMemory> + '_ {
        self.instance().memories.iter().map(|memory| {
            // SAFETY: memories live as long as their store.
            let memory = unsafe { memory.as_ref() };
            RemoteMemory {
                base: memory.base() as usize,
                length: memory.len(),
            }
        })
    }

    /// Adds pages to the memory that begins at `base`; whether it could.
    pub fn grow(&mut self, base: usize, bytes: usize) -> bool {
        let memories = &self.instance().memories;
        let found = memories.iter().copied().find(|memory| {
            // SAFETY: memories live as long as their store.
            unsafe { memory.as_ref() }.base() as usize == base
        });
        let Some(memory) = found else { return false };
        // SAFETY: as above.
        let page = unsafe { memory.as_ref() }.ty.page_size() as usize;
        bytes.is_multiple_of(page)
            && MemoryData::grow(memory, self.store(), (bytes / page) as u64).is_some()
    }

    /// Calls an imported function with parameters in `values`, which gets the
    /// results. Returns false when it failed: then the store has the reason.
    ///
    /// # Safety
    /// `values` must hold parameters of the function's type, and be as long as
    /// its parameters or results, whichever are more.
    pub unsafe fn call_import(&mut self, index: u32, values: &mut [RawValue]) -> bool {
        let offset = self.instance().module.offsets().imported_function(index);
        // SAFETY: the offset is that of an imported function, whose reference
        // lives as long as the store.
        let function = unsafe {
            let import = self.instance().part::<VMImportedFunction>(offset).read();
            import.func_ref.read()
        };
        if function.function != FUNC_HOST {
            self.fail(Trap::host(NotOfTheHost));
            return false;
        }
        let host = function.vmctx.cast::<VMHostFunction>();
        // SAFETY: such a reference points to a host function; the caller vouches
        // for the values.
        unsafe { ((*host).implementation())(host, values.as_mut_ptr()) == 0 }
    }

    /// Leaves the reason why the call fails. `frames` are added to a reason that
    /// was left before, when it has none.
    pub fn fail(&mut self, trap: Trap) {
        // SAFETY: the store runs on this thread, and has left to the engine.
        unsafe { set_pending(self.store(), trap) };
    }

    /// Adds frames to the reason that was left, unless it has some or wants
    /// none; `omitted` more were left out.
    pub fn add_frames(&mut self, frames: &[RemoteFrame], omitted: usize) {
        let backtrace = self.backtrace(frames, omitted);
        let store = self.store();
        if let Some(trap) = store.pending.take() {
            store.pending = Some(trap.with_backtrace(|| backtrace));
        }
    }

    /// Leaves a trap of WebAssembly with these frames, innermost first.
    pub fn trap(&mut self, code: TrapCode, frames: &[RemoteFrame], omitted: usize) {
        let backtrace = self.backtrace(frames, omitted);
        self.store().pending = Some(Trap::from(code).with_backtrace(|| backtrace));
    }

    fn backtrace(&self, frames: &[RemoteFrame], omitted: usize) -> Backtrace {
        let module = &self.instance().module;
        let frames = frames.iter();
        Backtrace {
            frames: frames
                .map(|f| describe(module, f.function, f.offset))
                .collect(),
            omitted,
        }
    }

    /// Handles an interruption of the store, if there is one. Returns false when
    /// it ends the call: then the store has the reason.
    pub fn poll(&mut self) -> bool {
        // SAFETY: the store runs on this thread.
        let result = unsafe {
            let handle = StoreInner::running(self.store());
            (*handle).poll()
        };
        result.map_err(|trap| self.fail(trap)).is_ok()
    }

    /// Ends the call of the entry trampoline for the reason that was left.
    ///
    /// # Safety
    /// To be called by the entry trampoline that was called with this context,
    /// with nothing left to drop in its frames.
    pub unsafe fn unwind(self) -> ! {
        // SAFETY: the innermost activation is that of this call.
        unsafe { crate::arch::unwind((*self.context()).activation, 1) }
    }
}

/// Code elsewhere has called an import that is no host function.
#[derive(Debug)]
struct NotOfTheHost;

impl core::fmt::Display for NotOfTheHost {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("a function of another instance cannot be called from there")
    }
}

impl core::error::Error for NotOfTheHost {}
