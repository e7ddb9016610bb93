//! Which calls a trace shows.

use crate::table::{Row, rows};
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

/// A choice of calls.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Names and groups, and whether they are shown. The last that fits decides.
    terms: Vec<(bool, String)>,
}

/// A word that is neither a call nor a group of calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownTerm(pub String);

impl fmt::Display for UnknownTerm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is neither a call nor one of the groups", self.0)?;
        for (i, (name, _)) in GROUPS.iter().enumerate() {
            write!(f, "{} {name}", if i == 0 { ":" } else { "," })?;
        }
        Ok(())
    }
}

impl core::error::Error for UnknownTerm {}

/// Names of groups, and the groups of the table that they stand for.
const GROUPS: [(&str, &[&str]); 13] = [
    ("all", &[]),
    ("file", &["Files", "Directories", "File status"]),
    ("desc", &["Descriptors"]),
    ("network", &["Sockets", "Names"]),
    ("time", &["Time"]),
    ("process", &["Process", "Limits"]),
    ("signal", &["Signals"]),
    ("memory", &["Memory"]),
    ("thread", &["Threads"]),
    ("ipc", &["Message queues", "System V IPC"]),
    ("exception", &["C++ exceptions and longjmp"]),
    (
        "message",
        &["Messages", "Random numbers", "Dynamic linking"],
    ),
    ("admin", &["System administration"]),
];

/// Calls of the language's runtime, which would hide the others.
const QUIET: &[&str] = &["emscripten_memcpy_big", "_emscripten_memcpy_js"];

impl Filter {
    /// From a list as `file,network,!fd_read`: calls and groups, each with `!`
    /// before it to leave it out. A list that begins so means all others.
    ///
    /// # Errors
    /// When a word is not known.
    pub fn parse(list: &str) -> Result<Self, UnknownTerm> {
        let mut terms: Vec<(bool, String)> = Vec::new();
        for word in list.split(',').filter(|word| !word.is_empty()) {
            let (shown, name) = match word.strip_prefix('!') {
                Some(name) => (false, name),
                None => (true, word),
            };
            if terms.is_empty() && shown {
                terms.push((false, "all".into()));
            }
            let group = GROUPS.iter().any(|(group, _)| *group == name);
            if !group && !rows().any(|row| names(row, name)) {
                return Err(UnknownTerm(name.into()));
            }
            terms.push((shown, name.into()));
        }
        Ok(Self { terms })
    }

    /// Whether a call is shown.
    pub(crate) fn shows(&self, row: &Row) -> bool {
        let quiet = row.group == "C++ exceptions and longjmp" || QUIET.contains(&row.name);
        let mut shown = !quiet;
        for (wanted, term) in &self.terms {
            if fits(row, term) {
                shown = *wanted;
            }
        }
        shown
    }
}

impl fmt::Display for Filter {
    /// As [`Filter::parse`] reads it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, (shown, term)) in self.terms.iter().enumerate() {
            let comma = if i > 0 { "," } else { "" };
            let not = if *shown { "" } else { "!" };
            write!(f, "{comma}{not}{term}")?;
        }
        Ok(())
    }
}

fn names(row: &Row, name: &str) -> bool {
    row.name == name || row.short_name() == name
}

fn fits(row: &Row, term: &str) -> bool {
    match GROUPS.iter().find(|(group, _)| *group == term) {
        Some(("all", _)) => true,
        Some((_, groups)) => groups.contains(&row.group),
        None => names(row, term),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::lookup;

    fn shown(filter: &Filter, name: &str) -> bool {
        filter.shows(lookup("env", name).unwrap())
    }

    #[test]
    fn lists() {
        let filter = Filter::default();
        assert!(shown(&filter, "__syscall_openat") && !shown(&filter, "__cxa_throw"));
        let filter = Filter::parse("file,!openat").unwrap();
        assert!(shown(&filter, "__syscall_open") && !shown(&filter, "__syscall_openat"));
        assert!(!shown(&filter, "__syscall_socket"));
        let filter = Filter::parse("!network").unwrap();
        assert!(shown(&filter, "__syscall_open") && !shown(&filter, "__syscall_socket"));
        assert!(shown(&Filter::parse("all").unwrap(), "__cxa_throw"));
        let text = alloc::string::ToString::to_string(&Filter::parse("file,!openat").unwrap());
        assert_eq!(text, "!all,file,!openat");
        assert!(Filter::parse("opneat").unwrap_err().0 == "opneat");
    }

    #[test]
    fn every_row_is_in_a_group() {
        for row in rows() {
            let found = GROUPS.iter().any(|(_, groups)| groups.contains(&row.group));
            assert!(found, "the group {} has no name for traces", row.group);
        }
    }
}
