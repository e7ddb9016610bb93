//! `cargo xtask test`: everything that must pass, step by step.

use std::path::Path;
use std::process::Command;
use std::time::Instant;

use anyhow::{Result, bail};

use crate::command::{run as run_command, succeeds};
use crate::{
    compatibility, deny, differential, docs, emscripten_tests, fuzz, nginx, no_std, places,
    posix_tests, setup, spec, vm,
};

/// Options of `cargo xtask test`.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Run only these steps.
    #[arg(long, value_name = "STEP", value_parser = names())]
    only: Vec<String>,
    /// Leave these steps out.
    #[arg(long, value_name = "STEP", value_parser = names())]
    skip: Vec<String>,
}

/// A step.
struct Step {
    name: &'static str,
    run: fn() -> Result<()>,
}

/// The steps, in their order.
const STEPS: &[Step] = &[
    Step {
        name: "setup",
        run: || setup::run(&setup::Arguments::default()),
    },
    Step {
        name: "format",
        run: || {
            cargo(&["fmt", "--all", "--check"])?;
            cargo_in(&places::fuzz(), &["fmt", "--check"])
        },
    },
    Step {
        name: "clippy",
        run: || {
            let lints = ["--", "-D", "warnings"];
            let options = ["clippy", "--workspace", "--all-targets"];
            cargo(&[&options[..], &lints].concat())?;
            let mut command = Command::new("cargo");
            command
                .args(["clippy", "--all-targets", "--features", "differential"])
                .arg("--target-dir")
                .arg(places::target_dir())
                .args(lints)
                .current_dir(places::fuzz());
            run_command(&mut command)
        },
    },
    Step {
        name: "units",
        run: || units(),
    },
    Step {
        name: "docs",
        run: || {
            docs::run(&docs::Arguments { check: true })?;
            compatibility::run(&compatibility::Arguments::check())
        },
    },
    Step {
        name: "no-std",
        run: || no_std::run(&no_std::Arguments::default()),
    },
    Step {
        name: "spec",
        run: || {
            let mut modes = spec::Mode::THOROUGH.into_iter();
            modes.try_for_each(|mode| spec::run(&spec::Arguments::in_mode(mode)))
        },
    },
    Step {
        name: "differential",
        run: || differential::run(&differential::Arguments::default()),
    },
    Step {
        name: "emscripten",
        run: || emscripten_tests::run(&emscripten_tests::Arguments::quick()),
    },
    Step {
        name: "posix",
        run: || posix_tests::run(&posix_tests::Arguments::quick()),
    },
    Step {
        name: "nginx",
        run: || nginx::quick(),
    },
    Step {
        name: "fuzz",
        run: || fuzz::run(&fuzz::Arguments::quick()),
    },
    Step {
        name: "vm",
        run: || vm::run_checks(),
    },
    Step {
        name: "deny",
        run: || deny::run(),
    },
];

/// Runs the steps, all of them even where one fails.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let chosen = |step: &&Step| {
        let has = |list: &[String]| list.iter().any(|name| name == step.name);
        (arguments.only.is_empty() || has(&arguments.only)) && !has(&arguments.skip)
    };
    let mut lines = Vec::new();
    let (mut passed, mut failed) = (0, 0);
    for step in STEPS.iter().filter(chosen) {
        println!("\n== {}", step.name);
        let started = Instant::now();
        let result = (step.run)();
        let seconds = started.elapsed().as_secs_f64();
        let line = match result {
            Ok(()) => {
                passed += 1;
                format!("passed   {:<14} {seconds:7.1} s", step.name)
            }
            Err(error) => {
                failed += 1;
                eprintln!("{}: {error:#}", step.name);
                format!("FAILED   {:<14} {seconds:7.1} s", step.name)
            }
        };
        lines.push(line);
    }
    println!("\n{}", lines.join("\n"));
    println!("{passed} passed, {failed} failed");
    if failed > 0 {
        bail!("not everything passed");
    }
    Ok(())
}

fn names() -> clap::builder::PossibleValuesParser {
    STEPS
        .iter()
        .map(|step| step.name)
        .collect::<Vec<_>>()
        .into()
}

/// Runs one of cargo's commands on the workspace.
fn cargo(arguments: &[&str]) -> Result<()> {
    cargo_in(places::root(), arguments)
}

/// Runs one of cargo's commands on the workspace of a folder.
fn cargo_in(folder: &Path, arguments: &[&str]) -> Result<()> {
    run_command(Command::new("cargo").args(arguments).current_dir(folder))
}

/// The tests beside the code, by nextest where it is there.
fn units() -> Result<()> {
    if succeeds(Command::new("cargo").args(["nextest", "--version"])) {
        cargo(&["nextest", "run", "--release", "--workspace"])?;
        // Nextest leaves examples in documentation out.
        cargo(&["test", "--release", "--workspace", "--doc"])
    } else {
        cargo(&["test", "--release", "--workspace"])
    }
}
