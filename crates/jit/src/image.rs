//! Compiled functions as bytes, to be kept and loaded again.
//!
//! An image is a sequence of records; images can be appended to each other.
//! Integers are 32 bits, little endian. The reader checks every length and
//! offset, but the code itself it must trust: whoever keeps images vouches for
//! their origin.

use crate::compile::{
    CompiledFunction, HandlerSite, Position, Relocation, RelocationKind, TrapSite,
};
use crate::settings::Target;
use crate::trampolines::TrampolineKey;
use alloc::collections::BTreeSet;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// Changes whenever the form of images or the layouts in
/// [`wasmjit_runtime::vm`] change.
pub(crate) const VERSION: u32 = 1;

const FUNCTION: u32 = 0;
const TRAMPOLINE: u32 = 1;

/// One record.
pub(crate) enum Record {
    /// A defined function.
    Function(u32, CompiledFunction),
    /// A trampoline for a signature.
    Trampoline(TrampolineKey, CompiledFunction),
}

fn put(bytes: &mut Vec<u8>, value: u32) {
    bytes.extend(value.to_le_bytes());
}

/// Appends a function.
pub(crate) fn encode_function(bytes: &mut Vec<u8>, defined: u32, function: &CompiledFunction) {
    put(bytes, FUNCTION);
    put(bytes, defined);
    encode(bytes, function);
}

/// Appends a trampoline.
pub(crate) fn encode_trampoline(
    bytes: &mut Vec<u8>,
    key: &TrampolineKey,
    function: &CompiledFunction,
) {
    put(bytes, TRAMPOLINE);
    let key = key.to_bytes();
    put(bytes, key.len() as u32);
    bytes.extend(key);
    encode(bytes, function);
}

fn encode(bytes: &mut Vec<u8>, function: &CompiledFunction) {
    for count in [
        function.code.len(),
        function.alignment as usize,
        function.relocations.len(),
        function.traps.len(),
        function.handlers.len(),
        function.positions.len(),
    ] {
        put(bytes, count as u32);
    }
    bytes.extend(&function.code);
    for relocation in &function.relocations {
        put(bytes, relocation.offset);
        put(bytes, relocation.kind as u32);
        put(bytes, relocation.target);
        put(bytes, relocation.addend as u32);
    }
    for trap in &function.traps {
        put(bytes, trap.offset);
        put(bytes, u32::from(trap.code));
    }
    for handler in &function.handlers {
        put(bytes, handler.return_offset);
        put(bytes, handler.landing);
        put(bytes, handler.frame_offset);
    }
    for position in &function.positions {
        put(bytes, position.offset);
        put(bytes, position.wasm);
    }
}

struct Reader<'a> {
    bytes: &'a [u8],
}

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], String> {
        let (taken, rest) = self
            .bytes
            .split_at_checked(count)
            .ok_or_else(|| "the image is cut short".to_string())?;
        self.bytes = rest;
        Ok(taken)
    }

    fn u32(&mut self) -> Result<u32, String> {
        let bytes = self.take(4)?;
        Ok(u32::from_le_bytes(bytes.try_into().expect("four bytes")))
    }

    /// `count` groups of `N` integers.
    fn table<const N: usize, T>(
        &mut self,
        count: u32,
        make: impl Fn([u32; N]) -> Result<T, String>,
    ) -> Result<Vec<T>, String> {
        let bytes = self.take(
            (count as usize)
                .checked_mul(N * 4)
                .ok_or("a count too large")?,
        )?;
        bytes
            .chunks_exact(N * 4)
            .map(|group| {
                let mut values = [0; N];
                for (value, bytes) in values.iter_mut().zip(group.chunks_exact(4)) {
                    *value = u32::from_le_bytes(bytes.try_into().expect("four bytes"));
                }
                make(values)
            })
            .collect()
    }

    fn function(&mut self, count: u32, target: Target) -> Result<CompiledFunction, String> {
        let length = self.u32()?;
        let alignment = self.u32()?;
        let [relocations, traps, handlers, positions] =
            [self.u32()?, self.u32()?, self.u32()?, self.u32()?];
        if !alignment.is_power_of_two() || alignment > 4096 {
            return Err("an alignment that is none".to_string());
        }
        let code = self.take(length as usize)?.to_vec();
        let inside = |offset: u32| {
            if offset <= length {
                Ok(offset)
            } else {
                Err("an offset outside the code".to_string())
            }
        };
        Ok(CompiledFunction {
            code,
            alignment,
            relocations: self.table(relocations, |[offset, kind, to, addend]| {
                let kind = match (kind, target) {
                    (0, Target::X86_64) => RelocationKind::X86PcRelative32,
                    (1, Target::Aarch64) => RelocationKind::Aarch64Branch26,
                    _ => return Err("a relocation of another processor".to_string()),
                };
                if to >= count || offset.checked_add(4).is_none_or(|end| end > length) {
                    return Err("a relocation that points nowhere".to_string());
                }
                Ok(Relocation {
                    offset,
                    kind,
                    target: to,
                    addend: addend as i32,
                })
            })?,
            traps: self.table(traps, |[offset, code]| {
                Ok(TrapSite {
                    offset: inside(offset)?,
                    code: code as u8,
                })
            })?,
            handlers: self.table(handlers, |[return_offset, landing, frame_offset]| {
                Ok(HandlerSite {
                    return_offset: inside(return_offset)?,
                    landing: inside(landing)?,
                    frame_offset,
                })
            })?,
            positions: self.table(positions, |[offset, wasm]| {
                Ok(Position {
                    offset: inside(offset)?,
                    wasm,
                })
            })?,
        })
    }
}

/// Reads an image of a module with `count` defined functions.
pub(crate) fn decode(bytes: &[u8], count: u32, target: Target) -> Result<Vec<Record>, String> {
    let mut reader = Reader { bytes };
    let mut records = Vec::new();
    while !reader.bytes.is_empty() {
        records.push(match reader.u32()? {
            FUNCTION => {
                let defined = reader.u32()?;
                if defined >= count {
                    return Err("a function that the module does not have".to_string());
                }
                Record::Function(defined, reader.function(count, target)?)
            }
            TRAMPOLINE => {
                let length = reader.u32()?;
                let key = TrampolineKey::from_bytes(reader.take(length as usize)?)
                    .ok_or("a trampoline without a signature")?;
                Record::Trampoline(key, reader.function(0, target)?)
            }
            _ => return Err("an unknown record".to_string()),
        });
    }
    Ok(records)
}

/// The records of the image `new` that the image `old` does not have, to be
/// appended to it. Both must be of the same module and settings.
///
/// # Errors
/// A description of what is wrong with either.
pub fn additions(old: &[u8], new: &[u8]) -> Result<Vec<u8>, String> {
    let mut known = BTreeSet::new();
    let mut reader = Reader { bytes: old };
    while !reader.bytes.is_empty() {
        known.insert(reader.skip_record()?.0);
    }
    let mut added = Vec::new();
    let mut reader = Reader { bytes: new };
    while !reader.bytes.is_empty() {
        let (name, record) = reader.skip_record()?;
        if known.insert(name) {
            added.extend(record);
        }
    }
    Ok(added)
}

impl<'a> Reader<'a> {
    /// Passes over a record: what it is of, and all of it.
    fn skip_record(&mut self) -> Result<(&'a [u8], &'a [u8]), String> {
        let all = self.bytes;
        match self.u32()? {
            FUNCTION => {
                self.u32()?;
            }
            TRAMPOLINE => {
                let length = self.u32()?;
                self.take(length as usize)?;
            }
            _ => return Err("an unknown record".to_string()),
        }
        let name = &all[..all.len() - self.bytes.len()];
        let length = self.u32()? as usize;
        self.u32()?;
        let mut tables = 0usize;
        for entry in [16, 8, 12, 8] {
            let bytes = (self.u32()? as usize).checked_mul(entry);
            let sum = bytes.and_then(|bytes| tables.checked_add(bytes));
            tables = sum.ok_or("a count too large")?;
        }
        self.take(length)?;
        self.take(tables)?;
        Ok((name, &all[..all.len() - self.bytes.len()]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> CompiledFunction {
        CompiledFunction {
            code: alloc::vec![0x90; 40],
            alignment: 16,
            relocations: alloc::vec![Relocation {
                offset: 3,
                kind: RelocationKind::X86PcRelative32,
                target: 1,
                addend: -4,
            }],
            traps: alloc::vec![TrapSite { offset: 7, code: 2 }],
            handlers: alloc::vec![HandlerSite {
                return_offset: 12,
                landing: 20,
                frame_offset: 48,
            }],
            positions: alloc::vec![Position {
                offset: 7,
                wasm: 99
            }],
        }
    }

    #[test]
    fn what_was_written_is_read() {
        let mut bytes = Vec::new();
        encode_function(&mut bytes, 1, &sample());
        let records = decode(&bytes, 2, Target::X86_64).unwrap();
        let [Record::Function(1, function)] = &records[..] else {
            panic!("one function");
        };
        assert_eq!(*function, sample());
    }

    #[test]
    fn a_cut_image_is_refused() {
        let mut bytes = Vec::new();
        encode_function(&mut bytes, 1, &sample());
        for length in 1..bytes.len() {
            assert!(decode(&bytes[..length], 2, Target::X86_64).is_err());
        }
    }

    #[test]
    fn an_image_of_another_module_or_processor_is_refused() {
        let mut bytes = Vec::new();
        encode_function(&mut bytes, 1, &sample());
        assert!(decode(&bytes, 1, Target::X86_64).is_err());
        assert!(decode(&bytes, 2, Target::Aarch64).is_err());
    }

    #[test]
    fn images_are_merged_without_repetition() {
        let (mut old, mut new) = (Vec::new(), Vec::new());
        encode_function(&mut old, 1, &sample());
        encode_function(&mut new, 2, &sample());
        let only_new = new.clone();
        encode_function(&mut new, 1, &sample());
        encode_function(&mut new, 2, &sample());
        assert_eq!(additions(&old, &new).unwrap(), only_new);
        assert_eq!(additions(&new, &old).unwrap(), []);
        assert_eq!(additions(&[], &old).unwrap(), old);
        for length in 1..old.len() {
            assert!(additions(&old[..length], &[]).is_err());
        }
    }
}
