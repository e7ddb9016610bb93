//! The host module `spectest`, which scripts may import from.

use wasmjit::{
    Error, Extern, FuncType, Global, GlobalType, Linker, Memory, MemoryType, RefType, Store, Table,
    TableType, Val, ValType,
};

/// Defines the contents of module `spectest` in `linker`.
pub(crate) fn define(linker: &mut Linker<()>, store: &mut Store<()>) -> Result<(), Error> {
    use ValType::{F32, F64, I32, I64};
    let functions: [(&str, &[ValType]); 7] = [
        ("print", &[]),
        ("print_i32", &[I32]),
        ("print_i64", &[I64]),
        ("print_f32", &[F32]),
        ("print_f64", &[F64]),
        ("print_i32_f32", &[I32, F32]),
        ("print_f64_f64", &[F64, F64]),
    ];
    for (name, params) in functions {
        let ty = FuncType::new(params.iter().copied(), []);
        // Nobody reads what scripts print.
        linker.func_new("spectest", name, ty, |_, _| Ok(()));
    }
    let globals = [
        ("global_i32", I32, Val::I32(666)),
        ("global_i64", I64, Val::I64(666)),
        ("global_f32", F32, Val::from(666.6f32)),
        ("global_f64", F64, Val::from(666.6f64)),
    ];
    for (name, content_type, value) in globals {
        let ty = GlobalType {
            content_type,
            mutable: false,
            shared: false,
        };
        let global = Global::new(store, ty, value).map_err(Error::new)?;
        linker.define("spectest", name, Extern::from(global));
    }
    for (name, table64) in [("table", false), ("table64", true)] {
        let ty = TableType {
            element_type: RefType::FUNCREF,
            table64,
            initial: 10,
            maximum: Some(20),
            shared: false,
        };
        let table = Table::new(store, ty, Val::FuncRef(None)).map_err(Error::new)?;
        linker.define("spectest", name, Extern::from(table));
    }
    for (name, shared) in [("memory", false), ("shared_memory", true)] {
        let ty = MemoryType {
            memory64: false,
            shared,
            initial: 1,
            maximum: Some(2),
            page_size_log2: None,
        };
        let memory = Memory::new(store, ty).map_err(Error::new)?;
        linker.define("spectest", name, Extern::from(memory));
    }
    Ok(())
}
