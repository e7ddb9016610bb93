//! Code that was linked once and is run by several engines, as in the kernel.

use std::ptr::NonNull;
use std::sync::Arc;
use wasmjit_jit::{Jit, JitCode, LinkedCode, Scratch, Settings, Target, Unlinked};
use wasmjit_module::Module;
use wasmjit_posix::{ExitStatus, Kernel, Process, Sys};
use wasmjit_runtime::codegen::CodeGen;
use wasmjit_runtime::platform::Platform;
use wasmjit_runtime::{CompiledModule, Engine, Store};

const PROGRAM: &str = include_str!("../../../tests/kernel/traps.wat");

/// The program makes no system calls.
struct NoCalls;

// SAFETY: does nothing.
unsafe impl Kernel for NoCalls {
    unsafe fn syscall(&self, _call: Sys, _args: [u64; 6]) -> i64 {
        0
    }
}

/// An engine, and a program's module in it of which nothing is compiled.
fn load(program: &str) -> (Arc<Jit>, CompiledModule) {
    let platform = wasmjit_unix::platform();
    let mut settings = Settings::new(Target::host().expect("a supported machine"));
    settings.stubs = false;
    let jit = Arc::new(Jit::new(platform.clone(), settings).expect("an engine"));
    assert!(wasmjit_unix::register_code(jit.code_range()));
    let engine = Engine::new(platform, jit.clone());
    let module = Module::new(wat::parse_str(program).unwrap()).unwrap();
    let module = CompiledModule::new(&engine, Arc::new(module)).unwrap();
    (jit, module)
}

fn code(module: &CompiledModule) -> &JitCode {
    module.code().as_any().downcast_ref().expect("compiled")
}

fn functions(module: &CompiledModule) -> Unlinked {
    let mut scratch = Scratch::default();
    let all = 0..module.module().defined_functions();
    let compiled = all.map(|function| code(module).compile_detached(function, &mut scratch));
    Unlinked::new(compiled.collect::<Result<_, _>>().expect("compiles"))
}

/// Links functions at a place of their own, which is never given back.
fn link(jit: &Jit, functions: &Unlinked) -> Arc<LinkedCode> {
    let platform = wasmjit_unix::platform();
    let bytes = functions.bytes().next_multiple_of(platform.page_size());
    // SAFETY: the place is new and nobody else's.
    unsafe {
        let start = platform.reserve_code(bytes).expect("address space");
        let written: NonNull<u8> = platform.commit_code(start, bytes).expect("memory");
        let code = std::slice::from_raw_parts_mut(written.as_ptr(), functions.bytes());
        let linked = jit.link(functions, code, start.as_ptr() as usize);
        assert!(platform.make_executable(start, bytes));
        let linked = linked.expect("everything is near");
        assert!(wasmjit_unix::register_code(linked.range()));
        Arc::new(linked)
    }
}

/// How the program ends with so many arguments, with its backtrace.
fn run(module: &CompiledModule, arguments: usize) -> String {
    let mut store = Store::new(module.engine(), Box::new(()));
    let process = Process::builder(Arc::new(NoCalls))
        .args(vec![b"traps".to_vec(); arguments])
        .build();
    match process.run(&mut store, module).expect("it starts") {
        // How many frames fit on the stack depends on who calls this.
        ExitStatus::Trap(trap) => {
            let text = format!("{trap} {}", trap.backtrace());
            let lines = text.lines().filter(|line| !line.contains("more frames"));
            lines.collect::<Vec<_>>().join("\n")
        }
        other => format!("{other:?}"),
    }
}

#[test]
fn engines_run_the_same_code() {
    let (jit, compiler) = load(PROGRAM);
    let functions = functions(&compiler);
    let linked = link(&jit, &functions);
    // Each has its code for itself.
    let alone = |arguments| {
        let (jit, module) = load(PROGRAM);
        let own = link(&jit, &functions);
        // SAFETY: it is of this module, and stays where it is.
        unsafe { code(&module).adopt(&own).expect("of this module") };
        run(&module, arguments)
    };
    drop((jit, compiler));
    let modules = [load(PROGRAM).1, load(PROGRAM).1];
    for module in &modules {
        // SAFETY: as above; settings and binary are the same.
        unsafe { code(module).adopt(&linked).expect("of this module") };
        assert_eq!(
            code(module).compiled_count(),
            module.module().defined_functions() as usize
        );
    }
    for arguments in 1..=9 {
        let expected = alone(arguments);
        for module in &modules {
            assert_eq!(run(module, arguments), expected);
        }
    }
    // One goes on when the other has gone.
    let [first, second] = modules;
    let expected = run(&first, 2);
    drop(first);
    assert_eq!(run(&second, 2), expected);
}

#[test]
fn code_is_of_one_module() {
    let (jit, compiler) = load(PROGRAM);
    let linked = link(&jit, &functions(&compiler));
    // SAFETY: the code is not run.
    unsafe {
        let (_, other) = load("(module (func))");
        code(&other).adopt(&linked).expect_err("another module's");
        assert_eq!(code(&other).compiled_count(), 0);
        code(&compiler).adopt(&linked).expect("its own");
        code(&compiler).adopt(&linked).expect_err("it has it");
    }
}
