//! How long the workloads run.

use anyhow::Result;
use serde::Serialize;

use super::context::Bench;
use super::launch::{Failed, Invocation, Run, What};
use super::peers::{Kind, Peer};
use super::series::{Entry, Series, interleave};
use super::workloads::{Class, Size, Workload};

/// How a workload went everywhere.
#[derive(Serialize)]
pub(crate) struct WorkloadResult {
    /// Its name.
    pub(crate) name: String,
    /// What it exercises.
    pub(crate) class: Class,
    /// How it went by engine and size.
    pub(crate) results: Vec<PeerResult>,
}

/// How a workload went in one engine.
#[derive(Serialize)]
pub(crate) struct PeerResult {
    /// The engine.
    pub(crate) peer: Kind,
    /// The size.
    pub(crate) size: Size,
    /// The runs; none where there was a problem.
    #[serde(flatten)]
    pub(crate) series: Series,
    /// Why it could not be measured.
    pub(crate) problem: Option<String>,
}

impl WorkloadResult {
    /// The runs in an engine, if they went well.
    pub(crate) fn series(&self, peer: Kind, size: Size) -> Option<&Series> {
        let found = self.results.iter().find(|result| {
            result.peer == peer && result.size == size && !result.series.runs.is_empty()
        });
        found.map(|result| &result.series)
    }

    /// Median times in an engine in relation to another's, at the same size.
    pub(crate) fn ratio(&self, peer: Kind, to: Kind, of: fn(&Run) -> f64) -> Option<f64> {
        let size = size_for(peer);
        let base = self.series(to, size)?.median(of);
        Some(self.series(peer, size)?.median(of) / base)
    }
}

/// The size that an engine runs.
pub(crate) fn size_for(peer: Kind) -> Size {
    if peer.interprets() {
        Size::Small
    } else {
        Size::Full
    }
}

/// Something to measure, or what is in the way.
struct Candidate<'a> {
    peer: &'a Peer,
    size: Size,
    invocation: std::result::Result<Invocation, String>,
}

/// Runs a workload in all engines, after having compared their outputs. With
/// `check`, only compares, at the small size.
pub(crate) fn measure(bench: &Bench, workload: &Workload, check: bool) -> Result<WorkloadResult> {
    let mut candidates = Vec::new();
    let interpreters = bench.peers.iter().any(|peer| peer.kind.interprets());
    for peer in &bench.peers {
        let sizes = match peer.kind {
            _ if check => &[Size::Small][..],
            Kind::Native if interpreters => &[Size::Full, Size::Small],
            kind => &[size_for(kind)],
        };
        for &size in sizes {
            candidates.push(Candidate {
                peer,
                size,
                invocation: prepare(bench, workload, peer, size)?,
            });
        }
    }

    // The first runs: for the output, and to warm caches up.
    let mut expected: Vec<(Size, Vec<u8>)> = Vec::new();
    for candidate in &mut candidates {
        let Ok(invocation) = &candidate.invocation else {
            continue;
        };
        let problem = match bench.launcher.run(invocation, What::All)? {
            Err(failed) => Some(failed.to_string()),
            Ok(_) => {
                let output = bench.launcher.last_output()?;
                match expected.iter().find(|(size, _)| *size == candidate.size) {
                    None if candidate.peer.kind == Kind::Native => {
                        expected.push((candidate.size, output));
                        None
                    }
                    None => Some("there is no output to compare with".to_owned()),
                    Some((_, right)) if *right == output => None,
                    Some(_) => Some("the output is wrong".to_owned()),
                }
            }
        };
        if let Some(problem) = problem {
            candidate.invocation = Err(problem);
        }
    }

    let runs = if check { 0 } else { bench.runs };
    let entries: Vec<Entry<'_>> = candidates
        .iter()
        .filter_map(|candidate| candidate.invocation.clone().ok())
        .map(Entry::new)
        .collect();
    let mut series = interleave(&bench.launcher, &entries, runs, What::All)?.into_iter();
    let results = candidates.into_iter().map(|candidate| {
        let outcome = match candidate.invocation {
            Ok(_) => {
                let measured = series.next().expect("as many as there were entries");
                measured.map_err(|failed: Failed| failed.to_string())
            }
            Err(problem) => Err(problem),
        };
        let (series, problem) = match outcome {
            Ok(series) => (series, None),
            Err(problem) => (Series::default(), Some(problem)),
        };
        PeerResult {
            peer: candidate.peer.kind,
            size: candidate.size,
            series,
            problem,
        }
    });
    Ok(WorkloadResult {
        name: workload.name.clone(),
        class: workload.class,
        results: results.collect(),
    })
}

/// The command for a run, or why there is none.
fn prepare(
    bench: &Bench,
    workload: &Workload,
    peer: &Peer,
    size: Size,
) -> Result<std::result::Result<Invocation, String>> {
    let input = bench.input(workload, size)?;
    let built = bench.built(workload)?;
    Ok(match peer.prepare(&workload.name, built) {
        Ok(ready) => Ok(peer.run(&ready, workload.arguments(size)).stdin(input)),
        Err(error) => {
            let message = format!("{error:#}");
            let lines = message.lines().filter(|line| !line.trim().is_empty());
            Err(lines.take(3).collect::<Vec<_>>().join(" "))
        }
    })
}
