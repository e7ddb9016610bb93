//! What happens on a guest stack: compiling, instantiating, calling.

use crate::context::{Context, Exit, Frames, REFUSED};
use crate::error::{Errno, Refusal};
use crate::platform::{Ring0, cpu_features};
use crate::sys;
use alloc::boxed::Box;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::ffi::c_void;
use wasmjit_device::abi::{Frame, Memory, NO_OFFSET};
use wasmjit_jit::{Jit, Scratch, Settings, Target};
use wasmjit_module::{FuncType, ImportType, Module, ValType, ValidationScratch};
use wasmjit_runtime::vm::RawValue;
use wasmjit_runtime::{
    CompiledModule, Engine, Extern, Func, Instance, Limits, Store, Trap, TrapCode, TrapReason,
};

/// Room for code is asked for in these sizes.
const CODE_SIZES: [usize; 4] = [256 << 10, 1 << 20, 4 << 20, 16 << 20];

/// So many times the size of a module's code is room enough for what is made of
/// it.
const CODE_FACTOR: usize = 8;

/// Most elements of all tables.
const MAX_TABLE_ELEMENTS: u64 = 10_000_000;

/// A module, and its instance once there is one.
pub(crate) struct Guest {
    platform: Arc<Ring0>,
    store: Store,
    compiled: CompiledModule,
    instance: Option<Instance>,
}

/// Runs `work` on the context's stack. It must not leave it but by returning.
///
/// # Safety
/// The context must be the calling task's, with nothing running.
pub(crate) unsafe fn on_stack<R>(
    context: *mut Context,
    work: impl FnOnce() -> R,
) -> Result<R, Errno> {
    struct Job<F, R> {
        work: Option<F>,
        result: Option<R>,
    }
    unsafe extern "C" fn run<F: FnOnce() -> R, R>(job: *mut c_void) {
        // SAFETY: `on_stack` passes this, and waits.
        let job = unsafe { &mut *job.cast::<Job<F, R>>() };
        job.result = job.work.take().map(|work| work());
    }
    fn entry<F: FnOnce() -> R, R>(_: &Job<F, R>) -> unsafe extern "C" fn(*mut c_void) {
        run::<F, R>
    }
    let mut job = Job {
        work: Some(work),
        result: None,
    };
    let function = entry(&job);
    // SAFETY: the job outlives the call; the caller vouches for the context.
    unsafe { Context::run(context, function, (&raw mut job).cast(), Vec::new())? };
    job.result.ok_or(Errno::EIO)
}

impl Guest {
    /// Validates and compiles.
    pub(crate) fn load(binary: Arc<[u8]>, stack_limit: usize) -> Result<Box<Self>, Refusal> {
        let (module, bodies) =
            Module::parse(binary).map_err(|error| Refusal::new(error.to_string()))?;
        check(&module)?;
        let mut scratch = ValidationScratch::default();
        for function in bodies.functions() {
            go_on()?;
            bodies
                .validate(function, &mut scratch)
                .map_err(|error| Refusal::new(error.to_string()))?;
        }
        let wanted = module.code_section.len().saturating_mul(CODE_FACTOR);
        let code_limit = CODE_SIZES.into_iter().find(|&size| size >= wanted);
        let code_limit = code_limit.unwrap_or(CODE_SIZES[CODE_SIZES.len() - 1]);
        let platform = Arc::new(Ring0::new(code_limit, stack_limit));
        let jit = Jit::new(platform.clone(), settings())
            .map_err(|error| Refusal::new(error.to_string()))?;
        let module = Arc::new(module);
        let jit = Arc::new(jit);
        let engine = Engine::new(platform.clone(), jit);
        let compiled = CompiledModule::new(&engine, module).map_err(refused)?;
        compile(&compiled)?;
        let mut store = Store::new(&engine, Box::new(()));
        store.set_limits(Limits {
            table_elements: MAX_TABLE_ELEMENTS,
            ..Limits::default()
        });
        Ok(Box::new(Self {
            platform,
            store,
            compiled,
            instance: None,
        }))
    }

    /// Forgets the calls that have not ended.
    ///
    /// # Safety
    /// Their stack must not be used again.
    pub(crate) unsafe fn abandon(&mut self) {
        // SAFETY: the caller vouches for it.
        unsafe { self.store.abandon_calls() };
    }

    /// How many memories an instance wants.
    pub(crate) fn memory_count(&self) -> usize {
        self.compiled.module().memories.len()
    }

    /// Makes the instance. The memories were checked. They have been filled, but
    /// the active segments are written again: it is the same bytes.
    pub(crate) fn instantiate(&mut self, memories: Vec<Memory>) -> Result<(), Refusal> {
        if self.instance.is_some() {
            return Err(Errno::EINVAL.into());
        }
        self.platform.offer(memories);
        let module = self.compiled.module().clone();
        let mut imports = Vec::new();
        for (index, import) in module.imports.iter().enumerate() {
            imports.push(match &import.ty {
                ImportType::Function(ty) => {
                    let ty = module.type_signature(*ty).clone();
                    Extern::Func(host_function(
                        &mut self.store,
                        ty,
                        imports_before(&module, index),
                    ))
                }
                ImportType::Memory(ty) => {
                    let memory = wasmjit_runtime::Memory::new(&mut self.store, *ty)
                        .map_err(|error| Refusal::new(error.to_string()))?;
                    Extern::Memory(memory)
                }
                _ => return Err(Refusal::new("it imports more than functions and memories")),
            });
        }
        let instance = Instance::new(&mut self.store, &self.compiled, &imports)
            .map_err(|error| Refusal::new(error.to_string()))?;
        self.instance = Some(instance);
        Ok(())
    }

    /// The function of this index, if the caller may call it.
    pub(crate) fn function(&self, index: u32) -> Option<(Func, &FuncType)> {
        let module = self.compiled.module();
        let function = self.instance?.defined_func(&self.store, index)?;
        let ty = module.function_type(index);
        is_plain(ty).then_some((function, ty))
    }
}

/// Number of functions among the imports before this one.
fn imports_before(module: &Module, index: usize) -> u32 {
    let before = module.imports[..index].iter();
    before
        .filter(|import| matches!(import.ty, ImportType::Function(_)))
        .count() as u32
}

fn refused(error: wasmjit_runtime::codegen::CompileError) -> Refusal {
    Refusal::new(error.to_string())
}

/// Lets others have the processor; an error when the task is being killed.
fn go_on() -> Result<(), Errno> {
    sys::wj_cond_resched();
    if sys::wj_fatal_signal_pending() {
        return Err(Errno::EINTR);
    }
    Ok(())
}

/// How code is generated here.
fn settings() -> Settings {
    let mut settings = Settings::new(Target::X86_64);
    settings.cpu_features = cpu_features();
    // A null reference's page is user space here.
    settings.null_checks_by_fault = false;
    settings.stubs = false;
    settings.indirect_branch = Some(sys::__x86_indirect_thunk_r15 as *const () as usize);
    settings.attention = Some(sys::wj_attention_mask());
    settings
}

/// Whether values of all its types may cross between the kernel and a process.
fn is_plain(ty: &FuncType) -> bool {
    let mut types = ty.params().iter().chain(ty.results());
    types.all(|ty| !matches!(ty, ValType::Ref(_)))
}

/// Makes sure that the module has nothing that cannot be done here.
fn check(module: &Module) -> Result<(), Refusal> {
    for import in &module.imports {
        let fits = match &import.ty {
            ImportType::Function(ty) => is_plain(module.type_signature(*ty)),
            ImportType::Memory(_) => true,
            _ => false,
        };
        if !fits {
            return Err(Refusal::new(format!(
                "the import {}.{} is of a kind that the kernel does not provide",
                import.module, import.name
            )));
        }
    }
    for memory in &module.memories {
        if memory.shared || memory.memory64 {
            return Err(Refusal::new("it has a shared or 64-bit memory"));
        }
    }
    if module.start.is_some() {
        return Err(Refusal::new("it has a start function"));
    }
    Ok(())
}

/// Compiles all functions.
fn compile(compiled: &CompiledModule) -> Result<(), Refusal> {
    let code = compiled.code().as_any();
    let code = code
        .downcast_ref::<wasmjit_jit::JitCode>()
        .ok_or(Errno::EIO)?;
    let mut scratch = Scratch::default();
    let mut functions = Vec::new();
    for defined in 0..compiled.module().defined_functions() {
        go_on()?;
        let function = code
            .compile_detached(defined, &mut scratch)
            .map_err(refused)?;
        functions.push((defined, function));
    }
    code.install(functions).map_err(refused)
}

/// The end of a call that the caller wanted.
#[derive(Debug)]
struct Ended;

impl core::fmt::Display for Ended {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("ended by the caller")
    }
}

impl core::error::Error for Ended {}

/// An import: leaves to the caller.
fn host_function(store: &mut Store, ty: FuncType, import: u32) -> Func {
    let (params, results) = (ty.params().len(), ty.results().len());
    Func::new(store, ty, move |caller, values| {
        let context = sys::wj_current_context();
        // SAFETY: compiled code calls this on the stack of the task's context;
        // no reference to the context is kept while it is left.
        unsafe {
            let own = &mut (*context).values;
            own.clear();
            own.try_reserve(params.max(results))
                .map_err(|_| Trap::host(Ended))?;
            own.extend_from_slice(&values[..params]);
            if Context::ask(context, Exit::HostCall(import)) == REFUSED {
                let trap = match (*context).frame_room {
                    0 => Trap::exit(Ended),
                    _ => Trap::host(Ended),
                };
                return Err(trap);
            }
            values[..results].copy_from_slice(&(&(*context).values)[..results]);
            grow_memories(context, caller);
        }
        Ok(())
    })
}

/// Number of results that an import has.
pub(crate) fn results_of_import(context: &Context, import: u32) -> usize {
    let guest = context.guest.as_ref();
    guest.map_or(0, |guest| {
        let module = guest.compiled.module();
        module.function_type(import).results().len()
    })
}

/// Lets memories be as long as the caller said that they are now.
///
/// # Safety
/// The context must be the one that runs.
unsafe fn grow_memories(context: *mut Context, store: &mut Store) {
    // SAFETY: the caller vouches for the context.
    let lengths = unsafe { core::mem::take(&mut (*context).lengths) };
    if lengths.is_empty() {
        return;
    }
    // SAFETY: as above.
    let guest = unsafe { (&(*context).guest).as_ref() };
    let Some((guest, instance)) = guest.and_then(|guest| Some((guest, guest.instance?))) else {
        return;
    };
    guest.platform.set_lengths(&lengths);
    let memories: Vec<_> = instance.memories(store).collect();
    for (memory, length) in memories.into_iter().zip(lengths) {
        let page = u64::from(memory.ty(store).page_size());
        let more = length.saturating_sub(memory.data_size(store) as u64) / page;
        if more > 0 {
            // Where it cannot, the guest does not see the memory grow.
            memory.grow(store, more);
        }
    }
}

/// A call of a function, with parameters in the context's values.
pub(crate) struct Call {
    pub(crate) context: *mut Context,
    pub(crate) function: Func,
    pub(crate) values: *mut RawValue,
    pub(crate) slots: usize,
}

/// Makes a call, on the guest stack.
///
/// # Safety
/// The argument must be a [`Call`] whose context is the calling task's, with
/// values of the function's type, as many as parameters or results.
pub(crate) unsafe extern "C" fn call(argument: *mut c_void) {
    // SAFETY: the caller vouches for it; the call is copied, since it lies where
    // other calls will, once this one has left for the caller.
    unsafe {
        let Call {
            context,
            function,
            values,
            slots,
        } = argument.cast::<Call>().read();
        let Some(guest) = (&mut (*context).guest).as_deref_mut() else {
            return;
        };
        let guest: *mut Guest = guest;
        grow_memories(context, &mut (*guest).store);
        let values = core::slice::from_raw_parts_mut(values, slots);
        let result = function.call_raw(&mut (*guest).store, values);
        (*context).exit = exit_of(context, result);
    }
}

/// # Safety
/// The context must be the one that runs.
unsafe fn exit_of(context: *mut Context, result: Result<(), Trap>) -> Exit {
    let trap = match result {
        Ok(()) => return Exit::Returned,
        Err(trap) => trap,
    };
    let frames = trap.backtrace().frames.iter();
    let frames = frames.map(|frame| Frame {
        function: frame.function,
        offset: frame.offset.unwrap_or(NO_OFFSET),
    });
    let frames = Frames {
        frames: frames.collect(),
        omitted: trap.backtrace().omitted as u64,
    };
    // SAFETY: the caller vouches for it.
    if unsafe { core::mem::take(&mut (*context).unwinding) } {
        return Exit::Unwound(frames);
    }
    match trap.reason() {
        TrapReason::Code(code) => Exit::Trapped(*code as u32, frames),
        // Compiled code throws nothing else; an exception that nobody catches
        // has no number.
        TrapReason::Exception(_) => Exit::Trapped(UNCAUGHT, frames),
        _ => Exit::Trapped(TrapCode::Interrupted as u32, frames),
    }
}

/// Number of the trap that an uncaught exception is.
const UNCAUGHT: u32 = 0;

/// Text for people, cut to the room that there is.
pub(crate) fn cut(message: &str, room: usize) -> String {
    let mut end = message.len().min(room.saturating_sub(1));
    while !message.is_char_boundary(end) {
        end -= 1;
    }
    let mut text = String::from(&message[..end]);
    text.push('\0');
    text
}

/// Room for a call's values.
pub(crate) fn slots(ty: &FuncType) -> usize {
    ty.params().len().max(ty.results().len())
}

/// So many zeros.
pub(crate) fn zeros(count: usize) -> Result<Vec<RawValue>, Errno> {
    let mut values = crate::user::space(count)?;
    values.resize(count, RawValue::ZERO);
    Ok(values)
}
