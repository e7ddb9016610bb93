//! Backtraces of WebAssembly frames, with source positions from DWARF.

use crate::engine::CompiledModule;
use crate::frames::{CodeFrame, Frames};
use crate::interpreter::module_of;
use crate::store::StoreInner;
use crate::trap::{Backtrace, Frame, SourceLocation};
use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;
use gimli::{EndianSlice, LittleEndian};
use spin::{Mutex, Once};
use wasmjit_module::Module;

/// Frames beyond this number are only counted.
const MAX_FRAMES: usize = 64;

/// Where a backtrace begins.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Start {
    /// At the call with which compiled code left.
    Exit,
    /// At an instruction that faulted.
    Fault { pc: usize, fp: usize },
}

/// The WebAssembly frames of a store.
///
/// # Safety
/// The store must be used by this thread, and compiled code have left as
/// `start` says.
pub(crate) unsafe fn capture(store: &StoreInner, start: Start) -> Backtrace {
    let context = store.context();
    // SAFETY: the caller vouches for it.
    let frames = unsafe {
        match start {
            Start::Exit => Frames::from_exit(context),
            Start::Fault { pc, fp } => Frames::from_fault(context, pc, fp),
        }
    };
    let mut backtrace = Backtrace {
        frames: Vec::new(),
        omitted: 0,
    };
    for frame in frames {
        let Some((module, place)) = place_of(store, &frame) else {
            continue;
        };
        if backtrace.frames.len() == MAX_FRAMES {
            backtrace.omitted += 1;
            continue;
        }
        let Some((function, offset)) = place() else {
            continue;
        };
        backtrace.frames.push(match module {
            Some(module) if !cfg!(feature = "ring0") => describe(module, function, offset),
            // Names and positions are looked up outside the kernel, which a
            // module's custom sections are no business of.
            _ => Frame {
                module: None,
                function,
                name: None,
                offset,
                source: None,
            },
        });
    }
    backtrace
}

/// A function, and an offset in the module's binary.
type Place = (u32, Option<u32>);

/// The module of a frame, and how to find the frame's place in it.
type Origin<'a> = (Option<&'a CompiledModule>, Box<dyn Fn() -> Option<Place>>);

/// Where a frame comes from; `None` for trampolines.
fn place_of<'a>(store: &'a StoreInner, frame: &CodeFrame) -> Option<Origin<'a>> {
    match *frame {
        CodeFrame::Compiled(frame) => {
            let instruction = frame.instruction();
            let code = store.engine.codegen().find(instruction)?;
            let module = store.modules.get(&(Arc::as_ptr(&code).addr()));
            let place = move || {
                let location = code.location(instruction)?;
                Some((location.function, location.wasm_offset))
            };
            Some((module, Box::new(place)))
        }
        CodeFrame::Interpreted(frame) => {
            // SAFETY: the frame's instance lives as long as its store.
            let module = unsafe { module_of(frame.vmctx) };
            let first = module.module().imported_functions;
            let place = move || {
                let offset = module.interpreter().and_then(|i| i.offset(&frame));
                Some((first + frame.function, offset))
            };
            Some((Some(module), Box::new(place)))
        }
    }
}

/// A frame of a module's function, with names and position.
pub(crate) fn describe(module: &CompiledModule, function: u32, offset: Option<u32>) -> Frame {
    Frame {
        module: module.module().names.module().map(Into::into),
        function,
        name: module.module().function_name(function).map(Into::into),
        offset,
        source: offset.and_then(|offset| module.debug_info().locate(offset)),
    }
}

type Reader = EndianSlice<'static, LittleEndian>;

/// Source positions of a module, read from its DWARF sections when first asked
/// for.
pub(crate) struct DebugInfo {
    context: Once<Option<Mutex<Context>>>,
    /// Holds the bytes that `context` refers to; dropped after it.
    module: Arc<Module>,
}

struct Context(addr2line::Context<Reader>);

// SAFETY: the context and all that it shares inside is reached only through the
// mutex around it.
unsafe impl Send for Context {}

impl DebugInfo {
    pub(crate) fn new(module: Arc<Module>) -> Self {
        Self {
            context: Once::new(),
            module,
        }
    }

    /// Source position of a byte offset in the module's binary.
    pub(crate) fn locate(&self, offset: u32) -> Option<SourceLocation> {
        let address = (offset as usize).checked_sub(self.module.code_section.start)?;
        let context = self.context.call_once(|| self.load()).as_ref()?.lock();
        let location = context.0.find_location(address as u64).ok()??;
        Some(SourceLocation {
            file: location.file?.into(),
            line: location.line?,
            column: location.column,
        })
    }

    fn load(&self) -> Option<Mutex<Context>> {
        self.module.custom_section(".debug_line")?;
        let section = |id: gimli::SectionId| -> Result<Reader, gimli::Error> {
            let bytes = self.module.custom_section(id.name()).unwrap_or(&[]);
            // SAFETY: the bytes belong to the module, are immutable, and are
            // held by `self.module` for as long as the context exists.
            let bytes = unsafe { core::slice::from_raw_parts(bytes.as_ptr(), bytes.len()) };
            Ok(EndianSlice::new(bytes, LittleEndian))
        };
        let dwarf = gimli::Dwarf::load(section).ok()?;
        let context = addr2line::Context::from_dwarf(dwarf).ok()?;
        Some(Mutex::new(Context(context)))
    }
}
