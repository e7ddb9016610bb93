//! Linear memory.

use super::{Refused, Translator};
use crate::code::Unit;
use crate::instructions::{self, Op};
use wasmparser::{MemArg, MemArgTarget, Operator};

impl Translator<'_> {
    pub(super) fn memory(&mut self, op: &Operator<'_>) -> Result<bool, Refused> {
        if let Some((op, memarg)) = instructions::load(op) {
            let address = self.pop_slot();
            let (op, c, far) = self.access(op, &memarg);
            self.result_of_two(|to| Unit::new(op, to, address, c), far);
            return Ok(true);
        }
        if let Some((op, memarg)) = instructions::store(op) {
            let (address, value) = self.pop2_slots();
            let (op, c, far) = self.access(op, &memarg);
            self.emit(Unit::new(op, address, value, c));
            if let Some(offset) = far {
                self.second(offset);
            }
            return Ok(true);
        }
        match *op {
            Operator::MemorySize { mem } => {
                self.result(|to| Unit::new(Op::MemorySize, to, mem as u16, 0));
            }
            Operator::MemoryGrow { mem } => {
                let pages = self.pop_slot();
                self.result(|to| Unit::new(Op::MemoryGrow, to, pages, mem as u16));
            }
            Operator::MemoryFill { mem } => {
                let first = self.operands(3);
                self.emit(Unit::new(Op::MemoryFill, first, mem as u16, 0));
            }
            Operator::MemoryCopy { dst_mem, src_mem } => {
                let first = self.operands(3);
                self.emit(Unit::new(
                    Op::MemoryCopy,
                    first,
                    dst_mem as u16,
                    src_mem as u16,
                ));
            }
            Operator::MemoryInit { data_index, mem } => {
                let first = self.operands(3);
                self.emit(Unit::new(Op::MemoryInit, first, mem as u16, 0));
                self.second(u64::from(data_index));
            }
            Operator::DataDrop { data_index } => {
                self.emit(Unit::wide(Op::DataDrop, 0, data_index));
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// Pops `count` operands after putting them in their slots; the first one's.
    pub(super) fn operands(&mut self, count: usize) -> u16 {
        self.settle();
        let height = self.stack.height() - count;
        self.replace(height, 0);
        self.slot(height)
    }

    /// The form of an access: near, with the offset as third operand; or far,
    /// with the memory there and the offset in a second unit.
    fn access(&self, op: Op, memarg: &MemArg) -> (Op, u16, Option<u64>) {
        let memory = match memarg.target {
            MemArgTarget::Memory(index) => index,
            MemArgTarget::Array(_) => unreachable!("garbage-collected arrays are not enabled"),
        };
        let is_near = memory == 0 && !self.module.memories[0].memory64;
        match u16::try_from(memarg.offset) {
            Ok(offset) if is_near => (op, offset, None),
            _ => {
                let far = op.far().expect("each access has both forms");
                (far, memory as u16, Some(memarg.offset))
            }
        }
    }
}
