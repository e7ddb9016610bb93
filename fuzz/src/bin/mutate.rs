//! Gives damaged modules, images of compiled code and cache files to wasmjit.

use clap::Parser;
use std::panic;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::Ordering::Relaxed;
use wasmjit_fuzz::inputs::Inputs;
use wasmjit_fuzz::memory::{self, Counting};
use wasmjit_fuzz::progress::Progress;
use wasmjit_fuzz::supervise::{self, Driver, Options, Part};
use wasmjit_fuzz::targets::{Target, Targets, Verdict};

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Gives damaged files to everything in wasmjit that reads files. None may make
/// it panic, crash, hang, or take memory out of proportion.
#[derive(Parser)]
struct Arguments {
    #[command(flatten)]
    options: Options,
    /// Run a target on this file and nothing else.
    #[arg(long, value_name = "FILE", requires = "target")]
    replay: Option<PathBuf>,
    /// The target for `--replay`: module, compile, image, cache, debug or glue.
    #[arg(long)]
    target: Option<Target>,
}

/// The counter of bytes; before it are two for each target.
const INPUT: usize = 2 * Target::ALL.len();

struct Mutate {
    inputs: Inputs,
    targets: Targets,
}

impl Driver for Mutate {
    const NAME: &'static str = "mutate";
    const COUNTERS: &'static [&'static str] = &[
        "module",
        "module, accepted",
        "compile",
        "compile, accepted",
        "image",
        "image, accepted",
        "cache",
        "cache, accepted",
        "debug",
        "debug, accepted",
        "glue",
        "glue, accepted",
        "bytes of input",
        "most bytes of memory of a case, compilation apart",
        "most bytes of memory of a compilation",
    ];
    const CHUNK: u64 = 20_000;

    fn new() -> Self {
        Self {
            inputs: Inputs::new(),
            targets: Targets::new(),
        }
    }

    fn run(&mut self, seed: u64, case: u64, progress: &Progress) -> Result<(), String> {
        let (target, bytes) = self.inputs.of_case(&self.targets, seed, case);
        let at = 2 * target as usize;
        progress.count(at);
        progress
            .counter(INPUT)
            .fetch_add(bytes.len() as u64, Relaxed);
        let (verdict, memory) = self.targets.run(target, &bytes);
        if verdict == Verdict::Accepted {
            progress.count(at + 1);
        }
        progress.raise(
            INPUT + 1 + usize::from(target == Target::Compile),
            memory as u64,
        );
        Ok(())
    }

    fn input(&mut self, seed: u64, case: u64) -> Part {
        let (target, bytes) = self.inputs.of_case(&self.targets, seed, case);
        (format!(".{}", target.name()), bytes)
    }
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if let (Some(file), Some(target)) = (&arguments.replay, arguments.target) {
        return replay(file, target);
    }
    supervise::main::<Mutate>(&arguments.options, &[])
}

fn replay(file: &Path, target: Target) -> ExitCode {
    match std::fs::read(file) {
        Ok(bytes) => {
            let hook = panic::take_hook();
            panic::set_hook(Box::new(move |info| {
                memory::lift();
                hook(info);
            }));
            let (verdict, memory) = Targets::new().run(target, &bytes);
            println!("{verdict:?}, {memory} bytes of memory");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{}: {error}", file.display());
            ExitCode::from(2)
        }
    }
}
