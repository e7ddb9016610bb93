//! Embeds the link library's sources, which `wasmjit cc` unpacks.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
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
