//! `--install-peers`: other engines, from the registries, into the user's cache
//! folder.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use super::peers::{find_command, peers_dir};
use super::workloads::folder;
use crate::command::{output, run, succeeds};

/// The version of Wasmtime with the same Cranelift as ours.
const WASMTIME: &str = "48.0.8";
/// The newest wasmi.
const WASMI: &str = "2.0.0";
/// The version of wasm3's sources, which its Python package holds.
const WASM3: &str = "0.5.0";

/// Installs something below a folder.
type Install = fn(&Path) -> Result<()>;

/// Installs the engines that are missing.
pub(crate) fn run_all() -> Result<()> {
    let home = peers_dir()?;
    fs::create_dir_all(home.join("bin"))?;
    let steps: [(&str, Install); 4] = [
        ("wasmtime", wasmtime),
        ("wasmtime_calls", wasmtime_calls),
        ("wasmi", wasmi),
        ("wasm3", wasm3),
    ];
    let mut failed = Vec::new();
    for (name, install) in steps {
        if let Some(path) = find_command(name)? {
            println!("{name} is here: {}", path.display());
            continue;
        }
        println!("installing {name}");
        if let Err(error) = install(&home) {
            eprintln!("{name}: {error:#}");
            failed.push(name);
        }
    }
    if find_command("node")?.is_none() {
        println!("node comes with emcc: `cargo xtask setup`");
    }
    if !failed.is_empty() {
        bail!("not installed: {}", failed.join(" "));
    }
    Ok(())
}

fn wasmtime(home: &Path) -> Result<()> {
    cargo_install(home, "wasmtime-cli", WASMTIME, &[])
}

fn wasmi(home: &Path) -> Result<()> {
    cargo_install(home, "wasmi_cli", WASMI, &["--features", "simd"])
}

/// Builds and installs a crate's commands.
fn cargo_install(home: &Path, name: &str, version: &str, options: &[&str]) -> Result<()> {
    run(Command::new("cargo")
        .args(["install", "--locked", name, "--version", version])
        .args(options)
        .arg("--root")
        .arg(home))
}

/// Our own program around Wasmtime's library, for what a host call costs.
fn wasmtime_calls(home: &Path) -> Result<()> {
    run(Command::new("cargo")
        .args(["install", "--locked", "--path"])
        .arg(folder().join("peers/wasmtime_calls"))
        .arg("--target-dir")
        .arg(home.join("target"))
        .arg("--root")
        .arg(home))?;
    fs::remove_dir_all(home.join("target"))?;
    Ok(())
}

/// Our own command around wasm3's library, which the Python package carries as
/// source.
fn wasm3(home: &Path) -> Result<()> {
    let python = ["python3", "python"]
        .into_iter()
        .find(|python| succeeds(Command::new(python).args(["-m", "pip", "--version"])))
        .context("pip is needed: Debian's package python3-pip has it")?;
    let work = home.join("wasm3");
    if work.exists() {
        fs::remove_dir_all(&work)?;
    }
    fs::create_dir_all(&work)?;
    output(
        Command::new(python)
            .args(["-m", "pip", "download", "--no-deps", "--no-binary", ":all:"])
            .arg("--dest")
            .arg(&work)
            .arg(format!("pywasm3=={WASM3}")),
    )?;
    output(
        Command::new("tar")
            .arg("xf")
            .arg(work.join(format!("pywasm3-{WASM3}.tar.gz")))
            .arg("-C")
            .arg(&work),
    )?;
    let sources = work.join(format!("pywasm3-{WASM3}/wasm3"));
    let mut files = Vec::new();
    for entry in fs::read_dir(&sources)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "c") {
            files.push(path);
        }
    }
    files.sort();
    // The options that wasm3's own build uses.
    output(
        Command::new("gcc")
            .args(["-O3", "-DNDEBUG", "-w", "-fomit-frame-pointer"])
            .args(["-fno-stack-check", "-fno-stack-protector", "-I"])
            .arg(&sources)
            .arg(folder().join("peers/wasm3.c"))
            .args(&files)
            .args(["-lm", "-o"])
            .arg(home.join("bin/wasm3")),
    )?;
    fs::remove_dir_all(&work)?;
    Ok(())
}
