//! `cargo xtask nginx --vm`: nginx as one process in ring 0, compared with the native
//! one by the instructions that a request takes.
//!
//! As for the loops of `cargo xtask bench --vm`, time passes by instructions in the
//! virtual machine, so that the time that a process has run is their number, the
//! kernel's on its behalf included.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};

use super::build;
use crate::places;
use crate::vm::{Kernel, Machine};

/// The kernel that is measured.
const KERNEL: &str = "6.1";
/// How many requests are made in each way.
const REQUESTS: u32 = 10_000;
/// How long a machine may run.
const LIMIT: Duration = Duration::from_secs(3600);

/// How the script names the ways to make requests, and what they are.
const WAYS: [(&str, &str); 2] = [
    ("-k", "over kept connections"),
    ("-c", "with a connection each"),
];

/// Page-table isolation.
const ISOLATION: [&str; 2] = ["pti=off", "pti=on"];

/// Instructions of a request, by server and way.
type Counts = BTreeMap<(String, String), u64>;

/// Measures, prints the ratios, and fails when a request does.
pub(super) fn run() -> Result<()> {
    println!("| requests | kernel | native | ring 0 | ratio |");
    println!("|---|---|--:|--:|--:|");
    for option in ISOLATION {
        let counts = measure(option)?;
        for (way, what) in WAYS {
            let count = |server: &str| {
                let count = counts.get(&(server.to_owned(), way.to_owned()));
                count.with_context(|| format!("no result of {server} {what}"))
            };
            let (native, ring0) = (count("native")?, count("ring0")?);
            let ratio = *ring0 as f64 / *native as f64;
            println!("| {what} | {option} | {native} | {ring0} | {ratio:.3} |");
        }
    }
    println!("(instructions of the server's process for each of {REQUESTS} requests; none failed)");
    Ok(())
}

/// Makes requests in a machine with this option of the kernel's.
fn measure(option: &str) -> Result<Counts> {
    let programs = build::ensure()?;
    let kernel = Kernel::find(KERNEL)?;
    let script = places::root().join("xtask/src/nginx/ring0.sh");
    let command: [OsString; 5] = [
        "sh".into(),
        script.into(),
        programs.native.into(),
        programs.wasm.into(),
        REQUESTS.to_string().into(),
    ];
    let append = [option.to_owned()];
    let machine = Machine {
        icount: true,
        append: &append,
        timeout: LIMIT,
        ..Machine::new(&kernel, &command)?
    };
    let outcome = machine.run()?;
    outcome.check_log()?;
    let said = String::from_utf8_lossy(&outcome.stdout);
    if outcome.status != 0 {
        let complaint = String::from_utf8_lossy(&outcome.stderr);
        bail!("failed: status {}\n{said}{complaint}", outcome.status);
    }
    let mut counts = Counts::new();
    for line in said.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        let &[server, way, answered, failed, count] = &*words else {
            bail!("not a result: {line}");
        };
        let all = REQUESTS.to_string();
        ensure!(
            answered == all && failed == "0",
            "not all were answered: {line}"
        );
        let count = count
            .parse()
            .with_context(|| format!("no number: {line}"))?;
        counts.insert((server.to_owned(), way.to_owned()), count);
    }
    Ok(counts)
}
