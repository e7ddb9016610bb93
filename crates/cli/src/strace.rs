//! `--strace` and its relatives.

use crate::args::TraceOptions;
use crate::failure::Failure;
use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use wasmjit_posix::Trace;
use wasmjit_posix::strace::{COUNTERS, Options, Strace, summary};
use wasmjit_unix::trace::{TraceFile, shared_counters};

/// What the options ask for.
pub(crate) struct Tracing {
    /// To be told of the calls.
    pub(crate) tracer: Arc<dyn Trace>,
    counters: Option<&'static [AtomicU64]>,
    file: TraceFile,
    lines: bool,
}

/// Begins a trace, if one is wanted.
pub(crate) fn begin(options: &TraceOptions) -> Result<Option<Tracing>, Failure> {
    if !options.is_wanted() {
        return Ok(None);
    }
    let file = match (&options.strace, options.descriptor) {
        (Some(Some(path)), _) => TraceFile::create(path)
            .map_err(|error| Failure::io(path, "cannot write the trace", &error))?,
        (None, Some(descriptor)) => TraceFile::inherited(descriptor),
        _ => TraceFile::standard_error(),
    };
    let counters = match options.strace_summary {
        true => Some(shared_counters(COUNTERS).map_err(|error| {
            Failure::usage(format_args!("there is no memory for a summary: {error}"))
        })?),
        false => None,
    };
    let look = Options {
        text_limit: options.strace_length,
        verbose: options.strace_verbose,
        times: options.strace_times,
        lines: options.strace.is_some() || options.descriptor.is_some(),
        always_numbered: options.descriptor.is_some(),
        filter: options.strace_only.clone().unwrap_or_default(),
    };
    let lines = look.lines;
    Ok(Some(Tracing {
        lines,
        tracer: Arc::new(Strace::new(look, Box::new(file.clone()), counters)),
        counters,
        file,
    }))
}

impl Tracing {
    /// The descriptor of the lines, for children; a summary is not theirs.
    pub(crate) fn descriptor(&self) -> Option<i32> {
        self.lines.then(|| self.file.descriptor()).flatten()
    }

    /// Prints the summary.
    pub(crate) fn end(mut self) {
        if let Some(counters) = self.counters {
            // There is nobody to tell when it cannot be written.
            let _ = self.file.write_all(summary(counters).as_bytes());
        }
    }
}
