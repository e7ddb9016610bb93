//! Modules.

use crate::compile::{self, jit_code};
use crate::{CacheKey, Engine, Error, Strategy};
use alloc::borrow::Cow;
use alloc::sync::Arc;
use core::fmt;
use core::ops::Deref;
use wasmjit_runtime::CompiledModule;

/// A valid module whose code is compiled, or will be when it is called. Cheap
/// to clone.
#[derive(Clone)]
pub struct Module {
    compiled: CompiledModule,
    engine: Engine,
    /// What its code is kept under, if the engine has a cache.
    key: Option<CacheKey>,
    from_cache: bool,
}

impl Module {
    /// Decodes, validates and, if the engine's strategy is
    /// [`Eager`](Strategy::Eager), compiles a module. With the feature `wat`
    /// it may be in the text format.
    ///
    /// # Errors
    /// When the module is not valid or cannot be compiled.
    pub fn new(engine: &Engine, bytes: &[u8]) -> Result<Self, Error> {
        Self::from_shared(engine, binary(bytes)?.into())
    }

    /// As [`new`](Self::new), for a binary that need not be copied.
    ///
    /// # Errors
    /// See [`new`](Self::new).
    pub fn from_shared(engine: &Engine, bytes: Arc<[u8]>) -> Result<Self, Error> {
        let key = engine
            .cache()
            .map(|cache| cache.key(&bytes, engine.compiler()));
        let image = engine.cache().zip(key.as_ref());
        let image = image.and_then(|(cache, key)| cache.load(key));

        let (module, bodies) =
            wasmjit_module::Module::parse_with_features(bytes, engine.features())?;
        let compiled = CompiledModule::new(engine.runtime(), Arc::new(module))?;
        let from_cache = image.is_some_and(|image| {
            jit_code(&compiled).is_some_and(|code| code.import_image(&image).is_ok())
        });
        let validated =
            engine.runtime().codegen().validates() && engine.features() == wasmjit_module::FEATURES;
        // Code is only ever stored for modules that are valid as a whole.
        if !from_cache && !validated {
            compile::validate(engine, compiled.module(), &bodies)?;
        }
        let module = Self {
            compiled,
            engine: engine.clone(),
            key,
            from_cache,
        };
        if engine.strategy() == Strategy::Eager {
            module.compile()?;
        }
        #[cfg(feature = "std")]
        if engine.strategy() == Strategy::Lazy && !from_cache && engine.compiles_ahead() {
            let platform = engine.runtime().platform();
            compile::compile_ahead(module.compiled.module(), module.compiled.code(), platform);
        }
        Ok(module)
    }

    /// Compiles what is not compiled yet, on several threads where that helps,
    /// and stores it if there is a cache.
    ///
    /// # Errors
    /// When a function cannot be compiled.
    pub fn compile(&self) -> Result<(), Error> {
        compile::compile(&self.engine, &self.compiled)?;
        compile::compile_trampolines(&self.compiled)?;
        self.store();
        Ok(())
    }

    /// Stores the code that was compiled since the module was made, for the
    /// next time. Does nothing without a cache, or if nothing is new.
    ///
    /// [`compile`](Self::compile) does this by itself. With the strategy
    /// [`Lazy`](Strategy::Lazy), call it when the program has run for a while
    /// or is about to end.
    pub fn store(&self) {
        let Some((cache, key)) = self.engine.cache().zip(self.key.as_ref()) else {
            return;
        };
        let Some(code) = jit_code(&self.compiled) else {
            return;
        };
        if !code.has_fresh() {
            return;
        }
        // Other processes may have added to what is there.
        let mut old = cache.load(key).unwrap_or_default();
        let new = code.export_image();
        let added = wasmjit_jit::image_additions(&old, &new).unwrap_or_else(|_| {
            old.clear();
            new
        });
        if !added.is_empty() {
            cache.store(key, &[&old, &added]);
        }
    }

    /// The engine.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// What the module's code is kept under, if the engine has a cache.
    pub fn cache_key(&self) -> Option<&CacheKey> {
        self.key.as_ref()
    }

    /// Whether code came from the cache.
    pub fn is_from_cache(&self) -> bool {
        self.from_cache
    }

    /// The module's code.
    pub fn jit_code(&self) -> Option<&wasmjit_jit::JitCode> {
        jit_code(&self.compiled)
    }
}

/// The binary form of what may be text.
#[cfg(feature = "wat")]
fn binary(bytes: &[u8]) -> Result<Cow<'_, [u8]>, Error> {
    if bytes.starts_with(b"\0asm") {
        return Ok(Cow::Borrowed(bytes));
    }
    wat::parse_bytes(bytes)
        .map_err(|error| crate::ErrorKind::Text(alloc::string::ToString::to_string(&error)).into())
}

#[cfg(not(feature = "wat"))]
fn binary(bytes: &[u8]) -> Result<Cow<'_, [u8]>, Error> {
    Ok(Cow::Borrowed(bytes))
}

/// The module one level below: what it imports and exports, its names and
/// sections.
impl Deref for Module {
    type Target = CompiledModule;

    fn deref(&self) -> &CompiledModule {
        &self.compiled
    }
}

impl fmt::Debug for Module {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.compiled.module().fmt(f)
    }
}
