//! The engines that are compared, and how each is told to run a program.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde::Serialize;

use super::build::Built;
use super::launch::Invocation;
use super::workloads::folder;
use crate::command::{output, wasmjit};
use crate::places;
use crate::programs::key::native_toolchain;

/// An engine, or none at all.
#[derive(Serialize, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    /// Machine code by gcc -O3.
    Native,
    /// Ours.
    Wasmjit,
    /// Wasmtime's command.
    Wasmtime,
    /// V8 in Node.
    Node,
    /// An interpreter.
    Wasmi,
    /// An interpreter.
    Wasm3,
}

impl Kind {
    /// All of them, in the order of the tables.
    pub(crate) const ALL: [Kind; 6] = [
        Kind::Native,
        Kind::Wasmjit,
        Kind::Wasmtime,
        Kind::Node,
        Kind::Wasmi,
        Kind::Wasm3,
    ];

    /// The name in tables, and of the command.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Kind::Native => "native",
            Kind::Wasmjit => "wasmjit",
            Kind::Wasmtime => "wasmtime",
            Kind::Node => "node",
            Kind::Wasmi => "wasmi",
            Kind::Wasm3 => "wasm3",
        }
    }

    /// Whether it interprets, and so gets the small sizes.
    pub(crate) fn interprets(self) -> bool {
        matches!(self, Kind::Wasmi | Kind::Wasm3)
    }
}

/// An engine that is there.
pub(crate) struct Peer {
    /// Which.
    pub(crate) kind: Kind,
    /// Its command; empty for native programs.
    pub(crate) program: PathBuf,
    /// What it says its version is.
    pub(crate) version: String,
    /// The folder that it may use as the user's cache folder.
    pub(crate) cache: PathBuf,
}

/// A program made ready for an engine.
pub(crate) struct Ready {
    /// The native executable, the module or the precompiled module.
    file: PathBuf,
}

/// The folder that `--install-peers` installs to.
pub(crate) fn peers_dir() -> Result<PathBuf> {
    Ok(places::cache_dir()?.join("peers"))
}

/// Finds a command among the installed peers or on the search path.
pub(crate) fn find_command(name: &str) -> Result<Option<PathBuf>> {
    let own = peers_dir()?.join("bin");
    let path = env::var_os("PATH").unwrap_or_default();
    let mut folders = std::iter::once(own).chain(env::split_paths(&path));
    Ok(folders.find_map(|dir| {
        let file = dir.join(name);
        file.is_file().then_some(file)
    }))
}

/// Finds the engines that are there. wasmjit is built unless a path is given.
pub(crate) fn find(wanted: &[Kind], wasmjit: Option<&Path>, work: &Path) -> Result<Vec<Peer>> {
    let mut peers = Vec::new();
    for kind in Kind::ALL {
        if !wanted.is_empty() && !wanted.contains(&kind) && kind != Kind::Native {
            continue;
        }
        let program = match kind {
            Kind::Native => Some(PathBuf::new()),
            Kind::Wasmjit => Some(our_command(wasmjit, work)?),
            _ => find_command(kind.name())?,
        };
        let Some(program) = program else {
            if wanted.contains(&kind) {
                bail!("{} is not here: see --install-peers", kind.name());
            }
            println!("{} is not here: see --install-peers", kind.name());
            continue;
        };
        let version = match kind {
            Kind::Native => native_toolchain()?.to_owned(),
            _ => output(Command::new(&program).arg("--version"))?
                .trim()
                .to_owned(),
        };
        let cache = work.join("cache").join(kind.name());
        fs::create_dir_all(&cache)?;
        peers.push(Peer {
            kind,
            program,
            version,
            cache,
        });
    }
    Ok(peers)
}

/// The wasmjit to measure. What is built is installed first, as the other engines
/// are: a program that was just linked starts slower than a copy of it
/// (docs/decisions/0054-linking-for-a-fast-start.md).
fn our_command(given: Option<&Path>, work: &Path) -> Result<PathBuf> {
    if let Some(path) = given {
        return path
            .canonicalize()
            .with_context(|| format!("there is no {}", path.display()));
    }
    let built = wasmjit()?;
    let installed = work.join("wasmjit");
    fs::copy(built, &installed)
        .with_context(|| format!("copying {} to {}", built.display(), installed.display()))?;
    Ok(installed)
}

impl Peer {
    /// The engine's command with its cache in a folder of ours.
    pub(crate) fn command(&self) -> Invocation {
        Invocation::new(&self.program).env("XDG_CACHE_HOME", &self.cache)
    }

    /// Does once what need not be done for each run: compiles ahead of time
    /// where the engine can.
    pub(crate) fn prepare(&self, name: &str, built: &Built) -> Result<Ready> {
        let file = match self.kind {
            Kind::Native => built.native.clone(),
            Kind::Wasmjit => {
                let compile = self.command().arg("compile").arg(&built.wasm);
                output(&mut compile.command())?;
                built.wasm.clone()
            }
            Kind::Wasmtime => {
                let file = self.cache.join(format!("{name}.cwasm"));
                let compile = self.command().args(["compile", "-o"]).arg(&file);
                output(&mut compile.arg(&built.wasm).command())?;
                file
            }
            Kind::Node | Kind::Wasmi | Kind::Wasm3 => built.wasm.clone(),
        };
        Ok(Ready { file })
    }

    /// A run with whatever was prepared.
    pub(crate) fn run<I>(&self, ready: &Ready, arguments: I) -> Invocation
    where
        I: IntoIterator,
        I::Item: Into<OsString>,
    {
        let start = match self.kind {
            Kind::Native => Invocation::new(&ready.file),
            Kind::Wasmtime => self
                .command()
                .args(["run", "--allow-precompiled"])
                .arg(&ready.file),
            Kind::Wasmjit | Kind::Node | Kind::Wasmi | Kind::Wasm3 => self.run_module(&ready.file),
        };
        start.args(arguments)
    }

    /// A run of a module as it is, as a user would type it.
    pub(crate) fn run_module(&self, module: &Path) -> Invocation {
        let command = match self.kind {
            Kind::Native => return Invocation::new(module),
            Kind::Node => self
                .command()
                .arg("--no-warnings")
                .arg(folder().join("peers/node.mjs")),
            Kind::Wasmjit | Kind::Wasmtime | Kind::Wasmi | Kind::Wasm3 => self.command(),
        };
        command.arg(module)
    }

    /// Empties the engine's cache.
    pub(crate) fn forget(&self) -> Result<()> {
        fs::remove_dir_all(&self.cache)?;
        fs::create_dir_all(&self.cache)?;
        Ok(())
    }
}
