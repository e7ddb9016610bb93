//! `wasmjit wast`

use crate::args::{EngineKind, Wast};
use crate::failure::{FAILURE, SUCCESS, Status};
use crate::failure::{Failure, Plain};
use crate::load;
use crate::output;
use std::path::Path;
use wasmjit::{Config, Engine, WasmFeatures};
use wasmjit_wast::Report;

/// Runs scripts; succeeds if every directive of each does what it should.
pub(crate) fn run(options: &Wast) -> Result<Status, Failure> {
    let mut config = Config::new();
    if let Some(features) = options.features {
        config = config.features(features);
    }
    let in_kernel = matches!(options.engine.engine, EngineKind::Kernel);
    let engine = if in_kernel {
        // Says at once why the kernel cannot be used, if so.
        load::device()?;
        Engine::new(config).map_err(Failure::usage)?
    } else {
        load::engine(&options.engine, config)?
    };
    let mut success = true;
    for path in &options.files {
        let report = run_script(&engine, in_kernel, path)?;
        success &= report.failures.is_empty();
        if options.json {
            output::line(json(path, &report))?;
        } else {
            print(path, &report)?;
        }
    }
    Ok(if success { SUCCESS } else { FAILURE })
}

/// Reads a list of features.
pub(crate) fn features(list: &str) -> Result<WasmFeatures, String> {
    let mut features = WasmFeatures::empty();
    for name in list.split(',') {
        features |= match name {
            "wasm1" => WasmFeatures::WASM1,
            "wasm2" => WasmFeatures::WASM2,
            _ => WasmFeatures::from_name(&name.replace('-', "_").to_ascii_uppercase())
                .ok_or_else(|| format!("there is no feature {name:?}"))?,
        };
    }
    Ok(features)
}

fn run_script(engine: &Engine, in_kernel: bool, path: &Path) -> Result<Report, Failure> {
    let script = std::fs::read(path).map_err(|error| Failure::program(path, Plain(&error)))?;
    let script = String::from_utf8(script)
        .map_err(|_| Failure::program(path, "a script must be UTF-8 text"))?;
    let stack = wasmjit_unix::stack::DEFAULT_SIZE;
    Ok(wasmjit_unix::stack::run(stack, || match in_kernel {
        true => wasmjit_wast::run_in_kernel(engine, wasmjit_unix::platform(), &script),
        false => wasmjit_wast::run(engine, &script),
    }))
}

fn print(path: &Path, report: &Report) -> Result<(), Failure> {
    for failure in &report.failures {
        output::line(format_args!("{}:{failure}", path.display()))?;
    }
    let (passed, failed) = (report.passed, report.failures.len());
    output::line(format_args!(
        "{}: {passed} passed, {failed} failed",
        path.display()
    ))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_lists_of_features() {
        assert_eq!(features("wasm1"), Ok(WasmFeatures::WASM1));
        let expected = WasmFeatures::WASM2 | WasmFeatures::THREADS | WasmFeatures::TAIL_CALL;
        assert_eq!(features("wasm2,threads,tail-call"), Ok(expected));
        assert!(features("wasm2,telepathy").is_err());
        assert!(features("").is_err());
    }
}
