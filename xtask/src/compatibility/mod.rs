//! `cargo xtask compatibility`: other people's programs, built by `wasmjit cc` and
//! compared with native builds; what comes out is docs/compatibility.md.
//!
//! Running everything takes long. The results are therefore kept, in
//! `tests/programs/results.toml`, with a digest of what was run: the document can
//! be checked without running anything.

mod document;
mod results;
mod suite;

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use self::results::{Difference, Outcome, Results};
use crate::differential::{self, Verdict};
use crate::emscripten::Release;
use crate::programs::key::Key;
use crate::programs::recipe::{self, Program, Suite};
use crate::programs::{Wanted, build, jobs};
use crate::{apt, places};

/// Options of `cargo xtask compatibility`.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The programs to run: all by default.
    names: Vec<String>,
    /// Leave the programs' own test suites out: what they told last stays.
    #[arg(long)]
    no_suites: bool,
    /// Run nothing and write nothing; fail when the document is not up to date.
    #[arg(long, conflicts_with = "names")]
    pub(crate) check: bool,
}

impl Arguments {
    /// What only checks the document.
    pub(crate) fn check() -> Arguments {
        Arguments {
            names: Vec::new(),
            no_suites: false,
            check: true,
        }
    }
}

/// Runs the programs and writes the document, or checks it.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let programs = programs()?;
    if arguments.check {
        let results = Results::read()?;
        for program in &programs {
            let known = results.program(&program.name).map(|found| &*found.digest);
            if known != Some(&digest(program)?) {
                bail!(
                    "the results of {name} are of another description; `cargo xtask \
                     compatibility {name}` gets new ones",
                    name = program.name
                );
            }
        }
        if read_document()? != document::write(&programs, &results) {
            bail!("{DOCUMENT} is out of date; `cargo xtask compatibility NAME` writes it anew");
        }
        println!("{DOCUMENT} is up to date");
        return Ok(());
    }

    let mut chosen: Vec<&Program> = programs.iter().collect();
    if !arguments.names.is_empty() {
        if let Some(unknown) = arguments
            .names
            .iter()
            .find(|name| !programs.iter().any(|program| program.name == **name))
        {
            bail!("{unknown} is not built by `wasmjit cc` from other people's sources");
        }
        chosen.retain(|program| arguments.names.contains(&program.name));
    }
    let mut failed = Vec::new();
    for program in chosen {
        let mut outcome = examine(program)?;
        match &program.suite {
            Some(_) if arguments.no_suites => {
                let mut results = Results::read()?;
                outcome.suite = results.take_suite(&program.name, &outcome.digest);
            }
            Some(suite) => outcome.suite = Some(run_suite(program, suite)?),
            None => {}
        }
        let of_suite = outcome.suite.iter().flat_map(|suite| &suite.differences);
        if outcome
            .differences
            .iter()
            .chain(of_suite)
            .any(|found| found.reason.is_none())
        {
            failed.push(program.name.clone());
        }
        // Written at once: the next one may take long.
        let mut results = Results::read()?;
        results.set(&program.name, outcome);
        results.retain(|name| programs.iter().any(|program| program.name == name));
        results.save()?;
        fs::write(path(), document::write(&programs, &results))
            .with_context(|| format!("cannot write {DOCUMENT}"))?;
    }
    println!("wrote {DOCUMENT}");
    if !failed.is_empty() {
        bail!(
            "there are differences without a reason: {}",
            failed.join(" ")
        );
    }
    Ok(())
}

const DOCUMENT: &str = "docs/compatibility.md";

fn path() -> PathBuf {
    places::root().join(DOCUMENT)
}

fn read_document() -> Result<String> {
    fs::read_to_string(path()).with_context(|| format!("cannot read {DOCUMENT}"))
}

/// Other people's programs that are built by `wasmjit cc`.
fn programs() -> Result<Vec<Program>> {
    let mut programs = recipe::all()?;
    programs.retain(|program| program.source.is_some() && variant(program).is_some());
    Ok(programs)
}

/// The variant of a program that `wasmjit cc` builds.
fn variant(program: &Program) -> Option<String> {
    let mut variants = program.all_variants().into_iter();
    let found = variants.find(|(_, variant)| variant.release == Release::Wasmjit);
    found.map(|(name, _)| name)
}

/// What tells a description and its cases from others.
fn digest(program: &Program) -> Result<String> {
    let mut key = Key::default();
    key.text(&fs::read_to_string(program.dir().join("program.toml"))?);
    key.files(&program.dir())?;
    let cases = program.dir().join("cases");
    if cases.is_dir() {
        key.files(&cases)?;
    }
    Ok(key.finish()[..16].to_owned())
}

/// Builds a program and runs its cases.
fn examine(program: &Program) -> Result<Outcome> {
    let variant = variant(program).expect("it is among those that have one");
    let variants = [variant];
    let names = [program.name.clone()];
    let mut outcome = Outcome::new(digest(program)?, version(program)?);
    for run in differential::compare(&differential::Arguments::of(&names, &variants))? {
        let case = run.name.rsplit('/').next().unwrap_or_default().to_owned();
        let reason = match run.verdict {
            Verdict::Passed => {
                outcome.equal += 1;
                continue;
            }
            Verdict::Known(reason) => Some(reason),
            Verdict::Failed => None,
        };
        outcome.differences.push(Difference { case, reason });
    }
    outcome.differences.sort_by(|a, b| a.case.cmp(&b.case));
    Ok(outcome)
}

/// Runs the suite that comes with a program.
fn run_suite(program: &Program, suite: &Suite) -> Result<results::Suite> {
    let variant = variant(program).expect("it is among those that have one");
    let wanted = Wanted {
        variants: std::slice::from_ref(&variant),
        opt: None,
    };
    let built = build::ensure(program, &wanted, jobs(None))?;
    suite::compare(program, suite, &built, &built.variants[&variant])
}

/// The version of a program's source package.
fn version(program: &Program) -> Result<String> {
    let package = program.source.as_ref().expect("it has one");
    Ok(apt::source(&package.debian, &package.version)?.version)
}
