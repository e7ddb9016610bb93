//! Changes to bytes, from single bits to whole sections.

use crate::leb;
use crate::rng::Rng;
use std::ops::Range;

/// Inputs do not grow beyond this by mutation.
const MAX_SIZE: usize = 64 << 10;

/// Bytes that mean something in many places: small numbers, limits, types and
/// the prefixes of instructions.
const SPECIAL: &[u8] = &[
    0x00, 0x01, 0x02, 0x03, 0x0b, 0x10, 0x11, 0x12, 0x1f, 0x20, 0x28, 0x36, 0x3f, 0x40, 0x41, 0x60,
    0x63, 0x64, 0x68, 0x69, 0x6f, 0x70, 0x7b, 0x7c, 0x7d, 0x7e, 0x7f, 0x80, 0xd0, 0xd2, 0xfc, 0xfd,
    0xfe, 0xff,
];

/// Numbers at the edge of what some part of a decoder holds.
const EDGES: &[u64] = &[
    0,
    1,
    2,
    0x7f,
    0x80,
    0x3fff,
    0x4000,
    0xffff,
    0x1_0000,
    0x1_0001,
    50_000,
    50_001,
    100_000,
    1_000_000,
    10_000_000,
    0x7fff_fffe,
    0x7fff_ffff,
    0x8000_0000,
    0xffff_fffe,
    0xffff_ffff,
    0x1_0000_0000,
    1 << 48,
    (1 << 63) - 1,
    1 << 63,
    u64::MAX,
];

/// Changes `bytes` in one to several ways. Parts of `other` may be spliced in.
pub fn mutate(rng: &mut Rng, bytes: &mut Vec<u8>, other: &[u8]) {
    let rounds = 1 + rng.below(2) + rng.below(2) * rng.below(6);
    for _ in 0..rounds {
        change_once(rng, bytes, other);
    }
}

/// Changes `bytes` in one way.
pub fn change_once(rng: &mut Rng, bytes: &mut Vec<u8>, other: &[u8]) {
    let sections = sections(bytes);
    match (sections.is_empty(), rng.below(8)) {
        (false, 0..2) => change_section(rng, bytes, &sections, other),
        (false, 2..6) => change_contents(rng, bytes, &sections, other),
        _ => change_bytes(rng, bytes, other),
    }
    bytes.truncate(MAX_SIZE);
}

/// Changes `bytes` without regard to what they mean.
pub fn change_bytes(rng: &mut Rng, bytes: &mut Vec<u8>, other: &[u8]) {
    if bytes.is_empty() {
        let count = rng.below(40);
        bytes.extend(rng.bytes(count));
        return;
    }
    let at = rng.below(bytes.len());
    match rng.below(14) {
        0 | 1 => bytes[at] ^= 1 << rng.below(8),
        2 => bytes[at] = rng.byte(),
        3 | 4 => bytes[at] = *rng.pick(SPECIAL),
        5 => bytes[at] = bytes[at].wrapping_add(if rng.one_in(2) { 1 } else { 255 }),
        6 => {
            let range = some_range(rng, bytes.len());
            bytes.drain(range);
        }
        7 => {
            let copy = bytes[some_range(rng, bytes.len())].to_vec();
            bytes.splice(at..at, copy);
        }
        8 => {
            let count = rng.between(1, 8);
            let new = rng.bytes(count);
            bytes.splice(at..at, new);
        }
        9 if !other.is_empty() => {
            let part = other[some_range(rng, other.len())].to_vec();
            let target = some_range(rng, bytes.len());
            bytes.splice(target, part);
        }
        10 => {
            let range = some_range(rng, bytes.len());
            let byte = *rng.pick(SPECIAL);
            bytes[range].fill(byte);
        }
        11 => bytes.truncate(at),
        _ => change_number(rng, bytes, at),
    }
}

/// Replaces what would be a number at `at`.
fn change_number(rng: &mut Rng, bytes: &mut Vec<u8>, at: usize) {
    let Some((old, length)) = leb::read(&bytes[at..]) else {
        return;
    };
    let new = changed_number(rng, old);
    let mut number = Vec::new();
    // Overlong forms are legal up to five or ten bytes.
    let width = if rng.one_in(4) { rng.between(1, 11) } else { 1 };
    leb::write(&mut number, new, width);
    bytes.splice(at..at + length, number);
}

fn changed_number(rng: &mut Rng, old: u64) -> u64 {
    match rng.below(6) {
        0 => old,
        1 => old.wrapping_add(1),
        2 => old.wrapping_sub(1),
        3 => rng.skewed(),
        _ => *rng.pick(EDGES),
    }
}

/// A part of `length` bytes, usually a short one.
fn some_range(rng: &mut Rng, length: usize) -> Range<usize> {
    let start = rng.below(length);
    let most = length - start;
    let count = if rng.one_in(4) {
        rng.between(1, most)
    } else {
        rng.between(1, most.min(16))
    };
    start..start + count
}

/// A section: its number and where it and its contents are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// What kind of section it is.
    pub id: u8,
    /// All of it.
    pub whole: Range<usize>,
    /// Without number and size.
    pub contents: Range<usize>,
}

/// The sections of a module, up to the first that is broken.
pub fn sections(bytes: &[u8]) -> Vec<Section> {
    let mut sections = Vec::new();
    let mut at = 8;
    while let Some((&id, rest)) = bytes.get(at..).and_then(<[u8]>::split_first) {
        let Some((size, length)) = leb::read(rest) else {
            break;
        };
        let start = at + 1 + length;
        let Some(end) = start.checked_add(size as usize) else {
            break;
        };
        if end > bytes.len() {
            break;
        }
        sections.push(Section {
            id,
            whole: at..end,
            contents: start..end,
        });
        at = end;
    }
    sections
}

/// Puts new contents into a section and corrects its size.
pub fn replace_contents(bytes: &mut Vec<u8>, section: &Section, contents: &[u8]) {
    let mut new = vec![section.id];
    leb::write(&mut new, contents.len() as u64, 1);
    new.extend(contents);
    bytes.splice(section.whole.clone(), new);
}

/// Changes a section as a whole.
fn change_section(rng: &mut Rng, bytes: &mut Vec<u8>, sections: &[Section], other: &[u8]) {
    let section = rng.pick(sections);
    let copy = bytes[section.whole.clone()].to_vec();
    match rng.below(8) {
        0 => {
            let at = rng.pick(sections).whole.start;
            bytes.splice(at..at, copy);
        }
        1 => {
            bytes.drain(section.whole.clone());
        }
        2 => {
            let at = rng.pick(sections).whole.start;
            bytes.drain(section.whole.clone());
            let at = at.min(bytes.len());
            bytes.splice(at..at, copy);
        }
        3 => bytes[section.whole.start] = rng.below(16) as u8,
        4 => change_number(rng, bytes, section.whole.start + 1),
        // The number of items.
        5 => {
            let mut contents = bytes[section.contents.clone()].to_vec();
            if !contents.is_empty() {
                change_number(rng, &mut contents, 0);
            }
            replace_contents(bytes, section, &contents);
        }
        6 => {
            let contents = custom_section(rng, bytes);
            let at = section.whole.start;
            bytes.splice(at..at, contents);
        }
        _ => {
            let theirs = self::sections(other);
            if !theirs.is_empty() {
                let whole = rng.pick(&theirs).whole.clone();
                bytes.splice(section.whole.clone(), other[whole].to_vec());
            }
        }
    }
}

/// A custom section with a name that somebody looks for.
fn custom_section(rng: &mut Rng, bytes: &[u8]) -> Vec<u8> {
    const NAMES: &[&str] = &[
        "name",
        ".debug_line",
        ".debug_info",
        ".debug_abbrev",
        ".debug_str",
        "producers",
        "dylink.0",
        "",
    ];
    let name = rng.pick(NAMES);
    let mut contents = Vec::new();
    leb::write(&mut contents, name.len() as u64, 1);
    contents.extend(name.as_bytes());
    if rng.one_in(2) {
        let count = rng.below(64);
        contents.extend(rng.bytes(count));
    } else {
        contents.extend(&bytes[some_range(rng, bytes.len())]);
    }
    let mut section = vec![0];
    leb::write(&mut section, contents.len() as u64, 1);
    section.extend(contents);
    section
}

/// Changes the inside of a section so that its size, and that of a function's
/// body, stays right: what follows is then decoded as before.
fn change_contents(rng: &mut Rng, bytes: &mut Vec<u8>, sections: &[Section], other: &[u8]) {
    const CODE: u8 = 10;
    let code = sections.iter().find(|section| section.id == CODE);
    let section = match code {
        Some(code) if rng.one_in(2) => code,
        _ => rng.pick(sections),
    };
    let mut contents = bytes[section.contents.clone()].to_vec();
    let bodies = match section.id {
        CODE => bodies(&contents),
        _ => Vec::new(),
    };
    if bodies.is_empty() {
        change_bytes(rng, &mut contents, other);
    } else {
        let body = rng.pick(&bodies);
        let mut new = contents[body.contents.clone()].to_vec();
        for _ in 0..rng.between(1, 3) {
            change_bytes(rng, &mut new, other);
        }
        let mut sized = Vec::new();
        leb::write(&mut sized, new.len() as u64, 1);
        sized.extend(new);
        contents.splice(body.whole.clone(), sized);
    }
    replace_contents(bytes, section, &contents);
}

/// The bodies in a code section's contents.
fn bodies(contents: &[u8]) -> Vec<Section> {
    let Some((_, mut at)) = leb::read(contents) else {
        return Vec::new();
    };
    let mut bodies = Vec::new();
    while let Some((size, length)) = contents.get(at..).and_then(leb::read) {
        let start = at + length;
        let Some(end) = start.checked_add(size as usize) else {
            break;
        };
        if end > contents.len() {
            break;
        }
        bodies.push(Section {
            id: 0,
            whole: at..end,
            contents: start..end,
        });
        at = end;
    }
    bodies
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seeds::HELLO;

    #[test]
    fn sections_cover_a_module() {
        let sections = sections(HELLO);
        assert_eq!(sections.first().unwrap().whole.start, 8);
        assert_eq!(sections.last().unwrap().whole.end, HELLO.len());
        let adjacent = |pair: &[Section]| pair[0].whole.end == pair[1].whole.start;
        assert!(sections.windows(2).all(adjacent));
    }

    #[test]
    fn replacing_contents_by_themselves_keeps_the_module_valid() {
        for section in sections(HELLO) {
            let mut bytes = HELLO.to_vec();
            let contents = bytes[section.contents.clone()].to_vec();
            replace_contents(&mut bytes, &section, &contents);
            wasmjit_module::Module::new(bytes).unwrap();
        }
    }

    #[test]
    fn mutation_is_repeatable_and_bounded() {
        let mutated = |case| {
            let mut bytes = HELLO.to_vec();
            mutate(&mut Rng::of_case(1, case), &mut bytes, HELLO);
            bytes
        };
        for case in 0..2000 {
            let bytes = mutated(case);
            assert!(bytes.len() <= MAX_SIZE);
            assert_eq!(bytes, mutated(case));
        }
    }
}
