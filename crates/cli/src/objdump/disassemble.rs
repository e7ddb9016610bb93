//! Machine code as text.

use std::io;

/// One instruction.
pub(super) struct Instruction<'a> {
    /// Where it stands in memory.
    pub(super) address: usize,
    /// Its text.
    pub(super) text: &'a str,
}

/// Calls `each` for every instruction of the function at `start`.
#[cfg(target_arch = "x86_64")]
pub(super) fn disassemble(
    start: usize,
    bytes: &[u8],
    each: &mut dyn FnMut(&Instruction<'_>) -> io::Result<()>,
) -> io::Result<()> {
    use iced_x86::{Decoder, DecoderOptions, Formatter, IntelFormatter};
    let mut formatter = IntelFormatter::new();
    formatter.options_mut().set_rip_relative_addresses(true);
    formatter
        .options_mut()
        .set_space_after_operand_separator(true);
    let decoder = Decoder::with_ip(64, bytes, start as u64, DecoderOptions::NONE);
    let mut text = String::new();
    for instruction in decoder {
        text.clear();
        formatter.format(&instruction, &mut text);
        each(&Instruction {
            address: instruction.ip() as usize,
            text: &text,
        })?;
    }
    Ok(())
}

/// Calls `each` for every instruction of the function at `start`.
#[cfg(target_arch = "aarch64")]
pub(super) fn disassemble(
    start: usize,
    bytes: &[u8],
    each: &mut dyn FnMut(&Instruction<'_>) -> io::Result<()>,
) -> io::Result<()> {
    use yaxpeax_arch::{Decoder, U8Reader};
    use yaxpeax_arm::armv8::a64::InstDecoder;
    let decoder = InstDecoder::default();
    for (i, word) in bytes.chunks(4).enumerate() {
        // Constants stand between the instructions, and need not decode.
        let text = match decoder.decode(&mut U8Reader::new(word)) {
            Ok(instruction) => instruction.to_string(),
            Err(_) => format!(".word {word:02x?}"),
        };
        each(&Instruction {
            address: start + 4 * i,
            text: &text,
        })?;
    }
    Ok(())
}
