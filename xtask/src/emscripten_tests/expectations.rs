//! `tests/emscripten/expectations.toml`: the tests that are known to fail.

use anyhow::Result;
use serde::Deserialize;

use crate::known::{self, Known};
use crate::places;

/// The list of what is known; it may only shrink.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Expectations {
    #[serde(default)]
    known: Vec<Known>,
    #[serde(default)]
    javascript: Vec<Known>,
}

impl Expectations {
    /// Reads the list.
    pub(super) fn read() -> Result<Self> {
        places::read_toml(&places::root().join("tests/emscripten/expectations.toml"))
    }

    /// Why a test is known to fail, if it is.
    pub(super) fn reason(&self, test: &str) -> Option<&str> {
        known::reason(&self.known, test)
    }

    /// What of a test's expected output comes from JavaScript, if anything does.
    pub(super) fn javascript(&self, test: &str) -> Option<&str> {
        known::reason(&self.javascript, test)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_can_be_read() {
        Expectations::read().expect("the list is sound");
    }
}
