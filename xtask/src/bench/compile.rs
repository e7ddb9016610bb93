//! How long compiling takes, how large the code is, and how soon a large module
//! answers.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde::Serialize;

use super::context::{Bench, section_size};
use super::generator;
use super::launch::{Invocation, What};
use super::peers::{Kind, Peer};
use super::series::{Entry, Series, interleave};
use super::workloads::{Class, Origin, Size, Workload, folder};

/// The size of the generated module.
const LARGE: usize = 20_000_000;

/// One engine's compilation of all of a module, or its first answer.
#[derive(Serialize)]
pub(crate) struct Compilation {
    /// The module's name.
    pub(crate) module: String,
    /// Its size in bytes.
    pub(crate) module_bytes: u64,
    /// The engine.
    pub(crate) peer: Kind,
    /// The runs.
    #[serde(flatten)]
    pub(crate) series: Series,
    /// Why it could not be measured.
    pub(crate) problem: Option<String>,
}

/// The size of a program's code.
#[derive(Serialize)]
pub(crate) struct CodeSize {
    /// The program.
    pub(crate) program: String,
    /// What it exercises.
    pub(crate) class: Class,
    /// The module's size.
    pub(crate) module: u64,
    /// The machine code's size by engine, in bytes.
    pub(crate) code: Vec<(Kind, u64)>,
}

/// The generated module; `--quick` takes a tenth.
pub(crate) fn large_module(bench: &Bench, quick: bool) -> Result<PathBuf> {
    let bytes = if quick { LARGE / 10 } else { LARGE };
    let path = bench.work.join(format!("generated-{bytes}.wasm"));
    fs::write(&path, generator::module(bytes))?;
    Ok(path)
}

/// Compiles all of the modules, on all cores.
pub(crate) fn full(bench: &Bench, modules: &[PathBuf]) -> Result<Vec<Compilation>> {
    let out = bench.work.join("compiled");
    measure(bench, modules, What::All, |peer, module| {
        let command = peer.command();
        Some(match peer.kind {
            Kind::Wasmjit | Kind::Wasmtime => command
                .args(["compile", "-o"])
                .arg(out.with_extension(peer.kind.name()))
                .arg(module),
            Kind::Node => command
                .args(["--no-liftoff", "--no-wasm-lazy-compilation"])
                .arg(folder().join("peers/node_compile.mjs"))
                .arg(module),
            Kind::Native | Kind::Wasmi | Kind::Wasm3 => return None,
        })
    })
}

/// Runs a module that no engine has seen, until its first output.
pub(crate) fn first_answer(bench: &Bench, module: &Path) -> Result<Vec<Compilation>> {
    let modules = [module.to_owned()];
    measure(bench, &modules, What::FirstOutput, |peer, module| {
        (peer.kind != Kind::Native).then(|| peer.run_module(module))
    })
}

/// Measures something about modules in all engines that can do it, each time
/// with empty caches.
fn measure(
    bench: &Bench,
    modules: &[PathBuf],
    what: What,
    command: impl Fn(&Peer, &Path) -> Option<Invocation>,
) -> Result<Vec<Compilation>> {
    let mut results = Vec::new();
    for module in modules {
        let mut kinds = Vec::new();
        let mut entries = Vec::new();
        for peer in &bench.peers {
            let Some(invocation) = command(peer, module) else {
                continue;
            };
            kinds.push(peer.kind);
            entries.push(Entry {
                invocation,
                before: Box::new(|| peer.forget()),
            });
        }
        let rounds = bench.runs.min(3);
        let all = interleave(&bench.launcher, &entries, rounds, what)?;
        for (peer, result) in kinds.into_iter().zip(all) {
            let (series, problem) = match result {
                Ok(series) => (series, None),
                Err(failed) => (Series::default(), Some(failed.to_string())),
            };
            let name = module.file_stem().context("a module has a name")?;
            results.push(Compilation {
                module: name.to_string_lossy().into_owned(),
                module_bytes: fs::metadata(module)?.len(),
                peer,
                series,
                problem,
            });
        }
    }
    Ok(results)
}

/// The sizes of the code of all that the workloads run.
pub(crate) fn code_sizes(bench: &Bench, workloads: &[&Workload]) -> Result<Vec<CodeSize>> {
    let mut results: Vec<CodeSize> = Vec::new();
    for workload in workloads {
        let program = match workload.origin() {
            Origin::Program(name) => name,
            Origin::Kernel(..) => workload.name.clone(),
        };
        if results.iter().any(|result| result.program == program) {
            continue;
        }
        let built = bench.built(workload)?;
        let mut code = Vec::new();
        for peer in &bench.peers {
            let size = match peer.kind {
                Kind::Native => Some(section_size(&built.native, ".text")?),
                Kind::Wasmtime => {
                    let file = bench.work.join("size.cwasm");
                    let compile = peer.command().args(["compile", "-o"]).arg(&file);
                    bench.succeed(&compile.arg(&built.wasm))?;
                    Some(section_size(&file, ".text")?)
                }
                Kind::Wasmjit => Some(our_code_size(bench, peer, workload)?),
                Kind::Node | Kind::Wasmi | Kind::Wasm3 => None,
            };
            code.extend(size.map(|size| (peer.kind, size)));
        }
        results.push(CodeSize {
            program,
            class: workload.class,
            module: fs::metadata(&built.wasm)?.len(),
            code,
        });
    }
    Ok(results)
}

/// What `--stats` says about a run with all code compiled.
fn our_code_size(bench: &Bench, peer: &Peer, workload: &Workload) -> Result<u64> {
    let run = peer
        .command()
        .args(["run", "--stats", "--json", "--no-cache"])
        .args(["--compile", "eager"])
        .arg(&bench.built(workload)?.wasm)
        .args(workload.arguments(Size::Small))
        .stdin(bench.input(workload, Size::Small)?);
    bench.succeed(&run)?;
    let errors = bench.launcher.last_errors()?;
    let report = errors.lines().last().unwrap_or_default();
    let report: serde_json::Value =
        serde_json::from_str(report).with_context(|| format!("not a report: {report}"))?;
    let size = report["machine_code_bytes"].as_u64();
    size.with_context(|| format!("no machine_code_bytes in {report}"))
}
