//! What is known of tests of others, and why: the entries of lists that may only
//! shrink.

use serde::Deserialize;

/// Tests that go alike.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Known {
    /// Their names.
    tests: Vec<String>,
    /// Why.
    reason: String,
}

/// Why a test is on a list, if it is.
pub(crate) fn reason<'a>(list: &'a [Known], test: &str) -> Option<&'a str> {
    let is_listed = |known: &&Known| known.tests.iter().any(|name| name == test);
    let known = list.iter().find(is_listed);
    known.map(|known| known.reason.as_str())
}
