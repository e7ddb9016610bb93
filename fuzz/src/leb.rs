//! Numbers in LEB128, proper and improper ones.

/// Reads an unsigned number at the start of `bytes`: its value and length.
pub fn read(bytes: &[u8]) -> Option<(u64, usize)> {
    let mut value = 0u64;
    for (i, &byte) in bytes.iter().enumerate().take(10) {
        value |= u64::from(byte & 0x7f).checked_shl(7 * i as u32)?;
        if byte & 0x80 == 0 {
            return Some((value, i + 1));
        }
    }
    None
}

/// Appends `value` in at least `width` bytes: beyond what it needs, the form is
/// an overlong one.
pub fn write(bytes: &mut Vec<u8>, mut value: u64, width: usize) {
    let start = bytes.len();
    loop {
        let low = (value & 0x7f) as u8;
        value >>= 7;
        if value == 0 && bytes.len() - start + 1 >= width {
            bytes.push(low);
            return;
        }
        bytes.push(low | 0x80);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_read() {
        for (value, width, length) in [(0, 1, 1), (127, 1, 1), (128, 1, 2), (5, 5, 5)] {
            let mut bytes = Vec::new();
            write(&mut bytes, value, width);
            assert_eq!(read(&bytes), Some((value, length)));
        }
        let mut bytes = Vec::new();
        write(&mut bytes, u64::MAX, 1);
        assert_eq!(read(&bytes), Some((u64::MAX, 10)));
        assert_eq!(read(&[0x80]), None);
    }
}
