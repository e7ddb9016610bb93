//! Throwing and catching: `try_table` with exception references, and the
//! earlier `try`/`catch`/`delegate` form.
//!
//! Each block that catches has a landing block, which takes the exception.
//! Calls inside it name that block as their handler; the runtime's unwinder
//! resumes there. The landing block compares the exception's tag with those of
//! the clauses and otherwise hands the exception on to the next outer landing
//! block, or back to the runtime.

use super::control::FrameKind;
use super::{FunctionTranslator, Region};
use crate::abi;
use alloc::vec::Vec;
use core::mem::offset_of;
use cranelift_codegen::ir::{
    Block, BlockArg, InstBuilder, StackSlotData, StackSlotKind, Value, condcodes::IntCC, types,
};
use wasmjit_runtime::builtins::Builtin;
use wasmjit_runtime::vm::{RawValue, VMException};
use wasmparser::{Catch, Operator};

/// A clause of `try_table`.
#[derive(Clone, Copy)]
pub(super) struct CatchClause {
    /// The tag; all exceptions when absent.
    tag: Option<u32>,
    /// Whether the label takes the exception reference too.
    with_reference: bool,
    label: u32,
}

/// Progress of a `try`.
pub(super) struct TryState {
    /// Takes the exception.
    landing: Block,
    /// Where the next clause compares; `None` after `catch_all`.
    dispatch: Option<Block>,
    /// The exception, once a clause was met.
    exception: Option<Value>,
}

impl TryState {
    /// Whether control is in one of the clauses.
    pub(super) fn is_caught(&self) -> bool {
        self.exception.is_some()
    }
}

impl FunctionTranslator<'_> {
    pub(super) fn translate_exception(&mut self, op: &Operator<'_>) -> bool {
        match op {
            Operator::Throw { tag_index } => self.throw(*tag_index),
            Operator::ThrowRef => {
                let exception = self.pop();
                self.call_builtin(Builtin::ThrowRef, &[exception]);
                self.reachable = false;
            }
            Operator::TryTable { try_table } => {
                let clauses = try_table
                    .catches
                    .iter()
                    .map(|clause| match *clause {
                        Catch::One { tag, label } => CatchClause {
                            tag: Some(tag),
                            with_reference: false,
                            label,
                        },
                        Catch::OneRef { tag, label } => CatchClause {
                            tag: Some(tag),
                            with_reference: true,
                            label,
                        },
                        Catch::All { label } => CatchClause {
                            tag: None,
                            with_reference: false,
                            label,
                        },
                        Catch::AllRef { label } => CatchClause {
                            tag: None,
                            with_reference: true,
                            label,
                        },
                    })
                    .collect::<Vec<_>>();
                let landing = self.landing_block();
                let catches = !clauses.is_empty();
                self.push_frame(FrameKind::TryTable(landing, clauses), try_table.ty);
                if catches {
                    self.handlers.push(landing);
                }
            }
            Operator::Try { blockty } => {
                let landing = self.landing_block();
                let state = TryState {
                    landing,
                    dispatch: Some(landing),
                    exception: None,
                };
                self.push_frame(FrameKind::Try(state), *blockty);
                self.handlers.push(landing);
            }
            Operator::Catch { tag_index } => self.catch(Some(*tag_index)),
            Operator::CatchAll => self.catch(None),
            Operator::Rethrow { relative_depth } => {
                let index = self.control.len() - 1 - *relative_depth as usize;
                let FrameKind::Try(TryState {
                    exception: Some(exception),
                    ..
                }) = self.control[index].kind
                else {
                    unreachable!("validated code");
                };
                self.call_builtin(Builtin::ThrowRef, &[exception]);
                self.reachable = false;
            }
            Operator::Delegate { relative_depth } => self.delegate(*relative_depth),
            _ => return false,
        }
        true
    }

    fn landing_block(&mut self) -> Block {
        let landing = self.builder.create_block();
        self.builder.append_block_param(landing, types::I64);
        self.builder.set_cold_block(landing);
        landing
    }

    fn throw(&mut self, tag: u32) {
        let params = self
            .env
            .module
            .type_signature(self.env.module.tags[tag as usize])
            .params();
        let values = self.pop_many(params.len());
        let slot = self.builder.create_sized_stack_slot(StackSlotData::new(
            StackSlotKind::ExplicitSlot,
            (values.len() * size_of::<RawValue>()) as u32,
            4,
        ));
        let array = self.builder.ins().stack_addr(types::I64, slot, 0);
        let flags = self.trusted(Region::Values);
        for (i, &value) in values.iter().enumerate() {
            self.builder
                .ins()
                .store(flags, value, array, (i * size_of::<RawValue>()) as i32);
        }
        let tag = self.tag_address(tag);
        self.call_builtin(Builtin::Throw, &[tag, array]);
        self.reachable = false;
    }

    /// The tag's identity.
    fn tag_address(&mut self, index: u32) -> Value {
        let offset = self.env.offsets.tag(index);
        if self.env.offsets.tag_is_imported(index) {
            self.context_pointer(offset)
        } else {
            let vmctx = self.vmctx;
            self.builder.ins().iadd_imm_s(vmctx, i64::from(offset))
        }
    }

    /// Whether `exception` has the tag.
    fn has_tag(&mut self, exception: Value, tag: u32) -> Value {
        let flags = self.trusted(Region::Values);
        let actual = self.builder.ins().load(
            types::I64,
            flags,
            exception,
            offset_of!(VMException, tag) as i32,
        );
        let expected = self.tag_address(tag);
        self.builder.ins().icmp(IntCC::Equal, actual, expected)
    }

    /// The values that an exception with this tag carries.
    fn exception_values(&mut self, exception: Value, tag: u32) -> Vec<Value> {
        let params = self
            .env
            .module
            .type_signature(self.env.module.tags[tag as usize])
            .params();
        let flags = self.trusted(Region::Values);
        let offset = |i: usize| (VMException::VALUES + i * size_of::<RawValue>()) as i32;
        params
            .iter()
            .enumerate()
            .map(|(i, &ty)| {
                self.builder
                    .ins()
                    .load(abi::value_type(ty), flags, exception, offset(i))
            })
            .collect()
    }

    /// Gives an exception that no clause of a block took to what is outside
    /// that block; the current handlers are those outside.
    fn pass_on(&mut self, exception: Value) {
        match self.handlers.last() {
            Some(&outer) => {
                self.builder
                    .ins()
                    .jump(outer, &[BlockArg::Value(exception)]);
            }
            None => {
                self.call_builtin(Builtin::ThrowRef, &[exception]);
            }
        }
    }

    pub(super) fn finish_try_table(&mut self, landing: Block, clauses: &[CatchClause]) {
        if clauses.is_empty() {
            return;
        }
        self.builder.switch_to_block(landing);
        self.builder.seal_block(landing);
        self.poll_return();
        let exception = self.builder.block_params(landing)[0];
        for clause in clauses {
            let matched = clause.tag.map(|tag| {
                let matched = self.builder.create_block();
                let next = self.builder.create_block();
                let condition = self.has_tag(exception, tag);
                self.builder.ins().brif(condition, matched, &[], next, &[]);
                self.builder.seal_block(matched);
                self.builder.seal_block(next);
                self.builder.switch_to_block(matched);
                next
            });
            let mut values = match clause.tag {
                Some(tag) => self.exception_values(exception, tag),
                None => Vec::new(),
            };
            if clause.with_reference {
                values.push(exception);
            }
            let args: Vec<BlockArg> = values.into_iter().map(BlockArg::Value).collect();
            let (target, _) = self.label(clause.label);
            self.builder.ins().jump(target, &args);
            match matched {
                Some(next) => self.builder.switch_to_block(next),
                // A clause that takes everything is the last that matters.
                None => return,
            }
        }
        self.pass_on(exception);
    }

    fn catch(&mut self, tag: Option<u32>) {
        self.finish_part();
        let frame = self.control.last_mut().expect("validated code");
        let handlers = frame.handlers;
        let FrameKind::Try(state) = &mut frame.kind else {
            unreachable!("validated code");
        };
        let landing = state.landing;
        let dispatch = state.dispatch.take().expect("validated code");
        self.handlers.truncate(handlers);
        self.builder.switch_to_block(dispatch);
        if dispatch == landing {
            self.builder.seal_block(landing);
            self.poll_return();
        }
        let exception = self.builder.block_params(landing)[0];
        let mut next = None;
        let mut values = Vec::new();
        if let Some(tag) = tag {
            let body = self.builder.create_block();
            let otherwise = self.builder.create_block();
            let condition = self.has_tag(exception, tag);
            self.builder
                .ins()
                .brif(condition, body, &[], otherwise, &[]);
            self.builder.seal_block(body);
            self.builder.seal_block(otherwise);
            self.builder.switch_to_block(body);
            values = self.exception_values(exception, tag);
            next = Some(otherwise);
        }
        let FrameKind::Try(state) = &mut self.control.last_mut().expect("checked").kind else {
            unreachable!("checked");
        };
        state.dispatch = next;
        state.exception = Some(exception);
        self.stack.extend(values);
        self.reachable = true;
    }

    /// The end of a `try`: what no clause took is passed on.
    pub(super) fn finish_try(&mut self, state: TryState) {
        if let Some(dispatch) = state.dispatch {
            self.builder.switch_to_block(dispatch);
            if dispatch == state.landing {
                self.builder.seal_block(dispatch);
                self.poll_return();
            }
            let exception = self.builder.block_params(state.landing)[0];
            self.pass_on(exception);
        }
    }

    fn delegate(&mut self, depth: u32) {
        self.finish_part();
        let frame = self.control.pop().expect("validated code");
        let FrameKind::Try(state) = frame.kind else {
            unreachable!("validated code");
        };
        // The exception counts as thrown at the label: only handlers outside
        // it, or the label itself while its body is open, may take it.
        let index = self.control.len() - 1 - depth as usize;
        let target = &self.control[index];
        let open = matches!(&target.kind, FrameKind::Try(state) if state.exception.is_none());
        let visible = target.handlers + usize::from(open);
        self.handlers.truncate(frame.handlers);
        let kept = self.handlers.split_off(visible.min(self.handlers.len()));
        self.builder.switch_to_block(state.landing);
        self.builder.seal_block(state.landing);
        let exception = self.builder.block_params(state.landing)[0];
        self.pass_on(exception);
        self.handlers.extend(kept);
        self.reachable = false;
        if frame.followed {
            self.builder.switch_to_block(frame.following);
            self.builder.seal_block(frame.following);
            let params = self.builder.block_params(frame.following).to_vec();
            if frame.holds_entry {
                self.take_from_variables(frame.height);
            }
            self.stack.extend(params);
            self.reachable = true;
        }
    }
}
