//! The link library: its sources, which wasmjit carries, compiled into the user's
//! cache.

use super::Tool;
use super::toolchain::{self, Toolchain};
use crate::failure::Failure;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use wasmjit_cache::{Cache, KeyBuilder};

include!(concat!(env!("OUT_DIR"), "/sysroot.rs"));

/// Libraries that programs are linked with elsewhere, and whose functions are
/// here in the C library or nowhere.
const EMPTY: [&str; 4] = ["crypt", "util", "resolv", "nsl"];

/// The folder of the library for this toolchain, made at the first use.
pub(super) fn ensure(toolchain: &Toolchain) -> Result<PathBuf, Failure> {
    let cache = Cache::of_user().ok_or_else(|| {
        Failure::usage(
            "the link library has no place: neither XDG_CACHE_HOME nor HOME is set; set one",
        )
    })?;
    let mut key = KeyBuilder::new(b"sysroot").part(toolchain.identity());
    for option in super::COMPILING {
        key = key.part(option);
    }
    for (name, text) in FILES {
        key = key.part(name).part(text);
    }
    let home = cache.path().with_file_name("sysroot");
    let name = key.finish().to_string();
    let folder = home.join(&name[..16]);
    if folder.exists() {
        return Ok(folder);
    }
    // Others may be doing the same: the first that is ready wins.
    let work = home.join(format!("{}.{}", &name[..16], std::process::id()));
    let result = build(toolchain, &work).and_then(|()| match fs::rename(&work, &folder) {
        Err(_) if folder.exists() => Ok(()),
        result => result.map_err(|error| Failure::io(&folder, "cannot be made", &error)),
    });
    if result.is_err() || work.exists() {
        // What is left of it is in nobody's way.
        let _ = fs::remove_dir_all(&work);
    }
    result.map(|()| folder)
}

/// Writes the sources to a folder and compiles them there.
fn build(toolchain: &Toolchain, folder: &Path) -> Result<(), Failure> {
    let cannot = |error| Failure::io(folder, "cannot be written", &error);
    let library = folder.join("lib");
    fs::create_dir_all(&library).map_err(cannot)?;
    let mut sources = Vec::new();
    for (name, text) in FILES {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().unwrap_or(folder)).map_err(cannot)?;
        fs::write(&path, text).map_err(cannot)?;
        if path.extension().is_some_and(|extension| extension == "c") {
            sources.push(path);
        }
    }
    let objects = folder.join("objects");
    fs::create_dir_all(&objects).map_err(cannot)?;
    let mut compiler = toolchain.other(Tool::C);
    compiler
        .args(super::COMPILING)
        .args(["-O2", "-std=gnu11", "-Wall", "-c", "-idirafter"])
        .arg(folder.join("include"))
        .args(&sources)
        .current_dir(&objects);
    succeed(&mut compiler)?;
    // The name of the library whose place it takes, with and without debugging.
    archive(toolchain, &library.join("libstubs.a"), &objects)?;
    for name in ["libstubs-debug.a", "libwasmjit.a"] {
        fs::copy(library.join("libstubs.a"), library.join(name)).map_err(cannot)?;
    }
    for name in EMPTY {
        // An archive without members is its signature alone.
        fs::write(library.join(format!("lib{name}.a")), "!<arch>\n").map_err(cannot)?;
    }
    Ok(())
}

/// Puts the object files of a folder into an archive.
fn archive(toolchain: &Toolchain, to: &Path, objects: &Path) -> Result<(), Failure> {
    let entries =
        fs::read_dir(objects).map_err(|error| Failure::io(objects, "cannot be read", &error))?;
    let mut files: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    files.sort();
    let mut archiver = toolchain.other(Tool::Ar);
    succeed(archiver.arg("rcs").arg(to).args(files))
}

/// Runs a tool that must not fail.
fn succeed(command: &mut Command) -> Result<(), Failure> {
    let program = command.get_program().to_owned();
    let output = toolchain::output(command)?;
    if output.status.success() {
        return Ok(());
    }
    Err(Failure::usage(format_args!(
        "the link library cannot be made: {} failed; is this version of Emscripten supported?\n{}",
        Path::new(&program).display(),
        String::from_utf8_lossy(&output.stderr).trim_end()
    )))
}
