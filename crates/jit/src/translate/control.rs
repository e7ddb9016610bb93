//! Blocks, loops, conditionals and branches.

use super::exception::{CatchClause, TryState};
use super::{FunctionTranslator, trap_code};
use crate::abi;
use alloc::vec::Vec;
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{Block, BlockArg, BlockCall, InstBuilder, JumpTableData, Type, Value};
use wasmjit_module::ValType;
use wasmjit_runtime::TrapCode;
use wasmparser::{BlockType, Operator};

/// What a control frame is.
pub(super) enum FrameKind {
    /// The function's body.
    Function,
    /// `block`
    Block,
    /// `loop`, with its header.
    Loop(Block),
    /// `if` whose `else` was not met yet: the block of the alternative and
    /// the parameters it starts with.
    If(Block, Vec<Value>),
    /// `else`
    Else,
    /// `try_table`: its landing block and clauses.
    TryTable(Block, Vec<CatchClause>),
    /// `try`
    Try(TryState),
}

/// An entered and not yet ended block.
pub(super) struct ControlFrame {
    pub(super) kind: FrameKind,
    /// Where control goes after the `end`.
    pub(super) following: Block,
    /// Number of values that a branch to this frame carries.
    pub(super) branch_arity: usize,
    /// Number of results.
    pub(super) results: usize,
    /// Height of the operand stack below the parameters.
    pub(super) height: usize,
    /// Depth of the handler stack outside this frame.
    pub(super) handlers: usize,
    /// Whether something jumps to `following`.
    pub(super) followed: bool,
    /// Blocks inside unreachable code of this frame that were not ended yet.
    dead_depth: usize,
    /// The loop at which the function is entered is inside, or is this one.
    pub(super) holds_entry: bool,
}

impl ControlFrame {
    pub(super) fn function(exit: Block, results: usize) -> Self {
        Self {
            kind: FrameKind::Function,
            following: exit,
            branch_arity: results,
            results,
            height: 0,
            handlers: 0,
            followed: false,
            dead_depth: 0,
            holds_entry: false,
        }
    }
}

fn block_args(values: &[Value]) -> Vec<BlockArg> {
    values.iter().map(|&v| BlockArg::Value(v)).collect()
}

impl FunctionTranslator<'_> {
    pub(super) fn translate_control(&mut self, op: &Operator<'_>) -> bool {
        match op {
            Operator::Unreachable => {
                self.builder.ins().trap(trap_code(TrapCode::Unreachable));
                self.reachable = false;
            }
            Operator::Block { blockty } => {
                self.push_frame(FrameKind::Block, *blockty);
            }
            Operator::Loop { blockty } => self.translate_loop(*blockty),
            Operator::If { blockty } => {
                let condition = self.pop();
                let then = self.builder.create_block();
                let otherwise = self.builder.create_block();
                self.builder
                    .ins()
                    .brif(condition, then, &[], otherwise, &[]);
                self.builder.seal_block(then);
                self.builder.seal_block(otherwise);
                let (params, _) = self.block_types(*blockty);
                let saved = self.stack[self.stack.len() - params.len()..].to_vec();
                self.push_frame(FrameKind::If(otherwise, saved), *blockty);
                self.builder.switch_to_block(then);
            }
            Operator::Else => self.translate_else(),
            Operator::End => self.translate_end(),
            Operator::Br { relative_depth } => {
                self.branch(*relative_depth);
            }
            Operator::BrIf { relative_depth } => {
                let condition = self.pop();
                self.branch_if(condition, *relative_depth);
            }
            Operator::BrTable { targets } => self.translate_br_table(targets),
            Operator::Return => {
                let results = self.control[0].results;
                let values = self.pop_many(results);
                self.return_values(&values);
                self.reachable = false;
            }
            _ => return false,
        }
        true
    }

    /// Keeps track of nesting where no code is generated.
    pub(super) fn translate_unreachable(&mut self, op: &Operator<'_>) {
        let frame = self.control.last_mut().expect("validated code");
        match op {
            Operator::Block { .. }
            | Operator::Loop { .. }
            | Operator::If { .. }
            | Operator::TryTable { .. }
            | Operator::Try { .. } => frame.dead_depth += 1,
            Operator::End | Operator::Delegate { .. } if frame.dead_depth > 0 => {
                frame.dead_depth -= 1;
            }
            Operator::End => self.translate_end(),
            Operator::Else if frame.dead_depth == 0 => self.translate_else(),
            Operator::Catch { .. } | Operator::CatchAll | Operator::Delegate { .. }
                if frame.dead_depth == 0 =>
            {
                self.translate_exception(op);
            }
            _ => {}
        }
    }

    /// Parameter and result types of a block.
    pub(super) fn block_types(&self, ty: BlockType) -> (Vec<Type>, Vec<Type>) {
        match ty {
            BlockType::Empty => (Vec::new(), Vec::new()),
            BlockType::Type(ty) => (Vec::new(), abi::value_types(&[ty as ValType])),
            BlockType::FuncType(index) => {
                let ty = self.env.module.type_signature(index);
                (
                    abi::value_types(ty.params()),
                    abi::value_types(ty.results()),
                )
            }
        }
    }

    /// Enters a block whose parameters lie on the stack.
    pub(super) fn push_frame(&mut self, kind: FrameKind, ty: BlockType) {
        let (params, results) = self.block_types(ty);
        let following = self.builder.create_block();
        for &ty in &results {
            self.builder.append_block_param(following, ty);
        }
        let branch_arity = match kind {
            FrameKind::Loop(_) => params.len(),
            _ => results.len(),
        };
        let height = self.stack.len() - params.len();
        let holds_entry = self.holds_loop_entry();
        if holds_entry && !matches!(kind, FrameKind::Loop(_)) {
            self.keep_in_variables(height);
        }
        self.control.push(ControlFrame {
            kind,
            following,
            branch_arity,
            results: results.len(),
            height,
            handlers: self.handlers.len(),
            followed: false,
            dead_depth: 0,
            holds_entry,
        });
    }

    /// Enters a loop whose parameters lie on the stack.
    fn translate_loop(&mut self, ty: BlockType) {
        self.loops.any = true;
        let (params, _) = self.block_types(ty);
        let header = self.builder.create_block();
        for &ty in &params {
            self.builder.append_block_param(header, ty);
        }
        let values = self.pop_many(params.len());
        if self.holds_loop_entry() {
            // Before the values are given to the header: they are not kept.
            self.keep_in_variables(self.stack.len());
        }
        let args = block_args(&values);
        self.builder.ins().jump(header, &args);
        self.enter_at_loop(header, &params);
        self.builder.switch_to_block(header);
        self.stack
            .extend_from_slice(self.builder.block_params(header));
        self.push_frame(FrameKind::Loop(header), ty);
        self.poll_loop(header);
    }

    /// Ends a reachable part of the innermost block: its results go on to
    /// what follows. Afterwards the stack is as it was before the block.
    pub(super) fn finish_part(&mut self) {
        let frame = self.control.last().expect("validated code");
        let (following, results, height) = (frame.following, frame.results, frame.height);
        if self.reachable {
            let values = self.pop_many(results);
            let args = block_args(&values);
            self.builder.ins().jump(following, &args);
            self.control.last_mut().expect("checked").followed = true;
        }
        self.stack.truncate(height);
    }

    fn translate_else(&mut self) {
        self.finish_part();
        let frame = self.control.last_mut().expect("validated code");
        let FrameKind::If(otherwise, params) = core::mem::replace(&mut frame.kind, FrameKind::Else)
        else {
            unreachable!("validated code");
        };
        let (height, holds_entry) = (frame.height, frame.holds_entry);
        self.builder.switch_to_block(otherwise);
        if holds_entry {
            self.take_from_variables(height);
        }
        self.stack.extend(params);
        self.reachable = true;
    }

    fn translate_end(&mut self) {
        if let FrameKind::If(..) = self.control.last().expect("validated code").kind {
            // An absent alternative passes the parameters on.
            self.translate_else();
        }
        self.finish_part();
        self.reachable = false;
        let frame = self.control.last_mut().expect("validated code");
        let (following, handlers) = (frame.following, frame.handlers);
        let kind = core::mem::replace(&mut frame.kind, FrameKind::Block);
        self.handlers.truncate(handlers);
        match kind {
            FrameKind::Loop(header) => self.builder.seal_block(header),
            FrameKind::Try(state) => self.finish_try(state),
            FrameKind::TryTable(landing, clauses) => {
                // Labels of the clauses do not count the block itself.
                let frame = self.control.pop().expect("checked");
                self.finish_try_table(landing, &clauses);
                self.control.push(frame);
            }
            _ => {}
        }
        let frame = self.control.pop().expect("checked");
        if frame.followed {
            self.builder.switch_to_block(following);
            self.builder.seal_block(following);
            // Before variables are used, which can add parameters.
            let params = self.builder.block_params(following).to_vec();
            if frame.holds_entry {
                self.take_from_variables(frame.height);
            }
            if self.control.is_empty() {
                self.return_values(&params);
            } else {
                self.stack.extend(params);
                self.reachable = true;
            }
        }
    }

    /// Ends the function. Each place that does so has a copy of what leads back to the
    /// caller: a block for all of them would tie up registers on the way there.
    fn return_values(&mut self, values: &[Value]) {
        if let Some(guard) = self.vectors {
            guard.end(&mut self.builder);
        }
        self.builder.ins().return_(values);
    }

    /// Where a branch goes and the values that it carries; they stay on the
    /// stack.
    pub(super) fn branch_target(&mut self, depth: u32) -> (Block, Vec<Value>) {
        let (target, arity) = self.label(depth);
        (target, self.peek_many(arity))
    }

    /// A branch target and the number of values that it takes.
    pub(super) fn label(&mut self, depth: u32) -> (Block, usize) {
        let index = self.control.len() - 1 - depth as usize;
        let frame = &mut self.control[index];
        let target = match frame.kind {
            FrameKind::Loop(header) => header,
            _ => {
                frame.followed = true;
                frame.following
            }
        };
        (target, frame.branch_arity)
    }

    fn branch(&mut self, depth: u32) {
        let (target, values) = self.branch_target(depth);
        let args = block_args(&values);
        self.builder.ins().jump(target, &args);
        self.reachable = false;
    }

    /// `brif condition, target, fall through`, the values of the label being
    /// on the stack.
    pub(super) fn branch_if(&mut self, condition: Value, depth: u32) {
        let next = self.builder.create_block();
        let (target, values) = self.branch_target(depth);
        let args = block_args(&values);
        self.builder.ins().brif(condition, target, &args, next, &[]);
        self.builder.seal_block(next);
        self.builder.switch_to_block(next);
    }

    fn translate_br_table(&mut self, targets: &wasmparser::BrTable<'_>) {
        let index = self.pop();
        let (_, arity) = self.label(targets.default());
        let values = self.peek_many(arity);
        let args = block_args(&values);
        let mut table = Vec::with_capacity(targets.len() as usize);
        for depth in targets.targets() {
            let (block, _) = self.label(depth.expect("validated code"));
            let pool = &mut self.builder.func.dfg.value_lists;
            table.push(BlockCall::new(block, args.iter().copied(), pool));
        }
        let (block, _) = self.label(targets.default());
        let pool = &mut self.builder.func.dfg.value_lists;
        let default = BlockCall::new(block, args.iter().copied(), pool);
        if self.env.tunables.guarded_branches {
            self.branch_tree(index, 0, &table, default);
        } else {
            let data = JumpTableData::new(default, &table);
            let jump_table = self.builder.create_jump_table(data);
            self.builder.ins().br_table(index, jump_table);
        }
        self.reachable = false;
    }

    /// Jumps to one of `targets`, whose first is that of index `first`, by
    /// comparisons: a table would take an indirect branch.
    fn branch_tree(&mut self, index: Value, first: u32, targets: &[BlockCall], default: BlockCall) {
        let target_of = |builder: &Self, call: &BlockCall| {
            let pool = &builder.builder.func.dfg.value_lists;
            let args: Vec<BlockArg> = call.args(pool).collect();
            (call.block(pool), args)
        };
        match targets {
            [] => {
                let (block, args) = target_of(self, &default);
                self.builder.ins().jump(block, &args);
            }
            [only] => {
                let same = self
                    .builder
                    .ins()
                    .icmp_imm_u(IntCC::Equal, index, i64::from(first));
                let (block, args) = target_of(self, only);
                let (other, other_args) = target_of(self, &default);
                self.builder
                    .ins()
                    .brif(same, block, &args, other, &other_args);
            }
            _ => {
                let (low, high) = targets.split_at(targets.len() / 2);
                let middle = first + low.len() as u32;
                let below = self.builder.ins().icmp_imm_u(
                    IntCC::UnsignedLessThan,
                    index,
                    i64::from(middle),
                );
                let low_block = self.builder.create_block();
                let high_block = self.builder.create_block();
                self.builder
                    .ins()
                    .brif(below, low_block, &[], high_block, &[]);
                for (block, first, targets) in [(low_block, first, low), (high_block, middle, high)]
                {
                    self.builder.seal_block(block);
                    self.builder.switch_to_block(block);
                    self.branch_tree(index, first, targets, default);
                }
            }
        }
    }
}
