//! Descriptions of the test programs: `tests/programs/NAME/program.toml`.
//!
//! The format is explained in `tests/programs/README.md`.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use anyhow::{Result, bail};
use serde::{Deserialize, Serialize};

use crate::emscripten::Release;
use crate::places;

/// One program: how it is built, and what it is run with.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Program {
    /// The folder's name.
    #[serde(skip)]
    pub(crate) name: String,
    /// One line about it.
    pub(crate) description: String,
    /// Where its source comes from; the program's own folder by default.
    pub(crate) source: Option<DebianSource>,
    /// Whose Emscripten the usual variants are built with; besides the installed one
    /// these are of newer releases too.
    #[serde(default)]
    pub(crate) release: Release,
    /// How it is compiled and linked.
    pub(crate) build: Build,
    /// Whether building or running it takes minutes: it is then left out where
    /// programs are not named.
    #[serde(default)]
    pub(crate) long: bool,
    /// More ways to build it than the usual ones, by name.
    #[serde(default)]
    pub(crate) variants: BTreeMap<String, Variant>,
    /// The runs.
    #[serde(default, rename = "case")]
    pub(crate) cases: Vec<Case>,
    /// The test suite that comes with the program's source.
    pub(crate) suite: Option<Suite>,
}

/// A source package of Debian's.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DebianSource {
    /// Its name.
    pub(crate) debian: String,
    /// What its version begins with.
    pub(crate) version: String,
}

/// How a program is compiled and linked, with any compiler.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Build {
    /// A shell script that is run once in a copy of the source, with the
    /// program's own folder in `$RECIPE`.
    pub(crate) prepare: Option<String>,
    /// Files to compile: patterns with `*` in the file name; `!` excludes.
    #[serde(default)]
    pub(crate) sources: Vec<String>,
    /// In place of `sources`: a shell script that builds the program as its users
    /// do, with the tools in `$CC`, `$AR` and `$RANLIB`, and `emscripten` in
    /// `$SETTINGS` when they are Emscripten's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) script: Option<String>,
    /// The files that the script makes and that are kept; the first is the program.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) results: Vec<String>,
    /// Folders with headers; `$RECIPE` is the program's own.
    #[serde(default)]
    pub(crate) includes: Vec<String>,
    /// Macros to define.
    #[serde(default)]
    pub(crate) defines: Vec<String>,
    /// Other options for compiling.
    #[serde(default)]
    pub(crate) flags: Vec<String>,
    /// Libraries, as linker options.
    #[serde(default)]
    pub(crate) libraries: Vec<String>,
    /// Emscripten's settings when linking.
    #[serde(default)]
    pub(crate) emscripten: Vec<String>,
}

/// One more way to build a program with Emscripten.
#[derive(Deserialize, Serialize, Clone, Default)]
#[serde(deny_unknown_fields)]
pub(crate) struct Variant {
    /// What it is for.
    #[serde(default)]
    pub(crate) description: String,
    /// The optimisation level: `O2` by default.
    pub(crate) opt: Option<Opt>,
    /// Options for compiling, added to the program's.
    #[serde(default)]
    pub(crate) flags: Vec<String>,
    /// Emscripten's settings when linking, in place of the program's.
    pub(crate) emscripten: Option<Vec<String>>,
    /// Whether emcc is asked for a lone `.wasm` (`-o NAME.wasm`).
    #[serde(default)]
    pub(crate) standalone: bool,
    /// Whose Emscripten: the installed one by default.
    #[serde(default)]
    pub(crate) release: Release,
}

/// An optimisation level of emcc's.
#[derive(Deserialize, Serialize, Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
#[value(rename_all = "PascalCase")]
pub(crate) enum Opt {
    /// `-O0`, with names and assertions.
    O0,
    /// `-O2`: names are kept.
    O2,
    /// `-O3`: names of imports and exports are shortened.
    O3,
    /// `-Os`, as `-O3` but for size.
    Os,
}

impl Opt {
    /// Its name, as a folder and as an option without the dash.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Opt::O0 => "O0",
            Opt::O2 => "O2",
            Opt::O3 => "O3",
            Opt::Os => "Os",
        }
    }
}

/// One run of a program.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Case {
    /// Its name, unique in its program.
    pub(crate) name: String,
    /// The program's arguments.
    #[serde(default)]
    pub(crate) args: Vec<String>,
    /// In place of `args`: a shell script, in which `program` is the program.
    pub(crate) script: Option<String>,
    /// Standard input; empty by default.
    #[serde(default)]
    pub(crate) stdin: String,
    /// In place of `stdin`: the name of one of the files.
    pub(crate) stdin_file: Option<String>,
    /// The environment beside PATH, HOME and LC_ALL=C.
    #[serde(default)]
    pub(crate) env: BTreeMap<String, String>,
    /// Files that are there before: of the program's `cases` folder.
    #[serde(default)]
    pub(crate) files: Vec<String>,
    /// Files that are there before: generated or from the program's source.
    #[serde(default)]
    pub(crate) inputs: Vec<Input>,
    /// Whether standard error is compared.
    #[serde(default = "yes")]
    pub(crate) compare_stderr: bool,
    /// Whether it dies of a fault: natively of a signal, as a module of a trap.
    #[serde(default)]
    pub(crate) trap: bool,
    /// The variants it is run with; all by default.
    pub(crate) variants: Option<Vec<String>>,
    /// The seconds that it may take.
    #[serde(default = "a_minute")]
    pub(crate) limit: u64,
}

/// The test suite that comes with a program's source: run with the native program
/// and with the module, it has to tell the same of each test.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Suite {
    /// A shell script, run in a copy of the source, with the program's executable
    /// file in `$PROGRAM` and the folder with all results of the build in `$RESULTS`.
    /// It prints a line `PASS: NAME` or `FAIL: NAME` for each test.
    pub(crate) script: String,
    /// The seconds that it may take.
    #[serde(default = "an_hour")]
    pub(crate) limit: u64,
}

/// A file for a run.
#[derive(Deserialize)]
pub(crate) struct Input {
    /// Its name.
    pub(crate) path: String,
    /// What is in it.
    #[serde(flatten)]
    pub(crate) content: Content,
}

/// What an input file holds.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Content {
    /// A file of the program's source.
    Source(String),
    /// This many bytes of prose-like text.
    Prose(usize),
    /// This many bytes without any pattern.
    Noise(usize),
    /// This many zero bytes.
    Zeros(usize),
    /// A JSON array with this many records.
    Records(usize),
}

fn yes() -> bool {
    true
}

fn a_minute() -> u64 {
    60
}

fn an_hour() -> u64 {
    3600
}

impl Program {
    /// Reads the description of one program.
    fn read(name: &str) -> Result<Program> {
        let path = places::programs_dir().join(name).join("program.toml");
        let mut program: Program = places::read_toml(&path)?;
        program.name = name.to_owned();
        Ok(program)
    }

    /// Its folder in the repository.
    pub(crate) fn dir(&self) -> PathBuf {
        places::programs_dir().join(&self.name)
    }

    /// All ways in which it is built with Emscripten, by name.
    pub(crate) fn all_variants(&self) -> BTreeMap<String, Variant> {
        let mut variants = self.variants.clone();
        let mut usual = vec![("O2", Opt::O2, self.release)];
        // Scripts decide themselves how they optimise.
        if self.build.script.is_none() {
            usual.push(("O3", Opt::O3, self.release));
        }
        if self.release == Release::Installed {
            usual.push(("trixie-O2", Opt::O2, Release::Trixie));
        }
        for (name, opt, release) in usual {
            variants.entry(name.to_owned()).or_insert(Variant {
                opt: Some(opt),
                release,
                ..Variant::default()
            });
        }
        variants
    }
}

/// The programs with these names; without names, all that do not take long.
pub(crate) fn select(names: &[String]) -> Result<Vec<Program>> {
    let mut programs = all()?;
    if names.is_empty() {
        programs.retain(|program| !program.long);
        return Ok(programs);
    }
    let is_known = |name: &&String| programs.iter().any(|program| program.name == **name);
    if let Some(unknown) = names.iter().find(|name| !is_known(name)) {
        let known: Vec<_> = programs.iter().map(|program| &*program.name).collect();
        bail!(
            "there is no program {unknown}; there are: {}",
            known.join(" ")
        );
    }
    programs.retain(|program| names.contains(&program.name));
    Ok(programs)
}

/// All programs, in the order of their names.
pub(crate) fn all() -> Result<Vec<Program>> {
    let mut known = Vec::new();
    for entry in fs::read_dir(places::programs_dir())? {
        let entry = entry?;
        if entry.path().join("program.toml").exists() {
            known.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    known.sort();
    known.iter().map(|name| Program::read(name)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_description_can_be_read() {
        let programs = all().expect("the descriptions are sound");
        assert!(!programs.is_empty());
        for program in programs {
            let variants = program.all_variants();
            let build = &program.build;
            assert!(
                build.sources.is_empty() == build.script.is_some(),
                "{}: either sources or a script",
                program.name
            );
            assert_eq!(build.script.is_some(), !build.results.is_empty());
            let mut names = std::collections::HashSet::new();
            for case in &program.cases {
                let id = format!("{}/{}", program.name, case.name);
                assert!(names.insert(&case.name), "{id} is there twice");
                for variant in case.variants.iter().flatten() {
                    assert!(variants.contains_key(variant), "{id}: no variant {variant}");
                }
                for file in &case.files {
                    let path = program.dir().join("cases").join(file);
                    assert!(path.exists(), "{id}: no file {}", path.display());
                }
            }
        }
    }
}
