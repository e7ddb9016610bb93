//! Where a program begins and what it is given there.
//!
//! Emscripten's modules export `main` and leave the rest to the host:
//! constructors, arguments on the wasm stack, the end. Command modules of WASI
//! and Emscripten's standalone ones export `_start` and do all that themselves.

use crate::calls::exit;
use crate::ctx::Ctx;
use crate::errno::Errno;
use crate::exports::{self, GuestFn, export_name};
use crate::glue::Glue;
use crate::link::StartError;
use crate::threads::{self, Unwind};
use alloc::vec::Vec;
use wasmjit_module::{ExternKind, Module, ValType};
use wasmjit_runtime::{Instance, Store, Trap, TrapCode};

/// Names of `main`, from new to old.
/// Before them one that starts `main` on a thread of its own.
const MAIN: [&str; 6] = [
    PROXY[0],
    PROXY[1],
    "__main_argc_argv",
    "main",
    "__main_void",
    "_main",
];

/// Names of the function that starts `main` on a thread of its own.
const PROXY: [&str; 2] = ["emscripten_proxy_main", "_emscripten_proxy_main"];

/// How a module is started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Entry {
    /// `_start()`
    Start,
    /// `main(argc, argv)` or `main()`, by this name.
    Main(&'static str),
    /// `_initialize()` of a library: there is nothing more to run.
    Initialize,
}

impl Entry {
    /// Finds it among the exports.
    pub(crate) fn find(module: &Module, glue: Option<&Glue>) -> Result<Self, StartError> {
        let exported = |wanted: &str| {
            module.exports.iter().any(|export| {
                export.kind == ExternKind::Function && export_name(glue, &export.name) == wanted
            })
        };
        if exported("_start") {
            return Ok(Self::Start);
        }
        if let Some(name) = MAIN.into_iter().find(|name| exported(name)) {
            return Ok(Self::Main(name));
        }
        if exported("_initialize") {
            return Ok(Self::Initialize);
        }
        Err(StartError::NoEntry {
            minified: crate::glue::is_minified(module) && glue.is_none(),
        })
    }

    /// The function in an instance.
    pub(crate) fn function(
        self,
        store: &Store,
        instance: Instance,
        glue: Option<&Glue>,
    ) -> Result<EntryFunction, StartError> {
        let name = match self {
            Self::Start => "_start",
            Self::Main(name) => name,
            Self::Initialize => "_initialize",
        };
        let function = exports::function(store, instance, glue, name)
            .ok_or(StartError::NoEntry { minified: false })?;
        let ty = function.ty(store);
        let params = ty.params().len();
        let fits = match self {
            Self::Main(_) => matches!(params, 0 | 2 | 3),
            _ => params == 0,
        } && ty
            .params()
            .iter()
            .all(|ty| matches!(ty, ValType::I32 | ValType::I64));
        let guest = GuestFn::any_result(store, function, params).filter(|_| fits);
        let guest = guest.ok_or(StartError::EntryType { name })?;
        Ok(EntryFunction {
            entry: self,
            guest,
            params,
        })
    }
}

/// The function at which an instance begins.
#[derive(Clone, Copy)]
pub(crate) struct EntryFunction {
    entry: Entry,
    guest: GuestFn,
    params: usize,
}

impl EntryFunction {
    /// Runs the program; returns its status.
    pub(crate) fn run(self, ctx: &mut Ctx<'_, '_>) -> Result<i32, Trap> {
        if !matches!(self.entry, Entry::Main(_)) {
            ctx.call_guest(self.guest, &[])?;
            crate::calls::mapping::unmap_all(ctx);
            return Ok(0);
        }
        if let Some(init) = ctx.exports().stack_init {
            ctx.call_guest(init, &[])?;
        }
        let exports = ctx.exports();
        if let (Some(set), Some(base), Some(end)) =
            (exports.stack_checks, exports.stack_base, exports.stack_end)
        {
            let (base, end) = (ctx.call_guest(base, &[])?, ctx.call_guest(end, &[])?);
            ctx.call_guest(set, &[base, end])?;
        }
        if let Some(constructors) = ctx.exports().constructors {
            ctx.call_guest(constructors, &[])?;
        }
        let status = if self.params == 0 {
            ctx.call_guest(self.guest, &[])
        } else {
            let (argc, argv, envp) = arguments(ctx, self.params)?;
            ctx.call_guest(self.guest, &[argc, argv, envp][..self.params])
        };
        let status = match status {
            Ok(status) => status as i32,
            Err(trap) if trap.downcast_host::<Unwind>().is_some() => {
                threads::wait_for_end(ctx)?;
                0
            }
            Err(trap) => return Err(trap),
        };
        if matches!(self.entry, Entry::Main(name) if PROXY.contains(&name)) && status == 0 {
            threads::wait_for_end(ctx)?;
        }
        exit::exit(ctx, status)?;
        Ok(status)
    }
}

/// Puts the arguments on the wasm stack, and the environment for those who want
/// it as the third parameter of `main`. Everything else asks the host for it.
fn arguments(ctx: &mut Ctx<'_, '_>, wanted: usize) -> Result<(u64, u64, u64), Trap> {
    let shared = ctx.shared();
    let environment: &[Vec<u8>] = match wanted {
        3 => &shared.environment,
        _ => &[],
    };
    let lists = [&shared.args[..], environment];
    let word = ctx.pointer_size();
    let texts = || lists.iter().flat_map(|list| list.iter());
    let strings: u64 = texts().map(|text| text.len() as u64 + 1).sum();
    let pointers = (texts().count() as u64 + 2) * word;
    let total = (strings.next_multiple_of(word) + pointers).next_multiple_of(16);
    let Some(base) = stack_room(ctx, total)? else {
        return Ok((0, 0, 0));
    };
    let argv = base + strings.next_multiple_of(word);
    let fill = || -> Result<(), Errno> {
        let (mut at, mut pointer) = (base, argv);
        for list in lists {
            for text in list {
                let to = ctx.memory().slice(at, text.len() as u64 + 1)?;
                to.write(text);
                to.from(text.len()).write(&[0]);
                ctx.write_word(pointer, at)?;
                at += text.len() as u64 + 1;
                pointer += word;
            }
            ctx.write_word(pointer, 0)?;
            pointer += word;
        }
        Ok(())
    };
    fill().map_err(|_| TrapCode::MemoryOutOfBounds)?;
    let argc = shared.args.len() as u64;
    Ok((argc, argv, argv + (argc + 1) * word))
}

/// Memory for the arguments: on the wasm stack, as Emscripten puts them, unless
/// they are too many for it. `None` when the module offers neither stack nor
/// heap, as those do whose `main` does not look at its arguments.
fn stack_room(ctx: &mut Ctx<'_, '_>, bytes: u64) -> Result<Option<u64>, Trap> {
    /// Small enough for the smallest usual stack of 64 KiB.
    const STACK_PART: u64 = 16 << 10;
    let alloc = match (ctx.exports().stack_alloc, ctx.exports().malloc) {
        (Some(stack), None) => stack,
        (Some(stack), Some(_)) if bytes <= STACK_PART => stack,
        (_, Some(heap)) => heap,
        (None, None) => return Ok(None),
    };
    match ctx.call_guest(alloc, &[bytes])? {
        0 => Err(TrapCode::StackOverflow.into()),
        at => Ok(Some(at)),
    }
}
