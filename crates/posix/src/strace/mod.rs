//! A trace of calls for people to read, a line for each, as `strace` prints it.

mod filter;
mod print;
mod special;
mod summary;
mod text;

pub use filter::{Filter, UnknownTerm};
pub use summary::{COUNTERS, summary};

use crate::table::meaning::Meaning;
use crate::trace::{Call, End, Entered, Trace};
use alloc::boxed::Box;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt::Write;
use core::sync::atomic::AtomicU64;
use print::View;

/// Where a trace goes, and what it is told of the world.
pub trait Output: Send + Sync {
    /// Writes a line, newline included, in one piece.
    fn write(&self, line: &[u8]);

    /// Seconds and nanoseconds of a clock that does not go backwards.
    fn now(&self) -> [i64; 2];

    /// Number of the calling thread.
    fn thread(&self) -> u32;
}

/// How a trace looks.
#[derive(Debug, Clone)]
pub struct Options {
    /// Most bytes of a string; the rest becomes dots.
    pub text_limit: usize,
    /// All fields of structures.
    pub verbose: bool,
    /// The time since the start before each line, and how long the call took
    /// after it.
    pub times: bool,
    /// Lines at all; a summary may be enough.
    pub lines: bool,
    /// The number of the thread on each line, even of the first.
    pub always_numbered: bool,
    /// Which calls.
    pub filter: Filter,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            text_limit: 32,
            verbose: false,
            times: false,
            lines: true,
            always_numbered: false,
            filter: Filter::default(),
        }
    }
}

/// Traces calls.
pub struct Strace(Arc<Inner>);

struct Inner {
    options: Options,
    output: Box<dyn Output>,
    /// Calls, errors and nanoseconds of each row, where they are counted.
    counters: Option<&'static [AtomicU64]>,
    start: [i64; 2],
    first_thread: u32,
}

impl Strace {
    /// Begins a trace. The calling thread is the one whose lines are not marked
    /// with its number. Counters, [`COUNTERS`] of them, are for a [`summary`];
    /// processes may share them.
    pub fn new(
        options: Options,
        output: Box<dyn Output>,
        counters: Option<&'static [AtomicU64]>,
    ) -> Self {
        let (start, first_thread) = (output.now(), output.thread());
        Self(Arc::new(Inner {
            options,
            output,
            counters,
            start,
            first_thread,
        }))
    }
}

impl Trace for Strace {
    fn enter(&self, call: &Call<'_>) -> Option<Box<dyn Entered>> {
        let trace = &self.0;
        if !trace.options.filter.shows(call.row) {
            return None;
        }
        let since = trace.output.now();
        // What may be the last that is heard of the call has to be said now.
        match call.row.result {
            Meaning::Never => {
                trace.line(call, &[], since, " = ?");
                trace.count(call, false, 0);
                return None;
            }
            Meaning::Replaced => trace.line(call, &[], since, " <unfinished ...>"),
            _ => {}
        }
        let inputs = match trace.options.lines {
            true => trace.inputs(call),
            false => Vec::new(),
        };
        Some(Box::new(Begun {
            trace: trace.clone(),
            since,
            inputs,
        }))
    }
}

/// A call that is being carried out.
struct Begun {
    trace: Arc<Inner>,
    since: [i64; 2],
    /// The parameters that were known before; those that were not are `None`.
    inputs: Vec<Option<String>>,
}

impl Entered for Begun {
    fn leave(self: Box<Self>, call: &Call<'_>, end: End) {
        let trace = &self.trace;
        let failed = matches!(end, End::Failed(_));
        trace.count(call, failed, nanoseconds(self.since, trace.output.now()));
        trace.ended(call, &self.inputs, self.since, end);
    }
}

impl Inner {
    fn view<'a>(&self, call: &Call<'a>, end: Option<End>) -> View<'a> {
        View::new(call, end, self.options.text_limit, self.options.verbose)
    }

    fn inputs(&self, call: &Call<'_>) -> Vec<Option<String>> {
        let view = self.view(call, None);
        let input = |(index, parameter): (usize, &crate::table::meaning::Parameter)| {
            (!parameter.meaning.is_result()).then(|| {
                let mut text = String::new();
                view.parameter(index, &mut text);
                text
            })
        };
        let parameters = call.variant.parameters.iter();
        parameters.enumerate().map(input).collect()
    }

    fn count(&self, call: &Call<'_>, failed: bool, nanos: u64) {
        if let Some(counters) = self.counters {
            summary::count(counters, call.row, failed, nanos);
        }
    }

    /// Writes the line of a call that has not ended.
    fn line(&self, call: &Call<'_>, inputs: &[Option<String>], since: [i64; 2], rest: &str) {
        if self.options.lines {
            let mut line = self.beginning(since);
            self.call(call, inputs, &self.view(call, None), &mut line);
            line.push_str(rest);
            self.write(line);
        }
    }

    /// Writes the line of a call that has ended, or what remains of it.
    fn ended(&self, call: &Call<'_>, inputs: &[Option<String>], since: [i64; 2], end: End) {
        if !self.options.lines {
            return;
        }
        let mut line = self.beginning(since);
        let view = self.view(call, Some(end));
        match call.row.result {
            Meaning::Replaced => {
                // Writing to a string does not fail.
                let _ = write!(line, "<... {} resumed>", call.row.short_name());
            }
            _ => self.call(call, inputs, &view, &mut line),
        }
        while line.len() < 40 {
            line.push(' ');
        }
        line.push_str(" = ");
        view.result(call.row.result, &mut line);
        if self.options.times {
            let nanos = nanoseconds(since, self.output.now());
            let _ = write!(line, " <{}.{:06}>", nanos / SECOND, nanos % SECOND / 1000);
        }
        self.write(line);
    }

    /// What stands before the call: thread and time.
    fn beginning(&self, since: [i64; 2]) -> String {
        let mut line = String::new();
        let thread = self.output.thread();
        if self.options.always_numbered || thread != self.first_thread {
            let _ = write!(line, "[pid {thread}] ");
        }
        if self.options.times {
            let nanos = nanoseconds(self.start, since);
            let _ = write!(line, "{}.{:06} ", nanos / SECOND, nanos % SECOND / 1000);
        }
        line
    }

    /// Appends the call with its arguments.
    fn call(&self, call: &Call<'_>, inputs: &[Option<String>], view: &View<'_>, line: &mut String) {
        let _ = write!(line, "{}(", call.row.short_name());
        let mut first = true;
        for index in 0..call.variant.parameters.len() {
            let before = line.len();
            if !core::mem::take(&mut first) {
                line.push_str(", ");
            }
            let begin = line.len();
            match inputs.get(index) {
                Some(Some(text)) => line.push_str(text),
                _ => view.parameter(index, line),
            }
            if line.len() == begin {
                // It is not there: a pad, or rights of no new file.
                line.truncate(before);
                first = before == begin;
            }
        }
        line.push(')');
    }

    fn write(&self, mut line: String) {
        line.push('\n');
        self.output.write(line.as_bytes());
    }
}

const SECOND: u64 = 1_000_000_000;

/// The time from one to the other.
fn nanoseconds(from: [i64; 2], to: [i64; 2]) -> u64 {
    let seconds = to[0].saturating_sub(from[0]);
    let nanos = seconds.saturating_mul(SECOND as i64) + to[1] - from[1];
    nanos.max(0) as u64
}
