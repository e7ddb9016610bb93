//! Functions in the interpreter's form: encoding and decoding.

use crate::instructions::{Op, Operand};
use alloc::boxed::Box;
use alloc::string::String;
use core::fmt::Write;
use core::sync::atomic::{AtomicU32, AtomicUsize};

/// The first unit of an instruction.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Unit(pub(crate) u64);

impl Unit {
    /// An instruction with three operands.
    pub(crate) fn new(op: Op, a: u16, b: u16, c: u16) -> Self {
        Self(op as u64 | u64::from(a) << 16 | u64::from(b) << 32 | u64::from(c) << 48)
    }

    /// An instruction whose second operand has 32 bits.
    pub(crate) fn wide(op: Op, a: u16, bc: u32) -> Self {
        Self(op as u64 | u64::from(a) << 16 | u64::from(bc) << 32)
    }

    /// Number of the opcode.
    #[inline(always)]
    pub(crate) fn number(self) -> u16 {
        self.0 as u16
    }

    /// The first operand.
    #[inline(always)]
    pub(crate) fn a(self) -> u16 {
        (self.0 >> 16) as u16
    }

    /// The second operand.
    #[inline(always)]
    pub(crate) fn b(self) -> u16 {
        (self.0 >> 32) as u16
    }

    /// The third operand.
    #[inline(always)]
    pub(crate) fn c(self) -> u16 {
        (self.0 >> 48) as u16
    }

    /// Second and third operand as one.
    #[inline(always)]
    pub(crate) fn bc(self) -> u32 {
        (self.0 >> 32) as u32
    }

    /// The third operand as an immediate value.
    #[inline(always)]
    pub(crate) fn immediate(value: u16) -> u64 {
        i64::from(value.cast_signed()).cast_unsigned()
    }
}

/// A loop at which a function can be left for machine code.
pub(crate) struct LoopSite {
    /// Where it stands in the module's binary.
    pub(crate) offset: u32,
    /// Machine code that begins there; 0 when there is none, or
    /// [`LoopSite::REFUSED`].
    pub(crate) entry: AtomicUsize,
}

impl LoopSite {
    /// There will be no machine code for this loop.
    pub(crate) const REFUSED: usize = 1;
}

/// A function in the interpreter's form.
pub(crate) struct Code {
    pub(crate) units: Box<[u64]>,
    /// Number of values: locals, then operands.
    pub(crate) frame_size: u32,
    pub(crate) params: u32,
    pub(crate) locals: u32,
    pub(crate) results: u32,
    /// Index among the defined functions.
    pub(crate) function: u32,
    pub(crate) loops: Box<[LoopSite]>,
    /// How much it was used.
    pub(crate) heat: AtomicU32,
    /// With so much heat it is compiled.
    pub(crate) hot_at: AtomicU32,
}

/// The code as text, one instruction a line.
pub(crate) fn disassemble(units: &[u64]) -> String {
    let mut text = String::new();
    let mut at = 0;
    while let Some(&unit) = units.get(at) {
        let unit = Unit(unit);
        let Some(op) = Op::from_u16(unit.number()) else {
            let _ = writeln!(text, "{at:4} ?");
            return text;
        };
        let _ = write!(text, "{at:4} {op:?}");
        at += 1;
        for operand in op.operands() {
            let value = match operand {
                Operand::A => i64::from(unit.a()),
                Operand::B => i64::from(unit.b()),
                Operand::C => i64::from(unit.c()),
                Operand::Wide => i64::from(unit.bc().cast_signed()),
                Operand::Second => {
                    at += 1;
                    units.get(at - 1).map_or(0, |unit| unit.cast_signed())
                }
            };
            let _ = write!(text, " {value}");
        }
        if op == Op::BrTable {
            for _ in 0..=unit.bc() {
                let _ = write!(text, " {}", units.get(at).copied().unwrap_or(0) as i32);
                at += 1;
            }
        }
        text.push('\n');
    }
    text
}
