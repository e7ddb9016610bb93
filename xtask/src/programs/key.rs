//! Keys of built programs: a program is built again when its key changes.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;

use anyhow::{Context, Result};
use blake3::Hasher;
use serde::Serialize;

use crate::command::output;

/// A hash over everything that a build depends on.
#[derive(Clone, Default)]
pub(crate) struct Key(Hasher);

impl Key {
    /// Adds a piece of text.
    pub(crate) fn text(&mut self, text: &str) {
        self.0.update(&(text.len() as u64).to_le_bytes());
        self.0.update(text.as_bytes());
    }

    /// Adds a description.
    pub(crate) fn description(&mut self, value: &impl Serialize) -> Result<()> {
        self.text(&serde_json::to_string(value)?);
        Ok(())
    }

    /// Adds the files that lie in a folder, in the order of their names.
    pub(crate) fn files(&mut self, dir: &Path) -> Result<()> {
        let mut paths = Vec::new();
        for entry in fs::read_dir(dir).with_context(|| format!("cannot read {}", dir.display()))? {
            let entry = entry?;
            if entry.file_type()?.is_file() && entry.file_name() != "program.toml" {
                paths.push(entry.path());
            }
        }
        paths.sort();
        for path in paths {
            self.text(&path.file_name().unwrap_or_default().to_string_lossy());
            let bytes = fs::read(&path)?;
            self.0.update(&(bytes.len() as u64).to_le_bytes());
            self.0.update(&bytes);
        }
        Ok(())
    }

    /// The key's text.
    pub(crate) fn finish(&self) -> String {
        self.0.finalize().to_hex().to_string()
    }
}

/// Makes a folder unless it is there and was made with the same key. `make` fills
/// another one, which takes its place when it is complete.
pub(crate) fn cached(dir: &Path, key: &str, make: impl FnOnce(&Path) -> Result<()>) -> Result<()> {
    if fs::read_to_string(dir.join("key")).is_ok_and(|found| found == key) {
        return Ok(());
    }
    let work = dir.with_extension("new");
    for folder in [&work, dir] {
        if folder.exists() {
            fs::remove_dir_all(folder)?;
        }
    }
    fs::create_dir_all(&work)?;
    make(&work)?;
    fs::write(work.join("key"), key)?;
    fs::rename(&work, dir)?;
    Ok(())
}

/// What the native compiler says it is.
pub(crate) fn native_toolchain() -> Result<&'static str> {
    static VERSION: OnceLock<String> = OnceLock::new();
    if let Some(line) = VERSION.get() {
        return Ok(line);
    }
    let text = output(Command::new("gcc").arg("--version"))
        .context("`cargo xtask setup` installs the compilers")?;
    let line = text.lines().next().unwrap_or_default().to_owned();
    Ok(VERSION.get_or_init(|| line))
}
