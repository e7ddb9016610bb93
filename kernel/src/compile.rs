//! From a binary to code: validated and compiled, or found as an earlier load left it.

use crate::cache::{self, Code, Key};
use crate::context::Context;
use crate::error::{Errno, Refusal};
use crate::platform::{PAGE, cpu_features};
use crate::sys;
use alloc::string::ToString;
use alloc::sync::Arc;
use alloc::vec::Vec;
use wasmjit_jit::{Jit, JitCode, Scratch, Settings, Unlinked, VectorGuards};
use wasmjit_module::{Module, ValidationScratch};
use wasmjit_runtime::codegen::CompileError;

/// Longest body of a function: compiling one is not interrupted.
const MAX_BODY: usize = 512 << 10;

/// Room for what functions are entered and left by: for each type so much, and for each
/// of its values; for each import, which may be a system call; and some to spare.
const ROOM_FOR_TYPE: usize = 1 << 10;
const ROOM_FOR_VALUE: usize = 64;
const ROOM_FOR_IMPORT: usize = 1 << 10;
const ROOM_TO_SPARE: usize = 32 << 10;

/// At most so much, however many types there are: few of them are needed.
const MAX_ROOM: usize = 1 << 20;

/// A module that may be run here.
pub(crate) struct Checked {
    pub(crate) module: Module,
    pub(crate) code: Source,
}

impl Checked {
    /// Decodes and validates, every body; unless the same binary was validated before,
    /// and its code was kept.
    pub(crate) fn new(binary: Arc<[u8]>) -> Result<Self, Refusal> {
        let budget = Budget::new();
        let account = sys::wj_current_account();
        let key = Key::new(&binary, &settings().fingerprint())?;
        let found = cache::find(account, &key);
        let (module, bodies) =
            Module::parse(binary).map_err(|error| Refusal::new(error.to_string()))?;
        if found.is_none() {
            let mut scratch = ValidationScratch::default();
            for function in bodies.functions() {
                budget.go_on()?;
                bodies
                    .validate(function, &mut scratch)
                    .map_err(|error| Refusal::new(error.to_string()))?;
            }
            let mut bodies = bodies
                .functions()
                .filter_map(|function| module.body(function));
            if bodies.any(|body| body.range.len() > MAX_BODY) {
                return Err(Refusal::new(
                    "a function is too long to be compiled in the kernel",
                ));
            }
        }
        let code = Source {
            account,
            key,
            found,
            budget,
        };
        Ok(Self { module, code })
    }

    /// Bytes of room that a context needs for code of its own, when this is its only
    /// module.
    pub(crate) fn own_room(&self) -> usize {
        let types = (0..self.module.types.len()).map(|ty| self.module.type_signature(ty as u32));
        let each = types
            .map(|ty| ROOM_FOR_TYPE + ROOM_FOR_VALUE * (ty.params().len() + ty.results().len()));
        let imports = ROOM_FOR_IMPORT * self.module.imports.len();
        let bytes = ROOM_TO_SPARE + imports + each.sum::<usize>();
        bytes.min(MAX_ROOM).next_multiple_of(PAGE)
    }
}

/// Where the code of a validated module comes from.
pub(crate) struct Source {
    /// Whose it is.
    account: *mut sys::Account,
    key: Key,
    /// The code, if it was kept.
    found: Option<Code>,
    /// The time that is left to compile it.
    budget: Budget,
}

impl Source {
    /// Whether an earlier load has left it.
    pub(crate) fn is_cached(&self) -> bool {
        self.found.is_some()
    }

    /// Makes all functions of a module callable, whose binary this is the code of.
    ///
    /// # Safety
    /// This must run on the stack of a context whose guest has the module.
    pub(crate) unsafe fn provide(self, jit: &Jit, module: &JitCode) -> Result<(), Refusal> {
        if module.module().defined_functions() == 0 {
            return Ok(());
        }
        let context = sys::wj_current_context();
        let code = match self.found {
            Some(code) => code,
            None => {
                // SAFETY: the caller vouches for the context.
                let code = unsafe { compile(context, jit, module, &self.budget)? };
                cache::insert(self.account, &self.key, code)
            }
        };
        // SAFETY: the code was made of the same binary: so says the key, or it was made
        // just now. The context keeps its room longer than the guest.
        unsafe {
            Context::share(context, code.room)?;
            module.adopt(&code.linked).map_err(refused)
        }
    }
}

/// Compiles all functions.
///
/// # Safety
/// As [`Source::provide`].
unsafe fn compile(
    context: *mut Context,
    jit: &Jit,
    module: &JitCode,
    budget: &Budget,
) -> Result<Code, Refusal> {
    let mut scratch = Scratch::default();
    let mut functions = Vec::new();
    for defined in 0..module.module().defined_functions() {
        budget.go_on()?;
        let function = module
            .compile_detached(defined, &mut scratch)
            .map_err(refused)?;
        functions.push(function);
    }
    let functions = Unlinked::new(functions);
    // Its room is the context's while something can fail that leaves this function
    // without an end.
    // SAFETY: the caller vouches for the context. The room is fresh.
    unsafe {
        let start = Context::reserve(context, functions.bytes())
            .ok_or_else(|| Refusal::new("the room for compiled code is full"))?;
        let code = core::slice::from_raw_parts_mut(sys::wj_code_alias(start), functions.bytes());
        let linked = Arc::new(jit.link(&functions, code, start).map_err(refused)?);
        sys::wj_code_publish();
        let room = Context::take_room(context, start).ok_or(Errno::EIO)?;
        let room = Arc::new(room);
        Ok(Code { linked, room })
    }
}

pub(crate) fn refused(error: CompileError) -> Refusal {
    Refusal::new(error.to_string())
}

/// The time that validating and compiling a module may take.
struct Budget {
    end: u64,
}

impl Budget {
    fn new() -> Self {
        Self {
            end: sys::wj_processor_time().saturating_add(sys::wj_compile_limit()),
        }
    }

    /// Lets others have the processor; an error when the task is being killed, or
    /// the time is over.
    fn go_on(&self) -> Result<(), Errno> {
        sys::wj_cond_resched();
        if sys::wj_fatal_signal_pending() {
            return Err(Errno::EINTR);
        }
        if sys::wj_processor_time() > self.end {
            return Err(Errno::ETIME);
        }
        Ok(())
    }
}

/// How code is generated here. As long as the module is loaded, always the same.
pub(crate) fn settings() -> Settings {
    let vectors = VectorGuards {
        on: sys::wj_vectors_on as *const () as usize,
        off: sys::wj_vectors_off as *const () as usize,
    };
    let indirect_branch = sys::__x86_indirect_thunk_r15 as *const () as usize;
    let settings = Settings::in_linux(indirect_branch, vectors, sys::wj_attention_mask());
    Settings {
        cpu_features: cpu_features(),
        ..settings
    }
}
