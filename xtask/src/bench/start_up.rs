//! How long the smallest program takes, and how much memory.

use anyhow::Result;
use serde::Serialize;

use super::context::Bench;
use super::launch::What;
use super::peers::{Kind, Peer};
use super::series::{Entry, Series, interleave};

/// What an engine knows of the program beforehand.
#[derive(Serialize, Clone, Copy, PartialEq, Eq, Debug)]
#[serde(rename_all = "lowercase")]
pub(crate) enum State {
    /// Nothing, or it keeps nothing.
    Cold,
    /// Its cache holds the code.
    Cached,
    /// The code was compiled ahead of time to a file.
    Precompiled,
}

impl State {
    /// Its name in tables.
    pub(crate) fn name(self) -> &'static str {
        match self {
            State::Cold => "cold",
            State::Cached => "cached",
            State::Precompiled => "precompiled",
        }
    }
}

/// The starts in one engine.
#[derive(Serialize)]
pub(crate) struct StartUp {
    /// The engine.
    pub(crate) peer: Kind,
    /// What it knew; nothing for what has no cache.
    pub(crate) state: Option<State>,
    /// The runs.
    #[serde(flatten)]
    pub(crate) series: Series,
    /// Why it could not be measured.
    pub(crate) problem: Option<String>,
}

/// Starts `hello` in all engines and states.
pub(crate) fn measure(bench: &Bench) -> Result<Vec<StartUp>> {
    let mut labels = Vec::new();
    let mut entries = Vec::new();
    // The order within a round matters: cold empties the cache, the run after
    // it finds what it left there.
    for peer in &bench.peers {
        let hello = &bench.builds.hello;
        match peer.kind {
            Kind::Native => {
                labels.push((peer.kind, None));
                entries.push(Entry::new(peer.run_module(&hello.native)));
            }
            Kind::Node | Kind::Wasmi | Kind::Wasm3 => {
                labels.push((peer.kind, None));
                entries.push(Entry::new(peer.run_module(&hello.wasm)));
            }
            Kind::Wasmjit | Kind::Wasmtime => {
                labels.push((peer.kind, Some(State::Cold)));
                entries.push(Entry {
                    invocation: peer.run_module(&hello.wasm),
                    before: Box::new(|| peer.forget()),
                });
                labels.push((peer.kind, Some(State::Cached)));
                entries.push(Entry {
                    invocation: peer.run_module(&hello.wasm),
                    before: Box::new(|| fill_cache(bench, peer)),
                });
            }
        }
        if peer.kind == Kind::Wasmtime {
            labels.push((peer.kind, Some(State::Precompiled)));
            let ready = peer.prepare("hello", hello)?;
            let kept = bench.work.join("hello.cwasm");
            std::fs::copy(peer.cache.join("hello.cwasm"), &kept)?;
            let mut invocation = peer.run(&ready, [""; 0]);
            // The cache, where it was put, is emptied.
            if let Some(file) = invocation.args.last_mut() {
                *file = kept.into_os_string();
            }
            entries.push(Entry::new(invocation));
        }
    }
    let rounds = bench.runs * 4;
    let results = interleave(&bench.launcher, &entries, rounds, What::FirstOutput)?;
    let starts = labels.into_iter().zip(results);
    let starts = starts.map(|((peer, state), result)| {
        let (series, problem) = match result {
            Ok(series) => (series, None),
            Err(failed) => (Series::default(), Some(failed.to_string())),
        };
        StartUp {
            peer,
            state,
            series,
            problem,
        }
    });
    Ok(starts.collect())
}

/// Runs `hello` so that the engine's cache holds it.
fn fill_cache(bench: &Bench, peer: &Peer) -> Result<()> {
    let run = peer.run_module(&bench.builds.hello.wasm);
    // A failure shows in the measured run.
    let _ = bench.launcher.run(&run, What::All)?;
    Ok(())
}
