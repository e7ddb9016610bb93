//! Which input each case has.

use crate::rng::Rng;
use crate::targets::{Target, Targets, custom_sections};
use crate::{extremes, mutation, seeds, smith};

/// Where inputs come from.
pub struct Inputs {
    modules: Vec<Vec<u8>>,
}

impl Inputs {
    /// Reads the seeds.
    pub fn new() -> Self {
        Self {
            modules: seeds::modules(),
        }
    }

    /// The input of a case, and what it is for. Follows from the numbers alone.
    pub fn of_case(&self, targets: &Targets, seed: u64, case: u64) -> (Target, Vec<u8>) {
        let mut rng = Rng::of_case(seed, case);
        let target = match rng.below(100) {
            0..72 => Target::Module,
            72..84 => Target::Compile,
            84..91 => Target::Image,
            91..94 => Target::Cache,
            94..97 => Target::Debug,
            _ => Target::Glue,
        };
        let at = rng.below(64);
        let bytes = match targets.seed(target, at) {
            Some(valid) if target == Target::Debug => changed_sections(&mut rng, valid),
            Some(valid) => changed(&mut rng, valid),
            None if target == Target::Compile => self.gentle_module(&mut rng),
            None => self.module(&mut rng),
        };
        (target, bytes)
    }

    /// A module that is valid more often than not.
    fn gentle_module(&self, rng: &mut Rng) -> Vec<u8> {
        let mut bytes = match rng.below(8) {
            0 => extremes::module(rng),
            1..5 => smith::any_module(rng),
            _ => rng.pick(&self.modules).clone(),
        };
        if rng.one_in(3) {
            let other = rng.pick(&self.modules);
            mutation::change_once(rng, &mut bytes, other);
        }
        bytes
    }

    /// A module that was changed, mostly.
    fn module(&self, rng: &mut Rng) -> Vec<u8> {
        let other = rng.pick(&self.modules);
        match rng.below(64) {
            0 => {
                let count = rng.below(64);
                let mut bytes = rng.bytes(count);
                if rng.one_in(2) {
                    bytes.splice(..0, *b"\0asm\x01\0\0\0");
                }
                bytes
            }
            1 => extremes::module(rng),
            2 => {
                let mut bytes = extremes::module(rng);
                mutation::mutate(rng, &mut bytes, other);
                bytes
            }
            3..8 => {
                let mut bytes = smith::any_module(rng);
                mutation::mutate(rng, &mut bytes, other);
                bytes
            }
            _ => {
                let mut bytes = rng.pick(&self.modules).clone();
                mutation::mutate(rng, &mut bytes, other);
                bytes
            }
        }
    }
}

/// A changed file of another kind than a module.
fn changed(rng: &mut Rng, valid: &[u8]) -> Vec<u8> {
    let mut bytes = valid.to_vec();
    for _ in 0..rng.between(1, 4) {
        mutation::change_bytes(rng, &mut bytes, valid);
    }
    bytes
}

/// A module whose custom sections are changed, and only those.
fn changed_sections(rng: &mut Rng, valid: &[u8]) -> Vec<u8> {
    let mut bytes = valid.to_vec();
    for _ in 0..rng.between(1, 4) {
        let sections = custom_sections(&bytes);
        if sections.is_empty() {
            break;
        }
        let section = rng.pick(&sections);
        let mut contents = bytes[section.contents.clone()].to_vec();
        // The name at the start mostly stays, or nobody would look for it.
        let mut rest = if rng.one_in(16) {
            std::mem::take(&mut contents)
        } else {
            contents.split_off(contents.len().min(1 + name_length(&contents)))
        };
        mutation::change_bytes(rng, &mut rest, valid);
        contents.extend(rest);
        mutation::replace_contents(&mut bytes, section, &contents);
    }
    bytes
}

/// Length of the name at the start of a custom section, as its one byte says.
fn name_length(contents: &[u8]) -> usize {
    contents.first().map_or(0, |&length| usize::from(length))
}

impl Default for Inputs {
    fn default() -> Self {
        Self::new()
    }
}
