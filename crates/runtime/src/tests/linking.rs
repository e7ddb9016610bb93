//! Imports: matching, messages, the linker.

use super::{load, store};
use crate::{Extern, Func, Global, Instance, InstantiateError, Linker, Memory, Store, Table, Val};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec;
use wasmjit_module::{GlobalType, MemoryType, RefType, TableType, ValType};

/// Whether `item` is accepted for an import given as text.
fn accepts(store: &mut Store, import: &str, item: impl Into<Extern>) -> Result<(), String> {
    let module = load(
        store,
        &format!("(module (type $t (func)) (import \"m\" \"n\" {import}))"),
    );
    match Instance::new(store, &module, &[item.into()]) {
        Ok(_) => Ok(()),
        Err(error) => Err(error.to_string()),
    }
}

#[test]
fn functions_match_by_type() {
    let mut store = store();
    let f = Func::wrap(&mut store, |a: i32, b: i64| a + b as i32);
    accepts(&mut store, "(func (param i32 i64) (result i32))", f).unwrap();
    let error = accepts(&mut store, "(func (param i32) (result i32))", f).unwrap_err();
    assert_eq!(
        error,
        "incompatible import type: m.n should be function (i32) -> i32, \
         but is function (i32, i64) -> i32"
    );
    accepts(&mut store, "(memory 1)", f).unwrap_err();
}

#[test]
fn memories_match_by_limits_and_kind() {
    let mut store = store();
    let ty = MemoryType {
        memory64: false,
        shared: false,
        initial: 1,
        maximum: Some(4),
        page_size_log2: None,
    };
    let memory = Memory::new(&mut store, ty).unwrap();
    accepts(&mut store, "(memory 2)", memory).unwrap_err();
    memory.grow(&mut store, 1).unwrap();
    // The size that counts is the current one.
    accepts(&mut store, "(memory 2)", memory).unwrap();
    accepts(&mut store, "(memory 0 4)", memory).unwrap();
    let error = accepts(&mut store, "(memory 2 3)", memory).unwrap_err();
    assert_eq!(
        error,
        "incompatible import type: m.n should be memory 2..=3 pages, but is memory 2..=4 pages"
    );
    accepts(&mut store, "(memory i64 1 4)", memory).unwrap_err();
    accepts(&mut store, "(memory 1 4 shared)", memory).unwrap_err();
    let ty = MemoryType { shared: true, ..ty };
    let memory = Memory::new(&mut store, ty).unwrap();
    accepts(&mut store, "(memory 1 4 shared)", memory).unwrap();
    accepts(&mut store, "(memory 1 4)", memory).unwrap_err();
}

#[test]
fn tables_match_exactly() {
    let mut store = store();
    let ty = TableType {
        element_type: RefType::FUNCREF,
        table64: false,
        initial: 2,
        maximum: None,
        shared: false,
    };
    let table = Table::new(&mut store, ty, Val::FuncRef(None)).unwrap();
    accepts(&mut store, "(table 2 funcref)", table).unwrap();
    accepts(&mut store, "(table 3 funcref)", table).unwrap_err();
    accepts(&mut store, "(table 2 9 funcref)", table).unwrap_err();
    accepts(&mut store, "(table i64 2 funcref)", table).unwrap_err();
    accepts(&mut store, "(table 2 externref)", table).unwrap_err();
    accepts(&mut store, "(table 2 (ref null $t))", table).unwrap_err();
}

#[test]
fn constants_match_supertypes_and_variables_do_not() {
    let mut store = store();
    let f = Func::wrap(&mut store, || ());
    let mut global = |mutable| {
        let ty = GlobalType {
            content_type: ValType::Ref(RefType::FUNC),
            mutable,
            shared: false,
        };
        Global::new(&mut store, ty, Val::FuncRef(Some(f))).unwrap()
    };
    let (constant, variable) = (global(false), global(true));
    accepts(&mut store, "(global (ref func))", constant).unwrap();
    accepts(&mut store, "(global funcref)", constant).unwrap();
    accepts(&mut store, "(global (ref null $t))", constant).unwrap_err();
    accepts(&mut store, "(global (mut (ref func)))", constant).unwrap_err();
    accepts(&mut store, "(global (mut (ref func)))", variable).unwrap();
    accepts(&mut store, "(global (mut funcref))", variable).unwrap_err();
    accepts(&mut store, "(global (ref func))", variable).unwrap_err();
    accepts(&mut store, "(global i32)", constant).unwrap_err();
}

#[test]
fn tags_match_by_type_and_keep_their_identity() {
    let mut store = store();
    let module = load(
        &store,
        r#"(module (tag (export "a") (param i32)) (tag (export "b") (param i32)))"#,
    );
    let first = Instance::new(&mut store, &module, &[]).unwrap();
    let second = Instance::new(&mut store, &module, &[]).unwrap();
    let a = first.get_tag(&store, "a").unwrap();
    assert_ne!(a, first.get_tag(&store, "b").unwrap());
    assert_ne!(a, second.get_tag(&store, "a").unwrap());
    let importer = load(
        &store,
        r#"(module (import "m" "n" (tag $t (param i32))) (export "again" (tag $t)))"#,
    );
    let third = Instance::new(&mut store, &importer, &[a.into()]).unwrap();
    assert_eq!(third.get_tag(&store, "again"), Some(a));
    accepts(&mut store, "(tag (param i64))", a).unwrap_err();
}

#[test]
fn the_linker_names_all_missing_imports() {
    let mut store = store();
    let mut linker = Linker::new();
    linker.func_wrap(&mut store, "env", "known", || ());
    let module = load(
        &store,
        r#"(module
            (import "env" "known" (func))
            (import "env" "memory" (memory 1 2))
            (import "env" "f" (func (param i32 i32) (result i32)))
            (import "other" "g" (global (mut i64)))
            (import "other" "t" (table 1 funcref))
            (import "other" "e" (tag (param f32))))"#,
    );
    let error = linker.instantiate(&mut store, &module).unwrap_err();
    assert_eq!(
        error.to_string(),
        "unknown imports:\
         \n  env.memory: memory 1..=2 pages\
         \n  env.f: function (i32, i32) -> i32\
         \n  other.g: mutable global i64\
         \n  other.t: table 1.. funcref\
         \n  other.e: tag (f32) -> ()"
    );
    let InstantiateError::MissingImports(missing) = error else {
        panic!("{error}");
    };
    assert_eq!(missing.len(), 5);
}

#[test]
fn the_linker_finds_what_it_was_given() {
    let mut store = store();
    let exporter = load(
        &store,
        r#"(module (memory (export "memory") 1) (func (export "f") (param i32)))"#,
    );
    let importer = load(
        &store,
        r#"(module
            (import "lib" "f" (func $f (param i32)))
            (import "alias" "memory" (memory 1))
            (export "f" (func $f)))"#,
    );
    let mut linker = Linker::new();
    let instance = linker.instantiate(&mut store, &exporter).unwrap();
    linker
        .instance(&store, "lib", instance)
        .alias_module("lib", "alias");
    let second = linker.instantiate(&mut store, &importer).unwrap();
    // A function that is passed on is the same function.
    assert_eq!(second.get_func(&store, "f"), instance.get_func(&store, "f"));
    let f = Func::wrap(&mut store, |_: i32| ());
    linker.define("lib", "f", f);
    assert_eq!(linker.get("lib", "f"), Some(Extern::Func(f)));
    let third = linker.instantiate(&mut store, &importer).unwrap();
    assert_eq!(third.get_func(&store, "f"), Some(f));
    assert_eq!(linker.iter().count(), 4);
    assert_eq!(linker.get("lib", "g"), None);
    assert_eq!(linker.missing(&importer), vec![]);
}

#[test]
fn the_number_of_imports_must_be_right() {
    let mut store = store();
    let module = load(&store, r#"(module (import "a" "b" (func)))"#);
    let error = Instance::new(&mut store, &module, &[]).unwrap_err();
    assert_eq!(error.to_string(), "the module has 1 imports, 0 were given");
}

#[test]
#[should_panic(expected = "another engine")]
fn modules_of_another_engine_are_refused() {
    let mut one = store();
    let two = store();
    let module = load(&two, "(module)");
    let _ = Instance::new(&mut one, &module, &[]);
}
