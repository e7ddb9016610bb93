//! DWARF, as it is read for the backtrace of a trap.

use super::Verdict;
use crate::mutation::{self, Section};
use std::path::Path;
use std::sync::Arc;
use wasmjit::{Config, Engine, Instance, Module, Store};
use wasmjit_module::wasmparser::{Parser, Payload};
use wast::core::{EncodeOptions, GenerateDwarf};
use wast::parser::{ParseBuffer, parse};

/// A program that traps, three calls deep.
const TEXT: &str = r#"(module $traps
    (func $inner (param i32) (result i32)
        local.get 0
        i32.const 0
        i32.div_s)
    (func $middle (param $x i32)
        local.get 0
        i32.const 1
        i32.add
        call $inner
        drop)
    (func $outer (export "run")
        i32.const 1
        call $middle
        unreachable))"#;

/// An engine, and the program with intact DWARF.
pub(super) struct Debug {
    engine: Engine,
    intact: Vec<u8>,
}

/// The number of custom sections.
const CUSTOM: u8 = 0;

impl Debug {
    pub(super) fn new() -> Self {
        let buffer = ParseBuffer::new(TEXT).expect("valid text");
        let wast::Wat::Module(mut module) = parse(&buffer).expect("valid text") else {
            unreachable!("the text is a module");
        };
        let mut options = EncodeOptions::new();
        options.dwarf(Path::new("traps.wat"), TEXT, GenerateDwarf::Full);
        let intact = options.encode_module(&mut module).expect("valid text");
        let config = Config::new().threads(1);
        Self {
            engine: Engine::new(config).expect("an engine"),
            intact,
        }
    }

    pub(super) fn seed(&self) -> &[u8] {
        &self.intact
    }

    pub(super) fn run(&self, bytes: &[u8]) -> Verdict {
        // Only the program itself is run, whatever its custom sections.
        if essence(bytes) != essence(&self.intact) {
            return Verdict::Refused;
        }
        let Ok(module) = Module::from_shared(&self.engine, Arc::from(bytes)) else {
            return Verdict::Refused;
        };
        let mut store = Store::new(&self.engine, ());
        let instance = Instance::new(&mut store, &module, &[]).expect("a small module");
        let run = instance
            .typed_func::<(), ()>(&store, "run")
            .expect("an export");
        let trap = run.call(&mut store, ()).expect_err("a trap");
        assert_eq!(trap.backtrace().frames.len(), 3, "{trap}");
        assert!(!trap.to_string().is_empty());
        Verdict::Accepted
    }
}

/// All sections but custom ones; `None` if the module is broken.
fn essence(bytes: &[u8]) -> Option<Vec<&[u8]>> {
    let mut parts = Vec::new();
    for payload in Parser::new(0).parse_all(bytes) {
        match payload.ok()? {
            Payload::CustomSection(_) => {}
            other => {
                if let Some((id, range)) = other.as_section()
                    && id != CUSTOM
                {
                    parts.push(bytes.get(range.start as usize..range.end as usize)?);
                }
            }
        }
    }
    Some(parts)
}

/// The custom sections of a module.
pub(crate) fn custom_sections(bytes: &[u8]) -> Vec<Section> {
    let sections = mutation::sections(bytes);
    let custom = sections.into_iter().filter(|section| section.id == CUSTOM);
    custom.collect()
}
