//! All results of a run of the benchmark, as `--json` writes them.

use std::fs;
use std::process::Command;
use std::thread;

use anyhow::{Context, Result};
use serde::Serialize;

use super::calls::CallCost;
use super::compile::{CodeSize, Compilation};
use super::launch::Run;
use super::peers::{Kind, Peer};
use super::run_time::WorkloadResult;
use super::start_up::StartUp;
use super::system_calls::Operation;
use crate::command::output;
use crate::emscripten::Release;

/// All results.
#[derive(Serialize)]
pub(crate) struct Results {
    /// When it began.
    pub(crate) date: String,
    /// Where it ran.
    pub(crate) machine: Machine,
    /// The engines and their versions.
    pub(crate) peers: Vec<PeerInfo>,
    /// What compiled the modules.
    pub(crate) emscripten: String,
    /// How often each thing was run.
    pub(crate) runs: usize,
    /// Which time the tables are about.
    pub(crate) clock: Clock,
    /// The workloads.
    pub(crate) run_time: Vec<WorkloadResult>,
    /// The starts of `hello`.
    pub(crate) start_up: Vec<StartUp>,
    /// Full compilations.
    pub(crate) compile: Vec<Compilation>,
    /// Runs of the large module until its first output.
    pub(crate) first_answer: Vec<Compilation>,
    /// The sizes of machine code.
    pub(crate) code_size: Vec<CodeSize>,
    /// Calls of functions of the embedder.
    pub(crate) calls: Vec<CallCost>,
    /// Calls of WASI functions in the engines' commands.
    pub(crate) wasi_calls: Vec<CallCost>,
    /// System calls.
    pub(crate) system_calls: Vec<Operation>,
}

/// A clock.
#[derive(Serialize, Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Clock {
    /// The time that passes.
    Wall,
    /// The time that processors are busy.
    Cpu,
}

impl Clock {
    /// How the clock reads a run.
    pub(crate) fn of(self) -> fn(&Run) -> f64 {
        match self {
            Clock::Wall => |run| run.wall,
            Clock::Cpu => |run| run.cpu,
        }
    }

    /// What it is called in a heading.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Clock::Wall => "wall time",
            Clock::Cpu => "processor time",
        }
    }
}

/// An engine.
#[derive(Serialize)]
pub(crate) struct PeerInfo {
    /// Which.
    pub(crate) peer: Kind,
    /// Its version.
    pub(crate) version: String,
}

/// A machine.
#[derive(Serialize)]
pub(crate) struct Machine {
    /// The processor's name.
    pub(crate) processor: String,
    /// How many processors there are.
    pub(crate) cores: usize,
    /// The memory in bytes.
    pub(crate) memory: u64,
    /// The kernel's name and version.
    pub(crate) system: String,
    /// How many processes wanted to run over the last minute, at the start.
    pub(crate) load: f64,
}

impl Results {
    /// No results yet.
    pub(crate) fn new(peers: &[Peer], runs: usize, clock: Clock) -> Result<Results> {
        let info = |peer: &Peer| PeerInfo {
            peer: peer.kind,
            version: peer.version.clone(),
        };
        Ok(Results {
            date: output(Command::new("date").args(["-u", "+%Y-%m-%d %H:%M UTC"]))?
                .trim()
                .to_owned(),
            machine: Machine::this()?,
            peers: peers.iter().map(info).collect(),
            emscripten: Release::Installed.version()?.to_owned(),
            runs,
            clock,
            run_time: Vec::new(),
            start_up: Vec::new(),
            compile: Vec::new(),
            first_answer: Vec::new(),
            code_size: Vec::new(),
            calls: Vec::new(),
            wasi_calls: Vec::new(),
            system_calls: Vec::new(),
        })
    }

    /// What went wrong, a line each. What an engine cannot run is no mistake, a
    /// wrong output or a failure of ours is.
    pub(crate) fn mistakes(&self) -> Vec<String> {
        let workloads = self.run_time.iter().flat_map(|workload| {
            let results = workload.results.iter();
            results.map(|result| (workload.name.as_str(), result.peer, &result.problem))
        });
        let starts = self.start_up.iter();
        let starts = starts.map(|start| ("start-up", start.peer, &start.problem));
        let compilations = self.compile.iter().chain(&self.first_answer);
        let compilations = compilations.map(|one| (one.module.as_str(), one.peer, &one.problem));
        let system_calls = self.system_calls.iter().flat_map(|one| &one.costs);
        let calls = self
            .calls
            .iter()
            .chain(&self.wasi_calls)
            .chain(system_calls);
        let calls = calls.map(|call| ("calls", call.peer, &call.problem));
        let all = workloads.chain(starts).chain(compilations).chain(calls);
        all.filter_map(|(what, peer, problem)| {
            let problem = problem.as_ref()?;
            let ours = matches!(peer, Kind::Native | Kind::Wasmjit);
            let bad = ours || problem.contains("output is wrong");
            bad.then(|| format!("{what}, {}: {problem}", peer.name()))
        })
        .collect()
    }
}

impl Machine {
    /// The machine that this runs on.
    fn this() -> Result<Machine> {
        let processors = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let processor = field(&processors, "model name").unwrap_or("unknown");
        let memory = fs::read_to_string("/proc/meminfo").unwrap_or_default();
        let memory = field(&memory, "MemTotal").unwrap_or("0 kB");
        let kib: u64 = memory.trim_end_matches(" kB").parse().unwrap_or(0);
        let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
        let load = load.split_whitespace().next().unwrap_or("0");
        Ok(Machine {
            processor: processor.to_owned(),
            cores: thread::available_parallelism()?.get(),
            memory: kib * 1024,
            system: output(Command::new("uname").arg("-srm"))?.trim().to_owned(),
            load: load.parse().context("not a load average")?,
        })
    }
}

/// The value of the first line `NAME : VALUE`.
fn field<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    text.lines().find_map(|line| {
        let (found, value) = line.split_once(':')?;
        (found.trim() == name).then_some(value.trim())
    })
}
