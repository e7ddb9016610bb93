//! Where code asks whether something wants attention, and whether its stack is used
//! up (`docs/decisions/0002-one-word-for-attention.md`).
//!
//! Where the platform interrupts loops, they do not ask. It finds the thread in compiled
//! code, at any instruction, or elsewhere: then the thread asks when it comes back from
//! there. Calls of the runtime do so themselves, and so do trampolines of host functions;
//! what is left are imported functions, whose code may be another, and handlers of
//! exceptions.

use super::{FunctionTranslator, context};
use alloc::vec::Vec;
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{Block, BlockArg, InstBuilder, MemFlagsData, Value, types};
use cranelift_frontend::FunctionBuilder;
use wasmjit_module::Module;
use wasmjit_runtime::builtins::Builtin;
use wasmjit_runtime::vm::{INTERRUPTED, store_context};
use wasmparser::{BinaryReader, FunctionBody, Operator, OperatorsReader};

/// So many operators of a function are looked at to know whether it is polled when
/// it is called.
const SHORT: usize = 64;

/// Whether a function asks at its entry. One without calls and loops ends soon and
/// needs little stack.
pub(super) fn is_polled_at_entry(body: &FunctionBody<'_>) -> bool {
    body.get_operators_reader()
        .is_ok_and(|operators| calls_or_loops(operators, usize::MAX))
}

/// Whether a call or a loop is among the first `count` operators.
fn calls_or_loops(mut operators: OperatorsReader<'_>, count: usize) -> bool {
    for _ in 0..count {
        match operators.read() {
            Ok(
                Operator::Call { .. }
                | Operator::CallIndirect { .. }
                | Operator::CallRef { .. }
                | Operator::ReturnCall { .. }
                | Operator::ReturnCallIndirect { .. }
                | Operator::ReturnCallRef { .. }
                | Operator::Loop { .. },
            ) => return true,
            Ok(_) => {}
            Err(_) => return false,
        }
    }
    false
}

/// Whether each iteration of a loop, whose operators follow, asks in any case: before
/// anything that may go back to its beginning it calls a function that asks at its
/// entry, or comes to a loop within.
fn is_polled_inside(module: &Module, mut operators: OperatorsReader<'_>) -> bool {
    // Blocks of the loop that are open.
    let mut depth = 0;
    loop {
        match operators.read() {
            Ok(Operator::Loop { .. }) => return true,
            Ok(Operator::Call { function_index }) => {
                if is_polled_when_called(module, function_index) {
                    return true;
                }
            }
            Ok(Operator::Block { .. }) => depth += 1,
            Ok(Operator::End) if depth > 0 => depth -= 1,
            // Leaves the loop, or goes on.
            Ok(Operator::BrIf { relative_depth }) if relative_depth > depth => {}
            Ok(ref operator) if is_straight(operator) => {}
            _ => return false,
        }
    }
}

fn is_polled_when_called(module: &Module, function: u32) -> bool {
    let Some(body) = module.body(function) else {
        return false;
    };
    let range = body.range.clone();
    let reader = BinaryReader::new(&module.bytes()[range.clone()], range.start as u64);
    let operators = FunctionBody::new(reader).get_operators_reader();
    operators.is_ok_and(|operators| calls_or_loops(operators, SHORT))
}

/// Whether the next operator always follows. What throws an exception leaves the
/// loop: handlers inside are not straight.
fn is_straight(operator: &Operator<'_>) -> bool {
    !matches!(
        operator,
        Operator::If { .. }
            | Operator::Else
            | Operator::End
            | Operator::Br { .. }
            | Operator::BrIf { .. }
            | Operator::BrTable { .. }
            | Operator::BrOnNull { .. }
            | Operator::BrOnNonNull { .. }
            | Operator::BrOnCast { .. }
            | Operator::BrOnCastFail { .. }
            | Operator::Try { .. }
            | Operator::TryTable { .. }
            | Operator::Catch { .. }
            | Operator::CatchAll
            | Operator::Delegate { .. }
            | Operator::Rethrow { .. }
            | Operator::Throw { .. }
            | Operator::ThrowRef
            | Operator::Unreachable
            | Operator::Return
            | Operator::ReturnCall { .. }
            | Operator::ReturnCallIndirect { .. }
            | Operator::ReturnCallRef { .. }
    )
}

/// Whether a store, by its context, was interrupted.
pub(crate) fn is_interrupted(builder: &mut FunctionBuilder<'_>, store: Value) -> Value {
    let offset = i64::from(store_context::STACK_LIMIT);
    let address = builder.ins().iadd_imm_s(store, offset);
    // Atomic, or it would be merged with the load at the entry.
    let flags = MemFlagsData::trusted();
    let limit = builder.ins().atomic_load(types::I64, flags, address);
    builder
        .ins()
        .icmp_imm_s(IntCC::Equal, limit, INTERRUPTED as i64)
}

impl FunctionTranslator<'_> {
    /// At the function's entry: asks for attention and for the stack.
    pub(super) fn poll_entry(&mut self) {
        let header = self.builder.create_block();
        self.builder.ins().jump(header, &[]);
        self.builder.switch_to_block(header);
        let store = self.context_pointer(context::STORE as u32);
        let flags = MemFlagsData::trusted();
        let limit = self
            .builder
            .ins()
            .load(types::I64, flags, store, store_context::STACK_LIMIT);
        let sp = self.builder.ins().get_stack_pointer(types::I64);
        let passed = self.builder.ins().icmp(IntCC::UnsignedLessThan, sp, limit);
        match self.attention(store) {
            // Two branches are fewer instructions than one that joins two conditions.
            Some(attention) => self.poll_if_any(header, &[passed, attention]),
            None => self.poll_if_any(header, &[passed]),
        }
        self.builder.seal_block(header);
    }

    /// Whether the platform interrupts loops, at any instruction.
    pub(super) fn are_loops_interrupted(&self) -> bool {
        !self.env.tunables.polled_loops
    }

    /// At the start of a loop's header: asks for attention, unless what follows does so
    /// or the platform interrupts loops.
    pub(super) fn poll_loop(&mut self, header: Block) {
        if self.are_loops_interrupted() {
            // Memory may have changed: nothing is known from before the loop.
            self.builder.ins().sequence_point();
            self.loops.interrupted.push(self.at);
        } else if !self.loop_is_polled_inside() {
            self.poll_attention(header);
        }
    }

    /// Where the thread may have left compiled code and comes back: asks for attention
    /// if nothing else does so before the code may loop.
    pub(super) fn poll_return(&mut self) {
        if self.are_loops_interrupted() {
            let header = self.builder.create_block();
            self.builder.ins().jump(header, &[]);
            self.builder.switch_to_block(header);
            self.poll_attention(header);
            self.builder.seal_block(header);
        }
    }

    /// Asks for attention only; the current block is `header`.
    fn poll_attention(&mut self, header: Block) {
        let store = self.context_pointer(context::STORE as u32);
        if let Some(attention) = self.attention(store) {
            self.poll_if_any(header, &[attention]);
            return;
        }
        let interrupted = is_interrupted(&mut self.builder, store);
        self.poll_if_any(header, &[interrupted]);
    }

    /// Of the loop that is the current operator.
    fn loop_is_polled_inside(&self) -> bool {
        let (module, start) = (self.env.module, self.at as usize);
        let rest = &module.bytes()[start..self.end];
        let mut operators = OperatorsReader::new(BinaryReader::new(rest, start as u64));
        operators.read().is_ok() && is_polled_inside(module, operators)
    }

    /// The bits of the platform's word that mean an interruption, if it has one.
    fn attention(&mut self, store: Value) -> Option<Value> {
        let mask = self.env.tunables.attention?;
        let flags = MemFlagsData::trusted();
        let word = self.builder.ins().load(
            types::I64,
            flags.with_readonly().with_can_move(),
            store,
            store_context::ATTENTION,
        );
        let bits = self.builder.ins().atomic_load(types::I32, flags, word);
        Some(self.builder.ins().band_imm_u(bits, i64::from(mask)))
    }

    /// Polls if a condition holds that was computed since the start of `header`.
    fn poll_if_any(&mut self, header: Block, conditions: &[Value]) {
        let slow = self.builder.create_block();
        let next = self.builder.create_block();
        self.builder.set_cold_block(slow);
        for (at, &condition) in conditions.iter().enumerate() {
            let otherwise = match at + 1 == conditions.len() {
                true => next,
                false => self.builder.create_block(),
            };
            self.builder
                .ins()
                .brif(condition, slow, &[], otherwise, &[]);
            if otherwise != next {
                self.builder.seal_block(otherwise);
                self.builder.switch_to_block(otherwise);
            }
        }
        self.builder.seal_block(slow);
        self.builder.switch_to_block(slow);
        self.call_builtin(Builtin::Poll, &[]);
        if self.env.tunables.attention.is_some() {
            // What wants attention there may go on to want it.
            self.builder.ins().jump(next, &[]);
        } else {
            // It asks again. A second way to what follows would be an edge between
            // blocks with others, and cost the code around it registers.
            let params = self.builder.block_params(header);
            let args: Vec<_> = params.iter().map(|&p| BlockArg::Value(p)).collect();
            self.builder.ins().jump(header, &args);
        }
        self.builder.seal_block(next);
        self.builder.switch_to_block(next);
    }
}
