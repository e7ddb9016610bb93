//! Relaxed vector operators.
//!
//! Each has a few allowed results for some operands; one is chosen by the
//! target and its features, never by context, so that equal operands give equal
//! results wherever a machine meets them. The choice is what the target does in
//! one instruction, or else the result of the strict operator.

use super::FunctionTranslator;
use cranelift_codegen::ir::types::{F32X4, F64X2, I8X16, I16X8, I32X4, I64X2};
use cranelift_codegen::ir::{InstBuilder, Opcode, Type, Value};
use target_lexicon::Architecture;
use wasmparser::Operator;

impl FunctionTranslator<'_> {
    pub(super) fn translate_relaxed_simd(&mut self, op: &Operator<'_>) -> bool {
        let value = match op {
            // An index past the end reads zero, or its lane modulo 16 when its
            // high bit is clear.
            Operator::I8x16RelaxedSwizzle => {
                let (a, b) = self.pop2_vector(I8X16);
                if self.env.isa.has_x86_pshufb_lowering() {
                    self.builder.ins().x86_pshufb(a, b)
                } else {
                    self.builder.ins().swizzle(a, b)
                }
            }
            Operator::I8x16RelaxedLaneselect => self.lane_select(I8X16),
            Operator::I16x8RelaxedLaneselect => self.lane_select(I16X8),
            Operator::I32x4RelaxedLaneselect => self.lane_select(I32X4),
            Operator::I64x2RelaxedLaneselect => self.lane_select(I64X2),

            // What does not fit gives the smallest integer on x86. Unsigned
            // there is no single instruction.
            Operator::I32x4RelaxedTruncF32x4S => {
                let a = self.pop_vector(F32X4);
                let convert = self.relaxed_truncation();
                self.convert(convert, I32X4, a)
            }
            Operator::I32x4RelaxedTruncF32x4U => {
                let a = self.pop_vector(F32X4);
                self.convert(Opcode::FcvtToUintSat, I32X4, a)
            }
            Operator::I32x4RelaxedTruncF64x2SZero => {
                let a = self.pop_vector(F64X2);
                let convert = self.relaxed_truncation();
                self.truncate_to_low(convert, Opcode::Snarrow, a)
            }
            Operator::I32x4RelaxedTruncF64x2UZero => {
                let a = self.pop_vector(F64X2);
                self.truncate_to_low(Opcode::FcvtToUintSat, Opcode::Uunarrow, a)
            }

            Operator::F32x4RelaxedMadd => self.multiply_add(F32X4),
            Operator::F64x2RelaxedMadd => self.multiply_add(F64X2),
            Operator::F32x4RelaxedNmadd => self.negated_multiply_add(F32X4),
            Operator::F64x2RelaxedNmadd => self.negated_multiply_add(F64X2),
            Operator::F32x4RelaxedMin => self.relaxed_min(F32X4),
            Operator::F64x2RelaxedMin => self.relaxed_min(F64X2),
            Operator::F32x4RelaxedMax => self.relaxed_max(F32X4),
            Operator::F64x2RelaxedMax => self.relaxed_max(F64X2),

            // The product of two times the smallest integer may wrap.
            Operator::I16x8RelaxedQ15mulrS => {
                let (a, b) = self.pop2_vector(I16X8);
                if self.env.isa.has_x86_pmulhrsw_lowering() {
                    self.builder.ins().x86_pmulhrsw(a, b)
                } else {
                    self.builder.ins().sqmul_round_sat(a, b)
                }
            }
            Operator::I16x8RelaxedDotI8x16I7x16S => {
                let (a, b) = self.pop2_vector(I8X16);
                self.relaxed_dot_product(a, b)
            }
            Operator::I32x4RelaxedDotI8x16I7x16AddS => {
                let c = self.pop_vector(I32X4);
                let (a, b) = self.pop2_vector(I8X16);
                self.relaxed_dot_product_add(a, b, c)
            }
            _ => return false,
        };
        self.push(value);
        true
    }

    fn is_x86(&self) -> bool {
        matches!(self.env.isa.triple().architecture, Architecture::X86_64)
    }

    fn relaxed_truncation(&self) -> Opcode {
        if self.is_x86() {
            Opcode::X86Cvtt2dq
        } else {
            Opcode::FcvtToSintSat
        }
    }

    /// A lane of the mask that is neither all ones nor zeros may act by its
    /// highest bit or bit by bit.
    fn lane_select(&mut self, ty: Type) -> Value {
        let mask = self.pop_vector(ty);
        let (a, b) = self.pop2_vector(ty);
        if self.env.isa.has_blendv_lowering(ty) {
            self.builder.ins().blendv(mask, a, b)
        } else {
            self.builder.ins().bitselect(mask, a, b)
        }
    }

    /// `a * b + c`, rounded once if the target can, otherwise twice.
    fn multiply_add(&mut self, ty: Type) -> Value {
        let c = self.pop_vector(ty);
        let (a, b) = self.pop2_vector(ty);
        if self.has_fma() {
            self.builder.ins().fma(a, b, c)
        } else {
            let product = self.builder.ins().fmul(a, b);
            self.builder.ins().fadd(product, c)
        }
    }

    /// `-(a * b) + c`, likewise.
    fn negated_multiply_add(&mut self, ty: Type) -> Value {
        let c = self.pop_vector(ty);
        let (a, b) = self.pop2_vector(ty);
        if self.has_fma() {
            let a = self.builder.ins().fneg(a);
            self.builder.ins().fma(a, b, c)
        } else {
            let product = self.builder.ins().fmul(a, b);
            self.builder.ins().fsub(c, product)
        }
    }

    /// For a NaN or two zeros either operand may be the result.
    fn relaxed_min(&mut self, ty: Type) -> Value {
        let (a, b) = self.pop2_vector(ty);
        if self.is_x86() {
            self.select_if_less(b, a, b, a)
        } else {
            self.builder.ins().fmin(a, b)
        }
    }

    fn relaxed_max(&mut self, ty: Type) -> Value {
        let (a, b) = self.pop2_vector(ty);
        if self.is_x86() {
            self.select_if_less(a, b, b, a)
        } else {
            self.builder.ins().fmax(a, b)
        }
    }

    /// The second operand has seven bits, and may be taken as signed or
    /// unsigned should it have eight; the sums may then saturate.
    fn relaxed_dot_product(&mut self, a: Value, b: Value) -> Value {
        if self.env.isa.has_x86_pmaddubsw_lowering() {
            self.builder.ins().x86_pmaddubsw(a, b)
        } else {
            self.dot_product(a, b)
        }
    }

    fn relaxed_dot_product_add(&mut self, a: Value, b: Value, c: Value) -> Value {
        let sums = if self.env.isa.has_x86_pmaddubsw_lowering() {
            let pairs = self.builder.ins().x86_pmaddubsw(a, b);
            self.add_neighbours(pairs)
        } else {
            // Cranelift makes one instruction of this where ARM has it.
            let low = self.multiply_widened(Opcode::SwidenLow, a, b);
            let low = self.add_neighbours(low);
            let high = self.multiply_widened(Opcode::SwidenHigh, a, b);
            let high = self.add_neighbours(high);
            self.builder.ins().iadd_pairwise(low, high)
        };
        self.builder.ins().iadd(sums, c)
    }

    fn add_neighbours(&mut self, a: Value) -> Value {
        let low = self.builder.ins().swiden_low(a);
        let high = self.builder.ins().swiden_high(a);
        self.builder.ins().iadd_pairwise(low, high)
    }
}
