//! Runs generated modules in wasmjit and in Wasmtime, and compares.

use clap::Parser;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::Ordering::Relaxed;
use wasmjit_fuzz::differential::{Agreement, Comparison, ENDS, Variant, module_of_case};
use wasmjit_fuzz::progress::Progress;
use wasmjit_fuzz::rng::Rng;
use wasmjit_fuzz::supervise::{self, Driver, Options, Part};

/// Ways to run wasmjit that are tried with one module.
const VARIANTS: usize = 2;

/// Runs generated modules in wasmjit and in Wasmtime, and compares the results
/// of all calls, the traps, the calls of host functions, and the memories,
/// tables and globals afterwards.
#[derive(Parser)]
struct Arguments {
    #[command(flatten)]
    options: Options,
    /// Compare this module, in every variant, and nothing else.
    #[arg(long, value_name = "FILE")]
    replay: Option<PathBuf>,
    /// The case that the module for `--replay` is from, which decides about
    /// parameters and host functions.
    #[arg(long, default_value_t = 0)]
    case: u64,
}

/// Names of the counters before those of [`ENDS`].
const COUNTERS: [&str; 6] = [
    "modules compared to the end",
    "modules compared until a stack overflow",
    "modules with imports that the host cannot provide",
    "modules instantiated",
    "calls that returned",
    "calls of host functions",
];

struct Differential {
    comparison: Comparison,
}

/// What is done with the module of a case.
fn script_seed(seed: u64, case: u64) -> u64 {
    Rng::of_case(!seed, case).u64()
}

impl Driver for Differential {
    const NAME: &'static str = "differential";
    const COUNTERS: &'static [&'static str] = &{
        let mut names = [""; COUNTERS.len() + ENDS.len()];
        names
            .split_at_mut(COUNTERS.len())
            .0
            .copy_from_slice(&COUNTERS);
        names.split_at_mut(COUNTERS.len()).1.copy_from_slice(&ENDS);
        names
    };
    const CHUNK: u64 = 500;

    fn new() -> Self {
        Self {
            comparison: Comparison::new(),
        }
    }

    fn run(&mut self, seed: u64, case: u64, progress: &Progress) -> Result<(), String> {
        let module = module_of_case(seed, case);
        let mut rng = Rng::of_case(!seed, case);
        let script = rng.u64();
        let all = Variant::all();
        let first = rng.below(all.len());
        let variants: Vec<_> = (0..VARIANTS)
            .map(|i| all[(first + i * (1 + all.len() / 2)) % all.len()])
            .collect();
        let Some((agreement, tally)) = self.comparison.run(&module, script, &variants)? else {
            progress.count(2);
            return Ok(());
        };
        progress.count(match agreement {
            Agreement::Full => 0,
            Agreement::UntilOverflow => 1,
        });
        let counts = [
            u64::from(tally.instantiated),
            tally.returned,
            tally.host_calls,
        ];
        for (at, count) in counts.into_iter().chain(tally.ends).enumerate() {
            progress.counter(3 + at).fetch_add(count, Relaxed);
        }
        Ok(())
    }

    fn input(&mut self, seed: u64, case: u64) -> Part {
        (".wasm".into(), module_of_case(seed, case))
    }
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match &arguments.replay {
        Some(file) => {
            let script = script_seed(arguments.options.seed, arguments.case);
            supervise::on_large_stack(|| replay(file, script))
        }
        None => supervise::main::<Differential>(&arguments.options, &[]),
    }
}

fn replay(file: &Path, script: u64) -> ExitCode {
    let module = match std::fs::read(file) {
        Ok(module) => module,
        Err(error) => {
            eprintln!("{}: {error}", file.display());
            return ExitCode::from(2);
        }
    };
    let mut comparison = Comparison::new();
    let mut code = ExitCode::SUCCESS;
    for variant in Variant::all() {
        match comparison.run(&module, script, &[variant]) {
            Ok(Some((agreement, tally))) => println!("{variant}: {agreement:?}, {tally:?}"),
            Ok(None) => println!("{variant}: imports that the host cannot provide"),
            Err(difference) => {
                println!("{difference}");
                code = ExitCode::FAILURE;
            }
        }
    }
    code
}
