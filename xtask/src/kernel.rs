//! `cargo xtask kernel`: builds the kernel module.
//!
//! The Rust library is compiled once, with core and alloc, for the kernel's code
//! model and without unguarded indirect branches. Its object is linked with the C
//! shim by the build system of each kernel.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::command::{output, run as run_command, succeeds};
use crate::no_std::{DEBIAN_RUSTC, TARGET};
use crate::places;
use crate::vm::Kernel;

/// Options of the compiler: addresses as the kernel's module loader fills them in,
/// and indirect branches through the kernel's thunks.
const RUSTFLAGS: &str = "-Crelocation-model=static -Ccode-model=kernel -Zplt=yes \
     -Zdirect-access-external-data=yes -Zretpoline-external-thunk=yes -Cjump-tables=no \
     -Zcf-protection=branch";

/// The section of the module that holds compiled code.
const ARENA: &str = ".wasmjit_arena";

/// Files of `kernel/` that Kbuild takes.
const SHIM: [&str; 6] = [
    "Kbuild",
    "main.c",
    "entry.S",
    "arena.S",
    "shim.h",
    "wasmjit.h",
];

/// Options of `cargo xtask kernel`.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The series of kernels to build for: the newest installed one of it.
    #[arg(long, value_name = "SERIES", default_value = "6.1")]
    kernel: String,
}

/// Builds the module and says where it is.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let kernel = Kernel::find(&arguments.kernel)?;
    println!("{}", build(&kernel)?.display());
    Ok(())
}

/// Builds the module for a kernel, and returns its path.
pub(crate) fn build(kernel: &Kernel) -> Result<PathBuf> {
    let headers = format!("/lib/modules/{}/build", kernel.release);
    if !Path::new(&headers).is_dir() {
        bail!("the headers of {} are not installed", kernel.release);
    }
    let home = places::target_dir().join("kernel");
    let library = library(&home)?;
    let dir = home.join("module").join(&kernel.release);
    fs::create_dir_all(&dir)?;
    for file in SHIM {
        copy_if_new(&places::root().join("kernel").join(file), &dir.join(file))?;
    }
    copy_if_new(&library, &dir.join("library.o_shipped"))?;
    // What Kbuild asks of objects that it made itself.
    fs::write(dir.join(".library.o.cmd"), "")?;
    let mut make = Command::new("make");
    make.args(["-s", "-C", &headers, "modules"])
        .arg(format!("M={}", dir.display()))
        .arg("CONFIG_DEBUG_INFO_BTF_MODULES=");
    let said = output(&mut make)?;
    if !said.trim().is_empty() {
        println!("{}", said.trim());
    }
    let module = dir.join("wasmjit.ko");
    let finished = dir.join("finished");
    fs::create_dir_all(&finished)?;
    let finished = finished.join("wasmjit.ko");
    let mut mark = Command::new("objcopy");
    mark.arg(format!("--set-section-flags={ARENA}=alloc,code,readonly"))
        .args([&module, &finished]);
    run_command(&mut mark)?;
    Ok(finished)
}

/// Copies a file unless the same is there, so that make does not build anew.
fn copy_if_new(from: &Path, to: &Path) -> Result<()> {
    let bytes = fs::read(from).with_context(|| format!("cannot read {}", from.display()))?;
    if fs::read(to).is_ok_and(|old| old == bytes) {
        return Ok(());
    }
    fs::write(to, bytes).with_context(|| format!("cannot write {}", to.display()))
}

/// Compiles the Rust library to one relocatable object.
fn library(home: &Path) -> Result<PathBuf> {
    let source = places::root().join("kernel");
    let mut cargo = Command::new("cargo");
    cargo
        .args(["build", "--release", "--quiet", "--target", TARGET])
        .arg("-Zbuild-std=core,alloc")
        .current_dir(&source)
        .env("CARGO_TARGET_DIR", home)
        .env("RUSTFLAGS", RUSTFLAGS)
        .env("RUSTC_BOOTSTRAP", "1");
    if !rustup_has_sources()? {
        if !succeeds(Command::new(DEBIAN_RUSTC).arg("--version")) {
            bail!(
                "the sources of core and alloc are not there: run `rustup component add \
                 rust-src`, or install Debian's packages rustc-web and rust-web-src"
            );
        }
        cargo.env("RUSTC", DEBIAN_RUSTC);
    }
    run_command(&mut cargo)?;
    let release = home.join(TARGET).join("release");
    let object = home.join("library.o");
    let mut link = Command::new("ld");
    link.args(["-r", "--whole-archive", "-T"])
        .arg(source.join("merge.ld"))
        .arg("-o")
        .arg(&object)
        .arg(release.join("libwasmjit_kernel.a"));
    run_command(&mut link)?;
    Ok(object)
}

/// Whether the standard library's sources are where rustup puts them.
fn rustup_has_sources() -> Result<bool> {
    let sysroot = output(
        Command::new("rustc")
            .args(["--print", "sysroot"])
            .current_dir(places::root()),
    )?;
    let sources = Path::new(sysroot.trim()).join("lib/rustlib/src/rust/library");
    Ok(sources.is_dir())
}
