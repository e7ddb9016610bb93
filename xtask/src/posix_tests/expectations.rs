//! `tests/posix/expectations.toml`: the tests that are known to fail.

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
    /// Tests that say nothing, since they go now one way and now the other also
    /// natively, or do harm.
    #[serde(default)]
    unfit: Vec<Known>,
}

impl Expectations {
    /// Reads the list.
    pub(super) fn read() -> Result<Self> {
        places::read_toml(&places::root().join("tests/posix/expectations.toml"))
    }

    /// Why a test is known to fail, if it is.
    pub(super) fn reason(&self, test: &str) -> Option<&str> {
        known::reason(&self.known, test)
    }

    /// Why a test says nothing, if it does not.
    pub(super) fn unfit(&self, test: &str) -> Option<&str> {
        known::reason(&self.unfit, test)
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
