//! `wasmjit PROGRAM ARGS…`

use crate::args::{EngineKind, Run};
use crate::failure::Status;
use crate::failure::{CANNOT_RUN, Failure, TIMED_OUT};
use crate::inherit;
use crate::load;
use crate::observe::Observers;
use crate::profile::Functions;
use crate::progress::Bar;
use crate::stats::Stats;
use std::io::Write;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Instant;
use wasmjit::{
    AllocationError, CacheKey, CodeCache, Config, InstantiateError, Limits, Module, Store, TrapCode,
};
use wasmjit_cache::{Absent, Refusal};
use wasmjit_posix::{ExitStatus, Process, StartError};
use wasmjit_unix::timeout::Timeout;

/// Runs a program and ends as it ended.
pub(crate) fn run(mut options: Run, start: Instant) -> Result<Status, Failure> {
    inherit::take(&mut options);
    let options = &options;
    let mut stats = Stats::new(start);
    let path = &options.program;
    let bytes = load::read(path)?;
    stats.phase("read");

    // A restricted program must not reach the cache, and no thread may be running
    // when the restrictions begin.
    let restricted = !options.restrictions.sandbox().is_none();
    let mut config = Config::new().compile_ahead(!restricted);
    let code_file = options.code.as_deref().map(CodeFile::new);
    let cache = match &code_file {
        Some(file) => Some(file.clone() as Arc<dyn CodeCache>),
        None => load::cache(!options.no_cache),
    };
    if let Some(cache) = cache {
        config = config.cache(cache);
    }
    if options.engine.compile.is_some()
        && let Some(bar) = Bar::on_terminal()
    {
        config = config.progress(bar);
    }
    if let Some(size) = options.max_memory {
        config = config.limits(Limits {
            memory_bytes: size.0,
            ..Limits::default()
        });
    }
    let mut engine = options.engine.clone();
    if options.profiling.is_wanted() && engine.engine == EngineKind::Auto {
        // Profilers see machine code only.
        engine.engine = EngineKind::Jit;
    }
    engine.traced = options.traces_calls();
    let engine = load::engine(&engine, config)?;
    stats.phase("start engine");
    let module = load::module(&engine, path, bytes)?;
    stats.phase("load");
    if restricted && options.engine.compile.is_none() {
        let compiled = module.compile();
        compiled.map_err(|error| Failure::program(path, error))?;
        stats.phase("compile");
    }
    if let Some(file) = code_file.filter(|_| !module.is_from_cache()) {
        return Err(file.failure(path));
    }
    if let Some(folder) = &options.chdir {
        std::env::set_current_dir(folder)
            .map_err(|error| Failure::io(folder, "cannot change to this folder", &error))?;
    }
    wasmjit_unix::stack::run(wasmjit_unix::stack::DEFAULT_SIZE, || {
        execute(options, &module, &mut stats)
    })
}

/// Runs the program on a stack of its own.
fn execute(options: &Run, module: &Module, stats: &mut Stats) -> Result<Status, Failure> {
    let path = &options.program;
    let name = options.argv0.as_deref().unwrap_or(path.as_os_str());
    let arguments = std::iter::once(name)
        .chain(options.args.iter().map(|argument| argument.as_os_str()))
        .map(|argument| argument.as_bytes().to_vec());
    let observers = Observers::start(options)?;
    inherit::pass_on(options, observers.trace_descriptor());
    let mut builder = Process::builder(wasmjit_unix::kernel())
        .args(arguments)
        .env(environment(&options.env))
        .on_orphaned_end({
            let (path, module, observers) = (path.clone(), module.clone(), observers.clone());
            move |status| {
                observers.finish(&path, &module);
                end(&path, status)
            }
        });
    if let Some(glue) = load::glue(path, module.module()) {
        builder = builder.glue(glue);
    }
    if let Some(tracer) = observers.tracer() {
        builder = builder.tracer(tracer);
    }
    let sandbox = options.restrictions.sandbox();
    sandbox.apply().map_err(Failure::usage)?;
    let process = builder.build();
    let mut store = Store::new(module.engine(), ());
    let timeout = options
        .timeout
        .map(|limit| Timeout::start(limit.0, store.interrupt_handle()));
    wasmjit_unix::interrupt_on_signals(store.interrupt_handle());
    stats.phase("prepare");

    let status = process.run(&mut store, module);
    // The program may have made copies of this process, each of which ends here.
    // Reports and the code are the original's to write.
    let is_copy = observers.are_copies();
    let timed_out = timeout.is_some_and(|timeout| timeout.expired());
    stats.phase("run");
    observers.finish(path, module);
    if !is_copy && options.code.is_none() && sandbox.is_none() {
        // Code that was compiled now need not be compiled the next time.
        module.store();
        stats.phase("store code");
    }
    if !is_copy && options.stats {
        stats.report(module, options.json);
    }
    let status = match status {
        Ok(status) => status,
        // The start function is part of the program.
        Err(StartError::Instantiate(InstantiateError::Trap(trap))) => ExitStatus::Trap(trap),
        Err(error) => return Err(not_started(options, &error)),
    };
    match status {
        ExitStatus::Trap(trap) if timed_out && trap.code() == Some(TrapCode::Interrupted) => {
            let limit = options.timeout.expect("there was a time limit");
            Err(Failure {
                message: format!(
                    "{}: ended: the time limit of {limit} is over\n{}",
                    path.display(),
                    trap.backtrace()
                ),
                status: TIMED_OUT,
            })
        }
        ExitStatus::Trap(trap)
            if trap.code() == Some(TrapCode::Interrupted)
                && let Some(signal) = wasmjit_unix::interrupting_signal() =>
        {
            report(path, format_args!("interrupted\n{}", trap.backtrace()));
            if signal == libc::SIGQUIT {
                report_threads(module);
            }
            wasmjit_unix::process::die(signal)
        }
        status => end(path, status),
    }
}

/// Why the program could not be started, and what to do about it.
fn not_started(options: &Run, error: &StartError) -> Failure {
    use AllocationError::{Limit, OutOfMemory};
    let remedy = match error {
        StartError::Instantiate(InstantiateError::Allocation(Limit(_)))
            if options.max_memory.is_some() =>
        {
            "; it needs more than --max-memory allows"
        }
        StartError::Instantiate(InstantiateError::Allocation(OutOfMemory { .. })) => {
            "; is the address space limited (`ulimit -v`)?"
        }
        _ => "",
    };
    Failure::program(&options.program, format_args!("{error}{remedy}"))
}

/// Tells where the other threads were when SIGQUIT arrived.
fn report_threads(module: &Module) {
    let functions = Functions::of(module);
    // The calling thread is the process's first.
    let others = wasmjit_unix::sampler::stacks();
    let first = std::process::id();
    for (thread, frames) in others.iter().filter(|(thread, _)| *thread != first) {
        let mut text = format!("thread {thread}:");
        let names = frames.iter().filter_map(|address| functions.find(*address));
        for (i, name) in names.enumerate() {
            text += &format!("\n  {i:>3}: {name}");
        }
        let _ = writeln!(std::io::stderr(), "{text}");
    }
}

fn report(path: &Path, what: impl std::fmt::Display) {
    // Standard error may be closed.
    let _ = writeln!(std::io::stderr(), "wasmjit: {}: {what}", path.display());
}

/// Ends as the program did. Nothing is cleaned up: the system does that faster.
/// Nothing is kept back either: this command writes to standard error, unbuffered,
/// when it runs a program.
fn end(path: &Path, status: ExitStatus) -> ! {
    match &status {
        ExitStatus::Code(_) => {}
        ExitStatus::Signal(signal) => wasmjit_unix::process::die(*signal),
        ExitStatus::Trap(trap) => {
            report(path, trap);
            if let wasmjit::TrapReason::Compile(_) = trap.reason() {
                // The program is not at fault.
                wasmjit_unix::process::leave(CANNOT_RUN.into());
            }
        }
    }
    wasmjit_unix::process::leave(status.code())
}

/// The environment of this process with the changes that the user wants.
fn environment(changes: &[std::ffi::OsString]) -> Vec<Vec<u8>> {
    let mut environment = wasmjit_unix::process::environment();
    let own = format!("{}=", inherit::VARIABLE);
    environment.retain(|variable| !variable.starts_with(own.as_bytes()));
    for change in changes {
        let change = change.as_bytes();
        let Some(equals) = change.iter().position(|&byte| byte == b'=') else {
            // The name alone: it is there already, if it is set at all.
            continue;
        };
        let prefix = &change[..=equals];
        environment.retain(|variable| !variable.starts_with(prefix));
        environment.push(change.to_vec());
    }
    environment
}

/// A file of code that is used instead of the cache.
struct CodeFile {
    path: PathBuf,
    /// Why it was not used.
    problem: Mutex<Option<Absent>>,
}

impl CodeFile {
    fn new(path: &Path) -> Arc<Self> {
        Arc::new(Self {
            path: path.to_owned(),
            problem: Mutex::new(None),
        })
    }

    /// Why no code came from it.
    fn failure(&self, program: &Path) -> Failure {
        let file = self.path.display();
        let problem = self.problem.lock().expect("nobody panics with it").take();
        match problem {
            Some(Absent::Missing) => Failure::usage(format_args!("{file}: there is no such file")),
            Some(Absent::Refused(reason)) if !matches!(reason, Refusal::Contents) => {
                Failure::usage(format_args!("{file}: not used, since it {reason}"))
            }
            _ => Failure::usage(format_args!(
                "{file}: this is not code that this version of wasmjit compiled from {} for \
                 this processor and these options; make it anew with `wasmjit compile -o`",
                program.display(),
            )),
        }
    }
}

impl CodeCache for CodeFile {
    fn key(&self, module: &[u8], compiler: &str) -> CacheKey {
        let key = wasmjit_cache::KeyBuilder::new(module).part(compiler);
        *key.finish().as_bytes()
    }

    fn load(&self, key: &CacheKey) -> Option<Vec<u8>> {
        match wasmjit_cache::read_file(&self.path, &(*key).into()) {
            Ok(image) => Some(image.into_vec()),
            Err(problem) => {
                *self.problem.lock().expect("nobody panics with it") = Some(problem);
                None
            }
        }
    }

    /// The file stays as it was made.
    fn store(&self, _key: &CacheKey, _image: &[&[u8]]) {}
}
