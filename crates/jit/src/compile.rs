//! One function at a time: from a body or a signature to relocatable code.

use crate::direct::{self, DirectPlaces, SystemCall};
use crate::settings::{Settings, SettingsError, Tunables};
use crate::trampoline;
use crate::translate::{self, Environment, Loops, trap_of};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use cranelift_codegen::binemit::Reloc;
use cranelift_codegen::control::ControlPlane;
use cranelift_codegen::ir::{ExternalName, Function, Type};
use cranelift_codegen::isa::OwnedTargetIsa;
use cranelift_codegen::{Context, FinalizedMachExceptionHandler, FinalizedRelocTarget};
use cranelift_frontend::FunctionBuilderContext;
use wasmjit_direct::Direct;
use wasmjit_module::{FuncType, Module};
use wasmjit_runtime::codegen::CompileError;
use wasmjit_runtime::vm::VMOffsets;

/// Frames larger than this are checked against the stack's limit before they
/// are made; what lies below the limit is larger.
const LARGE_FRAME: u32 = 32 << 10;

/// What code with loops is aligned to: a cache line. Processors fetch and keep decoded
/// code by lines, and where a loop falls in them changed its speed by up to a factor of
/// two; this way it is at least the same at each place and in each run.
const LOOP_ALIGNMENT: u32 = 64;

/// [`Relocation::target`] of what all indirect branches go through:
/// [`Settings::indirect_branch`].
pub(crate) const INDIRECT_BRANCH: u32 = u32::MAX;

/// [`Relocation::target`] of what makes direct calls:
/// [`DirectPlaces::system_call`](crate::DirectPlaces::system_call).
pub(crate) const SYSTEM_CALL: u32 = u32::MAX - 1;

/// [`Relocation::target`] of what makes vector registers usable:
/// [`Settings::vectors`].
pub(crate) const VECTORS_ON: u32 = u32::MAX - 2;
/// [`Relocation::target`] of what ends that.
pub(crate) const VECTORS_OFF: u32 = u32::MAX - 3;

/// Machine code of a function, not yet at an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompiledFunction {
    /// The code; constants and jump tables included.
    pub code: Vec<u8>,
    /// Required alignment, a power of two.
    pub alignment: u32,
    /// Calls of other functions of the module.
    pub relocations: Vec<Relocation>,
    /// Instructions whose fault is a trap, by offset.
    pub traps: Vec<TrapSite>,
    /// Calls with a handler, by offset of their return address.
    pub handlers: Vec<HandlerSite>,
    /// Position in the module's binary for each trap and return address, by
    /// offset.
    pub positions: Vec<Position>,
}

/// A place in the code to fill in with the distance to a function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Relocation {
    /// Where.
    pub offset: u32,
    /// How.
    pub kind: RelocationKind,
    /// Index of the target among the defined functions, or a number of what the
    /// settings provide.
    pub target: u32,
    /// Added to the target's address.
    pub addend: i32,
}

/// Forms of relocations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum RelocationKind {
    /// 32-bit distance from the place itself.
    X86PcRelative32 = 0,
    /// 26-bit word distance in a branch instruction.
    Aarch64Branch26 = 1,
}

/// See [`CompiledFunction::traps`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TrapSite {
    /// Offset of the instruction.
    pub offset: u32,
    /// A [`wasmjit_runtime::TrapCode`].
    pub code: u8,
}

/// See [`CompiledFunction::handlers`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HandlerSite {
    /// Offset of the return address.
    pub return_offset: u32,
    /// Offset of the landing code.
    pub landing: u32,
    /// Frame pointer minus stack pointer at the call.
    pub frame_offset: u32,
}

/// See [`CompiledFunction::positions`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// Offset in the code.
    pub offset: u32,
    /// Offset in the module's binary.
    pub wasm: u32,
}

/// Allocations that successive compilations reuse. One a thread.
pub struct Scratch {
    context: Context,
    builder: FunctionBuilderContext,
    /// Whether the code is wanted as text too.
    listing: bool,
}

impl Default for Scratch {
    fn default() -> Self {
        Self {
            context: Context::new(),
            builder: FunctionBuilderContext::new(),
            listing: false,
        }
    }
}

impl Scratch {
    fn for_listing() -> Self {
        Self {
            listing: true,
            ..Self::default()
        }
    }

    /// Whether the function computes with floats or vectors, and so uses their
    /// registers.
    fn uses_vectors(&self) -> bool {
        let values = &self.context.func.dfg;
        let is_vector = |ty: Type| ty.is_float() || ty.is_vector();
        let mut types = values.values().map(|value| values.value_type(value));
        types.any(is_vector)
    }

    fn clear(&mut self) {
        self.context.clear();
        self.context.set_disasm(self.listing);
    }

    fn vcode(&self) -> String {
        let code = self.context.compiled_code().expect("just compiled");
        code.vcode.clone().expect("asked for")
    }
}

/// Turns function bodies into code. Has no state of its own.
pub struct Compiler {
    isa: OwnedTargetIsa,
    tunables: Tunables,
}

impl Compiler {
    /// A compiler with these settings.
    ///
    /// # Errors
    /// When the target or a processor feature is not known.
    pub fn new(settings: &Settings) -> Result<Self, SettingsError> {
        let isa = settings.isa()?;
        Ok(Self {
            tunables: settings.tunables(&*isa),
            isa,
        })
    }

    /// Compiles defined function `defined`.
    ///
    /// # Errors
    /// When it exceeds a limit of the compiler.
    pub fn function(
        &self,
        module: &Module,
        offsets: &VMOffsets,
        defined: u32,
        scratch: &mut Scratch,
    ) -> Result<CompiledFunction, CompileError> {
        self.function_with_positions(module, offsets, defined, scratch, false)
    }

    /// As [`Self::function`]; with `all_positions` the positions are of all
    /// instructions, for listings.
    ///
    /// # Errors
    /// As [`Self::function`].
    pub fn function_with_positions(
        &self,
        module: &Module,
        offsets: &VMOffsets,
        defined: u32,
        scratch: &mut Scratch,
        all_positions: bool,
    ) -> Result<CompiledFunction, CompileError> {
        self.compile(module, offsets, defined, None, scratch, all_positions)
    }

    /// Compiles the variant of a function that begins at the loop whose
    /// instruction is at `offset` in the module's binary: see
    /// [`wasmjit_runtime::codegen::ModuleCode::compile_loop`].
    ///
    /// # Errors
    /// When it cannot be entered there, and as [`Self::function`].
    pub fn function_from_loop(
        &self,
        module: &Module,
        offsets: &VMOffsets,
        defined: u32,
        offset: u32,
        scratch: &mut Scratch,
    ) -> Result<CompiledFunction, CompileError> {
        self.compile(module, offsets, defined, Some(offset), scratch, false)
    }

    fn compile(
        &self,
        module: &Module,
        offsets: &VMOffsets,
        defined: u32,
        entry_loop: Option<u32>,
        scratch: &mut Scratch,
        all_positions: bool,
    ) -> Result<CompiledFunction, CompileError> {
        let at = |message: String| CompileError {
            function: Some(module.imported_functions + defined),
            message,
        };
        let mut env = Environment {
            module,
            offsets,
            isa: &*self.isa,
            tunables: &self.tunables,
            prologue_stack_check: false,
            vectors_guarded: false,
            entry_loop,
        };
        loop {
            scratch.clear();
            let translated = translate::translate(
                &env,
                defined,
                &mut scratch.context.func,
                &mut scratch.builder,
            );
            let loops = translated.map_err(|message| {
                // It was left in the middle of the function.
                scratch.builder = FunctionBuilderContext::new();
                at(message)
            })?;
            let guards = self.tunables.guarded_vectors && !env.vectors_guarded;
            if guards && scratch.uses_vectors() {
                env.vectors_guarded = true;
                continue;
            }
            let frame = self.finish(scratch).map_err(at)?;
            if frame > LARGE_FRAME && !env.prologue_stack_check {
                env.prologue_stack_check = true;
                continue;
            }
            return self.extract(scratch, &loops, all_positions).map_err(at);
        }
    }

    /// The machine code of defined function `defined` as text, for tests and
    /// people.
    ///
    /// # Errors
    /// As [`Self::function`].
    pub fn listing(
        &self,
        module: &Module,
        offsets: &VMOffsets,
        defined: u32,
    ) -> Result<String, CompileError> {
        let mut scratch = Scratch::for_listing();
        self.function(module, offsets, defined, &mut scratch)?;
        Ok(scratch.vcode())
    }

    /// As [`Self::listing`], of the trampoline to host functions of type `ty`.
    ///
    /// # Errors
    /// As [`Self::function`].
    pub fn host_trampoline_listing(&self, ty: &FuncType) -> Result<String, CompileError> {
        let mut scratch = Scratch::for_listing();
        self.host_trampoline(ty, &mut scratch)?;
        Ok(scratch.vcode())
    }

    /// Compiles the trampoline by which Rust calls functions of type `ty`.
    ///
    /// # Errors
    /// As [`Self::function`].
    pub fn entry_trampoline(
        &self,
        ty: &FuncType,
        scratch: &mut Scratch,
    ) -> Result<CompiledFunction, CompileError> {
        scratch.clear();
        trampoline::entry(
            &*self.isa,
            &self.tunables,
            ty,
            &mut scratch.context.func,
            &mut scratch.builder,
        );
        self.trampoline(scratch)
    }

    /// Compiles the trampoline by which code calls host functions of type
    /// `ty`.
    ///
    /// # Errors
    /// As [`Self::function`].
    pub fn host_trampoline(
        &self,
        ty: &FuncType,
        scratch: &mut Scratch,
    ) -> Result<CompiledFunction, CompileError> {
        scratch.clear();
        trampoline::host(
            &*self.isa,
            &self.tunables,
            ty,
            &mut scratch.context.func,
            &mut scratch.builder,
        );
        self.trampoline(scratch)
    }

    /// As [`Self::listing`], of the trampoline that makes a system call itself.
    ///
    /// # Errors
    /// As [`Self::function`].
    pub fn direct_trampoline_listing(
        &self,
        call: &Direct,
        places: &DirectPlaces,
    ) -> Result<String, CompileError> {
        let mut scratch = Scratch::for_listing();
        let functions = SystemCall {
            single: 0x7000,
            vectored: Some(0x7100),
        };
        self.direct_trampoline(call, functions, places, &mut scratch)?;
        Ok(scratch.vcode())
    }

    /// Compiles the trampoline that makes a system call itself, by these functions.
    ///
    /// # Errors
    /// As [`Self::function`].
    pub fn direct_trampoline(
        &self,
        call: &Direct,
        functions: SystemCall,
        places: &DirectPlaces,
        scratch: &mut Scratch,
    ) -> Result<CompiledFunction, CompileError> {
        scratch.clear();
        direct::trampoline(
            &*self.isa,
            &self.tunables,
            (call, functions),
            places,
            &mut scratch.context.func,
            &mut scratch.builder,
        );
        self.trampoline(scratch)
    }

    fn trampoline(&self, scratch: &mut Scratch) -> Result<CompiledFunction, CompileError> {
        self.finish(scratch)
            .and_then(|_| self.extract(scratch, &Loops::default(), false))
            .map_err(|message| CompileError {
                function: None,
                message,
            })
    }

    /// Generates code from the context's function; returns its frame's size.
    fn finish(&self, scratch: &mut Scratch) -> Result<u32, String> {
        let mut control = ControlPlane::default();
        let code = scratch
            .context
            .compile(&*self.isa, &mut control)
            .map_err(|e| e.inner.to_string())?;
        Ok(code
            .buffer
            .frame_layout()
            .map_or(0, |layout| layout.frame_to_fp_offset))
    }

    fn extract(
        &self,
        scratch: &Scratch,
        loops: &Loops,
        all_positions: bool,
    ) -> Result<CompiledFunction, String> {
        let code = scratch.context.compiled_code().expect("just compiled");
        let buffer = &code.buffer;
        let mut relocations = Vec::with_capacity(buffer.relocs().len());
        for reloc in buffer.relocs() {
            let kind = match reloc.kind {
                Reloc::X86CallPCRel4 | Reloc::X86PCRel4 => RelocationKind::X86PcRelative32,
                Reloc::Arm64Call => RelocationKind::Aarch64Branch26,
                other => return Err(format!("relocation {other:?} is not supported")),
            };
            relocations.push(Relocation {
                offset: reloc.offset,
                kind,
                target: relocation_target(&reloc.target, &scratch.context.func)?,
                addend: i32::try_from(reloc.addend).map_err(|_| "large addend".to_string())?,
            });
        }
        let traps: Vec<TrapSite> = buffer
            .traps()
            .iter()
            .filter_map(|trap| {
                let code = trap_of(trap.code)? as u8;
                Some(TrapSite {
                    offset: trap.offset,
                    code,
                })
            })
            .collect();
        let mut handlers = Vec::new();
        let mut return_offsets = Vec::new();
        for site in buffer.call_sites() {
            return_offsets.push(site.ret_addr);
            for handler in site.exception_handlers {
                if let FinalizedMachExceptionHandler::Default(landing) = *handler {
                    handlers.push(HandlerSite {
                        return_offset: site.ret_addr,
                        landing,
                        frame_offset: site.frame_offset.ok_or("a call without a frame size")?,
                    });
                }
            }
        }
        let positions = if all_positions {
            buffer
                .get_srclocs_sorted()
                .iter()
                .filter(|loc| !loc.loc.is_default())
                .map(|loc| Position {
                    offset: loc.start,
                    wasm: loc.loc.bits(),
                })
                .collect()
        } else {
            self.positions(scratch, &traps, &return_offsets, &loops.interrupted)
        };
        let of_loops = if loops.any { LOOP_ALIGNMENT } else { 1 };
        let alignment = self.isa.function_alignment().minimum.max(of_loops);
        Ok(CompiledFunction {
            code: buffer.data().to_vec(),
            alignment: buffer.alignment.max(alignment),
            relocations,
            traps,
            handlers,
            positions,
        })
    }

    /// Positions of traps, of the calls before return addresses, and of where loops begin
    /// that may be interrupted.
    fn positions(
        &self,
        scratch: &Scratch,
        traps: &[TrapSite],
        returns: &[u32],
        interrupted: &[u32],
    ) -> Vec<Position> {
        let code = scratch.context.compiled_code().expect("just compiled");
        let ranges = code.buffer.get_srclocs_sorted();
        let mut in_module = Vec::new();
        if !interrupted.is_empty() {
            let known = ranges.iter().filter(|range| !range.loc.is_default());
            in_module.extend(known.map(|range| (range.loc.bits(), range.start)));
            in_module.sort_unstable();
        }
        let mut wanted: Vec<u32> = traps
            .iter()
            .map(|trap| trap.offset)
            .chain(returns.iter().map(|offset| offset - 1))
            .chain(interrupted.iter().filter_map(|&start| {
                let inside = in_module.partition_point(|&(position, _)| position < start);
                in_module.get(inside).map(|&(_, offset)| offset)
            }))
            .collect();
        wanted.sort_unstable();
        wanted.dedup();
        wanted
            .into_iter()
            .filter_map(|offset| {
                let after = ranges.partition_point(|range| range.start <= offset);
                let range = ranges.get(after.checked_sub(1)?)?;
                (offset < range.end && !range.loc.is_default()).then(|| Position {
                    offset,
                    wasm: range.loc.bits(),
                })
            })
            .collect()
    }
}

fn relocation_target(target: &FinalizedRelocTarget, func: &Function) -> Result<u32, String> {
    match target {
        FinalizedRelocTarget::ExternalName(ExternalName::User(name)) => {
            Ok(func.params.user_named_funcs()[*name].index)
        }
        other => Err(format!(
            "code for this processor needs {}, which is not available",
            other.display(None)
        )),
    }
}
