//! Where time and memory went.

use crate::units::Size;
use std::io::Write;
use std::time::{Duration, Instant};
use wasmjit::{MemoryStyle, Module};
use wasmjit_device::RemoteCode;

/// Measures the parts of a run.
pub(crate) struct Stats {
    start: Instant,
    last: Instant,
    phases: Vec<(&'static str, Duration)>,
}

impl Stats {
    /// Starts to measure; the process itself began at `start`.
    pub(crate) fn new(start: Instant) -> Self {
        Self {
            start,
            last: start,
            phases: Vec::new(),
        }
    }

    /// The time since the last phase was `phase`.
    pub(crate) fn phase(&mut self, phase: &'static str) {
        let now = Instant::now();
        self.phases.push((phase, now - self.last));
        self.last = now;
    }

    /// Writes the report to standard error; standard output is the program's.
    pub(crate) fn report(&self, module: &Module, json: bool) {
        let remote = module.code().as_any().downcast_ref::<RemoteCode>();
        let report = Report {
            phases: &self.phases,
            total: self.start.elapsed(),
            module_bytes: module.module().bytes().len() as u64,
            functions: module.module().defined_functions(),
            compiled: module.jit_code().map_or(0, |code| code.compiled_count()),
            code_bytes: module.code().code_size() as u64,
            from_cache: module.is_from_cache() || remote.is_some_and(RemoteCode::is_from_cache),
            memory_style: module.engine().memory_style(),
            peak_memory: peak_memory(),
        };
        let text = if json {
            format!("{}\n", report.json())
        } else {
            report.text()
        };
        // Standard error may be closed.
        let _ = std::io::stderr().write_all(text.as_bytes());
    }
}

struct Report<'a> {
    phases: &'a [(&'static str, Duration)],
    total: Duration,
    module_bytes: u64,
    functions: u32,
    compiled: usize,
    code_bytes: u64,
    from_cache: bool,
    memory_style: MemoryStyle,
    peak_memory: u64,
}

impl Report<'_> {
    fn text(&self) -> String {
        let mut text = String::new();
        let mut line = |name: &str, value: String| text += &format!("{name:<14}{value:>14}\n");
        for (phase, time) in self.phases {
            line(phase, milliseconds(*time));
        }
        line("total", milliseconds(self.total));
        line("module", Size(self.module_bytes).to_string());
        line(
            "compiled",
            format!("{} of {}", self.compiled, self.functions),
        );
        line("machine code", Size(self.code_bytes).to_string());
        line(
            "from cache",
            if self.from_cache { "yes" } else { "no" }.into(),
        );
        line("memory style", self.memory_style_name().into());
        line("peak memory", Size(self.peak_memory).to_string());
        text
    }

    fn json(&self) -> serde_json::Value {
        let phases: serde_json::Map<String, serde_json::Value> = self
            .phases
            .iter()
            .map(|(phase, time)| ((*phase).to_string(), time.as_secs_f64().into()))
            .collect();
        serde_json::json!({
            "seconds": phases,
            "total_seconds": self.total.as_secs_f64(),
            "module_bytes": self.module_bytes,
            "functions": self.functions,
            "compiled_functions": self.compiled,
            "machine_code_bytes": self.code_bytes,
            "from_cache": self.from_cache,
            "memory_style": self.memory_style_name(),
            "peak_memory_bytes": self.peak_memory,
        })
    }

    fn memory_style_name(&self) -> &'static str {
        match self.memory_style {
            MemoryStyle::Guarded => "guarded",
            MemoryStyle::Checked => "checked",
        }
    }
}

fn milliseconds(time: Duration) -> String {
    format!("{:.2} ms", time.as_secs_f64() * 1e3)
}

/// Most memory that the process ever had in use, in bytes.
fn peak_memory() -> u64 {
    // SAFETY: all zeros is a valid value of this plain structure.
    let mut usage: libc::rusage = unsafe { std::mem::zeroed() };
    // SAFETY: the pointer is valid for writing.
    unsafe { libc::getrusage(libc::RUSAGE_SELF, &raw mut usage) };
    let unit = if cfg!(target_vendor = "apple") {
        1
    } else {
        1024
    };
    usage.ru_maxrss as u64 * unit
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reports_agree() {
        let report = Report {
            phases: &[("load", Duration::from_micros(1500))],
            total: Duration::from_millis(2),
            module_bytes: 2048,
            functions: 10,
            compiled: 3,
            code_bytes: 4096,
            from_cache: true,
            memory_style: MemoryStyle::Checked,
            peak_memory: 1 << 20,
        };
        let text = report.text();
        assert!(text.contains("load                 1.50 ms\n"), "{text}");
        assert!(text.contains("compiled             3 of 10\n"), "{text}");
        let json = report.json();
        assert_eq!(json["seconds"]["load"], 0.0015);
        assert_eq!(json["memory_style"], "checked");
    }
}
