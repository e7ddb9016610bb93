//! Modules of nested expressions: every operator, with operands that are
//! expressions themselves. wasm-smith rarely has several values of the right types
//! for an operator that takes more than one; here there always are.

use crate::operators::{Lanes, NUMBERS, Typed, memarg_of};
use crate::rng::Rng;
use crate::smith::FUEL;
use wasm_encoder::reencode::{Reencode, RoundtripReencoder};
use wasm_encoder::{
    BlockType, Catch, CodeSection, ConstExpr, DataSection, ElementSection, Elements, EntityType,
    ExportKind, ExportSection, Function, FunctionSection, GlobalSection, GlobalType, HeapType,
    ImportSection, Instruction, MemorySection, MemoryType, Module, RefType, TableSection,
    TableType, TagKind, TagSection, TagType, TypeSection, ValType,
};
use wasmparser::{MemArgTarget, Operator};

/// Bytes that addresses are mostly masked to.
const ADDRESSES: i64 = 0xfff8;
/// Elements of the table.
const ELEMENTS: u64 = 16;
/// Imported functions.
const IMPORTS: u32 = 2;
/// Local variables of each type beside the parameters: one is for canonical NaN.
const LOCALS: u32 = 3;
/// Instructions of a function, about.
const BUDGET: usize = 600;

/// Parameters and results.
type Signature = (Vec<ValType>, Vec<ValType>);

/// What all functions of a module have in common.
struct Shape {
    /// Types; those of the imported functions first, then of the others.
    signatures: Vec<Signature>,
    /// Values of the tag's exceptions.
    tag: Vec<ValType>,
    memories: Vec<MemoryType>,
    /// Index of the fuel; the globals before it are one of each type.
    fuel: u32,
}

fn numbers(rng: &mut Rng, most: usize) -> Vec<ValType> {
    let count = rng.below(most + 1);
    (0..count).map(|_| *rng.pick(&NUMBERS)).collect()
}

fn function_type(signatures: &[Signature], signature: &Signature) -> u32 {
    let place = signatures.iter().position(|other| other == signature);
    place.expect("a type of the module") as u32
}

/// A module, with what it has exported, that consumes fuel as those of
/// [`crate::smith::terminating_module`].
pub fn module(rng: &mut Rng, operators: &[Typed]) -> Vec<u8> {
    let defined = rng.between(2, 5) as u32;
    let signatures = (0..IMPORTS + defined).map(|_| (numbers(rng, 4), numbers(rng, 2)));
    let memory = |memory64, shared| MemoryType {
        minimum: 1,
        maximum: Some(3),
        memory64,
        shared,
        page_size_log2: None,
    };
    let shape = Shape {
        signatures: signatures.collect(),
        tag: numbers(rng, 2),
        memories: vec![
            memory(false, false),
            memory(true, false),
            memory(rng.one_in(2), true),
        ],
        fuel: NUMBERS.len() as u32,
    };
    let mut types = TypeSection::new();
    for (params, results) in &shape.signatures {
        types.ty().function(params.clone(), results.clone());
    }
    let tag_type = shape.signatures.len() as u32;
    types.ty().function(shape.tag.clone(), []);
    // Of the block in which exceptions end.
    types.ty().function([], shape.tag.clone());

    let mut imports = ImportSection::new();
    let mut functions = FunctionSection::new();
    let mut exports = ExportSection::new();
    let mut code = CodeSection::new();
    let mut elements = Vec::new();
    for index in 0..shape.signatures.len() as u32 {
        if index < IMPORTS {
            imports.import(
                "host",
                &format!("import{index}"),
                EntityType::Function(index),
            );
        } else {
            functions.function(index);
            code.function(&body(rng, operators, &shape, index));
        }
        exports.export(&format!("function{index}"), ExportKind::Func, index);
        elements.push(index);
    }
    let mut globals = GlobalSection::new();
    let global = |val_type| GlobalType {
        val_type,
        mutable: true,
        shared: false,
    };
    for (index, ty) in NUMBERS.into_iter().enumerate() {
        let value = match ty {
            ValType::I32 => ConstExpr::i32_const(rng.skewed() as i32),
            ValType::I64 => ConstExpr::i64_const(rng.skewed() as i64),
            ValType::F32 => ConstExpr::f32_const(1.5.into()),
            ValType::F64 => ConstExpr::f64_const((-2.25).into()),
            _ => ConstExpr::v128_const(i128::from(rng.u64())),
        };
        globals.global(global(ty), &value);
        exports.export(&format!("global{index}"), ExportKind::Global, index as u32);
    }
    globals.global(global(ValType::I32), &ConstExpr::i32_const(1000));
    exports.export(FUEL, ExportKind::Global, shape.fuel);
    let mut memories = MemorySection::new();
    let mut data = DataSection::new();
    for (index, &ty) in shape.memories.iter().enumerate() {
        memories.memory(ty);
        exports.export(&format!("memory{index}"), ExportKind::Memory, index as u32);
        let offset = match ty.memory64 {
            true => ConstExpr::i64_const(8),
            false => ConstExpr::i32_const(8),
        };
        let count = rng.between(8, 200);
        data.active(index as u32, &offset, rng.bytes(count));
    }
    let mut tables = TableSection::new();
    tables.table(TableType {
        element_type: RefType::FUNCREF,
        table64: false,
        minimum: ELEMENTS,
        maximum: Some(ELEMENTS + 4),
        shared: false,
    });
    exports.export("table", ExportKind::Table, 0);
    let mut segments = ElementSection::new();
    let list = Elements::Functions(elements.into());
    segments.active(Some(0), &ConstExpr::i32_const(1), list);
    let mut tags = TagSection::new();
    tags.tag(TagType {
        kind: TagKind::Exception,
        func_type_idx: tag_type,
    });
    exports.export("tag", ExportKind::Tag, 0);

    let mut module = Module::new();
    module.section(&types).section(&imports).section(&functions);
    module.section(&tables).section(&memories).section(&tags);
    module
        .section(&globals)
        .section(&exports)
        .section(&segments);
    module.section(&code).section(&data);
    module.finish()
}

/// A function in the making.
struct Body<'a> {
    rng: &'a mut Rng,
    operators: &'a [Typed],
    shape: &'a Shape,
    function: Function,
    /// Types of parameters and variables.
    locals: Vec<ValType>,
    /// Blocks around the current place.
    labels: u32,
    /// How many more instructions the function may have.
    budget: usize,
}

fn body(rng: &mut Rng, operators: &[Typed], shape: &Shape, index: u32) -> Function {
    let (params, results) = &shape.signatures[index as usize];
    let mut locals = params.clone();
    for ty in NUMBERS {
        locals.extend([ty; LOCALS as usize]);
    }
    let mut body = Body {
        rng,
        operators,
        shape,
        function: Function::new(NUMBERS.map(|ty| (LOCALS, ty))),
        locals,
        labels: 0,
        budget: BUDGET,
    };
    body.consume();
    for _ in 0..body.rng.between(2, 10) {
        body.statement(4);
    }
    if body.rng.one_in(8) && body.tail_call(results) {
        body.emit(&Instruction::End);
        return body.function;
    }
    for &result in results {
        body.expression(result, 6);
    }
    body.emit(&Instruction::End);
    body.function
}

impl Body<'_> {
    fn emit(&mut self, instruction: &Instruction<'_>) {
        self.budget = self.budget.saturating_sub(1);
        self.function.instruction(instruction);
    }

    /// Takes from the fuel, and traps if there is none.
    fn consume(&mut self) {
        let fuel = self.shape.fuel;
        for instruction in [
            Instruction::GlobalGet(fuel),
            Instruction::I32Eqz,
            Instruction::If(BlockType::Empty),
            Instruction::Unreachable,
            Instruction::End,
            Instruction::GlobalGet(fuel),
            Instruction::I32Const(1),
            Instruction::I32Sub,
            Instruction::GlobalSet(fuel),
        ] {
            self.function.instruction(&instruction);
        }
    }

    fn local(&mut self, ty: ValType) -> u32 {
        let fitting = self.locals.iter().enumerate();
        let fitting: Vec<_> = fitting.filter(|(_, other)| **other == ty).collect();
        self.rng.pick(&fitting).0 as u32
    }

    fn global(ty: ValType) -> u32 {
        NUMBERS
            .iter()
            .position(|&number| number == ty)
            .expect("a number") as u32
    }

    fn constant(&mut self, ty: ValType) {
        let rng = &mut *self.rng;
        let small = rng.one_in(2);
        let float = *rng.pick(&[0.0, -0.0, 1.0, -1.5, 1e10, 3e38, f32::INFINITY, 1e-40]);
        let instruction = match ty {
            ValType::I32 if small => Instruction::I32Const(rng.below(70) as i32 - 2),
            ValType::I32 => Instruction::I32Const(rng.skewed() as i32),
            ValType::I64 if small => Instruction::I64Const(rng.below(70) as i64 - 2),
            ValType::I64 => Instruction::I64Const(rng.skewed() as i64),
            ValType::F32 => Instruction::F32Const(float.into()),
            ValType::F64 => Instruction::F64Const((f64::from(float) * 1.5).into()),
            _ => {
                let high = i128::from(rng.u64()) << 64;
                Instruction::V128Const(high | i128::from(rng.skewed()))
            }
        };
        self.emit(&instruction);
    }

    /// Puts a value of type `ty` on the stack.
    fn expression(&mut self, ty: ValType, depth: usize) {
        if depth == 0 || self.budget == 0 {
            match self.rng.below(4) {
                0 => self.constant(ty),
                1 => self.emit(&Instruction::GlobalGet(Self::global(ty))),
                _ => {
                    let local = self.local(ty);
                    self.emit(&Instruction::LocalGet(local));
                }
            }
            return;
        }
        match self.rng.below(24) {
            0 => self.constant(ty),
            1 => {
                let local = self.local(ty);
                self.emit(&Instruction::LocalGet(local));
            }
            2 => {
                self.expression(ty, depth - 1);
                let local = self.local(ty);
                self.emit(&Instruction::LocalTee(local));
            }
            3 => {
                self.expression(ty, depth - 1);
                self.expression(ty, depth - 1);
                self.expression(ValType::I32, depth - 1);
                self.emit(&Instruction::Select);
            }
            4 => {
                self.expression(ValType::I32, depth - 1);
                self.emit(&Instruction::If(BlockType::Result(ty)));
                self.labels += 1;
                self.expression(ty, depth - 1);
                self.emit(&Instruction::Else);
                self.expression(ty, depth - 1);
                self.labels -= 1;
                self.emit(&Instruction::End);
            }
            5 => {
                self.emit(&Instruction::Block(BlockType::Result(ty)));
                self.labels += 1;
                self.statement(depth - 1);
                self.expression(ty, depth - 1);
                self.expression(ValType::I32, depth - 1);
                self.emit(&Instruction::BrIf(0));
                self.labels -= 1;
                self.emit(&Instruction::End);
            }
            6 if self.call(ty, depth - 1) => {}
            7 if ty == ValType::I32 => self.size(depth - 1),
            _ => self.operation(Some(ty), depth - 1),
        }
    }

    /// An operator with this result, and its operands.
    fn operation(&mut self, result: Option<ValType>, depth: usize) {
        let fitting = self.operators.iter().filter(|typed| typed.result == result);
        let fitting: Vec<&Typed> = fitting.collect();
        let typed = *self.rng.pick(&fitting);
        let memory = self.rng.below(self.shape.memories.len());
        let is64 = typed.is_access && self.shape.memories[memory].memory64;
        let waits = matches!(
            typed.operator,
            Operator::MemoryAtomicWait32 { .. } | Operator::MemoryAtomicWait64 { .. }
        );
        for (at, &param) in typed.params.iter().enumerate() {
            if at == 0 && typed.is_access {
                self.address(is64, depth);
            } else if at == 2 && waits {
                // Nobody would wake it.
                self.emit(&Instruction::I64Const(1000));
            } else {
                self.expression(param, depth);
            }
        }
        let mut operator = typed.operator.clone();
        if typed.is_access {
            let offset = 8 * self.rng.below(20) as u64;
            if let Some(memarg) = memarg_of(&mut operator) {
                memarg.target = MemArgTarget::Memory(memory as u32);
                memarg.offset = offset;
            }
        }
        let instruction = RoundtripReencoder.instruction(operator);
        self.emit(&instruction.expect("a plain operator"));
        if let Some(ty) = result {
            self.canonicalize(ty, typed.lanes);
        }
    }

    /// An address, in bounds and aligned for the most part.
    fn address(&mut self, is64: bool, depth: usize) {
        let any = self.rng.one_in(40);
        if is64 {
            self.expression(ValType::I64, depth);
            if !any {
                self.emit(&Instruction::I64Const(ADDRESSES));
                self.emit(&Instruction::I64And);
            }
        } else {
            self.expression(ValType::I32, depth);
            if !any {
                self.emit(&Instruction::I32Const(ADDRESSES as i32));
                self.emit(&Instruction::I32And);
            }
        }
    }

    /// Replaces NaN by a certain NaN.
    fn canonicalize(&mut self, ty: ValType, lanes: Lanes) {
        let (nan, equal) = match (ty, lanes) {
            (_, Lanes::Other) => return,
            (ValType::F32, _) => (Instruction::F32Const(f32::NAN.into()), Instruction::F32Eq),
            (ValType::F64, _) => (Instruction::F64Const(f64::NAN.into()), Instruction::F64Eq),
            (_, Lanes::F32) => {
                let nan = i128::from(f32::NAN.to_bits());
                let all = nan | nan << 32 | nan << 64 | nan << 96;
                (Instruction::V128Const(all), Instruction::F32x4Eq)
            }
            (_, Lanes::F64) => {
                let nan = i128::from(f64::NAN.to_bits());
                (
                    Instruction::V128Const(nan | nan << 64),
                    Instruction::F64x2Eq,
                )
            }
        };
        // The last variable of each type is for this alone.
        let last = self.locals.iter().rposition(|&other| other == ty);
        let local = last.expect("a variable of each type") as u32;
        self.emit(&Instruction::LocalTee(local));
        self.emit(&nan);
        self.emit(&Instruction::LocalGet(local));
        self.emit(&Instruction::LocalGet(local));
        self.emit(&equal);
        self.emit(&match ty {
            ValType::V128 => Instruction::V128Bitselect,
            _ => Instruction::Select,
        });
    }

    /// Calls a function with the single result `ty`, if there is one.
    fn call(&mut self, ty: ValType, depth: usize) -> bool {
        let signatures = self.shape.signatures.iter().enumerate();
        let fitting: Vec<_> = signatures
            .filter(|(_, (_, results))| results[..] == [ty])
            .collect();
        if fitting.is_empty() {
            return false;
        }
        let (index, (params, _)) = *self.rng.pick(&fitting);
        for &param in params {
            self.expression(param, depth);
        }
        self.finish_call(index as u32, depth, false);
        true
    }

    /// The call itself: direct, through the table, or by reference.
    fn finish_call(&mut self, index: u32, depth: usize, tail: bool) {
        let type_index = index;
        match (self.rng.below(3), tail) {
            (0, false) => self.emit(&Instruction::Call(index)),
            (0, true) => self.emit(&Instruction::ReturnCall(index)),
            (1, _) => {
                // Mostly the right element.
                if self.rng.one_in(3) {
                    self.expression(ValType::I32, depth.min(2));
                    self.emit(&Instruction::I32Const(ELEMENTS as i32 - 1));
                    self.emit(&Instruction::I32And);
                } else {
                    self.emit(&Instruction::I32Const(index as i32 + 1));
                }
                let table_index = 0;
                self.emit(&match tail {
                    false => Instruction::CallIndirect {
                        type_index,
                        table_index,
                    },
                    true => Instruction::ReturnCallIndirect {
                        type_index,
                        table_index,
                    },
                });
            }
            (_, tail) => {
                // The first of equal types is the same type.
                let signature = &self.shape.signatures[index as usize];
                let ty = function_type(&self.shape.signatures, signature);
                if self.rng.one_in(10) {
                    self.emit(&Instruction::RefNull(HeapType::Concrete(ty)));
                } else {
                    self.emit(&Instruction::RefFunc(index));
                }
                self.emit(&match tail {
                    false => Instruction::CallRef(ty),
                    true => Instruction::ReturnCallRef(ty),
                });
            }
        }
    }

    fn tail_call(&mut self, results: &[ValType]) -> bool {
        let signatures = self.shape.signatures.iter().enumerate();
        let fitting: Vec<_> = signatures
            .filter(|(_, (_, other))| other == results)
            .collect();
        let (index, (params, _)) = *self.rng.pick(&fitting);
        for &param in params {
            self.expression(param, 4);
        }
        self.finish_call(index as u32, 3, true);
        true
    }

    /// A size, or what growing gives.
    fn size(&mut self, depth: usize) {
        let memory = self.rng.below(self.shape.memories.len()) as u32;
        let is64 = self.shape.memories[memory as usize].memory64;
        match self.rng.below(4) {
            0 => self.emit(&Instruction::TableSize(0)),
            1 => {
                self.emit(&Instruction::RefNull(HeapType::FUNC));
                self.constant(ValType::I32);
                self.emit(&Instruction::TableGrow(0));
            }
            which => {
                if which == 2 {
                    self.emit(&Instruction::MemorySize(memory));
                } else {
                    let ty = if is64 { ValType::I64 } else { ValType::I32 };
                    self.expression(ty, depth.min(1));
                    self.emit(&Instruction::MemoryGrow(memory));
                }
                if is64 {
                    self.emit(&Instruction::I32WrapI64);
                }
            }
        }
    }

    /// Something that leaves nothing on the stack.
    fn statement(&mut self, depth: usize) {
        if depth == 0 || self.budget == 0 {
            self.emit(&Instruction::Nop);
            return;
        }
        let ty = *self.rng.pick(&NUMBERS);
        match self.rng.below(14) {
            0 | 1 => {
                self.expression(ty, depth);
                let local = self.local(ty);
                self.emit(&Instruction::LocalSet(local));
            }
            2 => {
                self.expression(ty, depth);
                self.emit(&Instruction::GlobalSet(Self::global(ty)));
            }
            3 => {
                self.emit(&Instruction::Loop(BlockType::Empty));
                self.consume();
                self.labels += 1;
                self.statement(depth - 1);
                self.statement(depth - 1);
                self.expression(ValType::I32, depth - 1);
                self.emit(&Instruction::BrIf(0));
                self.labels -= 1;
                self.emit(&Instruction::End);
            }
            4 => {
                self.expression(ValType::I32, depth - 1);
                self.emit(&Instruction::If(BlockType::Empty));
                self.labels += 1;
                self.statement(depth - 1);
                self.labels -= 1;
                self.emit(&Instruction::End);
            }
            5 => self.switch(depth - 1),
            6 => self.protected(depth - 1),
            7 => {
                // Now and then, or nothing would go on.
                self.expression(ValType::I32, depth - 1);
                self.emit(&Instruction::I32Eqz);
                self.emit(&Instruction::If(BlockType::Empty));
                for ty in self.shape.tag.clone() {
                    self.expression(ty, depth - 1);
                }
                self.emit(&Instruction::Throw(0));
                self.emit(&Instruction::End);
            }
            8 => self.bulk(depth - 1),
            9 => {
                self.constant(ValType::I32);
                let index = self.rng.below(self.shape.signatures.len()) as u32;
                let reference = match self.rng.below(3) {
                    0 => Instruction::RefNull(HeapType::FUNC),
                    _ => Instruction::RefFunc(index),
                };
                self.emit(&reference);
                self.emit(&Instruction::TableSet(0));
            }
            _ => self.operation(None, depth - 1),
        }
    }

    /// Nested blocks, left by a table of branches.
    fn switch(&mut self, depth: usize) {
        let count = self.rng.between(1, 5) as u32;
        for _ in 0..count {
            self.emit(&Instruction::Block(BlockType::Empty));
        }
        self.labels += count;
        self.expression(ValType::I32, depth);
        let targets = (0..self.rng.below(8)).map(|_| self.rng.below(count as usize) as u32);
        let targets: Vec<u32> = targets.collect();
        self.emit(&Instruction::BrTable(targets.into(), count - 1));
        for _ in 0..count {
            self.labels -= 1;
            self.emit(&Instruction::End);
            self.statement(depth.min(1));
        }
    }

    /// A statement whose exceptions are caught.
    fn protected(&mut self, depth: usize) {
        let results = BlockType::FunctionType(self.shape.signatures.len() as u32 + 1);
        let catch_all = self.rng.one_in(4);
        let (ty, catch) = match catch_all {
            true => (BlockType::Empty, Catch::All { label: 0 }),
            false => (results, Catch::One { tag: 0, label: 0 }),
        };
        self.emit(&Instruction::Block(ty));
        self.emit(&Instruction::TryTable(BlockType::Empty, vec![catch].into()));
        self.labels += 2;
        self.statement(depth);
        self.statement(depth);
        self.labels -= 2;
        self.emit(&Instruction::End);
        if !catch_all {
            for ty in self.shape.tag.clone() {
                self.constant(ty);
            }
        }
        self.emit(&Instruction::End);
        if !catch_all {
            for ty in self.shape.tag.clone().into_iter().rev() {
                let local = self.local(ty);
                self.emit(&Instruction::LocalSet(local));
            }
        }
    }

    /// Fills or copies some memory.
    fn bulk(&mut self, depth: usize) {
        let count = self.shape.memories.len();
        let (to, from) = (self.rng.below(count), self.rng.below(count));
        let is64 = |memory: usize| self.shape.memories[memory].memory64;
        let (to64, from64) = (is64(to), is64(from));
        self.address(to64, depth);
        let copy = self.rng.one_in(2);
        match copy {
            true => self.address(from64, depth),
            false => self.expression(ValType::I32, depth),
        }
        let length = self.rng.below(100);
        // The length of a copy is as the smaller of the two addresses.
        if to64 && (from64 || !copy) {
            self.emit(&Instruction::I64Const(length as i64));
        } else {
            self.emit(&Instruction::I32Const(length as i32));
        }
        self.emit(&match copy {
            true => Instruction::MemoryCopy {
                dst_mem: to as u32,
                src_mem: from as u32,
            },
            false => Instruction::MemoryFill(to as u32),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_are_valid() {
        let operators = crate::operators::all();
        for case in 0..300 {
            let bytes = module(&mut Rng::of_case(6, case), &operators);
            if let Err(error) = wasmjit_module::Module::new(&bytes[..]) {
                panic!("case {case}: {error}");
            }
        }
    }
}
