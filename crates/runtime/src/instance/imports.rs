//! Whether what is given for an import fits it.

use super::Extern;
use crate::engine::CompiledModule;
use crate::store::Store;
use crate::types::{
    GlobalText, MemoryText, Signature, TableText, canonical_global, canonical_table, limits_match,
    value_matches,
};
use alloc::format;
use alloc::string::{String, ToString};
use wasmjit_module::{GlobalType, ImportType};

/// Whether `given` may be imported as `wanted`.
pub(crate) fn import_matches(
    store: &Store,
    module: &CompiledModule,
    wanted: &ImportType,
    given: &Extern,
) -> bool {
    let ids = module.type_ids();
    match (wanted, given) {
        (&ImportType::Function(ty), Extern::Func(func)) => func.type_id(store) == ids[ty as usize],
        (&ImportType::Tag(ty), Extern::Tag(tag)) => tag.data_of(store).type_id == ids[ty as usize],
        (ImportType::Memory(wanted), Extern::Memory(memory)) => {
            let data = memory.data_of(store);
            data.ty.shared == wanted.shared
                && data.ty.memory64 == wanted.memory64
                && data.ty.page_size_log2() == wanted.page_size_log2()
                && limits_match(
                    data.pages(),
                    data.ty.maximum,
                    wanted.initial,
                    wanted.maximum,
                )
        }
        (ImportType::Table(wanted), Extern::Table(table)) => {
            let data = table.data_of(store);
            data.ty.shared == wanted.shared
                && data.ty.table64 == wanted.table64
                && data.ty.element_type == canonical_table(wanted, ids).element_type
                && limits_match(data.len(), data.ty.maximum, wanted.initial, wanted.maximum)
        }
        (ImportType::Global(wanted), Extern::Global(global)) => {
            global_matches(&canonical_global(wanted, ids), &global.ty(store))
        }
        _ => false,
    }
}

/// A constant may be imported at a supertype, a variable only at its own type.
fn global_matches(wanted: &GlobalType, given: &GlobalType) -> bool {
    wanted.mutable == given.mutable
        && wanted.shared == given.shared
        && if wanted.mutable {
            wanted.content_type == given.content_type
        } else {
            value_matches(given.content_type, wanted.content_type)
        }
}

/// Kind and type of an import, for messages.
pub(crate) fn describe_import(module: &CompiledModule, wanted: &ImportType) -> String {
    let ids = module.type_ids();
    let signature = |ty: u32| {
        let types = module.engine().types();
        Signature(&types.get(ids[ty as usize])).to_string()
    };
    match wanted {
        &ImportType::Function(ty) => format!("function {}", signature(ty)),
        &ImportType::Tag(ty) => format!("tag {}", signature(ty)),
        ImportType::Memory(ty) => MemoryText(ty, ty.initial).to_string(),
        ImportType::Table(ty) => TableText(&canonical_table(ty, ids), ty.initial).to_string(),
        ImportType::Global(ty) => GlobalText(&canonical_global(ty, ids)).to_string(),
    }
}
