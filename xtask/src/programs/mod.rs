//! `cargo xtask programs`: building the test programs.

pub(crate) mod build;
pub(crate) mod key;
pub(crate) mod recipe;

use std::num::NonZero;
use std::thread;
use std::time::Instant;

use anyhow::Result;

use self::recipe::Opt;

/// Options of `cargo xtask programs`.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The programs to build: all by default.
    names: Vec<String>,
    /// Build only these variants (O2, O3 and what a program adds).
    #[arg(long = "variant", value_name = "VARIANT")]
    variants: Vec<String>,
    /// Build only with this optimisation level.
    #[arg(long)]
    opt: Option<Opt>,
    /// How many compilers run at a time.
    #[arg(short, long)]
    jobs: Option<NonZero<usize>>,
    /// Only list the programs.
    #[arg(long)]
    list: bool,
}

/// Builds the programs that are not in the cache.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let programs = recipe::select(&arguments.names)?;
    if arguments.list {
        for program in programs {
            println!("{:<18} {}", program.name, program.description);
        }
        return Ok(());
    }
    let started = Instant::now();
    let wanted = Wanted {
        variants: &arguments.variants,
        opt: arguments.opt,
    };
    let jobs = jobs(arguments.jobs);
    let mut failures = Vec::new();
    for program in &programs {
        match build::ensure(program, &wanted, jobs) {
            Ok(built) => {
                for (variant, wasm) in &built.variants {
                    println!("{}/{variant}: {}", program.name, wasm.display());
                }
            }
            Err(error) => {
                eprintln!("{}: {error:#}", program.name);
                failures.push(program.name.as_str());
            }
        }
    }
    println!("programs: {:.0} s", started.elapsed().as_secs_f64());
    if !failures.is_empty() {
        anyhow::bail!("not built: {}", failures.join(" "));
    }
    Ok(())
}

/// How many jobs to run at a time: as many as there are processors by default.
pub(crate) fn jobs(asked: Option<NonZero<usize>>) -> usize {
    asked
        .or_else(|| thread::available_parallelism().ok())
        .map_or(1, NonZero::get)
}

/// A choice among a program's variants.
pub(crate) struct Wanted<'a> {
    /// By name; all where empty.
    pub(crate) variants: &'a [String],
    /// By optimisation level.
    pub(crate) opt: Option<Opt>,
}

impl Wanted<'_> {
    /// Whether a variant is among the chosen ones.
    fn includes(&self, name: &str, opt: Opt) -> bool {
        (self.variants.is_empty() || self.variants.iter().any(|wanted| wanted == name))
            && self.opt.is_none_or(|wanted| wanted == opt)
    }
}
