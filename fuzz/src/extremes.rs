//! Modules at the edge of what a decoder or compiler takes: very deep, very
//! wide, or with sizes that are far larger than the module.

use crate::leb;
use crate::rng::Rng;
use wasm_encoder::{
    BlockType, CodeSection, ConstExpr, CustomSection, DataSection, ElementSection, Elements,
    EntityType, ExportKind, ExportSection, Function, FunctionSection, GlobalSection, GlobalType,
    ImportSection, Instruction, MemorySection, MemoryType, Module, RawSection, RefType,
    TableSection, TableType, TypeSection, ValType,
};

/// An extreme module.
pub fn module(rng: &mut Rng) -> Vec<u8> {
    match rng.below(13) {
        0 => declared_count(rng),
        1 => locals(rng),
        2 => nesting(rng),
        3 => operands(rng),
        4 => branch_table(rng),
        5 => types(rng),
        6 => many_items(rng),
        7 => names(rng),
        8 => limits(rng),
        9 => segments(rng),
        10 => expression(rng),
        11 => imports(rng),
        _ => returns(rng),
    }
}

const TYPES: [ValType; 6] = [
    ValType::I32,
    ValType::I64,
    ValType::F32,
    ValType::F64,
    ValType::V128,
    ValType::Ref(RefType::FUNCREF),
];

fn some_types(rng: &mut Rng, count: usize) -> Vec<ValType> {
    (0..count).map(|_| *rng.pick(&TYPES)).collect()
}

/// A module with one function.
fn with_function(params: &[ValType], results: &[ValType], function: &Function) -> Vec<u8> {
    let mut types = TypeSection::new();
    let list = |types: &[ValType]| types.to_vec();
    types.ty().function(list(params), list(results));
    let mut functions = FunctionSection::new();
    functions.function(0);
    let mut code = CodeSection::new();
    code.function(function);
    let mut module = Module::new();
    module.section(&types).section(&functions).section(&code);
    module.finish()
}

/// A section that says it has very many items, and has few.
fn declared_count(rng: &mut Rng) -> Vec<u8> {
    let counts = [1 << 10, 1 << 16, 1 << 24, u64::from(u32::MAX)];
    let mut data = Vec::new();
    let width = rng.between(1, 5);
    leb::write(&mut data, *rng.pick(&counts), width);
    let count = rng.below(2000);
    data.extend(if rng.one_in(2) {
        vec![*rng.pick(&[0, 1, 0x60, 0x7f, 0x40]); count]
    } else {
        rng.bytes(count)
    });
    let mut module = Module::new();
    // A function section makes the parser expect that many bodies.
    if rng.one_in(4) {
        module.section(&RawSection { id: 3, data: &data });
    }
    let id = rng.below(14) as u8;
    module.section(&RawSection { id, data: &data });
    module.finish()
}

/// Very many local variables.
fn locals(rng: &mut Rng) -> Vec<u8> {
    let groups = rng.between(1, 20);
    let most = *rng.pick(&[10, 2500, 50_000, u32::MAX as usize]);
    let locals = (0..groups).map(|_| (rng.between(1, most) as u32, *rng.pick(&TYPES)));
    let mut function = Function::new(locals.collect::<Vec<_>>());
    if rng.one_in(2) {
        let index = rng.below(most) as u32;
        function.instruction(&Instruction::LocalGet(index));
        function.instruction(&Instruction::Drop);
    }
    function.instruction(&Instruction::End);
    with_function(&[], &[], &function)
}

/// Very deeply nested blocks.
fn nesting(rng: &mut Rng) -> Vec<u8> {
    let depth = *rng.pick(&[100, 1000, 5000]);
    let depth = rng.between(depth / 2, depth);
    let kinds = rng.between(1, 4);
    let branches = rng.one_in(2);
    let mut function = Function::new([]);
    for level in 0..depth {
        match rng.below(kinds) {
            0 => function.instruction(&Instruction::Block(BlockType::Empty)),
            1 => function.instruction(&Instruction::Loop(BlockType::Empty)),
            2 => {
                function.instruction(&Instruction::I32Const(1));
                function.instruction(&Instruction::If(BlockType::Empty))
            }
            _ => {
                let catch = wasm_encoder::Catch::All {
                    label: rng.below(level + 1) as u32,
                };
                function.instruction(&Instruction::TryTable(BlockType::Empty, vec![catch].into()))
            }
        };
        if branches {
            function.instruction(&Instruction::I32Const(0));
            function.instruction(&Instruction::BrIf(rng.below(level + 2) as u32));
        }
    }
    for _ in 0..=depth {
        function.instruction(&Instruction::End);
    }
    with_function(&[], &[], &function)
}

/// Very many operands on the stack, folded at the end.
fn operands(rng: &mut Rng) -> Vec<u8> {
    let count = rng.between(1, 8000);
    let mut function = Function::new([]);
    for _ in 0..count {
        let value = Instruction::I32Const(rng.u32() as i32);
        let local = Instruction::LocalGet(0);
        function.instruction(if rng.one_in(2) { &value } else { &local });
    }
    for _ in 1..count {
        function.instruction(&Instruction::I32Xor);
    }
    function.instruction(&Instruction::End);
    with_function(&[ValType::I32], &[ValType::I32], &function)
}

/// A branch with very many targets.
fn branch_table(rng: &mut Rng) -> Vec<u8> {
    let depth = rng.between(1, 200);
    let count = rng.between(1, 20_000);
    let mut function = Function::new([]);
    for _ in 0..depth {
        function.instruction(&Instruction::Block(BlockType::Empty));
    }
    let targets: Vec<u32> = (0..count).map(|_| rng.below(depth + 1) as u32).collect();
    function.instruction(&Instruction::LocalGet(0));
    function.instruction(&Instruction::BrTable(targets.into(), 0));
    for _ in 0..=depth {
        function.instruction(&Instruction::End);
    }
    with_function(&[ValType::I32], &[], &function)
}

/// Long signatures, and a call of each.
fn types(rng: &mut Rng) -> Vec<u8> {
    let count = rng.between(1, 8);
    let most = *rng.pick(&[20, 200, 1000, 1100]);
    let mut types = TypeSection::new();
    let mut functions = FunctionSection::new();
    let mut code = CodeSection::new();
    for index in 0..count {
        let params = rng.between(0, most);
        let params = some_types(rng, params);
        let results = rng.between(0, most / 8);
        let results = some_types(rng, results);
        types.ty().function(params.clone(), results.clone());
        functions.function(index as u32);
        let mut function = Function::new([]);
        // Calls itself with its own parameters.
        for param in 0..params.len() {
            function.instruction(&Instruction::LocalGet(param as u32));
        }
        function.instruction(&if rng.one_in(2) {
            Instruction::Call(index as u32)
        } else {
            Instruction::ReturnCall(index as u32)
        });
        function.instruction(&Instruction::End);
        code.function(&function);
    }
    let mut module = Module::new();
    module.section(&types).section(&functions).section(&code);
    module.finish()
}

/// Very many small items.
fn many_items(rng: &mut Rng) -> Vec<u8> {
    let count = rng.between(1, 4000) as u32;
    let mut module = Module::new();
    let mut types = TypeSection::new();
    types.ty().function([], []);
    module.section(&types);
    let same = rng.one_in(4);
    let name = |i: u32| if same { String::new() } else { i.to_string() };
    if rng.one_in(2) {
        let mut imports = ImportSection::new();
        for i in 0..count {
            imports.import("m", &name(i), EntityType::Function(0));
        }
        module.section(&imports);
    }
    let mut functions = FunctionSection::new();
    let mut globals = GlobalSection::new();
    let mut exports = ExportSection::new();
    let mut code = CodeSection::new();
    let ty = GlobalType {
        val_type: ValType::I32,
        mutable: false,
        shared: false,
    };
    for i in 0..count {
        functions.function(0);
        globals.global(ty, &ConstExpr::i32_const(i as i32));
        exports.export(&name(i), ExportKind::Func, i);
        code.function(Function::new([]).instruction(&Instruction::End));
    }
    module.section(&functions);
    module.section(&globals);
    module.section(&exports);
    module.section(&code);
    module.finish()
}

/// A name section with odd subsections.
fn names(rng: &mut Rng) -> Vec<u8> {
    let mut data = Vec::new();
    for _ in 0..rng.between(1, 6) {
        data.push(rng.below(14) as u8);
        let mut contents = Vec::new();
        leb::write(&mut contents, rng.skewed(), 1);
        for _ in 0..rng.below(20) {
            let index = rng.skewed() & 0xff_ffff;
            leb::write(&mut contents, index, 1);
            let name = *rng.pick(&["", "main", "\u{1f980}", "a\0b"]);
            leb::write(&mut contents, name.len() as u64, 1);
            contents.extend(name.as_bytes());
        }
        if rng.one_in(8) {
            contents.push(0xff);
        }
        let size = if rng.one_in(8) {
            rng.skewed()
        } else {
            contents.len() as u64
        };
        leb::write(&mut data, size, 1);
        data.extend(contents);
    }
    let mut function = Function::new([]);
    function.instruction(&Instruction::End);
    let mut module = with_function(&[], &[], &function);
    let section = CustomSection {
        name: "name".into(),
        data: data.into(),
    };
    let mut wrapper = Module::new();
    wrapper.section(&section);
    module.extend(&wrapper.finish()[8..]);
    module
}

/// Memories and tables with the largest sizes.
fn limits(rng: &mut Rng) -> Vec<u8> {
    let mut module = Module::new();
    let size = |rng: &mut Rng, bits64: bool| {
        let large = if bits64 { 1 << 48 } else { 1 << 16 };
        *rng.pick(&[
            0,
            1,
            large - 1,
            large,
            large + 1,
            u64::from(u32::MAX),
            u64::MAX,
        ])
    };
    let mut tables = TableSection::new();
    for _ in 0..rng.below(4) {
        let table64 = rng.one_in(2);
        tables.table(TableType {
            element_type: RefType::FUNCREF,
            table64,
            minimum: size(rng, table64),
            maximum: rng.one_in(2).then(|| size(rng, table64)),
            shared: false,
        });
    }
    module.section(&tables);
    let mut memories = MemorySection::new();
    for _ in 0..rng.below(4) {
        let memory64 = rng.one_in(2);
        memories.memory(MemoryType {
            minimum: size(rng, memory64),
            maximum: rng.one_in(2).then(|| size(rng, memory64)),
            memory64,
            shared: rng.one_in(4),
            page_size_log2: None,
        });
    }
    module.section(&memories);
    module.finish()
}

/// Element and data segments, in number and at odd places.
fn segments(rng: &mut Rng) -> Vec<u8> {
    let mut types = TypeSection::new();
    types.ty().function([], []);
    let mut functions = FunctionSection::new();
    functions.function(0);
    let mut tables = TableSection::new();
    tables.table(TableType {
        element_type: RefType::FUNCREF,
        table64: false,
        minimum: 10,
        maximum: None,
        shared: false,
    });
    let mut memories = MemorySection::new();
    memories.memory(MemoryType {
        minimum: 1,
        maximum: None,
        memory64: false,
        shared: false,
        page_size_log2: None,
    });
    let mut elements = ElementSection::new();
    let mut data = DataSection::new();
    for _ in 0..rng.between(1, 3000) {
        let offset = ConstExpr::i32_const(rng.skewed() as i32);
        let items = vec![rng.below(2) as u32; rng.below(4)];
        elements.active(None, &offset, Elements::Functions(items.into()));
        data.active(0, &offset, [0u8; 3]);
    }
    let mut code = CodeSection::new();
    code.function(Function::new([]).instruction(&Instruction::End));
    let mut module = Module::new();
    module.section(&types);
    module.section(&functions);
    module.section(&tables);
    module.section(&memories);
    module.section(&elements);
    module.section(&code);
    module.section(&data);
    module.finish()
}

/// A very long constant expression.
fn expression(rng: &mut Rng) -> Vec<u8> {
    let count = rng.between(1, 10_000);
    let constant = |rng: &mut Rng| Instruction::I64Const(rng.u64() as i64);
    let mut instructions = vec![constant(rng)];
    let deep = rng.one_in(2);
    for _ in 0..count {
        instructions.push(constant(rng));
        if !deep {
            instructions.push(Instruction::I64Add);
        }
    }
    if deep {
        instructions.extend(std::iter::repeat_n(Instruction::I64Mul, count));
    }
    let mut globals = GlobalSection::new();
    let ty = GlobalType {
        val_type: ValType::I64,
        mutable: true,
        shared: false,
    };
    globals.global(ty, &ConstExpr::extended(instructions));
    let mut module = Module::new();
    module.section(&globals);
    module.finish()
}

/// Imports that programs have, with right and wrong types.
fn imports(rng: &mut Rng) -> Vec<u8> {
    let mut types = TypeSection::new();
    let rows: Vec<_> = wasmjit_posix::table::rows().collect();
    let mut imports = ImportSection::new();
    for index in 0..rng.between(1, 30) as u32 {
        let params = rng.below(8);
        let params = some_types(rng, params);
        let results = rng.below(3);
        types.ty().function(params, some_types(rng, results));
        let row = *rng.pick(&rows);
        let signature: String = (0..rng.below(9))
            .map(|_| *rng.pick(&['i', 'j', 'f', 'd', 'v', 'x']))
            .collect();
        let module = *rng.pick(&["env", "wasi_snapshot_preview1", "wasi_unstable", "a", ""]);
        let (module, name) = match rng.below(6) {
            0..3 => (row.module, row.name.to_string()),
            3 => (module, row.name.to_string()),
            4 => ("env", format!("invoke_{signature}")),
            _ => (module, format!("__syscall_{}", rng.below(500))),
        };
        imports.import(module, &name, EntityType::Function(index));
    }
    let mut module = Module::new();
    module.section(&types).section(&imports);
    module.finish()
}

/// Blocks that pass very many values on to each other.
fn returns(rng: &mut Rng) -> Vec<u8> {
    let width = rng.between(1, 200);
    let depth = rng.between(1, 200);
    let values = some_types(rng, width);
    let mut function = Function::new([]);
    for value in 0..width {
        function.instruction(&Instruction::LocalGet(value as u32));
    }
    for _ in 0..depth {
        let loops = rng.one_in(3);
        let ty = BlockType::FunctionType(0);
        function.instruction(&if loops {
            Instruction::Loop(ty)
        } else {
            Instruction::Block(ty)
        });
        if rng.one_in(4) {
            function.instruction(&Instruction::I32Const(0));
            function.instruction(&Instruction::BrIf(0));
        }
    }
    for _ in 0..=depth {
        function.instruction(&Instruction::End);
    }
    with_function(&values, &values, &function)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_are_valid() {
        let modules = (0..500).map(|case| module(&mut Rng::of_case(3, case)));
        let valid = modules.filter(|bytes| wasmjit_module::Module::new(&bytes[..]).is_ok());
        assert!(valid.count() > 150);
    }
}
