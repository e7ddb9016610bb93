//! What all stores of a program share: the platform, the code generator, the
//! types, and compiled modules.

use crate::backtrace::DebugInfo;
use crate::codegen::{CodeGen, CompileError, ModuleCode};
use crate::interpreter::{Interpreter, ModuleInterpreter};
use crate::platform::Platform;
use crate::types::TypeRegistry;
use crate::vm::VMOffsets;
use alloc::boxed::Box;
use alloc::sync::Arc;
use core::fmt;
use hashbrown::HashMap;
use spin::RwLock;
use wasmjit_module::{FuncType, Module};

/// A platform and a code generator, with what is shared by everything that
/// runs on them. Cheap to clone.
#[derive(Clone)]
pub struct Engine(Arc<EngineInner>);

struct EngineInner {
    platform: Arc<dyn Platform>,
    codegen: Arc<dyn CodeGen>,
    interpreter: Option<Arc<dyn Interpreter>>,
    types: TypeRegistry,
    entry_trampolines: RwLock<HashMap<u32, Code>>,
    host_trampolines: RwLock<HashMap<u32, Code>>,
}

/// Address of machine code.
#[derive(Clone, Copy)]
struct Code(*const u8);

// SAFETY: code is immutable and lives as long as the code generator.
unsafe impl Send for Code {}
// SAFETY: as above.
unsafe impl Sync for Code {}

impl Engine {
    /// Makes an engine whose functions are all compiled.
    pub fn new(platform: Arc<dyn Platform>, codegen: Arc<dyn CodeGen>) -> Self {
        Self::with_interpreter(platform, codegen, None)
    }

    /// Makes an engine with an interpreter, which decides what is compiled.
    pub fn with_interpreter(
        platform: Arc<dyn Platform>,
        codegen: Arc<dyn CodeGen>,
        interpreter: Option<Arc<dyn Interpreter>>,
    ) -> Self {
        Self(Arc::new(EngineInner {
            platform,
            codegen,
            interpreter,
            types: TypeRegistry::default(),
            entry_trampolines: RwLock::default(),
            host_trampolines: RwLock::default(),
        }))
    }

    /// The platform.
    pub fn platform(&self) -> &Arc<dyn Platform> {
        &self.0.platform
    }

    /// The code generator.
    pub fn codegen(&self) -> &Arc<dyn CodeGen> {
        &self.0.codegen
    }

    /// Makes a validated module ready for instantiation.
    ///
    /// # Errors
    /// When it cannot be compiled.
    pub fn load(&self, module: Arc<Module>) -> Result<CompiledModule, CompileError> {
        CompiledModule::new(self, module)
    }

    /// Canonical number of a function type: equal types, equal numbers.
    ///
    /// # Errors
    /// When there are too many types.
    pub fn type_id(&self, ty: &FuncType) -> Result<u32, CompileError> {
        self.0.types.register(ty)
    }

    /// Whether both are the same engine.
    pub fn same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    pub(crate) fn types(&self) -> &TypeRegistry {
        &self.0.types
    }

    pub(crate) fn entry_trampoline(&self, type_id: u32) -> Result<*const u8, CompileError> {
        self.trampoline(&self.0.entry_trampolines, type_id, |ty| {
            self.0.codegen.entry_trampoline(ty)
        })
    }

    /// What the reference of a host function of this type has as code, when it
    /// is first given to compiled code.
    pub(crate) fn callable_host(&self, type_id: u32) -> Result<*const u8, CompileError> {
        if let Some(code) = self.0.host_trampolines.read().get(&type_id) {
            return Ok(code.0);
        }
        let lazy = self
            .0
            .codegen
            .lazy_host_trampoline(&self.0.types.get(type_id));
        match lazy {
            Some(code) => Ok(code),
            None => self.host_trampoline(type_id),
        }
    }

    pub(crate) fn host_trampoline(&self, type_id: u32) -> Result<*const u8, CompileError> {
        self.trampoline(&self.0.host_trampolines, type_id, |ty| {
            self.0.codegen.host_trampoline(ty)
        })
    }

    fn trampoline(
        &self,
        cache: &RwLock<HashMap<u32, Code>>,
        type_id: u32,
        make: impl FnOnce(&FuncType) -> Result<*const u8, CompileError>,
    ) -> Result<*const u8, CompileError> {
        if let Some(code) = cache.read().get(&type_id) {
            return Ok(code.0);
        }
        let _joined = crate::fork::join();
        // Compiled outside the lock: two threads may do the same work once.
        let code = make(&self.0.types.get(type_id))?;
        Ok(cache.write().entry(type_id).or_insert(Code(code)).0)
    }
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine")
            .field("types", &self.0.types.len())
            .finish_non_exhaustive()
    }
}

/// A module with its code: can be instantiated in any store of its engine.
/// Cheap to clone.
#[derive(Clone)]
pub struct CompiledModule(Arc<CompiledInner>);

struct CompiledInner {
    engine: Engine,
    module: Arc<Module>,
    code: Arc<dyn ModuleCode>,
    interpreter: Option<Arc<dyn ModuleInterpreter>>,
    offsets: VMOffsets,
    type_ids: Box<[u32]>,
    debug_info: DebugInfo,
}

impl CompiledModule {
    /// Makes a validated module ready for instantiation.
    ///
    /// # Errors
    /// When it cannot be compiled.
    pub fn new(engine: &Engine, module: Arc<Module>) -> Result<Self, CompileError> {
        let type_ids = engine.types().register_module(&module)?;
        let offsets = VMOffsets::new(&module);
        let code = engine.codegen().load(&module)?;
        let interpreter = engine.0.interpreter.as_ref();
        let interpreter = interpreter.map(|interpreter| interpreter.load(&module, &code));
        Ok(Self(Arc::new(CompiledInner {
            engine: engine.clone(),
            debug_info: DebugInfo::new(module.clone()),
            module,
            code,
            interpreter,
            offsets,
            type_ids,
        })))
    }

    /// The engine that it belongs to.
    pub fn engine(&self) -> &Engine {
        &self.0.engine
    }

    /// The module.
    pub fn module(&self) -> &Arc<Module> {
        &self.0.module
    }

    /// Its code.
    pub fn code(&self) -> &Arc<dyn ModuleCode> {
        &self.0.code
    }

    /// Its interpreter, if the engine has one.
    pub fn interpreter(&self) -> Option<&dyn ModuleInterpreter> {
        self.0.interpreter.as_deref()
    }

    /// Layout of its instances' contexts.
    pub fn offsets(&self) -> &VMOffsets {
        &self.0.offsets
    }

    /// Canonical number of each of the module's types.
    pub fn type_ids(&self) -> &[u32] {
        &self.0.type_ids
    }

    pub(crate) fn debug_info(&self) -> &DebugInfo {
        &self.0.debug_info
    }

    /// Canonical type of a function of the module.
    pub(crate) fn function_type_id(&self, function: u32) -> u32 {
        self.0.type_ids[self.0.module.functions[function as usize] as usize]
    }
}

impl fmt::Debug for CompiledModule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CompiledModule")
            .field("module", &self.0.module)
            .finish_non_exhaustive()
    }
}
