//! Short copies and fills that compiled code makes itself, as in the kernel.

use std::sync::Arc;
use wasmjit_jit::{Jit, Settings, Target};
use wasmjit_module::Module;
use wasmjit_posix::{ExitStatus, Kernel, Process, Sys};
use wasmjit_runtime::codegen::CodeGen;
use wasmjit_runtime::{CompiledModule, Engine, Store};

const PROGRAM: &str = include_str!("../../../tests/kernel/bulk.wat");

/// The program makes no system calls.
struct NoCalls;

// SAFETY: does nothing.
unsafe impl Kernel for NoCalls {
    unsafe fn syscall(&self, _call: Sys, _args: [u64; 6]) -> i64 {
        0
    }
}

/// How the program ends with so many arguments.
fn run(arguments: usize) -> ExitStatus {
    let platform = wasmjit_unix::platform();
    let mut settings = Settings::new(Target::host().expect("a supported machine"));
    settings.short_bulk = true;
    let jit = Arc::new(Jit::new(platform.clone(), settings).expect("an engine"));
    assert!(wasmjit_unix::register_code(jit.code_range()));
    let engine = Engine::new(platform, jit);
    let module = Module::new(wat::parse_str(PROGRAM).unwrap()).unwrap();
    let compiled = CompiledModule::new(&engine, Arc::new(module)).unwrap();
    let mut store = Store::new(&engine, Box::new(()));
    let process = Process::builder(Arc::new(NoCalls))
        .args(vec![b"bulk".to_vec(); arguments])
        .build();
    process.run(&mut store, &compiled).expect("it starts")
}

#[test]
fn all_lengths() {
    assert!(matches!(run(1), ExitStatus::Code(0)));
}

#[test]
fn beyond_the_end() {
    for arguments in 2..=4 {
        let ExitStatus::Trap(trap) = run(arguments) else {
            panic!("no trap with {arguments} arguments");
        };
        let text = trap.to_string();
        assert!(text.contains("out of bounds memory access"), "{text}");
    }
}
