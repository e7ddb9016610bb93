//! Compiles WebAssembly to machine code.
//!
//! [`Jit`] is the engine: it implements
//! [`CodeGen`](wasmjit_runtime::codegen::CodeGen) with Cranelift as code
//! generator. [`Compiler`] turns one function at a time into relocatable code
//! and has no state, so that callers with threads can compile in parallel and
//! give the results to [`JitCode::install`].
#![no_std]

extern crate alloc;

mod abi;
mod arena;
mod code;
mod compile;
mod direct;
mod image;
mod linked;
mod settings;
mod thunk;
mod trampoline;
mod trampolines;
mod translate;

pub use code::JitCode;
pub use compile::{
    CompiledFunction, Compiler, HandlerSite, Position, Relocation, RelocationKind, Scratch,
    TrapSite,
};
pub use direct::{DirectPlaces, NOT_MADE, SystemCall};
pub use image::additions as image_additions;
pub use linked::{LinkedCode, Unlinked};
pub use settings::{
    LINUX_CPU_FEATURES, OptLevel, Settings, SettingsError, Strategy, Target, VectorGuards,
};

use alloc::collections::BTreeMap;
use alloc::string::ToString;
use alloc::sync::{Arc, Weak};
use alloc::vec::Vec;
use arena::Arena;
use compile::{INDIRECT_BRANCH, VECTORS_OFF, VECTORS_ON};
use core::ops::Range;
use spin::RwLock;
use trampolines::{TrampolineKind, Trampolines};
use wasmjit_direct::Direct;
use wasmjit_module::{FuncType, Module};
use wasmjit_runtime::TrapCode;
use wasmjit_runtime::codegen::{CodeGen, CompileError, MemoryStyle, ModuleCode};
use wasmjit_runtime::platform::Platform;

/// An engine that compiles with Cranelift.
pub struct Jit {
    engine: Arc<Engine>,
}

/// What the modules of an engine share.
pub(crate) struct Engine {
    settings: Settings,
    compiler: Compiler,
    arena: Arena,
    trampolines: Trampolines,
    /// Batches of functions by their start: their end and owner.
    batches: RwLock<BTreeMap<usize, (usize, Weak<JitCode>)>>,
}

impl Jit {
    /// An engine for this machine.
    ///
    /// # Errors
    /// When a setting is unknown or no address space is left for code.
    pub fn new(platform: Arc<dyn Platform>, settings: Settings) -> Result<Self, SettingsError> {
        let compiler = Compiler::new(&settings)?;
        let arena = Arena::new(platform, settings.code_space)
            .ok_or_else(|| SettingsError("no address space for compiled code".to_string()))?;
        Ok(Self {
            engine: Arc::new(Engine {
                settings,
                compiler,
                arena,
                trampolines: Trampolines::default(),
                batches: RwLock::new(BTreeMap::new()),
            }),
        })
    }

    /// The settings.
    pub fn settings(&self) -> &Settings {
        &self.engine.settings
    }

    /// Trampolines that make system calls themselves, each by the functions beside
    /// its description. They are for host functions of the types that
    /// [`DirectPlaces`] tells, in one store.
    ///
    /// # Errors
    /// When no room is left for code.
    ///
    /// # Safety
    /// The places must stay valid as long as the code is used.
    pub unsafe fn direct_trampolines(
        &self,
        calls: &[(&Direct, SystemCall)],
        places: &DirectPlaces,
    ) -> Result<Vec<*const u8>, CompileError> {
        self.engine.direct_trampolines(calls, places)
    }

    /// Puts all functions of a module at their places: `code` is their bytes (so many
    /// as [`Unlinked::bytes`] says), which will be executed at `base`.
    ///
    /// The result can be run by every engine whose settings are the same: see
    /// [`JitCode::adopt`].
    ///
    /// # Errors
    /// When something that they call is too far from there.
    ///
    /// # Panics
    /// When there is not so much room.
    pub fn link(
        &self,
        functions: &Unlinked,
        code: &mut [u8],
        base: usize,
    ) -> Result<LinkedCode, CompileError> {
        linked::link(&self.engine, functions, code, base)
    }

    /// Prepares a module's code without compiling anything.
    ///
    /// # Errors
    /// When no address space is left for its stubs.
    pub fn prepare(&self, module: &Arc<Module>) -> Result<Arc<JitCode>, CompileError> {
        JitCode::new(&self.engine, module)
    }
}

impl CodeGen for Jit {
    fn load(&self, module: &Arc<Module>) -> Result<Arc<dyn ModuleCode>, CompileError> {
        let code = self.prepare(module)?;
        if self.engine.settings.strategy == Strategy::Eager {
            code.compile_all()?;
        }
        Ok(code)
    }

    fn entry_trampoline(&self, ty: &FuncType) -> Result<*const u8, CompileError> {
        self.engine.trampoline(TrampolineKind::Entry, ty)
    }

    fn host_trampoline(&self, ty: &FuncType) -> Result<*const u8, CompileError> {
        self.engine.trampoline(TrampolineKind::Host, ty)
    }

    fn lazy_host_trampoline(&self, ty: &FuncType) -> Option<*const u8> {
        if !self.engine.settings.stubs {
            return None;
        }
        let ready = self.engine.existing_trampoline(TrampolineKind::Host, ty);
        Some(ready.unwrap_or_else(|| thunk::host_on_call(abi::returns_in_memory(ty))))
    }

    fn code_range(&self) -> Range<usize> {
        self.engine.arena.range()
    }

    fn find(&self, pc: usize) -> Option<Arc<dyn ModuleCode>> {
        let batches = self.engine.batches.read();
        let (_, (end, code)) = batches.range(..=pc).next_back()?;
        if pc > *end {
            return None;
        }
        code.upgrade().map(|code| code as Arc<dyn ModuleCode>)
    }

    fn trampoline_trap(&self, pc: usize) -> Option<TrapCode> {
        self.engine.trampolines.trap(pc)
    }

    fn memory_style(&self) -> MemoryStyle {
        self.engine.settings.memory_style
    }
}

impl Engine {
    /// Address of what code calls that the settings provide; `None` when this is the
    /// number of a function.
    fn provided(&self, target: u32) -> Result<Option<usize>, CompileError> {
        let address = match target {
            INDIRECT_BRANCH => self.settings.indirect_branch,
            VECTORS_ON => self.settings.vectors.map(|guards| guards.on),
            VECTORS_OFF => self.settings.vectors.map(|guards| guards.off),
            _ => return Ok(None),
        };
        let missing = || CompileError {
            function: None,
            message: "code that calls what the settings do not provide".to_string(),
        };
        address.ok_or_else(missing).map(Some)
    }

    fn register(&self, range: Range<usize>, code: Weak<JitCode>) {
        self.batches.write().insert(range.start, (range.end, code));
    }

    fn unregister(&self, starts: &[usize]) {
        let mut batches = self.batches.write();
        for start in starts {
            batches.remove(start);
        }
    }
}
