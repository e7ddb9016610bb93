//! What decoding yields, and how it refuses.

use crate::{
    BodyValidator, ConstExpr, ConstOp, DataMode, ElementItems, ElementMode, ExternKind, FEATURES,
    Import, ImportType, Module, ModuleError, ModuleErrorKind, ValType, ValidationScratch,
    WasmFeatures,
};
use alloc::format;
use alloc::string::ToString;
use alloc::vec;
use alloc::vec::Vec;

fn binary(text: &str) -> Vec<u8> {
    wat::parse_str(text).unwrap()
}

fn module(text: &str) -> Module {
    Module::new(binary(text)).unwrap()
}

fn error(text: &str) -> ModuleError {
    Module::new(binary(text)).unwrap_err()
}

/// A module with a custom section at its end.
fn with_custom_section(mut module: Vec<u8>, name: &str, contents: &[u8]) -> Vec<u8> {
    module.push(0);
    module.push((1 + name.len() + contents.len()) as u8);
    module.push(name.len() as u8);
    module.extend(name.as_bytes());
    module.extend(contents);
    module
}

/// Something of everything.
const SAMPLE: &str = r#"
(module $sample
  (type $unary (func (param i32) (result i32)))
  (import "env" "print" (func $print (param i32)))
  (import "env" "memory" (memory 1 4))
  (import "env" "base" (global $base i32))
  (import "env" "table" (table 2 funcref))
  (import "env" "tag" (tag $oops (param i32)))
  (import "env" "exit" (func $exit (param i32)))
  (table $own 3 funcref (ref.func $in_table))
  (memory $second 2)
  (global $counter (mut i64) (i64.const -5))
  (global $callback funcref (ref.func $in_global))
  (tag $again (param i32))
  (export "run" (func $run))
  (export "run2" (func $run))
  (export "memory" (memory $second))
  (export "counter" (global $counter))
  (start $start)
  (elem (i32.const 1) func $in_elem)
  (elem $exprs funcref (ref.null func) (ref.func $in_expr))
  (elem declare func $declared)
  (data (i32.add (global.get $base) (i32.const 8)) "hello")
  (data $passive "world")
  (func $run (type $unary)
    local.get 0
    call $print
    ref.func $declared
    drop
    local.get 0)
  (func $in_table)
  (func $in_global)
  (func $in_elem)
  (func $in_expr)
  (func $declared)
  (func $start)
  (func $private))
"#;

/// Indices of the functions in `SAMPLE`; the first is `$run`.
const RUN: u32 = 2;

#[test]
fn imports_come_first_in_every_index_space() {
    let module = module(SAMPLE);
    assert_eq!(module.imports.len(), 6);
    assert_eq!(module.imported_functions, 2);
    assert_eq!(module.functions.len(), 10);
    assert_eq!(module.defined_functions(), 8);
    assert_eq!((module.imported_tables, module.tables.len()), (1, 2));
    assert_eq!((module.imported_memories, module.memories.len()), (1, 2));
    assert_eq!((module.imported_globals, module.globals.len()), (1, 3));
    assert_eq!((module.imported_tags, module.tags.len()), (1, 2));
    assert_eq!(module.memories[1].initial, 2);
    assert_eq!(module.globals[0].init, None);

    let name = |import: Option<&Import>| import.map(|i| i.name.to_string());
    assert_eq!(name(module.function_import(1)).as_deref(), Some("exit"));
    assert_eq!(module.function_import(RUN), None);
    assert_eq!(module.imports[1].ty.kind(), ExternKind::Memory);
    assert!(matches!(module.imports[4].ty, ImportType::Tag(_)));
}

#[test]
fn exports_are_found_by_name() {
    let module = module(SAMPLE);
    let memory = module.export("memory").unwrap();
    assert_eq!((memory.kind, memory.index), (ExternKind::Memory, 1));
    assert_eq!(module.export("run").unwrap().index, RUN);
    assert_eq!(module.export("run2").unwrap().index, RUN);
    assert_eq!(module.export("counter").unwrap().kind, ExternKind::Global);
    assert_eq!(module.export("nothing"), None);
}

#[test]
fn initialisers_and_segments() {
    let module = module(SAMPLE);
    let init = |ops: &[ConstOp]| Some(ConstExpr(ops.to_vec()));
    assert_eq!(module.globals[1].init, init(&[ConstOp::I64(-5)]));
    assert_eq!(module.globals[2].init, init(&[ConstOp::RefFunc(RUN + 2)]));
    assert_eq!(module.tables[1].init, init(&[ConstOp::RefFunc(RUN + 1)]));

    let [active, passive, declared] = &module.elements[..] else {
        panic!("{:?}", module.elements)
    };
    assert_eq!(
        active.mode,
        ElementMode::Active {
            table: 0,
            offset: ConstExpr(vec![ConstOp::I32(1)])
        }
    );
    assert_eq!(active.items, ElementItems::Functions(vec![RUN + 3]));
    assert_eq!(passive.mode, ElementMode::Passive);
    assert_eq!(
        passive.items,
        ElementItems::Expressions(vec![
            ConstExpr(vec![ConstOp::RefNull]),
            ConstExpr(vec![ConstOp::RefFunc(RUN + 4)])
        ])
    );
    assert_eq!(declared.mode, ElementMode::Declared);

    assert_eq!(
        module.data[0].mode,
        DataMode::Active {
            memory: 0,
            offset: ConstExpr(vec![
                ConstOp::GlobalGet(0),
                ConstOp::I32(8),
                ConstOp::I32Add
            ])
        }
    );
    assert_eq!(module.data_bytes(0), b"hello");
    assert_eq!(module.data_bytes(1), b"world");
    assert_eq!(module.data[1].mode, DataMode::Passive);
    assert_eq!(module.start, Some(RUN + 6));
}

#[test]
fn expressions_that_name_functions_become_functions() {
    let module = module(
        "(module (func $f) (table 4 funcref)
           (elem (table 0) (i32.const 0) funcref (ref.func $f) (ref.func $f)))",
    );
    assert_eq!(
        module.elements[0].items,
        ElementItems::Functions(vec![0, 0])
    );
}

#[test]
fn vectors_keep_their_bits() {
    let module = module("(module (global v128 (v128.const i32x4 1 2 3 4)))");
    let bits = 1 | 2 << 32 | 3 << 64 | 4 << 96;
    assert_eq!(
        module.globals[0].init,
        Some(ConstExpr(vec![ConstOp::V128(bits)]))
    );
}

#[test]
fn only_functions_with_a_visible_reference_escape() {
    let escaped = module(SAMPLE).escaped;
    let imports_and_private = [0, 1, RUN + 7];
    for function in 0..escaped.len() as u32 {
        assert_eq!(
            escaped[function as usize],
            !imports_and_private.contains(&function),
            "function {function}"
        );
    }
}

#[test]
fn signatures() {
    let module = module(SAMPLE);
    assert_eq!(module.function_type(RUN).params(), [ValType::I32]);
    assert_eq!(module.function_type(RUN).results(), [ValType::I32]);
    assert_eq!(module.type_signature(module.tags[1]).params().len(), 1);
    let grouped: u32 = module
        .type_groups
        .iter()
        .map(|g| g.range.len() as u32)
        .sum();
    assert_eq!(grouped as usize, module.types.len());
}

#[test]
fn bodies_can_be_read() {
    let module = module(SAMPLE);
    assert!(module.body(1).is_none());
    assert!(module.body(RUN + 8).is_none());
    let range = module.body(RUN).unwrap().range.clone();
    assert!(module.code_section.start < range.start && range.end < module.code_section.end);
    let body = module.body_reader(RUN).unwrap();
    assert_eq!(body.as_bytes(), &module.bytes()[range]);
    assert_eq!(body.get_operators_reader().unwrap().into_iter().count(), 6);
}

#[test]
fn names_of_functions() {
    let module = module(SAMPLE);
    assert_eq!(module.names.module(), Some("sample"));
    assert_eq!(module.function_name(0), Some("print"));
    assert_eq!(module.function_name(RUN + 7), Some("private"));
    assert_eq!(module.function_name(RUN + 8), None);
    assert_eq!(module.names.functions().count(), 10);
    assert_eq!(module.names.functions().nth(2), Some((RUN, "run")));
}

#[test]
fn unnamed_functions_go_by_import_or_export() {
    let module = module(
        r#"(module (import "env" "f" (func)) (import "env" "m" (memory 1))
             (import "env" "g" (func))
             (func) (export "b" (func 2)) (export "a" (func 2)) (func))"#,
    );
    assert_eq!(module.names.module(), None);
    assert_eq!(module.function_name(0), Some("f"));
    assert_eq!(module.function_name(1), Some("g"));
    assert_eq!(module.function_name(2), Some("b"));
    assert_eq!(module.function_name(3), None);
}

#[test]
fn broken_name_sections_do_no_harm() {
    let bytes = binary("(module (func) (func))");
    let module_name = [0, 2, 1, b'm'];
    for broken in [
        &[1, 7, 2, 0, 1, b'a'][..],          // cut short
        &[1, 4, 1, 0, 1, 0xff],              // not UTF-8
        &[1, 7, 2, 1, 1, b'a', 0, 1, b'b'],  // wrong order
        &[1, 0x80, 0x80, 0x80, 0x80, 0xff],  // no length
        &[1, 5, 0xff, 0xff, 0xff, 0xff, 15], // far too many
    ] {
        let contents = [&module_name[..], broken].concat();
        let bytes = with_custom_section(bytes.clone(), "name", &contents);
        let module = Module::new(bytes).unwrap();
        assert_eq!(module.names.module(), Some("m"), "{broken:?}");
        assert_eq!(module.function_name(0), None, "{broken:?}");
    }
    let beyond = [1, 7, 2, 0, 1, b'a', 9, 1, b'b'];
    let module = Module::new(with_custom_section(bytes, "name", &beyond)).unwrap();
    assert_eq!(module.names.functions().collect::<Vec<_>>(), [(0, "a")]);
}

#[test]
fn custom_sections_are_kept() {
    let bytes = with_custom_section(binary("(module)"), "producers", b"us");
    let module = Module::new(bytes).unwrap();
    assert_eq!(module.custom_section("producers"), Some(&b"us"[..]));
    assert_eq!(module.custom_section("name"), None);
}

#[test]
fn what_is_no_module_is_named() {
    let not_wasm = |bytes: &[u8], hint: &str| {
        let error = Module::new(bytes).unwrap_err();
        assert_eq!(error.kind, ModuleErrorKind::NotWasm);
        assert!(error.message.contains(hint), "{error}");
        assert!(error.to_string().starts_with("not a WebAssembly module"));
    };
    not_wasm(b"", "empty");
    not_wasm(b"(module)", "wat2wasm");
    not_wasm(b"\n\t ;; text", "wat2wasm");
    not_wasm(b"\x7fELF\x02\x01\x01\0\0", "ELF");
    not_wasm(b"!<arch>\nfoo", "archive");
    not_wasm(b"#!/bin/sh\n", "magic number");
    not_wasm(b"hi", "magic number");
    not_wasm(b"\0asm\x0d\0\x01\0", "component");

    let version = Module::new(*b"\0asm\x02\0\0\0").unwrap_err();
    assert_eq!(version.kind, ModuleErrorKind::Malformed);
    assert_eq!(version.offset, 4);
}

#[test]
fn malformed_and_invalid_are_told_apart() {
    let error_of = |bytes: Vec<u8>| Module::new(bytes).unwrap_err();
    // A body that leaves nothing where an i32 is due, and one cut short.
    let valid = binary("(module (func (result i32) i32.const 7))");
    let at = valid.len() - 3;
    assert_eq!(valid[at..], [0x41, 7, 0x0b]);
    let with_body = |body: [u8; 3]| [&valid[..at], &body].concat();

    let invalid = error_of(with_body([0x01, 0x01, 0x0b]));
    assert_eq!(invalid.kind, ModuleErrorKind::Invalid);
    assert!(invalid.message.contains("type mismatch"), "{invalid}");
    assert_eq!(invalid.offset, at + 2);
    let malformed = error_of(with_body([0x41, 7, 0x01]));
    assert_eq!(malformed.kind, ModuleErrorKind::Malformed, "{malformed}");

    let global = error("(module (global i32 (i64.const 0)))");
    assert_eq!(global.kind, ModuleErrorKind::Invalid, "{global}");
    let mut mutability = binary("(module (global i32 (i32.const 0)))");
    let at = mutability.len() - 4;
    mutability[at] = 9;
    let mutability = error_of(mutability);
    assert_eq!(mutability.kind, ModuleErrorKind::Malformed, "{mutability}");

    let start = error("(module (func (param i32)) (start 0))");
    assert_eq!(start.kind, ModuleErrorKind::Invalid, "{start}");
}

#[test]
fn features_of_others_are_unsupported() {
    for text in [
        "(module (type (struct)))",
        "(module (rec (type (func)) (type (func))))",
        "(module (func (result i64 i64) i64.const 0 i64.const 0 i64.mul_wide_s))",
        "(module (memory 1 2 (pagesize 1)))",
        "(module (global i32 (i32.const 1)) (global i32 (global.get 0)))",
    ] {
        let error = error(text);
        assert_eq!(error.kind, ModuleErrorKind::Unsupported, "{text}: {error}");
    }
}

#[test]
fn features_that_are_provided() {
    for text in [
        "(module (memory 1 2 shared) (func (drop (i32.atomic.load (i32.const 0)))))",
        "(module (func $f return_call $f))",
        "(module (tag) (func try throw 0 catch_all end))",
        "(module (tag) (func (block (try_table (catch_all 0) throw 0))))",
        "(module (func (param exnref) local.get 0 throw_ref))",
        "(module (memory i64 1) (table i64 1 funcref))",
        "(module (func (param v128) (result v128)
           (i8x16.relaxed_swizzle (local.get 0) (local.get 0))))",
        "(module (type $t (func)) (func (param (ref $t)) (call_ref $t (local.get 0))))",
        "(module (memory 1) (memory 1) (func (memory.copy 0 1
           (i32.const 0) (i32.const 0) (i32.const 0))))",
        "(module (table 1 externref) (func (result i32 i32) i32.const 0 i32.const 1))",
    ] {
        module(text);
    }
}

#[test]
fn features_can_be_chosen() {
    let bytes = binary("(module (func $f return_call $f))");
    assert!(Module::with_features(bytes.clone(), FEATURES).is_ok());
    let error = Module::with_features(bytes, WasmFeatures::WASM2).unwrap_err();
    assert_eq!(error.kind, ModuleErrorKind::Unsupported);

    // Validates with such features, but no engine here could run it.
    let bytes = binary("(module (global i31ref (ref.i31 (i32.const 1))))");
    let error = Module::with_features(bytes, WasmFeatures::all()).unwrap_err();
    assert_eq!(error.kind, ModuleErrorKind::Unsupported);
}

#[test]
fn bodies_are_validated_apart() {
    fn thread_safe<T: Send + Sync>() {}
    thread_safe::<BodyValidator>();
    thread_safe::<Module>();
    thread_safe::<ValidationScratch>();

    let bytes = binary(
        r#"(module (import "env" "f" (func))
             (func) (func (result i32)) (func (param i64)) (func i32.add))"#,
    );
    let (module, bodies) = Module::parse(bytes).unwrap();
    assert_eq!(module.functions.len(), 5);
    assert_eq!(bodies.functions(), 1..5);
    let mut scratch = ValidationScratch::default();
    for function in bodies.functions() {
        let result = bodies.validate(function, &mut scratch);
        assert_eq!(result.is_ok(), function % 2 == 1, "{function}: {result:?}");
    }
    assert!(bodies.validate_all().is_err());

    let (_, none) = Module::parse(binary("(module)")).unwrap();
    assert!(none.functions().is_empty());
    assert!(none.validate_all().is_ok());
}

#[test]
fn declared_counts_are_not_trusted() {
    // Sections that announce a million items and hold none.
    for section in [1, 2, 3, 4, 5, 6, 7, 9, 11, 13] {
        let mut bytes = b"\0asm\x01\0\0\0".to_vec();
        bytes.extend([section, 3, 0xc0, 0x84, 0x3d]);
        let error = Module::new(bytes).unwrap_err();
        assert_eq!(error.kind, ModuleErrorKind::Malformed, "{section}: {error}");
    }
    // The same for a recursion group, after an ordinary type.
    let mut bytes = b"\0asm\x01\0\0\0".to_vec();
    bytes.extend([1, 8, 2, 0x60, 0, 0, 0x4e, 0xc0, 0x84, 0x3d]);
    let error = Module::new(bytes).unwrap_err();
    assert_eq!(error.kind, ModuleErrorKind::Malformed, "{error}");
    assert!(error.message.contains("recursion group"), "{error}");
}

#[test]
fn no_prefix_of_a_module_panics() {
    let bytes = binary(SAMPLE);
    for end in 0..bytes.len() {
        // A cut between sections can leave a valid module.
        if let Err(error) = Module::new(&bytes[..end]) {
            assert!(error.offset <= end, "{error}");
            assert!(!format!("{error}").is_empty());
        }
    }
}

#[test]
fn no_damaged_module_panics() {
    let bytes = binary(SAMPLE);
    for at in 0..bytes.len() {
        for damage in [0x00, 0x01, 0x40, 0x7f, 0x80, 0xff, bytes[at] ^ 1] {
            let mut bytes = bytes.clone();
            bytes[at] = damage;
            if let Ok(module) = Module::new(bytes) {
                (0..module.functions.len() as u32).for_each(|function| {
                    module.function_name(function);
                });
                assert_eq!(module.escaped.len(), module.functions.len());
            }
        }
    }
}
