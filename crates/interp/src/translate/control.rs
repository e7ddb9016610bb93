//! Blocks, loops, conditionals, branches and returns.

use super::stack::Value;
use super::{Refused, Translator, fits, refuse};
use crate::code::{LoopSite, Unit};
use crate::instructions::Op;
use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::sync::atomic::AtomicUsize;
use wasmjit_module::{FuncType, ValType};
use wasmparser::{BlockType, BrTable, Operator};

/// What a control frame is.
enum Kind {
    Function,
    Block,
    /// With its first unit.
    Loop(usize),
    /// With the distance to the alternative, to be filled in.
    If(Distance),
    Else,
}

/// A distance that is not known yet.
#[derive(Clone, Copy)]
struct Distance {
    /// The unit that holds it.
    unit: usize,
    /// The unit that it counts from.
    from: usize,
    /// Whether it is in the upper half of its unit.
    upper: bool,
}

/// An entered and not yet ended block.
pub(super) struct Control {
    kind: Kind,
    /// Height of the operand stack below the parameters.
    height: usize,
    params: usize,
    results: usize,
    /// Branches to the end.
    branches: Vec<Distance>,
    /// Blocks inside unreachable code that were not ended yet.
    dead_depth: usize,
}

impl Control {
    pub(super) fn function(ty: &FuncType) -> Self {
        Self {
            kind: Kind::Function,
            height: 0,
            params: 0,
            results: ty.results().len(),
            branches: Vec::new(),
            dead_depth: 0,
        }
    }
}

impl Translator<'_> {
    pub(super) fn control(&mut self, op: &Operator<'_>) -> Result<bool, Refused> {
        match *op {
            Operator::Unreachable => {
                self.emit(Unit::new(Op::Unreachable, 0, 0, 0));
                self.reachable = false;
            }
            Operator::Block { blockty } => self.enter(blockty, |_| Kind::Block)?,
            Operator::Loop { blockty } => {
                self.enter(blockty, |this| {
                    let at = this.units.len();
                    let index = this.loops.len() as u32;
                    this.loops.push(LoopSite {
                        offset: this.at,
                        entry: AtomicUsize::new(0),
                    });
                    this.emit(Unit::wide(Op::Loop, 0, index));
                    Kind::Loop(at)
                })?;
            }
            Operator::If { blockty } => {
                let condition = self.pop_condition();
                self.settle();
                let otherwise = self.branch_on(condition, false);
                self.enter(blockty, |_| Kind::If(otherwise))?;
            }
            Operator::Else => self.else_part(),
            Operator::End => self.end(),
            Operator::Br { relative_depth } => {
                self.branch(relative_depth);
                self.reachable = false;
            }
            Operator::BrIf { relative_depth } => {
                let condition = self.pop_condition();
                self.branch_if(condition, relative_depth);
            }
            Operator::BrTable { ref targets } => self.branch_table(targets)?,
            Operator::Return => {
                self.return_values();
                self.reachable = false;
            }
            Operator::RefAsNonNull => {
                let value = self.pop();
                let index = self.stack.height();
                self.push(value);
                self.settle();
                let slot = self.slot(index);
                self.emit(Unit::new(Op::RefAsNonNull, slot, 0, 0));
            }
            Operator::BrOnNull { relative_depth } => {
                let reference = self.settled_top();
                self.pop();
                self.branch_if(Condition::Null(reference), relative_depth);
                self.push(Value::Slot);
            }
            Operator::BrOnNonNull { relative_depth } => {
                let reference = self.settled_top();
                self.branch_if(Condition::NotNull(reference), relative_depth);
                self.pop();
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// Puts all operands in their slots; the slot of the topmost.
    fn settled_top(&mut self) -> u16 {
        self.settle();
        self.last = None;
        self.slot(self.stack.height() - 1)
    }

    /// Keeps track of nesting where no code is generated.
    pub(super) fn unreachable_operator(&mut self, op: &Operator<'_>) {
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
            Operator::End => self.end(),
            Operator::Else if frame.dead_depth == 0 => self.else_part(),
            _ => {}
        }
    }

    /// Numbers of parameters and results of a block.
    fn block_arity(&self, ty: BlockType) -> Result<(usize, usize), Refused> {
        let all_fit = |types: &[ValType]| types.iter().all(|&ty| fits(ty));
        match ty {
            BlockType::Empty => Ok((0, 0)),
            BlockType::Type(ty) if fits(ty) => Ok((0, 1)),
            BlockType::FuncType(index) => {
                let ty = self.module.type_signature(index);
                if !all_fit(ty.params()) || !all_fit(ty.results()) {
                    return refuse("a block with vectors");
                }
                Ok((ty.params().len(), ty.results().len()))
            }
            BlockType::Type(_) => refuse("a block with vectors"),
        }
    }

    fn enter(
        &mut self,
        ty: BlockType,
        kind: impl FnOnce(&mut Self) -> Kind,
    ) -> Result<(), Refused> {
        let (params, results) = self.block_arity(ty)?;
        self.settle();
        self.last = None;
        let kind = kind(self);
        self.control.push(Control {
            kind,
            height: self.stack.height() - params,
            params,
            results,
            branches: Vec::new(),
            dead_depth: 0,
        });
        Ok(())
    }

    fn else_part(&mut self) {
        let reachable = self.reachable;
        if reachable {
            self.settle();
            let end = self.jump();
            self.control
                .last_mut()
                .expect("validated code")
                .branches
                .push(end);
        }
        let here = self.units.len();
        let frame = self.control.last_mut().expect("validated code");
        let (height, params) = (frame.height, frame.params);
        if let Kind::If(otherwise) = core::mem::replace(&mut frame.kind, Kind::Else) {
            self.fill_in(otherwise, here);
        }
        self.replace(height, params);
        self.reachable = true;
    }

    fn end(&mut self) {
        if self.reachable {
            self.settle();
        }
        let frame = self.control.pop().expect("validated code");
        let here = self.units.len();
        let mut reachable = self.reachable || !frame.branches.is_empty();
        if let Kind::If(otherwise) = frame.kind {
            // Without an alternative the parameters are the results.
            self.fill_in(otherwise, here);
            reachable = true;
        }
        for branch in frame.branches {
            self.fill_in(branch, here);
        }
        self.replace(frame.height, frame.results);
        self.reachable = reachable;
        if matches!(frame.kind, Kind::Function) && reachable {
            self.return_values();
        }
    }

    // Branches.

    fn fill_in(&mut self, distance: Distance, to: usize) {
        let value = (to as i64 - distance.from as i64) as i32 as u32;
        let unit = &mut self.units[distance.unit];
        if distance.upper {
            *unit = *unit & 0xffff_ffff | u64::from(value) << 32;
        } else {
            *unit = u64::from(value);
        }
    }

    /// Emits a jump to a place that is not known yet.
    fn jump(&mut self) -> Distance {
        self.emit(Unit::wide(Op::Jump, 0, 0));
        let unit = self.units.len() - 1;
        Distance {
            unit,
            from: unit + 1,
            upper: true,
        }
    }

    /// A distance to the label at `depth`: filled in now, or later.
    fn connect(&mut self, distance: Distance, depth: u32) {
        let index = self.control.len() - 1 - depth as usize;
        match self.control[index].kind {
            Kind::Loop(start) => self.fill_in(distance, start),
            _ => self.control[index].branches.push(distance),
        }
    }

    /// Number of values that a branch to a label carries, and the height of the
    /// stack below them.
    fn label(&self, depth: u32) -> (usize, usize) {
        let frame = &self.control[self.control.len() - 1 - depth as usize];
        let count = match frame.kind {
            Kind::Loop(_) => frame.params,
            _ => frame.results,
        };
        (count, frame.height)
    }

    fn is_function(&self, depth: u32) -> bool {
        depth as usize + 1 == self.control.len()
    }

    /// Whether the values of a label are where they must be.
    fn in_place(&self, depth: u32) -> bool {
        let (count, height) = self.label(depth);
        let start = self.stack.height() - count;
        count == 0
            || start == height
                && (start..self.stack.height()).all(|index| self.value(index) == Value::Slot)
    }

    /// Moves the topmost values to where the label wants them; for the
    /// translation they stay.
    fn move_values(&mut self, depth: u32) {
        let (count, height) = self.label(depth);
        let start = self.stack.height() - count;
        for i in 0..count {
            let to = self.slot(height + i);
            self.store_in(to, self.value(start + i), start + i);
        }
    }

    fn branch(&mut self, depth: u32) {
        if self.is_function(depth) {
            self.return_values();
            return;
        }
        self.move_values(depth);
        let distance = self.jump();
        self.connect(distance, depth);
    }

    fn branch_if(&mut self, condition: Condition, depth: u32) {
        if self.in_place(depth) && !self.is_function(depth) {
            let distance = self.branch_on(condition, true);
            self.connect(distance, depth);
            return;
        }
        let over = self.branch_on(condition, false);
        self.branch(depth);
        let here = self.units.len();
        self.fill_in(over, here);
        self.last = None;
    }

    fn branch_table(&mut self, targets: &BrTable<'_>) -> Result<(), Refused> {
        let index = self.pop_slot();
        self.emit(Unit::wide(Op::BrTable, index, targets.len()));
        let first = self.units.len();
        let after = first + targets.len() as usize + 1;
        self.units.resize(after, 0);
        let mut indirect: BTreeMap<u32, Vec<Distance>> = BTreeMap::new();
        let depths = targets.targets().chain([Ok(targets.default())]);
        for (i, depth) in depths.enumerate() {
            let depth = depth?;
            let distance = Distance {
                unit: first + i,
                from: first,
                upper: false,
            };
            if self.in_place(depth) && !self.is_function(depth) {
                self.connect(distance, depth);
            } else {
                indirect.entry(depth).or_default().push(distance);
            }
        }
        for (depth, distances) in indirect {
            let here = self.units.len();
            for distance in distances {
                self.fill_in(distance, here);
            }
            self.branch(depth);
            self.check_size()?;
        }
        self.reachable = false;
        Ok(())
    }

    /// Returns the topmost values; for the translation they stay.
    fn return_values(&mut self) {
        let count = self.ty.results().len();
        let start = self.stack.height() - count;
        match count {
            0 => self.emit(Unit::new(Op::Return0, 0, 0, 0)),
            1 => {
                let slot = match self.value(start) {
                    Value::Local(local) => local,
                    value => {
                        let slot = self.slot(start);
                        self.store_in(slot, value, start);
                        slot
                    }
                };
                self.emit(Unit::new(Op::Return1, slot, 0, 0));
            }
            _ => {
                for index in start..start + count {
                    let slot = self.slot(index);
                    self.store_in(slot, self.value(index), index);
                }
                let slot = self.slot(start);
                self.emit(Unit::new(Op::ReturnMany, slot, count as u16, 0));
            }
        }
    }

    // Conditions.

    /// Pops a condition. A comparison that was just computed is taken back.
    fn pop_condition(&mut self) -> Condition {
        if self.stack.top() == Some(Value::Slot)
            && let Some(last) = self.last
        {
            let unit = Unit(self.units[last]);
            let slot = self.slot(self.stack.height() - 1);
            let op = Op::from_u16(unit.number()).filter(|op| op.branching().is_some());
            if let Some(op) = op
                && unit.a() == slot
                && last + 1 == self.units.len()
            {
                self.take_back();
                self.pop();
                return Condition::Comparison(op, unit.b(), unit.c());
            }
        }
        Condition::Value(self.pop_slot())
    }

    /// Emits a branch that is taken when the condition is `expected`.
    fn branch_on(&mut self, condition: Condition, expected: bool) -> Distance {
        let comparison = match condition {
            Condition::Value(slot) => {
                let op = if expected { Op::BrIf } else { Op::BrUnless };
                self.emit(Unit::wide(op, slot, 0));
                let unit = self.units.len() - 1;
                return Distance {
                    unit,
                    from: unit + 1,
                    upper: true,
                };
            }
            Condition::Comparison(op, a, b) => (op, a, b),
            Condition::Null(reference) => (Op::I64EqImm, reference, 0),
            Condition::NotNull(reference) => (Op::I64NeImm, reference, 0),
        };
        let (op, a, b) = comparison;
        let op = if expected { Some(op) } else { op.negated() };
        let op = op.and_then(Op::branching).expect("a comparison");
        self.emit(Unit::new(op, a, b, 0));
        self.second(0);
        let unit = self.units.len() - 1;
        Distance {
            unit,
            from: unit + 1,
            upper: false,
        }
    }
}

/// What a branch depends on.
#[derive(Clone, Copy)]
enum Condition {
    /// Whether a value is not zero.
    Value(u16),
    /// A comparison of two operands.
    Comparison(Op, u16, u16),
    /// Whether a reference is null.
    Null(u16),
    /// Whether it is not.
    NotNull(u16),
}
