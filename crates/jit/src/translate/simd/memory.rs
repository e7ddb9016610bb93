//! Vector loads and stores.

use super::FunctionTranslator;
use cranelift_codegen::ir::types::{I8X16, I16X8, I32X4, I64X2};
use cranelift_codegen::ir::{InstBuilder, Type, Value};
use wasmparser::{MemArg, Operator};

impl FunctionTranslator<'_> {
    pub(super) fn translate_simd_memory(&mut self, op: &Operator<'_>) -> bool {
        /// Loads 8 bytes with an instruction that widens them.
        macro_rules! load_widened {
            ($instruction:ident, $memarg:expr) => {{
                let index = self.pop();
                let (flags, base, offset) = self.memory_address($memarg, index, 8);
                self.builder.ins().$instruction(flags, base, offset)
            }};
        }

        let value = match op {
            Operator::V128Load { memarg } => self.load_type(I8X16, memarg),
            Operator::V128Store { memarg } => {
                let (index, value) = self.pop2();
                let value = self.uncast_vector(value);
                self.store_value(memarg, index, value);
                return true;
            }

            Operator::V128Load8x8S { memarg } => load_widened!(sload8x8, memarg),
            Operator::V128Load8x8U { memarg } => load_widened!(uload8x8, memarg),
            Operator::V128Load16x4S { memarg } => load_widened!(sload16x4, memarg),
            Operator::V128Load16x4U { memarg } => load_widened!(uload16x4, memarg),
            Operator::V128Load32x2S { memarg } => load_widened!(sload32x2, memarg),
            Operator::V128Load32x2U { memarg } => load_widened!(uload32x2, memarg),

            Operator::V128Load8Splat { memarg } => self.load_splat(I8X16, memarg),
            Operator::V128Load16Splat { memarg } => self.load_splat(I16X8, memarg),
            Operator::V128Load32Splat { memarg } => self.load_splat(I32X4, memarg),
            Operator::V128Load64Splat { memarg } => self.load_splat(I64X2, memarg),
            Operator::V128Load32Zero { memarg } => self.load_zero(I32X4, memarg),
            Operator::V128Load64Zero { memarg } => self.load_zero(I64X2, memarg),

            Operator::V128Load8Lane { memarg, lane } => self.load_lane(I8X16, memarg, *lane),
            Operator::V128Load16Lane { memarg, lane } => self.load_lane(I16X8, memarg, *lane),
            Operator::V128Load32Lane { memarg, lane } => self.load_lane(I32X4, memarg, *lane),
            Operator::V128Load64Lane { memarg, lane } => self.load_lane(I64X2, memarg, *lane),
            Operator::V128Store8Lane { memarg, lane } => {
                return self.store_lane(I8X16, memarg, *lane);
            }
            Operator::V128Store16Lane { memarg, lane } => {
                return self.store_lane(I16X8, memarg, *lane);
            }
            Operator::V128Store32Lane { memarg, lane } => {
                return self.store_lane(I32X4, memarg, *lane);
            }
            Operator::V128Store64Lane { memarg, lane } => {
                return self.store_lane(I64X2, memarg, *lane);
            }
            _ => return false,
        };
        self.push(value);
        true
    }

    fn load_type(&mut self, ty: Type, memarg: &MemArg) -> Value {
        let index = self.pop();
        let (flags, base, offset) = self.memory_address(memarg, index, ty.bytes());
        self.builder.ins().load(ty, flags, base, offset)
    }

    fn store_value(&mut self, memarg: &MemArg, index: Value, value: Value) {
        let size = self.builder.func.dfg.value_type(value).bytes();
        let (flags, base, offset) = self.memory_address(memarg, index, size);
        self.builder.ins().store(flags, value, base, offset);
    }

    /// Loads a lane of `ty` to all lanes.
    fn load_splat(&mut self, ty: Type, memarg: &MemArg) -> Value {
        let value = self.load_type(ty.lane_type(), memarg);
        self.builder.ins().splat(ty, value)
    }

    /// Loads the first lane of `ty`; the others are zero.
    fn load_zero(&mut self, ty: Type, memarg: &MemArg) -> Value {
        let value = self.load_type(ty.lane_type(), memarg);
        self.builder.ins().scalar_to_vector(ty, value)
    }

    fn load_lane(&mut self, ty: Type, memarg: &MemArg, lane: u8) -> Value {
        let vector = self.pop_vector(ty);
        let value = self.load_type(ty.lane_type(), memarg);
        self.builder.ins().insertlane(vector, value, lane)
    }

    fn store_lane(&mut self, ty: Type, memarg: &MemArg, lane: u8) -> bool {
        let vector = self.pop_vector(ty);
        let index = self.pop();
        let value = self.builder.ins().extractlane(vector, lane);
        self.store_value(memarg, index, value);
        true
    }
}
