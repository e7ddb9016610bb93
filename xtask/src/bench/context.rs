//! What all measurements need.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use super::build::{Builds, Built};
use super::launch::{Invocation, Launcher, What};
use super::peers::Peer;
use super::workloads::{Size, Stdin, Workload, folder};
use crate::differential::inputs::prose;

/// All that measurements need.
pub(crate) struct Bench {
    /// Runs programs.
    pub(crate) launcher: Launcher,
    /// What was built.
    pub(crate) builds: Builds,
    /// The engines.
    pub(crate) peers: Vec<Peer>,
    /// A folder for files.
    pub(crate) work: PathBuf,
    /// How often each thing is run.
    pub(crate) runs: usize,
}

impl Bench {
    /// The executables of a workload.
    pub(crate) fn built(&self, workload: &Workload) -> Result<&Built> {
        let built = self.builds.origins.get(&workload.origin());
        built.with_context(|| format!("{} was not built", workload.name))
    }

    /// The file with a workload's standard input.
    pub(crate) fn input(&self, workload: &Workload, size: Size) -> Result<Option<PathBuf>> {
        let length = usize::try_from(workload.size(size))?;
        let (name, arguments) = match &workload.stdin {
            Stdin::Nothing => return Ok(None),
            Stdin::Script(script) => return Ok(Some(folder().join("programs").join(script))),
            Stdin::Prose => (format!("prose-{length}"), None),
            Stdin::Packed(arguments) => {
                let name = format!("{}-{}", workload.name, size.name());
                (name, Some(arguments))
            }
        };
        let plain = self.work.join(format!("prose-{length}"));
        if !plain.exists() {
            fs::write(&plain, prose(length))?;
        }
        if let Some(arguments) = arguments {
            let pack = Invocation::new(&self.built(workload)?.native)
                .args(arguments)
                .stdin(Some(plain));
            let output = self.succeed(&pack)?;
            fs::write(self.work.join(&name), output)?;
        }
        Ok(Some(self.work.join(name)))
    }

    /// Runs something that has to work; its standard output.
    pub(crate) fn succeed(&self, invocation: &Invocation) -> Result<Vec<u8>> {
        match self.launcher.run(invocation, What::All)? {
            Ok(_) => self.launcher.last_output(),
            Err(failed) => bail!("{}: {failed}", invocation.program.display()),
        }
    }
}

/// The size of a section of an ELF file, as `size` of binutils tells it.
pub(crate) fn section_size(file: &Path, section: &str) -> Result<u64> {
    let listing = crate::command::output(
        std::process::Command::new("size")
            .args(["-A", "-d"])
            .arg(file),
    )?;
    let mut lines = listing.lines().map(|line| {
        let mut words = line.split_whitespace();
        (words.next(), words.next())
    });
    lines
        .find_map(|(name, size)| (name == Some(section)).then_some(size?.parse().ok()?))
        .with_context(|| format!("{} has no section {section}", file.display()))
}
