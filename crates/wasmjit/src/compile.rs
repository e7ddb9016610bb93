//! Validation and compilation of a module's functions, on several threads where
//! there is enough work.

use crate::{CompileError, Engine, Error};
#[cfg(feature = "std")]
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use wasmjit_jit::{CompiledFunction, JitCode, Scratch};
use wasmjit_module::{BodyValidator, ExternKind, Module, ModuleError, ValidationScratch};
use wasmjit_runtime::CompiledModule;
#[cfg(feature = "std")]
use wasmjit_runtime::codegen::ModuleCode;
#[cfg(feature = "std")]
use wasmjit_runtime::platform::Platform;

/// Bytes of function bodies whose validation takes so long (about a
/// millisecond) that a thread pays for itself.
const VALIDATION_SHARE: usize = 64 << 10;
/// The same for compilation.
const COMPILATION_SHARE: usize = 2 << 10;

/// Is told how far the compilation of a module got; see
/// [`Config::progress`](crate::Config::progress).
pub trait Progress: Send + Sync {
    /// `done` of `total` functions are compiled. Called from several threads,
    /// often.
    fn compiled(&self, done: u32, total: u32);
}

/// The compiler's side of a module, if the engine's compiler is the usual one.
pub(crate) fn jit_code(module: &CompiledModule) -> Option<&JitCode> {
    module.code().as_any().downcast_ref()
}

/// Validates every body.
pub(crate) fn validate(
    engine: &Engine,
    module: &Module,
    bodies: &BodyValidator,
) -> Result<(), ModuleError> {
    let functions = bodies.functions();
    let threads = threads(engine, module.code_section.len(), VALIDATION_SHARE);
    let mut failure: Option<(u32, ModuleError)> = None;
    let batches = work(threads, functions.len() as u32, |take| {
        let mut scratch = ValidationScratch::default();
        while let Some(i) = take.next() {
            let function = functions.start + i;
            if let Err(error) = bodies.validate(function, &mut scratch) {
                take.stop();
                return Some((function, error));
            }
        }
        None
    });
    // The first in the binary, no matter which thread was faster.
    for (function, error) in batches.into_iter().flatten() {
        if failure.as_ref().is_none_or(|(first, _)| function < *first) {
            failure = Some((function, error));
        }
    }
    failure.map_or(Ok(()), |(_, error)| Err(error))
}

/// Compiles what calls between the host and the module go through, for the
/// types of its imports and exports.
pub(crate) fn compile_trampolines(module: &CompiledModule) -> Result<(), CompileError> {
    let parsed = module.module();
    let codegen = module.engine().codegen();
    for function in 0..parsed.imported_functions {
        codegen.host_trampoline(parsed.function_type(function))?;
    }
    let exported = parsed
        .exports
        .iter()
        .filter(|export| export.kind == ExternKind::Function)
        .map(|export| export.index);
    for function in exported.chain(parsed.start) {
        codegen.entry_trampoline(parsed.function_type(function))?;
    }
    Ok(())
}

/// Compiles every function that is not compiled yet.
pub(crate) fn compile(engine: &Engine, module: &CompiledModule) -> Result<(), Error> {
    let Some(code) = jit_code(module) else {
        for defined in 0..module.module().defined_functions() {
            module.code().compile(defined)?;
        }
        return Ok(());
    };
    let parsed = module.module();
    let length = |defined: u32| {
        let body = parsed.body(parsed.imported_functions + defined);
        body.map_or(0, |body| body.range.len())
    };
    let mut pending: Vec<u32> = (0..parsed.defined_functions())
        .filter(|&defined| !code.is_compiled(defined))
        .collect();
    if pending.is_empty() {
        return Ok(());
    }
    let size = pending.iter().map(|&defined| length(defined)).sum();
    let threads = threads(engine, size, COMPILATION_SHARE);
    if threads > 1 {
        // The largest first, so that no thread is left alone with one at the end.
        pending.sort_by_key(|&defined| core::cmp::Reverse(length(defined)));
    }
    let total = pending.len() as u32;
    let done = AtomicU32::new(0);
    let batches = work(threads, total, |take| {
        let mut scratch = Scratch::default();
        let mut functions: Vec<(u32, CompiledFunction)> = Vec::new();
        while let Some(i) = take.next() {
            let defined = pending[i as usize];
            match code.compile_detached(defined, &mut scratch) {
                Ok(function) => functions.push((defined, function)),
                Err(error) => {
                    take.stop();
                    return Err(error);
                }
            }
            if let Some(progress) = engine.progress() {
                progress.compiled(done.fetch_add(1, Ordering::Relaxed) + 1, total);
            }
        }
        Ok(functions)
    });
    let batches: Vec<_> = batches.into_iter().collect::<Result<_, CompileError>>()?;
    let mut functions: Vec<_> = batches.into_iter().flatten().collect();
    // Neighbours in the module call each other: keep them together.
    functions.sort_unstable_by_key(|(defined, _)| *defined);
    code.install(functions)?;
    Ok(())
}

/// Starts to compile the functions of a module that was just made, while it
/// begins to run: on a thread that ends when it is done or the module is gone.
/// What is called before its turn is compiled by the caller.
#[cfg(feature = "std")]
pub(crate) fn compile_ahead(
    parsed: &Arc<Module>,
    code: &Arc<dyn ModuleCode>,
    platform: &Arc<dyn Platform>,
) {
    let platform = platform.clone();
    let code = Arc::downgrade(code);
    let mut order: Vec<(usize, u32)> = (0..parsed.defined_functions())
        .map(|defined| {
            let body = parsed.body(parsed.imported_functions + defined);
            (body.map_or(0, |body| body.range.len()), defined)
        })
        .collect();
    // The largest first: those are what a caller would wait for longest.
    order.sort_unstable_by_key(|&(length, _)| core::cmp::Reverse(length));
    let imported = parsed.imported_functions;
    let job = move || {
        platform.stand_aside();
        // Calls of the host before all: a copy of the process that has to compile
        // the way out does so only for itself, and so does every other copy.
        for function in 0..imported {
            let _joined = wasmjit_runtime::fork::join();
            let Some(code) = code.upgrade() else { return };
            // As below: what cannot be compiled is reported when it is called.
            if let Some(code) = code.as_any().downcast_ref::<JitCode>() {
                let _ = code.compile_import(function);
            }
        }
        let mut scratch = Scratch::default();
        for (_, defined) in order {
            let _joined = wasmjit_runtime::fork::join();
            let Some(code) = code.upgrade() else { return };
            let Some(code) = code.as_any().downcast_ref::<JitCode>() else {
                return;
            };
            if !code.claim(defined) {
                continue;
            }
            // A function that cannot be compiled is reported when it is called.
            if let Ok(function) = code.compile_detached(defined, &mut scratch)
                && code.install(alloc::vec![(defined, function)]).is_err()
            {
                return;
            }
        }
    };
    // Without the thread, each function is compiled when it is called.
    let _ = std::thread::Builder::new()
        .name("wasmjit-compile".into())
        .spawn(job);
}

/// How many threads so many bytes are worth.
fn threads(engine: &Engine, bytes: usize, share: usize) -> usize {
    match bytes / share {
        // Asking for the number of processors takes system calls.
        0 | 1 => 1,
        shares => engine.threads().min(shares),
    }
}

/// Hands out the numbers of the pieces of work.
struct Take<'a> {
    next: &'a AtomicU32,
    stopped: &'a AtomicBool,
    count: u32,
}

impl Take<'_> {
    fn next(&self) -> Option<u32> {
        if self.stopped.load(Ordering::Relaxed) {
            return None;
        }
        // Each thread can pass `count` only once, so this does not wrap around.
        let i = self.next.fetch_add(1, Ordering::Relaxed);
        (i < self.count).then_some(i)
    }

    /// Lets every thread finish early.
    fn stop(&self) {
        self.stopped.store(true, Ordering::Relaxed);
    }
}

/// Runs `job` on so many threads, this one included. Each takes pieces until
/// none of the `count` is left; returns what each returned.
fn work<R: Send>(threads: usize, count: u32, job: impl Fn(&Take<'_>) -> R + Sync) -> Vec<R> {
    let (next, stopped) = (AtomicU32::new(0), AtomicBool::new(false));
    let take = Take {
        next: &next,
        stopped: &stopped,
        count,
    };
    on_threads(threads, || job(&take))
}

#[cfg(feature = "std")]
fn on_threads<R: Send>(threads: usize, job: impl Fn() -> R + Sync) -> Vec<R> {
    std::thread::scope(|scope| {
        // If a thread cannot be had, the others do its share.
        let helpers: Vec<_> = (1..threads)
            .map_while(|_| {
                std::thread::Builder::new()
                    .name("wasmjit-compile".into())
                    .spawn_scoped(scope, &job)
                    .ok()
            })
            .collect();
        let mut results = alloc::vec![job()];
        for helper in helpers {
            match helper.join() {
                Ok(result) => results.push(result),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        results
    })
}

#[cfg(not(feature = "std"))]
fn on_threads<R: Send>(_threads: usize, job: impl Fn() -> R + Sync) -> Vec<R> {
    alloc::vec![job()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_piece_is_taken_once() {
        for threads in [1, 2, 7] {
            let batches = work(threads, 1000, |take| {
                let mut taken = Vec::new();
                while let Some(i) = take.next() {
                    taken.push(i);
                }
                taken
            });
            assert_eq!(batches.len(), threads);
            let mut all: Vec<u32> = batches.into_iter().flatten().collect();
            all.sort_unstable();
            assert!(all.into_iter().eq(0..1000));
        }
    }

    #[test]
    fn stopping_ends_the_work_of_all() {
        let batches = work(3, u32::MAX, |take| {
            let mut count = 0u32;
            while let Some(i) = take.next() {
                count += 1;
                if i == 100 {
                    take.stop();
                }
            }
            count
        });
        assert!(batches.into_iter().sum::<u32>() >= 100);
    }
}
