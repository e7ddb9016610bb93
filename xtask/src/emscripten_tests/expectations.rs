//! `tests/emscripten/expectations.toml`: the tests that are known to fail.

use anyhow::Result;
use serde::Deserialize;

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

/// A test that is known to fail, or to be one of JavaScript.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Known {
    /// Its path in Emscripten's folder of tests.
    test: String,
    /// Why.
    reason: String,
}

impl Expectations {
    /// Reads the list.
    pub(super) fn read() -> Result<Self> {
        places::read_toml(&places::root().join("tests/emscripten/expectations.toml"))
    }

    /// Why a test is known to fail, if it is.
    pub(super) fn reason(&self, test: &str) -> Option<&str> {
        find(&self.known, test)
    }

    /// What of a test's expected output comes from JavaScript, if anything does.
    pub(super) fn javascript(&self, test: &str) -> Option<&str> {
        find(&self.javascript, test)
    }
}

fn find<'a>(list: &'a [Known], test: &str) -> Option<&'a str> {
    let known = list.iter().find(|known| known.test == test);
    known.map(|known| known.reason.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_can_be_read() {
        Expectations::read().expect("the list is sound");
    }
}
