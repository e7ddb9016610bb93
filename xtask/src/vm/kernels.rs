//! The Debian kernels that are installed, and their modules.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::command::{output, succeeds};

/// A kernel to boot.
pub(crate) struct Kernel {
    /// As `uname -r` says it.
    pub(crate) release: String,
    /// Path of each module by its name, and what it depends on.
    modules: HashMap<String, Module>,
}

struct Module {
    path: PathBuf,
    needs: Vec<String>,
}

impl Kernel {
    /// The newest installed kernel of a series such as `6.1`.
    pub(crate) fn find(series: &str) -> Result<Kernel> {
        let mut releases = Vec::new();
        for entry in fs::read_dir("/lib/modules").into_iter().flatten() {
            let release = entry?.file_name().to_string_lossy().into_owned();
            let fits = release
                .strip_prefix(series)
                .is_some_and(|rest| rest.starts_with('.'));
            if fits && Path::new(&format!("/boot/vmlinuz-{release}")).exists() {
                releases.push(release);
            }
        }
        releases.sort_by_key(|release| numbers(release));
        let Some(release) = releases.pop() else {
            bail!("no kernel {series} is installed: `cargo xtask setup` gets it");
        };
        let modules = modules(&release)?;
        Ok(Kernel { release, modules })
    }

    /// Its image.
    pub(crate) fn image(&self) -> PathBuf {
        format!("/boot/vmlinuz-{}", self.release).into()
    }

    /// Files of the named modules and of all that they need, in the order in
    /// which they can be loaded. Names that are built into the kernel have none.
    pub(crate) fn module_files(&self, names: &[&str]) -> Vec<PathBuf> {
        let mut files = Vec::new();
        for name in names {
            self.add_module(name, &mut files);
        }
        files
    }

    fn add_module(&self, name: &str, files: &mut Vec<PathBuf>) {
        let Some(module) = self.modules.get(name) else {
            return;
        };
        if files.contains(&module.path) {
            return;
        }
        for needed in &module.needs {
            self.add_module(needed, files);
        }
        files.push(module.path.clone());
    }
}

/// The numbers in a release, for comparison.
fn numbers(release: &str) -> Vec<u32> {
    release
        .split(|c: char| !c.is_ascii_digit())
        .filter_map(|number| number.parse().ok())
        .collect()
}

/// Reads `modules.dep`.
fn modules(release: &str) -> Result<HashMap<String, Module>> {
    let home = Path::new("/lib/modules").join(release);
    let path = home.join("modules.dep");
    let text =
        fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let module = |line: &str| {
        let (file, needs) = line.split_once(':')?;
        let module = Module {
            path: home.join(file),
            needs: needs.split_whitespace().rev().filter_map(name).collect(),
        };
        Some((name(file)?, module))
    };
    Ok(text.lines().filter_map(module).collect())
}

/// A module's name, from its file's.
fn name(file: &str) -> Option<String> {
    let (name, _) = file.rsplit('/').next()?.split_once(".ko")?;
    Some(name.replace('-', "_"))
}

/// Copies a module to `to`, uncompressed.
pub(crate) fn copy_module(from: &Path, to: &Path) -> Result<()> {
    fs::copy(from, to).with_context(|| format!("cannot copy {}", from.display()))?;
    if from.extension().is_some_and(|extension| extension == "xz") {
        let compressed = to.with_added_extension("xz");
        fs::rename(to, &compressed)?;
        output(std::process::Command::new("xz").arg("-d").arg(&compressed))?;
    }
    Ok(())
}

/// Whether the virtual machine's programs are there.
pub(crate) fn qemu_is_installed() -> bool {
    succeeds(std::process::Command::new(super::QEMU).arg("--version"))
}
