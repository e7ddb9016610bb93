//! What several tests need to make single calls of the table.

use Answer::{Error, Value};
use std::sync::{Arc, Mutex};
use wasmjit_jit::{Jit, Settings, Target};
use wasmjit_posix::{Call, End, Entered, Errno, Kind, Trace, table};
use wasmjit_runtime::Engine;
use wasmjit_runtime::codegen::CodeGen;

/// An engine for this machine.
pub(crate) fn engine() -> Engine {
    let platform = wasmjit_unix::platform();
    let settings = Settings::new(Target::host().expect("a supported machine"));
    let jit = Arc::new(Jit::new(platform.clone(), settings).expect("an engine"));
    assert!(wasmjit_unix::register_code(jit.code_range()));
    Engine::new(platform, jit)
}

/// What a call may answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answer {
    /// This.
    Value(u64),
    /// That it failed so.
    Error(Errno),
}

/// Keeps the answers of calls.
#[derive(Default)]
pub(crate) struct Answers(Arc<Mutex<Vec<Answer>>>);

impl Answers {
    /// Those that there are so far.
    pub(crate) fn get(&self) -> Vec<Answer> {
        self.0.lock().unwrap().clone()
    }
}

impl Trace for Answers {
    fn enter(&self, _call: &Call<'_>) -> Option<Box<dyn Entered>> {
        Some(Box::new(Self(self.0.clone())))
    }
}

impl Entered for Answers {
    fn leave(self: Box<Self>, call: &Call<'_>, end: End) {
        let answer = match end {
            End::Failed(errno) => Error(errno),
            End::Returned(value) => Value(value.map_or(0, |value| value.u32().into())),
            End::Left => panic!("{} did not return", call.row.name),
        };
        self.0.lock().unwrap().push(answer);
    }
}

/// A program that makes one call, with this at the start of its memory.
pub(crate) fn single(row: &table::Row, arguments: &[i64], data: &str) -> String {
    let variant = &row.variants[0];
    let ty = |kind: &Kind| match kind {
        Kind::I32 | Kind::Word => "i32",
        Kind::I64 => "i64",
        Kind::F32 => "f32",
        Kind::F64 => "f64",
    };
    let params: Vec<&str> = variant.params.iter().map(ty).collect();
    let result = variant.result.as_ref().map_or("", ty);
    assert_eq!(params.len(), arguments.len(), "{}", row.name);
    let values: Vec<String> = params
        .iter()
        .zip(arguments)
        .map(|(ty, value)| format!("({ty}.const {value})"))
        .collect();
    format!(
        r#"(module
            (import "{}" "{}" (func $call (param {}) (result {result})))
            (memory (export "memory") 2)
            (data (i32.const 0) "{data}")
            (func (export "_start") {}))"#,
        row.module,
        row.name,
        params.join(" "),
        match result {
            "" => format!("(call $call {})", values.join(" ")),
            _ => format!("(drop (call $call {}))", values.join(" ")),
        }
    )
}
