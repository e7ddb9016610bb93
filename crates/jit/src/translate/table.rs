//! Tables.

use super::{FunctionTranslator, Region};
use core::mem::offset_of;
use cranelift_codegen::ir::{InstBuilder, Value, condcodes::IntCC, types};
use wasmjit_runtime::TrapCode;
use wasmjit_runtime::builtins::Builtin;
use wasmjit_runtime::vm::VMTable;
use wasmparser::Operator;

impl FunctionTranslator<'_> {
    pub(super) fn translate_table(&mut self, op: &Operator<'_>) -> bool {
        match *op {
            Operator::TableGet { table } => {
                let index = self.pop();
                let value = self.table_element(table, index, TrapCode::TableOutOfBounds);
                self.push(value);
            }
            Operator::TableSet { table } => {
                let (index, value) = self.pop2();
                let address = self.table_address(table, index, TrapCode::TableOutOfBounds);
                let flags = self.trusted(Region::Table);
                self.builder.ins().store(flags, value, address, 0);
            }
            Operator::TableSize { table } => {
                let (_, length) = self.table_parts(table);
                let length = self.table_index_result(table, length);
                self.push(length);
            }
            Operator::TableGrow { table } => {
                let (value, delta) = self.pop2();
                let delta = self.extend_index(delta);
                let index = self.i32_constant(table);
                let old = self
                    .call_builtin(Builtin::TableGrow, &[index, value, delta])
                    .expect("a value");
                let old = self.table_index_result(table, old);
                self.push(old);
            }
            Operator::TableFill { table } => {
                let (at, value, length) = self.pop3();
                let (at, length) = (self.extend_index(at), self.extend_index(length));
                let index = self.i32_constant(table);
                self.call_builtin(Builtin::TableFill, &[index, at, value, length]);
            }
            Operator::TableCopy {
                dst_table,
                src_table,
            } => {
                let (to, from, length) = self.pop3();
                let (to, from) = (self.extend_index(to), self.extend_index(from));
                let length = self.extend_index(length);
                let (dst, src) = (self.i32_constant(dst_table), self.i32_constant(src_table));
                self.call_builtin(Builtin::TableCopy, &[dst, src, to, from, length]);
            }
            Operator::TableInit { elem_index, table } => {
                let (to, from, length) = self.pop3();
                let to = self.extend_index(to);
                let (index, segment) = (self.i32_constant(table), self.i32_constant(elem_index));
                self.call_builtin(Builtin::TableInit, &[index, segment, to, from, length]);
            }
            Operator::ElemDrop { elem_index } => {
                let segment = self.i32_constant(elem_index);
                self.call_builtin(Builtin::ElemDrop, &[segment]);
            }
            _ => return false,
        }
        true
    }

    /// A size of a table as its index type.
    fn table_index_result(&mut self, table: u32, value: Value) -> Value {
        if self.env.module.tables[table as usize].ty.table64 {
            value
        } else {
            self.builder.ins().ireduce(types::I32, value)
        }
    }

    /// First element and number of elements.
    fn table_parts(&mut self, table: u32) -> (Value, Value) {
        let ty = self.env.module.tables[table as usize].ty;
        let offset = self.env.offsets.table(table);
        let (descriptor, at) = if self.env.offsets.table_is_imported(table) {
            (self.context_pointer(offset), 0)
        } else {
            (self.vmctx, offset as i32)
        };
        let flags = self.trusted(Region::Table);
        let base = self.builder.ins().load(
            types::I64,
            flags,
            descriptor,
            at + offset_of!(VMTable, base) as i32,
        );
        // A table that cannot grow has a length known now.
        let length = if ty.maximum == Some(ty.initial) {
            self.builder.ins().iconst(types::I64, ty.initial as i64)
        } else {
            self.builder.ins().load(
                types::I64,
                flags,
                descriptor,
                at + offset_of!(VMTable, length) as i32,
            )
        };
        (base, length)
    }

    /// Address of an element, checked.
    fn table_address(&mut self, table: u32, index: Value, code: TrapCode) -> Value {
        let (base, length) = self.table_parts(table);
        let index = self.extend_index(index);
        let out = self
            .builder
            .ins()
            .icmp(IntCC::UnsignedGreaterThanOrEqual, index, length);
        self.trap_if(out, code);
        let scaled = self.builder.ins().ishl_imm_u(index, 3);
        let address = self.builder.ins().iadd(base, scaled);
        if self.env.tunables.spectre_v1 {
            // A wrongly predicted bounds check reads the table's start.
            self.builder.ins().select_spectre_guard(out, base, address)
        } else {
            address
        }
    }

    /// An element of a table; traps with `code` when there is none.
    pub(super) fn table_element(&mut self, table: u32, index: Value, code: TrapCode) -> Value {
        let address = self.table_address(table, index, code);
        let flags = self.trusted(Region::Table);
        self.builder.ins().load(types::I64, flags, address, 0)
    }
}
