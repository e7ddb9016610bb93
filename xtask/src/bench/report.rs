//! The report: what was measured, as Markdown.

use std::fmt::Write as _;

use super::calls::CallCost;
use super::compile::Compilation;
use super::launch::Run;
use super::peers::Kind;
use super::results::Results;
use super::run_time::{WorkloadResult, size_for};
use super::series::{Series, geometric_mean};
use super::start_up::{StartUp, State};
use super::table::Table;
use super::workloads::{Class, Size};

/// Where a value is missing.
const NONE: &str = "–";
/// Native runs below this many seconds say little.
const TOO_SHORT: f64 = 0.05;

/// The whole report.
pub(crate) fn markdown(results: &Results) -> String {
    let mut text = heading(results);
    let parts = [
        summary(results),
        run_time(results),
        start_up(results),
        first_answer(results),
        compile(results),
        calls(results),
        system_calls(results),
        code_size(results),
        peak_memory(results),
        problems(results),
    ];
    for part in parts.into_iter().flatten() {
        text.push('\n');
        text.push_str(&part);
    }
    text
}

/// Date, machine, versions.
fn heading(results: &Results) -> String {
    let machine = &results.machine;
    let mut text = format!("# Benchmark of {}\n\n", results.date);
    let _ = writeln!(
        text,
        "{} × {}, {} of memory, {}; load {:.1} at the start. Medians of {} interleaved runs.\n",
        machine.cores,
        machine.processor,
        mib(machine.memory as f64),
        machine.system,
        machine.load,
        results.runs,
    );
    let mut table = Table::new(2, ["", "version"]);
    for peer in &results.peers {
        table.row([peer.peer.name(), &peer.version]);
    }
    table.row(["modules", &results.emscripten]);
    text + &table.to_string()
}

/// The figures that matter most.
fn summary(results: &Results) -> Option<String> {
    let mut table = Table::new(1, ["", "", "of native", "of wasmtime"]);
    let of = results.clock.of();
    let mean = |to| mean_ratio(&results.run_time, Kind::Wasmjit, to, of);
    if let Some(to_native) = mean(Kind::Native) {
        table.row([
            "run time, geometric mean".to_owned(),
            String::new(),
            times(Some(to_native)),
            times(mean(Kind::Wasmtime)),
        ]);
    }
    let start = |peer, state| {
        let found = |start: &&StartUp| start.peer == peer && start.state == state;
        let start = results.start_up.iter().find(found)?;
        (start.problem.is_none()).then_some(&start.series)
    };
    for state in [State::Cold, State::Cached] {
        let Some(ours) = start(Kind::Wasmjit, Some(state)) else {
            continue;
        };
        let mut row = |what: &str, of: fn(&Series) -> f64, shown: fn(f64) -> String| {
            let ratio = |to: Option<&Series>| times(to.map(|to| of(ours) / of(to)));
            table.row([
                format!("{what}, {}", state.name()),
                shown(of(ours)),
                ratio(start(Kind::Native, None)),
                ratio(start(Kind::Wasmtime, Some(state))),
            ]);
        };
        row("hello to first output", Series::first_output, milliseconds);
        row("peak memory of hello", Series::peak_memory, mib);
    }
    let of_peer = |all: &[Compilation], module: &str, peer| {
        let mut all = all.iter();
        let found =
            all.find(|one| one.module == module && one.peer == peer && one.problem.is_none())?;
        Some(found.series.clone())
    };
    if let Some(answer) = results.first_answer.first() {
        let module = &answer.module;
        let ours = of_peer(&results.first_answer, module, Kind::Wasmjit);
        let theirs = of_peer(&results.first_answer, module, Kind::Wasmtime);
        if let Some(ours) = ours.map(|series| series.first_output()) {
            let theirs = theirs.map(|series| series.first_output());
            table.row([
                format!("first answer of {}", mib(answer.module_bytes as f64)),
                milliseconds(ours),
                NONE.to_owned(),
                times(theirs.map(|theirs| ours / theirs)),
            ]);
        }
    }
    for module in modules(&results.compile) {
        let ours = of_peer(&results.compile, module, Kind::Wasmjit);
        let theirs = of_peer(&results.compile, module, Kind::Wasmtime);
        if let Some(ours) = ours.map(|series| series.median(|run| run.wall)) {
            let theirs = theirs.map(|series| series.median(|run| run.wall));
            table.row([
                format!("full compile of {module}"),
                milliseconds(ours),
                NONE.to_owned(),
                times(theirs.map(|theirs| ours / theirs)),
            ]);
        }
    }
    for (what, calls) in [
        ("host call", &results.calls),
        ("WASI call", &results.wasi_calls),
    ] {
        let cost = |peer| {
            let found = |call: &&CallCost| call.peer == peer && call.problem.is_none();
            calls.iter().find(found).map(CallCost::median)
        };
        if let Some(ours) = cost(Kind::Wasmjit) {
            table.row([
                what.to_owned(),
                nanoseconds(ours),
                times(cost(Kind::Native).map(|native| ours / native)),
                times(cost(Kind::Wasmtime).map(|theirs| ours / theirs)),
            ]);
        }
    }
    (!table.is_empty()).then(|| format!("## wasmjit in short\n\n{table}"))
}

/// The modules of compilations, each once.
fn modules(all: &[Compilation]) -> Vec<&str> {
    let mut names: Vec<&str> = all.iter().map(|one| one.module.as_str()).collect();
    names.dedup();
    names
}

/// The geometric mean of ratios over the workloads that both ran.
pub(crate) fn mean_ratio(
    workloads: &[WorkloadResult],
    peer: Kind,
    to: Kind,
    of: fn(&Run) -> f64,
) -> Option<f64> {
    geometric_mean(workloads.iter().filter_map(|one| one.ratio(peer, to, of)))
}

fn run_time(results: &Results) -> Option<String> {
    if results.run_time.is_empty() || results.runs == 0 {
        return None;
    }
    let of = results.clock.of();
    let peers: Vec<Kind> = results.peers.iter().map(|info| info.peer).collect();
    let others: Vec<Kind> = peers
        .iter()
        .copied()
        .filter(|&peer| peer != Kind::Native)
        .collect();
    // Beside wasmjit, what the peers' times are in relation to.
    let rivals: Vec<Kind> = others
        .iter()
        .copied()
        .filter(|&peer| !peer.interprets() && peer != Kind::Wasmjit)
        .filter(|_| others.contains(&Kind::Wasmjit))
        .collect();

    let mut headings = vec![
        "workload".to_owned(),
        "class".to_owned(),
        "native".to_owned(),
    ];
    headings.extend(others.iter().map(|peer| peer.name().to_owned()));
    headings.extend(rivals.iter().map(|peer| format!("wasmjit/{}", peer.name())));
    let mut table = Table::new(2, headings);
    for workload in &results.run_time {
        let native = workload.series(Kind::Native, Size::Full);
        let mut row = vec![
            workload.name.clone(),
            workload.class.name().to_owned(),
            native.map_or(NONE.to_owned(), |series| seconds(series.median(of))),
        ];
        row.extend(
            others
                .iter()
                .map(|&peer| ratio(workload.ratio(peer, Kind::Native, of))),
        );
        row.extend(
            rivals
                .iter()
                .map(|&peer| ratio(workload.ratio(Kind::Wasmjit, peer, of))),
        );
        table.row(row);
    }
    let mut mean_row = |name: String, class: &str, chosen: &[WorkloadResult]| {
        let mut row = vec![name, class.to_owned(), String::new()];
        let means = others
            .iter()
            .map(|&peer| ratio(mean_ratio(chosen, peer, Kind::Native, of)));
        row.extend(means);
        let means = rivals
            .iter()
            .map(|&peer| ratio(mean_ratio(chosen, Kind::Wasmjit, peer, of)));
        row.extend(means);
        table.row(row);
    };
    // Workloads of a class stand together.
    let classes = results.run_time.chunk_by(|a, b| a.class == b.class);
    for class in classes.filter(|class| class.len() > 1) {
        mean_row("geometric mean".to_owned(), class[0].class.name(), class);
    }
    mean_row("**geometric mean**".to_owned(), "all", &results.run_time);

    let mut text = format!(
        "## Run time\n\nWhole processes, {}; native in seconds, the others as multiples of it \
         (less is better).\n",
        results.clock.name()
    );
    if others.iter().any(|peer| peer.interprets()) {
        text += "The interpreters ran a twentieth of the work, and are compared with native \
                 runs of the same size.\n";
    }
    let spreads = results.run_time.iter().flat_map(|workload| {
        let full = |result: &&super::run_time::PeerResult| {
            result.size == size_for(result.peer) && result.problem.is_none()
        };
        let results = workload.results.iter().filter(full);
        results.map(|result| result.series.spread(of))
    });
    let spread = super::series::median(spreads.collect());
    let _ = writeln!(
        text,
        "The slowest and the fastest run of a workload in an engine are typically {:.0} % apart.\n",
        spread * 100.0
    );
    Some(text + &table.to_string())
}

fn start_up(results: &Results) -> Option<String> {
    let starts = &results.start_up;
    let native = starts.iter().find(|start| start.peer == Kind::Native)?;
    let native = native.series.first_output();
    let headings = [
        "engine",
        "",
        "first output",
        "of native",
        "end",
        "peak memory",
    ];
    let mut table = Table::new(2, headings);
    for start in starts {
        let state = start.state.map_or("", State::name);
        if start.problem.is_some() {
            table.row([start.peer.name(), state, NONE, NONE, NONE, NONE]);
            continue;
        }
        let first = start.series.first_output();
        table.row([
            start.peer.name().to_owned(),
            state.to_owned(),
            milliseconds(first),
            ratio(Some(first / native)),
            milliseconds(start.series.median(|run| run.wall)),
            mib(start.series.peak_memory()),
        ]);
    }
    let text = "## Start-up: `hello`\n\nFrom the start of the process to its first output and \
                to its end.\n\n";
    Some(text.to_owned() + &table.to_string())
}

fn first_answer(results: &Results) -> Option<String> {
    let all = &results.first_answer;
    let module = all.first()?;
    let reference = |one: &&Compilation| one.peer == Kind::Wasmtime && one.problem.is_none();
    let reference = all.iter().find(reference);
    let reference = reference.map(|one| one.series.first_output());
    let mut table = Table::new(1, ["engine", "first output", "of wasmtime", "peak memory"]);
    for one in all {
        if one.problem.is_some() {
            table.row([one.peer.name(), NONE, NONE, NONE]);
            continue;
        }
        let first = one.series.first_output();
        table.row([
            one.peer.name().to_owned(),
            milliseconds(first),
            precise(reference.map(|reference| first / reference)),
            mib(one.series.peak_memory()),
        ]);
    }
    let text = format!(
        "## First answer of a large module\n\nA generated module of {}, never seen before: from \
         the start of the process until it prints.\n\n",
        mib(module.module_bytes as f64)
    );
    Some(text + &table.to_string())
}

fn compile(results: &Results) -> Option<String> {
    let headings = [
        "module",
        "engine",
        "size",
        "wall",
        "of wasmtime",
        "processor",
        "peak memory",
    ];
    let mut table = Table::new(2, headings);
    for one in &results.compile {
        let size = mib(one.module_bytes as f64);
        if one.problem.is_some() {
            let cells = [&one.module, one.peer.name(), &size, NONE, NONE, NONE, NONE];
            table.row(cells.map(str::to_owned));
            continue;
        }
        let wall = one.series.median(|run| run.wall);
        let reference = results.compile.iter().find(|other| {
            other.module == one.module && other.peer == Kind::Wasmtime && other.problem.is_none()
        });
        let reference = reference.map(|other| other.series.median(|run| run.wall));
        table.row([
            one.module.clone(),
            one.peer.name().to_owned(),
            size,
            seconds(wall),
            ratio(reference.map(|reference| wall / reference)),
            seconds(one.series.median(|run| run.cpu)),
            mib(one.series.peak_memory()),
        ]);
    }
    let text = "## Full compile\n\nAll functions, on all cores, to a file (Node: in memory).\n\n";
    (!table.is_empty()).then(|| text.to_owned() + &table.to_string())
}

fn calls(results: &Results) -> Option<String> {
    let mut text = String::new();
    let parts = [
        (
            "A function of the embedder that does nothing, called in a loop; natively, a \
             function in a file of its own:",
            &results.calls,
        ),
        (
            "WASI's `args_sizes_get`, called in a loop, in the engines' commands; natively, a \
             function that does the same:",
            &results.wasi_calls,
        ),
    ];
    for (what, calls) in parts {
        let native = calls.iter().find(|call| call.peer == Kind::Native);
        let native = native.map(CallCost::median);
        let mut table = Table::new(1, ["engine", "a call", "of native"]);
        for call in calls {
            if call.problem.is_some() {
                table.row([call.peer.name(), NONE, NONE]);
                continue;
            }
            let cost = call.median();
            table.row([
                call.peer.name().to_owned(),
                nanoseconds(cost),
                ratio(native.map(|native| cost / native)),
            ]);
        }
        if !table.is_empty() {
            let _ = write!(text, "\n{what}\n\n{table}");
        }
    }
    (!text.is_empty()).then(|| format!("## Calls of host functions\n{text}"))
}

fn system_calls(results: &Results) -> Option<String> {
    let mut table = Table::new(1, ["operation", "native", "wasmjit", "of native"]);
    for operation in &results.system_calls {
        let cost = |peer| {
            let found = |cost: &&CallCost| cost.peer == peer && cost.problem.is_none();
            operation.costs.iter().find(found).map(CallCost::median)
        };
        let [native, ours] = [Kind::Native, Kind::Wasmjit].map(cost);
        let shown = |cost: Option<f64>| cost.map_or(NONE.to_owned(), nanoseconds);
        let of_native = native.zip(ours).map(|(native, ours)| ours / native);
        table.row([
            operation.name.to_owned(),
            shown(native),
            shown(ours),
            ratio(of_native),
        ]);
    }
    let text = "## System calls\n\nA program linked with the link library \
                (`benches/calls/loops.c`), and the same natively:\n\n";
    (!table.is_empty()).then(|| text.to_owned() + &table.to_string())
}

fn code_size(results: &Results) -> Option<String> {
    let all = &results.code_size;
    let kinds: Vec<Kind> = all.first()?.code.iter().map(|(kind, _)| *kind).collect();
    let mut headings = vec!["program".to_owned(), "module".to_owned()];
    headings.extend(kinds.iter().map(|kind| kind.name().to_owned()));
    let mut table = Table::new(1, headings);
    let size = |bytes: u64| format!("{:.1}", bytes as f64 / 1024.0);
    let is_program = |class: Class| class == Class::Programs;
    for one in all.iter().filter(|one| is_program(one.class)) {
        let mut row = vec![one.program.clone(), size(one.module)];
        row.extend(one.code.iter().map(|(_, bytes)| size(*bytes)));
        table.row(row);
    }
    let kernels = || all.iter().filter(|one| !is_program(one.class));
    if kernels().next().is_some() {
        let mut row = vec![
            "all kernels".to_owned(),
            size(kernels().map(|one| one.module).sum()),
        ];
        row.extend(kinds.iter().map(|kind| {
            let sizes = kernels().flat_map(|one| &one.code);
            let sizes = sizes.filter(|(found, _)| found == kind);
            size(sizes.map(|(_, bytes)| bytes).sum())
        }));
        table.row(row);
    }
    let text = "## Machine code\n\nIn KiB. The modules hold their C library, the native \
                executables do not.\n\n";
    Some(text.to_owned() + &table.to_string())
}

fn peak_memory(results: &Results) -> Option<String> {
    let peers: Vec<Kind> = results.peers.iter().map(|info| info.peer).collect();
    let peers: Vec<Kind> = peers
        .into_iter()
        .filter(|peer| !peer.interprets())
        .collect();
    let mut headings = vec!["workload"];
    headings.extend(peers.iter().map(|peer| peer.name()));
    let mut table = Table::new(1, headings);
    let programs = results.run_time.iter();
    for workload in programs.filter(|workload| workload.class == Class::Programs) {
        let mut row = vec![workload.name.clone()];
        row.extend(peers.iter().map(|&peer| {
            let series = workload.series(peer, Size::Full);
            series.map_or(NONE.to_owned(), |series| mib(series.peak_memory()))
        }));
        table.row(row);
    }
    if table.is_empty() || results.runs == 0 {
        return None;
    }
    let text = "## Peak memory\n\nThe greatest resident size of the process.\n\n";
    Some(text.to_owned() + &table.to_string())
}

fn problems(results: &Results) -> Option<String> {
    let mut text = String::new();
    for workload in &results.run_time {
        let native = workload.series(Kind::Native, Size::Full);
        let native = native.map(|series| series.median(results.clock.of()));
        if let Some(time) = native.filter(|time| *time < TOO_SHORT) {
            let time = milliseconds(time);
            let _ = writeln!(text, "- {}: {time} is too short to compare", workload.name);
        }
        for result in &workload.results {
            if let Some(problem) = &result.problem {
                let peer = result.peer.name();
                let _ = writeln!(text, "- {} in {peer}: {problem}", workload.name);
            }
        }
    }
    let compilations = results.compile.iter().chain(&results.first_answer);
    let compilations =
        compilations.map(|one| (one.module.as_str(), one.peer, one.problem.as_ref()));
    let starts = results.start_up.iter();
    let starts = starts.map(|start| ("start-up", start.peer, start.problem.as_ref()));
    let calls = results.calls.iter().chain(&results.wasi_calls);
    let calls = calls.map(|call| ("calls", call.peer, call.problem.as_ref()));
    for (what, peer, problem) in compilations.chain(starts).chain(calls) {
        if let Some(problem) = problem {
            let _ = writeln!(text, "- {what} in {}: {problem}", peer.name());
        }
    }
    (!text.is_empty()).then(|| format!("## What could not be measured\n\n{text}"))
}

fn seconds(seconds: f64) -> String {
    format!("{seconds:.3} s")
}

fn milliseconds(seconds: f64) -> String {
    format!("{:.2} ms", seconds * 1e3)
}

fn nanoseconds(nanoseconds: f64) -> String {
    format!("{nanoseconds:.2} ns")
}

fn mib(bytes: f64) -> String {
    format!("{:.1} MiB", bytes / f64::from(1 << 20))
}

fn ratio(ratio: Option<f64>) -> String {
    ratio.map_or(NONE.to_owned(), |ratio| format!("{ratio:.2}"))
}

fn precise(ratio: Option<f64>) -> String {
    ratio.map_or(NONE.to_owned(), |ratio| format!("{ratio:.4}"))
}

/// A ratio in words: `1.23 ×`.
fn times(ratio: Option<f64>) -> String {
    match ratio {
        None => NONE.to_owned(),
        Some(ratio) if ratio < 0.1 => format!("{ratio:.4} ×"),
        Some(ratio) => format!("{ratio:.2} ×"),
    }
}
