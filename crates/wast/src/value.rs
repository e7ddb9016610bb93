//! Values of scripts: arguments, and patterns that results must match.

use std::fmt;
use wast::core::{AbstractHeapType, HeapType, NanPattern, V128Pattern, WastArgCore, WastRetCore};
use wast::{WastArg, WastRet};

/// A value, as scripts can tell it from others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Value {
    I32(i32),
    I64(i64),
    /// Bits of a float.
    F32(u32),
    F64(u64),
    V128(u128),
    NullFunc,
    Func,
    Extern(Option<u64>),
    NullExn,
    Exn,
}

/// The value that a script passes.
pub(crate) fn argument(argument: &WastArg<'_>) -> Result<Value, String> {
    let WastArg::Core(core) = argument else {
        return Err(format!("unsupported argument {argument:?}"));
    };
    Ok(match core {
        WastArgCore::I32(value) => Value::I32(*value),
        WastArgCore::I64(value) => Value::I64(*value),
        WastArgCore::F32(value) => Value::F32(value.bits),
        WastArgCore::F64(value) => Value::F64(value.bits),
        WastArgCore::V128(value) => Value::V128(u128::from_le_bytes(value.to_le_bytes())),
        WastArgCore::RefNull(ty) => null(ty).ok_or_else(|| format!("unsupported type {ty:?}"))?,
        WastArgCore::RefExtern(value) => Value::Extern(Some(u64::from(*value))),
        WastArgCore::RefHost(_) => return Err("host references are not supported".into()),
    })
}

/// The null reference of a type.
fn null(ty: &HeapType<'_>) -> Option<Value> {
    use AbstractHeapType::{Exn, Extern, Func, NoExn, NoExtern, NoFunc};
    match ty {
        HeapType::Concrete(_) | HeapType::Exact(_) => Some(Value::NullFunc),
        HeapType::Abstract { ty, .. } => match ty {
            Func | NoFunc => Some(Value::NullFunc),
            Extern | NoExtern => Some(Value::Extern(None)),
            Exn | NoExn => Some(Value::NullExn),
            _ => None,
        },
    }
}

/// Whether a result is one that the script expects.
pub(crate) fn matches(value: &Value, expected: &WastRet<'_>) -> bool {
    match expected {
        WastRet::Core(core) => matches_core(value, core),
        _ => false,
    }
}

fn matches_core(value: &Value, expected: &WastRetCore<'_>) -> bool {
    match (expected, value) {
        (WastRetCore::I32(expected), Value::I32(value)) => value == expected,
        (WastRetCore::I64(expected), Value::I64(value)) => value == expected,
        (WastRetCore::F32(expected), Value::F32(value)) => matches_f32(*value, expected),
        (WastRetCore::F64(expected), Value::F64(value)) => matches_f64(*value, expected),
        (WastRetCore::V128(expected), Value::V128(value)) => matches_v128(*value, expected),
        (WastRetCore::RefNull(None), _) => is_null(value),
        (WastRetCore::RefNull(Some(ty)), _) => null(ty).as_ref() == Some(value),
        (WastRetCore::RefExtern(None), Value::Extern(value)) => value.is_some(),
        (WastRetCore::RefExtern(Some(expected)), Value::Extern(Some(value))) => {
            *value == u64::from(*expected)
        }
        (WastRetCore::RefFunc(_), Value::Func) => true,
        (WastRetCore::Either(choices), _) => {
            choices.iter().any(|choice| matches_core(value, choice))
        }
        _ => false,
    }
}

fn is_null(value: &Value) -> bool {
    matches!(
        value,
        Value::NullFunc | Value::Extern(None) | Value::NullExn
    )
}

fn matches_f32(bits: u32, expected: &NanPattern<wast::token::F32>) -> bool {
    /// The highest bit of the fraction, by which a quiet NaN is known.
    const QUIET: u32 = 0x7fc0_0000;
    match expected {
        NanPattern::CanonicalNan => bits & 0x7fff_ffff == QUIET,
        NanPattern::ArithmeticNan => bits & QUIET == QUIET,
        NanPattern::Value(value) => bits == value.bits,
    }
}

fn matches_f64(bits: u64, expected: &NanPattern<wast::token::F64>) -> bool {
    const QUIET: u64 = 0x7ff8_0000_0000_0000;
    match expected {
        NanPattern::CanonicalNan => bits & 0x7fff_ffff_ffff_ffff == QUIET,
        NanPattern::ArithmeticNan => bits & QUIET == QUIET,
        NanPattern::Value(value) => bits == value.bits,
    }
}

fn matches_v128(value: u128, expected: &V128Pattern) -> bool {
    match expected {
        V128Pattern::I8x16(lanes) => lanes
            .iter()
            .enumerate()
            .all(|(i, lane)| (value >> (8 * i)) as u8 == *lane as u8),
        V128Pattern::I16x8(lanes) => lanes
            .iter()
            .enumerate()
            .all(|(i, lane)| (value >> (16 * i)) as u16 == *lane as u16),
        V128Pattern::I32x4(lanes) => lanes
            .iter()
            .enumerate()
            .all(|(i, lane)| (value >> (32 * i)) as u32 == *lane as u32),
        V128Pattern::I64x2(lanes) => lanes
            .iter()
            .enumerate()
            .all(|(i, lane)| (value >> (64 * i)) as u64 == *lane as u64),
        V128Pattern::F32x4(lanes) => lanes
            .iter()
            .enumerate()
            .all(|(i, lane)| matches_f32((value >> (32 * i)) as u32, lane)),
        V128Pattern::F64x2(lanes) => lanes
            .iter()
            .enumerate()
            .all(|(i, lane)| matches_f64((value >> (64 * i)) as u64, lane)),
    }
}

/// Prints values as in the text format, with the bits of floats.
pub(crate) struct Values<'a>(pub(crate) &'a [Value]);

impl fmt::Display for Values<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("nothing");
        }
        for (i, value) in self.0.iter().enumerate() {
            if i > 0 {
                f.write_str(" ")?;
            }
            match value {
                Value::I32(value) => write!(f, "(i32.const {value})")?,
                Value::I64(value) => write!(f, "(i64.const {value})")?,
                Value::F32(bits) => {
                    write!(f, "(f32.const {:?} {bits:#010x})", f32::from_bits(*bits))?
                }
                Value::F64(bits) => {
                    write!(f, "(f64.const {:?} {bits:#018x})", f64::from_bits(*bits))?
                }
                Value::V128(value) => {
                    let lane = |i: u32| (value >> (32 * i)) as u32;
                    write!(
                        f,
                        "(v128.const i32x4 {:#010x} {:#010x} {:#010x} {:#010x})",
                        lane(0),
                        lane(1),
                        lane(2),
                        lane(3)
                    )?;
                }
                Value::NullFunc => f.write_str("(ref.null func)")?,
                Value::Func => f.write_str("(ref.func)")?,
                Value::Extern(None) => f.write_str("(ref.null extern)")?,
                Value::Extern(Some(value)) => write!(f, "(ref.extern {value})")?,
                Value::NullExn => f.write_str("(ref.null exn)")?,
                Value::Exn => f.write_str("(ref.exn)")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wast::token::{F32, F64};

    #[test]
    fn nan_patterns() {
        let canonical = NanPattern::CanonicalNan;
        assert!(matches_f32(0x7fc0_0000, &canonical));
        assert!(matches_f32(0xffc0_0000, &canonical));
        assert!(!matches_f32(0x7fc0_0001, &canonical));
        assert!(!matches_f32(0x7f80_0000, &canonical), "infinity");
        let arithmetic = NanPattern::ArithmeticNan;
        assert!(matches_f32(0xffc0_0001, &arithmetic));
        assert!(!matches_f32(0x7fa0_0000, &arithmetic), "signalling");
        let value = NanPattern::Value(F32 { bits: 0x7fa0_0000 });
        assert!(matches_f32(0x7fa0_0000, &value));

        let canonical = NanPattern::CanonicalNan;
        assert!(matches_f64(0xfff8_0000_0000_0000, &canonical));
        assert!(!matches_f64(0x7ff8_0000_0000_0001, &canonical));
        let arithmetic = NanPattern::ArithmeticNan;
        assert!(matches_f64(0x7ff8_0000_0000_0001, &arithmetic));
        assert!(!matches_f64(0x7ff4_0000_0000_0000, &arithmetic));
        let zero = NanPattern::Value(F64 { bits: 0 });
        assert!(!matches_f64(1 << 63, &zero), "negative zero");
    }

    #[test]
    fn lanes_are_counted_from_the_low_end() {
        let value = 0x0f0e_0d0c_0b0a_0908_0706_0504_0302_0100;
        let bytes = std::array::from_fn(|i| i as i8);
        assert!(matches_v128(value, &V128Pattern::I8x16(bytes)));
        let words = std::array::from_fn(|i| i16::from_le_bytes([2 * i as u8, 2 * i as u8 + 1]));
        assert!(matches_v128(value, &V128Pattern::I16x8(words)));
        let doubles = [0x0706_0504_0302_0100, 0x0f0e_0d0c_0b0a_0908];
        assert!(matches_v128(value, &V128Pattern::I64x2(doubles)));
        assert!(!matches_v128(value + 1, &V128Pattern::I64x2(doubles)));
    }

    #[test]
    fn references() {
        let five = Value::Extern(Some(5));
        let expect = |core| WastRet::Core(core);
        assert!(matches(&five, &expect(WastRetCore::RefExtern(Some(5)))));
        assert!(matches(&five, &expect(WastRetCore::RefExtern(None))));
        assert!(!matches(&five, &expect(WastRetCore::RefExtern(Some(4)))));
        assert!(!matches(&five, &expect(WastRetCore::RefNull(None))));
        assert!(!matches(&five, &expect(WastRetCore::RefFunc(None))));
        let null = Value::NullFunc;
        assert!(matches(&null, &expect(WastRetCore::RefNull(None))));
        let extern_type = HeapType::Abstract {
            shared: false,
            ty: AbstractHeapType::Extern,
        };
        assert!(!matches(
            &null,
            &expect(WastRetCore::RefNull(Some(extern_type)))
        ));
    }
}
