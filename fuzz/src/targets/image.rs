//! Images of compiled code, as they come from the cache.

use super::Verdict;
use crate::platform::Inert;
use std::sync::Arc;
use wasmjit_jit::{Jit, JitCode, Settings, Target as Processor};
use wasmjit_module::Module;
use wasmjit_runtime::codegen::{CodeGen, ModuleCode};

/// Images that are read before the address space for their code is given back.
const READS: usize = 2000;

/// A module with direct and indirect calls, traps, tables of branches, handlers
/// of exceptions and constants.
const MODULE: &str = r#"(module
    (import "host" "host" (func $host (param i32 i32) (result i32)))
    (memory 1)
    (table 4 funcref)
    (elem (i32.const 0) $callee $host)
    (tag $tag (param i32))
    (type $binary (func (param i32 i32) (result i32)))
    (func $callee (export "callee") (type $binary)
        (i32.div_s (local.get 0) (i32.load (local.get 1))))
    (func (export "direct") (param i32) (result i32)
        (call $callee (call $host (local.get 0) (i32.const 1)) (i32.const 2)))
    (func (export "indirect") (param i32) (result i32)
        (call_indirect (type $binary) (i32.const 1) (i32.const 2) (local.get 0)))
    (func (export "switch") (param i32) (result v128)
        (block (block (block (block (block (block
            (br_table 0 1 2 3 4 5 (local.get 0)) ) ) ) ) ) )
        (i8x16.shuffle 0 17 2 3 4 5 6 7 8 9 10 11 12 13 14 31
            (v128.const i64x2 1 2) (v128.const i64x2 3 4)))
    (func (export "catch") (param i32) (result i32)
        (block $caught (result i32)
            (try_table (catch $tag $caught)
                (call $thrower (local.get 0)))
            (i32.const 7)))
    (func $thrower (param i32)
        (if (local.get 0) (then (throw $tag (local.get 0))))))"#;

/// An engine, and images of the code of one module.
pub(super) struct Images {
    jit: Jit,
    module: Arc<Module>,
    seeds: Vec<Vec<u8>>,
    reads: usize,
}

fn jit() -> Jit {
    let mut settings = Settings::new(Processor::host().unwrap_or(Processor::X86_64));
    settings.keep_image = true;
    Jit::new(Arc::new(Inert), settings).expect("address space for code")
}

impl Images {
    pub(super) fn new() -> Self {
        let buffer = wast::parser::ParseBuffer::new(MODULE).expect("valid text");
        let mut text = wast::parser::parse::<wast::Wat<'_>>(&buffer).expect("valid text");
        let module = Module::new(text.encode().expect("valid text")).expect("a valid module");
        let module = Arc::new(module);
        let jit = jit();
        let functions = |names: &[u32]| {
            let code = jit.prepare(&module).expect("address space for code");
            for &defined in names {
                code.compile(defined).expect("the module can be compiled");
            }
            code.export_image()
        };
        let mut seeds = vec![functions(&[0, 1, 2, 3, 4, 5]), functions(&[4])];
        let signature = module.function_type(0);
        jit.entry_trampoline(signature).expect("a trampoline");
        jit.host_trampoline(signature).expect("a trampoline");
        seeds.push(functions(&[1]));
        Self {
            jit,
            module,
            seeds,
            reads: 0,
        }
    }

    pub(super) fn seed(&self, at: usize) -> &[u8] {
        &self.seeds[at % self.seeds.len()]
    }

    pub(super) fn run(&mut self, bytes: &[u8]) -> Verdict {
        self.reads += 1;
        if self.reads.is_multiple_of(READS) {
            // Also forgets the trampolines that were taken from images.
            self.jit = jit();
        }
        let code = self.jit.prepare(&self.module).expect("room for stubs");
        if code.import_image(bytes).is_err() {
            assert_eq!(code.compiled_count(), 0, "half of an image was taken");
            return Verdict::Refused;
        }
        look_up(&code);
        Verdict::Accepted
    }
}

/// Looks up what traps and exceptions would look up.
fn look_up(code: &JitCode) {
    for (start, length, _) in code.function_ranges() {
        for pc in start..=start + length.min(300) {
            if let Some(location) = code.location(pc) {
                assert!(code.module().body(location.function).is_some());
            }
            code.handler(pc);
        }
    }
    assert!(!code.has_fresh() || code.export_image().len() < usize::MAX);
}
