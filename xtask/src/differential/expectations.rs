//! `tests/programs/expectations.toml`: the runs that are known to differ.

use anyhow::Result;
use serde::Deserialize;

use crate::places;

/// The list of what is known; it may only shrink.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Expectations {
    #[serde(default, rename = "known")]
    list: Vec<Known>,
}

/// A run that is known to differ.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Known {
    /// `PROGRAM/VARIANT/CASE`, or `PROGRAM/suite/TEST`; each part may be `*`.
    run: String,
    /// Why it differs.
    reason: String,
}

impl Expectations {
    /// Reads the list.
    pub(crate) fn read() -> Result<Expectations> {
        places::read_toml(&places::programs_dir().join("expectations.toml"))
    }

    /// An empty list.
    pub(crate) fn none() -> Expectations {
        Expectations { list: Vec::new() }
    }

    /// Why a run is known to differ, if it is.
    pub(crate) fn reason(&self, run: &str) -> Option<&str> {
        let known = self.list.iter().find(|known| matches(&known.run, run));
        known.map(|known| known.reason.as_str())
    }
}

fn matches(pattern: &str, run: &str) -> bool {
    let mut parts = run.split('/');
    let all = pattern.split('/').all(|part| {
        parts
            .next()
            .is_some_and(|found| part == "*" || part == found)
    });
    all && parts.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_can_be_read() {
        Expectations::read().expect("the list is sound");
    }

    #[test]
    fn a_star_stands_for_any_part() {
        assert!(matches("lua/*/sort", "lua/O2/sort"));
        assert!(!matches("lua/*/sort", "lua/O2/other"));
        assert!(!matches("lua/*", "lua/O2/sort"));
    }
}
