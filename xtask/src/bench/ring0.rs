//! `cargo xtask bench --vm`: loops of system calls in ring 0 and natively.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::time::Duration;

use anyhow::{Context, Result};

use super::build::{self, Built};
use super::workloads::folder;
use crate::vm::count;

/// How often each loop goes round.
const COUNT: &str = "5000";
/// How long a machine may run.
const LIMIT: Duration = Duration::from_secs(1200);

/// Names of the loops, what one iteration does, and how much of native code's
/// instructions it may take.
const LOOPS: [(&str, &str, f64); 6] = [
    ("pipe4096", "write 4096 bytes to a pipe and read them", 0.96),
    ("pipe1", "the same with 1 byte", 0.80),
    ("getppid", "getppid", 0.35),
    ("file", "open, read and close a small file", 1.0),
    ("pair", "echo over a socket pair, with epoll", 1.0),
    ("tcp", "the same over loopback TCP", 1.0),
];

/// Instructions of an iteration: natively and in ring 0.
type Counts = BTreeMap<String, [f64; 2]>;

/// Builds the loops, runs them, and prints the ratios.
pub(crate) fn run() -> Result<()> {
    let loops = build::loops(&[])?;
    let [off, on] = count::ISOLATION;
    let counts = [measure(off, &loops)?, measure(on, &loops)?];
    println!("| iteration | native | ring 0 | ratio | native | ring 0 | ratio | goal |");
    println!("|---|--:|--:|--:|--:|--:|--:|--:|");
    let mut missed = Vec::new();
    for (name, what, goal) in LOOPS {
        let mut line = format!("| {what} |");
        for counts in &counts {
            let found = counts.get(name);
            let [native, ring0] = *found.with_context(|| format!("no result for {name}"))?;
            let ratio = ring0 / native;
            line += &format!(" {native:.0} | {ring0:.0} | {ratio:.3} |");
            if ratio > goal {
                missed.push(name);
            }
        }
        println!("{line} {goal:.2} |");
    }
    println!("(instructions; first with pti=off, then with pti=on)");
    missed.dedup();
    if !missed.is_empty() {
        println!("more than the goal: {}", missed.join(", "));
    }
    Ok(())
}

/// Runs all loops in a machine with this option of the kernel's.
fn measure(option: &str, loops: &Built) -> Result<Counts> {
    let script = folder().join("calls/ring0.sh");
    let command: [OsString; 5] = [
        "sh".into(),
        script.into(),
        loops.native.clone().into(),
        loops.wasm.clone().into(),
        COUNT.into(),
    ];
    let said = count::run(option, LIMIT, &command)?;
    let numbers = |line: &str| {
        let mut words = line.split_whitespace();
        let name = words.next()?.to_owned();
        let native = words.next()?.parse().ok()?;
        Some((name, [native, words.next()?.parse().ok()?]))
    };
    Ok(said.lines().filter_map(numbers).collect())
}
