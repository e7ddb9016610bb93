//! `--profile`, and what is told to the profiler perf.

mod perf;

pub(crate) use perf::{PerfDump, PerfMap};

use crate::failure::{Failure, Plain};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use wasmjit::Module;
use wasmjit_posix::{Call, End, Entered, Row, Trace, table};
use wasmjit_unix::sampler::{self, Sample, set_call};

/// Processor time between samples. Not a round number, so that it does not fall
/// into step with what programs do.
const INTERVAL: Duration = Duration::from_micros(997);

/// A profile that is being taken, to be written to a file.
pub(crate) struct Profile {
    path: PathBuf,
    /// Opened at the start: later it may not be allowed.
    file: File,
    sampler: sampler::Profile,
}

impl Profile {
    /// Begins.
    pub(crate) fn start(path: &Path) -> Result<Self, Failure> {
        let file = File::create(path)
            .map_err(|error| Failure::io(path, "cannot write the profile", &error))?;
        let sampler = sampler::Profile::start(INTERVAL).map_err(|error| {
            Failure::usage(format_args!("no profile can be taken: {}", Plain(&error)))
        })?;
        Ok(Self {
            path: path.to_owned(),
            file,
            sampler,
        })
    }

    /// Ends, and writes the flame graph.
    pub(crate) fn finish(self, module: &Module, program: &Path) -> Result<(), Failure> {
        let functions = Functions::of(module);
        let mut stacks: BTreeMap<String, u64> = BTreeMap::new();
        let lost = self.sampler.finish(|sample| {
            *stacks.entry(functions.stack(&sample)).or_default() += u64::from(sample.weight);
        });
        if stacks.is_empty() {
            stacks.insert("(it ended before the first sample)".into(), 1);
        }
        let lines: Vec<String> = stacks
            .iter()
            .map(|(stack, count)| format!("{stack} {count}"))
            .collect();
        let mut options = inferno::flamegraph::Options::default();
        options.title = program.display().to_string();
        options.subtitle = Some("processor time; [kernel]: in system calls".into());
        options.count_name = "samples".into();
        let written = inferno::flamegraph::from_lines(
            &mut options,
            lines.iter().map(String::as_str),
            BufWriter::new(&self.file),
        );
        written.map_err(|error| {
            let error = io::Error::other(error);
            Failure::io(&self.path, "cannot write the profile", &error)
        })?;
        if lost > 0 {
            // Standard error may be closed.
            let _ = writeln!(
                io::stderr(),
                "wasmjit: {}: there was no room for the last {lost} samples",
                self.path.display()
            );
        }
        Ok(())
    }
}

/// The functions that lie at addresses.
pub(crate) struct Functions<'a> {
    module: &'a Module,
    /// Address, length, index among the defined functions.
    ranges: Vec<(usize, usize, u32)>,
}

impl<'a> Functions<'a> {
    /// Those of a module that are compiled.
    pub(crate) fn of(module: &'a Module) -> Self {
        let code = module.jit_code();
        let mut ranges = code.map_or_else(Vec::new, |code| code.function_ranges());
        ranges.sort_unstable();
        Self { module, ranges }
    }

    /// Each with its address, its length and its name.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (usize, usize, String)> {
        let named = |&(start, length, defined)| (start, length, self.name(defined));
        self.ranges.iter().map(named)
    }

    fn name(&self, defined: u32) -> String {
        let module = self.module.module();
        let function = module.imported_functions + defined;
        match module.function_name(function) {
            Some(name) => name.into(),
            None => format!("<function {function}>"),
        }
    }

    /// The name of the function at an address.
    pub(crate) fn find(&self, address: u64) -> Option<String> {
        let address = address as usize;
        let after = self.ranges.partition_point(|(start, ..)| *start <= address);
        let (start, length, defined) = self.ranges[after.checked_sub(1)?];
        (address < start + length).then(|| self.name(defined))
    }

    /// A sample as a line of a folded stack: outermost first, with semicolons.
    fn stack(&self, sample: &Sample<'_>) -> String {
        let mut names: Vec<String> = sample
            .frames
            .iter()
            .rev()
            .filter_map(|address| self.find(*address))
            .collect();
        if let Some(row) = sample
            .call
            .and_then(|call| table::rows().nth(call as usize))
        {
            names.push(row.short_name().into());
        }
        if sample.in_kernel {
            names.push("[kernel]".into());
        }
        if names.is_empty() {
            names.push("[wasmjit]".into());
        }
        // Semicolons separate; names of C++ functions may have them.
        let names: Vec<String> = names.iter().map(|name| name.replace(';', ":")).collect();
        names.join(";")
    }
}

/// Tells the sampler which call a thread makes.
pub(crate) struct CallNames;

impl Trace for CallNames {
    fn enter(&self, call: &Call<'_>) -> Option<Box<dyn Entered>> {
        Some(Box::new(Outer(set_call(number(call.row)))))
    }
}

/// The call that was going on before.
struct Outer(Option<u32>);

impl Entered for Outer {
    fn leave(self: Box<Self>, _call: &Call<'_>, _end: End) {
        set_call(self.0);
    }
}

/// A row's number.
fn number(row: &Row) -> Option<u32> {
    let found = table::rows().position(|other| std::ptr::eq(other, row));
    found.and_then(|number| number.try_into().ok())
}

/// Several that watch calls, as one.
pub(crate) struct All(pub(crate) Vec<Arc<dyn Trace>>);

impl Trace for All {
    fn enter(&self, call: &Call<'_>) -> Option<Box<dyn Entered>> {
        let entered = self.0.iter().filter_map(|trace| trace.enter(call));
        Some(Box::new(AllEntered(entered.collect())))
    }
}

struct AllEntered(Vec<Box<dyn Entered>>);

impl Entered for AllEntered {
    fn leave(self: Box<Self>, call: &Call<'_>, end: End) {
        for entered in self.0.into_iter().rev() {
            entered.leave(call, end);
        }
    }
}
