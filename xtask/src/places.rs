//! Where things are: the repository and the user's cache folder.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde::de::DeserializeOwned;

/// The repository's root.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("xtask lies in the repository")
}

/// The fuzzers, a workspace of their own.
pub(crate) fn fuzz() -> PathBuf {
    root().join("fuzz")
}

/// Cargo's target folder.
pub(crate) fn target_dir() -> PathBuf {
    match env::var_os("CARGO_TARGET_DIR") {
        Some(dir) => root().join(dir),
        None => root().join("target"),
    }
}

/// The folder for what is slow to make: `$XDG_CACHE_HOME/wasmjit` or `~/.cache/wasmjit`.
pub(crate) fn cache_dir() -> Result<PathBuf> {
    if let Some(dir) = env::var_os("XDG_CACHE_HOME").filter(|dir| !dir.is_empty()) {
        return Ok(PathBuf::from(dir).join("wasmjit"));
    }
    let home = env::var_os("HOME").context("neither XDG_CACHE_HOME nor HOME is set")?;
    Ok(PathBuf::from(home).join(".cache/wasmjit"))
}

/// Reads a file in TOML.
pub(crate) fn read_toml<T: DeserializeOwned>(path: &Path) -> Result<T> {
    let text =
        fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    toml::from_str(&text).with_context(|| format!("in {}", path.display()))
}

/// The test programs' descriptions and our own sources.
pub(crate) fn programs_dir() -> PathBuf {
    root().join("tests/programs")
}

/// The built test programs.
pub(crate) fn built_programs_dir() -> Result<PathBuf> {
    Ok(cache_dir()?.join("programs"))
}
