//! `cargo xtask nginx`: nginx as a WebAssembly program, built from Debian's source,
//! started or put to the test.

mod backend;
mod build;
mod checks;
mod life;
mod load;
mod ring0;
mod server;
mod site;

use std::time::Duration;

use anyhow::{Context, Result, bail};

use checks::Bench;
use server::{Kind, Server};
use site::Site;

/// Options of `cargo xtask nginx`.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Run the whole test, and compare the speed with the native server's.
    #[arg(long, conflicts_with = "port")]
    check: bool,
    /// Count the instructions of requests in ring 0, in a virtual machine, and compare
    /// them with the native server's.
    #[arg(long, conflicts_with_all = ["check", "port", "native"])]
    vm: bool,
    /// The port to listen at; any that is free by default.
    #[arg(long)]
    port: Option<u16>,
    /// Start the native server, built in the same way.
    #[arg(long, conflicts_with = "check")]
    native: bool,
}

/// How much load a test makes.
#[derive(Clone, Copy)]
pub(crate) struct Load {
    /// Requests over connections that are kept.
    kept: usize,
    /// Requests with a connection each.
    single: usize,
    /// Requests that another server answers.
    proxied: usize,
    /// How long each measurement of speed takes; none where there is no time.
    measured: Option<Duration>,
}

impl Load {
    const FULL: Load = Load {
        kept: 80_000,
        single: 15_000,
        proxied: 10_000,
        measured: Some(Duration::from_secs(4)),
    };
    const QUICK: Load = Load {
        kept: 3_000,
        single: 500,
        proxied: 500,
        measured: None,
    };
}

/// Builds, and starts or tests.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    if arguments.check {
        return check(Load::FULL);
    }
    if arguments.vm {
        return ring0::run();
    }
    let kind = match arguments.native {
        true => Kind::Native,
        false => Kind::Wasm,
    };
    let programs = build::ensure()?;
    let site = Site::new(arguments.port)?;
    let _backend = backend::start(site.backend_port())?;
    let server = Server::start(&programs, kind, &site)?;
    println!("nginx ({kind}) is at http://127.0.0.1:{}/", site.port());
    println!("its files are in {}", site.dir().display());
    println!("Enter ends it");
    let mut line = String::new();
    std::io::stdin().read_line(&mut line)?;
    server.quit().context("it does not end")
}

/// A short test.
pub(crate) fn quick() -> Result<()> {
    check(Load::QUICK)
}

fn check(load: Load) -> Result<()> {
    let programs = build::ensure()?;
    let mut bench = Bench::new(programs, load)?;
    let failed = bench.run_all();
    if failed > 0 {
        bail!("nginx: {failed} checks failed");
    }
    println!("nginx: all checks passed");
    Ok(())
}
