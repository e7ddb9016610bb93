//! Values of calls as text.

use super::special;
use super::text::quote;
use crate::era::Era;
use crate::errno::Errno;
use crate::guest::{CString, GuestMemory, GuestPtr};
use crate::handler::{Kind, Variant};
use crate::table::constants::SIGNAL;
use crate::table::meaning::{
    Choice, Direction, Field, Flags, Item, Length, Meaning, Scalar, Struct, When,
};
use crate::trace::{Call, End};
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::Write;

/// Longest string that is looked at to find its end.
const TEXT_MAX: usize = 1 << 16;

/// Most elements of an array that are shown.
const ELEMENTS_MAX: u64 = 32;

/// A call, as it is printed.
pub(crate) struct View<'a> {
    memory: GuestMemory<'a>,
    era: Era,
    variant: &'static Variant,
    arguments: &'a [wasmjit_runtime::vm::RawValue],
    /// Once it has ended.
    end: Option<End>,
    /// Most bytes of a string.
    text_limit: usize,
    /// Show all fields of structures.
    verbose: bool,
}

impl<'a> View<'a> {
    pub(crate) fn new(call: &Call<'a>, end: Option<End>, text_limit: usize, verbose: bool) -> Self {
        Self {
            memory: call.memory,
            era: call.era,
            variant: call.variant,
            arguments: call.arguments,
            end,
            text_limit,
            verbose,
        }
    }

    fn failed(&self) -> bool {
        matches!(self.end, Some(End::Failed(_) | End::Left))
    }

    /// A parameter's value without the sign, by position.
    fn value(&self, index: usize) -> u64 {
        let raw = self.arguments[index];
        match self.variant.params[index] {
            Kind::I64 | Kind::F64 => raw.u64(),
            Kind::Word if self.era.wide => raw.u64(),
            _ => raw.u32().into(),
        }
    }

    /// A parameter's value without the sign, by name.
    pub(crate) fn argument(&self, name: &str) -> Option<u64> {
        let found = self.variant.parameters.iter().position(|p| p.name == name);
        found.map(|index| self.value(index))
    }

    fn width(&self, kind: Kind) -> u8 {
        match kind {
            Kind::I32 | Kind::F32 => 4,
            Kind::I64 | Kind::F64 => 8,
            Kind::Word => self.word(),
        }
    }

    /// Bytes of a pointer.
    pub(crate) fn word(&self) -> u8 {
        if self.era.wide { 8 } else { 4 }
    }

    /// A number from memory.
    pub(crate) fn read(&self, at: u64, width: u8) -> Result<u64, Errno> {
        let mut bytes = [0; 8];
        let slice = self.memory.slice(at, width.into())?;
        slice.read(&mut bytes[..width.into()]);
        Ok(u64::from_le_bytes(bytes))
    }

    /// The word that variable arguments begin with.
    pub(crate) fn vararg(&self, at: u64) -> Result<u64, Errno> {
        self.read(at, self.word())
    }

    /// The result of a call that has returned, as a count.
    pub(crate) fn returned(&self) -> u64 {
        match (self.end, self.variant.result) {
            (Some(End::Returned(Some(result))), Some(Kind::I64)) => result.u64(),
            (Some(End::Returned(Some(result))), Some(_)) => result.u32().into(),
            _ => 0,
        }
    }

    fn length(&self, length: Length) -> u64 {
        match length {
            Length::One => 1,
            Length::Fixed(count) => count.into(),
            Length::Argument(name) => self.argument(name).unwrap_or(0),
            Length::Result => self.returned(),
            Length::Stored(name) => self
                .argument(name)
                .and_then(|at| self.read(at, 4).ok())
                .unwrap_or(0),
        }
    }

    /// Appends a parameter; nothing where it has no effect.
    pub(crate) fn parameter(&self, index: usize, out: &mut String) {
        let value = self.value(index);
        let kind = self.variant.params[index];
        match self.variant.parameters[index].meaning {
            Meaning::Unused | Meaning::Never | Meaning::Replaced => {}
            Meaning::Number(scalar) => self.scalar(value, self.width(kind), scalar, out),
            Meaning::Text | Meaning::Path => self.text(value, out),
            Meaning::Special(form) => {
                if value == 0 && self.variant.params[index] == Kind::Word {
                    out.push_str("NULL");
                } else {
                    special::print(form, self, value, out);
                }
            }
            Meaning::Bytes(direction, length) => {
                if self.shown(value, direction, out) {
                    self.bytes(value, self.length(length), out);
                }
            }
            Meaning::Items(direction, item, length) => {
                if self.shown(value, direction, out) {
                    self.items(value, item, length, out);
                }
            }
            Meaning::Buffers(direction, count, length) => {
                if self.shown(value, direction, out) {
                    let count = self.argument(count).unwrap_or(0);
                    let limit = match direction {
                        Direction::In => u64::MAX,
                        _ => self.length(length),
                    };
                    self.buffers(value, count, limit, out);
                }
            }
        }
    }

    /// Whether there is something to show where a pointer points to; otherwise
    /// appends the pointer.
    pub(crate) fn shown(&self, at: u64, direction: Direction, out: &mut String) -> bool {
        let shown = at != 0 && (direction == Direction::In || !self.failed());
        if !shown {
            self.address(at, out);
        }
        shown
    }

    /// Appends an address.
    pub(crate) fn address(&self, at: u64, out: &mut String) {
        let _ = match at {
            0 => write!(out, "NULL"),
            _ => write!(out, "{at:#x}"),
        };
    }

    /// Appends a string of the guest.
    pub(crate) fn text(&self, at: u64, out: &mut String) {
        match self.memory.string(GuestPtr::<CString>::new(at), TEXT_MAX) {
            Ok(text) => self.quoted(text.len() as u64, at, out),
            Err(_) => self.address(at, out),
        }
    }

    /// Appends bytes of the guest as a string.
    pub(crate) fn bytes(&self, at: u64, length: u64, out: &mut String) {
        match self.memory.slice(at, length) {
            Ok(_) => self.quoted(length, at, out),
            Err(_) => self.address(at, out),
        }
    }

    /// Appends bytes that lie within memory.
    fn quoted(&self, length: u64, at: u64, out: &mut String) {
        let shown = length.min(self.text_limit as u64);
        if let Ok(part) = self.memory.slice(at, shown) {
            quote(&part.to_vec(), length > shown, out);
        }
    }

    /// A copy of a few bytes.
    pub(crate) fn copy(&self, at: u64, length: u64) -> Result<Vec<u8>, Errno> {
        Ok(self.memory.slice(at, length)?.to_vec())
    }

    fn items(&self, at: u64, item: Item, length: Length, out: &mut String) {
        if matches!(length, Length::One) {
            let single = matches!(item, Item::Number(..) | Item::Word(_));
            if single {
                out.push('[');
            }
            self.item(at, item, out);
            if single {
                out.push(']');
            }
            return;
        }
        let count = self.length(length);
        self.array(at, item, count, out);
    }

    /// Appends an array.
    pub(crate) fn array(&self, at: u64, item: Item, count: u64, out: &mut String) {
        let size = u64::from(self.size(item));
        if self.memory.slice(at, count.saturating_mul(size)).is_err() {
            return self.address(at, out);
        }
        out.push('[');
        for i in 0..count.min(ELEMENTS_MAX) {
            if i > 0 {
                out.push_str(", ");
            }
            self.item(at + i * size, item, out);
        }
        if count > ELEMENTS_MAX {
            out.push_str(", ...");
        }
        out.push(']');
    }

    /// Appends a vector of buffers, of whose contents `limit` bytes count.
    pub(crate) fn buffers(&self, at: u64, count: u64, limit: u64, out: &mut String) {
        let word = self.word();
        let entry = u64::from(word) * 2;
        if self.memory.slice(at, count.saturating_mul(entry)).is_err() {
            return self.address(at, out);
        }
        let mut left = limit;
        out.push('[');
        for i in 0..count.min(ELEMENTS_MAX) {
            if i > 0 {
                out.push_str(", ");
            }
            let from = at + i * entry;
            let (Ok(base), Ok(length)) = (
                self.read(from, word),
                self.read(from + u64::from(word), word),
            ) else {
                break;
            };
            out.push_str("{iov_base=");
            let part = length.min(left);
            left -= part;
            self.bytes(base, part, out);
            let _ = write!(out, ", iov_len={length}}}");
        }
        if count > ELEMENTS_MAX {
            out.push_str(", ...");
        }
        out.push(']');
    }

    fn size(&self, item: Item) -> u32 {
        match item {
            Item::Word(_) => self.word().into(),
            item => item.size(if self.era.time64 {
                When::Time64
            } else {
                When::Time32
            }),
        }
    }

    /// Appends what stands at an address.
    pub(crate) fn item(&self, at: u64, item: Item, out: &mut String) {
        match item {
            Item::Number(width, scalar) => match self.read(at, width) {
                Ok(value) => self.scalar(value, width, scalar, out),
                Err(_) => self.address(at, out),
            },
            Item::Word(scalar) => self.item(at, Item::Number(self.word(), scalar), out),
            Item::Struct(structure) => self.structure(at, structure, out),
            Item::Text(length) => match self.copy(at, length.into()) {
                Ok(bytes) => {
                    let end = bytes.iter().position(|&byte| byte == 0);
                    self.bytes(at, end.unwrap_or(bytes.len()) as u64, out);
                }
                Err(_) => self.address(at, out),
            },
            Item::Bytes(length) => self.bytes(at, length.into(), out),
        }
    }

    /// Appends a structure.
    pub(crate) fn structure(&self, at: u64, structure: &Struct, out: &mut String) {
        let size = self.argument("size");
        let layout = structure.layout(self.era, size);
        let Some(layout) = layout.filter(|_| !self.era.wide) else {
            return self.address(at, out);
        };
        if self.memory.slice(at, layout.size.into()).is_err() {
            return self.address(at, out);
        }
        let brief = |field: &&Field| {
            self.verbose || structure.brief.is_empty() || structure.brief.contains(&field.name)
        };
        out.push('{');
        let mut shown = 0;
        for field in layout.fields.iter().filter(brief) {
            if shown > 0 {
                out.push_str(", ");
            }
            shown += 1;
            let _ = write!(out, "{}=", field.name);
            let from = at + u64::from(field.offset);
            match field.count {
                1 => self.item(from, field.item, out),
                count => self.array(from, field.item, count.into(), out),
            }
        }
        if shown < layout.fields.len() {
            out.push_str(", ...");
        }
        out.push('}');
    }

    /// Appends a number of `width` bytes.
    pub(crate) fn scalar(&self, value: u64, width: u8, scalar: Scalar, out: &mut String) {
        let signed = sign_extend(value, width);
        // Writing to a string does not fail.
        let _ = match scalar {
            Scalar::Int | Scalar::Fd | Scalar::Process => write!(out, "{signed}"),
            Scalar::Unsigned => write!(out, "{value}"),
            Scalar::Id => match value as u32 {
                u32::MAX => write!(out, "-1"),
                id => write!(out, "{id}"),
            },
            Scalar::Hex => match value {
                0 => write!(out, "0"),
                _ => write!(out, "{value:#x}"),
            },
            Scalar::Octal => write!(out, "0{value:o}"),
            Scalar::FileMode => {
                file_mode(value, out);
                Ok(())
            }
            Scalar::Float => write!(out, "{}", f64::from_bits(value)),
            Scalar::Directory if signed == crate::flags::AT_FDCWD.into() => {
                write!(out, "AT_FDCWD")
            }
            Scalar::Directory => write!(out, "{signed}"),
            Scalar::Signal => {
                signal(signed, out);
                Ok(())
            }
            // As Linux encodes them.
            Scalar::Device => write!(
                out,
                "makedev({:#x}, {:#x})",
                value >> 8 & 0xfff,
                value & 0xff | value >> 12 & 0xfff00
            ),
            Scalar::Function => match value {
                0 => write!(out, "NULL"),
                index => write!(out, "function[{index}]"),
            },
            Scalar::Address => {
                self.address(value, out);
                Ok(())
            }
            Scalar::Flags(set) => {
                flags(value, set, out);
                Ok(())
            }
            Scalar::Choice(set) => {
                choice(value, signed, set, out);
                Ok(())
            }
        };
    }

    /// Appends the result of a call that has ended.
    pub(crate) fn result(&self, meaning: Meaning, out: &mut String) {
        match (self.end, self.variant.result) {
            (Some(End::Left) | None, _) => out.push('?'),
            (Some(End::Failed(errno)), _) => {
                let _ = write!(out, "-1 {errno} ({})", errno.text());
            }
            (Some(End::Returned(Some(raw))), Some(kind)) => {
                let width = self.width(kind);
                let value = match width {
                    8 => raw.u64(),
                    _ => raw.u32().into(),
                };
                match meaning {
                    Meaning::Number(Scalar::Int) if kind == Kind::F64 => {
                        self.scalar(value, width, Scalar::Float, out);
                    }
                    Meaning::Number(scalar) => self.scalar(value, width, scalar, out),
                    Meaning::Special(form) => special::print(form, self, value, out),
                    _ => self.scalar(value, width, Scalar::Int, out),
                }
            }
            (Some(End::Returned(_)), _) => out.push_str("void"),
        }
    }
}

/// A number of so many bytes with its sign.
fn sign_extend(value: u64, width: u8) -> i64 {
    let unused = 64 - 8 * u32::from(width);
    (value << unused) as i64 >> unused
}

/// Appends a set of flags.
pub(crate) fn flags(value: u64, set: &Flags, out: &mut String) {
    let mut rest = value;
    let mut first = true;
    let mut push = |out: &mut String, name: &str| {
        if !core::mem::take(&mut first) {
            out.push('|');
        }
        out.push_str(name);
    };
    let mut chosen = false;
    if let Some((mask, names)) = set.choice {
        let found = names
            .iter()
            .find(|(number, _)| *number as u64 == value & mask);
        if let Some((_, name)) = found {
            // That none is chosen is said only when there is nothing else.
            chosen = true;
            rest &= !mask;
            if value & mask != 0 || rest == 0 || set.bits.iter().all(|(bit, _)| bit & mask == 0) {
                push(out, name);
            }
        }
    }
    for (bit, name) in set.bits {
        if rest & bit == *bit {
            rest &= !bit;
            push(out, name);
        }
    }
    if rest != 0 || value == 0 && !chosen {
        let _ = match (rest, value) {
            (0, _) => write!(out, "0"),
            _ => {
                push(out, "");
                write!(out, "{rest:#x}")
            }
        };
    }
}

fn choice(value: u64, signed: i64, set: &Choice, out: &mut String) {
    let name = set.find(signed).or_else(|| set.find(value as i64));
    let _ = match name {
        Some(name) => write!(out, "{name}"),
        None if (0..=9999).contains(&signed) => write!(out, "{signed}"),
        None => write!(out, "{value:#x}"),
    };
}

/// Appends a signal.
pub(crate) fn signal(number: i64, out: &mut String) {
    let _ = match SIGNAL.find(number) {
        Some(name) => write!(out, "{name}"),
        None if (32..=64).contains(&number) => write!(out, "SIGRT_{}", number - 32),
        None => write!(out, "{number}"),
    };
}

fn file_mode(mode: u64, out: &mut String) {
    let kind = match mode & 0o170000 {
        0o140000 => "S_IFSOCK|",
        0o120000 => "S_IFLNK|",
        0o100000 => "S_IFREG|",
        0o060000 => "S_IFBLK|",
        0o040000 => "S_IFDIR|",
        0o020000 => "S_IFCHR|",
        0o010000 => "S_IFIFO|",
        _ => "",
    };
    let _ = write!(
        out,
        "{kind}0{:o}",
        if kind.is_empty() { mode } else { mode & 0o7777 }
    );
}

impl Item {
    /// Bytes that it takes; `when` says which layout of structures is meant.
    pub(crate) fn size(&self, when: When) -> u32 {
        match self {
            Self::Number(width, _) => (*width).into(),
            Self::Word(_) => 4,
            Self::Text(length) | Self::Bytes(length) => (*length).into(),
            Self::Struct(structure) => {
                let fits = structure.layouts.iter().find(|layout| layout.when == when);
                let layout = fits.or(structure.layouts.first());
                layout.map_or(0, |layout| layout.size)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::constants as c;

    fn shown(value: u64, set: &Flags) -> String {
        let mut out = String::new();
        flags(value, set, &mut out);
        out
    }

    #[test]
    fn flags_are_named() {
        assert_eq!(shown(0, &c::OPEN), "O_RDONLY");
        assert_eq!(shown(0o101 | 0o1000, &c::OPEN), "O_WRONLY|O_CREAT|O_TRUNC");
        assert_eq!(shown(0o4010002, &c::OPEN), "O_RDWR|O_SYNC");
        assert_eq!(shown(0x8000_0000, &c::OPEN), "O_RDONLY|0x80000000");
        assert_eq!(shown(0, &c::MSG), "0");
        assert_eq!(shown(0x4040, &c::MSG), "MSG_DONTWAIT|MSG_NOSIGNAL");
        assert_eq!(shown(6, &c::ACCESS), "R_OK|W_OK");
        assert_eq!(shown(0, &c::ACCESS), "F_OK");
        assert_eq!(shown(3, &c::PROTECTION), "PROT_READ|PROT_WRITE");
        assert_eq!(
            shown(0o2000001, &c::SOCKET_TYPE),
            "SOCK_STREAM|SOCK_CLOEXEC"
        );
    }

    #[test]
    fn modes_and_signals() {
        let mut out = String::new();
        file_mode(0o100644, &mut out);
        assert_eq!(out, "S_IFREG|0644");
        out.clear();
        signal(15, &mut out);
        assert_eq!(out, "SIGTERM");
        assert_eq!(sign_extend(0xffff_ffff, 4), -1);
        assert_eq!(sign_extend(0xffff, 2), -1);
    }
}
