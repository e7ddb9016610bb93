//! How often each call was made, and how long that took.

use crate::table::{Row, rows};
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::Write;
use core::sync::atomic::{AtomicU64, Ordering};

/// Counters of a row: calls, errors, nanoseconds.
const EACH: usize = 3;

/// Most rows that are counted.
const ROWS_MAX: usize = 1024;

/// How many counters there have to be.
pub const COUNTERS: usize = EACH * ROWS_MAX;

/// Counts a call.
pub(super) fn count(counters: &[AtomicU64], row: &Row, failed: bool, nanos: u64) {
    let Some(index) = rows().position(|other| core::ptr::eq(other, row)) else {
        return;
    };
    if let Some([calls, errors, time]) = counters.get(index * EACH..(index + 1) * EACH) {
        calls.fetch_add(1, Ordering::Relaxed);
        errors.fetch_add(failed.into(), Ordering::Relaxed);
        time.fetch_add(nanos, Ordering::Relaxed);
    }
}

/// The table of what was counted, the longest first.
pub fn summary(counters: &[AtomicU64]) -> String {
    let value = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
    let mut lines: Vec<(&str, [u64; EACH])> = rows()
        .zip(counters.as_chunks::<EACH>().0)
        .map(|(row, counters)| (row.short_name(), counters.each_ref().map(value)))
        .filter(|(_, [calls, ..])| *calls > 0)
        .collect();
    lines.sort_by_key(|(name, [calls, _, nanos])| (u64::MAX - nanos, u64::MAX - calls, *name));
    let sum = |index: usize| lines.iter().map(|(_, counts)| counts[index]).sum::<u64>();
    let total = [sum(0), sum(1), sum(2)];
    let mut text = String::from(
        "% time     seconds  usecs/call     calls    errors syscall\n\
         ------ ----------- ----------- --------- --------- ----------------\n",
    );
    let line = |text: &mut String, name: &str, [calls, errors, nanos]: [u64; EACH]| {
        let share = nanos as f64 * 100.0 / total[2].max(1) as f64;
        let errors = match errors {
            0 => String::new(),
            errors => alloc::format!("{errors}"),
        };
        // Writing to a string does not fail.
        let _ = writeln!(
            text,
            "{share:6.2} {:11.6} {:11} {calls:9} {errors:>9} {name}",
            nanos as f64 / 1e9,
            nanos / 1000 / calls.max(1),
        );
    };
    for (name, counts) in &lines {
        line(&mut text, name, *counts);
    }
    text.push_str("------ ----------- ----------- --------- --------- ----------------\n");
    line(&mut text, "total", total);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_summed() {
        assert!(rows().count() <= ROWS_MAX);
        let counters: Vec<AtomicU64> = (0..COUNTERS).map(|_| AtomicU64::new(0)).collect();
        let row = crate::table::lookup("env", "__syscall_openat").unwrap();
        count(&counters, row, false, 3_000);
        count(&counters, row, true, 1_000);
        let text = summary(&counters);
        let line = text.lines().find(|line| line.ends_with(" openat")).unwrap();
        let words: Vec<&str> = line.split_whitespace().collect();
        assert_eq!(words, ["100.00", "0.000004", "2", "2", "1", "openat"]);
        assert!(text.lines().last().unwrap().ends_with("total"));
    }
}
