//! A running nginx, and its processes as the system shows them.

use std::collections::BTreeSet;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use super::build::Programs;
use super::site::Site;
use crate::command::{Captured, End, capture, output, wasmjit};

/// Which of the two.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// The module, under wasmjit.
    Wasm,
    /// The executable.
    Native,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Kind::Wasm => "wasm",
            Kind::Native => "native",
        })
    }
}

/// How long anything may take that is asked of a server.
const LIMIT: Duration = Duration::from_secs(60);

/// A server that was started; ended when it is dropped.
pub(super) struct Server {
    words: Vec<PathBuf>,
    dir: PathBuf,
    master: u32,
}

impl Server {
    /// Starts it as a daemon and waits until it answers.
    pub(super) fn start(programs: &Programs, kind: Kind, site: &Site) -> Result<Server> {
        Self::start_by(words(programs, kind)?, site)
    }

    /// As [`Self::start`], by other words than [`words`].
    pub(super) fn start_by(words: Vec<PathBuf>, site: &Site) -> Result<Server> {
        let mut server = Server {
            words,
            dir: site.dir().to_owned(),
            master: 0,
        };
        let started = server.command(&[])?;
        if started.end != End::Status(0) {
            bail!("nginx does not start: {}", said(&started));
        }
        server.master = wait_for("the number of its process", || {
            let text = fs::read_to_string(server.dir.join("logs/nginx.pid")).ok()?;
            text.trim().parse().ok()
        })?;
        let version = site.url("/version");
        wait_for("an answer", || {
            output(Command::new("curl").args(["-sf", &version])).ok()
        })?;
        Ok(server)
    }

    /// Runs nginx's command with more arguments.
    pub(super) fn command(&self, arguments: &[&str]) -> Result<Captured> {
        command(&self.words, &self.dir, arguments)
    }

    /// The first process.
    pub(super) fn master(&self) -> u32 {
        self.master
    }

    /// The workers that there are now.
    pub(super) fn workers(&self) -> BTreeSet<u32> {
        children(self.master)
    }

    /// Waits until there are two workers, none of them of these.
    pub(super) fn new_workers(&self, old: &BTreeSet<u32>) -> Result<BTreeSet<u32>> {
        wait_for("two new workers", || {
            let now = self.workers();
            (now.len() == 2 && now.is_disjoint(old)).then_some(now)
        })
    }

    /// Sends a signal to one of its processes.
    pub(super) fn signal(&self, process: u32, name: &str) -> Result<()> {
        output(Command::new("kill").args([&format!("-{name}"), &process.to_string()]))?;
        Ok(())
    }

    /// Waits until no process of it is left.
    pub(super) fn wait_for_end(&self) -> Result<()> {
        wait_for("the end", || {
            let gone = |process: u32| !Path::new(&format!("/proc/{process}")).exists();
            (gone(self.master) && self.workers().is_empty()).then_some(())
        })
    }

    /// Ends it when it has answered what it has been asked.
    pub(super) fn quit(self) -> Result<()> {
        let asked = self.command(&["-s", "quit"])?;
        if asked.end != End::Status(0) {
            bail!("-s quit: {}", said(&asked));
        }
        self.wait_for_end()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if self.master != 0 && Path::new(&format!("/proc/{}", self.master)).exists() {
            // After a check that failed.
            for process in self.workers().into_iter().chain([self.master]) {
                let _ = self.signal(process, "KILL");
            }
        }
    }
}

/// What starts a server.
pub(super) fn words(programs: &Programs, kind: Kind) -> Result<Vec<PathBuf>> {
    Ok(match kind {
        Kind::Native => vec![programs.native.clone()],
        Kind::Wasm => vec![
            wasmjit()?.to_owned(),
            "run".into(),
            "--".into(),
            programs.wasm.clone(),
        ],
    })
}

/// Runs nginx in a site's folder.
pub(super) fn command(words: &[PathBuf], dir: &Path, arguments: &[&str]) -> Result<Captured> {
    let mut command = Command::new(&words[0]);
    command.args(&words[1..]).arg("-p").arg(dir);
    command.args(["-c", "nginx.conf"]).args(arguments);
    capture(&mut command, LIMIT)
}

/// How a command ended and what it said.
pub(super) fn said(captured: &Captured) -> String {
    format!(
        "{}: {}{}",
        captured.end,
        String::from_utf8_lossy(&captured.stdout),
        String::from_utf8_lossy(&captured.stderr)
    )
}

/// Looks again and again until there is what is waited for.
pub(super) fn wait_for<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> Result<T> {
    let started = Instant::now();
    while started.elapsed() < LIMIT {
        if let Some(found) = look() {
            return Ok(found);
        }
        thread::sleep(Duration::from_millis(20));
    }
    bail!("{what}: not within {} s", LIMIT.as_secs())
}

/// The processes that a process has started and that have not ended.
fn children(of: u32) -> BTreeSet<u32> {
    let mut found = BTreeSet::new();
    for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
        let name = entry.file_name();
        let Some(process) = name.to_str().and_then(|name| name.parse().ok()) else {
            continue;
        };
        let stat = fs::read_to_string(entry.path().join("stat")).unwrap_or_default();
        // After the name, which is in brackets: state, parent.
        let mut fields = stat.rsplit(')').next().unwrap_or("").split_whitespace();
        let (state, parent) = (fields.next(), fields.next());
        if state != Some("Z") && parent.and_then(|text| text.parse().ok()) == Some(of) {
            found.insert(process);
        }
    }
    found
}

/// What a line of a process's status says, as `Uid:`.
pub(super) fn status_line(process: u32, name: &str) -> Result<String> {
    let text = fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    Ok(line.context("no such line")?.trim().to_owned())
}

/// What the descriptors of a process stand for.
pub(super) fn descriptors(process: u32) -> Result<Vec<String>> {
    let entries = fs::read_dir(format!("/proc/{process}/fd"))?;
    let links = entries
        .flatten()
        .filter_map(|entry| fs::read_link(entry.path()).ok());
    Ok(links.map(|link| link.display().to_string()).collect())
}
