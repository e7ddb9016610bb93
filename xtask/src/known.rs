//! What is known of other people's tests: `tests/NAME/expectations.toml`, lists that
//! may only shrink.

use anyhow::Result;
use serde::Deserialize;

use crate::places;

/// The lists of one suite of tests.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Expectations {
    /// Tests that fail.
    #[serde(default)]
    known: Vec<Known>,
    /// Tests that say nothing about this runtime: their output is not the program's
    /// own, or they go now one way and now the other also natively, or do harm.
    #[serde(default)]
    beside: Vec<Known>,
}

/// Tests that go alike, and why.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Known {
    tests: Vec<String>,
    reason: String,
}

impl Expectations {
    /// Reads the lists of the suite in `tests/NAME`.
    pub(crate) fn read(name: &str) -> Result<Self> {
        let folder = places::root().join("tests").join(name);
        places::read_toml(&folder.join("expectations.toml"))
    }

    /// Why a test is known to fail, if it is.
    pub(crate) fn reason(&self, test: &str) -> Option<&str> {
        find(&self.known, test)
    }

    /// Why a test says nothing, if it does not.
    pub(crate) fn beside(&self, test: &str) -> Option<&str> {
        find(&self.beside, test)
    }
}

fn find<'a>(list: &'a [Known], test: &str) -> Option<&'a str> {
    let is_listed = |known: &&Known| known.tests.iter().any(|name| name == test);
    let known = list.iter().find(is_listed);
    known.map(|known| known.reason.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lists_can_be_read() {
        for name in ["emscripten", "posix"] {
            Expectations::read(name).expect("the lists are sound");
        }
    }
}
