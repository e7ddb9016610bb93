//! The WebAssembly proposals that this runtime provides.

use wasmparser::WasmFeatures;

/// Every feature that modules may use: WebAssembly 2.0 with threads, tail
/// calls, both forms of exceptions, extended constant expressions, several
/// and 64-bit memories and tables, relaxed SIMD and typed function references.
///
/// Of WebAssembly 3.0 garbage collection is missing, and with it explicit
/// recursion groups, subtypes, and `global.get` of the module's own globals in
/// constant expressions.
///
/// Compact import sections are left out on purpose: they let a few bytes
/// stand for an import with a long module name, so decoding them could cost
/// far more memory than the module's size.
pub const FEATURES: WasmFeatures = WasmFeatures::WASM2
    .union(WasmFeatures::THREADS)
    .union(WasmFeatures::TAIL_CALL)
    .union(WasmFeatures::EXCEPTIONS)
    .union(WasmFeatures::LEGACY_EXCEPTIONS)
    .union(WasmFeatures::EXTENDED_CONST)
    .union(WasmFeatures::MULTI_MEMORY)
    .union(WasmFeatures::MEMORY64)
    .union(WasmFeatures::RELAXED_SIMD)
    .union(WasmFeatures::FUNCTION_REFERENCES);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leaves_out_what_no_engine_here_runs() {
        for missing in [
            WasmFeatures::GC,
            WasmFeatures::COMPONENT_MODEL,
            WasmFeatures::SHARED_EVERYTHING_THREADS,
            WasmFeatures::CUSTOM_PAGE_SIZES,
            WasmFeatures::STACK_SWITCHING,
            WasmFeatures::WIDE_ARITHMETIC,
        ] {
            assert!(!FEATURES.contains(missing), "{missing:?}");
        }
        assert!(FEATURES.contains(WasmFeatures::BULK_MEMORY | WasmFeatures::GC_TYPES));
    }
}
