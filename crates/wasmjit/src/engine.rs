//! Engines.

use crate::{
    CodeCache, Config, Error, ErrorKind, Execution, Limits, MemoryStyle, Progress, Strategy,
    WasmFeatures,
};
use alloc::format;
use alloc::string::String;
use alloc::sync::Arc;
use core::fmt;
use wasmjit_interp::Interp;
use wasmjit_jit::{Jit, Settings, Target};
use wasmjit_runtime::codegen::{CodeGen, GUARDED_RESERVATION};
use wasmjit_runtime::interpreter::Interpreter;
use wasmjit_runtime::platform::Platform;

/// Number of values in all frames of a store where everything is interpreted:
/// recursion must not end much earlier than in machine code.
const INTERPRETED_STACK: usize = 1 << 21;

/// Compiles modules, and holds what they share. Cheap to clone; all clones are
/// the same engine.
#[derive(Clone)]
pub struct Engine(Arc<Inner>);

struct Inner {
    runtime: wasmjit_runtime::Engine,
    settings: Settings,
    /// Describes the compiler and its settings; part of the key in the cache.
    compiler: String,
    config: Config,
}

impl Engine {
    /// An engine for this machine and operating system.
    ///
    /// # Errors
    /// When no code can be generated for the processor, or there is no address
    /// space for code.
    #[cfg(feature = "std")]
    pub fn new(config: Config) -> Result<Self, Error> {
        let platform = wasmjit_unix::platform();
        let features = wasmjit_unix::cpu_features();
        let engine = Self::with_platform(platform, &features, config)?;
        let range = engine.runtime().codegen().code_range();
        if !wasmjit_unix::register_code(range) {
            return Err(Error::from(ErrorKind::Engine(
                "the process already has as many engines as can be".into(),
            )));
        }
        Ok(engine)
    }

    /// An engine on a platform of the embedder's. `cpu_features` are the
    /// features of the processor beyond the baseline, by Cranelift's names
    /// (`has_avx2`, `has_lse`, …). If the platform turns faults into traps, it
    /// must know the engine's [code range](wasmjit_runtime::codegen::CodeGen::code_range)
    /// before code runs.
    ///
    /// # Errors
    /// See [`Self::new`].
    pub fn with_platform(
        platform: Arc<dyn Platform>,
        cpu_features: &[&str],
        config: Config,
    ) -> Result<Self, Error> {
        let target = Target::host().ok_or_else(|| {
            ErrorKind::Engine("no code can be generated for this processor".into())
        })?;
        let memory_style = match config.memory_style {
            Some(MemoryStyle::Guarded) if !platform.catches_faults() => {
                return Err(Error::from(ErrorKind::Engine(
                    "guarded memories need a platform that turns faults into traps".into(),
                )));
            }
            Some(style) => style,
            None => probe_memory_style(&*platform),
        };
        let mut settings = Settings::new(target);
        settings.cpu_features = cpu_features.iter().map(|&name| name.into()).collect();
        settings.memory_style = memory_style;
        settings.opt_level = config.opt_level;
        settings.keep_image = config.cache.is_some();
        settings.null_checks_by_fault = platform.catches_faults();
        settings.polled_loops = !platform.interrupts_loops();
        // Eager compilation is driven from here, in parallel.
        settings.strategy = Strategy::Lazy;
        // Code is only stored for valid modules, so the features count too.
        let compiler = format!(
            "{} {} {:?}",
            settings.fingerprint(),
            env!("WASMJIT_SOURCES"),
            config.features
        );
        let jit = Jit::new(platform.clone(), settings.clone())
            .map_err(|error| ErrorKind::Engine(format!("{error}")))?;
        Ok(Self(Arc::new(Inner {
            runtime: wasmjit_runtime::Engine::with_interpreter(
                platform.clone(),
                Arc::new(jit),
                interpreter(&config, &platform),
            ),
            settings,
            compiler,
            config,
        })))
    }

    /// An engine with a code generator of the embedder's. What the configuration
    /// says of compilation is not for it.
    ///
    /// # Errors
    /// When the processor is not known.
    pub fn with_codegen(
        platform: Arc<dyn Platform>,
        codegen: Arc<dyn CodeGen>,
        config: Config,
    ) -> Result<Self, Error> {
        let target = Target::host().ok_or_else(|| {
            ErrorKind::Engine("no code can be generated for this processor".into())
        })?;
        let mut settings = Settings::new(target);
        settings.memory_style = codegen.memory_style();
        Ok(Self(Arc::new(Inner {
            runtime: wasmjit_runtime::Engine::new(platform, codegen),
            settings,
            compiler: String::new(),
            config: Config {
                cache: None,
                ahead: false,
                strategy: Strategy::Lazy,
                ..config
            },
        })))
    }

    /// How memories are kept in bounds.
    pub fn memory_style(&self) -> MemoryStyle {
        self.0.settings.memory_style
    }

    /// Whether functions are compiled ahead of their calls.
    #[cfg(feature = "std")]
    pub(crate) fn compiles_ahead(&self) -> bool {
        self.0.config.execution == Execution::Compiled && self.0.config.ahead && self.threads() > 1
    }

    /// When functions are compiled.
    pub fn strategy(&self) -> Strategy {
        self.0.config.strategy
    }

    /// What the compiler was told.
    pub fn settings(&self) -> &Settings {
        &self.0.settings
    }

    /// The engine one level below, for what this crate does not cover.
    pub fn runtime(&self) -> &wasmjit_runtime::Engine {
        &self.0.runtime
    }

    /// The features that modules may use.
    pub fn features(&self) -> WasmFeatures {
        self.0.config.features
    }

    pub(crate) fn limits(&self) -> Limits {
        self.0.config.limits
    }

    pub(crate) fn cache(&self) -> Option<&dyn CodeCache> {
        self.0.config.cache.as_deref()
    }

    pub(crate) fn progress(&self) -> Option<&dyn Progress> {
        self.0.config.progress.as_deref()
    }

    pub(crate) fn compiler(&self) -> &str {
        &self.0.compiler
    }

    /// How many threads may work on a module.
    pub(crate) fn threads(&self) -> usize {
        threads(&self.0.config)
    }
}

/// The first tier, unless everything is compiled.
fn interpreter(config: &Config, platform: &Arc<dyn Platform>) -> Option<Arc<dyn Interpreter>> {
    if config.execution == Execution::Compiled || config.strategy == Strategy::Eager {
        return None;
    }
    let mut settings = wasmjit_interp::Settings::default();
    if config.execution == Execution::Interpreted {
        settings.hot_after = None;
        settings.stack_values = INTERPRETED_STACK;
    } else if let Some(iterations) = config.hot_after {
        settings.hot_after = Some(iterations);
        settings.hot_after_a_byte = 0;
    }
    #[cfg(not(feature = "std"))]
    let _ = platform;
    #[cfg(feature = "std")]
    if config.ahead {
        let (config, platform) = (config.clone(), platform.clone());
        settings.on_hot = Some(Arc::new(move |module, code| {
            let cached = code
                .as_any()
                .downcast_ref()
                .is_none_or(wasmjit_jit::JitCode::has_imported);
            if !cached && threads(&config) > 1 {
                crate::compile::compile_ahead(module, code, &platform);
            }
        }));
    }
    Some(Arc::new(Interp::new(settings)))
}

/// How many threads compile: as many as the machine can run at once by default.
fn threads(config: &Config) -> usize {
    match config.threads {
        Some(count) => count,
        #[cfg(feature = "std")]
        None => std::thread::available_parallelism().map_or(1, usize::from),
        #[cfg(not(feature = "std"))]
        None => 1,
    }
}

/// Guarded if a memory can be reserved that way. The address space may be
/// limited (`ulimit -v`), or small to begin with.
fn probe_memory_style(platform: &dyn Platform) -> MemoryStyle {
    if !platform.catches_faults() {
        return MemoryStyle::Checked;
    }
    let Ok(size) = usize::try_from(GUARDED_RESERVATION) else {
        return MemoryStyle::Checked;
    };
    match platform.reserve(size) {
        Some(start) => {
            // SAFETY: exactly what was reserved, and never used.
            unsafe { platform.release(start, size) };
            MemoryStyle::Guarded
        }
        None => MemoryStyle::Checked,
    }
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine")
            .field("memory_style", &self.memory_style())
            .field("strategy", &self.0.config.strategy)
            .finish_non_exhaustive()
    }
}
