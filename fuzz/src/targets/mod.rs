//! What mutated inputs are given to. None of it may panic, hang, crash, or take
//! memory out of proportion, whatever the bytes.

mod cache;
mod compile;
mod debug;
mod glue;
mod image;
mod module;

pub(crate) use debug::custom_sections;

use crate::memory;
use std::str::FromStr;

/// A part of wasmjit that reads bytes from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Target {
    /// Decoding and validation of a module, and all that is asked about one.
    Module,
    /// As [`Target::Module`], followed by compilation of some functions.
    Compile,
    /// Reading an image of compiled code, which is never executed.
    Image,
    /// Reading an entry of the cache on disk.
    Cache,
    /// Running a program that traps; its DWARF is read for the backtrace.
    Debug,
    /// Reading the JavaScript beside a module.
    Glue,
}

impl Target {
    /// Every target.
    pub const ALL: [Self; 6] = [
        Self::Module,
        Self::Compile,
        Self::Image,
        Self::Cache,
        Self::Debug,
        Self::Glue,
    ];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Module => "module",
            Self::Compile => "compile",
            Self::Image => "image",
            Self::Cache => "cache",
            Self::Debug => "debug",
            Self::Glue => "glue",
        }
    }

    /// How much memory an input of so many bytes may take. Far more than what
    /// is usual, far less than what a number in the input can ask for.
    fn allowance(self, input: usize) -> usize {
        match self {
            Self::Module | Self::Image | Self::Cache | Self::Debug | Self::Glue => {
                (16 << 20) + 256 * input
            }
            // A few bytes can declare 50,000 local variables, or blocks with a
            // thousand parameters each.
            Self::Compile => 1 << 30,
        }
    }
}

impl FromStr for Target {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|target| target.name() == name);
        found.ok_or_else(|| format!("there is no target {name}"))
    }
}

/// Whether an input was what it pretends to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It was, and has been used.
    Accepted,
    /// It was refused with an error.
    Refused,
}

/// Everything that the targets need; made once.
pub struct Targets {
    compile: compile::Compile,
    image: image::Images,
    cache: cache::CacheFile,
    debug: debug::Debug,
    glue: glue::Script,
}

impl Targets {
    /// Prepares all targets.
    pub fn new() -> Self {
        Self {
            compile: compile::Compile::new(),
            image: image::Images::new(),
            cache: cache::CacheFile::new(),
            debug: debug::Debug::new(),
            glue: glue::Script::new(),
        }
    }

    /// A valid input of a target that has its own kind of input.
    pub fn seed(&self, target: Target, at: usize) -> Option<&[u8]> {
        match target {
            Target::Module | Target::Compile => None,
            Target::Image => Some(self.image.seed(at)),
            Target::Cache => Some(self.cache.seed()),
            Target::Debug => Some(self.debug.seed()),
            Target::Glue => Some(glue::Script::seed(at)),
        }
    }

    /// Gives `bytes` to `target`; also returns how much memory that took.
    pub fn run(&mut self, target: Target, bytes: &[u8]) -> (Verdict, usize) {
        memory::within(target.allowance(bytes.len()), || match target {
            Target::Module => module::run(bytes),
            Target::Compile => self.compile.run(bytes),
            Target::Image => self.image.run(bytes),
            Target::Cache => self.cache.run(bytes),
            Target::Debug => self.debug.run(bytes),
            Target::Glue => self.glue.run(bytes),
        })
    }
}

impl Default for Targets {
    fn default() -> Self {
        Self::new()
    }
}

/// A number that depends on all of `bytes`, to make choices that follow from
/// the input alone.
fn digest(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, &byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_names() {
        for target in Target::ALL {
            assert_eq!(target.name().parse(), Ok(target));
        }
    }

    #[test]
    fn seeds_are_accepted() {
        let mut targets = Targets::new();
        for target in Target::ALL {
            let seed = targets.seed(target, 0).map(<[u8]>::to_vec);
            let seed = seed.unwrap_or_else(|| crate::seeds::HELLO.to_vec());
            let (verdict, _) = targets.run(target, &seed);
            assert_eq!(verdict, Verdict::Accepted, "{target:?}");
        }
    }
}
