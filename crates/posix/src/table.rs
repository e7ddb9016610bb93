//! The one table of everything that programs can import.
//!
//! A row names an import and the handlers that serve it, one for each type with
//! which versions of Emscripten declare it; the types are those of the handlers'
//! Rust functions. 64-bit integers may also come as two of 32 bits, which needs
//! no row of its own. It also says what the call does and what its parameters
//! mean. From here come the linker, traces, the page that documents the
//! interface, and the answer to whether something is provided.

pub mod constants;
pub mod meaning;
mod page;
mod rows;
pub mod structs;

pub use page::documentation;
pub use rows::rows;

use crate::handler::Variant;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::{self, Write};
use meaning::Meaning;

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
    /// What it does.
    pub doc: &'static str,
    /// Limits and remarks.
    pub note: &'static str,
    /// What it returns.
    pub result: Meaning,
    /// The types with which it may be declared.
    pub variants: &'static [Variant],
}

impl Row {
    /// The name without what the interface puts before it.
    pub fn short_name(&self) -> &'static str {
        self.name.strip_prefix("__syscall_").unwrap_or(self.name)
    }

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
    rows().find(|row| row.name == name && row.module == module)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::handler::Kind;
    use crate::table::meaning::Length;

    #[test]
    fn names_are_unique() {
        let mut seen = Vec::new();
        for row in rows() {
            let name = (row.module, row.name);
            assert!(!seen.contains(&name), "{name:?} stands twice");
            seen.push(name);
            assert!(!row.variants.is_empty());
            if row.support == Support::Partial {
                assert!(!row.note.is_empty(), "{} has no note", row.name);
            }
        }
    }

    #[test]
    fn every_row_is_described() {
        for row in rows() {
            assert!(
                row.doc.len() > 8 && row.doc.ends_with('.') || row.doc.ends_with(".)"),
                "{} does not say in a sentence what it does",
                row.name
            );
        }
    }

    #[test]
    fn variants_of_a_row_can_be_told_apart() {
        for row in rows() {
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
    fn meanings_fit_the_types() {
        for row in rows() {
            for variant in row.variants {
                for (parameter, kind) in variant.parameters.iter().zip(variant.params) {
                    let name = parameter.name;
                    let pointer = parameter.meaning.is_pointer();
                    let special = matches!(parameter.meaning, Meaning::Special(_));
                    if pointer && !special {
                        assert_eq!(*kind, Kind::Word, "{name} of {}", row.name);
                    }
                    if let Some(of) = refers_to(&parameter.meaning) {
                        let found = variant.parameters.iter().any(|other| other.name == of);
                        assert!(found, "{}: {name} speaks of {of}", row.name);
                    }
                }
            }
        }
    }

    /// The parameter that another one's length is in.
    fn refers_to(meaning: &Meaning) -> Option<&'static str> {
        match meaning {
            Meaning::Bytes(_, Length::Argument(name) | Length::Stored(name))
            | Meaning::Items(_, _, Length::Argument(name) | Length::Stored(name))
            | Meaning::Buffers(_, name, _) => Some(name),
            _ => None,
        }
    }

    #[test]
    fn types_come_from_the_handlers() {
        let row = lookup("wasi_snapshot_preview1", "fd_seek").unwrap();
        assert_eq!(row.signatures(false), "(i32, i64, i32, i32) -> i32");
        assert_eq!(row.signatures(true), "(i32, i64, i32, i64) -> i32");
        assert!(lookup("env", "fd_seek").is_none());
    }
}
