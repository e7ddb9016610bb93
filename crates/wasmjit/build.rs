//! Gives the sources of the compiler and of the layouts that its code relies on
//! a number, so that code which another build compiled is told apart even while
//! the version stays the same.

use std::env;
use std::fs;
use std::hash::{DefaultHasher, Hasher};
use std::path::{Path, PathBuf};

/// Crates beside this one that decide what compiled code looks like. (A
/// published crate has no neighbours; there the version is enough.)
const SOURCES: [&str; 3] = ["module", "runtime", "jit"];

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let manifest = env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets this");
    let crates = Path::new(&manifest).join("..");
    let mut hasher = DefaultHasher::new();
    for name in SOURCES {
        let folder = crates.join(name).join("src");
        if folder.is_dir() {
            println!("cargo::rerun-if-changed={}", folder.display());
            hash_folder(&folder, &mut hasher);
        }
    }
    println!("cargo::rustc-env=WASMJIT_SOURCES={:016x}", hasher.finish());
}

fn hash_folder(folder: &Path, hasher: &mut DefaultHasher) {
    let entries = fs::read_dir(folder).expect("the folder can be read");
    let mut paths: Vec<PathBuf> = entries
        .map(|entry| entry.expect("the folder can be read").path())
        .collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            hash_folder(&path, hasher);
        } else {
            let contents = fs::read(&path).expect("the source can be read");
            hasher.write_usize(contents.len());
            hasher.write(&contents);
        }
    }
}
