//! `cargo xtask no-std`: the freestanding crates, built where there is no std.
//!
//! The target is `x86_64-unknown-none`. Where rustup has installed it, that is
//! used; otherwise the compiler and library sources of Debian's packages
//! `rustc-web` and `rust-web-src` build core and alloc for it.

use std::path::Path;
use std::process::Command;

use anyhow::{Result, bail};

use crate::command::{output, run as run_command};
use crate::places;

/// A target that has core and alloc, and nothing else.
pub(crate) const TARGET: &str = "x86_64-unknown-none";

/// The rooms of `crates/` that must do without std.
const ROOMS: [&str; 8] = [
    "module", "direct", "runtime", "jit", "interp", "posix", "wasmjit", "device",
];

/// Debian's compiler.
pub(crate) const DEBIAN_RUSTC: &str = "/usr/bin/rustc";

/// Options of `cargo xtask no-std`.
#[derive(clap::Args, Default)]
pub(crate) struct Arguments {
    /// The rooms of `crates/` to build: all that must do without std by default.
    rooms: Vec<String>,
}

/// Where core and alloc come from.
enum Library {
    /// rustup's, compiled.
    Installed,
    /// Debian's, in source.
    Debian,
}

/// Builds the crates.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let library = library()?;
    let mut build = Command::new("cargo");
    build
        .args([
            "build",
            "--release",
            "--no-default-features",
            "--target",
            TARGET,
        ])
        .current_dir(places::root());
    match library {
        Library::Installed => {}
        Library::Debian => {
            // A folder of its own: two compilers would undo each other's work.
            build
                .arg("-Zbuild-std=core,alloc")
                .env("CARGO_TARGET_DIR", places::target_dir().join("no-std"))
                .env("RUSTC", DEBIAN_RUSTC)
                .env("RUSTC_BOOTSTRAP", "1");
        }
    }
    for package in packages(&arguments.rooms)? {
        build.args(["--package", &package]);
    }
    run_command(&mut build)
}

/// The packages to build.
fn packages(rooms: &[String]) -> Result<Vec<String>> {
    let crates = places::root().join("crates");
    let exists = |room: &str| crates.join(room).join("Cargo.toml").exists();
    if let Some(unknown) = rooms.iter().find(|room| !exists(room)) {
        bail!("there is no crates/{unknown}");
    }
    let chosen: Vec<&str> = if rooms.is_empty() {
        ROOMS.into_iter().filter(|room| exists(room)).collect()
    } else {
        rooms.iter().map(String::as_str).collect()
    };
    let package = |room: &str| match room {
        "wasmjit" => "wasmjit".to_owned(),
        other => format!("wasmjit-{other}"),
    };
    Ok(chosen.into_iter().map(package).collect())
}

/// Finds core and alloc for the target.
fn library() -> Result<Library> {
    let installed = output(
        Command::new("rustc")
            .args(["--print", "target-libdir", "--target", TARGET])
            .current_dir(places::root()),
    )?;
    if Path::new(installed.trim()).is_dir() {
        return Ok(Library::Installed);
    }
    let debian = output(Command::new(DEBIAN_RUSTC).args(["--print", "sysroot"]));
    let sources = debian.map(|sysroot| format!("{}/lib/rustlib/src/rust/library", sysroot.trim()));
    if sources.is_ok_and(|sources| Path::new(&sources).is_dir()) {
        return Ok(Library::Debian);
    }
    bail!(
        "core for {TARGET} is not there: run `rustup target add {TARGET}`, \
         or install Debian's packages rustc-web and rust-web-src"
    )
}
