//! The same module in wasmjit and in another engine, compared.

mod host;
mod observation;
mod oracle;
mod ours;
mod script;

pub use oracle::Oracle;
pub use ours::{Variant, Wasmjit};
pub use script::{MAX_WASM_STACK, Script};

use crate::operators::{self, Typed};
use crate::rng::Rng;
use crate::{smith, trees};
use observation::{End, Event};
use std::sync::{Arc, LazyLock};

/// How a comparison ended that found no difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Agreement {
    /// Both behaved alike to the end.
    Full,
    /// Both behaved alike until a stack overflow, which depends on the size of
    /// frames and so is not comparable.
    UntilOverflow,
}

/// What a case did, for statistics.
#[derive(Debug, Clone, Copy, Default)]
pub struct Tally {
    /// Whether the module could be instantiated: its start function and its
    /// segments may trap.
    pub instantiated: bool,
    /// Calls that returned.
    pub returned: u64,
    /// Calls of host functions.
    pub host_calls: u64,
    /// Calls that ended early, by the kinds of [`ENDS`].
    pub ends: [u64; ENDS.len()],
}

/// Kinds of traps and other early ends.
pub const ENDS: [&str; 14] = End::NAMES;

/// Both engines.
pub struct Comparison {
    oracle: Oracle,
    wasmjit: Wasmjit,
}

/// The module of a case: from wasm-smith, or one of nested expressions.
pub fn module_of_case(seed: u64, case: u64) -> Vec<u8> {
    static OPERATORS: LazyLock<Vec<Typed>> = LazyLock::new(operators::all);
    let mut rng = Rng::of_case(seed, case);
    match rng.one_in(3) {
        true => trees::module(&mut rng, &OPERATORS),
        false => smith::terminating_module(&mut rng),
    }
}

impl Comparison {
    /// Prepares both engines.
    pub fn new() -> Self {
        Self {
            oracle: Oracle::new(),
            wasmjit: Wasmjit::new(),
        }
    }

    /// Runs `module` in both engines, in `variants` of wasmjit. What is done
    /// with it follows from `seed`. `None` if it needs what the comparison
    /// cannot provide.
    ///
    /// # Errors
    /// A description of the difference.
    pub fn run(
        &mut self,
        module: &[u8],
        seed: u64,
        variants: &[Variant],
    ) -> Result<Option<(Agreement, Tally)>, String> {
        let parsed = wasmjit_module::Module::new(module)
            .map_err(|error| format!("wasmjit refuses the module: {error}"))?;
        let Some(script) = Script::new(&parsed, seed) else {
            return Ok(None);
        };
        let script = Arc::new(script);
        let expected = self
            .oracle
            .observe(module, &script)
            .map_err(|error| format!("the other engine refuses the module: {error}"))?;
        let mut agreement = Agreement::Full;
        for &variant in variants {
            let seen = self
                .wasmjit
                .observe(module, &script, variant)
                .map_err(|error| format!("wasmjit ({variant}) refuses the module: {error}"))?;
            match compare(&expected, &seen) {
                Ok(Agreement::Full) => {}
                Ok(until) => agreement = until,
                Err(difference) => return Err(format!("wasmjit ({variant}):\n{difference}")),
            }
        }
        Ok(Some((agreement, tally(&expected))))
    }
}

impl Default for Comparison {
    fn default() -> Self {
        Self::new()
    }
}

fn compare(expected: &[Event], seen: &[Event]) -> Result<Agreement, String> {
    for (at, (theirs, ours)) in expected.iter().zip(seen).enumerate() {
        if theirs.is_overflow() || ours.is_overflow() {
            return Ok(Agreement::UntilOverflow);
        }
        if theirs != ours && !theirs.may_differ_from(ours) {
            return Err(difference(expected, at, theirs, ours));
        }
    }
    if expected.len() != seen.len() {
        return Err(format!(
            "expected {} events, seen {}",
            expected.len(),
            seen.len()
        ));
    }
    Ok(Agreement::Full)
}

/// Describes a difference, with what happened before it.
fn difference(events: &[Event], at: usize, expected: &Event, seen: &Event) -> String {
    let before = &events[at.saturating_sub(6)..at];
    let before: String = before
        .iter()
        .map(|event| format!("  {event:?}\n"))
        .collect();
    format!("after\n{before}expected\n  {expected:?}\nseen\n  {seen:?}")
}

fn tally(events: &[Event]) -> Tally {
    let mut tally = Tally::default();
    for event in events {
        match event {
            Event::Instantiated(outcome) => tally.instantiated = outcome.is_ok(),
            Event::Returned { result: Ok(_), .. } => tally.returned += 1,
            Event::Returned {
                result: Err(end), ..
            } => {
                if let Some(at) = end.at() {
                    tally.ends[at] += 1;
                }
            }
            Event::HostCall { .. } => tally.host_calls += 1,
            _ => {}
        }
    }
    tally
}
