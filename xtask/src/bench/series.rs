//! Interleaved runs, and what is made of their numbers.

use anyhow::Result;
use serde::Serialize;

use super::launch::{Failed, Invocation, Launcher, Run, What};

/// The runs of one thing.
#[derive(Clone, Serialize, Default, Debug)]
pub(crate) struct Series {
    /// In the order of time.
    pub(crate) runs: Vec<Run>,
}

impl Series {
    /// The median of something about the runs.
    pub(crate) fn median(&self, of: impl Fn(&Run) -> f64) -> f64 {
        median(self.runs.iter().map(of).collect())
    }

    /// The median of the greatest resident sizes, in bytes.
    pub(crate) fn peak_memory(&self) -> f64 {
        self.median(|run| run.peak_memory as f64)
    }

    /// The median time until the first output, in seconds.
    pub(crate) fn first_output(&self) -> f64 {
        self.median(|run| run.first_output.unwrap_or(run.wall))
    }

    /// How far apart the runs' times are: the difference between the slowest
    /// and the fastest as a share of the median.
    pub(crate) fn spread(&self, of: impl Fn(&Run) -> f64) -> f64 {
        let times = || self.runs.iter().map(&of);
        let slowest = times().fold(0.0, f64::max);
        let fastest = times().fold(f64::INFINITY, f64::min);
        (slowest - fastest) / self.median(&of)
    }
}

/// Something to run many times.
pub(crate) struct Entry<'a> {
    /// What is run.
    pub(crate) invocation: Invocation,
    /// What is done before each run, unmeasured.
    pub(crate) before: Box<dyn Fn() -> Result<()> + 'a>,
}

impl Entry<'_> {
    /// Something with nothing to be done before.
    pub(crate) fn new(invocation: Invocation) -> Entry<'static> {
        Entry {
            invocation,
            before: Box::new(|| Ok(())),
        }
    }
}

/// Runs all entries in turn, `rounds` times. One that fails is not tried again.
pub(crate) fn interleave(
    launcher: &Launcher,
    entries: &[Entry<'_>],
    rounds: usize,
    what: What,
) -> Result<Vec<std::result::Result<Series, Failed>>> {
    let mut results: Vec<std::result::Result<Series, Failed>> =
        entries.iter().map(|_| Ok(Series::default())).collect();
    for _ in 0..rounds {
        for (entry, result) in entries.iter().zip(&mut results) {
            let Ok(series) = result else { continue };
            (entry.before)()?;
            match launcher.run(&entry.invocation, what)? {
                Ok(run) => series.runs.push(run),
                Err(failed) => *result = Err(failed),
            }
        }
    }
    Ok(results)
}

/// The median; the mean of the two middle ones of an even number.
pub(crate) fn median(mut numbers: Vec<f64>) -> f64 {
    if numbers.is_empty() {
        return f64::NAN;
    }
    numbers.sort_by(f64::total_cmp);
    let middle = numbers.len() / 2;
    if numbers.len() % 2 == 1 {
        numbers[middle]
    } else {
        f64::midpoint(numbers[middle - 1], numbers[middle])
    }
}

/// The geometric mean, or nothing of nothing.
pub(crate) fn geometric_mean(numbers: impl IntoIterator<Item = f64>) -> Option<f64> {
    let (mut sum, mut count) = (0.0, 0);
    for number in numbers {
        sum += number.ln();
        count += 1;
    }
    (count > 0).then(|| (sum / f64::from(count)).exp())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(times: &[f64]) -> Series {
        let run = |&wall: &f64| Run {
            wall,
            first_output: None,
            cpu: wall,
            peak_memory: 0,
        };
        Series {
            runs: times.iter().map(run).collect(),
        }
    }

    #[test]
    fn medians_and_means() {
        assert_eq!(median(vec![3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(vec![4.0, 1.0, 2.0, 3.0]), 2.5);
        let mean = geometric_mean([1.0, 4.0, 2.0]).expect("there are numbers");
        assert!((mean - 2.0).abs() < 1e-12);
        assert_eq!(geometric_mean([]), None);
    }

    #[test]
    fn the_spread_is_relative() {
        assert_eq!(series(&[2.0, 1.5, 2.5]).spread(|run| run.wall), 0.5);
    }
}
