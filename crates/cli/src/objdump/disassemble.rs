//! Machine code as text.

use std::io;

/// One instruction.
pub(super) struct Instruction<'a> {
    /// Where it stands in the function.
    pub(super) offset: u32,
    /// Bytes that it occupies.
    pub(super) length: u32,
    /// Its text.
    pub(super) text: &'a str,
}

/// Calls `each` for every instruction of a function. Constants at its end are
/// shown as if they were instructions.
#[cfg(target_arch = "x86_64")]
pub(super) fn disassemble(
    code: &[u8],
    each: &mut dyn FnMut(&Instruction<'_>) -> io::Result<()>,
) -> io::Result<()> {
    use iced_x86::{Decoder, DecoderOptions, Formatter, IntelFormatter};
    let mut formatter = IntelFormatter::new();
    let options = formatter.options_mut();
    options.set_rip_relative_addresses(true);
    options.set_space_after_operand_separator(true);
    options.set_hex_prefix("0x");
    options.set_hex_suffix("");
    options.set_branch_leading_zeros(false);
    options.set_uppercase_hex(false);
    let mut text = String::new();
    for instruction in Decoder::new(64, code, DecoderOptions::NONE) {
        text.clear();
        formatter.format(&instruction, &mut text);
        each(&Instruction {
            offset: instruction.ip() as u32,
            length: instruction.len() as u32,
            text: &text,
        })?;
    }
    Ok(())
}

/// Calls `each` for every instruction of a function. Constants at its end are
/// shown as words.
#[cfg(target_arch = "aarch64")]
pub(super) fn disassemble(
    code: &[u8],
    each: &mut dyn FnMut(&Instruction<'_>) -> io::Result<()>,
) -> io::Result<()> {
    use yaxpeax_arch::{Decoder, U8Reader};
    use yaxpeax_arm::armv8::a64::InstDecoder;
    let decoder = InstDecoder::default();
    for (i, word) in code.chunks(4).enumerate() {
        let text = match decoder.decode(&mut U8Reader::new(word)) {
            Ok(instruction) => instruction.to_string(),
            Err(_) => format!(".word {word:02x?}"),
        };
        each(&Instruction {
            offset: 4 * i as u32,
            length: 4,
            text: &text,
        })?;
    }
    Ok(())
}

#[cfg(all(test, target_arch = "x86_64"))]
mod tests {
    use super::*;

    #[test]
    fn instructions_follow_each_other() {
        let mut lines = Vec::new();
        disassemble(
            &[0x55, 0x48, 0x89, 0xe5, 0xe8, 1, 0, 0, 0, 0xc3],
            &mut |i| {
                lines.push((i.offset, i.length, i.text.to_string()));
                Ok(())
            },
        )
        .unwrap();
        let text: Vec<_> = lines.iter().map(|(.., text)| text.as_str()).collect();
        assert_eq!(text, ["push rbp", "mov rbp, rsp", "call 0xa", "ret"]);
        assert_eq!(lines[3].0, 9);
    }
}
