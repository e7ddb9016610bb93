//! The operand stack while a function is translated.

use super::Translator;
use crate::code::Unit;
use crate::instructions::Op;
use alloc::vec;
use alloc::vec::Vec;

/// So many operands above those that are in their slots may not be: they are
/// looked through when a local changes.
const MOST_NOTED: usize = 64;

/// Where an operand is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Value {
    /// In its slot.
    Slot,
    /// In a local.
    Local(u16),
    /// Known.
    Constant(u64),
}

/// The operand stack.
#[derive(Default)]
pub(super) struct Stack {
    values: Vec<Value>,
    /// The lowest so many are in their slots.
    settled: usize,
    /// How many operands are in each local.
    in_local: Vec<u32>,
    highest: u32,
}

impl Stack {
    pub(super) fn set_locals(&mut self, count: u32) {
        self.in_local = vec![0; count as usize];
        self.values.reserve(32);
    }

    pub(super) fn height(&self) -> usize {
        self.values.len()
    }

    /// The most operands that there were.
    pub(super) fn highest(&self) -> u32 {
        self.highest
    }

    pub(super) fn top(&self) -> Option<Value> {
        self.values.last().copied()
    }

    /// Puts a constant that is the second operand from the top on top.
    pub(super) fn constant_last(&mut self) {
        if let [.., below, top] = &mut self.values[..]
            && matches!(below, Value::Constant(_))
            && matches!(top, Value::Local(_))
        {
            core::mem::swap(below, top);
        }
    }

    fn push(&mut self, value: Value) {
        if let Value::Local(local) = value {
            self.in_local[usize::from(local)] += 1;
        }
        self.values.push(value);
        self.highest = self.highest.max(self.values.len() as u32);
    }

    fn pop(&mut self) -> Value {
        let value = self.values.pop().expect("validated code");
        if let Value::Local(local) = value {
            self.in_local[usize::from(local)] -= 1;
        }
        self.settled = self.settled.min(self.values.len());
        value
    }

    /// Notes that an operand is in its slot now.
    fn settle(&mut self, index: usize) {
        if let Value::Local(local) = self.values[index] {
            self.in_local[usize::from(local)] -= 1;
        }
        self.values[index] = Value::Slot;
    }
}

impl Translator<'_> {
    /// The slot of an operand.
    pub(super) fn slot(&self, index: usize) -> u16 {
        // Too many are refused after the operator.
        (self.locals as usize + index) as u16
    }

    pub(super) fn emit(&mut self, unit: Unit) {
        if let Some(positions) = &mut self.positions {
            positions.push((self.units.len() as u32, self.at));
        }
        self.units.push(unit.0);
        self.last = None;
    }

    /// Adds the second unit of the last instruction.
    pub(super) fn second(&mut self, unit: u64) {
        self.units.push(unit);
    }

    /// Takes the last instruction back, which must have one unit.
    pub(super) fn take_back(&mut self) {
        self.units.pop();
        if let Some(positions) = &mut self.positions {
            positions.pop();
        }
        self.last = None;
    }

    pub(super) fn push(&mut self, value: Value) {
        self.stack.push(value);
        if self.stack.height() - self.stack.settled > MOST_NOTED {
            self.settle();
        }
    }

    pub(super) fn pop(&mut self) -> Value {
        self.stack.pop()
    }

    /// Emits an instruction that stores its result in the slot that it is
    /// given, and pushes the result.
    pub(super) fn result(&mut self, unit: impl FnOnce(u16) -> Unit) {
        self.result_of_two(unit, None);
    }

    /// As [`Self::result`], with a second unit.
    pub(super) fn result_of_two(&mut self, unit: impl FnOnce(u16) -> Unit, second: Option<u64>) {
        let unit = unit(self.slot(self.stack.height()));
        self.emit(unit);
        let at = self.units.len() - 1;
        self.units.extend(second);
        let end = self.units.len();
        self.push(Value::Slot);
        // Unless the push has settled the operands.
        if self.units.len() == end {
            self.last = Some(at);
        }
    }

    /// Pops an operand; where it is.
    pub(super) fn pop_slot(&mut self) -> u16 {
        let value = self.pop();
        self.place(value, self.stack.height())
    }

    /// Pops two operands, the second from the top first.
    pub(super) fn pop2_slots(&mut self) -> (u16, u16) {
        let b = self.pop_slot();
        (self.pop_slot(), b)
    }

    /// Where an operand is; a constant is put in its slot.
    fn place(&mut self, value: Value, index: usize) -> u16 {
        match value {
            Value::Slot => self.slot(index),
            Value::Local(local) => local,
            Value::Constant(value) => {
                let slot = self.slot(index);
                self.constant(slot, value);
                slot
            }
        }
    }

    fn constant(&mut self, slot: u16, value: u64) {
        match u32::try_from(value) {
            Ok(value) => self.emit(Unit::wide(Op::Const32, slot, value)),
            Err(_) => {
                self.emit(Unit::new(Op::Const64, slot, 0, 0));
                self.second(value);
            }
        }
    }

    /// Puts a value in a slot.
    pub(super) fn store_in(&mut self, slot: u16, value: Value, index: usize) {
        match value {
            Value::Constant(value) => self.constant(slot, value),
            Value::Slot | Value::Local(_) => {
                let from = self.place(value, index);
                if from != slot {
                    self.emit(Unit::new(Op::Copy, slot, from, 0));
                }
            }
        }
    }

    /// Where operand `index` is noted to be.
    pub(super) fn value(&self, index: usize) -> Value {
        self.stack.values[index]
    }

    /// Puts all operands in their slots.
    pub(super) fn settle(&mut self) {
        for index in self.stack.settled..self.stack.height() {
            self.settle_one(index);
        }
        self.stack.settled = self.stack.height();
    }

    fn settle_one(&mut self, index: usize) {
        let value = self.stack.values[index];
        if value != Value::Slot {
            let slot = self.slot(index);
            self.store_in(slot, value, index);
            self.stack.settle(index);
        }
    }

    /// Removes operands, and adds `count` that are in their slots.
    pub(super) fn replace(&mut self, height: usize, count: usize) {
        while self.stack.height() > height {
            self.stack.pop();
        }
        for _ in 0..count {
            self.stack.push(Value::Slot);
        }
        self.stack.settled = self.stack.settled.max(height) + count;
        self.last = None;
    }

    /// Pops an operand into a local.
    pub(super) fn set_local(&mut self, local: u16) {
        let value = self.pop();
        let index = self.stack.height();
        if self.stack.in_local[usize::from(local)] > 0 {
            for i in self.stack.settled..index {
                if self.stack.values[i] == Value::Local(local) {
                    self.settle_one(i);
                }
            }
        }
        if value == Value::Slot
            && let Some(last) = self.last
            && Unit(self.units[last]).a() == self.slot(index)
        {
            // The instruction that computed it can store it there itself.
            let a_mask = 0xffff << 16;
            self.units[last] = self.units[last] & !a_mask | u64::from(local) << 16;
            self.last = None;
            return;
        }
        self.store_in(local, value, index);
    }
}
