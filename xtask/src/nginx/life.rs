//! Signals, and what becomes of the processes.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, ensure};

use super::checks::Bench;
use super::server::{self, Kind, Server, said, wait_for};
use crate::command::End;

/// Fetches the large file slowly, so that it takes some seconds.
struct Transfer {
    curl: Child,
    to: std::path::PathBuf,
}

impl Transfer {
    fn start(bench: &Bench) -> Result<Transfer> {
        let to = bench.site.dir().join("transfer");
        let curl = Command::new("curl")
            .args(["-sS", "--limit-rate", "20M", "-o"])
            .arg(&to)
            .arg(bench.site.url("/large.bin"))
            .stdin(Stdio::null())
            .spawn()?;
        wait_for("the beginning of the transfer", || {
            fs::metadata(&to)
                .is_ok_and(|file| file.len() > 0)
                .then_some(())
        })?;
        Ok(Transfer { curl, to })
    }

    /// Waits for its end and compares.
    fn finish(mut self, bench: &Bench) -> Result<()> {
        let status = self.curl.wait()?;
        ensure!(status.success(), "the transfer was cut off: {status}");
        ensure!(
            fs::read(&self.to)? == bench.site.file("large.bin")?,
            "the transferred file differs"
        );
        fs::remove_file(&self.to)?;
        Ok(())
    }
}

/// The workers that have not ended.
fn living(workers: &BTreeSet<u32>) -> BTreeSet<u32> {
    let lives = |worker: &&u32| Path::new(&format!("/proc/{worker}")).exists();
    workers.iter().filter(lives).copied().collect()
}

/// Waits for an answer that the changed configuration gives.
fn answers(bench: &Bench, wanted: &str) -> Result<()> {
    wait_for("the new configuration's answer", || {
        let got = bench.text("/version", &[]).ok()?;
        (got.trim() == wanted).then_some(())
    })
}

pub(super) fn reload(bench: &mut Bench) -> Result<String> {
    let server = bench.server()?;
    let old = server.workers();
    bench.site.configure("second")?;
    let asked = server.command(&["-s", "reload"])?;
    ensure!(asked.end == End::Status(0), "{}", said(&asked));
    let new = server.new_workers(&old)?;
    answers(bench, "second")?;
    let log = bench.site.log("error.log");
    ensure!(log.contains("(SIGHUP) received"), "no SIGHUP in the log");
    ensure!(log.contains("(SIGCHLD) received"), "no SIGCHLD in the log");
    Ok(format!("{old:?} gave way to {new:?}"))
}

pub(super) fn hang_up(bench: &mut Bench) -> Result<String> {
    let server = bench.server()?;
    let old = server.workers();
    let transfer = Transfer::start(bench)?;
    bench.site.configure("third")?;
    server.signal(server.master(), "HUP")?;
    answers(bench, "third")?;
    let left = living(&old);
    ensure!(
        left.len() == 1,
        "workers with a transfer: {left:?} of {old:?}"
    );
    transfer.finish(bench)?;
    server.new_workers(&old)?;
    wait_for("the end of the old worker", || {
        living(&old).is_empty().then_some(())
    })?;
    Ok("the transfer went on".to_owned())
}

pub(super) fn killed_worker(bench: &mut Bench) -> Result<String> {
    let server = bench.server()?;
    let old = server.workers();
    let killed = *old.first().context("there are no workers")?;
    server.signal(killed, "KILL")?;
    wait_for("another worker", || {
        let now = server.workers();
        (now.len() == 2 && !now.contains(&killed)).then_some(())
    })?;
    let line = format!("worker process {killed} exited on signal 9");
    ensure!(
        bench.site.log("error.log").contains(&line),
        "no \"{line}\" in the log"
    );
    for _ in 0..20 {
        bench.curl("/index.html", &[])?;
    }
    Ok(format!("{killed} by {:?}", &server.workers() - &old))
}

pub(super) fn reopen(bench: &mut Bench) -> Result<String> {
    let server = bench.server()?;
    let logs = bench.site.dir().join("logs");
    fs::rename(logs.join("access.log"), logs.join("access.old"))?;
    server.signal(server.master(), "USR1")?;
    wait_for("a line in the new log", || {
        bench.curl("/index.html?anew", &[]).ok()?;
        bench.site.log("access.log").contains("anew").then_some(())
    })?;
    Ok(String::new())
}

pub(super) fn quit(bench: &mut Bench) -> Result<String> {
    let server = bench.server.take().context("the server does not run")?;
    let transfer = Transfer::start(bench)?;
    let asked = server.command(&["-s", "quit"])?;
    ensure!(asked.end == End::Status(0), "{}", said(&asked));
    wait_for("a server that takes no more connections", || {
        bench.curl("/index.html", &[]).is_err().then_some(())
    })?;
    transfer.finish(bench)?;
    server.wait_for_end()?;
    ensure!(
        !bench.site.dir().join("logs/nginx.pid").exists(),
        "the pid file is left"
    );
    Ok(String::new())
}

pub(super) fn terminate(bench: &mut Bench) -> Result<String> {
    let server = Server::start(&bench.programs, Kind::Wasm, &bench.site)?;
    let workers = server.workers();
    server.signal(server.master(), "TERM")?;
    server.wait_for_end()?;
    ensure!(living(&workers).is_empty(), "workers are left");
    Ok(String::new())
}

/// Which calls a request for a file makes.
pub(super) fn trace(bench: &mut Bench) -> Result<String> {
    let path = bench.site.dir().join("trace");
    let mut words = server::words(&bench.programs, Kind::Wasm)?;
    words.insert(2, format!("--strace={}", path.display()).into());
    let server = Server::start_by(words, &bench.site)?;
    let got = bench.curl("/large.bin", &[])?;
    ensure!(got == bench.site.file("large.bin")?, "the file differs");
    // Not by its command, which would begin a trace of its own.
    server.signal(server.master(), "QUIT")?;
    server.wait_for_end()?;
    let trace = String::from_utf8_lossy(&fs::read(&path)?).into_owned();
    for call in [
        "fork(",
        "epoll_wait(",
        "accept4(",
        "sendfile(",
        "sigsuspend(",
    ] {
        ensure!(trace.contains(call), "no {call} in the trace");
    }
    Ok(format!("{} calls", trace.lines().count()))
}
