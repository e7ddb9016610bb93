//! Tests with a code generator that knows a few functions in assembly by name.

mod debug_info;
mod instances;
mod linking;
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
mod machine;
mod memories;
mod platform;
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
mod running;
mod types;

use crate::codegen::{CodeGen, CodeLocation, CompileError, Handler, MemoryStyle, ModuleCode};
use crate::{CompiledModule, Engine, Store};
use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::ops::Range;
use platform::TestPlatform;
use std::sync::RwLock;
use wasmjit_module::{FuncType, Module};

/// Each function is padded to this size.
pub(crate) const FUNCTION_SIZE: usize = 2048;

/// Compiles nothing: functions whose name is known get their assembly, all
/// others fail when called.
#[derive(Default)]
pub(crate) struct TestCodeGen {
    loaded: RwLock<Vec<Arc<TestCode>>>,
}

pub(crate) struct TestCode {
    imported: u32,
    entries: Vec<usize>,
}

impl CodeGen for TestCodeGen {
    fn load(&self, module: &Arc<Module>) -> Result<Arc<dyn ModuleCode>, CompileError> {
        let imported = module.imported_functions;
        let entries = (imported..module.functions.len() as u32)
            .map(|function| entry(module.function_name(function).unwrap_or("")))
            .collect();
        let code = Arc::new(TestCode { imported, entries });
        self.loaded.write().unwrap().push(code.clone());
        Ok(code)
    }

    fn entry_trampoline(&self, _ty: &FuncType) -> Result<*const u8, CompileError> {
        Ok(trampolines().0)
    }

    fn host_trampoline(&self, _ty: &FuncType) -> Result<*const u8, CompileError> {
        Ok(trampolines().1)
    }

    fn code_range(&self) -> Range<usize> {
        0..usize::MAX
    }

    fn find(&self, pc: usize) -> Option<Arc<dyn ModuleCode>> {
        let loaded = self.loaded.read().unwrap();
        let code = loaded.iter().find(|code| code.location(pc).is_some())?;
        Some(code.clone())
    }

    fn memory_style(&self) -> MemoryStyle {
        MemoryStyle::Checked
    }
}

impl ModuleCode for TestCode {
    fn entry(&self, defined: u32) -> *const u8 {
        self.entries[defined as usize] as *const u8
    }

    fn compiled(&self, defined: u32) -> Option<*const u8> {
        Some(self.entry(defined))
    }

    fn compile_loop(&self, _defined: u32, _offset: u32) -> Result<*const u8, CompileError> {
        unreachable!("only interpreters enter loops")
    }

    fn compile(&self, defined: u32) -> Result<*const u8, CompileError> {
        Ok(self.entry(defined))
    }

    fn location(&self, pc: usize) -> Option<CodeLocation> {
        let inside = |&entry: &usize| entry != 0 && (entry..entry + FUNCTION_SIZE).contains(&pc);
        let defined = self.entries.iter().position(inside)?;
        Some(CodeLocation {
            function: self.imported + defined as u32,
            wasm_offset: Some(7),
            trap: trap_at(pc),
        })
    }

    fn handler(&self, return_address: usize) -> Option<Handler> {
        handler_of(return_address)
    }

    fn code_size(&self) -> usize {
        self.entries.len() * FUNCTION_SIZE
    }

    fn as_any(&self) -> &dyn core::any::Any {
        self
    }
}

#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
use machine::{entry, handler_of, trampolines, trap_at};

#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
mod none {
    use super::*;

    pub(super) fn entry(_name: &str) -> usize {
        0
    }

    pub(super) fn trampolines() -> (*const u8, *const u8) {
        (1 as *const u8, 1 as *const u8)
    }

    pub(super) fn trap_at(_pc: usize) -> Option<crate::TrapCode> {
        None
    }

    pub(super) fn handler_of(_return_address: usize) -> Option<Handler> {
        None
    }
}
#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
use none::{entry, handler_of, trampolines, trap_at};

pub(crate) fn engine() -> Engine {
    Engine::new(
        Arc::new(TestPlatform::default()),
        Arc::new(TestCodeGen::default()),
    )
}

pub(crate) fn store() -> Store {
    Store::new(&engine(), Box::new(()))
}

/// Loads a module in text form into the engine of a store.
pub(crate) fn load(store: &Store, text: &str) -> CompiledModule {
    let bytes = wat::parse_str(text).expect("the module's text is right");
    let module = Module::new(bytes).expect("the module is valid");
    store.engine().load(Arc::new(module)).expect("it loads")
}
