//! Emscripten's versions: the one that is installed, and newer ones of later Debian
//! suites, each in a root file system of its own in the cache folder.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};

use crate::command::{output, run as run_command, wasmjit};
use crate::programs::key::Key;
use crate::{apt, places};

/// Debian's folder of JavaScript modules, where emcc finds its parser.
const NODE_MODULES: &str = "/usr/share/nodejs";

/// Where a version of Emscripten comes from.
#[derive(Deserialize, Serialize, Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Release {
    /// Debian's package on this machine: 3.1.6 on Debian 12.
    #[default]
    Installed,
    /// That of Debian 13: 3.1.69.
    Trixie,
    /// The installed one with the link library: `wasmjit cc`.
    Wasmjit,
    /// That of Debian 13 with the link library.
    #[serde(rename = "wasmjit-trixie")]
    WasmjitTrixie,
}

impl Release {
    /// What tells it from others: the first line of `emcc --version`, and a digest
    /// of the link library.
    pub(crate) fn version(self) -> Result<&'static str> {
        static VERSIONS: [OnceLock<String>; 4] = [const { OnceLock::new() }; 4];
        let known = &VERSIONS[self as usize];
        if let Some(version) = known.get() {
            return Ok(version);
        }
        let text = output(self.command("emcc")?.arg("--version"))
            .context("`cargo xtask setup` installs the compilers")?;
        let mut line = text.lines().next().unwrap_or_default().to_owned();
        if self.has_library() {
            let mut key = Key::default();
            for folder in ["src", "include", "include/sys", "include/linux"] {
                key.files(&places::root().join("sysroot").join(folder))?;
            }
            line.push_str(&key.finish());
        }
        Ok(known.get_or_init(|| line))
    }

    /// Whether it is `wasmjit cc`.
    fn has_library(self) -> bool {
        matches!(self, Release::Wasmjit | Release::WasmjitTrixie)
    }

    /// One of its compilers, in the environment that it needs. The root of a later
    /// suite is made at first use.
    pub(crate) fn command(self, name: &str) -> Result<Command> {
        match self {
            Release::Installed => Ok(host_command(name)),
            Release::Trixie => in_root(&root_of("trixie")?, name),
            Release::Wasmjit | Release::WasmjitTrixie => {
                let wasmjit = wasmjit()?;
                let mut command = match self {
                    Release::WasmjitTrixie => in_root(&root_of("trixie")?, wasmjit)?,
                    _ => host_command(wasmjit),
                };
                command.arg(match name {
                    "emcc" => "cc",
                    "em++" => "c++",
                    tool => tool,
                });
                Ok(command)
            }
        }
    }
}

/// A compiler of this machine.
pub(crate) fn host_command(name: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(name);
    command.env("CCACHE_DISABLE", "1");
    if Path::new(NODE_MODULES).exists() {
        command.env("NODE_PATH", NODE_MODULES);
    }
    command
}

/// A command in another root that sees the folders of ours that builds work in.
fn in_root(root: &Path, program: impl AsRef<OsStr>) -> Result<Command> {
    let mut command = Command::new("bwrap");
    command.arg("--bind").arg(root).arg("/");
    command.args(["--dev-bind", "/dev", "/dev", "--proc", "/proc"]);
    let folders = [
        places::root().to_path_buf(),
        places::cache_dir()?,
        std::env::temp_dir(),
    ];
    for folder in folders {
        command.arg("--bind").arg(&folder).arg(&folder);
    }
    command.args(["--setenv", "PATH", "/usr/bin:/bin"]);
    command.args(["--setenv", "CCACHE_DISABLE", "1"]);
    command.args(["--unsetenv", "NODE_PATH", "--"]).arg(program);
    Ok(command)
}

/// The root file system with a suite's Emscripten.
fn root_of(suite: &str) -> Result<PathBuf> {
    let home = places::cache_dir()?.join("emscripten");
    let root = home.join(suite);
    fs::create_dir_all(&home)?;
    let lock = File::create(home.join("lock"))?;
    lock.lock()?;
    let complete = home.join(format!("{suite}.complete"));
    if complete.exists() {
        return Ok(root);
    }
    if root.exists() {
        bail!(
            "{} is left of an attempt that failed: remove it (as root, if root made it)",
            root.display()
        );
    }
    println!("installing Emscripten of Debian's suite {suite}: about 2.5 GB");
    let mut bootstrap = Command::new("mmdebstrap");
    bootstrap
        .args(["--variant=apt", "--quiet", "--include=emscripten"])
        .args(["--aptopt=APT::Install-Recommends \"false\"", suite])
        .arg(&root)
        .arg(apt::archive()?);
    run_command(&mut bootstrap)?;
    fs::write(complete, "")?;
    Ok(root)
}
