//! Object files in WebAssembly: what it takes to link many programs into one.
//!
//! Linking takes most of the time of a small program. So the tests of a group are
//! linked together: all names that a test defines become its own, but for that of
//! its main function.

use std::ops::Range;

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};
use wasmparser::{BinaryReader, Parser, Payload, TypeRef};

/// What `main` is called when tests are compiled; of the length that [`entry`] has.
pub(super) const MAIN: &str = "posix_test_main";

/// What the main function of a test is called in the end.
pub(super) fn entry(number: usize) -> String {
    format!("posix_test_{number:04}")
}

/// The type of a main function.
#[derive(Debug, Default, PartialEq, Eq, Clone, Copy, Serialize, Deserialize)]
pub(super) struct Signature {
    pub(super) has_arguments: bool,
    pub(super) has_result: bool,
}

/// Kinds of symbols.
const FUNCTION: u8 = 0;
const DATA: u8 = 1;
const GLOBAL: u8 = 2;
const SECTION: u8 = 3;

/// Bits of a symbol's flags.
const BINDING_LOCAL: u8 = 2;
const BINDING_MASK: u8 = 3;
const UNDEFINED: u32 = 0x10;
const EXPLICIT_NAME: u32 = 0x40;

/// Renames the main function of an object file and makes the other names its own.
/// `None` when there is no main function: then it is no program.
pub(super) fn isolate(object: &mut [u8], number: usize) -> Result<Option<Signature>> {
    let mut types = Vec::new();
    let mut functions = Vec::new();
    let mut linking = None;
    for payload in Parser::new(0).parse_all(object) {
        match payload? {
            Payload::TypeSection(section) => {
                for ty in section.into_iter_err_on_gc_types() {
                    let ty = ty?;
                    types.push(Signature {
                        has_arguments: !ty.params().is_empty(),
                        has_result: !ty.results().is_empty(),
                    });
                }
            }
            Payload::ImportSection(section) => {
                for import in section.into_imports() {
                    if let TypeRef::Func(ty) = import?.ty {
                        functions.push(ty);
                    }
                }
            }
            Payload::FunctionSection(section) => {
                for ty in section {
                    functions.push(ty?);
                }
            }
            Payload::CustomSection(section) if section.name() == "linking" => {
                linking = Some(section.data_offset() as usize..section.range().end as usize);
            }
            _ => {}
        }
    }
    let linking = linking.context("an object file without its section for linking")?;
    let symbols = symbols(&object[linking.clone()], linking.start)?;
    let mut main = None;
    for symbol in symbols {
        if symbol.kind == FUNCTION && &object[symbol.name.clone()] == MAIN.as_bytes() {
            object[symbol.name].copy_from_slice(entry(number).as_bytes());
            let ty = functions.get(symbol.index as usize);
            main = ty.and_then(|ty| types.get(*ty as usize)).copied();
        } else {
            // The bits of the binding are in the first byte of the number.
            let flags = &mut object[symbol.flags];
            *flags = *flags & !BINDING_MASK | BINDING_LOCAL;
        }
    }
    Ok(main)
}

/// The functions that an object file needs of others.
pub(super) fn needs(object: &[u8]) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for payload in Parser::new(0).parse_all(object) {
        if let Payload::ImportSection(section) = payload? {
            for import in section.into_imports() {
                let import = import?;
                if let TypeRef::Func(_) = import.ty {
                    names.push(import.name.to_owned());
                }
            }
        }
    }
    Ok(names)
}

/// A symbol that the file defines.
struct Symbol {
    kind: u8,
    /// Where its flags begin and its name stands in the file.
    flags: usize,
    name: Range<usize>,
    /// Of functions.
    index: u32,
}

/// The functions and data that a section for linking says are defined; `start` is
/// its place in the file.
fn symbols(section: &[u8], start: usize) -> Result<Vec<Symbol>> {
    const VERSION: u32 = 2;
    const SYMBOL_TABLE: u8 = 8;
    let mut found = Vec::new();
    let mut reader = BinaryReader::new(section, start as u64);
    if reader.read_var_u32()? != VERSION {
        bail!("an object file of another version");
    }
    while !reader.eof() {
        let kind = reader.read_u8()?;
        let length = reader.read_var_u32()? as usize;
        let from = reader.original_position();
        let bytes = reader.read_bytes(length)?;
        if kind != SYMBOL_TABLE {
            continue;
        }
        let mut reader = BinaryReader::new(bytes, from);
        for _ in 0..reader.read_var_u32()? {
            let kind = reader.read_u8()?;
            let place = reader.original_position() as usize;
            let flags = reader.read_var_u32()?;
            let defined = flags & UNDEFINED == 0;
            let mut index = 0;
            if kind != DATA {
                index = reader.read_var_u32()?;
            }
            let named = match kind {
                SECTION => false,
                DATA => true,
                _ => defined || flags & EXPLICIT_NAME != 0,
            };
            let mut name = 0..0;
            if named {
                let length = reader.read_var_u32()? as usize;
                name.start = reader.original_position() as usize;
                reader.read_bytes(length)?;
                name.end = reader.original_position() as usize;
            }
            if kind == DATA && defined {
                for _ in ["segment", "offset", "size"] {
                    reader.read_var_u32()?;
                }
            }
            if defined && matches!(kind, FUNCTION | DATA | GLOBAL) {
                found.push(Symbol {
                    kind,
                    flags: place,
                    name,
                    index,
                });
            }
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_entries_have_one_length() {
        assert_eq!(entry(0).len(), MAIN.len());
        assert_eq!(entry(9999).len(), MAIN.len());
    }
}
