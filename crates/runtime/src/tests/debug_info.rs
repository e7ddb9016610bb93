//! Source positions.

use super::store;
use crate::SourceLocation;
use alloc::sync::Arc;
use wasmjit_module::Module;

fn load(bytes: &[u8]) -> crate::CompiledModule {
    let module = Module::new(bytes).unwrap();
    store().engine().load(Arc::new(module)).unwrap()
}

#[test]
fn offsets_become_lines() {
    let module = load(include_bytes!("dwarf.wasm"));
    let line = |offset| {
        let location: SourceLocation = module.debug_info().locate(offset)?;
        assert!(location.file.ends_with("dwarf.c"), "{}", location.file);
        Some((location.line, location.column.unwrap()))
    };
    // The division in `divide`, and the two calls in `twice`.
    assert_eq!(line(0x74), Some((6, 14)));
    assert_eq!(line(0xbb), Some((10, 16)));
    assert_eq!(line(0xe3), Some((11, 19)));
    // Outside the code section.
    assert_eq!(line(0), None);
    assert_eq!(line(0x10c), None);
    assert_eq!(line(u32::MAX), None);
}

#[test]
fn damaged_sections_only_mean_fewer_positions() {
    let good = include_bytes!("dwarf.wasm");
    for at in 0x10c..good.len() {
        let mut bytes = good.to_vec();
        bytes[at] ^= 0x55;
        let Ok(module) = Module::new(bytes) else {
            continue;
        };
        let module = store().engine().load(Arc::new(module)).unwrap();
        for offset in [0x74, 0xbb, 0xe3] {
            let _ = module.debug_info().locate(offset);
        }
    }
}

#[test]
fn modules_without_debug_information_have_no_positions() {
    let module = super::load(&store(), "(module (func nop))");
    assert_eq!(module.debug_info().locate(25), None);
}
