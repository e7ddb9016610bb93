//! Backtraces of WebAssembly frames, with source positions from DWARF.

use crate::frames::Frames;
use crate::store::StoreInner;
use crate::trap::{Backtrace, Frame, SourceLocation};
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
    let codegen = store.engine.codegen();
    let mut backtrace = Backtrace {
        frames: Vec::new(),
        omitted: 0,
    };
    for frame in frames {
        let instruction = frame.instruction();
        let Some(code) = codegen.find(instruction) else {
            continue;
        };
        if backtrace.frames.len() == MAX_FRAMES {
            backtrace.omitted += 1;
            continue;
        }
        let Some(location) = code.location(instruction) else {
            continue;
        };
        let module = store.modules.get(&(Arc::as_ptr(&code).addr()));
        backtrace.frames.push(Frame {
            module: module.and_then(|m| m.module().names.module().map(Into::into)),
            function: location.function,
            name: module.and_then(|m| m.module().function_name(location.function).map(Into::into)),
            offset: location.wasm_offset,
            source: module
                .zip(location.wasm_offset)
                .and_then(|(m, offset)| m.debug_info().locate(offset)),
        });
    }
    backtrace
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
