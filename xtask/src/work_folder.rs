//! Folders for what is needed for a while.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;

use crate::command::output;

/// A new folder that only this user may enter, and that goes away with this value.
pub(crate) struct WorkFolder(PathBuf);

impl WorkFolder {
    /// Makes one, whose name begins with `name`.
    pub(crate) fn new(name: &str) -> Result<WorkFolder> {
        let template = format!("{name}.XXXXXX");
        let output = output(Command::new("mktemp").args(["-d", "-t", &template]))?;
        Ok(WorkFolder(output.trim().into()))
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for WorkFolder {
    fn drop(&mut self) {
        // What cannot be removed lies among other temporary files.
        let _ = fs::remove_dir_all(&self.0);
    }
}
