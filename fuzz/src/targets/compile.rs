//! The compiler.

use super::{Verdict, digest, module};
use crate::rng::Rng;
use std::sync::Arc;
use wasmjit_jit::{Compiler, OptLevel, Scratch, Settings, Target as Processor};
use wasmjit_module::Module;
use wasmjit_runtime::codegen::MemoryStyle;
use wasmjit_runtime::vm::VMOffsets;

/// Functions of one module that are compiled.
const FUNCTIONS: usize = 3;

/// Compilers for both processors, with different settings.
pub(super) struct Compile {
    compilers: Vec<Compiler>,
    scratch: Scratch,
}

impl Compile {
    pub(super) fn new() -> Self {
        let mut compilers = Vec::new();
        for processor in [Processor::X86_64, Processor::Aarch64] {
            for opt_level in [OptLevel::None, OptLevel::Speed] {
                for memory_style in [MemoryStyle::Guarded, MemoryStyle::Checked] {
                    let mut settings = Settings::new(processor);
                    settings.opt_level = opt_level;
                    settings.memory_style = memory_style;
                    settings.spectre_v1 = memory_style == MemoryStyle::Checked;
                    settings.null_checks_by_fault = opt_level == OptLevel::Speed;
                    if processor == Processor::X86_64 && opt_level == OptLevel::Speed {
                        // With and without the instructions of newer processors.
                        let newer = ["has_popcnt", "has_avx", "has_avx2", "has_fma", "has_bmi1"];
                        settings.cpu_features = newer.map(String::from).into();
                    }
                    compilers.push(Compiler::new(&settings).expect("known settings"));
                }
            }
        }
        Self {
            compilers,
            scratch: Scratch::default(),
        }
    }

    pub(super) fn run(&mut self, bytes: &[u8]) -> Verdict {
        let Ok(module) = Module::new(Arc::<[u8]>::from(bytes)) else {
            return Verdict::Refused;
        };
        module::examine(&module);
        // The layout of an instance, even of a module without functions.
        let offsets = VMOffsets::new(&module);
        let mut rng = Rng::of_case(digest(bytes), 0);
        let compiler = rng.pick(&self.compilers);
        let count = module.defined_functions() as usize;
        for _ in 0..count.min(FUNCTIONS) {
            let defined = rng.below(count) as u32;
            // Functions may be too large for the compiler; then it must say so.
            let compiled = compiler.function(&module, &offsets, defined, &mut self.scratch);
            if compiled.is_err() {
                self.scratch = Scratch::default();
            }
            let ty = module.function_type(module.imported_functions + defined);
            if rng.one_in(8) {
                let _ = compiler.entry_trampoline(ty, &mut self.scratch);
                let _ = compiler.host_trampoline(ty, &mut self.scratch);
            }
        }
        Verdict::Accepted
    }
}
