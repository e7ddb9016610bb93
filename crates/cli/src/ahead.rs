//! `wasmjit compile`

use crate::args::Compile;
use crate::failure::Failure;
use crate::failure::{SUCCESS, Status};
use crate::load;
use crate::output;
use crate::progress::Bar;
use crate::units::Size;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use wasmjit::{CacheKey, CodeCache, Config};

/// Compiles all of a program.
pub(crate) fn compile(options: &Compile) -> Result<Status, Failure> {
    let path = &options.program;
    let bytes = load::read(path)?;
    let target = Arc::new(Target::new(options)?);
    let mut config = Config::new().cache(target.clone());
    if let Some(bar) = Bar::on_terminal() {
        config = config.progress(bar);
    }
    let engine = load::engine(&options.engine, config)?;
    let module = load::module(&engine, path, bytes)?;
    module
        .compile()
        .map_err(|error| Failure::program(path, error))?;
    let (place, result) = target.outcome();
    match result {
        Some(Err(error)) => Err(Failure::io(&place, "cannot store the code", &error)),
        Some(Ok(())) => {
            output::line(format_args!(
                "{}: compiled {} functions to {} of machine code in {}",
                path.display(),
                module.module().defined_functions(),
                Size(module.code().code_size() as u64),
                place.display(),
            ))?;
            Ok(SUCCESS)
        }
        None => {
            output::line(format_args!(
                "{}: the code is in the cache already",
                path.display()
            ))?;
            Ok(SUCCESS)
        }
    }
}

/// Where the code goes. Unlike for a run, it matters whether it gets there.
struct Target {
    cache: Option<wasmjit_cache::Cache>,
    path: PathBuf,
    result: Mutex<Option<io::Result<()>>>,
}

impl Target {
    fn new(options: &Compile) -> Result<Self, Failure> {
        let (cache, path) = match &options.output {
            Some(path) => (None, path.clone()),
            None => {
                let cache = wasmjit_cache::Cache::of_user().ok_or_else(|| {
                    Failure::usage(
                        "there is no place for a cache: neither XDG_CACHE_HOME nor HOME is set; \
                         set one, or use `-o FILE`",
                    )
                })?;
                let path = cache.path().to_owned();
                (Some(cache), path)
            }
        };
        Ok(Self {
            cache,
            path,
            result: Mutex::new(None),
        })
    }

    fn outcome(&self) -> (PathBuf, Option<io::Result<()>>) {
        let result = self.result.lock().expect("nobody panics with it").take();
        (self.path.clone(), result)
    }
}

impl CodeCache for Target {
    fn key(&self, module: &[u8], compiler: &str) -> CacheKey {
        let key = wasmjit_cache::KeyBuilder::new(module).part(compiler);
        *key.finish().as_bytes()
    }

    fn load(&self, key: &CacheKey) -> Option<Vec<u8>> {
        let image = self.cache.as_ref()?.load(&(*key).into()).ok()?;
        Some(image.into_vec())
    }

    fn store(&self, key: &CacheKey, image: &[&[u8]]) {
        let key = (*key).into();
        let result = match &self.cache {
            Some(cache) => cache.store(&key, image),
            None => wasmjit_cache::write_file(&self.path, &key, image),
        };
        *self.result.lock().expect("nobody panics with it") = Some(result);
    }
}
