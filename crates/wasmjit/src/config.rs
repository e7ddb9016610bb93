//! What can be chosen about an engine.

use crate::{CodeCache, Limits, MemoryStyle, OptLevel, Progress, Strategy, WasmFeatures};
use alloc::sync::Arc;
use core::fmt;

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
    pub(crate) memory_style: Option<MemoryStyle>,
    pub(crate) opt_level: OptLevel,
    pub(crate) limits: Limits,
    pub(crate) threads: Option<usize>,
    pub(crate) cache: Option<Arc<dyn CodeCache>>,
    pub(crate) progress: Option<Arc<dyn Progress>>,
}

impl Config {
    /// The defaults: functions are compiled on their first call to fast code;
    /// memories are guarded where the address space allows it; nothing is
    /// limited or kept on disk.
    // Not inlined, since rustc 1.95 and 1.96 may merge two of these constants
    // although one was moved away: github.com/rust-lang/rust/issues/155241.
    #[inline(never)]
    pub fn new() -> Self {
        Self {
            features: wasmjit_module::FEATURES,
            strategy: Strategy::Lazy,
            ahead: false,
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

    /// When functions are compiled.
    #[must_use]
    pub fn strategy(mut self, strategy: Strategy) -> Self {
        self.strategy = strategy;
        self
    }

    /// With [`Strategy::Lazy`], whether a thread begins to compile functions
    /// while the module already runs. Off by default; a module whose code comes
    /// from a cache does not do it.
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
