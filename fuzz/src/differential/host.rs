//! What host functions do: the same in both engines.

use super::observation::{Event, Value};
use super::script::{Call, Script, some_value};
use crate::rng::Rng;
use std::sync::Arc;
use wasmjit_module::{ExternKind, ValType};

/// Calls of exports by host functions that were called by exports, and so on.
const MAX_DEPTH: usize = 4;
/// Events of a case; more are not worth the time.
const MAX_EVENTS: usize = 2000;

/// A module's surroundings.
pub(super) struct Host {
    pub(super) script: Arc<Script>,
    pub(super) events: Vec<Event>,
    rng: Rng,
    depth: usize,
    /// The host is about to call a function of its own, which has no caller
    /// whose exports it could use.
    own: bool,
}

/// What a host function does before it returns.
pub(super) enum Action {
    Nothing,
    /// Ends the computation.
    Stop,
    /// Writes to a memory that the module exports, and grows it.
    Poke {
        export: String,
        offset: u64,
        bytes: [u8; 8],
        grow: u64,
    },
    /// Calls an export.
    Call(Call),
    /// Throws an exception with a tag that the module exports.
    Throw {
        export: String,
        values: Vec<Value>,
    },
}

impl Host {
    pub(super) fn new(script: &Arc<Script>) -> Self {
        Self {
            rng: Rng::of_case(script.seed, u64::MAX - 1),
            script: script.clone(),
            events: Vec::new(),
            depth: 0,
            own: script.starts_in_host,
        }
    }

    /// Notes a call of a host function; what it shall do and return.
    pub(super) fn called(
        &mut self,
        import: usize,
        params: Vec<Value>,
        results: &[ValType],
    ) -> (Action, Vec<Value>) {
        self.note(Event::HostCall { import, params });
        let action = match std::mem::take(&mut self.own) {
            true => Action::Nothing,
            false => self.action(),
        };
        let value = |&ty| some_value(&mut self.rng, ty).unwrap_or(Value::Null);
        (action, results.iter().map(value).collect())
    }

    fn action(&mut self) -> Action {
        let exports = &self.script.exports;
        match self.rng.below(16) {
            0 => Action::Stop,
            1 | 2 if !exports.is_empty() => {
                let (export, kind) = self.rng.pick(exports);
                if *kind != ExternKind::Memory {
                    return Action::Nothing;
                }
                Action::Poke {
                    export: export.clone(),
                    offset: self.rng.below(70_000) as u64,
                    bytes: self.rng.u64().to_le_bytes(),
                    grow: self.rng.below(2) as u64,
                }
            }
            3 | 4 => self.throw(),
            5..8 if self.depth < MAX_DEPTH => {
                let export = self.rng.below(exports.len());
                let call = self.script.call(&mut self.rng, export);
                call.map_or(Action::Nothing, Action::Call)
            }
            _ => Action::Nothing,
        }
    }

    fn throw(&mut self) -> Action {
        let export = self.rng.below(self.script.exports.len());
        match self.script.tag_values(&mut self.rng, export) {
            Some(values) => Action::Throw {
                export: self.script.name(export).to_string(),
                values,
            },
            None => Action::Nothing,
        }
    }

    /// Before a call of an export.
    pub(super) fn enter(&mut self, call: &Call) {
        self.depth += 1;
        self.own = self.script.passed_on[call.export];
    }

    /// After a call of an export.
    pub(super) fn leave(&mut self) {
        self.depth -= 1;
        self.own = false;
    }

    pub(super) fn note(&mut self, event: Event) {
        if self.events.len() < MAX_EVENTS {
            self.events.push(event);
        }
    }
}
