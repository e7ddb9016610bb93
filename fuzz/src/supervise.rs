//! Runs cases in worker processes and survives whatever happens to them.
//!
//! A case follows from two numbers, the seed and its index. The supervisor hands
//! out ranges of indices; a worker notes in shared memory which it is at. Where
//! one panics, crashes, exhausts memory or does not come to an end, the case is
//! written to the folder of findings, and the work goes on with the next.

use crate::memory;
use crate::progress::Progress;
use anyhow::{Context, Result};
use std::fmt::Write as _;
use std::ops::Range;
use std::panic::{self, AssertUnwindSafe};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, ExitStatus};
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// After so many findings it is time to look at them.
const MAX_FINDINGS: usize = 20;

/// Options that all drivers have.
#[derive(clap::Args, Debug, Clone)]
pub struct Options {
    /// How many cases to run.
    #[arg(long, default_value_t = 10_000)]
    pub count: u64,
    /// Another seed, other cases.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// The first case.
    #[arg(long, default_value_t = 0)]
    pub start: u64,
    /// Processes at the same time; one for each processor by default.
    #[arg(long)]
    pub jobs: Option<usize>,
    /// Seconds after which a single case counts as endless.
    #[arg(long, default_value_t = 300)]
    pub patience: u64,
    /// Where cases that fail are written.
    #[arg(long, default_value = "target/fuzz-findings")]
    pub findings: PathBuf,
    /// Write the case `--start` to a file instead of running it.
    #[arg(long, value_name = "FILE")]
    pub extract: Option<PathBuf>,
    /// For the processes that the program starts: the file of its progress.
    #[arg(long, hide = true)]
    worker: Option<PathBuf>,
}

/// A file of a finding: what is added to its name, and its contents.
pub type Part = (String, Vec<u8>);

/// What is run for each case.
pub trait Driver {
    /// Its name, for files and messages.
    const NAME: &'static str;
    /// Names of its counters.
    const COUNTERS: &'static [&'static str];
    /// Cases after which a new process starts.
    const CHUNK: u64;

    /// Prepares, in a worker.
    fn new() -> Self;

    /// Runs a case.
    ///
    /// # Errors
    /// A description of what is wrong.
    fn run(&mut self, seed: u64, case: u64, progress: &Progress) -> Result<(), String>;

    /// The case's input, for a finding. Must not do what `run` might fail at.
    fn input(&mut self, seed: u64, case: u64) -> Part;
}

/// The program of a driver. `arguments` are passed on to workers.
pub fn main<D: Driver>(options: &Options, arguments: &[String]) -> ExitCode {
    let result = if let Some(progress) = &options.worker {
        on_large_stack(|| work::<D>(options, progress))
    } else if let Some(file) = &options.extract {
        let (_, bytes) = D::new().input(options.seed, options.start);
        std::fs::write(file, bytes)
            .map_err(Into::into)
            .map(|()| true)
    } else {
        supervise::<D>(options, arguments)
    };
    match result {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{}: {error:#}", D::NAME);
            ExitCode::from(2)
        }
    }
}

/// Runs `work` where recursion and WebAssembly code have much room.
pub fn on_large_stack<R: Send>(work: impl FnOnce() -> R + Send) -> R {
    const STACK: usize = 128 << 20;
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(STACK);
        let thread = thread.spawn_scoped(scope, work).expect("a thread");
        match thread.join() {
            Ok(result) => result,
            Err(panic) => panic::resume_unwind(panic),
        }
    })
}

/// A worker: runs its range of cases.
fn work<D: Driver>(options: &Options, progress: &Path) -> Result<bool> {
    let progress = Progress::open(progress)?;
    let message = Arc::new(Mutex::new(String::new()));
    let hook = message.clone();
    panic::set_hook(Box::new(move |info| {
        memory::lift();
        let trace = std::backtrace::Backtrace::force_capture();
        let mut message = hook.lock().unwrap_or_else(|poison| poison.into_inner());
        *message = format!("{info}\n\n{trace}");
    }));
    let mut driver = D::new();
    for case in options.start..options.start + options.count {
        progress.current().store(case, Relaxed);
        let run = panic::catch_unwind(AssertUnwindSafe(|| {
            driver.run(options.seed, case, &progress)
        }));
        let failure = match run {
            Ok(Ok(())) => None,
            Ok(Err(failure)) => Some(failure),
            Err(_) => {
                let text = message.lock().unwrap_or_else(|poison| poison.into_inner());
                Some(text.clone())
            }
        };
        if let Some(failure) = failure {
            progress.failed().fetch_add(1, Relaxed);
            // What panicked may be in no state to go on.
            driver = D::new();
            report::<D>(options, &mut driver, case, &failure)?;
        }
        progress.done().fetch_add(1, Relaxed);
    }
    Ok(true)
}

/// Writes a finding and tells about it.
fn report<D: Driver>(options: &Options, driver: &mut D, case: u64, what: &str) -> Result<()> {
    std::fs::create_dir_all(&options.findings)?;
    let stem = format!("{}-{}-{case}", D::NAME, options.seed);
    let input = AssertUnwindSafe(|| driver.input(options.seed, case));
    // If not even the input can be made, the text has to do.
    let (suffix, bytes) = panic::catch_unwind(input).unwrap_or_default();
    let input = options.findings.join(format!("{stem}{suffix}"));
    std::fs::write(&input, bytes)?;
    let text = options.findings.join(format!("{stem}.txt"));
    let command = format!(
        "{} --seed {} --start {case} --count 1",
        D::NAME,
        options.seed
    );
    std::fs::write(text, format!("{what}\n\nrepeat with: {command}\n"))?;
    let first: Vec<&str> = what.lines().take(3).collect();
    eprintln!("FINDING {}: {}", input.display(), first.join("\n    "));
    Ok(())
}

/// A running worker.
struct Worker {
    child: Child,
    range: Range<u64>,
    progress: Arc<Progress>,
    file: PathBuf,
    /// When its current case was first seen.
    since: (u64, Instant),
}

struct Supervisor<'a> {
    options: &'a Options,
    arguments: &'a [String],
    folder: PathBuf,
    /// Ranges to be handed out.
    waiting: Vec<Range<u64>>,
    workers: Vec<Worker>,
    /// Of all workers, past ones too.
    progresses: Vec<Arc<Progress>>,
    /// Cases that ended their worker.
    fatal: usize,
}

fn supervise<D: Driver>(options: &Options, arguments: &[String]) -> Result<bool> {
    let name = format!("wasmjit-fuzz-{}-{}", D::NAME, std::process::id());
    let folder = std::env::temp_dir().join(name);
    std::fs::create_dir_all(&folder)?;
    let end = options.start + options.count;
    let starts = (options.start..end).step_by(D::CHUNK as usize);
    let mut waiting: Vec<_> = starts
        .map(|start| start..end.min(start + D::CHUNK))
        .collect();
    waiting.reverse();
    let mut supervisor = Supervisor {
        options,
        arguments,
        folder: folder.clone(),
        waiting,
        workers: Vec::new(),
        progresses: Vec::new(),
        fatal: 0,
    };
    let result = supervisor.run::<D>();
    for worker in &mut supervisor.workers {
        // It may just have ended by itself.
        let _ = worker.child.kill();
        let _ = worker.child.wait();
    }
    let _ = std::fs::remove_dir_all(folder);
    result
}

impl Supervisor<'_> {
    fn run<D: Driver>(&mut self) -> Result<bool> {
        let jobs = match self.options.jobs {
            Some(jobs) => jobs.max(1),
            None => std::thread::available_parallelism().map_or(1, usize::from),
        };
        let started = Instant::now();
        let mut told = started;
        loop {
            while self.workers.len() < jobs {
                let Some(range) = self.waiting.pop() else {
                    break;
                };
                self.start(range)?;
            }
            if self.workers.is_empty() {
                break;
            }
            std::thread::sleep(Duration::from_millis(50));
            self.watch::<D>()?;
            if told.elapsed() > Duration::from_secs(10) {
                told = Instant::now();
                println!("{}", self.line::<D>(started));
            }
            if self.findings() >= MAX_FINDINGS {
                eprintln!("{}: that is enough to look at", D::NAME);
                break;
            }
        }
        println!("{}", self.line::<D>(started));
        for (at, name) in D::COUNTERS.iter().enumerate() {
            let values = self.progresses.iter().map(|p| p.counter(at).load(Relaxed));
            let value: u64 = if name.starts_with("most") {
                values.max().unwrap_or(0)
            } else {
                values.sum()
            };
            println!("  {value:>12} {name}");
        }
        Ok(self.findings() == 0)
    }

    fn start(&mut self, range: Range<u64>) -> Result<()> {
        let file = self.folder.join(self.progresses.len().to_string());
        let progress = Arc::new(Progress::create(&file).context("a temporary file")?);
        progress.current().store(range.start, Relaxed);
        let options = self.options;
        let child = Command::new(std::env::current_exe()?)
            .args(self.arguments)
            .args(["--seed", &options.seed.to_string()])
            .args(["--start", &range.start.to_string()])
            .args(["--count", &(range.end - range.start).to_string()])
            .arg("--findings")
            .arg(&options.findings)
            .arg("--worker")
            .arg(&file)
            .spawn()?;
        self.progresses.push(progress.clone());
        self.workers.push(Worker {
            child,
            since: (range.start, Instant::now()),
            range,
            progress,
            file,
        });
        Ok(())
    }

    /// Looks after every worker.
    fn watch<D: Driver>(&mut self) -> Result<()> {
        let patience = Duration::from_secs(self.options.patience);
        for mut worker in std::mem::take(&mut self.workers) {
            let current = worker.progress.current().load(Relaxed);
            if worker.since.0 != current {
                worker.since = (current, Instant::now());
            }
            let end = match worker.child.try_wait()? {
                Some(status) if status.success() => None,
                Some(status) => Some(end_of(status)),
                None if worker.since.1.elapsed() > patience => {
                    worker.child.kill()?;
                    worker.child.wait()?;
                    Some(format!("did not end within {} s", patience.as_secs()))
                }
                None => {
                    self.workers.push(worker);
                    continue;
                }
            };
            let _ = std::fs::remove_file(&worker.file);
            if let Some(end) = end {
                let case = worker.progress.current().load(Relaxed);
                self.fatal += 1;
                worker.progress.done().fetch_add(1, Relaxed);
                report::<D>(self.options, &mut D::new(), case, &end)?;
                if case + 1 < worker.range.end {
                    self.waiting.push(case + 1..worker.range.end);
                }
            }
        }
        Ok(())
    }

    fn findings(&self) -> usize {
        let failed = self.progresses.iter().map(|p| p.failed().load(Relaxed));
        self.fatal + failed.sum::<u64>() as usize
    }

    fn line<D: Driver>(&self, started: Instant) -> String {
        let done: u64 = self.progresses.iter().map(|p| p.done().load(Relaxed)).sum();
        let seconds = started.elapsed().as_secs_f64();
        let mut line = format!("{}: {done} of {} cases", D::NAME, self.options.count);
        let _ = write!(line, ", {:.0} a second", done as f64 / seconds);
        let _ = write!(line, ", {seconds:.0} s, {} findings", self.findings());
        line
    }
}

fn end_of(status: ExitStatus) -> String {
    format!("the process ended: {status}")
}
