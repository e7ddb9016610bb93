//! Scalar constants, comparisons, arithmetic and conversions.
//!
//! Most operators are one instruction of Cranelift's: [`instruction`] is the
//! table of these. Division, remainder and the trapping truncations trap by
//! themselves, as WebAssembly wants it, with Cranelift's own trap codes, which
//! [`super::trap_of`] knows.

use super::FunctionTranslator;
use cranelift_codegen::ir::condcodes::{FloatCC, IntCC};
use cranelift_codegen::ir::immediates::{Ieee32, Ieee64};
use cranelift_codegen::ir::types::{F32, F64, I8, I16, I32, I64};
use cranelift_codegen::ir::{InstBuilder, MemFlagsData, Opcode, Type, Value};
use wasmparser::Operator;

/// An instruction between the operands on the stack and the result.
enum Instruction {
    /// Has the type of its operand.
    Unary(Opcode),
    /// Has the type of its operands.
    Binary(Opcode),
    /// Makes another type of its operand.
    Convert(Opcode, Type),
    /// Reads the bits of its operand as another type.
    Reinterpret(Type),
    /// Extends the sign of the low bits, which are an integer of the type.
    ExtendSign(Type),
    Compare(IntCC),
    CompareFloat(FloatCC),
    IsZero,
}

fn instruction(op: &Operator<'_>) -> Option<Instruction> {
    use Instruction::*;
    use Operator::*;
    Some(match op {
        I32Eqz | I64Eqz => IsZero,
        I32Eq | I64Eq => Compare(IntCC::Equal),
        I32Ne | I64Ne => Compare(IntCC::NotEqual),
        I32LtS | I64LtS => Compare(IntCC::SignedLessThan),
        I32LtU | I64LtU => Compare(IntCC::UnsignedLessThan),
        I32GtS | I64GtS => Compare(IntCC::SignedGreaterThan),
        I32GtU | I64GtU => Compare(IntCC::UnsignedGreaterThan),
        I32LeS | I64LeS => Compare(IntCC::SignedLessThanOrEqual),
        I32LeU | I64LeU => Compare(IntCC::UnsignedLessThanOrEqual),
        I32GeS | I64GeS => Compare(IntCC::SignedGreaterThanOrEqual),
        I32GeU | I64GeU => Compare(IntCC::UnsignedGreaterThanOrEqual),

        // Each is false when an operand is a NaN, but `ne`, which is true.
        F32Eq | F64Eq => CompareFloat(FloatCC::Equal),
        F32Ne | F64Ne => CompareFloat(FloatCC::NotEqual),
        F32Lt | F64Lt => CompareFloat(FloatCC::LessThan),
        F32Gt | F64Gt => CompareFloat(FloatCC::GreaterThan),
        F32Le | F64Le => CompareFloat(FloatCC::LessThanOrEqual),
        F32Ge | F64Ge => CompareFloat(FloatCC::GreaterThanOrEqual),

        I32Clz | I64Clz => Unary(Opcode::Clz),
        I32Ctz | I64Ctz => Unary(Opcode::Ctz),
        I32Popcnt | I64Popcnt => Unary(Opcode::Popcnt),
        I32Add | I64Add => Binary(Opcode::Iadd),
        I32Sub | I64Sub => Binary(Opcode::Isub),
        I32Mul | I64Mul => Binary(Opcode::Imul),
        I32DivS | I64DivS => Binary(Opcode::Sdiv),
        I32DivU | I64DivU => Binary(Opcode::Udiv),
        I32RemS | I64RemS => Binary(Opcode::Srem),
        I32RemU | I64RemU => Binary(Opcode::Urem),
        I32And | I64And => Binary(Opcode::Band),
        I32Or | I64Or => Binary(Opcode::Bor),
        I32Xor | I64Xor => Binary(Opcode::Bxor),
        // Both sides take the count modulo the width.
        I32Shl | I64Shl => Binary(Opcode::Ishl),
        I32ShrS | I64ShrS => Binary(Opcode::Sshr),
        I32ShrU | I64ShrU => Binary(Opcode::Ushr),
        I32Rotl | I64Rotl => Binary(Opcode::Rotl),
        I32Rotr | I64Rotr => Binary(Opcode::Rotr),

        F32Abs | F64Abs => Unary(Opcode::Fabs),
        F32Neg | F64Neg => Unary(Opcode::Fneg),
        F32Ceil | F64Ceil => Unary(Opcode::Ceil),
        F32Floor | F64Floor => Unary(Opcode::Floor),
        F32Trunc | F64Trunc => Unary(Opcode::Trunc),
        F32Nearest | F64Nearest => Unary(Opcode::Nearest),
        F32Sqrt | F64Sqrt => Unary(Opcode::Sqrt),
        F32Add | F64Add => Binary(Opcode::Fadd),
        F32Sub | F64Sub => Binary(Opcode::Fsub),
        F32Mul | F64Mul => Binary(Opcode::Fmul),
        F32Div | F64Div => Binary(Opcode::Fdiv),
        F32Min | F64Min => Binary(Opcode::Fmin),
        F32Max | F64Max => Binary(Opcode::Fmax),
        F32Copysign | F64Copysign => Binary(Opcode::Fcopysign),

        I32WrapI64 => Convert(Opcode::Ireduce, I32),
        I64ExtendI32S => Convert(Opcode::Sextend, I64),
        I64ExtendI32U => Convert(Opcode::Uextend, I64),
        I32TruncF32S | I32TruncF64S => Convert(Opcode::FcvtToSint, I32),
        I32TruncF32U | I32TruncF64U => Convert(Opcode::FcvtToUint, I32),
        I64TruncF32S | I64TruncF64S => Convert(Opcode::FcvtToSint, I64),
        I64TruncF32U | I64TruncF64U => Convert(Opcode::FcvtToUint, I64),
        I32TruncSatF32S | I32TruncSatF64S => Convert(Opcode::FcvtToSintSat, I32),
        I32TruncSatF32U | I32TruncSatF64U => Convert(Opcode::FcvtToUintSat, I32),
        I64TruncSatF32S | I64TruncSatF64S => Convert(Opcode::FcvtToSintSat, I64),
        I64TruncSatF32U | I64TruncSatF64U => Convert(Opcode::FcvtToUintSat, I64),
        F32ConvertI32S | F32ConvertI64S => Convert(Opcode::FcvtFromSint, F32),
        F32ConvertI32U | F32ConvertI64U => Convert(Opcode::FcvtFromUint, F32),
        F64ConvertI32S | F64ConvertI64S => Convert(Opcode::FcvtFromSint, F64),
        F64ConvertI32U | F64ConvertI64U => Convert(Opcode::FcvtFromUint, F64),
        F32DemoteF64 => Convert(Opcode::Fdemote, F32),
        F64PromoteF32 => Convert(Opcode::Fpromote, F64),

        I32ReinterpretF32 => Reinterpret(I32),
        I64ReinterpretF64 => Reinterpret(I64),
        F32ReinterpretI32 => Reinterpret(F32),
        F64ReinterpretI64 => Reinterpret(F64),

        I32Extend8S | I64Extend8S => ExtendSign(I8),
        I32Extend16S | I64Extend16S => ExtendSign(I16),
        I64Extend32S => ExtendSign(I32),
        _ => return None,
    })
}

impl FunctionTranslator<'_> {
    pub(super) fn translate_numeric(&mut self, op: &Operator<'_>) -> bool {
        let value = match *op {
            Operator::I32Const { value } => self.i32_constant(value.cast_unsigned()),
            Operator::I64Const { value } => self.builder.ins().iconst(I64, value),
            // By their bits, so that a NaN keeps its payload.
            Operator::F32Const { value } => {
                self.builder.ins().f32const(Ieee32::with_bits(value.bits()))
            }
            Operator::F64Const { value } => {
                self.builder.ins().f64const(Ieee64::with_bits(value.bits()))
            }
            _ => match instruction(op) {
                Some(instruction) => self.numeric_instruction(instruction),
                None => return false,
            },
        };
        self.push(value);
        true
    }

    fn numeric_instruction(&mut self, instruction: Instruction) -> Value {
        match instruction {
            Instruction::Unary(opcode) => {
                let a = self.pop();
                self.unary(opcode, a)
            }
            Instruction::Binary(opcode) => {
                let (a, b) = self.pop2();
                self.binary(opcode, a, b)
            }
            Instruction::Convert(opcode, ty) => {
                let a = self.pop();
                self.convert(opcode, ty, a)
            }
            Instruction::Reinterpret(ty) => {
                let a = self.pop();
                self.builder.ins().bitcast(ty, MemFlagsData::new(), a)
            }
            Instruction::ExtendSign(from) => {
                let a = self.pop();
                let ty = self.builder.func.dfg.value_type(a);
                let low = self.builder.ins().ireduce(from, a);
                self.builder.ins().sextend(ty, low)
            }
            Instruction::Compare(condition) => {
                let (a, b) = self.pop2();
                let holds = self.builder.ins().icmp(condition, a, b);
                self.boolean(holds)
            }
            Instruction::CompareFloat(condition) => {
                let (a, b) = self.pop2();
                let holds = self.builder.ins().fcmp(condition, a, b);
                self.boolean(holds)
            }
            Instruction::IsZero => {
                let a = self.pop();
                let holds = self.builder.ins().icmp_imm_s(IntCC::Equal, a, 0);
                self.boolean(holds)
            }
        }
    }

    /// Makes an `i32` of a condition, which Cranelift keeps in 8 bits. A branch
    /// or `select` on the `i32` looks through this.
    pub(super) fn boolean(&mut self, condition: Value) -> Value {
        self.builder.ins().uextend(I32, condition)
    }

    /// An instruction with one operand, whose type is its controlling type.
    pub(super) fn unary(&mut self, opcode: Opcode, a: Value) -> Value {
        let ty = self.builder.func.dfg.value_type(a);
        self.convert(opcode, ty, a)
    }

    /// An instruction with one operand, whose controlling type is that of its
    /// result.
    pub(super) fn convert(&mut self, opcode: Opcode, ty: Type, a: Value) -> Value {
        let (inst, dfg) = self.builder.ins().Unary(opcode, ty, a);
        dfg.first_result(inst)
    }

    /// An instruction with two operands; the first one's type controls.
    pub(super) fn binary(&mut self, opcode: Opcode, a: Value, b: Value) -> Value {
        let ty = self.builder.func.dfg.value_type(a);
        let (inst, dfg) = self.builder.ins().Binary(opcode, ty, a, b);
        dfg.first_result(inst)
    }
}
