//! Which version of the C library a module was built with, as far as that
//! changes what structures look like.
//!
//! Nothing in a module states it, but its imports and exports tell.

use crate::exports::export_name;
use crate::glue::Glue;
use alloc::string::String;
use alloc::vec::Vec;
use wasmjit_module::{ExternKind, ImportType, Module};

/// Differences between versions that a handler must know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Era {
    /// `time_t` has 64 bits, `struct stat` 96 bytes (since 3.1.16).
    pub time64: bool,
    /// Caught exceptions are described by a separate block, and the header of a
    /// thrown object has 16 bytes (3.1.6 and around); otherwise 24.
    pub catch_info: bool,
    /// The module is a WASI command, with numbers for errors and descriptors of
    /// its own.
    pub wasi: bool,
    /// Pointers have 64 bits.
    pub wide: bool,
}

/// Imports that only exist with 32-bit `time_t`.
pub(crate) const OLD_IMPORTS: &[&str] = &[
    "__syscall_fstatat64",
    "__syscall_open",
    "__syscall_mkdir",
    "__syscall_rename",
    "__syscall_unlink",
    "__syscall_readlink",
    "__syscall_mknod",
    "__syscall_chown32",
    "__syscall_lchown32",
    "__syscall_fadvise64_64",
    "clock_gettime",
    "__clock_gettime",
    "clock_getres",
    "gettimeofday",
    "time",
    "difftime",
    "clock",
    "timespec_get",
    "setTempRet0",
    "getTempRet0",
    "_emscripten_notify_thread_queue",
];

/// Imports that only exist with 64-bit `time_t`.
pub(crate) const NEW_IMPORTS: &[&str] = &[
    "__syscall_newfstatat",
    "__syscall_fchmodat2",
    "__syscall_fadvise64",
    "_abort_js",
    "emscripten_date_now",
    "_emscripten_get_now_is_monotonic",
    "_emscripten_lookup_name",
    "_emscripten_system",
    "_setitimer_js",
    "_emscripten_memcpy_js",
    "_emscripten_init_main_thread_js",
    "_emscripten_thread_mailbox_await",
];

/// Exports that only exist with 64-bit `time_t`.
pub(crate) const NEW_EXPORTS: &[&str] = &[
    "__main_argc_argv",
    "_emscripten_tempret_set",
    "_emscripten_stack_restore",
    "emscripten_stack_get_current",
];

impl Era {
    /// Judges a module by its declared names and types.
    pub fn of(module: &Module, glue: Option<&Glue>) -> Self {
        let name = |module: &str, name: &str| -> String {
            glue.and_then(|glue| glue.import(module, name))
                .unwrap_or(name)
                .into()
        };
        let imports: Vec<(String, String, u32)> = module
            .imports
            .iter()
            .filter_map(|import| match import.ty {
                ImportType::Function(ty) => Some((
                    import.module.clone(),
                    name(&import.module, &import.name),
                    ty,
                )),
                _ => None,
            })
            .collect();
        let exports: Vec<&str> = module
            .exports
            .iter()
            .filter(|export| export.kind == ExternKind::Function)
            .map(|export| {
                glue.and_then(|glue| glue.export(&export.name))
                    .unwrap_or(&export.name)
            })
            .collect();
        let imported = |wanted: &str| imports.iter().any(|(_, name, _)| name == wanted);
        let emscripten = imports.iter().any(|(module, name, _)| {
            module != WASI
                && !name.starts_with("wasi")
                && (name.starts_with("__syscall_") || name.starts_with("emscripten_"))
        });
        let wide = module
            .memories
            .first()
            .is_some_and(|memory| memory.memory64);
        Self {
            time64: Self::time64(module, glue, &imports, &exports),
            catch_info: imported("__cxa_allocate_exception")
                && !exports.contains(&"__cxa_increment_exception_refcount"),
            wasi: !emscripten
                && imports.iter().any(|(module, name, _)| {
                    module == WASI && (name.starts_with("path_") || name.starts_with("fd_prestat"))
                }),
            wide,
        }
    }

    fn time64(
        module: &Module,
        glue: Option<&Glue>,
        imports: &[(String, String, u32)],
        exports: &[&str],
    ) -> bool {
        let any = |list: &[&str]| imports.iter().any(|(_, name, _)| list.contains(&&**name));
        if exports.iter().any(|name| NEW_EXPORTS.contains(name)) || any(NEW_IMPORTS) {
            return true;
        }
        if any(OLD_IMPORTS) {
            return false;
        }
        // Same name, another type: (time, tm) against (i64 or halves, tm).
        for (_, name, ty) in imports {
            let params = module.type_signature(*ty).params().len();
            let wide = module
                .memories
                .first()
                .is_some_and(|memory| memory.memory64);
            match (name.as_str(), params) {
                ("_localtime_js" | "_gmtime_js", 2) if !wide => {
                    let first = module.type_signature(*ty).params()[0];
                    return first == wasmjit_module::ValType::I64;
                }
                ("_localtime_js" | "_gmtime_js", 3) | ("_tzset_js", 4) => return true,
                ("_tzset_js", 3) => return false,
                _ => {}
            }
        }
        // With no evidence: since the change of names of `main`'s export, which
        // was a little before, this name means an older module.
        let main_with_arguments = module.exports.iter().any(|export| {
            export.kind == ExternKind::Function
                && export_name(glue, &export.name) == "main"
                && !module.function_type(export.index).params().is_empty()
        });
        !(main_with_arguments || exports.contains(&"saveSetjmp"))
    }
}

/// The module name of WASI's calls.
pub(crate) const WASI: &str = "wasi_snapshot_preview1";
