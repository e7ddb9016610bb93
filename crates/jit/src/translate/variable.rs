//! Locals, globals, and instructions that only move operands.

use super::{FunctionTranslator, Region};
use crate::abi;
use cranelift_codegen::ir::{InstBuilder, Value};
use wasmparser::Operator;

impl FunctionTranslator<'_> {
    pub(super) fn translate_variable(&mut self, op: &Operator<'_>) -> bool {
        match *op {
            Operator::LocalGet { local_index } => {
                let (variable, _) = self.locals[local_index as usize];
                let value = self.builder.use_var(variable);
                self.push(value);
            }
            Operator::LocalSet { local_index } => {
                let value = self.pop();
                self.set_local(local_index, value);
            }
            Operator::LocalTee { local_index } => {
                let value = *self.stack.last().expect("validated code");
                self.set_local(local_index, value);
            }
            Operator::GlobalGet { global_index } => {
                let ty = abi::value_type(
                    self.env.module.globals[global_index as usize]
                        .ty
                        .content_type,
                );
                let mutable = self.env.module.globals[global_index as usize].ty.mutable;
                let (base, offset) = self.global_address(global_index);
                let flags = if mutable {
                    self.trusted(Region::Global)
                } else {
                    self.constant()
                };
                let value = self.builder.ins().load(ty, flags, base, offset);
                self.push(value);
            }
            Operator::GlobalSet { global_index } => {
                let value = self.pop();
                let value = self.canonical(value);
                let (base, offset) = self.global_address(global_index);
                let flags = self.trusted(Region::Global);
                self.builder.ins().store(flags, value, base, offset);
            }
            Operator::Drop => {
                self.pop();
            }
            Operator::Select | Operator::TypedSelect { .. } | Operator::TypedSelectMulti { .. } => {
                let (a, b, condition) = self.pop3();
                let (a, b) = (self.canonical(a), self.canonical(b));
                let value = self.builder.ins().select(condition, a, b);
                self.push(value);
            }
            Operator::Nop => {}
            _ => return false,
        }
        true
    }

    fn set_local(&mut self, index: u32, value: Value) {
        let value = self.canonical(value);
        let (variable, _) = self.locals[index as usize];
        self.builder.def_var(variable, value);
    }

    /// Where a global's cell is.
    fn global_address(&mut self, index: u32) -> (Value, i32) {
        let offset = self.env.offsets.global(index);
        if self.env.offsets.global_is_imported(index) {
            (self.context_pointer(offset), 0)
        } else {
            (self.vmctx, offset as i32)
        }
    }
}
