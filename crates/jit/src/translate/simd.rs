//! Vector operators, other than the ones that access memory, in [`memory`],
//! and the relaxed ones, in [`relaxed`].
//!
//! Cranelift's vectors have lanes, WebAssembly's have none, so each operator
//! begins with casts to the lanes that it sees, which cost nothing. Most
//! operators are one instruction, or a short idiom that Cranelift's lowering
//! knows: [`instruction`] is the table of these. Where an idiom is matched by
//! Cranelift its shape is deliberate.

mod memory;
mod relaxed;

use super::FunctionTranslator;
use cranelift_codegen::ir::condcodes::{FloatCC, IntCC};
use cranelift_codegen::ir::types::{F32X4, F64X2, I8, I8X16, I16, I16X8, I32, I32X4, I64X2};
use cranelift_codegen::ir::{ConstantData, InstBuilder, InstructionData, Opcode, Type, Value};
use wasmparser::Operator;

/// What stands between the operands on the stack and the result. The last type
/// is that of the lanes of vector operands.
enum Instruction {
    Unary(Opcode, Type),
    Binary(Opcode, Type),
    /// A conversion to the first type.
    Convert(Opcode, Type, Type),
    Compare(IntCC, Type),
    CompareFloat(FloatCC, Type),
    /// All lanes by one count, modulo their width.
    Shift(Opcode, Type),
    /// As C's `b < a ? b : a`, for floats.
    PseudoMin(Type),
    /// As C's `a < b ? b : a`, for floats.
    PseudoMax(Type),
    AllTrue(Type),
    Bitmask(Type),
    Splat(Type),
    /// A lane, of the type on the stack.
    Extract(u8, Type),
    /// A lane, extended by the instruction.
    ExtractExtended(Opcode, u8, Type),
    Replace(u8, Type),
    /// Product of halves that the instruction widens.
    MultiplyWidened(Opcode, Type),
    /// Sums of neighbours that the instructions, for the low and the high
    /// half, widen.
    AddNeighbours(Opcode, Opcode, Type),
    /// The low half, widened, to doubles.
    ConvertLow(Opcode, Opcode),
    /// From doubles to the low half, with zeros above.
    TruncateToLow(Opcode, Opcode),
}

fn instruction(op: &Operator<'_>) -> Option<Instruction> {
    use Instruction::*;
    use Operator::*;
    Some(match *op {
        I8x16Splat => Splat(I8X16),
        I16x8Splat => Splat(I16X8),
        I32x4Splat => Splat(I32X4),
        I64x2Splat => Splat(I64X2),
        F32x4Splat => Splat(F32X4),
        F64x2Splat => Splat(F64X2),
        I8x16ExtractLaneS { lane } => ExtractExtended(Opcode::Sextend, lane, I8X16),
        I8x16ExtractLaneU { lane } => ExtractExtended(Opcode::Uextend, lane, I8X16),
        I16x8ExtractLaneS { lane } => ExtractExtended(Opcode::Sextend, lane, I16X8),
        I16x8ExtractLaneU { lane } => ExtractExtended(Opcode::Uextend, lane, I16X8),
        I32x4ExtractLane { lane } => Extract(lane, I32X4),
        I64x2ExtractLane { lane } => Extract(lane, I64X2),
        F32x4ExtractLane { lane } => Extract(lane, F32X4),
        F64x2ExtractLane { lane } => Extract(lane, F64X2),
        I8x16ReplaceLane { lane } => Replace(lane, I8X16),
        I16x8ReplaceLane { lane } => Replace(lane, I16X8),
        I32x4ReplaceLane { lane } => Replace(lane, I32X4),
        I64x2ReplaceLane { lane } => Replace(lane, I64X2),
        F32x4ReplaceLane { lane } => Replace(lane, F32X4),
        F64x2ReplaceLane { lane } => Replace(lane, F64X2),
        I8x16Swizzle => Binary(Opcode::Swizzle, I8X16),

        I8x16Eq => Compare(IntCC::Equal, I8X16),
        I16x8Eq => Compare(IntCC::Equal, I16X8),
        I32x4Eq => Compare(IntCC::Equal, I32X4),
        I64x2Eq => Compare(IntCC::Equal, I64X2),
        I8x16Ne => Compare(IntCC::NotEqual, I8X16),
        I16x8Ne => Compare(IntCC::NotEqual, I16X8),
        I32x4Ne => Compare(IntCC::NotEqual, I32X4),
        I64x2Ne => Compare(IntCC::NotEqual, I64X2),
        I8x16LtS => Compare(IntCC::SignedLessThan, I8X16),
        I16x8LtS => Compare(IntCC::SignedLessThan, I16X8),
        I32x4LtS => Compare(IntCC::SignedLessThan, I32X4),
        I64x2LtS => Compare(IntCC::SignedLessThan, I64X2),
        I8x16LtU => Compare(IntCC::UnsignedLessThan, I8X16),
        I16x8LtU => Compare(IntCC::UnsignedLessThan, I16X8),
        I32x4LtU => Compare(IntCC::UnsignedLessThan, I32X4),
        I8x16GtS => Compare(IntCC::SignedGreaterThan, I8X16),
        I16x8GtS => Compare(IntCC::SignedGreaterThan, I16X8),
        I32x4GtS => Compare(IntCC::SignedGreaterThan, I32X4),
        I64x2GtS => Compare(IntCC::SignedGreaterThan, I64X2),
        I8x16GtU => Compare(IntCC::UnsignedGreaterThan, I8X16),
        I16x8GtU => Compare(IntCC::UnsignedGreaterThan, I16X8),
        I32x4GtU => Compare(IntCC::UnsignedGreaterThan, I32X4),
        I8x16LeS => Compare(IntCC::SignedLessThanOrEqual, I8X16),
        I16x8LeS => Compare(IntCC::SignedLessThanOrEqual, I16X8),
        I32x4LeS => Compare(IntCC::SignedLessThanOrEqual, I32X4),
        I64x2LeS => Compare(IntCC::SignedLessThanOrEqual, I64X2),
        I8x16LeU => Compare(IntCC::UnsignedLessThanOrEqual, I8X16),
        I16x8LeU => Compare(IntCC::UnsignedLessThanOrEqual, I16X8),
        I32x4LeU => Compare(IntCC::UnsignedLessThanOrEqual, I32X4),
        I8x16GeS => Compare(IntCC::SignedGreaterThanOrEqual, I8X16),
        I16x8GeS => Compare(IntCC::SignedGreaterThanOrEqual, I16X8),
        I32x4GeS => Compare(IntCC::SignedGreaterThanOrEqual, I32X4),
        I64x2GeS => Compare(IntCC::SignedGreaterThanOrEqual, I64X2),
        I8x16GeU => Compare(IntCC::UnsignedGreaterThanOrEqual, I8X16),
        I16x8GeU => Compare(IntCC::UnsignedGreaterThanOrEqual, I16X8),
        I32x4GeU => Compare(IntCC::UnsignedGreaterThanOrEqual, I32X4),
        F32x4Eq => CompareFloat(FloatCC::Equal, F32X4),
        F64x2Eq => CompareFloat(FloatCC::Equal, F64X2),
        F32x4Ne => CompareFloat(FloatCC::NotEqual, F32X4),
        F64x2Ne => CompareFloat(FloatCC::NotEqual, F64X2),
        F32x4Lt => CompareFloat(FloatCC::LessThan, F32X4),
        F64x2Lt => CompareFloat(FloatCC::LessThan, F64X2),
        F32x4Gt => CompareFloat(FloatCC::GreaterThan, F32X4),
        F64x2Gt => CompareFloat(FloatCC::GreaterThan, F64X2),
        F32x4Le => CompareFloat(FloatCC::LessThanOrEqual, F32X4),
        F64x2Le => CompareFloat(FloatCC::LessThanOrEqual, F64X2),
        F32x4Ge => CompareFloat(FloatCC::GreaterThanOrEqual, F32X4),
        F64x2Ge => CompareFloat(FloatCC::GreaterThanOrEqual, F64X2),

        V128Not => Unary(Opcode::Bnot, I8X16),
        V128And => Binary(Opcode::Band, I8X16),
        V128Or => Binary(Opcode::Bor, I8X16),
        V128Xor => Binary(Opcode::Bxor, I8X16),

        I8x16AllTrue => AllTrue(I8X16),
        I16x8AllTrue => AllTrue(I16X8),
        I32x4AllTrue => AllTrue(I32X4),
        I64x2AllTrue => AllTrue(I64X2),
        I8x16Bitmask => Bitmask(I8X16),
        I16x8Bitmask => Bitmask(I16X8),
        I32x4Bitmask => Bitmask(I32X4),
        I64x2Bitmask => Bitmask(I64X2),

        I8x16Abs => Unary(Opcode::Iabs, I8X16),
        I16x8Abs => Unary(Opcode::Iabs, I16X8),
        I32x4Abs => Unary(Opcode::Iabs, I32X4),
        I64x2Abs => Unary(Opcode::Iabs, I64X2),
        I8x16Neg => Unary(Opcode::Ineg, I8X16),
        I16x8Neg => Unary(Opcode::Ineg, I16X8),
        I32x4Neg => Unary(Opcode::Ineg, I32X4),
        I64x2Neg => Unary(Opcode::Ineg, I64X2),
        I8x16Popcnt => Unary(Opcode::Popcnt, I8X16),
        I8x16Shl => Shift(Opcode::Ishl, I8X16),
        I16x8Shl => Shift(Opcode::Ishl, I16X8),
        I32x4Shl => Shift(Opcode::Ishl, I32X4),
        I64x2Shl => Shift(Opcode::Ishl, I64X2),
        I8x16ShrS => Shift(Opcode::Sshr, I8X16),
        I16x8ShrS => Shift(Opcode::Sshr, I16X8),
        I32x4ShrS => Shift(Opcode::Sshr, I32X4),
        I64x2ShrS => Shift(Opcode::Sshr, I64X2),
        I8x16ShrU => Shift(Opcode::Ushr, I8X16),
        I16x8ShrU => Shift(Opcode::Ushr, I16X8),
        I32x4ShrU => Shift(Opcode::Ushr, I32X4),
        I64x2ShrU => Shift(Opcode::Ushr, I64X2),
        I8x16Add => Binary(Opcode::Iadd, I8X16),
        I16x8Add => Binary(Opcode::Iadd, I16X8),
        I32x4Add => Binary(Opcode::Iadd, I32X4),
        I64x2Add => Binary(Opcode::Iadd, I64X2),
        I8x16Sub => Binary(Opcode::Isub, I8X16),
        I16x8Sub => Binary(Opcode::Isub, I16X8),
        I32x4Sub => Binary(Opcode::Isub, I32X4),
        I64x2Sub => Binary(Opcode::Isub, I64X2),
        I16x8Mul => Binary(Opcode::Imul, I16X8),
        I32x4Mul => Binary(Opcode::Imul, I32X4),
        I64x2Mul => Binary(Opcode::Imul, I64X2),
        I8x16AddSatS => Binary(Opcode::SaddSat, I8X16),
        I16x8AddSatS => Binary(Opcode::SaddSat, I16X8),
        I8x16AddSatU => Binary(Opcode::UaddSat, I8X16),
        I16x8AddSatU => Binary(Opcode::UaddSat, I16X8),
        I8x16SubSatS => Binary(Opcode::SsubSat, I8X16),
        I16x8SubSatS => Binary(Opcode::SsubSat, I16X8),
        I8x16SubSatU => Binary(Opcode::UsubSat, I8X16),
        I16x8SubSatU => Binary(Opcode::UsubSat, I16X8),
        I8x16MinS => Binary(Opcode::Smin, I8X16),
        I16x8MinS => Binary(Opcode::Smin, I16X8),
        I32x4MinS => Binary(Opcode::Smin, I32X4),
        I8x16MinU => Binary(Opcode::Umin, I8X16),
        I16x8MinU => Binary(Opcode::Umin, I16X8),
        I32x4MinU => Binary(Opcode::Umin, I32X4),
        I8x16MaxS => Binary(Opcode::Smax, I8X16),
        I16x8MaxS => Binary(Opcode::Smax, I16X8),
        I32x4MaxS => Binary(Opcode::Smax, I32X4),
        I8x16MaxU => Binary(Opcode::Umax, I8X16),
        I16x8MaxU => Binary(Opcode::Umax, I16X8),
        I32x4MaxU => Binary(Opcode::Umax, I32X4),
        I8x16AvgrU => Binary(Opcode::AvgRound, I8X16),
        I16x8AvgrU => Binary(Opcode::AvgRound, I16X8),
        I16x8Q15MulrSatS => Binary(Opcode::SqmulRoundSat, I16X8),

        I8x16NarrowI16x8S => Binary(Opcode::Snarrow, I16X8),
        I16x8NarrowI32x4S => Binary(Opcode::Snarrow, I32X4),
        I8x16NarrowI16x8U => Binary(Opcode::Unarrow, I16X8),
        I16x8NarrowI32x4U => Binary(Opcode::Unarrow, I32X4),
        I16x8ExtendLowI8x16S => Unary(Opcode::SwidenLow, I8X16),
        I32x4ExtendLowI16x8S => Unary(Opcode::SwidenLow, I16X8),
        I64x2ExtendLowI32x4S => Unary(Opcode::SwidenLow, I32X4),
        I16x8ExtendHighI8x16S => Unary(Opcode::SwidenHigh, I8X16),
        I32x4ExtendHighI16x8S => Unary(Opcode::SwidenHigh, I16X8),
        I64x2ExtendHighI32x4S => Unary(Opcode::SwidenHigh, I32X4),
        I16x8ExtendLowI8x16U => Unary(Opcode::UwidenLow, I8X16),
        I32x4ExtendLowI16x8U => Unary(Opcode::UwidenLow, I16X8),
        I64x2ExtendLowI32x4U => Unary(Opcode::UwidenLow, I32X4),
        I16x8ExtendHighI8x16U => Unary(Opcode::UwidenHigh, I8X16),
        I32x4ExtendHighI16x8U => Unary(Opcode::UwidenHigh, I16X8),
        I64x2ExtendHighI32x4U => Unary(Opcode::UwidenHigh, I32X4),
        I16x8ExtMulLowI8x16S => MultiplyWidened(Opcode::SwidenLow, I8X16),
        I32x4ExtMulLowI16x8S => MultiplyWidened(Opcode::SwidenLow, I16X8),
        I64x2ExtMulLowI32x4S => MultiplyWidened(Opcode::SwidenLow, I32X4),
        I16x8ExtMulHighI8x16S => MultiplyWidened(Opcode::SwidenHigh, I8X16),
        I32x4ExtMulHighI16x8S => MultiplyWidened(Opcode::SwidenHigh, I16X8),
        I64x2ExtMulHighI32x4S => MultiplyWidened(Opcode::SwidenHigh, I32X4),
        I16x8ExtMulLowI8x16U => MultiplyWidened(Opcode::UwidenLow, I8X16),
        I32x4ExtMulLowI16x8U => MultiplyWidened(Opcode::UwidenLow, I16X8),
        I64x2ExtMulLowI32x4U => MultiplyWidened(Opcode::UwidenLow, I32X4),
        I16x8ExtMulHighI8x16U => MultiplyWidened(Opcode::UwidenHigh, I8X16),
        I32x4ExtMulHighI16x8U => MultiplyWidened(Opcode::UwidenHigh, I16X8),
        I64x2ExtMulHighI32x4U => MultiplyWidened(Opcode::UwidenHigh, I32X4),
        I16x8ExtAddPairwiseI8x16S => AddNeighbours(Opcode::SwidenLow, Opcode::SwidenHigh, I8X16),
        I32x4ExtAddPairwiseI16x8S => AddNeighbours(Opcode::SwidenLow, Opcode::SwidenHigh, I16X8),
        I16x8ExtAddPairwiseI8x16U => AddNeighbours(Opcode::UwidenLow, Opcode::UwidenHigh, I8X16),
        I32x4ExtAddPairwiseI16x8U => AddNeighbours(Opcode::UwidenLow, Opcode::UwidenHigh, I16X8),

        F32x4Ceil => Unary(Opcode::Ceil, F32X4),
        F64x2Ceil => Unary(Opcode::Ceil, F64X2),
        F32x4Floor => Unary(Opcode::Floor, F32X4),
        F64x2Floor => Unary(Opcode::Floor, F64X2),
        F32x4Trunc => Unary(Opcode::Trunc, F32X4),
        F64x2Trunc => Unary(Opcode::Trunc, F64X2),
        F32x4Nearest => Unary(Opcode::Nearest, F32X4),
        F64x2Nearest => Unary(Opcode::Nearest, F64X2),
        F32x4Abs => Unary(Opcode::Fabs, F32X4),
        F64x2Abs => Unary(Opcode::Fabs, F64X2),
        F32x4Neg => Unary(Opcode::Fneg, F32X4),
        F64x2Neg => Unary(Opcode::Fneg, F64X2),
        F32x4Sqrt => Unary(Opcode::Sqrt, F32X4),
        F64x2Sqrt => Unary(Opcode::Sqrt, F64X2),
        F32x4Add => Binary(Opcode::Fadd, F32X4),
        F64x2Add => Binary(Opcode::Fadd, F64X2),
        F32x4Sub => Binary(Opcode::Fsub, F32X4),
        F64x2Sub => Binary(Opcode::Fsub, F64X2),
        F32x4Mul => Binary(Opcode::Fmul, F32X4),
        F64x2Mul => Binary(Opcode::Fmul, F64X2),
        F32x4Div => Binary(Opcode::Fdiv, F32X4),
        F64x2Div => Binary(Opcode::Fdiv, F64X2),
        F32x4Min => Binary(Opcode::Fmin, F32X4),
        F64x2Min => Binary(Opcode::Fmin, F64X2),
        F32x4Max => Binary(Opcode::Fmax, F32X4),
        F64x2Max => Binary(Opcode::Fmax, F64X2),
        F32x4PMin => PseudoMin(F32X4),
        F64x2PMin => PseudoMin(F64X2),
        F32x4PMax => PseudoMax(F32X4),
        F64x2PMax => PseudoMax(F64X2),

        I32x4TruncSatF32x4S => Convert(Opcode::FcvtToSintSat, I32X4, F32X4),
        I32x4TruncSatF32x4U => Convert(Opcode::FcvtToUintSat, I32X4, F32X4),
        F32x4ConvertI32x4S => Convert(Opcode::FcvtFromSint, F32X4, I32X4),
        F32x4ConvertI32x4U => Convert(Opcode::FcvtFromUint, F32X4, I32X4),
        F32x4DemoteF64x2Zero => Unary(Opcode::Fvdemote, F64X2),
        F64x2PromoteLowF32x4 => Unary(Opcode::FvpromoteLow, F32X4),
        F64x2ConvertLowI32x4S => ConvertLow(Opcode::SwidenLow, Opcode::FcvtFromSint),
        F64x2ConvertLowI32x4U => ConvertLow(Opcode::UwidenLow, Opcode::FcvtFromUint),
        I32x4TruncSatF64x2SZero => TruncateToLow(Opcode::FcvtToSintSat, Opcode::Snarrow),
        I32x4TruncSatF64x2UZero => TruncateToLow(Opcode::FcvtToUintSat, Opcode::Uunarrow),
        _ => return None,
    })
}

impl FunctionTranslator<'_> {
    pub(super) fn translate_simd(&mut self, op: &Operator<'_>) -> bool {
        let value = match op {
            Operator::V128Const { value } => self.vector_constant(I8X16, value.bytes()),
            Operator::I8x16Shuffle { lanes } => {
                let (a, b) = self.pop2_vector(I8X16);
                let mask = ConstantData::from(lanes.as_slice());
                let mask = self.builder.func.dfg.immediates.push(mask);
                self.builder.ins().shuffle(a, b, mask)
            }
            Operator::V128AndNot => {
                let (a, b) = self.pop2_vector(I8X16);
                self.builder.ins().band_not(a, b)
            }
            Operator::V128Bitselect => self.bitselect(),
            Operator::V128AnyTrue => {
                // Any lanes do; those of a comparison are recognised.
                let a = self.pop();
                let a = self.uncast_vector(a);
                let any = self.builder.ins().vany_true(a);
                self.boolean(any)
            }
            Operator::I32x4DotI16x8S => {
                let (a, b) = self.pop2_vector(I16X8);
                self.dot_product(a, b)
            }
            _ => match instruction(op) {
                Some(instruction) => self.vector_instruction(instruction),
                None => return self.translate_simd_memory(op) || self.translate_relaxed_simd(op),
            },
        };
        self.push(value);
        true
    }

    fn vector_instruction(&mut self, instruction: Instruction) -> Value {
        match instruction {
            Instruction::Unary(opcode, ty) => {
                let a = self.pop_vector(ty);
                self.unary(opcode, a)
            }
            Instruction::Binary(opcode, ty) => {
                let (a, b) = self.pop2_vector(ty);
                self.binary(opcode, a, b)
            }
            Instruction::Convert(opcode, to, from) => {
                let a = self.pop_vector(from);
                self.convert(opcode, to, a)
            }
            Instruction::Compare(condition, ty) => {
                let (a, b) = self.pop2_vector(ty);
                self.builder.ins().icmp(condition, a, b)
            }
            Instruction::CompareFloat(condition, ty) => {
                let (a, b) = self.pop2_vector(ty);
                self.builder.ins().fcmp(condition, a, b)
            }
            Instruction::Shift(opcode, ty) => {
                let count = self.pop();
                let a = self.pop_vector(ty);
                self.binary(opcode, a, count)
            }
            Instruction::PseudoMin(ty) => {
                let (a, b) = self.pop2_vector(ty);
                self.select_if_less(b, a, b, a)
            }
            Instruction::PseudoMax(ty) => {
                let (a, b) = self.pop2_vector(ty);
                self.select_if_less(a, b, b, a)
            }
            Instruction::AllTrue(ty) => {
                let a = self.pop_vector(ty);
                let all = self.builder.ins().vall_true(a);
                self.boolean(all)
            }
            Instruction::Bitmask(ty) => {
                let a = self.pop_vector(ty);
                self.builder.ins().vhigh_bits(I32, a)
            }
            Instruction::Splat(ty) => {
                let a = self.pop_lane(ty);
                self.builder.ins().splat(ty, a)
            }
            Instruction::Extract(lane, ty) => {
                let a = self.pop_vector(ty);
                self.builder.ins().extractlane(a, lane)
            }
            Instruction::ExtractExtended(extend, lane, ty) => {
                let a = self.pop_vector(ty);
                let a = self.builder.ins().extractlane(a, lane);
                self.convert(extend, I32, a)
            }
            Instruction::Replace(lane, ty) => {
                let b = self.pop_lane(ty);
                let a = self.pop_vector(ty);
                self.builder.ins().insertlane(a, b, lane)
            }
            Instruction::MultiplyWidened(widen, ty) => {
                let (a, b) = self.pop2_vector(ty);
                self.multiply_widened(widen, a, b)
            }
            Instruction::AddNeighbours(widen_low, widen_high, ty) => {
                let a = self.pop_vector(ty);
                let low = self.unary(widen_low, a);
                let high = self.unary(widen_high, a);
                self.builder.ins().iadd_pairwise(low, high)
            }
            Instruction::ConvertLow(widen, convert) => {
                let a = self.pop_vector(I32X4);
                let a = self.unary(widen, a);
                self.convert(convert, F64X2, a)
            }
            Instruction::TruncateToLow(convert, narrow) => {
                let a = self.pop_vector(F64X2);
                self.truncate_to_low(convert, narrow, a)
            }
        }
    }

    fn vector_constant(&mut self, ty: Type, bytes: &[u8; 16]) -> Value {
        let constant = ConstantData::from(bytes.as_slice());
        let constant = self.builder.func.dfg.constants.insert(constant);
        self.builder.ins().vconst(ty, constant)
    }

    /// Pops a scalar for a lane of vectors of `ty`. A small lane gets the low
    /// bits of an `i32`.
    fn pop_lane(&mut self, ty: Type) -> Value {
        let value = self.pop();
        match ty.lane_type() {
            lane @ (I8 | I16) => self.builder.ins().ireduce(lane, value),
            _ => value,
        }
    }

    /// What a vector was before it was cast to other lanes.
    pub(super) fn uncast_vector(&self, mut value: Value) -> Value {
        let dfg = &self.builder.func.dfg;
        while let Some(inst) = dfg.value_def(value).inst()
            && let InstructionData::LoadNoOffset {
                opcode: Opcode::Bitcast,
                arg,
                ..
            } = dfg.insts[inst]
            && dfg.value_type(arg).is_vector()
        {
            value = arg;
        }
        value
    }

    /// With the lanes of the mask, so that a comparison can be seen: then whole
    /// lanes are selected, for which there are better instructions.
    fn bitselect(&mut self) -> Value {
        let (a, b, mask) = self.pop3();
        let mask = self.uncast_vector(mask);
        let ty = self.builder.func.dfg.value_type(mask);
        let a = self.cast_vector(a, ty);
        let b = self.cast_vector(b, ty);
        self.builder.ins().bitselect(mask, a, b)
    }

    /// `x < y ? a : b` in lanes of floats. When `a` and `b` are `x` and `y`, or
    /// `y` and `x`, it is one instruction on x86.
    fn select_if_less(&mut self, x: Value, y: Value, a: Value, b: Value) -> Value {
        let ty = self.builder.func.dfg.value_type(a);
        let less = self.builder.ins().fcmp(FloatCC::LessThan, x, y);
        let mask = self.cast_vector(less, ty);
        self.builder.ins().bitselect(mask, a, b)
    }

    fn multiply_widened(&mut self, widen: Opcode, a: Value, b: Value) -> Value {
        let a = self.unary(widen, a);
        let b = self.unary(widen, b);
        self.builder.ins().imul(a, b)
    }

    /// Sums of the products of two neighbours, in lanes twice as wide.
    fn dot_product(&mut self, a: Value, b: Value) -> Value {
        let low = self.multiply_widened(Opcode::SwidenLow, a, b);
        let high = self.multiply_widened(Opcode::SwidenHigh, a, b);
        self.builder.ins().iadd_pairwise(low, high)
    }

    fn truncate_to_low(&mut self, convert: Opcode, narrow: Opcode, a: Value) -> Value {
        let wide = self.convert(convert, I64X2, a);
        let zero = self.vector_constant(I64X2, &[0; 16]);
        self.binary(narrow, wide, zero)
    }
}
