//! What can be chosen about code generation.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use cranelift_codegen::isa::{self, OwnedTargetIsa, TargetIsa};
use cranelift_codegen::settings::{self, Configurable};
use target_lexicon::{
    Aarch64Architecture, Architecture, BinaryFormat, Environment, OperatingSystem, Triple, Vendor,
};
use wasmjit_runtime::codegen::MemoryStyle;

/// Instruction sets that code can be generated for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Target {
    /// x86-64 with at least SSE4.1.
    X86_64,
    /// 64-bit Arm.
    Aarch64,
}

impl Target {
    /// The instruction set that this program itself runs on; `None` when no
    /// code can be generated for it.
    pub const fn host() -> Option<Self> {
        if cfg!(target_arch = "x86_64") {
            Some(Self::X86_64)
        } else if cfg!(target_arch = "aarch64") {
            Some(Self::Aarch64)
        } else {
            None
        }
    }

    fn triple(self) -> Triple {
        Triple {
            architecture: match self {
                Self::X86_64 => Architecture::X86_64,
                Self::Aarch64 => Architecture::Aarch64(Aarch64Architecture::Aarch64),
            },
            vendor: Vendor::Unknown,
            operating_system: OperatingSystem::Unknown,
            environment: Environment::Unknown,
            binary_format: BinaryFormat::Elf,
        }
    }
}

/// When functions are compiled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Strategy {
    /// On their first call.
    Lazy,
    /// All before the module can be used.
    Eager,
}

/// How much work goes into good code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OptLevel {
    /// Compile fast.
    None,
    /// Generate fast code.
    Speed,
}

/// Addresses of two functions that a function which uses vector registers calls when
/// it begins and before it returns, if [`StoreContext::vectors`] is zero when it
/// begins. Each is `extern "C" fn(&mut u64)`, takes the address of that word, sets it
/// to one or zero, and preserves all general registers.
///
/// [`StoreContext::vectors`]: wasmjit_runtime::vm::StoreContext::vectors
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VectorGuards {
    /// Makes the registers usable.
    pub on: usize,
    /// Ends that.
    pub off: usize,
}

/// Settings of an engine.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The instruction set.
    pub target: Target,
    /// Processor features beyond the baseline, by their Cranelift names
    /// (`has_avx2`, `has_lse`, …).
    pub cpu_features: Vec<String>,
    /// How 32-bit memories are kept in bounds.
    pub memory_style: MemoryStyle,
    /// When functions are compiled.
    pub strategy: Strategy,
    /// Effort.
    pub opt_level: OptLevel,
    /// Keep speculative execution from passing bounds checks (Spectre v1).
    pub spectre_v1: bool,
    /// Let the access through a null function reference fault instead of
    /// testing for null; needs an unmapped page at address zero.
    pub null_checks_by_fault: bool,
    /// Keep what is needed to export compiled functions as an image.
    pub keep_image: bool,
    /// Make stubs that compile a function on its first call. Without them all
    /// functions must be installed at once, before any is called.
    pub stubs: bool,
    /// Address of code that jumps to where [`PINNED`](Self::PINNED) points: then
    /// indirect branches go through it alone (Spectre v2). Of x86-64 only.
    pub indirect_branch: Option<usize>,
    /// Vector registers are not for code to use but between calls of these.
    pub vectors: Option<VectorGuards>,
    /// Copy and fill little in compiled code, not by the runtime: where calling that
    /// costs much.
    pub short_bulk: bool,
    /// Bytes of address space for code; without, as much as direct branches reach or
    /// there is.
    pub code_space: Option<usize>,
    /// Bits of the word at [`StoreContext::attention`] that mean an
    /// interruption; without, only the stack limit is looked at.
    ///
    /// [`StoreContext::attention`]: wasmjit_runtime::vm::StoreContext::attention
    pub attention: Option<u32>,
    /// Loops ask whether something wants attention. Not needed where the platform
    /// interrupts them ([`Platform::interrupts_loops`]).
    ///
    /// [`Platform::interrupts_loops`]: wasmjit_runtime::platform::Platform::interrupts_loops
    pub polled_loops: bool,
}

/// Features of processors that code for the Linux kernel may use: none has registers
/// that the kernel does not keep for it. The kernel module's `wj_cpu_features` tells
/// which there are, by bits in this order.
pub const LINUX_CPU_FEATURES: [&str; 9] = [
    "has_sse3",
    "has_ssse3",
    "has_sse41",
    "has_sse42",
    "has_popcnt",
    "has_bmi1",
    "has_bmi2",
    "has_lzcnt",
    "has_cmpxchg16b",
];

impl Settings {
    /// Defaults for a target.
    pub fn new(target: Target) -> Self {
        Self {
            target,
            cpu_features: Vec::new(),
            memory_style: MemoryStyle::Guarded,
            strategy: Strategy::Lazy,
            opt_level: OptLevel::Speed,
            spectre_v1: true,
            null_checks_by_fault: true,
            keep_image: false,
            stubs: true,
            indirect_branch: None,
            vectors: None,
            short_bulk: false,
            code_space: None,
            attention: None,
            polled_loops: true,
        }
    }

    /// What code needs that runs in the Linux kernel. Processor features and limits
    /// are left to set.
    ///
    /// - `indirect_branch`: see [`Self::indirect_branch`]; the kernel's
    ///   `__x86_indirect_thunk_r15`.
    /// - `vectors`: see [`Self::vectors`].
    /// - `attention`: see [`Self::attention`]; bits of a task's flags.
    pub fn in_linux(indirect_branch: usize, vectors: VectorGuards, attention: u32) -> Self {
        Self {
            // A null reference's page is user space here.
            null_checks_by_fault: false,
            // They would jump through memory.
            stubs: false,
            indirect_branch: Some(indirect_branch),
            vectors: Some(vectors),
            short_bulk: true,
            attention: Some(attention),
            ..Self::new(Target::X86_64)
        }
    }

    /// The register that [`Self::indirect_branch`] takes its target from.
    pub const PINNED: &'static str = "r15";

    /// Text that differs whenever the same module would be compiled to
    /// different code: part of the key under which compiled code is kept.
    pub fn fingerprint(&self) -> String {
        let mut features = self.cpu_features.clone();
        features.sort();
        format!(
            "wasmjit {} cranelift {} image {} {:?} {:?} {:?} spectre {} {} vectors {} bulk {} attention {:?} {} null {} {}",
            env!("CARGO_PKG_VERSION"),
            cranelift_codegen::VERSION,
            crate::image::VERSION,
            self.target,
            self.memory_style,
            self.opt_level,
            self.spectre_v1,
            self.indirect_branch.is_some(),
            self.vectors.is_some(),
            self.short_bulk,
            self.attention,
            self.polled_loops,
            self.null_checks_by_fault,
            features.join(" ")
        )
    }

    pub(crate) fn tunables(&self, isa: &dyn TargetIsa) -> Tunables {
        Tunables {
            memory_style: self.memory_style,
            spectre_v1: self.spectre_v1,
            null_checks_by_fault: self.null_checks_by_fault,
            has_fma: isa.has_native_fma(),
            guarded_branches: self.indirect_branch.is_some(),
            guarded_vectors: self.vectors.is_some(),
            short_bulk: self.short_bulk,
            attention: self.attention,
            polled_loops: self.polled_loops || self.attention.is_some(),
        }
    }

    pub(crate) fn isa(&self) -> Result<OwnedTargetIsa, SettingsError> {
        let mut flags = settings::builder();
        let mut set = |name: &str, value: &str| {
            flags
                .set(name, value)
                .unwrap_or_else(|e| panic!("Cranelift setting {name}: {e}"));
        };
        set(
            "opt_level",
            match self.opt_level {
                OptLevel::None => "none",
                OptLevel::Speed => "speed",
            },
        );
        if self.opt_level == OptLevel::None {
            set("regalloc_algorithm", "single_pass");
        }
        set(
            "enable_verifier",
            if cfg!(debug_assertions) {
                "true"
            } else {
                "false"
            },
        );
        // Stacks are walked by their frame pointers, without tables.
        set("preserve_frame_pointers", "true");
        set("unwind_info", "false");
        set("enable_probestack", "false");
        set("enable_multi_ret_implicit_sret", "true");
        if self.indirect_branch.is_some() {
            set("enable_pinned_reg", "true");
        }
        set(
            "enable_table_access_spectre_mitigation",
            bool_text(self.spectre_v1),
        );
        set(
            "enable_heap_access_spectre_mitigation",
            bool_text(self.spectre_v1),
        );
        let flags = settings::Flags::new(flags);

        let mut builder = isa::lookup(self.target.triple())
            .map_err(|e| SettingsError(format!("no code generator for {:?}: {e}", self.target)))?;
        if self.target == Target::X86_64 {
            for required in ["has_sse3", "has_ssse3", "has_sse41"] {
                builder.enable(required).expect("a known setting");
            }
        }
        for feature in &self.cpu_features {
            builder
                .enable(feature)
                .map_err(|e| SettingsError(format!("processor feature {feature}: {e}")))?;
        }
        builder
            .finish(flags)
            .map_err(|e| SettingsError(e.to_string()))
    }
}

fn bool_text(value: bool) -> &'static str {
    if value { "true" } else { "false" }
}

/// Choices that translation looks at.
#[derive(Debug, Clone)]
pub(crate) struct Tunables {
    pub memory_style: MemoryStyle,
    pub spectre_v1: bool,
    pub null_checks_by_fault: bool,
    pub has_fma: bool,
    /// Indirect branches take [`Settings::indirect_branch`].
    pub guarded_branches: bool,
    /// Vector registers are used as [`Settings::vectors`] says.
    pub guarded_vectors: bool,
    /// As [`Settings::short_bulk`].
    pub short_bulk: bool,
    pub attention: Option<u32>,
    /// See [`Settings::polled_loops`].
    pub polled_loops: bool,
}

/// Settings that cannot be satisfied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingsError(pub String);

impl core::fmt::Display for SettingsError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(&self.0)
    }
}

impl core::error::Error for SettingsError {}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::collections::BTreeSet;

    #[test]
    fn fingerprints_tell_apart_what_is_compiled_differently() {
        let kernel = || Settings::in_linux(0x1000, VectorGuards { on: 1, off: 2 }, 0x4);
        let changes: [fn(&mut Settings); 10] = [
            |settings| settings.target = Target::Aarch64,
            |settings| settings.cpu_features.push("has_bmi2".to_string()),
            |settings| settings.memory_style = MemoryStyle::Checked,
            |settings| settings.opt_level = OptLevel::None,
            |settings| settings.spectre_v1 = false,
            |settings| settings.null_checks_by_fault = true,
            |settings| settings.indirect_branch = None,
            |settings| settings.vectors = None,
            |settings| settings.short_bulk = false,
            |settings| settings.attention = Some(0x8),
        ];
        let changed = changes.iter().map(|change| {
            let mut settings = kernel();
            change(&mut settings);
            settings.fingerprint()
        });
        let mut all: BTreeSet<String> = changed.collect();
        all.insert(kernel().fingerprint());
        assert_eq!(all.len(), changes.len() + 1, "{all:?}");
        // In any order.
        let features = |names: &[&str]| {
            let mut settings = kernel();
            settings.cpu_features = names.iter().map(|name| name.to_string()).collect();
            settings.fingerprint()
        };
        assert_eq!(
            features(&["has_bmi1", "has_bmi2"]),
            features(&["has_bmi2", "has_bmi1"])
        );
    }
}
