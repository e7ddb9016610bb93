//! Calls.

use super::{Refused, Translator, is_callable, refuse};
use crate::code::Unit;
use crate::instructions::Op;
use wasmparser::Operator;

impl Translator<'_> {
    pub(super) fn call(&mut self, op: &Operator<'_>) -> Result<bool, Refused> {
        match *op {
            Operator::Call { function_index } => {
                let (params, results) =
                    self.arity(self.module.functions[function_index as usize])?;
                let first = self.operands(params);
                let imported = self.module.imported_functions;
                self.emit(match function_index.checked_sub(imported) {
                    Some(defined) => Unit::wide(Op::Call, first, defined),
                    None => Unit::wide(Op::CallImport, first, function_index),
                });
                self.results(results);
            }
            Operator::CallIndirect {
                type_index,
                table_index,
            } => {
                let (params, results) = self.arity(type_index)?;
                let index = self.pop_slot();
                let first = self.operands(params);
                self.emit(Unit::new(
                    Op::CallIndirect,
                    first,
                    index,
                    table_index as u16,
                ));
                self.second(u64::from(type_index));
                self.results(results);
            }
            Operator::CallRef { type_index } => {
                let (params, results) = self.arity(type_index)?;
                let reference = self.pop_slot();
                let first = self.operands(params);
                self.emit(Unit::new(Op::CallRef, first, reference, 0));
                self.second(u64::from(type_index));
                self.results(results);
            }
            Operator::ReturnCall { function_index } => {
                let imported = self.module.imported_functions;
                let Some(defined) = function_index.checked_sub(imported) else {
                    return refuse("a tail call of an imported function");
                };
                let (params, _) = self.arity(self.module.functions[function_index as usize])?;
                let first = self.operands(params);
                self.emit(Unit::wide(Op::ReturnCall, first, defined));
                self.reachable = false;
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// Numbers of parameters and results of a function type.
    fn arity(&self, type_index: u32) -> Result<(usize, usize), Refused> {
        let ty = self.module.type_signature(type_index);
        if !is_callable(ty) {
            return refuse("a call with vectors");
        }
        Ok((ty.params().len(), ty.results().len()))
    }

    /// Pushes results, which the called function left where its arguments were.
    fn results(&mut self, count: usize) {
        let height = self.stack.height();
        self.replace(height, count);
    }
}
