//! Telling where two outputs part.

/// Says where `found` first differs from `expected`; nothing if they are equal.
pub(crate) fn difference(expected: &[u8], found: &[u8]) -> Option<String> {
    if expected == found {
        return None;
    }
    let pairs = expected.iter().zip(found);
    let offset = pairs.take_while(|(a, b)| a == b).count();
    let is_text = |bytes: &[u8]| !bytes.contains(&0) && std::str::from_utf8(bytes).is_ok();
    if is_text(expected) && is_text(found) {
        let start = expected[..offset]
            .iter()
            .rposition(|byte| *byte == b'\n')
            .map_or(0, |newline| newline + 1);
        let number = expected[..start].iter().filter(|b| **b == b'\n').count() + 1;
        Some(format!(
            "at line {number}:\n  native: {}\n  module: {}",
            line_at(expected, start),
            line_at(found, start)
        ))
    } else {
        Some(format!(
            "at byte {offset} ({} bytes, not {})",
            found.len(),
            expected.len()
        ))
    }
}

/// The line that starts at an offset, shortened for reading.
fn line_at(bytes: &[u8], start: usize) -> String {
    const LONGEST: usize = 160;
    let rest = &bytes[start..];
    if rest.is_empty() {
        return "(the end)".to_owned();
    }
    let end = rest.iter().position(|byte| *byte == b'\n');
    let line = &rest[..end.unwrap_or(rest.len())];
    let text = String::from_utf8_lossy(&line[..line.len().min(LONGEST)]).into_owned();
    let more = if line.len() > LONGEST { "…" } else { "" };
    let unended = if end.is_none() {
        " (without newline)"
    } else {
        ""
    };
    format!("{text}{more}{unended}")
}

#[cfg(test)]
mod tests {
    use super::difference;

    #[test]
    fn equal_outputs_have_no_difference() {
        assert_eq!(difference(b"a\nb\n", b"a\nb\n"), None);
    }

    #[test]
    fn the_first_differing_line_is_shown() {
        let text = difference(b"a\nbc\nd\n", b"a\nbd\n").expect("they differ");
        assert_eq!(text, "at line 2:\n  native: bc\n  module: bd");
    }

    #[test]
    fn a_missing_end_is_shown() {
        let text = difference(b"a\nb\n", b"a\n").expect("they differ");
        assert_eq!(text, "at line 2:\n  native: b\n  module: (the end)");
    }

    #[test]
    fn bytes_are_told_by_offset() {
        let text = difference(b"a\0b", b"a\0cd").expect("they differ");
        assert_eq!(text, "at byte 2 (4 bytes, not 3)");
    }
}
