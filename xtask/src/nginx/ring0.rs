//! `cargo xtask nginx --vm`: nginx as one process in ring 0, compared with the native
//! one by the instructions that a request takes.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};

use super::build::{self, Programs};
use crate::places;
use crate::vm::count;

/// How many requests are made in each way.
const REQUESTS: u32 = 10_000;
/// How long a machine may run.
const LIMIT: Duration = Duration::from_secs(3600);

/// How the script names the ways to make requests, and what they are.
const WAYS: [(&str, &str); 2] = [
    ("-k", "over kept connections"),
    ("-c", "with a connection each"),
];

/// Instructions of a request, by server and way.
type Counts = BTreeMap<(String, String), u64>;

/// Measures, prints the ratios, and fails when a request does.
pub(super) fn run() -> Result<()> {
    let programs = build::ensure()?;
    println!("| requests | kernel | native | ring 0 | ratio |");
    println!("|---|---|--:|--:|--:|");
    for option in count::ISOLATION {
        let counts = measure(option, &programs)?;
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
fn measure(option: &str, programs: &Programs) -> Result<Counts> {
    let script = places::root().join("xtask/src/nginx/ring0.sh");
    let command: [OsString; 5] = [
        "sh".into(),
        script.into(),
        programs.native.clone().into(),
        programs.wasm.clone().into(),
        REQUESTS.to_string().into(),
    ];
    let said = count::run(option, LIMIT, &command)?;
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
