//! A large module with tens of thousands of different functions of the shapes
//! that compilers make: arithmetic, memory accesses, loops, branches, switches,
//! direct and indirect calls. Always the same for the same size.
//!
//! As a program it calls a few of its functions, then prints `ready`.

use std::borrow::Cow;

use wasm_encoder::{
    BlockType, CodeSection, ConstExpr, DataSection, ElementSection, Elements, EntityType,
    ExportKind, ExportSection, Function, FunctionSection, GlobalSection, GlobalType, ImportSection,
    InstructionSink, MemArg, MemArgTarget, MemorySection, MemoryType, Module, RefType,
    TableSection, TableType, TypeSection, ValType,
};

/// The types, in the order of the type section.
const SHAPES: [(&[ValType], &[ValType]); 4] = [
    (&[ValType::I32, ValType::I32], &[ValType::I32]),
    (&[ValType::I32, ValType::I32, ValType::I32], &[ValType::I32]),
    (&[ValType::I64, ValType::I32], &[ValType::I64]),
    (&[ValType::F64, ValType::I32], &[ValType::F64]),
];
/// The type of `fd_write`, and that of `_start`.
const WRITE_TYPE: u32 = SHAPES.len() as u32;
const START_TYPE: u32 = WRITE_TYPE + 1;
/// The functions that come before the generated ones: `fd_write`, `_start`.
const FIRST: u32 = 2;
/// How many calls all functions together may do in a run.
const FUEL: i32 = 40;
/// How many functions `_start` calls.
const CALLED: u32 = 20;
/// The functions in the table; a power of two.
const TABLE: u32 = 256;
/// How deep statements may be nested.
const DEPTH: usize = 3;

/// Makes a module of about this many bytes.
pub(crate) fn module(bytes: usize) -> Vec<u8> {
    let mut numbers = Numbers(0x9e37_79b9_7f4a_7c15);
    let mut bodies = Vec::new();
    let mut size = 0;
    while size < bytes || bodies.len() < TABLE as usize {
        // Mostly short functions, some long ones.
        let least = 40 << numbers.below(6);
        let length = least + numbers.below(least);
        let body = Body::generate(&mut numbers, bodies.len() as u32, length);
        size += body.byte_len() + 4;
        bodies.push(body);
    }
    assemble(&bodies)
}

/// The type of a generated function.
fn shape(index: u32) -> usize {
    index as usize % SHAPES.len()
}

/// Puts a module together.
fn assemble(bodies: &[Function]) -> Vec<u8> {
    let count = bodies.len() as u32;
    let mut types = TypeSection::new();
    for (parameters, results) in SHAPES {
        let types = types.ty();
        types.function(parameters.iter().copied(), results.iter().copied());
    }
    types.ty().function([ValType::I32; 4], [ValType::I32]);
    types.ty().function([], []);

    let mut imports = ImportSection::new();
    let write = EntityType::Function(WRITE_TYPE);
    imports.import("wasi_snapshot_preview1", "fd_write", write);
    let mut functions = FunctionSection::new();
    functions.function(START_TYPE);
    for index in 0..count {
        functions.function(shape(index) as u32);
    }
    let mut tables = TableSection::new();
    tables.table(TableType {
        element_type: RefType::FUNCREF,
        table64: false,
        minimum: u64::from(TABLE),
        maximum: Some(u64::from(TABLE)),
        shared: false,
    });
    let mut memories = MemorySection::new();
    memories.memory(MemoryType {
        minimum: 2,
        maximum: None,
        memory64: false,
        shared: false,
        page_size_log2: None,
    });
    let mut globals = GlobalSection::new();
    let fuel = GlobalType {
        val_type: ValType::I32,
        mutable: true,
        shared: false,
    };
    globals.global(fuel, &ConstExpr::i32_const(FUEL));
    let mut exports = ExportSection::new();
    exports.export("memory", ExportKind::Memory, 0);
    exports.export("_start", ExportKind::Func, 1);

    // The table holds functions of the first type only.
    let listed: Vec<u32> = (0..count)
        .filter(|&index| shape(index) == 0)
        .cycle()
        .take(TABLE as usize)
        .map(|index| FIRST + index)
        .collect();
    let mut elements = ElementSection::new();
    let listed = Elements::Functions(Cow::Borrowed(&listed));
    elements.active(None, &ConstExpr::i32_const(0), listed);
    let mut code = CodeSection::new();
    code.function(&start(count));
    for body in bodies {
        code.function(body);
    }
    // What is printed, and where it is: for fd_write. Nothing is at address 0,
    // which some hosts refuse.
    let mut data = DataSection::new();
    let text = [&16u32.to_le_bytes()[..], &6u32.to_le_bytes()].concat();
    data.active(0, &ConstExpr::i32_const(8), text);
    data.active(0, &ConstExpr::i32_const(16), *b"ready\n");

    let mut module = Module::new();
    module
        .section(&types)
        .section(&imports)
        .section(&functions)
        .section(&tables)
        .section(&memories)
        .section(&globals)
        .section(&exports)
        .section(&elements)
        .section(&code)
        .section(&data);
    module.finish()
}

/// The function that calls some of the others and prints.
fn start(count: u32) -> Function {
    let mut function = Function::new([]);
    let mut code = function.instructions();
    for call in 0..CALLED {
        let index = (u64::from(count) * u64::from(call) / u64::from(CALLED)) as u32;
        match shape(index) {
            0 => code.i32_const(call as i32).i32_const(7),
            1 => code.i32_const(call as i32).i32_const(7).i32_const(3),
            2 => code.i64_const(i64::from(call)).i32_const(7),
            _ => code.f64_const(f64::from(call).into()).i32_const(7),
        };
        code.call(FIRST + index).drop();
    }
    // Functions only write beyond the text.
    code.i32_const(1).i32_const(8).i32_const(1).i32_const(32);
    code.call(0).drop().end();
    function
}

/// A function in the making.
struct Body<'a> {
    numbers: &'a mut Numbers,
    /// Its index among the generated functions.
    index: u32,
    code: Vec<u8>,
    /// Local variables by type.
    i32s: Vec<u32>,
    i64s: Vec<u32>,
    f64s: Vec<u32>,
    /// The loops' counters, by depth.
    counters: [u32; DEPTH + 1],
}

impl Body<'_> {
    /// Makes the function with this index and about this many bytes.
    fn generate(numbers: &mut Numbers, index: u32, length: usize) -> Function {
        let (parameters, results) = SHAPES[shape(index)];
        let mut next = parameters.len() as u32;
        let mut take = |count: usize| {
            let first = next;
            next += count as u32;
            first..next
        };
        let extra = 2 + length / 150;
        let of = |wanted: ValType| {
            let all = parameters.iter().enumerate();
            all.filter(move |(_, found)| **found == wanted)
                .map(|(index, _)| index as u32)
        };
        let i32s: Vec<u32> = of(ValType::I32).chain(take(extra)).collect();
        let counters: Vec<u32> = take(DEPTH + 1).collect();
        let i64s: Vec<u32> = of(ValType::I64).chain(take(1 + extra / 4)).collect();
        let f64s: Vec<u32> = of(ValType::F64).chain(take(1 + extra / 4)).collect();
        let mut body = Body {
            numbers,
            index,
            code: Vec::new(),
            i32s,
            i64s,
            f64s,
            counters: counters.try_into().expect("as many as were taken"),
        };
        while body.code.len() < length {
            body.statement(0);
        }
        match results[0] {
            ValType::I32 => body.i32_value(2),
            ValType::I64 => body.i64_value(2),
            _ => body.f64_value(2),
        }
        body.sink().end();
        let locals = [
            ((extra + DEPTH + 1) as u32, ValType::I32),
            ((1 + extra / 4) as u32, ValType::I64),
            ((1 + extra / 4) as u32, ValType::F64),
        ];
        let mut function = Function::new(locals);
        function.raw(body.code);
        function
    }

    fn sink(&mut self) -> InstructionSink<'_> {
        InstructionSink::new(&mut self.code)
    }

    fn pick(&mut self, from: fn(&Self) -> &[u32]) -> u32 {
        let count = from(self).len();
        let chosen = self.numbers.below(count);
        from(self)[chosen]
    }

    /// One statement; deeper ones are simpler.
    fn statement(&mut self, depth: usize) {
        let kinds = if depth < DEPTH { 12 } else { 7 };
        match self.numbers.below(kinds) {
            0..=2 => {
                self.i32_value(3);
                let local = self.pick(|body| &body.i32s);
                self.sink().local_set(local);
            }
            3 => {
                self.i64_value(2);
                let local = self.pick(|body| &body.i64s);
                self.sink().local_set(local);
            }
            4 => {
                self.f64_value(2);
                let local = self.pick(|body| &body.f64s);
                self.sink().local_set(local);
            }
            5 | 6 => self.store(),
            7 | 8 => self.choice(depth),
            9 => self.repetition(depth),
            10 => self.call(),
            _ => self.switch(depth),
        }
    }

    fn statements(&mut self, depth: usize) {
        for _ in 0..=self.numbers.below(3) {
            self.statement(depth);
        }
    }

    /// `if (…) … else …`
    fn choice(&mut self, depth: usize) {
        self.i32_value(2);
        self.sink().if_(BlockType::Empty);
        self.statements(depth + 1);
        if self.numbers.below(2) == 0 {
            self.sink().else_();
            self.statements(depth + 1);
        }
        self.sink().end();
    }

    /// `for (i = 0; i < … & 7; i++) …`
    fn repetition(&mut self, depth: usize) {
        let counter = self.counters[depth];
        self.sink().i32_const(0).local_set(counter);
        self.sink().loop_(BlockType::Empty);
        self.statements(depth + 1);
        self.sink()
            .local_get(counter)
            .i32_const(1)
            .i32_add()
            .local_tee(counter);
        self.i32_value(1);
        let mut sink = self.sink();
        sink.i32_const(7).i32_and().i32_lt_u().br_if(0).end();
    }

    /// `switch (…) { case 0: … }`
    fn switch(&mut self, depth: usize) {
        let cases = 3 + self.numbers.below(6) as u32;
        for _ in 0..=cases {
            self.sink().block(BlockType::Empty);
        }
        self.i32_value(1);
        self.sink().br_table(0..cases, cases);
        self.sink().end();
        for case in 0..cases {
            self.statement(depth + 1);
            self.sink().br(cases - case - 1).end();
        }
    }

    /// A call while there is fuel: direct, or through the table.
    fn call(&mut self) {
        let mut sink = self.sink();
        sink.global_get(0).if_(BlockType::Empty);
        sink.global_get(0).i32_const(1).i32_sub().global_set(0);
        if self.index > 0 && self.numbers.below(5) > 0 {
            // Most calls go to something near.
            let near = self.index.min(200) as usize;
            let target = self.index - 1 - self.numbers.below(near) as u32;
            match shape(target) {
                0 => self.i32_value(1),
                1 => {
                    self.i32_value(1);
                    self.i32_value(0);
                }
                2 => self.i64_value(1),
                _ => self.f64_value(1),
            }
            self.i32_value(1);
            self.sink().call(FIRST + target);
            let result = match shape(target) {
                0 | 1 => self.pick(|body| &body.i32s),
                2 => self.pick(|body| &body.i64s),
                _ => self.pick(|body| &body.f64s),
            };
            self.sink().local_set(result);
        } else {
            self.i32_value(1);
            self.i32_value(1);
            self.i32_value(1);
            let result = self.pick(|body| &body.i32s);
            let mut sink = self.sink();
            sink.i32_const(TABLE as i32 - 1).i32_and();
            sink.call_indirect(0, 0).local_set(result);
        }
        self.sink().end();
    }

    /// An address below 64 KiB.
    fn address(&mut self) {
        self.i32_value(1);
        self.sink().i32_const(0xfff8).i32_and();
    }

    /// An offset that keeps clear of the text to print.
    fn place(&mut self) -> MemArg {
        MemArg {
            offset: 64 + 8 * self.numbers.below(64) as u64,
            align: 0,
            target: MemArgTarget::Memory(0),
            ordering: None,
        }
    }

    fn store(&mut self) {
        self.address();
        let kind = self.numbers.below(4);
        match kind {
            0 | 1 => self.i32_value(2),
            2 => self.i64_value(1),
            _ => self.f64_value(1),
        }
        let place = self.place();
        match kind {
            0 => self.sink().i32_store(place),
            1 => self.sink().i32_store8(place),
            2 => self.sink().i64_store(place),
            _ => self.sink().f64_store(place),
        };
    }

    fn i32_value(&mut self, depth: usize) {
        let kinds = if depth == 0 { 4 } else { 12 };
        match self.numbers.below(kinds) {
            0 => {
                let value = self.numbers.below(1 << 16) as i32 - 100;
                self.sink().i32_const(value);
            }
            1..=3 => {
                let local = self.pick(|body| &body.i32s);
                self.sink().local_get(local);
            }
            4 | 5 => {
                self.address();
                let place = self.place();
                match self.numbers.below(3) {
                    0 => self.sink().i32_load8_u(place),
                    _ => self.sink().i32_load(place),
                };
            }
            6 => {
                self.i64_value(depth - 1);
                self.sink().i32_wrap_i64();
            }
            7 => {
                self.f64_value(depth - 1);
                self.f64_value(0);
                self.sink().f64_lt();
            }
            _ => {
                self.i32_value(depth - 1);
                self.i32_value(depth - 1);
                let operation = self.numbers.below(9);
                let mut sink = self.sink();
                match operation {
                    0 | 1 => sink.i32_add(),
                    2 => sink.i32_sub(),
                    3 => sink.i32_mul(),
                    4 => sink.i32_and(),
                    5 => sink.i32_xor(),
                    6 => sink.i32_shl(),
                    7 => sink.i32_lt_s(),
                    _ => sink.i32_const(1).i32_or().i32_div_u(),
                };
            }
        }
    }

    fn i64_value(&mut self, depth: usize) {
        let kinds = if depth == 0 { 3 } else { 6 };
        match self.numbers.below(kinds) {
            0 => {
                let value = self.numbers.next() as i64 >> 20;
                self.sink().i64_const(value);
            }
            1 | 2 => {
                let local = self.pick(|body| &body.i64s);
                self.sink().local_get(local);
            }
            3 => {
                self.i32_value(depth - 1);
                self.sink().i64_extend_i32_u();
            }
            _ => {
                self.i64_value(depth - 1);
                self.i64_value(depth - 1);
                let operation = self.numbers.below(4);
                let mut sink = self.sink();
                match operation {
                    0 => sink.i64_add(),
                    1 => sink.i64_mul(),
                    2 => sink.i64_xor(),
                    _ => sink.i64_shr_u(),
                };
            }
        }
    }

    fn f64_value(&mut self, depth: usize) {
        let kinds = if depth == 0 { 3 } else { 6 };
        match self.numbers.below(kinds) {
            0 => {
                let value = self.numbers.below(1000) as f64 / 8.0;
                self.sink().f64_const(value.into());
            }
            1 | 2 => {
                let local = self.pick(|body| &body.f64s);
                self.sink().local_get(local);
            }
            3 => {
                self.i32_value(depth - 1);
                self.sink().f64_convert_i32_s();
            }
            _ => {
                self.f64_value(depth - 1);
                self.f64_value(depth - 1);
                let operation = self.numbers.below(4);
                let mut sink = self.sink();
                match operation {
                    0 => sink.f64_add(),
                    1 => sink.f64_sub(),
                    2 => sink.f64_mul(),
                    _ => sink.f64_div(),
                };
            }
        }
    }
}

/// Numbers that look random (xorshift64*).
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// A number below `end`.
    fn below(&mut self, end: usize) -> usize {
        usize::try_from((self.next() >> 33) % end as u64).expect("it is below a usize")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn always_the_same_and_of_the_wanted_size() {
        let first = module(200_000);
        assert_eq!(first, module(200_000));
        assert!(
            first.len() >= 200_000 && first.len() < 300_000,
            "{}",
            first.len()
        );
        assert!(first.starts_with(b"\0asm"));
    }

    #[test]
    fn is_valid() {
        let bytes = module(50_000);
        wasmparser::validate(&bytes).expect("the module is valid");
    }
}
