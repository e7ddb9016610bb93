//! A module's compiled functions at their addresses.

use crate::arena::Layout;
use crate::compile::{CompiledFunction, RelocationKind, Scratch};
use crate::image::{self, Record};
use crate::linked::LinkedCode;
use crate::trampolines::TrampolineKind;
use crate::{Engine, abi, thunk};
use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::string::{String, ToString};
use alloc::sync::{Arc, Weak};
use alloc::vec::Vec;
use core::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use spin::{Mutex, Once, RwLock};
use wasmjit_module::Module;
use wasmjit_runtime::codegen::{CodeLocation, CompileError, Handler, ModuleCode};
use wasmjit_runtime::vm::VMOffsets;
use wasmjit_runtime::{TrapCode, fork};

/// How often to look for a function that another thread compiles: tens of
/// milliseconds, as long as compiling a very large one takes.
const PATIENCE: u32 = 1_000_000;

/// A module's code: compiled functions, and stubs for those that are not.
pub struct JitCode {
    engine: Arc<Engine>,
    module: Arc<Module>,
    offsets: VMOffsets,
    this: Weak<JitCode>,
    /// One entry point a defined function.
    slots: Slots,
    /// Address of the first stub, if there are stubs.
    stubs: usize,
    /// Where each function was put, by address.
    places: RwLock<Places>,
    /// Functions that stand elsewhere.
    adopted: Once<Arc<LinkedCode>>,
    /// Which functions somebody has begun to compile.
    claims: Box<[AtomicBool]>,
    scratches: Mutex<Vec<Scratch>>,
    /// Functions compiled since loading, for an image; empty unless kept.
    fresh: Mutex<Vec<(u32, Arc<CompiledFunction>)>>,
    /// Whether an image was imported.
    imported: AtomicBool,
    bytes: AtomicUsize,
}

/// Where entry points are kept.
enum Slots {
    /// In the arena, within reach of the stubs.
    Arena(&'static [AtomicUsize]),
    /// Without stubs; zero for functions that are not compiled.
    Own(Box<[AtomicUsize]>),
}

impl core::ops::Deref for Slots {
    type Target = [AtomicUsize];

    fn deref(&self) -> &[AtomicUsize] {
        match self {
            Self::Arena(slots) => slots,
            Self::Own(slots) => slots,
        }
    }
}

/// Functions by their addresses.
pub(crate) type Places = BTreeMap<usize, Place>;

pub(crate) struct Place {
    defined: u32,
    function: FunctionTables,
    length: u32,
}

impl Place {
    pub(crate) fn new(defined: u32, function: &CompiledFunction) -> Self {
        Self {
            defined,
            function: FunctionTables {
                traps: function.traps.clone().into(),
                handlers: function.handlers.clone().into(),
                positions: function.positions.clone().into(),
            },
            length: function.code.len() as u32,
        }
    }

    /// Bytes of memory behind it.
    pub(crate) fn table_bytes(&self) -> usize {
        let tables = &self.function;
        size_of_val(&*tables.traps)
            + size_of_val(&*tables.handlers)
            + size_of_val(&*tables.positions)
    }
}

/// The function that an instruction or return address belongs to, and the offset in it.
fn find(places: &Places, pc: usize) -> Option<(usize, &Place)> {
    let (&start, place) = places.range(..=pc).next_back()?;
    let offset = pc - start;
    // A return address may be the end of the function.
    (offset <= place.length as usize).then_some((offset, place))
}

/// What is looked up by program counter.
struct FunctionTables {
    traps: Box<[crate::compile::TrapSite]>,
    handlers: Box<[crate::compile::HandlerSite]>,
    positions: Box<[crate::compile::Position]>,
}

impl JitCode {
    pub(crate) fn new(
        engine: &Arc<Engine>,
        module: &Arc<Module>,
    ) -> Result<Arc<Self>, CompileError> {
        let count = module.defined_functions() as usize;
        if !engine.settings.stubs {
            let slots = (0..count).map(|_| AtomicUsize::new(0)).collect();
            return Ok(Self::with_slots(engine, module, Slots::Own(slots), 0, 0));
        }
        // One word more: the thunk's address.
        let slots = engine.arena.take((count + 1) * 8)?;
        let slot_address = slots.start.as_ptr() as usize;
        let target = engine.settings.target;
        let stub_size = thunk::stub_size(target);
        let stub_bytes = (count + 1) * stub_size;
        let stub_address = engine.arena.place(stub_bytes, |code, at| {
            let stubs = thunk::write(
                target,
                at,
                slot_address + 8,
                slot_address,
                count,
                |defined| {
                    let function = module.imported_functions + defined as u32;
                    abi::returns_in_memory(module.function_type(function))
                },
            );
            code.copy_from_slice(&stubs);
            Ok(())
        })?;
        // SAFETY: the pages hold `count + 1` aligned words of zeros, are never
        // given back before the engine, which `self` keeps alive, and are only
        // accessed through these atomics and by stubs.
        let words: &'static [AtomicUsize] =
            unsafe { core::slice::from_raw_parts(slots.start.as_ptr().cast(), count + 1) };
        words[0].store(
            thunk::compile_on_call as *const () as usize,
            Ordering::Relaxed,
        );
        let lazy = stub_address + stub_size + thunk::lazy_offset(target);
        for (i, slot) in words[1..].iter().enumerate() {
            slot.store(lazy + i * stub_size, Ordering::Relaxed);
        }
        let slots = Slots::Arena(&words[1..]);
        let stubs = stub_address + stub_size;
        Ok(Self::with_slots(engine, module, slots, stubs, stub_bytes))
    }

    fn with_slots(
        engine: &Arc<Engine>,
        module: &Arc<Module>,
        slots: Slots,
        stubs: usize,
        bytes: usize,
    ) -> Arc<Self> {
        let count = module.defined_functions();
        Arc::new_cyclic(|this| Self {
            engine: engine.clone(),
            module: module.clone(),
            offsets: VMOffsets::new(module),
            this: this.clone(),
            slots,
            stubs,
            places: RwLock::new(BTreeMap::new()),
            adopted: Once::new(),
            claims: (0..count).map(|_| AtomicBool::new(false)).collect(),
            scratches: Mutex::new(Vec::new()),
            fresh: Mutex::new(Vec::new()),
            imported: AtomicBool::new(false),
            bytes: AtomicUsize::new(bytes),
        })
    }

    /// The module.
    pub fn module(&self) -> &Arc<Module> {
        &self.module
    }

    fn stub(&self, defined: u32) -> usize {
        self.stubs + defined as usize * thunk::stub_size(self.engine.settings.target)
    }

    /// Entry point of a function that is compiled.
    fn compiled(&self, defined: u32) -> Option<usize> {
        let entry = self.slots[defined as usize].load(Ordering::Acquire);
        let lazy = match self.engine.settings.stubs {
            true => self.stub(defined) + thunk::lazy_offset(self.engine.settings.target),
            false => 0,
        };
        (entry != lazy).then_some(entry)
    }

    /// Whether the function is compiled.
    pub fn is_compiled(&self, defined: u32) -> bool {
        self.compiled(defined).is_some()
    }

    /// Number of compiled functions.
    pub fn compiled_count(&self) -> usize {
        let adopted = self.adopted.get().map_or(0, |code| code.places().len());
        self.places.read().len() + adopted
    }

    /// Takes it on to compile a function; false when somebody else has begun
    /// to, or it is compiled. Then calls of it wait for that a while.
    pub fn claim(&self, defined: u32) -> bool {
        !self.is_compiled(defined) && !self.claims[defined as usize].swap(true, Ordering::Relaxed)
    }

    /// Waits for a function that another thread compiles. Not for ever: that
    /// thread may be gone (in a forked process), and compiling twice does no
    /// harm.
    fn wait_for(&self, defined: u32) -> Option<usize> {
        (0..PATIENCE).find_map(|_| {
            core::hint::spin_loop();
            self.compiled(defined)
        })
    }

    /// Compiles a function without making it callable: for compiling on
    /// several threads. See [`Self::install`].
    ///
    /// # Errors
    /// When it exceeds a limit of the compiler.
    pub fn compile_detached(
        &self,
        defined: u32,
        scratch: &mut Scratch,
    ) -> Result<CompiledFunction, CompileError> {
        self.engine
            .compiler
            .function(&self.module, &self.offsets, defined, scratch)
    }

    /// Compiles what calls of an imported function go through, unless that is there.
    ///
    /// # Errors
    /// See [`Self::compile_detached`] and [`Self::install`].
    pub fn compile_import(&self, function: u32) -> Result<(), CompileError> {
        let ty = self.module.function_type(function);
        self.engine.trampoline(TrampolineKind::Host, ty).map(drop)
    }

    /// Makes compiled functions callable. Those that are already are left as
    /// they are.
    ///
    /// # Errors
    /// When there is no room.
    pub fn install(&self, functions: Vec<(u32, CompiledFunction)>) -> Result<(), CompileError> {
        let functions: Vec<_> = functions
            .into_iter()
            .map(|(defined, function)| (defined, Arc::new(function)))
            .collect();
        self.place(&functions)?;
        if self.engine.settings.keep_image {
            self.fresh.lock().extend(functions);
        }
        Ok(())
    }

    fn place(&self, functions: &[(u32, Arc<CompiledFunction>)]) -> Result<(), CompileError> {
        let new: Vec<&(u32, Arc<CompiledFunction>)> = functions
            .iter()
            .filter(|(defined, _)| !self.is_compiled(*defined))
            .collect();
        if new.is_empty() {
            return Ok(());
        }
        let (base, layout) = self.write(&new, false)?;
        self.record(base, &layout, &new);
        for ((defined, _), offset) in new.iter().zip(&layout.offsets) {
            self.slots[*defined as usize].store(base + offset, Ordering::Release);
        }
        Ok(())
    }

    /// Puts a batch of code at an address: functions, which call each other
    /// there, or variants of functions, which nothing calls by their index.
    fn write(
        &self,
        functions: &[&(u32, Arc<CompiledFunction>)],
        variants: bool,
    ) -> Result<(usize, Layout), CompileError> {
        let layout = Layout::new(functions.iter().map(|(_, function)| &**function));
        let batch: BTreeMap<u32, usize> = functions
            .iter()
            .zip(&layout.offsets)
            .filter(|_| !variants)
            .map(|((defined, _), &offset)| (*defined, offset))
            .collect();
        let base = self.engine.arena.place(layout.bytes, |code, base| {
            for ((_, function), &offset) in functions.iter().zip(&layout.offsets) {
                let code = &mut code[offset..][..function.code.len()];
                code.copy_from_slice(&function.code);
                for relocation in &function.relocations {
                    let target = self.target(relocation.target, base, &batch)?;
                    relocate(code, base + offset, relocation, target).map_err(|message| {
                        CompileError {
                            function: None,
                            message,
                        }
                    })?;
                }
            }
            Ok(())
        })?;
        Ok((base, layout))
    }

    /// Where a relocation points, in code of which the functions of `batch`
    /// will stand at `base`.
    fn target(
        &self,
        target: u32,
        base: usize,
        batch: &BTreeMap<u32, usize>,
    ) -> Result<usize, CompileError> {
        if let Some(address) = self.engine.provided(target)? {
            return Ok(address);
        }
        if let Some(&offset) = batch.get(&target) {
            return Ok(base + offset);
        }
        if let Some(address) = self.compiled(target) {
            return Ok(address);
        }
        if !self.engine.settings.stubs {
            return Err(CompileError {
                function: Some(self.module.imported_functions + target),
                message: "it is called by code that is installed before it".to_string(),
            });
        }
        Ok(self.stub(target))
    }

    /// Makes the places of a batch of finished code known.
    fn record(&self, base: usize, layout: &Layout, functions: &[&(u32, Arc<CompiledFunction>)]) {
        {
            let mut places = self.places.write();
            for ((defined, function), offset) in functions.iter().zip(&layout.offsets) {
                places.insert(base + offset, Place::new(*defined, function));
            }
        }
        self.engine
            .register(base..base + layout.bytes, self.this.clone());
        self.bytes.fetch_add(layout.bytes, Ordering::Relaxed);
    }

    /// Makes all functions callable, at the places where they were linked.
    ///
    /// # Errors
    /// When it is not code of this module, or some was installed before.
    ///
    /// # Safety
    /// The code must have been compiled from the same binary with the same settings, and
    /// stand where it was linked, executable, as long as the module's code is run or its
    /// frames are walked.
    pub unsafe fn adopt(&self, code: &Arc<LinkedCode>) -> Result<(), CompileError> {
        let entries = code.entries();
        if entries.len() != self.slots.len() || self.compiled_count() > 0 {
            return Err(CompileError {
                function: None,
                message: "this is not the code of the module alone".to_string(),
            });
        }
        self.adopted.call_once(|| code.clone());
        let range = code.range();
        self.bytes.fetch_add(range.len(), Ordering::Relaxed);
        self.engine.register(range, self.this.clone());
        for (slot, &entry) in self.slots.iter().zip(entries) {
            slot.store(entry, Ordering::Release);
        }
        Ok(())
    }

    /// Compiles every function that is not compiled yet, one after the other.
    ///
    /// # Errors
    /// See [`ModuleCode::compile`].
    pub fn compile_all(&self) -> Result<(), CompileError> {
        let mut scratch = Scratch::default();
        let mut functions = Vec::new();
        for defined in 0..self.module.defined_functions() {
            if !self.is_compiled(defined) {
                functions.push((defined, self.compile_detached(defined, &mut scratch)?));
            }
        }
        self.install(functions)
    }

    /// Takes functions and trampolines from an image that
    /// [`Self::export_image`] made for the same module and settings.
    ///
    /// # Errors
    /// A description of what is wrong with the image; nothing was taken then.
    pub fn import_image(&self, bytes: &[u8]) -> Result<(), String> {
        let count = self.module.defined_functions();
        let mut functions = Vec::new();
        let mut trampolines = Vec::new();
        for record in image::decode(bytes, count, self.engine.settings.target)? {
            match record {
                Record::Function(defined, function) => {
                    functions.push((defined, Arc::new(function)))
                }
                Record::Trampoline(key, function) => trampolines.push((key, function)),
            }
        }
        self.engine
            .install_trampolines(trampolines)
            .and_then(|()| self.place(&functions))
            .map_err(|e| e.to_string())?;
        self.imported.store(true, Ordering::Relaxed);
        Ok(())
    }

    /// Whether code came from an image.
    pub fn has_imported(&self) -> bool {
        self.imported.load(Ordering::Relaxed)
    }

    /// Whether functions were compiled since loading that an image would have.
    pub fn has_fresh(&self) -> bool {
        !self.fresh.lock().is_empty() || self.engine.has_fresh_trampolines()
    }

    /// An image with what was compiled since loading (needs
    /// `Settings::keep_image`), to be appended to the image that was imported,
    /// if any.
    pub fn export_image(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        for (defined, function) in self.fresh.lock().iter() {
            image::encode_function(&mut bytes, *defined, function);
        }
        self.engine.export_trampolines(&mut bytes);
        bytes
    }

    fn with_place<R>(&self, pc: usize, f: impl FnOnce(usize, &Place) -> Option<R>) -> Option<R> {
        let adopted = self.adopted.get().and_then(|code| find(code.places(), pc));
        if let Some((offset, place)) = adopted {
            return f(offset, place);
        }
        let places = self.places.read();
        let (offset, place) = find(&places, pc)?;
        f(offset, place)
    }

    /// Address, length and index of each compiled function, for profilers.
    pub fn function_ranges(&self) -> Vec<(usize, usize, u32)> {
        let own = self.places.read();
        let adopted = self.adopted.get().map(|code| code.places());
        let all = adopted.into_iter().flatten().chain(own.iter());
        all.map(|(&start, place)| (start, place.length as usize, place.defined))
            .collect()
    }
}

impl ModuleCode for JitCode {
    fn entry(&self, defined: u32) -> *const u8 {
        self.compiled(defined).unwrap_or_else(|| self.stub(defined)) as *const u8
    }

    fn compile(&self, defined: u32) -> Result<*const u8, CompileError> {
        if let Some(entry) = self.compiled(defined) {
            return Ok(entry as *const u8);
        }
        if !self.claim(defined)
            && let Some(entry) = self.wait_for(defined)
        {
            return Ok(entry as *const u8);
        }
        let _joined = fork::join();
        let mut scratch = self.scratches.lock().pop().unwrap_or_default();
        let function = self.compile_detached(defined, &mut scratch);
        self.scratches.lock().push(scratch);
        self.install(alloc::vec![(defined, function?)])?;
        Ok(self.entry(defined))
    }

    fn compiled(&self, defined: u32) -> Option<*const u8> {
        JitCode::compiled(self, defined).map(|entry| entry as *const u8)
    }

    fn compile_loop(&self, defined: u32, offset: u32) -> Result<*const u8, CompileError> {
        let _joined = fork::join();
        let mut scratch = self.scratches.lock().pop().unwrap_or_default();
        let compiler = &self.engine.compiler;
        let function =
            compiler.function_from_loop(&self.module, &self.offsets, defined, offset, &mut scratch);
        self.scratches.lock().push(scratch);
        let function = [(defined, Arc::new(function?))];
        let functions: Vec<_> = function.iter().collect();
        let (base, layout) = self.write(&functions, true)?;
        self.record(base, &layout, &functions);
        Ok(base as *const u8)
    }

    fn location(&self, pc: usize) -> Option<CodeLocation> {
        self.with_place(pc, |offset, place| {
            let offset = offset as u32;
            let tables = &place.function;
            let trap = tables
                .traps
                .binary_search_by_key(&offset, |trap| trap.offset)
                .ok()
                .and_then(|i| TrapCode::from_u8(tables.traps[i].code));
            // Where a loop was interrupted, what comes before is known, or at least
            // where the function asks at its entry.
            let before = tables
                .positions
                .partition_point(|position| position.offset <= offset);
            let position = tables.positions.get(before.saturating_sub(1));
            let position = position.map(|position| position.wasm);
            Some(CodeLocation {
                function: self.module.imported_functions + place.defined,
                wasm_offset: position,
                trap,
            })
        })
    }

    fn handler(&self, return_address: usize) -> Option<Handler> {
        self.with_place(return_address, |offset, place| {
            let handlers = &place.function.handlers;
            let i = handlers
                .binary_search_by_key(&(offset as u32), |site| site.return_offset)
                .ok()?;
            Some(Handler {
                pc: return_address - offset + handlers[i].landing as usize,
                frame_offset: handlers[i].frame_offset,
            })
        })
    }

    fn code_size(&self) -> usize {
        self.bytes.load(Ordering::Relaxed)
    }

    fn as_any(&self) -> &dyn core::any::Any {
        self
    }
}

impl Drop for JitCode {
    fn drop(&mut self) {
        let mut starts: Vec<usize> = self.places.get_mut().keys().copied().collect();
        starts.extend(self.adopted.get().map(|code| code.range().start));
        self.engine.unregister(&starts);
    }
}

/// Fills a relocation in; `address` is where `code` will be.
pub(crate) fn relocate(
    code: &mut [u8],
    address: usize,
    relocation: &crate::compile::Relocation,
    target: usize,
) -> Result<(), String> {
    let at = relocation.offset as usize;
    let field: &mut [u8; 4] = code
        .get_mut(at..at + 4)
        .and_then(|bytes| bytes.try_into().ok())
        .ok_or("a relocation outside the code")?;
    let distance = target as i64 + i64::from(relocation.addend) - (address + at) as i64;
    match relocation.kind {
        RelocationKind::X86PcRelative32 => {
            let distance = i32::try_from(distance).map_err(|_| "a call too far")?;
            *field = distance.to_le_bytes();
        }
        RelocationKind::Aarch64Branch26 => {
            if !(-(1 << 27)..1 << 27).contains(&distance) {
                return Err("a call too far".to_string());
            }
            let word =
                u32::from_le_bytes(*field) & 0xfc00_0000 | (distance >> 2) as u32 & 0x03ff_ffff;
            *field = word.to_le_bytes();
        }
    }
    Ok(())
}
