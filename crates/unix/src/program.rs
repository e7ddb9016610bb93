//! How the files of programs begin.

/// Bytes of a file's first line that Linux looks at.
const LINE_MAX: usize = 256;

/// How modules begin.
const MODULE: &[u8] = b"\0asm";

/// So many bytes of a file tell where a module begins in it.
pub const START: usize = 2 + LINE_MAX + MODULE.len();

/// Where a module begins in a file that begins so ([`START`] bytes, or all): behind
/// a first line that names what runs it, if there is one. `None` when it is no
/// module.
pub fn module_start(start: &[u8]) -> Option<usize> {
    let begin = match start.strip_prefix(b"#!") {
        Some(line) => 2 + end_of_line(line)? + 1,
        None => 0,
    };
    start[begin..].starts_with(MODULE).then_some(begin)
}

/// Where the first line ends, if Linux looks that far.
pub(crate) fn end_of_line(line: &[u8]) -> Option<usize> {
    line.iter().take(LINE_MAX).position(|&byte| byte == b'\n')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modules_begin_behind_a_first_line() {
        assert_eq!(module_start(b"\0asm\x01\0\0\0"), Some(0));
        assert_eq!(module_start(b"#!/usr/bin/wasmjit\n\0asm\x01"), Some(19));
        let longest = [&b"#!"[..], &[b'x'; LINE_MAX - 1], b"\n\0asm"].concat();
        assert_eq!(longest.len(), START);
        assert_eq!(module_start(&longest), Some(START - MODULE.len()));
        for other in [&b"#!/bin/sh\necho"[..], b"#!", b"", b"\x7fELF"] {
            assert_eq!(module_start(other), None);
        }
    }
}
