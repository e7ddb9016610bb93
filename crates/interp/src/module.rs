//! A module's functions: interpreted, compiled, and when to change.

use crate::code::{Code, LoopSite};
use crate::exchange::{to_slot, with_values};
use crate::run::run;
use crate::translate::{self, Positions};
use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::ptr;
use core::sync::atomic::{AtomicBool, AtomicPtr, AtomicU32, Ordering};
use spin::Mutex;
use wasmjit_module::{FuncType, Module, ValType};
use wasmjit_runtime::codegen::{CompileError, ModuleCode};
use wasmjit_runtime::interpreter::{self, Interpreter, InterpreterFrame, ModuleInterpreter};
use wasmjit_runtime::vm::{RawValue, VMContext, VMOffsets};
use wasmjit_runtime::{TrapCode, fork};

/// Heat of a call, where an iteration of a loop has 1.
pub(crate) const CALL_HEAT: u32 = 4;

/// Is told when a module's first function becomes hot.
pub type HotObserver = Arc<dyn Fn(&Arc<Module>, &Arc<dyn ModuleCode>) + Send + Sync>;

/// What can be chosen about interpretation.
#[derive(Clone)]
pub struct Settings {
    /// A function is compiled after so many iterations of loops, and for each
    /// byte of its body [`Self::hot_after_a_byte`] more; a call counts as
    /// several. `None`: what can be interpreted is never compiled, and what
    /// cannot is refused.
    pub hot_after: Option<u32>,
    /// See [`Self::hot_after`].
    pub hot_after_a_byte: u32,
    /// Number of values in all frames of a store.
    pub stack_values: usize,
    /// Whom to tell of a module's first hot function.
    pub on_hot: Option<HotObserver>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            hot_after: Some(1000),
            hot_after_a_byte: 2,
            stack_values: 1 << 17,
            on_hot: None,
        }
    }
}

/// The interpreter.
pub struct Interp {
    settings: Settings,
}

impl Interp {
    /// An interpreter with these settings.
    pub fn new(settings: Settings) -> Self {
        Self { settings }
    }
}

impl Interpreter for Interp {
    fn load(&self, module: &Arc<Module>, code: &Arc<dyn ModuleCode>) -> Arc<dyn ModuleInterpreter> {
        let count = module.defined_functions() as usize;
        Arc::new(InterpretedModule {
            module: module.clone(),
            offsets: VMOffsets::new(module),
            code: code.clone(),
            functions: (0..count).map(|_| Function::default()).collect(),
            owned: Mutex::new(Vec::new()),
            settings: self.settings.clone(),
            told: AtomicBool::new(false),
        })
    }
}

/// A module whose functions may be interpreted.
pub struct InterpretedModule {
    pub(crate) module: Arc<Module>,
    pub(crate) offsets: VMOffsets,
    code: Arc<dyn ModuleCode>,
    pub(crate) functions: Box<[Function]>,
    /// What `Function::code` points to.
    owned: Mutex<Vec<OwnedCode>>,
    settings: Settings,
    /// Whether the observer was told.
    told: AtomicBool,
}

/// Code that is shared by pointer, and freed with the module.
struct OwnedCode(ptr::NonNull<Code>);

// SAFETY: the code is immutable but for atomics.
unsafe impl Send for OwnedCode {}

impl Drop for OwnedCode {
    fn drop(&mut self) {
        // SAFETY: `InterpretedModule::translate` leaked this box; the module
        // goes away, and with it all frames.
        drop(unsafe { Box::from_raw(self.0.as_ptr()) });
    }
}

/// How a function is carried out.
#[derive(Default)]
pub(crate) struct Function {
    /// Its interpreted form, if that is to be used.
    pub(crate) code: AtomicPtr<Code>,
    /// Its machine code, if that is known.
    machine: AtomicPtr<u8>,
    /// Entry trampoline of its type, if known.
    trampoline: AtomicPtr<u8>,
    /// It cannot be interpreted.
    refused: AtomicBool,
}

/// What to do with a call.
pub(crate) enum Target {
    /// Interpret it.
    Interpret(*const Code),
    /// Enter machine code.
    Machine(*const u8),
    /// A pending trap was left in the store.
    Failed,
}

impl InterpretedModule {
    /// Number of functions that were translated, for statistics.
    pub fn translated_count(&self) -> usize {
        self.owned.lock().len()
    }

    /// The interpreted form of a function as text, for tests and people.
    ///
    /// # Errors
    /// Why it cannot be interpreted.
    pub fn disassemble(&self, defined: u32) -> Result<String, String> {
        match translate::translate(&self.module, &self.offsets, defined, None) {
            Ok(code) => Ok(crate::code::disassemble(&code.units)),
            Err(reason) => Err(reason.0),
        }
    }

    pub(crate) fn function_type(&self, defined: u32) -> &FuncType {
        self.module
            .function_type(self.module.imported_functions + defined)
    }

    fn tiers(&self) -> bool {
        self.settings.hot_after.is_some()
    }

    /// How to carry out a call that is not just interpreted.
    ///
    /// # Safety
    /// `vmctx` must be an instance of this module, whose store runs on this
    /// thread.
    #[cold]
    pub(crate) unsafe fn resolve(&self, vmctx: *mut VMContext, defined: u32) -> Target {
        let function = &self.functions[defined as usize];
        let machine = function.machine.load(Ordering::Acquire);
        if !machine.is_null() {
            return Target::Machine(machine);
        }
        if let Some(machine) = self.code.compiled(defined) {
            return self.use_machine_code(function, machine);
        }
        let code = function.code.load(Ordering::Acquire);
        if !code.is_null() {
            // SAFETY: code lives as long as the module.
            let code = unsafe { &*code };
            if code.heat.load(Ordering::Relaxed) < code.hot_at.load(Ordering::Relaxed) {
                return Target::Interpret(code);
            }
            self.tell();
            // SAFETY: the caller vouches for the instance.
            return match unsafe { interpreter::compile(vmctx, defined) } {
                Some(machine) => self.use_machine_code(function, machine),
                None => {
                    // SAFETY: as above.
                    if !unsafe { interpreter::forget_compile_error(vmctx) } {
                        return Target::Failed;
                    }
                    code.hot_at.store(u32::MAX, Ordering::Relaxed);
                    Target::Interpret(code)
                }
            };
        }
        if !function.refused.load(Ordering::Relaxed) {
            match translate::translate(&self.module, &self.offsets, defined, None) {
                Ok(code) => return Target::Interpret(self.keep(function, code)),
                Err(_) if self.tiers() => {
                    function.refused.store(true, Ordering::Relaxed);
                }
                Err(reason) => {
                    let error = CompileError {
                        function: Some(self.module.imported_functions + defined),
                        message: format!("the interpreter does not do {} yet", reason.0),
                    };
                    // SAFETY: the caller vouches for the instance.
                    unsafe { interpreter::fail(vmctx, error) };
                    return Target::Failed;
                }
            }
        }
        // SAFETY: the caller vouches for the instance.
        match unsafe { interpreter::compile(vmctx, defined) } {
            Some(machine) => self.use_machine_code(function, machine),
            None => Target::Failed,
        }
    }

    fn use_machine_code(&self, function: &Function, machine: *const u8) -> Target {
        function
            .machine
            .store(machine.cast_mut(), Ordering::Release);
        // Frames that are running keep using the interpreted form.
        function.code.store(ptr::null_mut(), Ordering::Release);
        Target::Machine(machine)
    }

    /// Machine code for a function whose frame does not fit on the
    /// interpreter's stack; otherwise the trap for that.
    ///
    /// # Safety
    /// As [`Self::resolve`].
    #[cold]
    pub(crate) unsafe fn overflow(&self, vmctx: *mut VMContext, defined: u32) -> Target {
        // SAFETY: the caller vouches for the instance.
        unsafe {
            if !self.tiers() {
                interpreter::trap(vmctx, TrapCode::StackOverflow as u32);
                return Target::Failed;
            }
            interpreter::compile(vmctx, defined).map_or(Target::Failed, Target::Machine)
        }
    }

    /// Makes a function's interpreted form the one to use.
    fn keep(&self, function: &Function, code: Code) -> *const Code {
        if let Some(iterations) = self.settings.hot_after {
            let index = self.module.imported_functions + code.function;
            let bytes = self.module.body(index).map_or(0, |body| body.range.len());
            let bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
            let hot_at = iterations
                .saturating_add(bytes.saturating_mul(self.settings.hot_after_a_byte))
                .min(u32::MAX / 2);
            code.hot_at.store(hot_at, Ordering::Relaxed);
        }
        let code = ptr::NonNull::from(Box::leak(Box::new(code)));
        let _joined = fork::join();
        self.owned.lock().push(OwnedCode(code));
        function.code.store(code.as_ptr(), Ordering::Release);
        code.as_ptr()
    }

    fn tell(&self) {
        if let Some(observer) = &self.settings.on_hot
            && !self.told.swap(true, Ordering::Relaxed)
        {
            observer(&self.module, &self.code);
        }
    }

    /// Machine code that begins at a loop, once that is hot; with the
    /// trampoline to enter it.
    ///
    /// # Safety
    /// As [`Self::resolve`].
    #[cold]
    pub(crate) unsafe fn machine_loop(
        &self,
        vmctx: *mut VMContext,
        code: &Code,
        site: &LoopSite,
    ) -> Option<(*const u8, *const u8)> {
        let mut entry = site.entry.load(Ordering::Acquire);
        if entry == 0 {
            self.tell();
            entry = match self.code.compile_loop(code.function, site.offset) {
                Ok(machine) => machine.expose_provenance(),
                Err(_) => LoopSite::REFUSED,
            };
            site.entry.store(entry, Ordering::Release);
        }
        if entry == LoopSite::REFUSED {
            return None;
        }
        let results = self.function_type(code.function).results().iter().copied();
        let ty = FuncType::new([ValType::I64], results);
        // SAFETY: the caller vouches for the instance.
        let trampoline = unsafe { interpreter::entry_trampoline(vmctx, &ty) }.ok()?;
        Some((ptr::with_exposed_provenance(entry), trampoline))
    }

    /// Enters a function's machine code. Returns 0, or 1 after a pending trap
    /// was left in the store.
    ///
    /// # Safety
    /// As [`Self::resolve`], with the function's parameters in `values` and
    /// room for its results.
    pub(crate) unsafe fn enter(
        &self,
        vmctx: *mut VMContext,
        defined: u32,
        machine: *const u8,
        values: *mut RawValue,
    ) -> u64 {
        let function = &self.functions[defined as usize];
        let mut trampoline = function.trampoline.load(Ordering::Acquire).cast_const();
        // SAFETY: the caller vouches for the arguments.
        unsafe {
            if trampoline.is_null() {
                let ty = self.function_type(defined);
                trampoline = match interpreter::entry_trampoline(vmctx, ty) {
                    Ok(trampoline) => trampoline,
                    Err(error) => {
                        interpreter::fail(vmctx, error);
                        return 1;
                    }
                };
                function
                    .trampoline
                    .store(trampoline.cast_mut(), Ordering::Release);
            }
            interpreter::enter(vmctx, machine, trampoline, values)
        }
    }

    /// Interprets a call that came from outside.
    ///
    /// # Safety
    /// As [`Self::enter`].
    unsafe fn interpret(
        &self,
        vmctx: *mut VMContext,
        code: *const Code,
        values: *mut RawValue,
    ) -> u64 {
        // SAFETY: the caller vouches for the arguments; the frame is checked to
        // have room.
        unsafe {
            let code = &*code;
            let stack = interpreter::stack_of(vmctx);
            let has_room = (*stack).reserve(self.settings.stack_values)
                && (*stack).has_room_for_frame()
                && ((*stack).limit().addr() - (*stack).top().addr()) / 8
                    >= code.frame_size as usize;
            if !has_room {
                return match self.overflow(vmctx, code.function) {
                    Target::Machine(machine) => self.enter(vmctx, code.function, machine, values),
                    Target::Interpret(_) | Target::Failed => 1,
                };
            }
            interpreter::activate(vmctx, || {
                let slots = (*stack).top();
                let params = self.function_type(code.function).params();
                for (i, &ty) in params.iter().enumerate() {
                    slots.add(i).write(to_slot(values.add(i).read(), ty));
                }
                let status = run(self, vmctx, stack, code, slots);
                if status == 0 {
                    for i in 0..code.results as usize {
                        values.add(i).write(RawValue::from_u64(slots.add(i).read()));
                    }
                }
                status
            })
        }
    }
}

impl ModuleInterpreter for InterpretedModule {
    unsafe fn call(&self, vmctx: *mut VMContext, defined: u32, values: *mut RawValue) -> u64 {
        // SAFETY: the caller vouches for the arguments.
        unsafe {
            let function = &self.functions[defined as usize];
            let machine = function.machine.load(Ordering::Acquire);
            if !machine.is_null() {
                return self.enter(vmctx, defined, machine, values);
            }
            // Each call from outside takes a part of the machine's stack.
            let here = 0_usize;
            let here = (&raw const here).addr();
            if here < (*(*vmctx).store).real_stack_limit {
                return interpreter::poll(vmctx, here);
            }
            let code = function.code.load(Ordering::Acquire);
            if !code.is_null() {
                heat(&(*code).heat, CALL_HEAT);
            }
            match self.resolve(vmctx, defined) {
                Target::Interpret(code) => self.interpret(vmctx, code, values),
                Target::Machine(machine) => self.enter(vmctx, defined, machine, values),
                Target::Failed => 1,
            }
        }
    }

    fn offset(&self, frame: &InterpreterFrame) -> Option<u32> {
        // SAFETY: frames of this module have its code, which lives as long.
        let code = unsafe { &*frame.code.cast::<Code>() };
        let at = (frame.pc.addr().checked_sub(code.units.as_ptr().addr())? / 8).checked_sub(1)?;
        let mut positions = Positions::new();
        // Positions are not kept: the same body gives the same code again.
        translate::translate(
            &self.module,
            &self.offsets,
            frame.function,
            Some(&mut positions),
        )
        .ok()?;
        let next = positions.partition_point(|&(unit, _)| unit as usize <= at);
        Some(positions.get(next.checked_sub(1)?)?.1)
    }

    fn as_any(&self) -> &dyn core::any::Any {
        self
    }
}

/// Adds to a counter; returns the sum. Threads may lose each other's.
#[inline(always)]
pub(crate) fn heat(counter: &AtomicU32, amount: u32) -> u32 {
    let heat = counter.load(Ordering::Relaxed).wrapping_add(amount);
    counter.store(heat, Ordering::Relaxed);
    heat
}

/// Calls machine code with arguments in slots, where the results go too.
///
/// # Safety
/// As [`InterpretedModule::enter`], with the arguments at `slots`, and room for
/// the results there.
pub(crate) unsafe fn enter_with_slots(
    module: &InterpretedModule,
    vmctx: *mut VMContext,
    defined: u32,
    machine: *const u8,
    slots: *mut u64,
) -> u64 {
    let ty = module.function_type(defined);
    // SAFETY: the caller vouches for the arguments.
    unsafe {
        with_values(slots, ty.params().len(), ty.results(), |values| {
            module.enter(vmctx, defined, machine, values)
        })
    }
}
