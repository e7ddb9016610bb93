//! WebAssembly function bodies to the interpreter's code, in one pass.
//!
//! Every local and every place of the operand stack has a slot in the frame.
//! An operand need not be in its slot: what `local.get` and constants push is
//! only noted, and taken from where it is by the instruction that uses it.
//! Where control flow joins, all operands are in their slots.

mod call;
mod control;
mod memory;
mod stack;
mod table;

use crate::code::{Code, LoopSite, Unit};
use crate::instructions::{self, Op};
use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;
use control::Control;
use core::sync::atomic::AtomicU32;
use stack::Value;
use wasmjit_module::{FuncType, Module, ValType};
use wasmjit_runtime::vm::VMOffsets;
use wasmparser::{BinaryReader, FunctionBody, Operator};

/// Most values in a frame: their places have 16 bits.
const MOST_SLOTS: u32 = 0xffff;

/// Most units of a function, for each byte of its body, and for each function:
/// branches with many values can need far more instructions than bytes.
const UNITS_A_BYTE: usize = 4;
const UNITS_A_FUNCTION: usize = 4096;

/// Why a function is left to the compiler.
#[derive(Debug)]
pub(crate) struct Refused(pub(crate) String);

impl From<wasmparser::BinaryReaderError> for Refused {
    fn from(error: wasmparser::BinaryReaderError) -> Self {
        Self(error.to_string())
    }
}

fn refuse<T>(reason: &str) -> Result<T, Refused> {
    Err(Refused(reason.to_string()))
}

/// Whether a value of this type fits a slot.
fn fits(ty: ValType) -> bool {
    ty != ValType::V128
}

/// Whether the interpreter can call functions of this type.
fn is_callable(ty: &FuncType) -> bool {
    ty.params().iter().chain(ty.results()).all(|&ty| fits(ty))
}

/// Where instructions stand in the module's binary: the first unit of each
/// instruction that was emitted first for an operator.
pub(crate) type Positions = Vec<(u32, u32)>;

/// Translates defined function `defined`; `positions` is filled if it is asked
/// for.
pub(crate) fn translate(
    module: &Module,
    offsets: &VMOffsets,
    defined: u32,
    positions: Option<&mut Positions>,
) -> Result<Code, Refused> {
    let index = module.imported_functions + defined;
    let ty = module.function_type(index);
    if !is_callable(ty) {
        return refuse("vector parameters or results");
    }
    let range = module
        .body(index)
        .expect("a defined function")
        .range
        .clone();
    let reader = BinaryReader::new(&module.bytes()[range.clone()], range.start as u64);
    let body = FunctionBody::new(reader);
    let mut translator = Translator::new(module, offsets, ty, positions);
    translator.most_units = UNITS_A_FUNCTION + UNITS_A_BYTE * range.len();
    translator.units.reserve(range.len() / 3 + 8);
    translator.declare_locals(&body)?;
    let mut operators = body.get_operators_reader()?;
    while !operators.eof() {
        let (operator, offset) = operators.read_with_offset()?;
        translator.at = offset as u32;
        translator.operator(&operator)?;
    }
    Ok(translator.finish(defined))
}

struct Translator<'a> {
    module: &'a Module,
    offsets: &'a VMOffsets,
    ty: &'a FuncType,
    positions: Option<&'a mut Positions>,
    /// Offset of the current operator in the module's binary.
    at: u32,
    units: Vec<u64>,
    locals: u32,
    stack: stack::Stack,
    control: Vec<Control>,
    reachable: bool,
    loops: Vec<LoopSite>,
    /// The last instruction, if it stored its result in the slot of the
    /// topmost operand and nothing can jump behind it.
    last: Option<usize>,
    most_units: usize,
}

impl<'a> Translator<'a> {
    fn new(
        module: &'a Module,
        offsets: &'a VMOffsets,
        ty: &'a FuncType,
        positions: Option<&'a mut Positions>,
    ) -> Self {
        Self {
            module,
            offsets,
            ty,
            positions,
            at: 0,
            units: Vec::new(),
            locals: ty.params().len() as u32,
            stack: stack::Stack::default(),
            control: vec![Control::function(ty)],
            reachable: true,
            loops: Vec::new(),
            last: None,
            most_units: 0,
        }
    }

    fn declare_locals(&mut self, body: &FunctionBody<'_>) -> Result<(), Refused> {
        let mut reader = body.get_locals_reader()?;
        for _ in 0..reader.get_count() {
            let (count, ty) = reader.read()?;
            if !fits(ty) {
                return refuse("a vector variable");
            }
            self.locals = self.locals.saturating_add(count);
        }
        if self.locals > MOST_SLOTS {
            return refuse("too many variables");
        }
        self.stack.set_locals(self.locals);
        Ok(())
    }

    fn finish(self, defined: u32) -> Code {
        Code {
            units: self.units.into_boxed_slice(),
            frame_size: self.locals + self.stack.highest(),
            params: self.ty.params().len() as u32,
            locals: self.locals,
            results: self.ty.results().len() as u32,
            function: defined,
            loops: self.loops.into_boxed_slice(),
            heat: AtomicU32::new(0),
            hot_at: AtomicU32::new(u32::MAX),
        }
    }

    fn operator(&mut self, op: &Operator<'_>) -> Result<(), Refused> {
        if !self.reachable {
            self.unreachable_operator(op);
            return Ok(());
        }
        let known = self.variable(op)?
            || self.numeric(op)
            || self.memory(op)?
            || self.control(op)?
            || self.call(op)?
            || self.table(op);
        if !known {
            let text = alloc::format!("{op:?}");
            let name = text.split([' ', '{', '(']).next().unwrap_or_default();
            return Err(Refused(alloc::format!("the instruction {name}")));
        }
        if self.stack.highest() + self.locals > MOST_SLOTS {
            return refuse("too many values");
        }
        self.check_size()
    }

    fn check_size(&self) -> Result<(), Refused> {
        if self.units.len() > self.most_units {
            return refuse("too many moves of values");
        }
        Ok(())
    }

    fn variable(&mut self, op: &Operator<'_>) -> Result<bool, Refused> {
        match *op {
            Operator::LocalGet { local_index } => self.push(Value::Local(local_index as u16)),
            Operator::LocalSet { local_index } => self.set_local(local_index as u16),
            Operator::LocalTee { local_index } => {
                self.set_local(local_index as u16);
                self.push(Value::Local(local_index as u16));
            }
            Operator::GlobalGet { global_index } => {
                let offset = self.global(global_index)?;
                let op = if self.offsets.global_is_imported(global_index) {
                    Op::GlobalGetImported
                } else {
                    Op::GlobalGet
                };
                self.result(|to| Unit::wide(op, to, offset));
            }
            Operator::GlobalSet { global_index } => {
                let offset = self.global(global_index)?;
                let op = if self.offsets.global_is_imported(global_index) {
                    Op::GlobalSetImported
                } else {
                    Op::GlobalSet
                };
                let value = self.pop_slot();
                self.emit(Unit::wide(op, value, offset));
            }
            Operator::Drop => {
                self.pop();
            }
            Operator::Select | Operator::TypedSelect { .. } => {
                let condition = self.pop_slot();
                let (a, b) = self.pop2_slots();
                let condition = Some(u64::from(condition));
                self.result_of_two(|to| Unit::new(Op::Select, to, a, b), condition);
            }
            Operator::Nop => {}
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// The offset of a global, if its values fit a slot.
    fn global(&self, index: u32) -> Result<u32, Refused> {
        if !fits(self.module.globals[index as usize].ty.content_type) {
            return refuse("a vector global");
        }
        Ok(self.offsets.global(index))
    }

    fn numeric(&mut self, op: &Operator<'_>) -> bool {
        match *op {
            Operator::I32Const { value } => {
                self.push(Value::Constant(u64::from(value.cast_unsigned())));
            }
            Operator::I64Const { value } => self.push(Value::Constant(value.cast_unsigned())),
            Operator::F32Const { value } => self.push(Value::Constant(u64::from(value.bits()))),
            Operator::F64Const { value } => self.push(Value::Constant(value.bits())),
            // The bits in the slot are the same.
            Operator::I64ExtendI32U
            | Operator::I32ReinterpretF32
            | Operator::I64ReinterpretF64
            | Operator::F32ReinterpretI32
            | Operator::F64ReinterpretI64 => {}
            Operator::I32Eqz => self.binary_with(Op::I32Eq, 0),
            Operator::I64Eqz | Operator::RefIsNull => self.binary_with(Op::I64Eq, 0),
            Operator::RefNull { .. } => self.push(Value::Constant(0)),
            _ => {
                if let Some(op) = instructions::unary(op) {
                    let a = self.pop_slot();
                    self.result(|to| Unit::new(op, to, a, 0));
                } else if let Some(op) = instructions::binary(op) {
                    self.binary(op);
                } else {
                    return false;
                }
            }
        }
        true
    }

    /// An instruction with the topmost operand and a constant.
    fn binary_with(&mut self, op: Op, value: u64) {
        self.push(Value::Constant(value));
        self.binary(op);
    }

    fn binary(&mut self, op: Op) {
        if op.is_commutative() {
            self.stack.constant_last();
        }
        if let Some((immediate, is_64)) = op.with_immediate()
            && let Some(Value::Constant(value)) = self.stack.top()
        {
            let value = if is_64 {
                value.cast_signed()
            } else {
                i64::from(value as i32)
            };
            if let Ok(value) = i16::try_from(value) {
                self.pop();
                let a = self.pop_slot();
                self.result(|to| Unit::new(immediate, to, a, value.cast_unsigned()));
                return;
            }
        }
        let (a, b) = self.pop2_slots();
        self.result(|to| Unit::new(op, to, a, b));
    }
}
