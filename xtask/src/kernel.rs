//! `cargo xtask kernel`: builds the kernel module.
//!
//! The Rust library is compiled once, with core and alloc, for the kernel's code
//! model and without unguarded indirect branches. Its object is linked with the C
//! shim by the build system of each kernel.

use std::fs::{self, File, TryLockError};
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

/// Files of `kernel/` from which the module is built.
const SHIM: [&str; 11] = [
    "Kbuild",
    "Makefile",
    "main.c",
    "limits.c",
    "memory.c",
    "cache.c",
    "entry.S",
    "arena.S",
    "shim.h",
    "wasmjit.h",
    "dkms.conf",
];

/// What comes of it.
const MODULE: &str = "wasmjit.ko";

/// The Rust library, as Kbuild takes it.
const LIBRARY: &str = "library.o_shipped";

/// All that the module is built from on other machines.
pub(crate) fn source_files() -> impl Iterator<Item = &'static str> {
    SHIM.into_iter().chain([LIBRARY])
}

/// Options of `cargo xtask kernel`.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Only make the folder that `wasmjit kernel build --source` takes.
    #[arg(long)]
    source: bool,
    /// The series of kernels to build for: the newest installed one of it.
    #[arg(long, value_name = "SERIES", default_value = "6.1")]
    kernel: String,
}

/// Builds the module and says where it is.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    if arguments.source {
        println!("{}", source()?.display());
        return Ok(());
    }
    let kernel = Kernel::find(&arguments.kernel)?;
    println!("{}", build(&kernel)?.display());
    Ok(())
}

/// Builds the module for a kernel, and returns its path. Who has opened the file
/// there goes on reading what it was, when it is built anew.
pub(crate) fn build(kernel: &Kernel) -> Result<PathBuf> {
    let headers = format!("/lib/modules/{}/build", kernel.release);
    if !Path::new(&headers).is_dir() {
        bail!("the headers of {} are not installed", kernel.release);
    }
    let home = home()?;
    let _lock = lock(&home)?;
    let source = source_in(&home)?;
    let dir = home.join("module").join(&kernel.release);
    fs::create_dir_all(&dir)?;
    for file in source_files() {
        copy_if_new(&source.join(file), &dir.join(file))?;
    }
    let mut make = Command::new("make");
    make.args(["-s", "-C"])
        .arg(&dir)
        .arg(format!("KERNEL_RELEASE={}", kernel.release));
    let said = output(&mut make)?;
    if !said.trim().is_empty() {
        println!("{}", said.trim());
    }
    let finished = home.join("finished").join(&kernel.release);
    fs::create_dir_all(&finished)?;
    let finished = finished.join(MODULE);
    copy_if_new(&dir.join(MODULE), &finished)?;
    Ok(finished)
}

/// Compiles the Rust library and puts what the module is built from into one
/// folder, which is returned.
pub(crate) fn source() -> Result<PathBuf> {
    let home = home()?;
    let _lock = lock(&home)?;
    source_in(&home)
}

/// The folder where the module is built.
fn home() -> Result<PathBuf> {
    let home = places::target_dir().join("kernel");
    fs::create_dir_all(&home).with_context(|| format!("cannot make {}", home.display()))?;
    Ok(home)
}

/// Keeps other processes from building in this folder as long as the file is open;
/// waits for one that does.
fn lock(home: &Path) -> Result<File> {
    let path = home.join("lock");
    let file = File::create(&path).with_context(|| format!("cannot make {}", path.display()))?;
    match file.try_lock() {
        Ok(()) => return Ok(file),
        Err(TryLockError::WouldBlock) => {}
        Err(TryLockError::Error(error)) => {
            return Err(error).with_context(|| format!("cannot lock {}", path.display()));
        }
    }
    eprintln!("waiting for another process that builds the kernel module");
    file.lock()
        .with_context(|| format!("cannot lock {}", path.display()))?;
    Ok(file)
}

/// [`source`], when the folder is locked.
fn source_in(home: &Path) -> Result<PathBuf> {
    let library = library(home)?;
    let dir = home.join("source");
    fs::create_dir_all(&dir)?;
    for file in SHIM {
        copy_if_new(&places::root().join("kernel").join(file), &dir.join(file))?;
    }
    copy_if_new(&library, &dir.join(LIBRARY))?;
    Ok(dir)
}

/// Copies a file unless the same is there, so that make does not build anew. It
/// appears at once: another process may be reading what was there.
fn copy_if_new(from: &Path, to: &Path) -> Result<()> {
    let bytes = fs::read(from).with_context(|| format!("cannot read {}", from.display()))?;
    if fs::read(to).is_ok_and(|old| old == bytes) {
        return Ok(());
    }
    let new = to.with_added_extension("new");
    fs::write(&new, bytes)
        .and_then(|()| fs::rename(&new, to))
        .with_context(|| format!("cannot write {}", to.display()))
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
    let mut objdump = Command::new("objdump");
    objdump
        .args(["--disassemble", "--no-show-raw-insn"])
        .arg(&object);
    let disassembly = output(&mut objdump)?;
    let unguarded = unguarded_branches(&disassembly);
    if !unguarded.is_empty() {
        bail!(
            "indirect branches that the kernel cannot guard, in:\n{}",
            unguarded.join("\n")
        );
    }
    Ok(object)
}

/// Functions that the library has, but that are not reached in the kernel, where
/// no function is compiled when it is called, and trampolines to host functions
/// are generated with guarded branches.
const OF_PROCESSES: &str = "wasmjit_jit5thunk";

/// The functions of a disassembly that branch indirectly other than through the
/// kernel's thunks. Branches of the shim are checked by objtool, and patched by the
/// kernel.
fn unguarded_branches(disassembly: &str) -> Vec<&str> {
    let mut function = "";
    let mut found = Vec::new();
    for line in disassembly.lines() {
        if let Some(name) = line.strip_suffix(">:") {
            function = name.split_once('<').map_or(name, |(_, name)| name);
            continue;
        }
        let instruction = line.split_once(":\t").map_or("", |(_, rest)| rest);
        let mut words = instruction.split_whitespace();
        let words = words
            .by_ref()
            .skip_while(|word| matches!(*word, "notrack" | "bnd"));
        let words: Vec<&str> = words.take(2).collect();
        let indirect = matches!(words[..], ["call" | "jmp", target] if target.starts_with('*'));
        if indirect && !function.contains(OF_PROCESSES) && found.last() != Some(&function) {
            found.push(function);
        }
    }
    found
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

#[cfg(test)]
mod tests {
    use super::unguarded_branches;

    #[test]
    fn indirect_branches_are_found() {
        let disassembly = "\
0000000000000000 <direct>:
   0:\tcall   20 <other>
   5:\tjmp    __x86_indirect_thunk_r15
0000000000000010 <call>:
  10:\tcall   *0x88(%rax)
  16:\tnotrack jmp *%rax
0000000000000020 <jump>:
  20:\tjmp    *%r11
0000000000000030 <_RNvNtCs1_11wasmjit_jit5thunk4host>:
  30:\tjmp    *%r11
";
        assert_eq!(unguarded_branches(disassembly), ["call", "jump"]);
    }
}
