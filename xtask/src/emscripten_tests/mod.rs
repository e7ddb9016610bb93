//! `cargo xtask emscripten-tests`: Emscripten's own tests, built with it and run under wasmjit.

mod build;
mod suite;

use std::num::NonZero;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Result, bail};

use crate::command::{End, capture, wasmjit};
use crate::known::Expectations;
use crate::{confinement, parallel, programs};
use build::Built;

use suite::Test;

/// Options of `cargo xtask emscripten-tests`.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Only tests whose names contain one of these.
    names: Vec<String>,
    /// Only every so many-th test.
    #[arg(long, default_value = "1")]
    every: NonZero<usize>,
    /// How many are built or run at a time.
    #[arg(short, long)]
    jobs: Option<NonZero<usize>>,
    /// Show what each failed test has written.
    #[arg(short, long)]
    verbose: bool,
}

impl Arguments {
    /// A part of the tests, for `cargo xtask test`.
    pub(crate) fn quick() -> Self {
        Self {
            names: Vec::new(),
            every: NonZero::new(8).expect("8 is not 0"),
            jobs: None,
            verbose: false,
        }
    }
}

/// How a test went.
enum Verdict {
    Passed,
    Failed(String),
    /// It says nothing about this runtime, for this reason.
    Beside(String),
}

/// The least share of tests that have to pass of those that link and need no JavaScript.
const SHARE: f64 = 0.97;

/// Longest time for one test.
const LIMIT: Duration = Duration::from_secs(30);

/// Runs the tests; an error if one fails that is not known to, or too many do.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let expectations = Expectations::read("emscripten")?;
    wasmjit()?;
    confinement::check()?;
    let chosen = |test: &Test| {
        let names = &arguments.names;
        names.is_empty() || names.iter().any(|name| test.name.contains(name))
    };
    let tests: Vec<Test> = suite::find()?
        .into_iter()
        .filter(chosen)
        .step_by(arguments.every.get())
        .collect();
    let jobs = programs::jobs(arguments.jobs);
    let verdicts = parallel::map(jobs, &tests, |test| match expectations.beside(&test.name) {
        Some(reason) => Ok(Verdict::Beside(format!("of JavaScript: {reason}"))),
        None => judge(test),
    });
    let verdicts = verdicts.into_iter().collect::<Result<Vec<_>>>()?;
    report(&tests, &verdicts, &expectations, arguments)
}

/// Builds and runs one test.
fn judge(test: &Test) -> Result<Verdict> {
    let module = match build::ensure(test)? {
        Built::Module(module) => module,
        Built::Beside(reason) => return Ok(Verdict::Beside(reason)),
    };
    let ran = capture(&mut confined(&module, test)?, LIMIT)?;
    let output = String::from_utf8_lossy(&ran.stdout);
    if let Some(function) = javascript(&output) {
        return Ok(Verdict::Beside(format!("needs JavaScript: {function}")));
    }
    let (output, expected) = (lines(&output), lines(&test.expected));
    let reason = if ran.end == End::TimedOut {
        "does not end"
    } else if !output.contains(&expected) {
        "gives another output"
    } else if !test.fails && ran.end != End::Status(0) {
        "gives the expected output and then fails"
    } else {
        return Ok(Verdict::Passed);
    };
    Ok(Verdict::Failed(format!(
        "{reason} ({})\n--- expected\n{expected}\n--- found\n{output}",
        ran.end
    )))
}

/// The first function that a program lacks, where it is one of Emscripten's own in JavaScript.
fn javascript(output: &str) -> Option<&str> {
    const REMEDIES: [&str; 4] = [
        "it runs JavaScript",
        "it is a function of web browsers",
        "it belongs to embind",
        "it belongs to dynamically linked modules",
    ];
    let line = output
        .lines()
        .find(|line| line.contains(" is not provided by this runtime; "))?;
    let (_, function) = line.split_once("import ")?;
    let (function, remedy) = function.split_once(' ')?;
    let own = [
        "env.emscripten_",
        "env._emscripten_",
        "env.__asan",
        "env.GL",
    ];
    let is_own = own.iter().any(|prefix| function.starts_with(prefix));
    let is_foreign = REMEDIES.iter().any(|known| remedy.contains(known));
    (is_own || is_foreign).then_some(function)
}

/// Without what differs between systems: white space at the ends of lines.
fn lines(text: &str) -> String {
    let lines: Vec<&str> = text.trim().lines().map(str::trim_end).collect();
    lines.join("\n")
}

/// The command that runs a test where it finds what Emscripten's own environment has: an empty file
/// system that it may change, and certain variables.
fn confined(module: &Path, test: &Test) -> Result<Command> {
    let mut command = confinement::command()?;
    command.args(["--dir", "/home/web_user"]);
    let folder = module.parent().unwrap_or(module);
    command.arg("--ro-bind").arg(folder).arg("/run/test");
    command.args(["--chdir", "/"]);
    for (name, value) in [
        ("USER", "web_user"),
        ("LOGNAME", "web_user"),
        ("PATH", "/"),
        ("PWD", "/"),
        ("HOME", "/home/web_user"),
        ("LANG", "C.UTF-8"),
        ("_", "./this.program"),
    ] {
        command.args(["--setenv", name, value]);
    }
    command.arg("--");
    // One stream, as the expected outputs have it.
    command.args(["/bin/sh", "-c", "exec \"$@\" 2>&1 < /dev/null", "sh"]);
    command.args([
        confinement::WASMJIT,
        "--no-cache",
        "--timeout",
        "20s",
        "--argv0",
    ]);
    let stem = test.source.file_stem().unwrap_or_default();
    command.arg(Path::new("/run/test").join(stem).with_extension("js"));
    command.arg("/run/test/test.wasm").args(&test.arguments);
    Ok(command)
}

/// Prints the outcome.
fn report(
    tests: &[Test],
    verdicts: &[Verdict],
    expectations: &Expectations,
    arguments: &Arguments,
) -> Result<()> {
    let (mut passed, mut known, mut beside) = (0, 0, 0);
    let mut unexpected = Vec::new();
    for (test, verdict) in tests.iter().zip(verdicts) {
        let name = &test.name;
        match (verdict, expectations.reason(name)) {
            (Verdict::Passed, None) => passed += 1,
            (Verdict::Passed, Some(_)) => {
                passed += 1;
                println!("PASSES {name}: take it off the list of what fails");
                unexpected.push(name);
            }
            (Verdict::Failed(_), Some(reason)) => {
                known += 1;
                println!("known  {name}: {reason}");
            }
            (Verdict::Failed(what), None) => {
                let what = match arguments.verbose {
                    true => what,
                    false => what.lines().next().unwrap_or_default(),
                };
                println!("FAILED {name}: {what}");
                unexpected.push(name);
            }
            (Verdict::Beside(reason), None) => {
                beside += 1;
                if arguments.verbose {
                    println!("beside {name}: {reason}");
                }
            }
            (Verdict::Beside(reason), Some(_)) => {
                println!("BESIDE {name}: {reason}; take it off the list of what fails");
                unexpected.push(name);
            }
        }
    }
    let ran = tests.len() - beside;
    let share = passed as f64 / ran.max(1) as f64;
    println!(
        "emscripten-tests: {passed} of {ran} passed ({:.1} %), {known} are known to fail, \
         {beside} do not link or need JavaScript",
        share * 100.0
    );
    if !unexpected.is_empty() {
        bail!("{} tests went otherwise than expected", unexpected.len());
    }
    let all = arguments.names.is_empty() && arguments.every.get() == 1;
    if all && share < SHARE {
        bail!("fewer than {:.0} % have passed", SHARE * 100.0);
    }
    Ok(())
}
