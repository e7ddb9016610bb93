//! Embeds the link library's sources, which `wasmjit cc` unpacks, and links for a
//! fast start.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    embed_sysroot()?;
    link_for_a_fast_start();
    Ok(())
}

/// Writes the link library's files down as a constant.
fn embed_sysroot() -> io::Result<()> {
    let root = Path::new(&env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it"))
        .join("../../sysroot")
        .canonicalize()?;
    let mut files = Vec::new();
    for part in ["include", "src"] {
        collect(&root.join(part), &mut files)?;
    }
    files.sort();
    let mut text = "const FILES: &[(&str, &str)] = &[\n".to_owned();
    for file in files {
        let name = file.strip_prefix(&root).expect("it was found there");
        writeln!(text, "({name:?}, include_str!({file:?})),").expect("a string takes all");
    }
    text += "];\n";
    let to = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it")).join("sysroot.rs");
    fs::write(to, text)
}

/// Adds the files of a folder and those below it.
fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    println!("cargo::rerun-if-changed={}", folder.display());
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        match path.is_dir() {
            true => collect(&path, files)?,
            false => files.push(path),
        }
    }
    Ok(())
}

/// Asks the linker for what makes a process start sooner
/// (docs/decisions/0054-linking-for-a-fast-start.md).
fn link_for_a_fast_start() {
    let target = |name| env::var(format!("CARGO_CFG_TARGET_{name}")).unwrap_or_default();
    if target("OS") != "linux" || target("ENV") != "gnu" {
        return;
    }
    // The unwinder becomes part of the command: one shared library less to load,
    // and none of the questions to the processor that its constructor asks,
    // each of which leaves a virtual machine.
    println!("cargo::rustc-link-lib=static:-bundle=gcc_eh");
}
