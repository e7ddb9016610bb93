//! What is run: `benches/workloads.toml`.

use std::collections::{BTreeMap, HashSet};
use std::path::PathBuf;

use anyhow::{Result, bail};
use serde::{Deserialize, Serialize};

use crate::places;

/// The folder with all that the benchmarks consist of.
pub(crate) fn folder() -> PathBuf {
    places::root().join("benches")
}

/// The contents of `workloads.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Description {
    /// What is run, in the order of the report.
    #[serde(rename = "workload")]
    pub(crate) workloads: Vec<Workload>,
    /// What is different from `tests/programs` in how programs are built.
    #[serde(default)]
    pub(crate) programs: BTreeMap<String, Changes>,
}

/// Changes to how a program is built.
#[derive(Deserialize, Serialize, Default, Clone)]
#[serde(deny_unknown_fields)]
pub(crate) struct Changes {
    /// More macros.
    #[serde(default)]
    pub(crate) defines: Vec<String>,
}

/// One thing that is run.
#[derive(Deserialize, Clone)]
#[serde(deny_unknown_fields)]
pub(crate) struct Workload {
    /// Its name.
    pub(crate) name: String,
    /// What it exercises.
    pub(crate) class: Class,
    /// The kernel; by default the one with the workload's name.
    kernel: Option<String>,
    /// In place of a kernel: a program.
    program: Option<String>,
    /// Options for compiling a kernel to WebAssembly.
    #[serde(default)]
    pub(crate) flags: Vec<String>,
    /// The arguments, in which SIZE stands for the size.
    #[serde(default = "only_the_size")]
    args: Vec<String>,
    /// Standard input.
    #[serde(default)]
    pub(crate) stdin: Stdin,
    /// The usual size.
    full: u64,
    /// The size for interpreters and for checks of the output.
    small: u64,
    /// Whether `--quick` runs it.
    #[serde(default)]
    pub(crate) quick: bool,
}

/// What a workload exercises.
#[derive(Deserialize, Serialize, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Class {
    /// Integer arithmetic and simple arrays.
    Integer,
    /// Floating point.
    Float,
    /// Loads, stores and moves.
    Memory,
    /// Direct calls.
    Calls,
    /// Indirect calls and jumps.
    Indirect,
    /// Strings and formatting in the C library.
    Strings,
    /// The C library's allocator.
    Malloc,
    /// Vectors of 128 bits.
    Simd,
    /// Real programs.
    Programs,
}

impl Class {
    /// Its name in tables.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Class::Integer => "integer",
            Class::Float => "float",
            Class::Memory => "memory",
            Class::Calls => "calls",
            Class::Indirect => "indirect",
            Class::Strings => "strings",
            Class::Malloc => "malloc",
            Class::Simd => "simd",
            Class::Programs => "programs",
        }
    }
}

/// What a workload reads.
#[derive(Deserialize, Clone, Default)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Stdin {
    /// Nothing.
    #[default]
    Nothing,
    /// A file of `benches/programs`.
    Script(String),
    /// As many bytes of prose-like text as the size says.
    Prose,
    /// The same, packed by the program's native build with these arguments.
    Packed(Vec<String>),
}

/// What a workload's executables are built from.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub(crate) enum Origin {
    /// A kernel, with options for compiling it to WebAssembly.
    Kernel(String, Vec<String>),
    /// A program of `tests/programs`.
    Program(String),
}

/// How large a run is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Debug)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Size {
    /// Half a second natively.
    Full,
    /// A twentieth of that.
    Small,
}

impl Size {
    /// Its name in file names.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Size::Full => "full",
            Size::Small => "small",
        }
    }
}

impl Workload {
    /// What its executables are built from.
    pub(crate) fn origin(&self) -> Origin {
        match (&self.program, &self.kernel) {
            (Some(program), _) => Origin::Program(program.clone()),
            (None, Some(kernel)) => Origin::Kernel(kernel.clone(), self.flags.clone()),
            (None, None) => Origin::Kernel(self.name.clone(), self.flags.clone()),
        }
    }

    /// Its number for a size.
    pub(crate) fn size(&self, size: Size) -> u64 {
        match size {
            Size::Full => self.full,
            Size::Small => self.small,
        }
    }

    /// The arguments of a run.
    pub(crate) fn arguments(&self, size: Size) -> Vec<String> {
        let number = self.size(size).to_string();
        let fill = |argument: &String| argument.replace("SIZE", &number);
        self.args.iter().map(fill).collect()
    }

    /// Whether its name or its class is this.
    pub(crate) fn is_called(&self, name: &str) -> bool {
        self.name == name || self.class.name() == name
    }
}

fn only_the_size() -> Vec<String> {
    vec!["SIZE".to_owned()]
}

impl Description {
    /// Reads `workloads.toml`.
    pub(crate) fn read() -> Result<Description> {
        let path = folder().join("workloads.toml");
        let description: Description = places::read_toml(&path)?;
        let mut names = HashSet::new();
        for workload in &description.workloads {
            if !names.insert(&workload.name) {
                bail!("{}: {} is there twice", path.display(), workload.name);
            }
        }
        Ok(description)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_described_is_there() {
        let description = Description::read().expect("the description is sound");
        for workload in &description.workloads {
            let name = &workload.name;
            assert!(workload.small < workload.full, "{name}");
            match workload.origin() {
                Origin::Kernel(kernel, _) => {
                    let path = folder().join("kernels").join(format!("{kernel}.c"));
                    assert!(path.exists(), "{name}: no {}", path.display());
                }
                Origin::Program(program) => {
                    let path = places::programs_dir().join(&program).join("program.toml");
                    assert!(path.exists(), "{name}: no {}", path.display());
                }
            }
            if let Stdin::Script(script) = &workload.stdin {
                let path = folder().join("programs").join(script);
                assert!(path.exists(), "{name}: no {}", path.display());
            }
        }
        assert!(description.workloads.iter().any(|workload| workload.quick));
    }

    #[test]
    fn sizes_are_filled_in() {
        let text = r#"
            [[workload]]
            name = "a"
            class = "programs"
            program = "lua"
            args = ["-", "x=SIZE"]
            full = 20
            small = 3
        "#;
        let description: Description = toml::from_str(text).expect("it is sound");
        let workload = &description.workloads[0];
        assert_eq!(workload.arguments(Size::Small), ["-", "x=3"]);
        assert_eq!(workload.arguments(Size::Full), ["-", "x=20"]);
        assert!(workload.is_called("a") && workload.is_called("programs"));
    }
}
