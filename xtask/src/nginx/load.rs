//! Many requests, and how many in a second.

use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use super::backend;
use super::checks::{Bench, counters_agree};
use super::server::{Kind, Server};
use super::site::Site;
use crate::command::output;

/// Connections at a time.
const CONNECTIONS: usize = 32;

/// Makes many requests in several ways; each must be answered well.
pub(super) fn requests(bench: &mut Bench) -> Result<String> {
    bench.server()?;
    let load = bench.load;
    let ways: [(usize, &str, &[&str]); 3] = [
        (load.kept, "/index.html", &["-k"]),
        (load.single, "/style.css", &[]),
        (load.proxied, "/backend/load", &["-k"]),
    ];
    let mut total = 0;
    for (count, path, options) in ways {
        let said = output(
            Command::new("ab")
                .args([
                    "-q",
                    "-n",
                    &count.to_string(),
                    "-c",
                    &CONNECTIONS.to_string(),
                ])
                .args(options)
                .arg(bench.site.url(path)),
        )?;
        ensure!(
            number(&said, "Complete requests:")? == count,
            "{path}: {said}"
        );
        ensure!(number(&said, "Failed requests:")? == 0, "{path}: {said}");
        ensure!(!said.contains("Non-2xx responses"), "{path}: {said}");
        total += count;
    }
    let lines = bench
        .site
        .log("access.log")
        .lines()
        .filter(|line| line.contains("ApacheBench"))
        .count();
    ensure!(lines >= total, "{lines} lines in the access log");
    counters_agree(bench)?;
    Ok(format!("{total} requests, none failed"))
}

/// What stands after a heading.
fn number(text: &str, heading: &str) -> Result<usize> {
    let line = text.lines().find_map(|line| line.strip_prefix(heading));
    let word = line.and_then(|rest| rest.split_whitespace().next());
    word.and_then(|word| word.parse().ok())
        .with_context(|| format!("ab says no {heading}: {text}"))
}

/// What is measured, and how wrk asks for it.
const MEASURED: [(&str, &str, &[&str]); 4] = [
    ("a small file", "/index.html", &[]),
    ("a file of 200 kB", "/prose.txt", &[]),
    (
        "the same compressed",
        "/prose.txt",
        &["-H", "Accept-Encoding: gzip"],
    ),
    ("by way of a proxy", "/backend/load", &[]),
];

/// Measurements of each.
const ROUNDS: usize = 3;

/// Requests in a second, by turns with the native server; the best of each. What it
/// shows depends on the machine, so no result fails.
pub(super) fn speed(bench: &mut Bench) -> Result<String> {
    let Some(time) = bench.load.measured else {
        return Ok("not measured in the short test".to_owned());
    };
    let mut running = Vec::new();
    for kind in [Kind::Wasm, Kind::Native] {
        let site = Site::new(None)?;
        let backend = backend::start(site.backend_port())?;
        let server = Server::start(&bench.programs, kind, &site)?;
        running.push((kind, site, server, backend));
    }
    let mut worst = f64::INFINITY;
    for (what, path, options) in MEASURED {
        let mut best = [0f64; 2];
        for _ in 0..ROUNDS {
            for ((_, site, ..), best) in running.iter().zip(&mut best) {
                *best = best.max(rate(&site.url(path), time, options)?);
            }
        }
        let [wasm, native] = best;
        let ratio = wasm / native;
        worst = worst.min(ratio);
        println!("         {what:<22} wasm {wasm:8.0}/s  native {native:8.0}/s  ratio {ratio:.2}");
    }
    for (_, _, server, _) in running {
        server.quit()?;
    }
    Ok(format!("the lowest ratio is {worst:.2}"))
}

/// Requests in a second as wrk counts them.
fn rate(url: &str, time: Duration, options: &[&str]) -> Result<f64> {
    let text = output(
        Command::new("wrk")
            .args(["-t", "1", "-c", &CONNECTIONS.to_string()])
            .arg(format!("-d{}s", time.as_secs()))
            .args(options)
            .arg(url),
    )?;
    ensure!(!text.contains("Non-2xx"), "{text}");
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix("Requests/sec:"));
    line.and_then(|rest| rest.trim().parse().ok())
        .with_context(|| format!("wrk says no rate: {text}"))
}
