//! What happens on a guest stack: compiling, instantiating, calling.

use crate::compile::{self, Checked, refused};
use crate::context::{Context, Exit, Frames, Import, REFUSED};
use crate::error::{Errno, Refusal};
use crate::mapping::Mapping;
use crate::platform::Ring0;
use crate::sys;
use alloc::boxed::Box;
use alloc::rc::Rc;
use alloc::string::{String, ToString};
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::cell::Cell;
use core::ffi::c_void;
use core::ptr;
use core::sync::atomic::AtomicUsize;
use wasmjit_device::abi::{self, Frame, Memory, NO_OFFSET};
use wasmjit_direct::Kind;
use wasmjit_jit::{DirectPlaces, Jit, JitCode, NOT_MADE, SystemCall};
use wasmjit_module::wasmparser::AbstractHeapType;
use wasmjit_module::{FuncType, HeapType, ImportType, Module, ValType};
use wasmjit_runtime::codegen::CompileError;
use wasmjit_runtime::vm::{RawValue, VMMemory};
use wasmjit_runtime::{
    CompiledModule, Engine, Extern, Func, Instance, InstantiateError, Limits, MissingImport, Store,
    Trap, TrapCode, TrapReason,
};

/// Most elements of all tables.
const MAX_TABLE_ELEMENTS: u64 = 10_000_000;

/// Most bytes of all modules of a context, most modules, and most instances,
/// those that could not be made included.
const MAX_BINARIES: usize = 64 << 20;
const MAX_MODULES: usize = 10_000;
const MAX_INSTANCES: u32 = 10_000;

/// Modules and instances, in one store.
pub(crate) struct Guest {
    platform: Arc<Ring0>,
    jit: Arc<Jit>,
    engine: Engine,
    store: Store,
    modules: Vec<Loaded>,
    instances: Vec<Made>,
    /// How often an instance was to be made.
    tries: u32,
    /// Memories that the caller has passed, with what became of them.
    memories: Vec<Option<wasmjit_runtime::Memory>>,
    /// For the arguments of system calls.
    scratch: Option<Mapping>,
}

/// A module that was compiled.
struct Loaded {
    compiled: CompiledModule,
    calls: Calls,
}

/// Where the imports of a module are made that are one system call.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Calls {
    /// In the process: they exit.
    Exit,
    /// Here. Structures have the guest's layout.
    Here {
        /// Its `time_t` has 64 bits.
        time64: bool,
    },
}

impl Loaded {
    fn module(&self) -> &Arc<Module> {
        self.compiled.module()
    }
}

/// An instance that was made.
struct Made {
    module: usize,
    /// None when a segment trapped. It is part of the store all the same.
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
    /// A guest whose first module this will be, with `own_room` bytes for code of its
    /// own; 0 for what the module needs.
    pub(crate) fn new(
        first: &Checked,
        own_room: usize,
        stack_limit: usize,
    ) -> Result<Box<Self>, Refusal> {
        let platform = Arc::new(Ring0::new(stack_limit));
        let mut settings = compile::settings();
        settings.code_space = Some(match own_room {
            0 => first.own_room(),
            bytes => bytes,
        });
        let jit = Jit::new(platform.clone(), settings);
        let jit = Arc::new(jit.map_err(|error| Refusal::new(error.to_string()))?);
        let engine = Engine::new(platform.clone(), jit.clone());
        let mut store = Store::new(&engine, Box::new(()));
        store.set_limits(Limits {
            table_elements: MAX_TABLE_ELEMENTS,
            ..Limits::default()
        });
        Ok(Box::new(Self {
            platform,
            jit,
            engine,
            store,
            modules: Vec::new(),
            instances: Vec::new(),
            tries: 0,
            memories: Vec::new(),
            scratch: None,
        }))
    }

    /// Adds a module; returns its number. `calls` says where its imports are made that
    /// are one system call.
    ///
    /// # Safety
    /// This must run on the stack of the context whose guest this is.
    pub(crate) unsafe fn add(&mut self, checked: Checked, calls: Calls) -> Result<u32, Refusal> {
        let held: usize = self.modules.iter().map(|m| m.module().bytes().len()).sum();
        let bytes = checked.module.bytes().len();
        if self.modules.len() >= MAX_MODULES || held + bytes > MAX_BINARIES {
            return Err(Errno::ENOMEM.into());
        }
        let compiled =
            CompiledModule::new(&self.engine, Arc::new(checked.module)).map_err(refused)?;
        let code = compiled.code().as_any().downcast_ref::<JitCode>();
        // SAFETY: the caller vouches for the context; the module is the guest's.
        unsafe { checked.code.provide(&self.jit, code.ok_or(Errno::EIO)?)? };
        sys::wj_count_module();
        self.modules.push(Loaded { compiled, calls });
        Ok(self.modules.len() as u32 - 1)
    }

    /// Forgets the calls that have not ended.
    ///
    /// # Safety
    /// Their stack must not be used again.
    pub(crate) unsafe fn abandon(&mut self) {
        // SAFETY: the caller vouches for it.
        unsafe { self.store.abandon_calls() };
    }

    /// Makes an instance of a module. Imports come from where `imports` says, or
    /// are all the caller's when it is empty. The memories are those that the
    /// caller provides, and were checked. Returns the instance's number, and the
    /// trap if a segment did.
    pub(crate) fn instantiate(
        &mut self,
        module: u32,
        memories: &[Memory],
        imports: &[abi::Import],
    ) -> Result<(u32, Option<u32>), Refusal> {
        let loaded = self.modules.get(module as usize).ok_or(Errno::EINVAL)?;
        let (compiled, calls) = (loaded.compiled.clone(), loaded.calls);
        let wanted = &compiled.module().imports;
        let sources: Vec<Option<Extern>> = match imports {
            [] => wanted.iter().map(|_| None).collect(),
            imports if imports.len() == wanted.len() => {
                let sources = imports.iter().map(|import| self.source(import));
                sources.collect::<Result<_, _>>()?
            }
            _ => return Err(Errno::EINVAL.into()),
        };
        let imported = wanted.iter().zip(&sources);
        let callers = imported
            .filter(|(import, source)| source.is_none() && is_memory(&import.ty))
            .count();
        let own = compiled.module().memories.len() - compiled.module().imported_memories as usize;
        if memories.len() != callers + own {
            return Err(Errno::EINVAL.into());
        }
        self.tries += 1;
        if self.tries > MAX_INSTANCES {
            return Err(Errno::ENOMEM.into());
        }
        self.platform.offer(memories)?;
        let direct = match calls {
            Calls::Exit => None,
            Calls::Here { time64 } => self.direct_state(time64),
        };
        let result = self.link(&compiled, sources, direct);
        // What became of memories that were not made, nobody can tell.
        let total = self.memories.len() + memories.len() - result.1.len();
        self.memories.resize(total, None);
        self.memories.extend(result.1.into_iter().map(Some));
        let (instance, trap) = match result.0 {
            Ok(instance) => (Some(instance), None),
            Err(InstantiateError::Trap(trap)) => (None, Some(number_of(&trap))),
            Err(error) => return Err(Refusal::linking(&error)),
        };
        self.instances.push(Made {
            module: module as usize,
            instance,
        });
        Ok((self.instances.len() as u32 - 1, trap))
    }

    /// For an instance that makes system calls here, if it can.
    fn direct_state(&mut self, time64: bool) -> Option<Rc<DirectState>> {
        if self.scratch.is_none() {
            self.scratch = Mapping::new(wasmjit_direct::SCRATCH as usize);
        }
        let scratch = self.scratch.as_ref()?;
        Some(Rc::new(DirectState::new(scratch.address(), time64)))
    }

    /// What an instance exports; none for what the caller provides.
    fn source(&self, import: &abi::Import) -> Result<Option<Extern>, Errno> {
        if import.instance == abi::CALLERS {
            return Ok(None);
        }
        let made = self.instances.get(import.instance as usize);
        let made = made.ok_or(Errno::EINVAL)?;
        let instance = made.instance.ok_or(Errno::EINVAL)?;
        let export = instance.exports(&self.store).nth(import.export as usize);
        Ok(Some(export.ok_or(Errno::EINVAL)?.1))
    }

    /// Makes what the caller provides, and an instance. Returns also the
    /// caller's memories that it has.
    fn link(
        &mut self,
        compiled: &CompiledModule,
        sources: Vec<Option<Extern>>,
        direct: Option<Rc<DirectState>>,
    ) -> (
        Result<Instance, InstantiateError>,
        Vec<wasmjit_runtime::Memory>,
    ) {
        let number = self.instances.len() as u32;
        let module = compiled.module();
        let mut memories = Vec::new();
        let mut externs = Vec::new();
        let mut calls = Vec::new();
        let direct = direct.filter(|_| has_plain_memory(module) && has_host_descriptors(module));
        for (index, (import, source)) in module.imports.iter().zip(sources).enumerate() {
            externs.push(match (source, &import.ty) {
                (Some(source), _) => source,
                (None, ImportType::Function(ty)) => {
                    let ty = module.type_signature(*ty);
                    let function = host_function(
                        &mut self.store,
                        ty.clone(),
                        Import {
                            instance: number,
                            function: imports_before(module, index),
                        },
                        direct.clone(),
                    );
                    if direct.is_some()
                        && let Some(kinds) = kinds(ty)
                        && let Some(call) =
                            wasmjit_direct::lookup(&import.module, &import.name, &kinds)
                    {
                        calls.push((call, function));
                    }
                    Extern::Func(function)
                }
                (None, ImportType::Memory(ty)) => {
                    match wasmjit_runtime::Memory::new(&mut self.store, *ty) {
                        Ok(memory) => {
                            memories.push(memory);
                            Extern::Memory(memory)
                        }
                        Err(error) => return (Err(error.into()), memories),
                    }
                }
                _ => {
                    let missing = MissingImport {
                        module: import.module.clone(),
                        name: import.name.clone(),
                        ty: "of a kind that only instances provide".into(),
                    };
                    let error = InstantiateError::MissingImports(Vec::from([missing]));
                    return (Err(error), memories);
                }
            });
        }
        if let Some(state) = &direct
            && let Err(error) = self.make_direct(state, calls)
        {
            return (Err(InstantiateError::Compile(error)), memories);
        }
        let made = Instance::without_start(&mut self.store, compiled, &externs);
        if let Ok(instance) = &made {
            if let Some(state) = &direct
                && let Some(memory) = instance.memories(&self.store).next()
            {
                state.memory.set(memory.place(&self.store));
            }
            let own = instance.memories(&self.store);
            memories.extend(own.skip(module.imported_memories as usize));
        }
        (made, memories)
    }

    /// Lets compiled code make the system calls itself that these imports are.
    fn make_direct(
        &self,
        state: &Rc<DirectState>,
        imports: Vec<(&wasmjit_direct::Direct, Func)>,
    ) -> Result<(), CompileError> {
        let mut functions = Vec::new();
        let mut calls = Vec::new();
        for (call, function) in imports {
            if let Some(single) = kernel_function(call.call) {
                let vectored = call.vectored.and_then(kernel_function);
                functions.push(function);
                calls.push((call, SystemCall { single, vectored }));
            }
        }
        if calls.is_empty() {
            return Ok(());
        }
        let places = DirectPlaces {
            memory: state.memory.as_ptr() as usize,
            result: state.result.as_ptr() as usize,
            scratch: state.scratch,
            time64: state.time64,
            watched: (sys::wj_watched_word() as usize, sys::wj_watched_mask()),
            signals: (sys::wj_attention_word() as usize, sys::wj_signals_mask()),
            context: sys::wj_current_context() as usize,
            system_call: sys::wj_system_call as *const () as usize,
        };
        // SAFETY: the functions keep the state as long as the store lives; the words
        // are the task's, which alone runs the code.
        let codes = unsafe { self.jit.direct_trampolines(&calls, &places)? };
        for (function, code) in functions.into_iter().zip(codes) {
            // SAFETY: made for the function's type; it lives as long as the engine.
            unsafe { function.set_code(&self.store, code) };
        }
        Ok(())
    }

    /// A function of an instance, if the caller may call it.
    pub(crate) fn function(&self, instance: u32, index: u32) -> Option<(Func, &FuncType)> {
        let made = self.instances.get(instance as usize)?;
        let function = made.instance?.func(&self.store, index)?;
        Some((function, self.type_of(made, index)?))
    }

    /// The type of an imported function.
    pub(crate) fn import_type(&self, import: Import) -> Option<&FuncType> {
        let made = self.instances.get(import.instance as usize)?;
        self.type_of(made, import.function)
    }

    fn type_of(&self, made: &Made, function: u32) -> Option<&FuncType> {
        let module = self.modules.get(made.module)?.module();
        let known = (function as usize) < module.functions.len();
        known.then(|| module.function_type(function))
    }

    /// Lets memories be as long as the caller says that they are now.
    fn grow_memories(&mut self, lengths: &[u64]) {
        self.platform.set_lengths(lengths);
        for (memory, &length) in self.memories.iter().zip(lengths) {
            let Some(memory) = memory else { continue };
            let page = u64::from(memory.ty(&self.store).page_size());
            let more = length.saturating_sub(memory.data_size(&self.store) as u64) / page;
            if more > 0 {
                // Where it cannot, the guest does not see the memory grow.
                memory.grow(&mut self.store, more);
            }
        }
    }
}

/// Address of the kernel's function for a system call, if it may be called.
fn kernel_function(call: &str) -> Option<usize> {
    let name = kernel_name(call);
    // SAFETY: a text.
    let address = unsafe { sys::wj_system_call_function(name.as_ptr(), name.len()) };
    (address != 0).then_some(address)
}

/// What the kernel calls its function for a system call, where that is not the call's
/// name.
fn kernel_name(call: &str) -> &str {
    match call {
        "fstat" => "newfstat",
        "sendfile" => "sendfile64",
        other => other,
    }
}

fn is_memory(ty: &ImportType) -> bool {
    matches!(ty, ImportType::Memory(_))
}

/// Number of functions among the imports before this one.
fn imports_before(module: &Module, index: usize) -> u32 {
    let before = module.imports[..index].iter();
    before
        .filter(|import| matches!(import.ty, ImportType::Function(_)))
        .count() as u32
}

/// What compiled code of an instance that makes system calls and its host functions
/// share.
struct DirectState {
    /// The instance's memory; an empty one until it is made.
    memory: Cell<*const VMMemory>,
    /// See [`DirectPlaces::result`].
    result: Cell<i64>,
    scratch: usize,
    time64: bool,
}

impl DirectState {
    fn new(scratch: usize, time64: bool) -> Self {
        Self {
            memory: Cell::new(&raw const NO_MEMORY.0),
            result: Cell::new(NOT_MADE),
            scratch,
            time64,
        }
    }

    /// The result of the system call that code has made for the import that it calls
    /// now, if it has made it.
    fn take_result(&self) -> Option<i64> {
        let result = self.result.replace(NOT_MADE);
        (result != NOT_MADE).then_some(result)
    }
}

/// A memory without a byte.
struct NoMemory(VMMemory);

// SAFETY: nothing ever changes it.
unsafe impl Sync for NoMemory {}

static NO_MEMORY: NoMemory = NoMemory(VMMemory {
    base: ptr::null_mut(),
    length: AtomicUsize::new(0),
});

/// Whether addresses in the module's memory are 32-bit numbers, and no other thread
/// changes it.
fn has_plain_memory(module: &Module) -> bool {
    let first = module.memories.first();
    first.is_some_and(|memory| !memory.shared && !memory.memory64 && memory.page_size() == 1 << 16)
}

/// Types of the parameters of an import that may be a system call.
fn kinds(ty: &FuncType) -> Option<Vec<Kind>> {
    let kind = |ty: &ValType| match ty {
        ValType::I32 => Some(Kind::I32),
        ValType::I64 => Some(Kind::I64),
        _ => None,
    };
    let kinds = ty.params().iter().map(kind).collect();
    if ty.results() == [ValType::I32] {
        kinds
    } else {
        None
    }
}

/// Whether descriptors of the module are the task's: those of WASI programs are not,
/// which are told by the imports that only they have.
fn has_host_descriptors(module: &Module) -> bool {
    let mut imports = module.imports.iter();
    !imports.any(|import| import.name.starts_with("path_") || import.name.starts_with("fd_prestat"))
}

/// Takes a value that the caller passes; false when it is none of its type.
///
/// References other than external ones are pointers here: only null is taken.
pub(crate) fn accept(ty: ValType, value: RawValue) -> bool {
    let ValType::Ref(ty) = ty else { return true };
    match value.u64() {
        0 => ty.is_nullable(),
        _ => is_external(ty.heap_type()),
    }
}

/// What the caller sees of a value.
fn reveal(ty: ValType, value: &mut RawValue) {
    if let ValType::Ref(ty) = ty
        && !is_external(ty.heap_type())
    {
        *value = RawValue::from_u64(u64::from(value.u64() != 0));
    }
}

fn is_external(ty: HeapType) -> bool {
    let external = AbstractHeapType::Extern;
    matches!(ty, HeapType::Abstract { ty, .. } if ty == external)
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
fn host_function(
    store: &mut Store,
    ty: FuncType,
    import: Import,
    direct: Option<Rc<DirectState>>,
) -> Func {
    let (params, results) = (ty.params().len(), ty.results().len());
    let types = ty.clone();
    Func::new(store, ty, move |_, values| {
        let context = sys::wj_current_context();
        // SAFETY: compiled code calls this on the stack of the task's context;
        // no reference to the context is kept while it is left.
        unsafe {
            let own = &mut (*context).values;
            own.clear();
            own.try_reserve(params.max(results))
                .map_err(|_| Trap::host(Ended))?;
            own.extend_from_slice(&values[..params]);
            for (value, &ty) in own.iter_mut().zip(types.params()) {
                reveal(ty, value);
            }
            let made = direct.as_ref().and_then(|direct| direct.take_result());
            if Context::ask(context, Exit::HostCall(import, made)) == REFUSED {
                let trap = match (*context).frame_room {
                    0 => Trap::exit(Ended),
                    _ => Trap::host(Ended),
                };
                return Err(trap);
            }
            values[..results].copy_from_slice(&(&(*context).values)[..results]);
            grow_memories(context);
        }
        Ok(())
    })
}

/// Lets memories be as long as the caller said that they are now.
///
/// # Safety
/// The context must be the one that runs.
unsafe fn grow_memories(context: *mut Context) {
    // SAFETY: the caller vouches for the context.
    unsafe {
        let lengths = core::mem::take(&mut (*context).lengths);
        if !lengths.is_empty()
            && let Some(guest) = &mut (*context).guest
        {
            guest.grow_memories(&lengths);
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
        grow_memories(context);
        let values = core::slice::from_raw_parts_mut(values, slots);
        let result = function.call_raw(&mut (*guest).store, values);
        let ty = function.ty(&(*guest).store);
        for (value, &ty) in values.iter_mut().zip(ty.results()) {
            reveal(ty, value);
        }
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
    Exit::Trapped(number_of(&trap), frames)
}

fn number_of(trap: &Trap) -> u32 {
    match trap.reason() {
        TrapReason::Code(code) => *code as u32,
        // Compiled code throws nothing else; an exception that nobody catches
        // has no number.
        TrapReason::Exception(_) => abi::UNCAUGHT,
        _ => TrapCode::Interrupted as u32,
    }
}

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
