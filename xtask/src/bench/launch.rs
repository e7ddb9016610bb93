//! Runs of programs, measured by `benches/launch.c`.

use std::ffi::OsString;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde::Serialize;

/// A program to run.
#[derive(Clone, Default)]
pub(crate) struct Invocation {
    /// Its file.
    pub(crate) program: PathBuf,
    /// Its arguments.
    pub(crate) args: Vec<OsString>,
    /// Additions to the environment.
    pub(crate) env: Vec<(&'static str, OsString)>,
    /// Its standard input; empty by default.
    pub(crate) stdin: Option<PathBuf>,
}

impl Invocation {
    /// A program without arguments.
    pub(crate) fn new(program: impl Into<PathBuf>) -> Invocation {
        Invocation {
            program: program.into(),
            ..Invocation::default()
        }
    }

    /// Adds an argument.
    pub(crate) fn arg(mut self, argument: impl Into<OsString>) -> Invocation {
        self.args.push(argument.into());
        self
    }

    /// Adds arguments.
    pub(crate) fn args<I>(mut self, arguments: I) -> Invocation
    where
        I: IntoIterator,
        I::Item: Into<OsString>,
    {
        self.args.extend(arguments.into_iter().map(Into::into));
        self
    }

    /// Adds to the environment.
    pub(crate) fn env(mut self, name: &'static str, value: impl Into<OsString>) -> Invocation {
        self.env.push((name, value.into()));
        self
    }

    /// What it reads.
    pub(crate) fn stdin(mut self, path: Option<PathBuf>) -> Invocation {
        self.stdin = path;
        self
    }

    /// The command, as one of the standard library's.
    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.args(&self.args).envs(self.env.iter().cloned());
        command
    }
}

/// What a run took.
#[derive(Clone, Copy, Serialize, Debug)]
pub(crate) struct Run {
    /// Seconds until the end.
    pub(crate) wall: f64,
    /// Seconds until the first output, if that was asked for and there was any.
    pub(crate) first_output: Option<f64>,
    /// Seconds of processor time, in user mode and in the kernel.
    pub(crate) cpu: f64,
    /// The greatest resident size in bytes.
    pub(crate) peak_memory: u64,
}

/// A run that did not end well.
#[derive(Debug)]
pub(crate) struct Failed {
    /// The status as a shell shows it.
    pub(crate) status: i32,
    /// What it said on standard error.
    pub(crate) message: String,
}

impl std::fmt::Display for Failed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let first = self.message.lines().find(|line| !line.trim().is_empty());
        write!(f, "status {}: {}", self.status, first.unwrap_or("").trim())
    }
}

/// What to measure.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum What {
    /// All but the time of the first output.
    All,
    /// The time of the first output, too.
    FirstOutput,
}

/// Runs programs.
pub(crate) struct Launcher {
    /// `benches/launch.c`, built.
    program: PathBuf,
    /// A folder for its reports and the programs' output.
    dir: PathBuf,
    /// How long a run may take.
    limit: Duration,
}

impl Launcher {
    /// A launcher that uses a folder for its files.
    pub(crate) fn new(program: PathBuf, dir: PathBuf, limit: Duration) -> Result<Launcher> {
        fs::create_dir_all(&dir)?;
        Ok(Launcher {
            program,
            dir,
            limit,
        })
    }

    /// The output of the last run.
    pub(crate) fn last_output(&self) -> Result<Vec<u8>> {
        Ok(fs::read(self.dir.join("stdout"))?)
    }

    /// The standard error of the last run.
    pub(crate) fn last_errors(&self) -> Result<String> {
        let bytes = fs::read(self.dir.join("stderr"))?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// Runs a program once. The outer error is about our own means, the inner one
    /// about the program.
    pub(crate) fn run(
        &self,
        invocation: &Invocation,
        what: What,
    ) -> Result<std::result::Result<Run, Failed>> {
        let report = self.dir.join("report");
        let stdin = match &invocation.stdin {
            Some(path) => File::open(path)
                .with_context(|| format!("cannot read {}", path.display()))?
                .into(),
            None => Stdio::null(),
        };
        let seconds = self.limit.as_secs().max(1).to_string();
        let status = Command::new(&self.program)
            .arg(&report)
            .args([
                seconds.as_str(),
                if what == What::All { "all" } else { "first" },
            ])
            .arg(&invocation.program)
            .args(&invocation.args)
            .envs(invocation.env.iter().cloned())
            .stdin(stdin)
            .stdout(File::create(self.dir.join("stdout"))?)
            .stderr(File::create(self.dir.join("stderr"))?)
            .status()
            .with_context(|| format!("cannot run {}", self.program.display()))?;
        if !status.success() {
            bail!("the launcher failed: {}", self.last_errors()?);
        }
        let (run, status) = read_report(&report)?;
        if status == 0 {
            Ok(Ok(run))
        } else {
            let message = self.last_errors()?;
            Ok(Err(Failed { status, message }))
        }
    }
}

/// Reads what the launcher wrote: the measures and the status.
fn read_report(path: &Path) -> Result<(Run, i32)> {
    let text = fs::read_to_string(path)?;
    parse_report(&text).with_context(|| format!("not a report: {text}"))
}

fn parse_report(text: &str) -> Option<(Run, i32)> {
    let numbers: Vec<i64> = text
        .split_whitespace()
        .map(|word| word.parse().ok())
        .collect::<Option<_>>()?;
    let [wall, first, user, system, kib, status] = numbers[..] else {
        return None;
    };
    let seconds = |nanoseconds: i64| nanoseconds as f64 / 1e9;
    let run = Run {
        wall: seconds(wall),
        first_output: (first > 0).then(|| seconds(first)),
        cpu: seconds(user + system),
        peak_memory: u64::try_from(kib).ok()? * 1024,
    };
    Some((run, i32::try_from(status).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reports_are_read() {
        let (run, status) = parse_report("2000000000 500000000 30000000 20000000 2048 3\n")
            .expect("it is a report");
        assert_eq!(status, 3);
        assert_eq!(run.wall, 2.0);
        assert_eq!(run.first_output, Some(0.5));
        assert_eq!(run.cpu, 0.05);
        assert_eq!(run.peak_memory, 2 << 20);
        assert!(parse_report("1 2 3").is_none());
    }
}
