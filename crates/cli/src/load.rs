//! From a file name to a module.

use crate::args::{EngineKind, EngineOptions, MemoryChoice, When};
use crate::failure::{Failure, NOT_FOUND, Plain};
use std::fs::File;
use std::io::{self, Read, Seek};
use std::path::Path;
use std::sync::Arc;
use wasmjit::{
    CodeCache, Config, Engine, Error, ErrorKind, Execution, MemoryStyle, Module, Strategy,
};
use wasmjit_device::{Calls, Device, RemoteEngine};
use wasmjit_posix::{Era, Glue};
use wasmjit_unix::program::{START, module_start};

/// Reads a program.
pub(crate) fn read(path: &Path) -> Result<Arc<[u8]>, Failure> {
    let cannot = |error: &io::Error| Failure::program(path, Plain(error));
    let mut file = File::open(path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => Failure {
            message: not_found(path),
            status: NOT_FOUND,
        },
        _ => cannot(&error),
    })?;
    let metadata = file.metadata().map_err(|error| cannot(&error))?;
    if metadata.is_dir() {
        return Err(Failure::program(path, "this is a folder, not a program"));
    }
    if !metadata.is_file() {
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(|e| cannot(&e))?;
        return Ok(bytes.into());
    }
    let start = first_line(&mut file).map_err(|error| cannot(&error))?;
    let too_large = |_| Failure::program(path, "the file is too large for this machine");
    let size = usize::try_from(metadata.len().saturating_sub(start)).map_err(too_large)?;
    // Straight into its place: modules can be large.
    let mut bytes: Arc<[u8]> = std::iter::repeat_n(0, size).collect();
    let place = Arc::get_mut(&mut bytes).expect("nobody else has it yet");
    file.read_exact(place).map_err(|error| match error.kind() {
        io::ErrorKind::UnexpectedEof => {
            Failure::program(path, "the file changed while it was read")
        }
        _ => cannot(&error),
    })?;
    Ok(bytes)
}

/// Passes over a first line that begins with `#!`, with which a file names
/// wasmjit as what runs it; returns its length.
fn first_line(file: &mut File) -> io::Result<u64> {
    let mut start = Vec::with_capacity(START);
    file.by_ref().take(START as u64).read_to_end(&mut start)?;
    // What is no module is refused as a whole.
    let length = module_start(&start).unwrap_or(0) as u64;
    file.seek(io::SeekFrom::Start(length))?;
    Ok(length)
}

fn not_found(path: &Path) -> String {
    let mut message = format!("{}: there is no such file", path.display());
    let is_word = path
        .to_str()
        .is_some_and(|name| name.chars().all(|c| c.is_ascii_lowercase() || c == '-'));
    let with_extension = path.with_added_extension("wasm");
    if with_extension.exists() {
        message += &format!(" (did you mean {}?)", with_extension.display());
    } else if is_word {
        message += ", and no command of this name; `wasmjit --help` lists the commands";
    }
    message
}

/// An engine as the options want it.
pub(crate) fn engine(options: &EngineOptions, config: Config) -> Result<Engine, Failure> {
    let execution = match options.engine {
        EngineKind::Auto => Execution::Tiered,
        EngineKind::Jit => Execution::Compiled,
        EngineKind::Interp => Execution::Interpreted,
        EngineKind::Kernel => return in_kernel(config, options.traced),
    };
    wasmjit_unix::interrupt_loops();
    let mut config = config.execution(execution);
    if let Some(iterations) = options.hot_after {
        config = config.hot_after(iterations);
    }
    let strategy = match options.compile {
        Some(When::Eager) => Strategy::Eager,
        Some(When::Lazy) | None => Strategy::Lazy,
    };
    let style = match options.memory {
        _ if options.checked => Some(MemoryStyle::Checked),
        MemoryChoice::Auto => None,
        MemoryChoice::Guarded => Some(MemoryStyle::Guarded),
        MemoryChoice::Checked => Some(MemoryStyle::Checked),
    };
    Engine::new(config.strategy(strategy).memory_style(style)).map_err(|error| {
        Failure::usage(format_args!(
            "{error} (does this process have enough memory and address space? see `ulimit -a`)"
        ))
    })
}

/// The kernel's device.
pub(crate) fn device() -> Result<Device, Failure> {
    Device::open().map_err(|error| {
        Failure::usage(format_args!(
            "{error}; without `--engine kernel` it runs in this process"
        ))
    })
}

/// An engine whose code runs in the kernel. What is traced makes its system calls in
/// this process.
fn in_kernel(config: Config, traced: bool) -> Result<Engine, Failure> {
    let device = device()?;
    let calls = Calls {
        answer: wasmjit_unix::answer_next_call,
        time64: |module| Era::of(module, None).time64,
    };
    let codegen = Arc::new(RemoteEngine::new(device, (!traced).then_some(calls)));
    Engine::with_codegen(wasmjit_unix::platform(), codegen, config).map_err(Failure::usage)
}

/// A module from the contents of the file `path`.
pub(crate) fn module(engine: &Engine, path: &Path, bytes: Arc<[u8]>) -> Result<Module, Failure> {
    let script = is_script(path, &bytes);
    Module::from_shared(engine, bytes).map_err(|error| refused(path, &error, script))
}

/// Why a module was refused, and what to do about it.
pub(crate) fn refused(path: &Path, error: &Error, script: bool) -> Failure {
    let is_foreign = match error.kind() {
        ErrorKind::Module(error) => error.kind == wasmjit::ModuleErrorKind::NotWasm,
        _ => false,
    };
    if is_foreign && script {
        let module = path.with_extension("wasm");
        let remedy = match module.exists() {
            true => format!(
                "run the module beside it instead: wasmjit {}",
                module.display()
            ),
            false => "wasmjit runs the .wasm file that emcc writes beside it".to_string(),
        };
        return Failure::program(path, format_args!("this is JavaScript; {remedy}"));
    }
    Failure::program(path, error)
}

/// Whether the file is the JavaScript that emcc writes beside a module.
pub(crate) fn is_script(path: &Path, bytes: &[u8]) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str());
    matches!(extension, Some("js" | "mjs" | "cjs")) && !bytes.starts_with(b"\0asm")
}

/// The names of a module's imports, where emcc shortened them: they are in the
/// script that it wrote beside the module.
pub(crate) fn glue(path: &Path, module: &wasmjit_module::Module) -> Option<Glue> {
    if !wasmjit_posix::is_minified(module) {
        return None;
    }
    // Without a usable script the imports stay unknown, and are reported as such.
    ["js", "mjs", "cjs"].iter().find_map(|extension| {
        let text = std::fs::read(path.with_extension(extension)).ok()?;
        Glue::parse(&String::from_utf8_lossy(&text)).ok()
    })
}

/// The user's cache, unless it is not wanted or there can be none.
pub(crate) fn cache(wanted: bool) -> Option<Arc<dyn CodeCache>> {
    let cache = wanted.then(wasmjit_cache::Cache::of_user)??;
    Some(Arc::new(cache))
}
