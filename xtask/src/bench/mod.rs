//! `cargo xtask bench`: how fast, how large, how soon, beside native code and
//! other engines.
//!
//! What is run is described in `benches/workloads.toml`. All programs are built
//! with the same compilers for all engines, run in turn, and have to print the
//! same. The results are medians.

mod build;
mod calls;
mod compile;
mod context;
mod generator;
mod install;
mod launch;
mod peers;
mod plot;
mod report;
mod results;
mod ring0;
mod run_time;
mod series;
mod start_up;
mod system_calls;
mod table;
mod workloads;

use std::collections::BTreeSet;
use std::fs;
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use self::context::Bench;
use self::launch::Launcher;
use self::peers::Kind;
use self::plot::Chart;
use self::results::{Clock, Results};
use self::workloads::{Description, Workload};
use crate::places;

/// How often each thing is run, by default and with `--quick`.
const RUNS: usize = 5;
const QUICK_RUNS: usize = 3;
/// How long a run may take.
const LIMIT: Duration = Duration::from_secs(900);
/// The load from which on results are doubtful.
const BUSY: f64 = 0.5;

/// Options of `cargo xtask bench`.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Run only this: a workload, a class of workloads, run-time, start-up,
    /// compile, first-answer, code-size, calls or system-calls.
    #[arg(long, value_name = "NAME")]
    only: Vec<String>,
    /// Compare only with these.
    #[arg(long = "peer", value_name = "PEER")]
    peers: Vec<Kind>,
    /// How often each thing is run [default: 5, or 3 with --quick].
    #[arg(long)]
    runs: Option<NonZero<usize>>,
    /// Run few workloads, and take smaller modules.
    #[arg(long)]
    quick: bool,
    /// Measure nothing; build all workloads and compare what they print.
    #[arg(long)]
    check: bool,
    /// The clock that the tables of run times are about.
    #[arg(long, default_value = "wall")]
    clock: Clock,
    /// The wasmjit to measure; by default it is built.
    #[arg(long, value_name = "PATH")]
    wasmjit: Option<PathBuf>,
    /// Write all results to this file, too.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Install the other engines into the user's cache folder first.
    #[arg(long)]
    install_peers: bool,
    /// Only list the workloads.
    #[arg(long)]
    list: bool,
    /// Count the instructions that loops of system calls take in ring 0 and
    /// natively, in a virtual machine; nothing else.
    #[arg(long)]
    vm: bool,
}

/// The measurements beside the workloads' run times.
const PARTS: [&str; 7] = [
    "run-time",
    "start-up",
    "compile",
    "first-answer",
    "code-size",
    "calls",
    "system-calls",
];

impl Arguments {
    /// Whether a part is to be measured.
    fn wants(&self, part: &str) -> bool {
        !self.check && (self.only.is_empty() || self.only.iter().any(|name| name == part))
    }

    /// The workloads to run. Naming a part leaves all of them, for those parts
    /// that are about workloads.
    fn choose<'a>(&self, all: &'a [Workload]) -> Result<Vec<&'a Workload>> {
        let known = |name: &String| {
            PARTS.contains(&name.as_str()) || all.iter().any(|one| one.is_called(name))
        };
        if let Some(unknown) = self.only.iter().find(|name| !known(name)) {
            bail!("there is no {unknown}: see --list and --help");
        }
        let names: Vec<&String> = self
            .only
            .iter()
            .filter(|name| !PARTS.contains(&name.as_str()))
            .collect();
        let chosen = |workload: &&Workload| {
            if names.is_empty() {
                !self.quick || workload.quick
            } else {
                names.iter().any(|name| workload.is_called(name))
            }
        };
        Ok(all.iter().filter(chosen).collect())
    }

    /// Whether workloads are to be run.
    fn runs_workloads(&self) -> bool {
        let is_part = |name: &String| PARTS.contains(&name.as_str());
        self.check || self.wants("run-time") || !self.only.iter().all(is_part)
    }
}

/// Measures what was asked for and reports.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    if arguments.vm {
        return ring0::run();
    }
    let description = Description::read()?;
    let workloads = arguments.choose(&description.workloads)?;
    if arguments.list {
        for workload in workloads {
            println!("{:<16} {}", workload.name, workload.class.name());
        }
        return Ok(());
    }
    if arguments.install_peers {
        install::run_all()?;
    }
    let started = Instant::now();
    let work = places::target_dir().join("bench");
    fs::create_dir_all(&work)?;
    let runs = arguments.runs.map_or(
        if arguments.quick { QUICK_RUNS } else { RUNS },
        NonZero::get,
    );
    let peers = peers::find(&arguments.peers, arguments.wasmjit.as_deref(), &work)?;
    let origins: BTreeSet<_> = workloads.iter().map(|one| one.origin()).collect();
    let builds = build::all(&description, &origins)?;
    let bench = Bench {
        launcher: Launcher::new(builds.launcher.clone(), work.join("files"), LIMIT)?,
        builds,
        peers,
        work: work.clone(),
        runs,
    };
    for peer in &bench.peers {
        peer.forget()?;
    }
    let mut results = Results::new(&bench.peers, runs, arguments.clock)?;
    if results.machine.load > BUSY && !arguments.check {
        eprintln!(
            "the machine is busy (load {:.1}): do not rely on these results",
            results.machine.load
        );
    }
    measure(arguments, &bench, &workloads, &mut results)?;

    let mistakes = results.mistakes();
    if arguments.check {
        println!(
            "bench: {} workloads, {} mistakes",
            results.run_time.len(),
            mistakes.len()
        );
    } else {
        write_reports(arguments, &results, &work)?;
        println!("bench: {:.0} s", started.elapsed().as_secs_f64());
    }
    if !mistakes.is_empty() {
        bail!("something went wrong:\n{}", mistakes.join("\n"));
    }
    Ok(())
}

/// Measures all parts that were asked for.
fn measure(
    arguments: &Arguments,
    bench: &Bench,
    workloads: &[&Workload],
    results: &mut Results,
) -> Result<()> {
    if arguments.wants("start-up") {
        println!("start-up");
        results.start_up = start_up::measure(bench)?;
    }
    if arguments.wants("calls") {
        println!("calls");
        results.calls = calls::embedded(bench)?;
        results.wasi_calls = calls::wasi(bench)?;
    }
    if arguments.wants("system-calls") {
        println!("system-calls");
        results.system_calls = system_calls::measure(bench)?;
    }
    if arguments.runs_workloads() {
        for workload in workloads {
            let result = run_time::measure(bench, workload, arguments.check)?;
            println!("{}", progress(&result, arguments));
            results.run_time.push(result);
        }
    }
    if arguments.wants("code-size") {
        println!("code-size");
        results.code_size = compile::code_sizes(bench, workloads)?;
    }
    if arguments.wants("compile") || arguments.wants("first-answer") {
        let large = compile::large_module(bench, arguments.quick)?;
        if arguments.wants("first-answer") {
            println!("first-answer");
            results.first_answer = compile::first_answer(bench, &large)?;
        }
        if arguments.wants("compile") {
            println!("compile");
            let sqlite = workloads::Origin::Program("sqlite".to_owned());
            let sqlite = bench.builds.origins.get(&sqlite);
            let mut modules: Vec<PathBuf> =
                sqlite.map(|built| built.wasm.clone()).into_iter().collect();
            modules.push(large);
            results.compile = compile::full(bench, &modules)?;
        }
    }
    Ok(())
}

/// A line about a workload that was run.
fn progress(result: &run_time::WorkloadResult, arguments: &Arguments) -> String {
    let of = arguments.clock.of();
    let mut line = format!("{:<16}", result.name);
    for one in &result.results {
        let is_base = one.peer == Kind::Native && one.size == workloads::Size::Small;
        if is_base && !arguments.check {
            continue;
        }
        let number = match (&one.problem, arguments.check) {
            (Some(problem), _) if arguments.check => problem.clone(),
            (Some(_), _) => "failed".to_owned(),
            (None, true) => "ok".to_owned(),
            (None, false) if one.peer == Kind::Native => {
                format!("{:.3} s", one.series.median(of))
            }
            (None, false) => match result.ratio(one.peer, Kind::Native, of) {
                Some(ratio) => format!("{ratio:.2}"),
                None => format!("{:.3} s", one.series.median(of)),
            },
        };
        line += &format!("  {} {number}", one.peer.name());
    }
    line
}

/// Prints the report and writes it, the plots and the numbers to files.
fn write_reports(arguments: &Arguments, results: &Results, work: &Path) -> Result<()> {
    let text = report::markdown(results);
    println!("\n{text}");
    let mut files = vec![(work.join("report.md"), text)];
    if let Some(svg) = run_time_plot(results) {
        files.push((work.join("run-time.svg"), svg));
    }
    if let Some(svg) = start_up_plot(results) {
        files.push((work.join("start-up.svg"), svg));
    }
    let json = serde_json::to_string_pretty(results)?;
    if let Some(path) = &arguments.json {
        files.push((path.clone(), json.clone()));
    }
    files.push((work.join("results.json"), json));
    for (path, text) in files {
        fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
        println!("wrote {}", path.display());
    }
    Ok(())
}

/// Run times in relation to native ones.
fn run_time_plot(results: &Results) -> Option<String> {
    let of = results.clock.of();
    let peers: Vec<Kind> = results
        .peers
        .iter()
        .map(|info| info.peer)
        .filter(|peer| *peer != Kind::Native && !peer.interprets())
        .collect();
    let names: Vec<&str> = peers.iter().map(|peer| peer.name()).collect();
    let mean = peers
        .iter()
        .map(|&peer| report::mean_ratio(&results.run_time, peer, Kind::Native, of));
    let mut groups = vec![("geometric mean".to_owned(), mean.collect::<Vec<_>>())];
    groups.extend(results.run_time.iter().map(|workload| {
        let ratios = peers
            .iter()
            .map(|&peer| workload.ratio(peer, Kind::Native, of));
        (workload.name.clone(), ratios.collect())
    }));
    let any = groups[0].1.iter().any(Option::is_some);
    any.then(|| {
        let note = format!(
            "{} as a multiple of native code's (gcc -O3); less is better; {}",
            results.clock.name(),
            results.date
        );
        Chart {
            title: "Run time",
            note: &note,
            series: &names,
            groups: &groups,
            limit: 4.0,
        }
        .svg()
    })
}

/// The times until the first output of `hello`.
fn start_up_plot(results: &Results) -> Option<String> {
    let starts = results.start_up.iter();
    let groups: Vec<(String, Vec<Option<f64>>)> = starts
        .filter(|start| start.problem.is_none())
        .map(|start| {
            let state = start.state.map_or("", start_up::State::name);
            let name = format!("{} {state}", start.peer.name());
            let time = start.series.first_output() * 1e3;
            (name.trim_end().to_owned(), vec![Some(time)])
        })
        .collect();
    (!groups.is_empty()).then(|| {
        let note = format!("milliseconds; less is better; {}", results.date);
        Chart {
            title: "From start to first output of hello",
            note: &note,
            series: &["first output"],
            groups: &groups,
            limit: f64::INFINITY,
        }
        .svg()
    })
}
