//! `cargo xtask posix-tests`: the Open POSIX Test Suite, built natively and with
//! `wasmjit cc`, each test run both ways.
//!
//! A test counts when it passes natively: then it has to pass under wasmjit. The
//! others say nothing about wasmjit, as what they find missing is missing on this
//! system, or not allowed to the user who runs them.

mod build;
mod object;
mod suite;

use std::collections::BTreeMap;
use std::num::NonZero;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Result, bail};

use crate::command::{End, capture, wasmjit};
use crate::known::Expectations;
use crate::{confinement, parallel, programs};
use build::{Built, Tests};

use suite::Group;

/// Options of `cargo xtask posix-tests`.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Only tests whose names contain one of these.
    names: Vec<String>,
    /// Only every so many-th group, and of its tests.
    #[arg(long, default_value = "1")]
    every: NonZero<usize>,
    /// How many groups are built at a time.
    #[arg(short, long)]
    jobs: Option<NonZero<usize>>,
    /// How many tests are run at a time: most of them sleep.
    #[arg(long, default_value = "12")]
    at_a_time: NonZero<usize>,
    /// Show what each failed test has written.
    #[arg(short, long)]
    verbose: bool,
}

/// Small groups of which no test depends on how fast it runs, of different areas.
const QUICK: [&str; 8] = [
    "aio_return",
    "mq_notify",
    "munmap",
    "pthread_atfork",
    "pthread_barrier_wait",
    "sem_post",
    "sigpending",
    "timer_gettime",
];

impl Arguments {
    /// A part of the tests, for `cargo xtask test`.
    pub(crate) fn quick() -> Self {
        Self {
            names: QUICK.map(|name| format!("interfaces/{name}/")).to_vec(),
            every: NonZero::<usize>::MIN,
            jobs: None,
            at_a_time: NonZero::<usize>::MIN.saturating_add(3),
            verbose: false,
        }
    }
}

/// How a test went.
enum Verdict {
    Passed,
    Failed(String),
    /// It says nothing about wasmjit, for this reason.
    Beside(String),
}

/// A test of a group that was built.
struct Case<'a> {
    group: &'a Group,
    tests: &'a Tests,
    number: usize,
}

impl Case<'_> {
    fn name(&self) -> &str {
        &self.group.tests[self.number].name
    }
}

/// Longest time for one test natively, and what it may take longer under wasmjit.
const LIMIT: Duration = Duration::from_secs(40);
const MORE: Duration = Duration::from_secs(20);

/// How often a test that fails is tried once more, with few others: many depend on
/// that nobody else needs the processor.
const TRIES: usize = 2;

/// What the suite calls the ends of its tests.
const ENDS: [(i32, &str); 5] = [
    (1, "fails"),
    (2, "cannot tell"),
    (3, "fails"),
    (4, "says that this is not supported"),
    (5, "does not test anything"),
];

/// Runs the tests; an error if one fails that is not known to.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let expectations = Expectations::read("posix")?;
    wasmjit()?;
    confinement::check()?;
    let (include, groups) = suite::find()?;
    let names = &arguments.names;
    let chosen = |name: &str| names.is_empty() || names.iter().any(|part| name.contains(part));
    let groups: Vec<Group> = groups
        .into_iter()
        .filter(|group| group.tests.iter().any(|test| chosen(&test.name)))
        .step_by(arguments.every.get())
        .collect();
    let built = parallel::map(programs::jobs(arguments.jobs), &groups, |group| {
        build::ensure(group, &include)
    });
    let built = built.into_iter().collect::<Result<Vec<_>>>()?;
    let mut cases = Vec::new();
    for (group, tests) in groups.iter().zip(&built) {
        let numbers = (0..group.tests.len()).step_by(arguments.every.get());
        let of_group = numbers.map(|number| Case {
            group,
            tests,
            number,
        });
        cases.extend(of_group.filter(|case| chosen(case.name())));
    }
    let verdicts = parallel::map(arguments.at_a_time.get(), &cases, |case| match expectations
        .beside(case.name())
    {
        Some(reason) => Ok(Verdict::Beside(reason.into())),
        None => judge(case),
    });
    let mut verdicts = verdicts.into_iter().collect::<Result<Vec<_>>>()?;
    for _ in 0..TRIES {
        let again = |(number, case): (usize, &_)| {
            let failed = matches!(verdicts[number], Verdict::Failed(_));
            (failed && expectations.reason(Case::name(case)).is_none()).then_some(number)
        };
        let again: Vec<usize> = cases.iter().enumerate().filter_map(again).collect();
        let then = parallel::map(2, &again, |number| judge(&cases[*number]));
        for (number, verdict) in again.into_iter().zip(then) {
            verdicts[number] = verdict?;
        }
    }
    report(&cases, &verdicts, &expectations, arguments)
}

/// Runs one test both ways.
fn judge(case: &Case<'_>) -> Result<Verdict> {
    let module = match &case.tests.built[case.number] {
        (Built::Refused(why), _) => return Ok(Verdict::Beside(format!("native: {why}"))),
        (_, Built::Refused(why)) => {
            return Ok(Verdict::Failed(format!("is not built: {why}")));
        }
        (Built::Compiled, _) => return Ok(Verdict::Passed),
        (Built::Program(_), Built::Compiled) => {
            return Ok(Verdict::Failed("is not built: no main function".into()));
        }
        (Built::Program(_), Built::Program(_)) => Tests::MODULE,
    };
    let folder = &case.tests.folder;
    let mut native = confined(folder)?;
    native.arg(Path::new("/run/tests").join(Tests::native(case.number)));
    let native = capture(&mut native, LIMIT)?;
    if native.end != End::Status(0) {
        return Ok(Verdict::Beside(format!("natively it {}", says(native.end))));
    }
    let mut command = confined(folder)?;
    command.args([confinement::WASMJIT, "--no-cache"]);
    command.arg(Path::new("/run/tests").join(module));
    command.arg(case.number.to_string());
    let ran = capture(&mut command, native.elapsed + MORE)?;
    if ran.end == End::Status(0) {
        return Ok(Verdict::Passed);
    }
    let streams = [ran.stdout, ran.stderr].concat();
    Ok(Verdict::Failed(format!(
        "{}\n{}",
        says(ran.end),
        String::from_utf8_lossy(&streams).trim_end()
    )))
}

/// What an end means.
fn says(end: End) -> String {
    match end {
        End::TimedOut => "does not end".into(),
        End::Status(status) => {
            let known = ENDS.iter().find(|(known, _)| *known == status);
            known.map_or_else(
                || format!("ends with {end}"),
                |(_, meaning)| (*meaning).to_string(),
            )
        }
    }
}

/// The beginning of a command that runs a test without rights, and where it can
/// leave nothing behind: no files, queues, processes.
fn confined(folder: &Path) -> Result<Command> {
    let mut command = confinement::command()?;
    command.args(["--unshare-ipc", "--ro-bind", "/etc", "/etc"]);
    command.arg("--ro-bind").arg(folder).arg("/run/tests");
    command.args(["--chdir", "/tmp"]);
    for (name, value) in [("PATH", "/usr/bin:/bin"), ("HOME", "/tmp"), ("LANG", "C")] {
        command.args(["--setenv", name, value]);
    }
    command.arg("--").stdin(Stdio::null());
    Ok(command)
}

/// Counts of an area.
#[derive(Default)]
struct Counts {
    passed: usize,
    known: usize,
    failed: usize,
    beside: usize,
}

/// Prints the outcome.
fn report(
    cases: &[Case<'_>],
    verdicts: &[Verdict],
    expectations: &Expectations,
    arguments: &Arguments,
) -> Result<()> {
    let mut areas = BTreeMap::<&str, Counts>::new();
    let mut unexpected = 0;
    for (case, verdict) in cases.iter().zip(verdicts) {
        let name = case.name();
        let counts = areas.entry(case.group.area).or_default();
        match (verdict, expectations.reason(name)) {
            (Verdict::Passed, None) => counts.passed += 1,
            (Verdict::Passed, Some(_)) => {
                counts.passed += 1;
                unexpected += 1;
                println!("PASSES {name}: take it off the list of what fails");
            }
            (Verdict::Failed(_), Some(_)) => counts.known += 1,
            (Verdict::Failed(what), None) => {
                counts.failed += 1;
                unexpected += 1;
                let what = match arguments.verbose {
                    true => what,
                    false => what.lines().next().unwrap_or_default(),
                };
                println!("FAILED {name}: {what}");
            }
            (Verdict::Beside(reason), _) => {
                counts.beside += 1;
                if arguments.verbose {
                    println!("beside {name}: {reason}");
                }
            }
        }
    }
    println!(
        "{:<22} {:>6} {:>6} {:>6} {:>7}  {:>6}",
        "", "passed", "known", "failed", "rate", "beside"
    );
    let mut all = Counts::default();
    let line = |area: &str, counts: &Counts| {
        let ran = counts.passed + counts.known + counts.failed;
        println!(
            "{area:<22} {:>6} {:>6} {:>6} {:>5.1} %  {:>6}",
            counts.passed,
            counts.known,
            counts.failed,
            100.0 * counts.passed as f64 / ran.max(1) as f64,
            counts.beside
        );
    };
    for (area, counts) in &areas {
        line(area, counts);
        all.passed += counts.passed;
        all.known += counts.known;
        all.failed += counts.failed;
        all.beside += counts.beside;
    }
    line("all", &all);
    println!(
        "posix-tests: of {} tests that pass natively, {} pass; {} are known to fail",
        all.passed + all.known + all.failed,
        all.passed,
        all.known
    );
    if unexpected > 0 {
        bail!("{unexpected} tests went otherwise than expected");
    }
    Ok(())
}
