//! Options that also hold for programs that the program runs: they are passed on in
//! the environment, where programs themselves do not see them.
//!
//! What the kernel enforces (`--dir` and the like) needs no passing on.

use crate::args::Run;
use crate::units::{Duration, Size};
use std::ffi::OsStr;
use std::time::Duration as StdDuration;
use wasmjit_posix::strace::Filter;

/// The variable that they are passed in.
pub(crate) const VARIABLE: &str = wasmjit_unix::process::INHERITED;

/// Takes over what a parent has passed on, as far as the command line does not
/// say otherwise.
pub(crate) fn take(options: &mut Run) {
    if let Some(text) = std::env::var_os(VARIABLE) {
        merge(options, &text);
    }
}

fn merge(options: &mut Run, text: &OsStr) {
    let own_trace = options.tracing.strace.is_some();
    // What is damaged is left out: a program is not stopped for it.
    for word in text.to_string_lossy().split(' ') {
        let (key, value) = word.split_once('=').unwrap_or((word, ""));
        match key {
            "max-memory" => {
                if let Ok(bytes) = value.parse() {
                    let limit = options.max_memory.map_or(bytes, |own| own.0.min(bytes));
                    options.max_memory = Some(Size(limit));
                }
            }
            "deadline" => {
                if let Ok(deadline) = value.parse() {
                    let left = StdDuration::from_nanos(
                        now().map_or(0, |now| u64::saturating_sub(deadline, now)),
                    );
                    let limit = options.timeout.map_or(left, |own| own.0.min(left));
                    options.timeout = Some(Duration(limit));
                }
            }
            _ if own_trace => {}
            "strace" => options.tracing.descriptor = value.parse().ok(),
            "strace-only" => options.tracing.strace_only = Filter::parse(value).ok(),
            "strace-times" => options.tracing.strace_times = true,
            "strace-verbose" => options.tracing.strace_verbose = true,
            "strace-length" => options.tracing.strace_length = value.parse().unwrap_or(32),
            _ => {}
        }
    }
}

/// Passes on what holds for children as well; `trace` is the descriptor of the
/// trace, if there is one.
pub(crate) fn pass_on(options: &Run, trace: Option<i32>) {
    let words = words(options, trace);
    // SAFETY: the process has one thread that looks at the environment.
    unsafe {
        match words.is_empty() {
            true => std::env::remove_var(VARIABLE),
            false => std::env::set_var(VARIABLE, words.join(" ")),
        }
    }
}

/// Nanoseconds of the clock that all processes of the machine share.
fn now() -> Option<u64> {
    let [seconds, nanos] = wasmjit_unix::trace::monotonic();
    u64::try_from(seconds.saturating_mul(1_000_000_000).saturating_add(nanos)).ok()
}

fn words(options: &Run, trace: Option<i32>) -> Vec<String> {
    let mut words = Vec::new();
    if let Some(size) = options.max_memory {
        words.push(format!("max-memory={}", size.0));
    }
    if let (Some(limit), Some(now)) = (options.timeout, now()) {
        let limit = u64::try_from(limit.0.as_nanos()).unwrap_or(u64::MAX);
        words.push(format!("deadline={}", now.saturating_add(limit)));
    }
    let Some(descriptor) = trace else {
        return words;
    };
    let tracing = &options.tracing;
    words.push(format!("strace={descriptor}"));
    words.push(format!("strace-length={}", tracing.strace_length));
    if let Some(filter) = &tracing.strace_only {
        words.push(format!("strace-only={filter}"));
    }
    if tracing.strace_times {
        words.push("strace-times".into());
    }
    if tracing.strace_verbose {
        words.push("strace-verbose".into());
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain() -> Run {
        Run::plain("x.wasm".into(), Vec::new())
    }

    #[test]
    fn options_reach_children() {
        let mut parent = plain();
        parent.max_memory = Some(Size(1 << 20));
        parent.tracing.strace_only = Some(Filter::parse("file,!fd_close").unwrap());
        parent.tracing.strace_times = true;
        parent.tracing.strace_length = 7;
        let text = words(&parent, Some(900)).join(" ");
        let mut child = plain();
        merge(&mut child, text.as_ref());
        assert_eq!(child.max_memory, Some(Size(1 << 20)));
        assert_eq!(child.tracing.descriptor, Some(900));
        assert!(child.tracing.strace_times && !child.tracing.strace_verbose);
        assert_eq!(child.tracing.strace_length, 7);
        assert_eq!(words(&child, Some(900)).join(" "), text);
    }

    #[test]
    fn children_have_the_time_that_is_left() {
        let mut parent = plain();
        parent.timeout = Some(Duration(StdDuration::from_secs(3600)));
        let text = words(&parent, None).join(" ");
        let mut child = plain();
        merge(&mut child, text.as_ref());
        let left = child.timeout.unwrap().0;
        assert!(left <= StdDuration::from_secs(3600) && left > StdDuration::from_secs(60));
        merge(&mut child, "deadline=1".as_ref());
        assert_eq!(child.timeout.unwrap().0, StdDuration::ZERO);
    }

    #[test]
    fn limits_only_shrink_and_own_traces_stay() {
        let mut child = plain();
        child.max_memory = Some(Size(5));
        child.tracing.strace = Some(None);
        merge(
            &mut child,
            "max-memory=9 strace=900 nonsense strace-times".as_ref(),
        );
        assert_eq!(child.max_memory, Some(Size(5)));
        assert_eq!(child.tracing.descriptor, None);
        assert!(!child.tracing.strace_times);
        merge(&mut child, "max-memory=3".as_ref());
        assert_eq!(child.max_memory, Some(Size(3)));
    }
}
