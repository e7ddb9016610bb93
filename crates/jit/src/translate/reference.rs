//! References.

use super::{FunctionTranslator, trap_code};
use core::mem::offset_of;
use cranelift_codegen::ir::{InstBuilder, condcodes::IntCC, types};
use wasmjit_runtime::TrapCode;
use wasmjit_runtime::vm::VMImportedFunction;
use wasmparser::Operator;

impl FunctionTranslator<'_> {
    pub(super) fn translate_reference(&mut self, op: &Operator<'_>) -> bool {
        match *op {
            Operator::RefNull { .. } => {
                let null = self.builder.ins().iconst(types::I64, 0);
                self.push(null);
            }
            Operator::RefIsNull => {
                let value = self.pop();
                let is_null = self.builder.ins().icmp_imm_u(IntCC::Equal, value, 0);
                let is_null = self.builder.ins().uextend(types::I32, is_null);
                self.push(is_null);
            }
            Operator::RefFunc { function_index } => {
                let value = if function_index < self.env.module.imported_functions {
                    let at = self.env.offsets.imported_function(function_index);
                    self.context_pointer(at + offset_of!(VMImportedFunction, func_ref) as u32)
                } else {
                    let offset = self
                        .env
                        .offsets
                        .func_ref(function_index)
                        .expect("validated: declared before it is referenced");
                    let vmctx = self.vmctx;
                    self.builder.ins().iadd_imm_s(vmctx, i64::from(offset))
                };
                self.push(value);
            }
            Operator::RefAsNonNull => {
                let value = self.pop();
                self.builder
                    .ins()
                    .trapz(value, trap_code(TrapCode::NullReference));
                self.push(value);
            }
            Operator::BrOnNull { relative_depth } => {
                let value = self.pop();
                let is_null = self.builder.ins().icmp_imm_u(IntCC::Equal, value, 0);
                self.branch_if(is_null, relative_depth);
                self.push(value);
            }
            Operator::BrOnNonNull { relative_depth } => {
                let value = *self.stack.last().expect("validated code");
                let is_null = self.builder.ins().icmp_imm_u(IntCC::NotEqual, value, 0);
                self.branch_if(is_null, relative_depth);
                self.pop();
            }
            _ => return false,
        }
        true
    }
}
