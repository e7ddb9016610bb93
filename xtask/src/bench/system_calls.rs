//! What system calls cost a program that is linked with the link library.

use anyhow::Result;
use serde::Serialize;

use super::calls::{CallCost, measure_printed};
use super::context::Bench;
use super::launch::Invocation;
use super::peers::Kind;

/// A loop of `benches/calls/loops.c`.
struct Kept {
    /// What the program calls it.
    name: &'static str,
    /// How often it is carried out in a run.
    count: u32,
    /// Whether it needs the program that has threads.
    threads: bool,
}

const OPERATIONS: [Kept; 6] = [
    Kept::new("getppid", 500_000),
    Kept::new("pipe1", 100_000),
    Kept::new("pipe4096", 100_000),
    Kept::new("open", 100_000),
    Kept::new("fork", 500),
    Kept {
        threads: true,
        ..Kept::new("thread", 5_000)
    },
];

impl Kept {
    const fn new(name: &'static str, count: u32) -> Kept {
        Kept {
            name,
            count,
            threads: false,
        }
    }
}

/// What an operation costs, natively and in wasmjit.
#[derive(Serialize)]
pub(crate) struct Operation {
    /// Its name.
    pub(crate) name: &'static str,
    /// The costs of one, by engine.
    pub(crate) costs: Vec<CallCost>,
}

/// Measures all operations.
pub(crate) fn measure(bench: &Bench) -> Result<Vec<Operation>> {
    let of = |kept: &Kept| {
        let built = match kept.threads {
            true => &bench.builds.threaded_system_calls,
            false => &bench.builds.system_calls,
        };
        let mut runs = Vec::new();
        for peer in &bench.peers {
            let program = match peer.kind {
                Kind::Native => Invocation::new(&built.native),
                Kind::Wasmjit => peer.command().arg(&built.wasm),
                _ => continue,
            };
            runs.push((
                peer.kind,
                program.arg(kept.name).arg(kept.count.to_string()),
            ));
        }
        let costs = measure_printed(bench, &runs)?;
        Ok(Operation {
            name: kept.name,
            costs,
        })
    };
    OPERATIONS.iter().map(of).collect()
}
