//! `tests/programs/results.toml`: what came out when programs were last run.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use crate::places;

/// What heads the file.
const HEAD: &str = "# What came out when these programs were last compared with native ones.\n\
                    # `cargo xtask compatibility NAME…` runs them and writes this file.\n\n";

/// The results of all programs, by name.
#[derive(Deserialize, Serialize, Default)]
pub(super) struct Results(BTreeMap<String, Outcome>);

/// The results of one program.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Outcome {
    /// Tells the description and the cases that were run from others.
    pub(super) digest: String,
    /// The version of the source package.
    pub(super) version: String,
    /// How many cases were the same as the native program's.
    pub(super) equal: usize,
    /// What the program's own tests told.
    pub(super) suite: Option<Suite>,
    /// The cases that were not.
    #[serde(default)]
    pub(super) differences: Vec<Difference>,
}

/// A case that differs from the native program's.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Difference {
    /// Its name.
    pub(super) case: String,
    /// Why, if that is known.
    pub(super) reason: Option<String>,
}

/// What a program's own tests told.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Suite {
    /// How many pass natively.
    pub(super) native: usize,
    /// How many of these pass under wasmjit.
    pub(super) passed: usize,
    /// Those of them that do not.
    #[serde(default)]
    pub(super) differences: Vec<Difference>,
}

impl Outcome {
    /// Nothing was run yet.
    pub(super) fn new(digest: String, version: String) -> Outcome {
        Outcome {
            digest,
            version,
            equal: 0,
            suite: None,
            differences: Vec::new(),
        }
    }
}

impl Results {
    /// Reads them; there are none where there is no file.
    pub(super) fn read() -> Result<Results> {
        match path().exists() {
            true => places::read_toml(&path()),
            false => Ok(Results::default()),
        }
    }

    /// What a program's own tests told, if they and their program were as `digest` says.
    pub(super) fn take_suite(&mut self, name: &str, digest: &str) -> Option<Suite> {
        let known = self.0.get_mut(name)?;
        (known.digest == digest).then(|| known.suite.take())?
    }

    /// Writes them.
    pub(super) fn save(&self) -> Result<()> {
        let text = HEAD.to_owned() + &toml::to_string(self)?;
        let path = path();
        fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))
    }

    /// The results of a program.
    pub(super) fn program(&self, name: &str) -> Option<&Outcome> {
        self.0.get(name)
    }

    /// Replaces the results of a program.
    pub(super) fn set(&mut self, name: &str, outcome: Outcome) {
        self.0.insert(name.to_owned(), outcome);
    }

    /// Drops the results of programs that are no longer there.
    pub(super) fn retain(&mut self, keep: impl Fn(&str) -> bool) {
        self.0.retain(|name, _| keep(name));
    }
}

fn path() -> PathBuf {
    places::programs_dir().join("results.toml")
}
