//! What can be chosen about an engine.

use crate::{CodeCache, Limits, MemoryStyle, OptLevel, Progress, Strategy, WasmFeatures};
use alloc::sync::Arc;
use core::fmt;

/// What carries functions out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Execution {
    /// The interpreter at first, so that short programs start at once; machine
    /// code for what turns out to be hot, and for what the interpreter cannot
    /// do.
    #[default]
    Tiered,
    /// Machine code for everything.
    Compiled,
    /// The interpreter for everything. A function with instructions that it
    /// cannot do traps when it is called.
    Interpreted,
}

/// Settings of an [`Engine`](crate::Engine).
///
/// ```
/// use wasmjit::{Config, Engine, Strategy};
///
/// # fn main() -> Result<(), wasmjit::Error> {
/// let engine = Engine::new(Config::new().strategy(Strategy::Eager))?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Config {
    pub(crate) features: WasmFeatures,
    pub(crate) strategy: Strategy,
    pub(crate) ahead: bool,
    pub(crate) execution: Execution,
    pub(crate) hot_after: Option<u32>,
    pub(crate) memory_style: Option<MemoryStyle>,
    pub(crate) opt_level: OptLevel,
    pub(crate) limits: Limits,
    pub(crate) threads: Option<usize>,
    pub(crate) cache: Option<Arc<dyn CodeCache>>,
    pub(crate) progress: Option<Arc<dyn Progress>>,
}

impl Config {
    /// The defaults: functions are interpreted at first, and compiled to fast
    /// code when they turn out to be hot; memories are guarded where the address
    /// space allows it; nothing is limited or kept on disk.
    // Not inlined, since rustc 1.95 and 1.96 may merge two of these constants
    // although one was moved away: github.com/rust-lang/rust/issues/155241.
    #[inline(never)]
    pub fn new() -> Self {
        Self {
            features: wasmjit_module::FEATURES,
            strategy: Strategy::Lazy,
            ahead: false,
            execution: Execution::Tiered,
            hot_after: None,
            memory_style: None,
            opt_level: OptLevel::Speed,
            limits: Limits::default(),
            threads: None,
            cache: None,
            progress: None,
        }
    }

    /// Which features modules may use. The default is everything that the
    /// engine can run; what it cannot run stays excluded.
    #[must_use]
    pub fn features(mut self, features: WasmFeatures) -> Self {
        self.features = wasmjit_module::FEATURES.intersection(features);
        self
    }

    /// What carries functions out. The default is [`Execution::Tiered`].
    #[must_use]
    pub fn execution(mut self, execution: Execution) -> Self {
        self.execution = execution;
        self
    }

    /// With [`Execution::Tiered`]: compile functions after so many iterations of
    /// their loops, where a call counts as several, no matter how large they
    /// are. For tests; the default weighs the size of the function too. With 0
    /// everything is compiled when it is called for the second time, or at the
    /// first loop.
    #[must_use]
    pub fn hot_after(mut self, iterations: u32) -> Self {
        self.hot_after = Some(iterations);
        self
    }

    /// When functions are compiled, if they are compiled at all: with
    /// [`Strategy::Lazy`] when they are called or, with
    /// [`Execution::Tiered`], hot; with [`Strategy::Eager`] before the module
    /// can be used, so that nothing is interpreted.
    #[must_use]
    pub fn strategy(mut self, strategy: Strategy) -> Self {
        self.strategy = strategy;
        self
    }

    /// With [`Strategy::Lazy`], whether a thread begins to compile functions
    /// while the module already runs: at once, or when the first function is
    /// hot. Off by default; a module whose code comes from a cache does not do
    /// it.
    #[must_use]
    pub fn compile_ahead(mut self, ahead: bool) -> Self {
        self.ahead = ahead;
        self
    }

    /// How accesses are kept inside a 32-bit memory. `None`, the default,
    /// chooses guard regions (8 GiB of address space for each memory, no cost
    /// at run time) if they can be had, and explicit checks otherwise, as under
    /// `ulimit -v`.
    #[must_use]
    pub fn memory_style(mut self, style: impl Into<Option<MemoryStyle>>) -> Self {
        self.memory_style = style.into();
        self
    }

    /// How much work goes into good code.
    #[must_use]
    pub fn opt_level(mut self, level: OptLevel) -> Self {
        self.opt_level = level;
        self
    }

    /// Limits that each new store starts with.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// How many threads compile and validate. The default is one for each
    /// processor. Small modules are not worth a thread and use fewer.
    #[must_use]
    pub fn threads(mut self, count: usize) -> Self {
        self.threads = Some(count.max(1));
        self
    }

    /// Where compiled code is kept. With the feature `cache`, a
    /// `wasmjit_cache::Cache` is such a place.
    #[must_use]
    pub fn cache(mut self, cache: Arc<dyn CodeCache>) -> Self {
        self.cache = Some(cache);
        self
    }

    /// Who is told how far the compilation of a module got.
    #[must_use]
    pub fn progress(mut self, progress: Arc<dyn Progress>) -> Self {
        self.progress = Some(progress);
        self
    }
}

impl Default for Config {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("strategy", &self.strategy)
            .field("ahead", &self.ahead)
            .field("memory_style", &self.memory_style)
            .field("opt_level", &self.opt_level)
            .finish_non_exhaustive()
    }
}
