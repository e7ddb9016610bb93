//! The decoder and validator.

use super::Verdict;
use std::sync::Arc;
use wasmjit_module::{ExternKind, Module, ModuleErrorKind, ValidationScratch};

/// Decodes, and asks everything that can be asked about what was accepted.
pub(super) fn run(bytes: &[u8]) -> Verdict {
    let bytes: Arc<[u8]> = bytes.into();
    let whole = Module::new(bytes.clone());
    if let Err(error) = &whole {
        assert!(
            error.offset <= bytes.len(),
            "{error} in {} bytes",
            bytes.len()
        );
        assert!(!error.to_string().is_empty());
    }
    // In parts it must come to the same.
    let parts = Module::parse(bytes.clone()).and_then(|(module, bodies)| {
        let mut scratch = ValidationScratch::default();
        for function in bodies.functions() {
            bodies.validate(function, &mut scratch)?;
        }
        Ok(module)
    });
    assert_eq!(whole.as_ref().err(), parts.as_ref().err());
    match whole {
        Ok(module) => {
            examine(&module);
            Verdict::Accepted
        }
        Err(error) => {
            if error.kind == ModuleErrorKind::NotWasm {
                assert!(!bytes.starts_with(b"\0asm\x01\0\0\0"), "{error}");
            }
            Verdict::Refused
        }
    }
}

/// Asks a module for all that it knows.
pub(super) fn examine(module: &Module) {
    assert!(!format!("{module:?}").is_empty());
    for report in wasmjit_posix::inspect(module, None) {
        assert!(!report.to_string().is_empty());
    }
    wasmjit_posix::is_minified(module);
    for export in &module.exports {
        let found = module.export(&export.name).expect("an export");
        assert_eq!(found.index, export.index);
        let end = match export.kind {
            ExternKind::Function => module.functions.len(),
            ExternKind::Table => module.tables.len(),
            ExternKind::Memory => module.memories.len(),
            ExternKind::Global => module.globals.len(),
            ExternKind::Tag => module.tags.len(),
        };
        assert!((export.index as usize) < end);
    }
    for function in 0..module.functions.len() as u32 {
        module.function_type(function);
        module.function_name(function);
        let imported = module.function_import(function).is_some();
        assert_eq!(imported, module.body(function).is_none());
        if let Some(body) = module.body_reader(function) {
            for operator in body.get_operators_reader().expect("a valid body") {
                operator.expect("a valid body");
            }
        }
    }
    for (function, name) in module.names.functions() {
        assert_eq!(module.names.function(function), Some(name));
    }
    for segment in 0..module.data.len() as u32 {
        module.data_bytes(segment);
    }
    for section in &module.custom_sections {
        assert!(module.custom_section(&section.name).is_some());
    }
}
