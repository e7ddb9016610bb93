//! Text as C has it in its sources.

use alloc::string::String;
use core::fmt::Write;

/// Appends bytes in quotation marks, with dots behind where more would follow.
pub(crate) fn quote(bytes: &[u8], cut: bool, out: &mut String) {
    out.push('"');
    for (i, &byte) in bytes.iter().enumerate() {
        match byte {
            b'"' => out.push_str("\\\""),
            b'\\' => out.push_str("\\\\"),
            b'\n' => out.push_str("\\n"),
            b'\r' => out.push_str("\\r"),
            b'\t' => out.push_str("\\t"),
            b' '..=b'~' => out.push(byte.into()),
            _ => {
                // The shortest form, unless a digit follows.
                let digit = bytes.get(i + 1).is_some_and(u8::is_ascii_digit);
                // Writing to a string does not fail.
                let _ = match digit {
                    true => write!(out, "\\{byte:03o}"),
                    false => write!(out, "\\{byte:o}"),
                };
            }
        }
    }
    out.push('"');
    if cut {
        out.push_str("...");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_as_c_does() {
        let mut out = String::new();
        quote(b"a\"b\\\n\0x\x011\xff", false, &mut out);
        assert_eq!(out, r#""a\"b\\\n\0x\0011\377""#);
        out.clear();
        quote(b"ab", true, &mut out);
        assert_eq!(out, "\"ab\"...");
    }
}
