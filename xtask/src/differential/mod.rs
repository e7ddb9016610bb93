//! `cargo xtask differential`: the test programs natively and under wasmjit.
//!
//! Each case is run by the native executable and by each variant's module, in a
//! fresh folder each time. Standard output, standard error, exit status and the
//! files that are left must be the same, byte for byte.

mod expectations;
pub(crate) mod inputs;
mod report;
mod tree;
mod workplace;

use std::env;
use std::ffi::OsString;
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::process;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use self::expectations::Expectations;
use self::report::difference;
use self::workplace::{Outcome, Runner, Workplace};
use crate::command;
use crate::command::End;
use crate::programs::build::{self, Built};
use crate::programs::recipe::{self, Case, Opt, Program};
use crate::programs::{Wanted, jobs};

/// The status with which wasmjit ends where a module traps.
const TRAPPED: i32 = 134;

/// Options of `cargo xtask differential`.
#[derive(clap::Args, Default)]
pub(crate) struct Arguments {
    /// The programs to run: all by default.
    names: Vec<String>,
    /// Run only the cases whose name contains this.
    #[arg(long, value_name = "TEXT")]
    case: Option<String>,
    /// Run only these variants (O2, O3 and what a program adds).
    #[arg(long = "variant", value_name = "VARIANT")]
    variants: Vec<String>,
    /// Run only what was built with this optimisation level.
    #[arg(long)]
    opt: Option<Opt>,
    /// The wasmjit to test; by default it is built.
    #[arg(long, value_name = "PATH")]
    wasmjit: Option<PathBuf>,
    /// An option for wasmjit, such as --with=--engine=interp.
    #[arg(long, value_name = "OPTION", allow_hyphen_values = true)]
    with: Vec<OsString>,
    /// Use Node and Emscripten's JavaScript in place of wasmjit, as a check of the programs.
    #[arg(long, conflicts_with_all = ["wasmjit", "with"])]
    node: bool,
    /// How many cases run at a time.
    #[arg(short, long)]
    jobs: Option<NonZero<usize>>,
    /// Leave the folders that the last run of each case was in.
    #[arg(long)]
    keep: bool,
}

/// One case of one program.
struct Job<'a> {
    program: &'a Program,
    built: &'a Built,
    case: &'a Case,
}

/// How many runs ended how.
#[derive(Default)]
struct Counts {
    passed: usize,
    known: usize,
    failed: Vec<String>,
}

/// Runs the cases; an error if any differs that is not known to.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let programs = recipe::select(&arguments.names)?;
    let workers = jobs(arguments.jobs);
    let wanted = Wanted {
        variants: &arguments.variants,
        opt: arguments.opt,
    };
    let mut counts = Counts::default();
    let mut built = Vec::new();
    for program in &programs {
        match build::ensure(program, &wanted, workers) {
            Ok(files) => built.push((program, files)),
            Err(error) => {
                println!("FAILED {}: {error:#}", program.name);
                counts.failed.push(program.name.clone());
            }
        }
    }
    let runner = runner(arguments)?;
    let expectations = if arguments.node {
        Expectations::none()
    } else {
        Expectations::read()?
    };

    let mut queue = Vec::new();
    for (program, built) in &built {
        let chosen = |case: &&Case| match &arguments.case {
            Some(text) => case.name.contains(text),
            None => true,
        };
        let cases = program.cases.iter().filter(chosen);
        queue.extend(cases.map(|case| Job {
            program,
            built,
            case,
        }));
    }
    let place = env::temp_dir().join(format!("wasmjit-differential-{}", process::id()));
    let counts = Mutex::new(counts);
    let next = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    let Some(job) = queue.get(number) else { break };
                    let dir = place.join(number.to_string());
                    run_case(job, &runner, dir, arguments.keep, &expectations, &counts);
                }
            });
        }
    });
    if arguments.keep {
        println!("the folders are in {}", place.display());
    } else {
        // It is empty, or was never made.
        let _ = std::fs::remove_dir(&place);
    }

    let counts = counts.into_inner().expect("nobody panics");
    for name in &counts.failed {
        println!("FAILED {name}");
    }
    println!(
        "differential: {} passed, {} failed, {} known to differ",
        counts.passed,
        counts.failed.len(),
        counts.known
    );
    if counts.passed + counts.known + counts.failed.len() == 0 {
        bail!("nothing was run");
    }
    if !counts.failed.is_empty() {
        bail!("{} runs differ", counts.failed.len());
    }
    Ok(())
}

/// What the modules are run by.
fn runner(arguments: &Arguments) -> Result<Runner> {
    if arguments.node {
        return Ok(Runner::Node);
    }
    let wasmjit = match &arguments.wasmjit {
        Some(path) => path
            .canonicalize()
            .with_context(|| format!("there is no {}", path.display()))?,
        None => command::wasmjit()?.to_owned(),
    };
    let mut words = vec![wasmjit.into_os_string()];
    words.extend_from_slice(&arguments.with);
    Ok(Runner::Wasmjit(words))
}

/// Runs a case natively, then with each variant, and says how they compare.
fn run_case(
    job: &Job<'_>,
    runner: &Runner,
    dir: PathBuf,
    keep: bool,
    expectations: &Expectations,
    counts: &Mutex<Counts>,
) {
    let workplace = Workplace::new(dir, job.program, job.case, &job.built.source, keep);
    let native = workplace.run(&Runner::Native, &job.built.native);
    for (variant, module) in &job.built.variants {
        if !applies(job.case, variant) || !runner.can_run(module) {
            continue;
        }
        let name = format!("{}/{variant}/{}", job.program.name, job.case.name);
        let result = match &native {
            Ok(native) => compare_run(&workplace, runner, module, native, job.case),
            Err(error) => Err(vec![format!("the native run failed: {error:#}")]),
        };
        let known = expectations.reason(&name);
        let mut counts = counts.lock().expect("nobody panics");
        match (result, known) {
            (Ok(times), None) => {
                println!("ok     {name}  {times}");
                counts.passed += 1;
            }
            (Err(_), Some(reason)) => {
                println!("known  {name}: {reason}");
                counts.known += 1;
            }
            (Ok(_), Some(_)) => {
                println!("FAILED {name}: it passes, so take it out of expectations.toml");
                counts.failed.push(name);
            }
            (Err(differences), None) => {
                println!("FAILED {name}\n  {}", differences.join("\n  "));
                counts.failed.push(name);
            }
        }
    }
}

/// Whether a case is meant for a variant.
fn applies(case: &Case, variant: &str) -> bool {
    match &case.variants {
        Some(variants) => variants.iter().any(|wanted| wanted == variant),
        None => true,
    }
}

/// Runs a module; the times that it took, or the differences to the native run.
fn compare_run(
    workplace: &Workplace<'_>,
    runner: &Runner,
    module: &Path,
    native: &Outcome,
    case: &Case,
) -> Result<String, Vec<String>> {
    let outcome = match workplace.run(runner, module) {
        Ok(outcome) => outcome,
        Err(error) => return Err(vec![format!("{error:#}")]),
    };
    let (expected, found) = (&native.captured, &outcome.captured);
    let mut differences = Vec::new();
    let end = match expected.end {
        End::Status(128..) if case.trap => End::Status(TRAPPED),
        end => end,
    };
    if found.end != end {
        differences.push(format!("{}, not {end}", found.end));
    }
    if let Some(text) = difference(&expected.stdout, &found.stdout) {
        differences.push(format!("standard output differs {text}"));
    }
    if case.compare_stderr
        && let Some(text) = difference(&expected.stderr, &found.stderr)
    {
        differences.push(format!("standard error differs {text}"));
    }
    differences.extend(native.tree.differences(&outcome.tree));
    if differences.is_empty() {
        let seconds = |time: Duration| format!("{:.3} s", time.as_secs_f64());
        let (native, wasm) = (seconds(expected.elapsed), seconds(found.elapsed));
        Ok(format!("native {native}, wasm {wasm}"))
    } else {
        Err(differences)
    }
}
