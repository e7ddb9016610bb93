//! The rows, a file for each few groups.
//!
//! A row reads as a declaration, followed by what the call does and, where there
//! are any, its limits:
//!
//! ```text
//! env "__syscall_openat" = Full [calls::files::openat](dirfd: DIRECTORY, path: Path, …) -> FD,
//!     "Opens a file …", "Limits.";
//! ```
//!
//! In brackets stands the handler, whose Rust types say the WebAssembly types
//! (with `sys` or `libc` before it, the convention for errors); after it the
//! names and meanings of its parameters. A row may have several. `-> Meaning::Replaced`
//! is for calls by which another program takes over, `-> Never` for those that end
//! the process; arrays of strings are `Special(x::Strings)` and `Special(x::Variables)`.

use super::Row;

/// One handler: `path`, `sys path` or `libc path` for functions that fail with an
/// error number, which say here how they report it.
macro_rules! variant {
    (sys $handler:path) => {
        Variant::new(&AsKernel($handler), |ctx, values| {
            Handler::invoke(AsKernel($handler), ctx, values)
        })
    };
    (libc $handler:path) => {
        Variant::new(&AsLibc($handler), |ctx, values| {
            Handler::invoke(AsLibc($handler), ctx, values)
        })
    };
    ($handler:path) => {
        Variant::new(&$handler, |ctx, values| {
            Handler::invoke($handler, ctx, values)
        })
    };
}

macro_rules! rows {
    ($( $group:literal { $(
        $module:ident $name:literal = $support:ident
            $([$($handler:tt)+] ($($parameter:ident : $meaning:expr),* $(,)?))+
            $(-> $result:expr)?,
            $doc:literal $(, $note:literal)?;
    )* } )*) => {
        /// The rows of this file.
        pub(super) static ROWS: &[Row] = &[$($(
            Row {
                module: module!($module),
                name: $name,
                group: $group,
                support: Support::$support,
                doc: $doc,
                note: concat!($($note)?),
                result: result!($($result)?),
                variants: const { &[$(
                    variant!($($handler)+).with(const { &[$(Parameter {
                        name: stringify!($parameter),
                        meaning: $meaning,
                    }),*] })
                ),+] },
            },
        )*)*];
    };
}

macro_rules! module {
    (env) => {
        "env"
    };
    (wasi) => {
        "wasi_snapshot_preview1"
    };
}

macro_rules! result {
    () => {
        INT
    };
    ($result:expr) => {
        $result
    };
}

mod descriptors;
mod files;
mod machine;
mod memory;
mod process;
mod time;
mod vocabulary;

/// Every row, group by group.
pub fn rows() -> impl Iterator<Item = &'static Row> {
    GROUPS.iter().flat_map(|rows| rows.iter())
}

/// The rows of each file.
pub(super) static GROUPS: &[&[Row]] = &[
    files::ROWS,
    descriptors::ROWS,
    time::ROWS,
    process::ROWS,
    memory::ROWS,
    machine::ROWS,
];
