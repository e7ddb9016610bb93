//! Every simple operator with the types of its operands, found out by asking the
//! validator: so no table has to be kept in step with the proposals.

use wasm_encoder::reencode::{Reencode, RoundtripReencoder};
use wasm_encoder::{
    CodeSection, Function, FunctionSection, Instruction, MemorySection, MemoryType, Module,
    TypeSection, ValType,
};
use wasmparser::{MemArg, MemArgTarget, Operator};

/// The types that simple operators work on.
pub const NUMBERS: [ValType; 5] = [
    ValType::I32,
    ValType::I64,
    ValType::F32,
    ValType::F64,
    ValType::V128,
];

/// An operator that takes and gives numbers.
#[derive(Debug, Clone)]
pub struct Typed {
    /// The operator; accesses to memory are to memory 0 at offset 0.
    pub operator: Operator<'static>,
    /// Types of its operands.
    pub params: Vec<ValType>,
    /// Type of its result.
    pub result: Option<ValType>,
    /// Whether its first operand is an address.
    pub is_access: bool,
    /// Whether its result may be NaN, as a number or in its lanes.
    pub lanes: Lanes,
}

/// What a result consists of, as far as NaN is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lanes {
    /// No floats.
    Other,
    /// 32-bit floats.
    F32,
    /// 64-bit floats.
    F64,
}

const fn memarg(align: u8) -> MemArg {
    MemArg {
        align,
        max_align: align,
        offset: 0,
        target: MemArgTarget::Memory(0),
        ordering: None,
    }
}

macro_rules! candidate {
    ($align:ident $op:ident) => {
        Some(Operator::$op)
    };
    ($align:ident $op:ident memarg) => {
        Some(Operator::$op {
            memarg: memarg($align),
        })
    };
    ($align:ident $op:ident lane) => {
        Some(Operator::$op { lane: 1 })
    };
    ($align:ident $op:ident memarg lane) => {
        Some(Operator::$op {
            memarg: memarg($align),
            lane: 1,
        })
    };
    ($align:ident $op:ident $($other:ident)*) => {
        None
    };
}

macro_rules! candidates {
    ($( @$proposal:ident $op:ident $({ $($arg:ident: $argty:ty),* })? => $visit:ident ($($ann:tt)*))*) => {
        /// All operators with at most a position in memory and a lane.
        fn candidates(align: u8) -> Vec<Option<Operator<'static>>> {
            vec![$( candidate!(align $op $($($arg)*)?) ),*]
        }
    };
}

wasmparser::for_each_operator!(candidates);

macro_rules! access {
    ($operator:ident $op:ident memarg $($lane:ident)?) => {
        if let Operator::$op { ref mut memarg, .. } = *$operator {
            return Some(memarg);
        }
    };
    ($($other:tt)*) => {};
}

macro_rules! accesses {
    ($( @$proposal:ident $op:ident $({ $($arg:ident: $argty:ty),* })? => $visit:ident ($($ann:tt)*))*) => {
        /// Which memory an operator accesses, and where.
        pub fn memarg_of<'a>(operator: &'a mut Operator<'_>) -> Option<&'a mut MemArg> {
            $( access!(operator $op $($($arg)*)?); )*
            None
        }
    };
}

wasmparser::for_each_operator!(accesses);

/// Finds the operators.
pub fn all() -> Vec<Typed> {
    let mut found: Vec<Typed> = Vec::new();
    let mut names = std::collections::HashSet::new();
    // The natural alignment is the largest that is valid.
    for align in [4, 3, 2, 1, 0] {
        for operator in candidates(align).into_iter().flatten() {
            let name = format!("{operator:?}");
            let name = name
                .split_whitespace()
                .next()
                .unwrap_or_default()
                .to_string();
            if names.contains(&name) {
                continue;
            }
            if let Some(typed) = typed(operator, &name) {
                names.insert(name);
                found.push(typed);
            }
        }
    }
    found
}

/// Finds out the types of an operator; `None` if it is not a simple one.
fn typed(operator: Operator<'static>, name: &str) -> Option<Typed> {
    let instruction = RoundtripReencoder.instruction(operator.clone()).ok()?;
    // What has no result may be followed by anything, since nothing is reached.
    let result = match is_valid(&instruction, &[], None) {
        true => None,
        false => {
            let mut fitting = NUMBERS
                .into_iter()
                .filter(|&ty| is_valid(&instruction, &[], Some(ty)));
            let first = fitting.next()?;
            if fitting.next().is_some() {
                return None;
            }
            Some(first)
        }
    };
    // From the last operand to the first: those below may be anything.
    let mut params: Vec<ValType> = Vec::new();
    loop {
        let fitting: Vec<_> = NUMBERS
            .into_iter()
            .filter(|&ty| {
                let operands = [&[ty], &params[..]].concat();
                is_valid(&instruction, &operands, result)
            })
            .collect();
        match fitting[..] {
            [ty] => params.insert(0, ty),
            // There are all, one more would be left over; or it takes something
            // that is not a number.
            [] => break,
            [_, _, ..] => return None,
        }
    }
    if !validates(None, &instruction, &params, result) {
        return None;
    }
    let is_float = |prefix: &str| name.starts_with(prefix);
    let is_access = format!("{operator:?}").contains("memarg");
    Some(Typed {
        operator,
        result,
        is_access,
        lanes: match result {
            Some(ValType::F32) => Lanes::F32,
            Some(ValType::F64) => Lanes::F64,
            Some(ValType::V128) if is_float("F32x4") => Lanes::F32,
            Some(ValType::V128) if is_float("F64x2") => Lanes::F64,
            _ => Lanes::Other,
        },
        params,
    })
}

/// Whether an instruction can stand after operands of these types, with anything
/// below them, and gives this result and nothing else.
fn is_valid(instruction: &Instruction<'_>, operands: &[ValType], result: Option<ValType>) -> bool {
    let unreachable = Some(Instruction::Unreachable);
    validates(unreachable, instruction, operands, result)
}

/// Whether an instruction can stand after `first` and operands of these types, and
/// leaves this result and nothing else.
fn validates(
    first: Option<Instruction<'_>>,
    instruction: &Instruction<'_>,
    operands: &[ValType],
    result: Option<ValType>,
) -> bool {
    let mut types = TypeSection::new();
    types.ty().function([], []);
    let mut functions = FunctionSection::new();
    functions.function(0);
    let mut memories = MemorySection::new();
    memories.memory(MemoryType {
        minimum: 1,
        maximum: None,
        memory64: false,
        shared: false,
        page_size_log2: None,
    });
    let mut function = Function::new(NUMBERS.map(|ty| (1, ty)));
    if let Some(first) = first {
        function.instruction(&first);
    }
    for operand in operands {
        function.instruction(&Instruction::LocalGet(local_of(*operand)));
    }
    function.instruction(instruction);
    if let Some(result) = result {
        function.instruction(&Instruction::LocalSet(local_of(result)));
    }
    // Values that are left over are not valid here.
    function.instruction(&Instruction::End);
    let mut code = CodeSection::new();
    code.function(&function);
    let mut module = Module::new();
    module
        .section(&types)
        .section(&functions)
        .section(&memories)
        .section(&code);
    wasmjit_module::Module::new(module.finish()).is_ok()
}

fn local_of(ty: ValType) -> u32 {
    let place = NUMBERS.iter().position(|&number| number == ty);
    place.expect("a number") as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_found() {
        let all = all();
        let find = |name: &str| {
            let found = all.iter().find(|typed| {
                let debug = format!("{:?}", typed.operator);
                debug.split_whitespace().next() == Some(name)
            });
            found.map(|typed| (&typed.params[..], typed.result))
        };
        use ValType::{F64, I32, I64, V128};
        assert_eq!(find("I32Add"), Some((&[I32, I32][..], Some(I32))));
        assert_eq!(find("F64Store"), Some((&[I32, F64][..], None)));
        assert_eq!(find("V128Bitselect"), Some((&[V128; 3][..], Some(V128))));
        let cmpxchg = find("I64AtomicRmwCmpxchg");
        assert_eq!(cmpxchg, Some((&[I32, I64, I64][..], Some(I64))));
        assert_eq!(find("F32x4RelaxedMadd"), Some((&[V128; 3][..], Some(V128))));
        for missing in ["Drop", "Unreachable", "Return", "Else", "RefIsNull"] {
            assert_eq!(find(missing), None, "{missing}");
        }
        assert!(all.len() > 400, "{}", all.len());
    }
}
