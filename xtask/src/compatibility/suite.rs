//! Running the test suite that comes with a program, natively and under wasmjit.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};

use super::results::{Difference, Suite as Found};
use crate::command::{End, capture, output};
use crate::confinement;
use crate::differential::expectations::Expectations;
use crate::programs::build::Built;
use crate::programs::recipe::{Program, Suite};
use crate::work_folder::WorkFolder;

/// Runs a program's suite with the native executable file and with a module, and
/// compares what they tell of each test.
pub(super) fn compare(
    program: &Program,
    suite: &Suite,
    built: &Built,
    module: &Path,
) -> Result<Found> {
    confinement::check()?;
    let work = WorkFolder::new("suite")?;
    let run = |name: &str, program: &[u8], file: &Path| {
        let subject = Subject {
            program,
            results: file.parent().context("a program lies in a folder")?,
            place: work.path().join(name),
        };
        subject.tests(suite, &built.source)
    };
    let native = run("native", &fs::read(&built.native)?, &built.native)?;
    let wasm = run("wasm", &executable(module)?, module)?;
    let passing = native.iter().filter(|(_, passed)| **passed);
    let names: Vec<&String> = passing.map(|(name, _)| name).collect();
    if names.is_empty() {
        bail!("the suite tells of no test that passes natively");
    }
    let expectations = Expectations::read()?;
    let mut found = Found {
        native: names.len(),
        passed: 0,
        differences: Vec::new(),
    };
    for case in names {
        let reason = expectations.reason(&format!("{}/suite/{case}", program.name));
        if wasm.get(case) == Some(&true) {
            found.passed += 1;
            if reason.is_some() {
                bail!("{case} of the suite passes: take it off the list of what differs");
            }
            continue;
        }
        if reason.is_none() {
            println!("FAILED {case} of the suite");
        }
        found.differences.push(Difference {
            case: case.clone(),
            reason: reason.map(str::to_owned),
        });
    }
    Ok(found)
}

/// The module as an executable file of the wasmjit that is tested.
fn executable(module: &Path) -> Result<Vec<u8>> {
    let bytes = fs::read(module)?;
    // The module begins with a zero byte; a line before it is that of another wasmjit.
    let start = bytes.iter().position(|byte| *byte == 0);
    let start = start.context("it is not a module")?;
    Ok([
        b"#!",
        confinement::WASMJIT.as_bytes(),
        b"\n",
        &bytes[start..],
    ]
    .concat())
}

/// What a suite is run with.
struct Subject<'a> {
    /// What is in the program's executable file.
    program: &'a [u8],
    /// The folder with what was built.
    results: &'a Path,
    /// The folder to run it in.
    place: PathBuf,
}

impl Subject<'_> {
    /// Runs the suite of a source; whether each of its tests has passed.
    fn tests(&self, suite: &Suite, source: &Path) -> Result<BTreeMap<String, bool>> {
        fs::create_dir_all(&self.place)
            .with_context(|| format!("cannot make {}", self.place.display()))?;
        let tree = self.place.join("tree");
        output(Command::new("cp").arg("-a").arg(source).arg(tree))?;
        let program = self.place.join("program");
        fs::write(&program, self.program)?;
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755))?;

        let mut command = confinement::command()?;
        command.args(["--ro-bind", "/etc", "/etc"]);
        command.arg("--bind").arg(&self.place).arg("/run/suite");
        command
            .arg("--ro-bind")
            .arg(self.results)
            .arg("/run/results");
        command.args(["--chdir", "/run/suite/tree"]);
        for (name, value) in [
            ("PROGRAM", "/run/suite/program"),
            ("RESULTS", "/run/results"),
            ("PATH", "/usr/bin:/bin"),
            ("HOME", "/tmp"),
            ("LC_ALL", "C"),
        ] {
            command.args(["--setenv", name, value]);
        }
        command.args(["--", "sh", "-c", &suite.script]);
        command.stdin(Stdio::null());
        let captured = capture(&mut command, Duration::from_secs(suite.limit))?;
        if captured.end == End::TimedOut {
            bail!("the suite took more than {} s", suite.limit);
        }
        Ok(told(&String::from_utf8_lossy(&captured.stdout)))
    }
}

/// What a suite has told of each of its tests.
fn told(said: &str) -> BTreeMap<String, bool> {
    let mut tests = BTreeMap::new();
    for line in said.lines() {
        let (passed, name) = match line.split_once(": ") {
            Some(("PASS", name)) => (true, name),
            Some(("FAIL", name)) => (false, name),
            _ => continue,
        };
        // One that is told of twice has to pass twice.
        let entry = tests.entry(name.trim().to_owned()).or_insert(true);
        *entry &= passed;
    }
    tests
}

#[cfg(test)]
mod tests {
    use super::told;

    #[test]
    fn tests_that_are_told_of_twice_have_to_pass_twice() {
        let tests = told("PASS: a\nnoise\nFAIL: b\nPASS: b\nPASS: c: d\nSKIPPED: e\n");
        let tests: Vec<_> = tests
            .iter()
            .map(|(name, passed)| (&**name, *passed))
            .collect();
        assert_eq!(tests, [("a", true), ("b", false), ("c: d", true)]);
    }
}
