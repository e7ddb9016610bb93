//! The one table of everything that programs can import.
//!
//! A row names an import and the handlers that serve it, one for each type with
//! which versions of Emscripten declare it; the types are those of the handlers'
//! Rust functions. 64-bit integers may also come as two of 32 bits, which needs
//! no row of its own. From here come the linker, the names in traces, the page
//! that documents the interface, and the answer to whether something is
//! provided.

mod rows;

pub use rows::ROWS;

use crate::handler::{Kind, Variant};
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::{self, Write};

/// How completely a row is served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Support {
    /// As on Linux.
    Full,
    /// With limits; the note says which.
    Partial,
    /// It links, and answers that it cannot be done.
    Stub,
}

impl fmt::Display for Support {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Full => "full",
            Self::Partial => "partial",
            Self::Stub => "stub",
        })
    }
}

/// An import that is provided.
#[derive(Debug)]
pub struct Row {
    /// Name of the module that it is imported from.
    pub module: &'static str,
    /// Its name.
    pub name: &'static str,
    /// What it is about.
    pub group: &'static str,
    /// How completely it is served.
    pub support: Support,
    /// Limits and remarks.
    pub note: &'static str,
    /// The types with which it may be declared.
    pub variants: &'static [Variant],
}

impl Row {
    /// The types, as `(i32, i64) -> i32 or (i32) -> i32`.
    pub(crate) fn signatures(&self, wide: bool) -> String {
        let mut text = String::new();
        for (i, variant) in self.variants.iter().enumerate() {
            if i > 0 {
                text.push_str(" or ");
            }
            let params: Vec<String> = variant
                .params
                .iter()
                .map(|kind| alloc::format!("{}", kind.val_type(wide)))
                .collect();
            // Writing to a string does not fail.
            let _ = write!(text, "({})", params.join(", "));
            if let Some(result) = variant.result {
                let _ = write!(text, " -> {}", result.val_type(wide));
            }
        }
        text
    }
}

/// The row for an import.
pub fn lookup(module: &str, name: &str) -> Option<&'static Row> {
    ROWS.iter()
        .find(|row| row.name == name && row.module == module)
}

/// A signature in the letters of Emscripten's documentation: result, then
/// parameters.
fn letters(variant: &Variant) -> String {
    let letter = |kind: &Kind| match kind {
        Kind::I32 => 'i',
        Kind::I64 => 'j',
        Kind::F32 => 'f',
        Kind::F64 => 'd',
        Kind::Word => 'p',
    };
    let mut text = String::new();
    text.push(variant.result.as_ref().map_or('v', letter));
    text.push('(');
    text.extend(variant.params.iter().map(letter));
    text.push(')');
    text
}

/// The table as a page in Markdown.
pub fn docs() -> String {
    let mut page = String::from(
        "# What programs can import\n\n\
         Written from the table in `crates/posix/src/table/rows.rs`; do not edit.\n\n\
         Signatures are result(parameters): `i` and `j` are integers of 32 and 64 bits, `d` is \
         a 64-bit float, `p` a pointer, `v` nothing. A `j` may also be declared as two `i`, low \
         half first, and a `j` result as an `i` with the high half left in tempRet0, as \
         Emscripten does for JavaScript without BigInt. Errors are reported as the column says: \
         as a negative number, as a positive one, or by -1 and `errno`; the numbers are WASI's, \
         with Emscripten's additions. Names `invoke_…` of any signature and \
         `__cxa_find_matching_catch_…` of any number of types are provided as well.\n",
    );
    let mut groups: Vec<&str> = Vec::new();
    for row in ROWS {
        if !groups.contains(&row.group) {
            groups.push(row.group);
        }
    }
    for group in groups {
        let _ = write!(
            page,
            "\n## {group}\n\n| import | signature | errors | support | note |\n|---|---|---|---|---|\n"
        );
        for row in ROWS.iter().filter(|row| row.group == group) {
            let signatures: Vec<String> = row
                .variants
                .iter()
                .map(|variant| alloc::format!("`{}`", letters(variant)))
                .collect();
            let convention = row.variants.first().map(|variant| variant.convention);
            let convention =
                convention.map_or(String::new(), |convention| alloc::format!("{convention}"));
            let _ = writeln!(
                page,
                "| `{}.{}` | {} | {convention} | {} | {} |",
                row.module,
                row.name,
                signatures.join(" or "),
                row.support,
                row.note
            );
        }
    }
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique() {
        for (i, row) in ROWS.iter().enumerate() {
            assert!(
                !ROWS[..i]
                    .iter()
                    .any(|other| other.module == row.module && other.name == row.name),
                "{}.{} stands twice",
                row.module,
                row.name
            );
            assert!(!row.variants.is_empty());
            if row.support == Support::Partial {
                assert!(!row.note.is_empty(), "{} has no note", row.name);
            }
        }
    }

    #[test]
    fn variants_of_a_row_can_be_told_apart() {
        for row in ROWS {
            for (i, a) in row.variants.iter().enumerate() {
                for b in &row.variants[..i] {
                    assert_ne!(
                        (a.params, a.result),
                        (b.params, b.result),
                        "{} has the same type twice",
                        row.name
                    );
                }
            }
        }
    }

    #[test]
    fn types_come_from_the_handlers() {
        let row = lookup("wasi_snapshot_preview1", "fd_seek").unwrap();
        assert_eq!(letters(&row.variants[0]), "i(ijip)");
        assert_eq!(row.signatures(false), "(i32, i64, i32, i32) -> i32");
        assert_eq!(row.signatures(true), "(i32, i64, i32, i64) -> i32");
        assert!(lookup("env", "fd_seek").is_none());
    }

    #[test]
    fn page_has_every_row() {
        let page = docs();
        for row in ROWS {
            assert!(page.contains(&alloc::format!("`{}.{}`", row.module, row.name)));
        }
    }
}
