//! `cargo xtask differential`: the test programs natively and under wasmjit.
//!
//! Each case is run by the native executable and by each variant's module, in a
//! fresh folder each time. Standard output, standard error, exit status and the
//! files that are left must be the same, byte for byte.

pub(crate) mod expectations;
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
use std::time::Duration;

use anyhow::{Context, Result, bail};

use self::expectations::Expectations;
use self::report::difference;
use self::workplace::{Outcome, Runner, Workplace};
use crate::command::End;
use crate::programs::build::{self, Built};
use crate::programs::recipe::{self, Case, Opt, Program};
use crate::programs::{Wanted, jobs};
use crate::{command, parallel};

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

/// A run of a module that was compared with a native one.
pub(crate) struct Run {
    /// `PROGRAM/VARIANT/CASE`; the program alone where it could not be built.
    pub(crate) name: String,
    /// How they compare.
    pub(crate) verdict: Verdict,
}

/// How a run compares with a native one.
pub(crate) enum Verdict {
    /// It is the same.
    Passed,
    /// It differs as the list of what is known says: the reason.
    Known(String),
    /// It differs, or does not although the list says so.
    Failed,
}

impl Arguments {
    /// What runs all cases of some programs in one variant each.
    pub(crate) fn of(names: &[String], variants: &[String]) -> Arguments {
        Arguments {
            names: names.to_vec(),
            variants: variants.to_vec(),
            ..Arguments::default()
        }
    }
}

/// Runs the cases; an error if any differs that is not known to.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let runs = compare(arguments)?;
    let (mut passed, mut known, mut failed) = (0, 0, 0);
    for run in &runs {
        match run.verdict {
            Verdict::Passed => passed += 1,
            Verdict::Known(_) => known += 1,
            Verdict::Failed => {
                println!("FAILED {}", run.name);
                failed += 1;
            }
        }
    }
    println!("differential: {passed} passed, {failed} failed, {known} known to differ");
    if runs.is_empty() {
        bail!("nothing was run");
    }
    if failed > 0 {
        bail!("{failed} runs differ");
    }
    Ok(())
}

/// Runs the cases, and says of each how it compares.
pub(crate) fn compare(arguments: &Arguments) -> Result<Vec<Run>> {
    let programs = recipe::select(&arguments.names)?;
    let workers = jobs(arguments.jobs);
    let wanted = Wanted {
        variants: &arguments.variants,
        opt: arguments.opt,
    };
    let mut runs = Vec::new();
    let mut built = Vec::new();
    for program in &programs {
        match build::ensure(program, &wanted, workers) {
            Ok(files) => built.push((program, files)),
            Err(error) => {
                println!("FAILED {}: {error:#}", program.name);
                runs.push(Run {
                    name: program.name.clone(),
                    verdict: Verdict::Failed,
                });
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
    let runs = Mutex::new(runs);
    let queue: Vec<_> = queue.into_iter().enumerate().collect();
    parallel::map(workers, &queue, |(number, job)| {
        let dir = place.join(number.to_string());
        run_case(job, &runner, dir, arguments.keep, &expectations, &runs);
    });
    if arguments.keep {
        println!("the folders are in {}", place.display());
    } else {
        // It is empty, or was never made.
        let _ = std::fs::remove_dir(&place);
    }

    Ok(runs.into_inner().expect("nobody panics"))
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
    runs: &Mutex<Vec<Run>>,
) {
    let workplace = Workplace::new(dir, job.program, job.case, &job.built.source, keep);
    let native = workplace.run(&Runner::Native, &job.built.native);
    for (variant, module) in &job.built.variants {
        if !applies(job.case, variant) || !runner.can_run(module) {
            continue;
        }
        let name = format!("{}/{variant}/{}", job.program.name, job.case.name);
        let result = match &native {
            Ok(native) if native.captured.end == End::TimedOut => {
                Err(vec!["the native run took too long".to_owned()])
            }
            Ok(native) => compare_run(&workplace, runner, module, native, job.case),
            Err(error) => Err(vec![format!("the native run failed: {error:#}")]),
        };
        let known = expectations.reason(&name);
        let verdict = match (result, known) {
            (Ok(times), None) => {
                println!("ok     {name}  {times}");
                Verdict::Passed
            }
            (Err(_), Some(reason)) => {
                println!("known  {name}: {reason}");
                Verdict::Known(reason.to_owned())
            }
            (Ok(_), Some(_)) => {
                println!("FAILED {name}: it passes, so take it out of expectations.toml");
                Verdict::Failed
            }
            (Err(differences), None) => {
                println!("FAILED {name}\n  {}", differences.join("\n  "));
                Verdict::Failed
            }
        };
        let mut runs = runs.lock().expect("nobody panics");
        runs.push(Run { name, verdict });
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
