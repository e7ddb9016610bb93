//! Arithmetic where WebAssembly's rules are not those of Rust's operators.

use wasmjit_runtime::TrapCode;

/// A value as it lies in a slot: narrow ones are extended with zeros.
pub(crate) trait SlotValue: Copy {
    /// Reads it.
    fn get(slot: u64) -> Self;
    /// Writes it.
    fn put(self) -> u64;
}

macro_rules! slot_values {
    ($( $ty:ty: |$slot:ident| $get:expr, |$value:ident| $put:expr; )*) => { $(
        impl SlotValue for $ty {
            #[inline(always)]
            fn get($slot: u64) -> Self {
                $get
            }
            #[inline(always)]
            fn put(self) -> u64 {
                let $value = self;
                $put
            }
        }
    )* };
}

slot_values! {
    u32: |slot| slot as u32, |value| u64::from(value);
    i32: |slot| slot as i32, |value| u64::from(value.cast_unsigned());
    u64: |slot| slot, |value| value;
    i64: |slot| slot.cast_signed(), |value| value.cast_unsigned();
    f32: |slot| f32::from_bits(slot as u32), |value| u64::from(value.to_bits());
    f64: |slot| f64::from_bits(slot), |value| value.to_bits();
    bool: |slot| slot as u32 != 0, |value| u64::from(value);
}

/// A quotient or remainder.
pub(crate) type Quotient<T> = Result<T, TrapCode>;

macro_rules! division {
    ($( $div:ident $rem:ident $divu:ident $remu:ident: $signed:ty, $unsigned:ty; )*) => { $(
        #[inline(always)]
        pub(crate) fn $div(a: $signed, b: $signed) -> Quotient<$signed> {
            if b == 0 {
                return Err(TrapCode::IntegerDivideByZero);
            }
            a.checked_div(b).ok_or(TrapCode::IntegerOverflow)
        }

        #[inline(always)]
        pub(crate) fn $rem(a: $signed, b: $signed) -> Quotient<$signed> {
            if b == 0 {
                return Err(TrapCode::IntegerDivideByZero);
            }
            Ok(a.wrapping_rem(b))
        }

        #[inline(always)]
        pub(crate) fn $divu(a: $unsigned, b: $unsigned) -> Quotient<$unsigned> {
            a.checked_div(b).ok_or(TrapCode::IntegerDivideByZero)
        }

        #[inline(always)]
        pub(crate) fn $remu(a: $unsigned, b: $unsigned) -> Quotient<$unsigned> {
            a.checked_rem(b).ok_or(TrapCode::IntegerDivideByZero)
        }
    )* };
}

division! {
    i32_div_s i32_rem_s i32_div_u i32_rem_u: i32, u32;
    i64_div_s i64_rem_s i64_div_u i64_rem_u: i64, u64;
}

macro_rules! truncation {
    ($( $name:ident: $from:ty => $to:ty, $above:literal, $below:literal; )*) => { $(
        /// Truncation towards zero of a number between the two limits, which
        /// are the nearest ones outside.
        #[inline(always)]
        pub(crate) fn $name(a: $from) -> Result<$to, TrapCode> {
            if a.is_nan() {
                return Err(TrapCode::InvalidConversion);
            }
            if a > $above && a < $below {
                Ok(a as $to)
            } else {
                Err(TrapCode::IntegerOverflow)
            }
        }
    )* };
}

truncation! {
    i32_trunc_f32_s: f32 => i32, -2147483904.0, 2147483648.0;
    i32_trunc_f32_u: f32 => u32, -1.0, 4294967296.0;
    i32_trunc_f64_s: f64 => i32, -2147483649.0, 2147483648.0;
    i32_trunc_f64_u: f64 => u32, -1.0, 4294967296.0;
    i64_trunc_f32_s: f32 => i64, -9223373136366403584.0, 9223372036854775808.0;
    i64_trunc_f32_u: f32 => u64, -1.0, 18446744073709551616.0;
    i64_trunc_f64_s: f64 => i64, -9223372036854777856.0, 9223372036854775808.0;
    i64_trunc_f64_u: f64 => u64, -1.0, 18446744073709551616.0;
}

macro_rules! floats {
    ($( $ty:ident, $bits:ty, $quiet:literal, $sign:literal: $min:ident $max:ident $copysign:ident
        $ceil:ident $floor:ident $trunc:ident $nearest:ident $sqrt:ident
        = $libm_ceil:ident $libm_floor:ident $libm_trunc:ident $libm_rint:ident $libm_sqrt:ident; )*) => { $(
        #[inline]
        pub(crate) fn $min(a: $ty, b: $ty) -> $ty {
            if a < b {
                a
            } else if b < a {
                b
            } else if a == b {
                // The signs of zeros count.
                <$ty>::from_bits(a.to_bits() | b.to_bits())
            } else {
                a + b
            }
        }

        #[inline]
        pub(crate) fn $max(a: $ty, b: $ty) -> $ty {
            if a > b {
                a
            } else if b > a {
                b
            } else if a == b {
                <$ty>::from_bits(a.to_bits() & b.to_bits())
            } else {
                a + b
            }
        }

        #[inline(always)]
        pub(crate) fn $copysign(a: $bits, b: $bits) -> $bits {
            a & !$sign | b & $sign
        }

        floats!(@round $ty, $quiet, $ceil = $libm_ceil);
        floats!(@round $ty, $quiet, $floor = $libm_floor);
        floats!(@round $ty, $quiet, $trunc = $libm_trunc);
        floats!(@round $ty, $quiet, $nearest = $libm_rint);
        floats!(@round $ty, $quiet, $sqrt = $libm_sqrt);
    )* };
    (@round $ty:ident, $quiet:literal, $name:ident = $libm:ident) => {
        #[inline]
        pub(crate) fn $name(a: $ty) -> $ty {
            if a.is_nan() {
                return <$ty>::from_bits(a.to_bits() | $quiet);
            }
            libm::$libm(a)
        }
    };
}

floats! {
    f32, u32, 0x0040_0000, 0x8000_0000: f32_min f32_max f32_copysign
        f32_ceil f32_floor f32_trunc f32_nearest f32_sqrt
        = ceilf floorf truncf rintf sqrtf;
    f64, u64, 0x0008_0000_0000_0000, 0x8000_0000_0000_0000: f64_min f64_max f64_copysign
        f64_ceil f64_floor f64_trunc f64_nearest f64_sqrt
        = ceil floor trunc rint sqrt;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zeros_are_ordered() {
        assert!(f32_min(0.0, -0.0).is_sign_negative());
        assert!(f64_max(-0.0, 0.0).is_sign_positive());
        assert!(f64_min(f64::NAN, 1.0).is_nan());
    }

    #[test]
    fn a_signalling_nan_becomes_quiet() {
        let signalling = f32::from_bits(0x7fa0_0000);
        assert_eq!(f32_ceil(signalling).to_bits(), 0x7fe0_0000);
    }

    #[test]
    fn truncation_knows_its_limits() {
        assert_eq!(i32_trunc_f64_s(-2147483648.9), Ok(i32::MIN));
        assert_eq!(
            i32_trunc_f64_s(-2147483649.0),
            Err(TrapCode::IntegerOverflow)
        );
        assert_eq!(i32_trunc_f32_s(-2147483648.0), Ok(i32::MIN));
        assert_eq!(i64_trunc_f32_s(-9223372036854775808.0), Ok(i64::MIN));
        assert_eq!(i64_trunc_f64_s(-9223372036854775808.0), Ok(i64::MIN));
        assert_eq!(i32_trunc_f32_u(-0.9), Ok(0));
        assert_eq!(i64_trunc_f64_u(f64::NAN), Err(TrapCode::InvalidConversion));
    }

    #[test]
    fn division_traps() {
        assert_eq!(i32_div_s(i32::MIN, -1), Err(TrapCode::IntegerOverflow));
        assert_eq!(i32_rem_s(i32::MIN, -1), Ok(0));
        assert_eq!(i64_rem_u(1, 0), Err(TrapCode::IntegerDivideByZero));
    }
}
