//! `wasmjit cache`

use crate::args::CacheCommand;
use crate::failure::Failure;
use crate::failure::{SUCCESS, Status};
use crate::output;
use crate::units::Size;
use wasmjit_cache::Cache;

/// Shows or empties the cache.
pub(crate) fn run(command: &CacheCommand) -> Result<Status, Failure> {
    let cache = Cache::of_user().ok_or_else(|| {
        Failure::usage("there is no cache: neither XDG_CACHE_HOME nor HOME is set")
    })?;
    match command {
        CacheCommand::Clear => clear(&cache)?,
        CacheCommand::Info { json } => info(&cache, *json)?,
    }
    Ok(SUCCESS)
}

fn clear(cache: &Cache) -> Result<(), Failure> {
    let cleared = cache.clear().map_err(Failure::usage)?;
    output::line(format_args!(
        "removed {} entries ({}) from {}",
        cleared.entries,
        Size(cleared.bytes),
        cache.path().display()
    ))
}

fn info(cache: &Cache, json: bool) -> Result<(), Failure> {
    let info = cache
        .info()
        .map_err(|error| Failure::io(cache.path(), "cannot be read", &error))?;
    let refused = info.refused.as_ref().map(ToString::to_string);
    if json {
        let value = serde_json::json!({
            "path": info.path.to_string_lossy(),
            "entries": info.entries,
            "bytes": info.bytes,
            "limit_bytes": info.limit,
            "refused": refused,
        });
        return output::line(value);
    }
    output::line(format_args!("folder   {}", info.path.display()))?;
    output::line(format_args!("entries  {}", info.entries))?;
    output::line(format_args!(
        "size     {} of at most {}",
        Size(info.bytes),
        Size(info.limit)
    ))?;
    if let Some(reason) = refused {
        output::line(format_args!(
            "NOT USED: the folder {reason}; make it yours alone with chmod 700, or remove it"
        ))?;
    }
    Ok(())
}
