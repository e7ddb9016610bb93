//! What calls of host functions cost.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};
use serde::Serialize;

use super::context::Bench;
use super::launch::{Failed, Invocation, What};
use super::peers::{Kind, find_command};
use super::series::{Entry, Series, interleave, median};
use super::workloads::folder;
use crate::command;
use crate::places;

/// How often a function is called in a run.
const COUNT: u32 = 20_000_000;
/// The same for WASI, whose functions cost more.
const WASI_COUNT: u32 = 2_000_000;

/// The cost of a call in one engine.
#[derive(Serialize)]
pub(crate) struct CallCost {
    /// The engine.
    pub(crate) peer: Kind,
    /// Nanoseconds of each run.
    pub(crate) nanoseconds: Vec<f64>,
    /// Why it could not be measured.
    pub(crate) problem: Option<String>,
}

impl CallCost {
    /// The median, in nanoseconds.
    pub(crate) fn median(&self) -> f64 {
        median(self.nanoseconds.clone())
    }
}

/// The cost of a call of a function that does nothing, which the embedder
/// provides; natively, of a function that is not inlined.
pub(crate) fn embedded(bench: &Bench) -> Result<Vec<CallCost>> {
    let calls = &bench.builds.calls;
    let mut runs = Vec::new();
    for peer in &bench.peers {
        let start = match peer.kind {
            Kind::Native => Some(Invocation::new(&calls.native)),
            Kind::Wasmjit => Some(Invocation::new(our_program()?).arg(&calls.wasm)),
            Kind::Wasmtime => {
                find_command("wasmtime_calls")?.map(|file| Invocation::new(file).arg(&calls.wasm))
            }
            Kind::Node => {
                let script = folder().join("peers/node_calls.mjs");
                Some(peer.command().arg(script).arg(&calls.wasm))
            }
            Kind::Wasm3 => Some(peer.command().arg("--calls").arg(&calls.wasm)),
            Kind::Wasmi => None,
        };
        if let Some(start) = start {
            runs.push((peer.kind, start.arg(COUNT.to_string())));
        }
    }
    measure_printed(bench, &runs)
}

/// Runs programs that print the nanoseconds of a call.
pub(super) fn measure_printed(bench: &Bench, runs: &[(Kind, Invocation)]) -> Result<Vec<CallCost>> {
    let mut costs: Vec<CallCost> = runs.iter().map(|(kind, _)| CallCost::none(*kind)).collect();
    for _ in 0..bench.runs {
        for ((_, invocation), cost) in runs.iter().zip(&mut costs) {
            if cost.problem.is_some() {
                continue;
            }
            match bench.launcher.run(invocation, What::All)? {
                Ok(_) => {
                    let output = String::from_utf8(bench.launcher.last_output()?)?;
                    let number = output.trim().parse();
                    let number = number.with_context(|| format!("not a number: {output}"))?;
                    cost.nanoseconds.push(number);
                }
                Err(failed) => cost.problem = Some(failed.to_string()),
            }
        }
    }
    Ok(costs)
}

/// The cost of a call of `args_sizes_get` in the engines' own commands: the
/// difference between a run with many calls and one with none.
pub(crate) fn wasi(bench: &Bench) -> Result<Vec<CallCost>> {
    let mut entries = Vec::new();
    for peer in &bench.peers {
        let ready = peer.prepare("wasi", &bench.builds.wasi)?;
        for count in [0, WASI_COUNT] {
            entries.push(Entry::new(peer.run(&ready, [count.to_string()])));
        }
    }
    let results = interleave(&bench.launcher, &entries, bench.runs, What::All)?;
    let mut results = results.into_iter();
    let mut costs = Vec::new();
    for peer in &bench.peers {
        let (Some(without), Some(with)) = (results.next(), results.next()) else {
            break;
        };
        let mut cost = CallCost::none(peer.kind);
        match differences(without, with) {
            Ok(numbers) => cost.nanoseconds = numbers,
            Err(failed) => cost.problem = Some(failed.to_string()),
        }
        costs.push(cost);
    }
    Ok(costs)
}

/// The nanoseconds of a call, by run.
fn differences(
    without: std::result::Result<Series, Failed>,
    with: std::result::Result<Series, Failed>,
) -> std::result::Result<Vec<f64>, Failed> {
    let (without, with) = (without?, with?);
    let base = without.median(|run| run.wall);
    let nanoseconds = |seconds: f64| (seconds - base) * 1e9 / f64::from(WASI_COUNT);
    Ok(with.runs.iter().map(|run| nanoseconds(run.wall)).collect())
}

impl CallCost {
    fn none(peer: Kind) -> CallCost {
        CallCost {
            peer,
            nanoseconds: Vec::new(),
            problem: None,
        }
    }
}

/// The example of the embedding API that measures calls.
fn our_program() -> Result<PathBuf> {
    command::run(
        Command::new("cargo")
            .args(["build", "--release", "--package", "wasmjit"])
            .args(["--example", "host_call_cost"])
            .current_dir(places::root()),
    )?;
    Ok(places::target_dir().join("release/examples/host_call_cost"))
}
