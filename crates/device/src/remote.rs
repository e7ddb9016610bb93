//! The device as an engine: calls of compiled functions become commands, and
//! exits are served in terms of the instance in this process.

use crate::abi::{self, Frame, Memory, Run, Value};
use crate::client::{Device, DeviceError};
use spin::Mutex;
use std::any::Any;
use std::cell::Cell;
use std::ops::Range;
use std::sync::{Arc, Weak};
use wasmjit_module::{FuncType, Module};
use wasmjit_runtime::codegen::{
    CodeGen, CodeLocation, CompileError, Handler, MemoryStyle, ModuleCode,
};
use wasmjit_runtime::remote::{RemoteCall, RemoteFrame};
use wasmjit_runtime::vm::{RawValue, VMContext};
use wasmjit_runtime::{Trap, TrapCode};

/// Most frames of a backtrace.
const FRAMES: usize = 64;

/// Runs compiled code in the kernel: an engine for one module and one instance.
///
/// The instance in this process has the memory, which the code in the kernel works
/// on, and the imports, which it calls. Its tables and globals are as they were
/// made: what code changes in its own is not seen here.
pub struct RemoteEngine {
    device: Mutex<Option<Device>>,
    calls: Option<Calls>,
}

/// What the kernel needs to make system calls itself.
#[derive(Clone, Copy)]
pub struct Calls {
    /// For those that it has made and that have failed.
    pub answer: Answer,
    /// Whether a module's `time_t` has 64 bits.
    pub time64: fn(&Module) -> bool,
}

/// Told of the result of the system call that the import makes first that is called
/// next, when the kernel has made it already; and of `None` afterwards.
pub type Answer = fn(Option<i64>);

impl RemoteEngine {
    /// An engine on an open device. The kernel makes those imports itself that are
    /// one system call if there are `calls`.
    pub fn new(device: Device, calls: Option<Calls>) -> Self {
        Self {
            device: Mutex::new(Some(device)),
            calls,
        }
    }
}

impl CodeGen for RemoteEngine {
    fn load(&self, module: &Arc<Module>) -> Result<Arc<dyn ModuleCode>, CompileError> {
        if let Some(reason) = unsuitable(module) {
            return Err(failed(DeviceError::Refused(reason.into())));
        }
        let device = self.device.lock().take();
        let device = device.ok_or_else(|| failed("a context of the kernel takes one module"))?;
        let flags = match self.calls {
            Some(calls) if (calls.time64)(module) => abi::TIME64,
            Some(_) => 0,
            None => abi::EXIT_FOR_CALLS,
        };
        let loaded = device.load(module.bytes(), flags, 0).map_err(failed)?;
        let first = module.imported_functions;
        Ok(Arc::new_cyclic(|code: &Weak<RemoteCode>| RemoteCode {
            device,
            from_cache: loaded.from_cache,
            answer: self.calls.map(|calls| calls.answer),
            entries: (first..module.functions.len() as u32)
                .map(|function| {
                    let ty = module.function_type(function);
                    Entry {
                        code: code.clone(),
                        function,
                        params: ty.params().len(),
                        results: ty.results().len(),
                    }
                })
                .collect(),
            instance: Cell::new(std::ptr::null_mut()),
        }))
    }

    /// The kernel does, or has done so when it compiled the same binary.
    fn validates(&self) -> bool {
        true
    }

    fn entry_trampoline(&self, _ty: &FuncType) -> Result<*const u8, CompileError> {
        Ok(enter as *const () as *const u8)
    }

    fn host_trampoline(&self, _ty: &FuncType) -> Result<*const u8, CompileError> {
        Ok(never_called as *const () as *const u8)
    }

    fn code_range(&self) -> Range<usize> {
        0..0
    }

    fn find(&self, _pc: usize) -> Option<Arc<dyn ModuleCode>> {
        None
    }

    fn memory_style(&self) -> MemoryStyle {
        MemoryStyle::Guarded
    }
}

/// What a module has that this engine cannot do, though the kernel can.
fn unsuitable(module: &Module) -> Option<&'static str> {
    // Each thread would need an instance on the same memory there.
    if module.memories.iter().any(|memory| memory.shared) {
        return Some("it has a shared memory, and threads are not supported there yet");
    }
    // They move when they grow here.
    if module.memories.iter().any(|memory| memory.memory64) {
        return Some("it has a 64-bit memory");
    }
    None
}

fn failed(error: impl std::fmt::Display) -> CompileError {
    CompileError {
        function: None,
        message: error.to_string(),
    }
}

/// Compiled code is in the kernel, and calls host functions from there.
extern "C" fn never_called() {
    unreachable!("no compiled code in this process");
}

/// A module in the kernel.
pub struct RemoteCode {
    device: Device,
    from_cache: bool,
    answer: Option<Answer>,
    entries: Box<[Entry]>,
    /// The instance that the kernel has made one for.
    instance: Cell<*mut VMContext>,
}

impl RemoteCode {
    /// Whether the kernel had kept the code of an earlier load.
    pub fn is_from_cache(&self) -> bool {
        self.from_cache
    }
}

// SAFETY: used by the thread that runs the store, for which alone the kernel lets
// the context be used.
unsafe impl Send for RemoteCode {}
// SAFETY: as above.
unsafe impl Sync for RemoteCode {}

/// What a function's code pointer points to.
struct Entry {
    code: Weak<RemoteCode>,
    function: u32,
    params: usize,
    results: usize,
}

impl ModuleCode for RemoteCode {
    fn entry(&self, defined: u32) -> *const u8 {
        std::ptr::from_ref(&self.entries[defined as usize]).cast()
    }

    fn compile(&self, defined: u32) -> Result<*const u8, CompileError> {
        Ok(self.entry(defined))
    }

    fn compiled(&self, defined: u32) -> Option<*const u8> {
        Some(self.entry(defined))
    }

    fn compile_loop(&self, _defined: u32, _loop: u32) -> Result<*const u8, CompileError> {
        Err(failed("nothing is interpreted with code in the kernel"))
    }

    fn location(&self, _pc: usize) -> Option<CodeLocation> {
        None
    }

    fn handler(&self, _return_address: usize) -> Option<Handler> {
        None
    }

    fn code_size(&self) -> usize {
        0
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// The entry trampoline of every type.
///
/// # Safety
/// As for entry trampolines: `code` is an entry of this engine's, and `values`
/// hold its parameters, with room for its results.
unsafe extern "C" fn enter(vmctx: *mut VMContext, code: *const u8, values: *mut RawValue) {
    // SAFETY: the caller vouches for the arguments; the code lives as long as the
    // store, which runs.
    let done = unsafe {
        let entry = &*code.cast::<Entry>();
        let slots = entry.params.max(entry.results);
        let values = match slots {
            0 => &mut [],
            _ => std::slice::from_raw_parts_mut(values, slots),
        };
        call(vmctx, entry, values)
    };
    if !done {
        // SAFETY: all that was made has been dropped.
        unsafe { RemoteCall::new(vmctx).unwind() }
    }
}

/// Calls a function; false when it failed, with the reason left in the store.
///
/// # Safety
/// As [`enter`].
unsafe fn call(vmctx: *mut VMContext, entry: &Entry, values: &mut [RawValue]) -> bool {
    // SAFETY: the caller vouches for the context.
    let mut call = unsafe { RemoteCall::new(vmctx) };
    let Some(code) = entry.code.upgrade() else {
        call.fail(Trap::host(Unavailable("its code is gone")));
        return false;
    };
    if let Err(error) = code.instantiate(vmctx, &call) {
        call.fail(Trap::host(error));
        return false;
    }
    let mut session = Session {
        device: &code.device,
        answer: code.answer,
        call,
        values: values.iter().map(value_out).collect(),
        lengths: Vec::new(),
        frames: [Frame::default(); FRAMES],
    };
    match session.run(entry.function) {
        Ok(true) => {
            for (to, value) in values[..entry.results].iter_mut().zip(&session.values) {
                *to = RawValue([value.low, value.high]);
            }
            true
        }
        Ok(false) => false,
        Err(error) => {
            session.call.fail(Trap::host(error));
            false
        }
    }
}

impl RemoteCode {
    /// Lets the kernel make its instance, when this one is called first.
    fn instantiate(&self, vmctx: *mut VMContext, call: &RemoteCall) -> Result<(), DeviceError> {
        if self.instance.get() == vmctx {
            return Ok(());
        }
        if !self.instance.get().is_null() {
            let reason = "a context of the kernel has one instance";
            return Err(DeviceError::Refused(reason.into()));
        }
        let memories: Vec<Memory> = call
            .memories()
            .map(|memory| Memory {
                base: memory.base as u64,
                length: memory.length as u64,
            })
            .collect();
        let made = self.device.instantiate(0, &[], &memories)?;
        if made.trap.is_some() {
            // Those that this process had written before were inside.
            let reason = "a segment does not fit into its memories";
            return Err(DeviceError::Refused(reason.into()));
        }
        self.instance.set(vmctx);
        Ok(())
    }
}

fn value_out(value: &RawValue) -> Value {
    Value {
        low: value.0[0],
        high: value.0[1],
    }
}

/// A call that goes on in the kernel.
struct Session<'a> {
    device: &'a Device,
    answer: Option<Answer>,
    call: RemoteCall,
    values: Vec<Value>,
    lengths: Vec<u64>,
    frames: [Frame; FRAMES],
}

impl Session<'_> {
    /// Runs a function to its end; false when it failed, with the reason left in
    /// the store.
    fn run(&mut self, function: u32) -> Result<bool, DeviceError> {
        // What was wanted of the thread before it is in the kernel no signal tells there.
        if !self.call.poll() {
            return Ok(false);
        }
        let mut exit = self.command(abi::CALL, function, 0)?;
        loop {
            exit = match exit.reason {
                abi::RETURNED => return Ok(true),
                abi::TRAPPED => {
                    self.trap(&exit);
                    return Ok(false);
                }
                abi::HOST_CALL => match self.host_call(&exit) && self.call.poll() {
                    true => self.command(abi::CONTINUE, 0, 0)?,
                    false => return self.unwind(),
                },
                abi::GROW => {
                    let [base, bytes] = exit.argument;
                    let grown = self.grow(base, bytes);
                    self.command(abi::CONTINUE, 0, u64::from(grown))?
                }
                abi::ATTENTION => match self.call.poll() {
                    true => self.command(abi::CONTINUE, 0, 0)?,
                    false => return self.unwind(),
                },
                other => {
                    let reason = format!("it exited for a reason unknown here, {other}");
                    return Err(DeviceError::Refused(reason));
                }
            };
        }
    }

    /// Lets the kernel go on until it exits; `self.values` are what it gets, and
    /// then what it gives.
    fn command(&mut self, command: u32, function: u32, result: u64) -> Result<Run, DeviceError> {
        self.lengths.clear();
        let lengths = self.call.memories().map(|memory| memory.length as u64);
        self.lengths.extend(lengths);
        let module = self.call.module();
        // Whatever exits next has its values here.
        let room = self.values.len().max(most_values(module));
        self.values.resize(room, Value::default());
        let mut run = Run {
            command,
            function,
            value_count: room as u32,
            values: self.values.as_mut_ptr() as u64,
            memory_lengths: self.lengths.as_ptr() as u64,
            memory_count: self.lengths.len() as u32,
            frame_count: FRAMES as u32,
            frames: self.frames.as_mut_ptr() as u64,
            result,
            ..Run::default()
        };
        // SAFETY: the addresses are of memory as long as was just said.
        unsafe { self.device.run(&mut run)? };
        Ok(run)
    }

    /// Calls an import; false when it failed.
    fn host_call(&mut self, exit: &Run) -> bool {
        let import = exit.import;
        let [was_made, result] = exit.argument;
        let module = self.call.module();
        if import >= module.imported_functions {
            self.call
                .fail(Trap::host(Unavailable("it called an unknown import")));
            return false;
        }
        let ty = module.function_type(import);
        let (slots, results) = (
            ty.params().len().max(ty.results().len()),
            ty.results().len(),
        );
        let mut values: Vec<RawValue> = self.values[..slots]
            .iter()
            .map(|value| RawValue([value.low, value.high]))
            .collect();
        let answer = self.answer.filter(|_| was_made == 1);
        if let Some(answer) = answer {
            answer(Some(result as i64));
        }
        // SAFETY: the kernel passes values of the import's type.
        let done = unsafe { self.call.call_import(import, &mut values) };
        if let Some(answer) = answer {
            answer(None);
        }
        for (to, value) in self.values.iter_mut().zip(&values[..results]) {
            *to = value_out(value);
        }
        done
    }

    /// Makes a memory longer, behind the part that is there.
    fn grow(&mut self, address: u64, bytes: u64) -> bool {
        let end_of = |memory: &wasmjit_runtime::remote::RemoteMemory| {
            (memory.base + memory.length) as u64 == address
        };
        let found = self.call.memories().find(end_of);
        found.is_some_and(|memory| self.call.grow(memory.base, bytes as usize))
    }

    /// Ends the call in the kernel for the reason that was left in the store.
    fn unwind(&mut self) -> Result<bool, DeviceError> {
        let exit = self.command(abi::UNWIND, 0, 0)?;
        let frames = self.frames_of(&exit);
        self.call.add_frames(&frames, exit.argument[0] as usize);
        Ok(false)
    }

    fn trap(&mut self, exit: &Run) {
        let frames = self.frames_of(exit);
        let omitted = exit.argument[0] as usize;
        match u8::try_from(exit.trap).ok().and_then(TrapCode::from_u8) {
            Some(code) => self.call.trap(code, &frames, omitted),
            None => {
                self.call
                    .fail(Trap::host(Unavailable("uncaught exception")));
                self.call.add_frames(&frames, omitted);
            }
        }
    }

    fn frames_of(&self, exit: &Run) -> Vec<RemoteFrame> {
        let frames = self.frames.iter().take(exit.frame_count as usize);
        frames
            .map(|frame| RemoteFrame {
                function: frame.function,
                offset: (frame.offset != abi::NO_OFFSET).then_some(frame.offset),
            })
            .collect()
    }
}

/// Most parameters or results of an import.
fn most_values(module: &Module) -> usize {
    let imports = 0..module.imported_functions;
    imports
        .map(|import| {
            let ty = module.function_type(import);
            ty.params().len().max(ty.results().len())
        })
        .max()
        .unwrap_or(0)
}

/// Something went wrong between the kernel and this process.
#[derive(Debug)]
struct Unavailable(&'static str);

impl std::fmt::Display for Unavailable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for Unavailable {}
