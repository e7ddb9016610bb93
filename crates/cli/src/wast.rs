//! `wasmjit wast`

use crate::args::Wast;
use crate::failure::{Failure, Plain};
use crate::load;
use std::path::Path;
use std::process::ExitCode;
use wasmjit::{Config, Engine};
use wasmjit_wast::Report;

/// Runs scripts; succeeds if every directive of each does what it should.
pub(crate) fn run(options: &Wast) -> Result<ExitCode, Failure> {
    let engine = load::engine(&options.engine, Config::new())?;
    let mut success = true;
    for path in &options.files {
        let report = run_script(&engine, path)?;
        success &= report.failures.is_empty();
        if options.json {
            println!("{}", json(path, &report));
        } else {
            print(path, &report);
        }
    }
    Ok(if success {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn run_script(engine: &Engine, path: &Path) -> Result<Report, Failure> {
    let script = std::fs::read(path).map_err(|error| Failure::program(path, Plain(&error)))?;
    let script = String::from_utf8(script)
        .map_err(|_| Failure::program(path, "a script must be UTF-8 text"))?;
    let stack = wasmjit_unix::stack::DEFAULT_SIZE;
    Ok(wasmjit_unix::stack::run(stack, || {
        wasmjit_wast::run(engine, &script)
    }))
}

fn print(path: &Path, report: &Report) {
    for failure in &report.failures {
        println!("{}:{failure}", path.display());
    }
    let (passed, failed) = (report.passed, report.failures.len());
    println!("{}: {passed} passed, {failed} failed", path.display());
}

fn json(path: &Path, report: &Report) -> serde_json::Value {
    let failures: Vec<_> = report
        .failures
        .iter()
        .map(|failure| {
            serde_json::json!({
                "line": failure.line,
                "column": failure.column,
                "message": failure.message,
            })
        })
        .collect();
    serde_json::json!({
        "file": path.to_string_lossy(),
        "passed": report.passed,
        "failed": failures.len(),
        "failures": failures,
    })
}
