//! Tables and function references.

use super::Translator;
use crate::code::Unit;
use crate::instructions::Op;
use core::mem::offset_of;
use wasmjit_runtime::vm::VMImportedFunction;
use wasmparser::Operator;

impl Translator<'_> {
    pub(super) fn table(&mut self, op: &Operator<'_>) -> bool {
        match *op {
            Operator::TableGet { table } => {
                let index = self.pop_slot();
                self.result(|to| Unit::new(Op::TableGet, to, index, table as u16));
            }
            Operator::TableSet { table } => {
                let (index, value) = self.pop2_slots();
                self.emit(Unit::new(Op::TableSet, index, value, table as u16));
            }
            Operator::TableSize { table } => {
                self.result(|to| Unit::new(Op::TableSize, to, table as u16, 0));
            }
            Operator::TableGrow { table } => {
                let first = self.operands(2);
                self.result(|_| Unit::new(Op::TableGrow, first, table as u16, 0));
                // The operands are behind the result.
                self.last = None;
            }
            Operator::TableFill { table } => {
                let first = self.operands(3);
                self.emit(Unit::new(Op::TableFill, first, table as u16, 0));
            }
            Operator::TableCopy {
                dst_table,
                src_table,
            } => {
                let first = self.operands(3);
                self.emit(Unit::new(
                    Op::TableCopy,
                    first,
                    dst_table as u16,
                    src_table as u16,
                ));
            }
            Operator::TableInit { elem_index, table } => {
                let first = self.operands(3);
                self.emit(Unit::new(Op::TableInit, first, table as u16, 0));
                self.second(u64::from(elem_index));
            }
            Operator::ElemDrop { elem_index } => {
                self.emit(Unit::wide(Op::ElemDrop, 0, elem_index));
            }
            Operator::RefFunc { function_index } => {
                if function_index < self.module.imported_functions {
                    let at = self.offsets.imported_function(function_index)
                        + offset_of!(VMImportedFunction, func_ref) as u32;
                    self.result(|to| Unit::wide(Op::RefFuncImported, to, at));
                } else {
                    let at = self
                        .offsets
                        .func_ref(function_index)
                        .expect("validated: declared before it is referenced");
                    self.result(|to| Unit::wide(Op::RefFunc, to, at));
                }
            }
            _ => return false,
        }
        true
    }
}
