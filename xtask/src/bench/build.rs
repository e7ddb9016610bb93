//! Building what is run: kernels, programs, helpers. What is built is kept in the
//! user's cache folder until its source or a compiler changes.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;

use anyhow::{Context, Result};

use super::workloads::{Changes, Description, Origin, folder};
use crate::command::output;
use crate::emscripten::{Release, host_command};
use crate::programs::build::expand;
use crate::programs::jobs;
use crate::programs::key::{Key, cached, native_toolchain};
use crate::programs::recipe::{self, Program};
use crate::{apt, parallel, places};

/// The memory of a program's module: fixed, since growing it calls a function
/// that WASI does not have.
const PROGRAM_MEMORY: &str = "-sINITIAL_MEMORY=64MB";

/// A program in both forms.
#[derive(Clone)]
pub(crate) struct Built {
    /// The native executable.
    pub(crate) native: PathBuf,
    /// The module: a WASI program.
    pub(crate) wasm: PathBuf,
}

/// All that was built.
pub(crate) struct Builds {
    /// Kernels and programs.
    pub(crate) origins: BTreeMap<Origin, Built>,
    /// `benches/launch.c`.
    pub(crate) launcher: PathBuf,
    /// The smallest program.
    pub(crate) hello: Built,
    /// The loop around a call that does nothing; the module is not a program.
    pub(crate) calls: Built,
    /// The loop around a call of WASI's.
    pub(crate) wasi: Built,
    /// Loops of system calls, linked with the link library.
    pub(crate) system_calls: Built,
    /// The same, with threads.
    pub(crate) threaded_system_calls: Built,
}

/// The folder for what was built.
fn home() -> Result<PathBuf> {
    let home = places::cache_dir()?.join("bench");
    fs::create_dir_all(&home)?;
    Ok(home)
}

/// Builds what the cache lacks.
pub(crate) fn all(description: &Description, origins: &BTreeSet<Origin>) -> Result<Builds> {
    let home = home()?;
    let kernels = folder().join("kernels");
    let calls = folder().join("calls");
    let hello = Origin::Kernel("hello".to_owned(), Vec::new());

    let mut wanted: Vec<&Origin> = origins.iter().chain([&hello]).collect();
    // The programs take longest.
    wanted.sort_by_key(|origin| matches!(origin, Origin::Kernel(..)));
    let built = parallel::map(jobs(None), &wanted, |origin| match origin {
        Origin::Kernel(name, flags) => kernel(&home, &kernels, name, flags),
        Origin::Program(name) => {
            let changes = description.programs.get(name).cloned();
            program(&home, name, &changes.unwrap_or_default())
        }
    });
    let built = built.into_iter().collect::<Result<Vec<_>>>()?;
    let mut origins: BTreeMap<Origin, Built> = wanted.into_iter().cloned().zip(built).collect();
    let hello = origins.remove(&hello).context("hello was built")?;

    let parts = Parts {
        name: "calls",
        native: &[
            calls.join("calls.c"),
            calls.join("nothing.c"),
            calls.join("native.c"),
        ],
        wasm: &[calls.join("calls.c")],
        headers: &[],
        wasm_flags: &[
            "--no-entry",
            "-sSTANDALONE_WASM",
            "-sERROR_ON_UNDEFINED_SYMBOLS=0",
            "-sWARN_ON_UNDEFINED_SYMBOLS=0",
        ]
        .map(str::to_owned),
    };
    let calls_built = parts.build(&home)?;
    let parts = Parts {
        name: "wasi",
        native: &[calls.join("wasi.c"), calls.join("sizes.c")],
        wasm: &[calls.join("wasi.c")],
        headers: &[],
        wasm_flags: &[],
    };
    Ok(Builds {
        origins,
        launcher: launcher(&home)?,
        hello,
        calls: calls_built,
        wasi: parts.build(&home)?,
        system_calls: loops(&[])?,
        threaded_system_calls: loops(&["-pthread"])?,
    })
}

/// A small program of our own.
struct Parts<'a> {
    /// The name of its files and its folder.
    name: &'a str,
    /// The files of the native executable.
    native: &'a [PathBuf],
    /// The files of the module.
    wasm: &'a [PathBuf],
    /// What the files include.
    headers: &'a [PathBuf],
    /// Options for building the module.
    wasm_flags: &'a [String],
}

impl Parts<'_> {
    /// Builds it in a folder below `home`.
    fn build(&self, home: &Path) -> Result<Built> {
        let dir = home.join(self.name);
        let mut key = Key::default();
        key.text(native_toolchain()?);
        key.text(Release::Installed.version()?);
        key.text(&self.wasm_flags.join(" "));
        for path in self.native.iter().chain(self.wasm).chain(self.headers) {
            let text = fs::read_to_string(path)
                .with_context(|| format!("cannot read {}", path.display()))?;
            key.text(&text);
        }
        cached(&dir, &key.finish(), |work| {
            println!("building {}", self.name);
            let mut native = host_command("gcc");
            native.arg("-O3").args(self.native).arg("-lm");
            output(native.arg("-o").arg(work.join(self.name)))?;
            let mut emcc = host_command("emcc");
            emcc.arg("-O3").args(self.wasm_flags).args(self.wasm);
            output(emcc.arg("-o").arg(work.join(wasm_name(self.name))))?;
            Ok(())
        })?;
        Ok(Built {
            native: dir.join(self.name),
            wasm: dir.join(wasm_name(self.name)),
        })
    }
}

fn wasm_name(name: &str) -> String {
    format!("{name}.wasm")
}

/// Builds a kernel.
fn kernel(home: &Path, sources: &Path, name: &str, flags: &[String]) -> Result<Built> {
    let source = [sources.join(format!("{name}.c"))];
    let variant = flags.concat();
    let parts = Parts {
        name: &format!("{name}{variant}"),
        native: &source,
        wasm: &source,
        headers: &[sources.join("bench.h")],
        wasm_flags: flags,
    };
    parts.build(home)
}

/// Builds the loops of system calls, natively and by `wasmjit cc`.
pub(super) fn loops(flags: &[&str]) -> Result<Built> {
    let source = folder().join("calls/loops.c");
    let name = format!("loops{}", flags.concat());
    let dir = home()?.join(&name);
    let (native, wasm) = (dir.join("loops"), dir.join("loops.wasm"));
    let mut key = Key::default();
    key.text(native_toolchain()?);
    key.text(Release::Wasmjit.version()?);
    key.text(&fs::read_to_string(&source)?);
    cached(&dir, &key.finish(), |work| {
        println!("building {name}");
        let compilers = [
            (host_command("gcc"), &native),
            (Release::Wasmjit.command("emcc")?, &wasm),
        ];
        for (mut compiler, file) in compilers {
            compiler.arg("-O3").args(flags).arg(&source);
            let file = work.join(file.file_name().context("it has a name")?);
            output(compiler.arg("-o").arg(file))?;
        }
        Ok(())
    })?;
    Ok(Built { native, wasm })
}

/// Builds the launcher.
fn launcher(home: &Path) -> Result<PathBuf> {
    let source = folder().join("launch.c");
    let dir = home.join("launch");
    let mut key = Key::default();
    key.text(native_toolchain()?);
    key.text(&fs::read_to_string(&source)?);
    cached(&dir, &key.finish(), |work| {
        let mut gcc = host_command("gcc");
        gcc.args(["-O2", "-static"]).arg(&source);
        output(gcc.arg("-o").arg(work.join("launch"))).map(drop)
    })?;
    Ok(dir.join("launch"))
}

/// Builds a program of `tests/programs`, with `benches/programs/standalone.c`.
fn program(home: &Path, name: &str, changes: &Changes) -> Result<Built> {
    let [program] = &recipe::select(&[name.to_owned()])?[..] else {
        anyhow::bail!("there is no program {name}");
    };
    let source = program.source.as_ref();
    let source = source.context("only programs of Debian's are run")?;
    let source = apt::source(&source.debian, &source.version)?;
    let standalone = folder().join("programs/standalone.c");
    let mut key = Key::default();
    key.text(native_toolchain()?);
    key.text(Release::Installed.version()?);
    key.text(&source.version);
    key.text(PROGRAM_MEMORY);
    key.text(&fs::read_to_string(&standalone)?);
    key.description(&program.build)?;
    key.description(changes)?;
    key.files(&program.dir())?;

    let dir = home.join(format!("program-{name}"));
    cached(&dir, &key.finish(), |work| {
        println!("building {name}");
        let tree = work.join("tree");
        output(Command::new("cp").arg("-a").arg(&source.dir).arg(&tree))?;
        if let Some(script) = &program.build.prepare {
            output(
                Command::new("sh")
                    .args(["-e", "-c", script])
                    .env("RECIPE", program.dir())
                    .current_dir(&tree),
            )?;
        }
        let mut sources = expand(&program.build.sources, &tree)?;
        sources.push(standalone);
        let build = |compiler: &str, more: &[&str], file: &str| {
            let mut command = host_command(compiler);
            command.arg("-O3").args(more);
            add_options(&mut command, program, changes, &tree);
            command.args(sources.iter().map(|path| tree.join(path)));
            command.args(&program.build.libraries);
            command.arg("-o").arg(work.join(file)).current_dir(&tree);
            output(&mut command)
        };
        let module = wasm_name(name);
        let (native, wasm) = thread::scope(|scope| {
            let native = scope.spawn(|| build("gcc", &[], name));
            let wasm = build("emcc", &[PROGRAM_MEMORY], &module);
            (native.join().expect("nobody panics"), wasm)
        });
        native?;
        wasm?;
        fs::remove_dir_all(&tree)?;
        Ok(())
    })?;
    Ok(Built {
        native: dir.join(name),
        wasm: dir.join(wasm_name(name)),
    })
}

/// The options of a program's description.
fn add_options(command: &mut Command, program: &Program, changes: &Changes, tree: &Path) {
    let build = &program.build;
    let defines = build.defines.iter().chain(&changes.defines);
    command
        .args(&build.flags)
        .args(defines.map(|define| format!("-D{define}")));
    for dir in &build.includes {
        let dir = match dir.strip_prefix("$RECIPE") {
            Some(rest) => program.dir().join(rest.trim_start_matches('/')),
            None => tree.join(dir),
        };
        command.arg("-I").arg(dir);
    }
}
