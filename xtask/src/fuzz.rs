//! `cargo xtask fuzz`: damaged files, and generated modules compared with another
//! engine. See `docs/fuzzing.md`.

use std::process::Command;

use anyhow::Result;

use crate::command::run as run_command;
use crate::places;

/// Options of `cargo xtask fuzz`.
#[derive(clap::Args, Default)]
pub(crate) struct Arguments {
    /// A short run, for every change: 50,000 files and 1,000 modules.
    #[arg(long)]
    quick: bool,
    /// Damaged files [default: 1,000,000].
    #[arg(long, value_name = "COUNT")]
    mutations: Option<u64>,
    /// Generated modules [default: 100,000].
    #[arg(long, value_name = "COUNT")]
    modules: Option<u64>,
    /// Another seed, other files and modules.
    #[arg(long)]
    seed: Option<u64>,
    /// Processes at the same time; one for each processor by default.
    #[arg(long)]
    jobs: Option<usize>,
}

impl Arguments {
    /// What runs on every change.
    pub(crate) fn quick() -> Self {
        Self {
            quick: true,
            ..Self::default()
        }
    }
}

/// Builds both drivers and runs them.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let target_dir = places::target_dir();
    run_command(
        Command::new("cargo")
            .args(["build", "--release"])
            .args(["--features", "differential", "--target-dir"])
            .arg(&target_dir)
            .current_dir(places::fuzz()),
    )?;
    let (mutations, modules) = match arguments.quick {
        true => (50_000, 1000),
        false => (1_000_000, 100_000),
    };
    let counts = [
        ("mutate", arguments.mutations.unwrap_or(mutations)),
        ("differential", arguments.modules.unwrap_or(modules)),
    ];
    for (driver, count) in counts.into_iter().filter(|(_, count)| *count > 0) {
        let mut command = Command::new(target_dir.join("release").join(driver));
        command
            .args(["--count", &count.to_string(), "--findings"])
            .arg(target_dir.join("fuzz-findings"));
        if let Some(seed) = arguments.seed {
            command.args(["--seed", &seed.to_string()]);
        }
        if let Some(jobs) = arguments.jobs {
            command.args(["--jobs", &jobs.to_string()]);
        }
        run_command(&mut command)?;
    }
    Ok(())
}
