//! Functions that are entered at one of their loops.
//!
//! The interpreter hands a running function over at the start of a loop. Such a
//! variant is translated from its beginning, like any other, but its entry
//! leads to the loop instead: the code before the loop can then only be reached
//! through an outer loop, or not at all. The entry loads all locals, and the
//! operands that lie on the stack at the loop, from the interpreter's frame.
//!
//! Operands below a block that holds the loop live in variables while the block
//! is open, so that the builder joins what the entry loads with what the code
//! before the loop computes.

use super::FunctionTranslator;
use super::control::FrameKind;
use crate::abi;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use cranelift_codegen::ir::{Block, BlockArg, InstBuilder, MemFlagsData, Type, Value};
use cranelift_frontend::Variable;
use wasmparser::{FunctionBody, Operator};

/// The way in.
pub(super) struct LoopEntry {
    /// Offset of the loop in the module's binary.
    offset: u32,
    /// Where each block that holds the loop begins, outermost first, the loop
    /// included.
    around: Vec<u32>,
    /// Loads the values, once the loop is met; `None` afterwards.
    block: Option<Block>,
    /// Address of the values.
    values: Value,
    /// Where operands are kept, by their place on the stack.
    kept: Vec<(Variable, Type)>,
}

impl LoopEntry {
    /// Whether the loop was met.
    pub(super) fn done(&self) -> bool {
        self.block.is_none()
    }
}

/// Where the blocks begin that hold the instruction at `offset`, and that
/// instruction, a loop.
fn blocks_around(body: &FunctionBody<'_>, offset: u32) -> Result<Vec<u32>, String> {
    let mut operators = body.get_operators_reader().map_err(|e| e.to_string())?;
    let mut open = Vec::new();
    while !operators.eof() {
        let (operator, at) = operators.read_with_offset().map_err(|e| e.to_string())?;
        let at = u32::try_from(at).unwrap_or(u32::MAX);
        match operator {
            Operator::Loop { .. } if at == offset => {
                open.push(at);
                return Ok(open);
            }
            Operator::Block { .. }
            | Operator::Loop { .. }
            | Operator::If { .. }
            | Operator::TryTable { .. }
            | Operator::Try { .. } => open.push(at),
            Operator::End | Operator::Delegate { .. } => {
                open.pop();
            }
            _ => {}
        }
    }
    Err("there is no such loop".to_string())
}

impl FunctionTranslator<'_> {
    /// Ends the entry block: it leads to the loop. What follows is the
    /// function's beginning, which nothing leads to.
    pub(super) fn begin_at_loop(
        &mut self,
        body: &FunctionBody<'_>,
        offset: u32,
    ) -> Result<(), String> {
        let around = blocks_around(body, offset)?;
        let entry = self.builder.current_block().expect("the entry block");
        let values = self.builder.block_params(entry)[1];
        self.poll_entry();
        let block = self.builder.create_block();
        self.builder.ins().jump(block, &[]);
        self.builder.seal_block(block);
        let beginning = self.builder.create_block();
        self.builder.seal_block(beginning);
        self.builder.switch_to_block(beginning);
        self.loop_entry = Some(LoopEntry {
            offset,
            around,
            block: Some(block),
            values,
            kept: Vec::new(),
        });
        Ok(())
    }

    /// Whether the block that begins with the current operator holds the loop.
    pub(super) fn holds_loop_entry(&self) -> bool {
        let entry = self.loop_entry.as_ref();
        entry.is_some_and(|entry| entry.around.binary_search(&self.at).is_ok())
    }

    /// Keeps the lowest `count` operands in variables.
    pub(super) fn keep_in_variables(&mut self, count: usize) {
        let Some(mut entry) = self.loop_entry.take() else {
            return;
        };
        for i in entry.kept.len()..count {
            let value = self.canonical(self.stack[i]);
            let ty = self.builder.func.dfg.value_type(value);
            let variable = self.builder.declare_var(ty);
            self.builder.def_var(variable, value);
            entry.kept.push((variable, ty));
        }
        self.loop_entry = Some(entry);
    }

    /// Puts the lowest `count` operands, which are kept, on the stack as they
    /// are in the current block.
    pub(super) fn take_from_variables(&mut self, count: usize) {
        for i in 0..count {
            let kept = self.loop_entry.as_ref().map(|entry| entry.kept[i].0);
            if let Some(variable) = kept {
                self.stack[i] = self.builder.use_var(variable);
            }
        }
    }

    /// If the current operator is the loop: leads the entry to its header,
    /// whose parameters are of the types `params`.
    pub(super) fn enter_at_loop(&mut self, header: Block, params: &[Type]) {
        let at = self.at;
        let holds_exception = self.holds_exception();
        let Some(entry) = self.loop_entry.as_mut().filter(|entry| entry.offset == at) else {
            return;
        };
        if holds_exception {
            return;
        }
        let Some(block) = entry.block.take() else {
            return;
        };
        let (values, kept) = (entry.values, entry.kept.clone());
        self.builder.switch_to_block(block);
        let mut next = 0;
        for i in 0..self.locals.len() {
            let (variable, ty) = self.locals[i];
            let value = self.interpreted_value(values, &mut next, abi::value_type(ty));
            self.builder.def_var(variable, value);
        }
        for (variable, ty) in kept {
            let value = self.interpreted_value(values, &mut next, ty);
            self.builder.def_var(variable, value);
        }
        let args: Vec<BlockArg> = params
            .iter()
            .map(|&ty| BlockArg::Value(self.interpreted_value(values, &mut next, ty)))
            .collect();
        self.builder.ins().jump(header, &args);
    }

    /// The next value of the interpreter's frame.
    fn interpreted_value(&mut self, values: Value, next: &mut i32, ty: Type) -> Value {
        let flags = MemFlagsData::trusted();
        let value = self.builder.ins().load(ty, flags, values, *next);
        *next += 8 * ty.bytes().div_ceil(8) as i32;
        value
    }

    /// Whether an exception that was caught is in reach: it has no place in the
    /// interpreter's frame.
    fn holds_exception(&self) -> bool {
        self.control.iter().any(|frame| match &frame.kind {
            FrameKind::Try(state) => state.is_caught(),
            _ => false,
        })
    }
}
