//! Initialisation of instances.

use super::{load, store};
use crate::{
    Extern, Func, Global, Instance, InstantiateError, Limits, Memory, Store, Table, TrapCode, Val,
};
use alloc::vec;
use alloc::vec::Vec;
use wasmjit_module::{GlobalType, MemoryType, RefType, TableType, ValType};

fn global(store: &Store, instance: Instance, name: &str) -> Val {
    instance.get_global(store, name).unwrap().get(store)
}

#[test]
fn globals_get_their_initial_values() {
    let mut store = store();
    let ty = GlobalType {
        content_type: ValType::I32,
        mutable: false,
        shared: false,
    };
    let base = Global::new(&mut store, ty, Val::I32(1000)).unwrap();
    let module = load(
        &store,
        r#"(module
            (import "m" "base" (global $base i32))
            (func $f (export "f"))
            (global (export "i32") i32 (i32.const -5))
            (global (export "i64") (mut i64) (i64.const -6))
            (global (export "f32") f32 (f32.const 1.5))
            (global (export "f64") f64 (f64.const -0.0))
            (global (export "v128") v128 (v128.const i64x2 1 2))
            (global (export "null") externref (ref.null extern))
            (global (export "ref") (ref func) (ref.func $f))
            (global (export "sum") i32
                (i32.sub (i32.mul (global.get $base) (i32.const 3)) (i32.const 1)))
            (global (export "wide") i64
                (i64.add (i64.const 0x7fffffffffffffff) (i64.const 1))))"#,
    );
    let instance = Instance::new(&mut store, &module, &[base.into()]).unwrap();
    let value = |name| global(&store, instance, name);
    assert_eq!(value("i32"), Val::I32(-5));
    assert_eq!(value("i64"), Val::I64(-6));
    assert_eq!(value("f32"), Val::from(1.5_f32));
    assert_eq!(value("f64"), Val::from(-0.0_f64));
    assert_eq!(value("v128"), Val::V128(1 | 2 << 64));
    assert_eq!(value("null"), Val::ExternRef(None));
    let f = instance.get_func(&store, "f");
    assert_eq!(value("ref"), Val::FuncRef(f));
    assert_eq!(value("sum"), Val::I32(2999));
    assert_eq!(value("wide"), Val::I64(i64::MIN));
}

#[test]
fn tables_and_memories_are_filled_in_order() {
    let mut store = store();
    let module = load(
        &store,
        r#"(module
            (func $f (export "f"))
            (func $g (export "g"))
            (table (export "t") 5 funcref (ref.func $g))
            (elem (i32.const 0) $f $f $g)
            (elem (i32.const 1) funcref (ref.null func) (ref.func $f))
            (memory (export "memory") 1)
            (data (i32.const 0) "abcdef")
            (data (i32.const 3) "XY")
            (data "passive"))"#,
    );
    let instance = Instance::new(&mut store, &module, &[]).unwrap();
    let f = instance.get_func(&store, "f");
    let g = instance.get_func(&store, "g");
    let table = instance.get_table(&store, "t").unwrap();
    let elements: Vec<_> = (0..5).map(|i| table.get(&store, i).unwrap()).collect();
    assert_eq!(elements, [f, None, f, g, g].map(Val::FuncRef));
    let memory = instance.get_memory(&store, "memory").unwrap();
    assert_eq!(&memory.data(&store)[..7], b"abcXYf\0");
}

#[test]
fn a_failing_segment_leaves_earlier_ones() {
    let mut store = store();
    let memory = Memory::new(
        &mut store,
        MemoryType {
            memory64: false,
            shared: false,
            initial: 1,
            maximum: None,
            page_size_log2: None,
        },
    )
    .unwrap();
    let table = Table::new(
        &mut store,
        TableType {
            element_type: RefType::FUNCREF,
            table64: false,
            initial: 2,
            maximum: None,
            shared: false,
        },
        Val::FuncRef(None),
    )
    .unwrap();
    let module = load(
        &store,
        r#"(module
            (import "m" "memory" (memory 1))
            (import "m" "table" (table 1 funcref))
            (func $f)
            (elem (i32.const 0) $f)
            (data (i32.const 0) "first")
            (data (i32.const 65535) "second"))"#,
    );
    let imports: [Extern; 2] = [memory.into(), table.into()];
    let error = Instance::new(&mut store, &module, &imports).unwrap_err();
    let InstantiateError::Trap(trap) = error else {
        panic!("{error}");
    };
    assert_eq!(trap.code(), Some(TrapCode::MemoryOutOfBounds));
    let data = memory.data(&store);
    assert_eq!(&data[..6], b"first\0");
    assert_eq!(data[65535], 0);
    // The function is there, though its instance could not be finished.
    assert!(matches!(
        table.get(&store, 0),
        Some(Val::FuncRef(Some(f))) if f.ty(&store).params().is_empty()
    ));

    let module = load(
        &store,
        r#"(module
            (import "m" "table" (table 1 funcref))
            (func $f)
            (elem (i32.const 1) $f $f))"#,
    );
    let error = Instance::new(&mut store, &module, &[table.into()]).unwrap_err();
    let InstantiateError::Trap(trap) = error else {
        panic!("{error}");
    };
    assert_eq!(trap.code(), Some(TrapCode::TableOutOfBounds));
    // Nothing is written of a segment that does not fit.
    assert_eq!(table.get(&store, 1), Some(Val::FuncRef(None)));
}

#[test]
fn exports_are_listed_in_order() {
    let mut store = store();
    let f = Func::wrap(&mut store, || ());
    let module = load(
        &store,
        r#"(module
            (import "m" "f" (func $f))
            (memory (export "memory") 1)
            (export "f" (func $f))
            (table (export "table") 1 funcref)
            (global (export "global") i32 (i32.const 1)))"#,
    );
    let instance = Instance::new(&mut store, &module, &[f.into()]).unwrap();
    let exports: Vec<_> = instance.exports(&store).collect();
    let names: Vec<_> = exports.iter().map(|(name, _)| *name).collect();
    assert_eq!(names, ["memory", "f", "table", "global"]);
    assert_eq!(exports[1].1, Extern::Func(f));
    assert_eq!(instance.get(&store, "none"), None);
    assert_eq!(instance.get_memory(&store, "f"), None);
    let error = instance.typed_func::<(), i32>(&store, "f").unwrap_err();
    assert_eq!(
        std::format!("{error}"),
        "exported function \"f\": expected () -> i32, found () -> ()"
    );
    let error = instance.typed_func::<(), ()>(&store, "x").unwrap_err();
    assert_eq!(std::format!("{error}"), "no exported function \"x\"");
}

#[test]
fn the_start_function_may_be_an_import() {
    let mut store = Store::new(&super::engine(), alloc::boxed::Box::new(0_i32));
    let f = Func::wrap(&mut store, |caller: &mut crate::Caller<'_>| {
        *caller.data_mut::<i32>() += 1;
    });
    let module = load(&store, r#"(module (import "m" "f" (func $f)) (start $f))"#);
    Instance::new(&mut store, &module, &[f.into()]).unwrap();
    assert_eq!(*store.data::<i32>(), 1);
}

#[test]
fn limits_on_instances_memories_and_tables_hold() {
    let mut store = store();
    store.set_limits(Limits {
        memory_bytes: 65536,
        table_elements: 10,
        instances: 2,
    });
    let mut fails = |text| {
        let module = load(&store, text);
        Instance::new(&mut store, &module, &[]).is_err()
    };
    let results = vec![
        fails("(module (memory 2))"),
        fails("(module (table 11 funcref))"),
        fails("(module (memory 1) (table 10 funcref))"),
        fails("(module)"),
        fails("(module)"),
    ];
    assert_eq!(results, [true, true, false, false, true]);
}
