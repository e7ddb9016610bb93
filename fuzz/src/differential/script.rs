//! What is done with a module: the same for both engines.

use super::observation::{Signature, Value};
use crate::rng::Rng;
use crate::smith::FUEL;
use wasmjit_module::wasmparser::AbstractHeapType;
use wasmjit_module::{ExternKind, FuncType, HeapType, ImportType, Module, RefType, ValType};

/// Stack for WebAssembly code in both engines. Generated modules use less,
/// because every call takes from what they may consume.
pub const MAX_WASM_STACK: usize = 32 << 20;

/// How often each exported function is called.
const ROUNDS: usize = 3;

/// A call of an exported function.
pub(super) struct Call {
    /// Place among the exports.
    pub(super) export: usize,
    pub(super) params: Vec<Value>,
}

/// What is done with a module.
pub struct Script {
    pub(super) seed: u64,
    /// Names and kinds of the exports.
    pub(super) exports: Vec<(String, ExternKind)>,
    /// Types of the exports that are functions.
    functions: Vec<Option<FuncType>>,
    /// Types of the exports that are tags.
    tags: Vec<Option<FuncType>>,
    /// Which exports are functions that the host provided.
    pub(super) passed_on: Vec<bool>,
    /// Whether that is so of the start function.
    pub(super) starts_in_host: bool,
    pub(super) calls: Vec<Call>,
    /// Value of each imported global.
    pub(super) globals: Vec<Option<Value>>,
    /// Type of each imported function.
    pub(super) imports: Vec<Option<FuncType>>,
    /// Whether the module is given what it may consume before each call.
    pub(super) fuel: Option<i32>,
}

impl Script {
    /// `None` if the module imports what the host cannot make.
    pub fn new(module: &Module, seed: u64) -> Option<Self> {
        let mut rng = Rng::of_case(seed, u64::MAX);
        let globals = module.imports.iter().map(|import| match &import.ty {
            ImportType::Global(ty) => some_value(&mut rng, ty.content_type).map(Some),
            ImportType::Table(ty) => is_plain(ty.element_type).then_some(None),
            ImportType::Function(ty) => {
                let ty = module.type_signature(*ty);
                let types = ty.params().iter().chain(ty.results());
                types.copied().all(is_providable).then_some(None)
            }
            ImportType::Tag(ty) => {
                let ty = module.type_signature(*ty);
                ty.params()
                    .iter()
                    .copied()
                    .all(is_providable)
                    .then_some(None)
            }
            ImportType::Memory(_) => Some(None),
        });
        let globals = globals.collect::<Option<_>>()?;
        let exports: Vec<_> = module
            .exports
            .iter()
            .map(|export| (export.name.clone(), export.kind))
            .collect();
        let functions = module.exports.iter().map(|export| match export.kind {
            ExternKind::Function => Some(module.function_type(export.index).clone()),
            _ => None,
        });
        let functions = functions.collect::<Vec<_>>();
        let tags = module.exports.iter().map(|export| match export.kind {
            ExternKind::Tag => {
                let ty = module.tags[export.index as usize];
                Some(module.type_signature(ty).clone())
            }
            _ => None,
        });
        let imports = module.imports.iter().map(|import| match import.ty {
            ImportType::Function(ty) => Some(module.type_signature(ty).clone()),
            _ => None,
        });
        let passed_on = module.exports.iter().map(|export| {
            export.kind == ExternKind::Function && export.index < module.imported_functions
        });
        let mut script = Self {
            seed,
            passed_on: passed_on.collect(),
            starts_in_host: module
                .start
                .is_some_and(|start| start < module.imported_functions),
            fuel: module.export(FUEL).map(|_| *rng.pick(&[100, 1000, 5000])),
            exports,
            functions,
            tags: tags.collect(),
            calls: Vec::new(),
            globals,
            imports: imports.collect(),
        };
        for _ in 0..ROUNDS {
            for export in 0..script.exports.len() {
                script.calls.extend(script.call(&mut rng, export));
            }
        }
        Some(script)
    }

    /// A call of an export with some parameters, if it is a function that can
    /// be called.
    pub(super) fn call(&self, rng: &mut Rng, export: usize) -> Option<Call> {
        let ty = self.functions.get(export)?.as_ref()?;
        let params = ty.params().iter().map(|&ty| some_value(rng, ty));
        Some(Call {
            export,
            params: params.collect::<Option<_>>()?,
        })
    }

    /// Values for an exception, if the export is a tag and there are such.
    pub(super) fn tag_values(&self, rng: &mut Rng, export: usize) -> Option<Vec<Value>> {
        let ty = self.tags.get(export)?.as_ref()?;
        ty.params().iter().map(|&ty| some_value(rng, ty)).collect()
    }

    /// Number of results of an exported function.
    pub(super) fn results(&self, export: usize) -> usize {
        let ty = self.functions[export].as_ref();
        ty.map_or(0, |ty| ty.results().len())
    }

    /// Name of an export.
    pub(super) fn name(&self, export: usize) -> &str {
        &self.exports[export].0
    }
}

/// Whether a type means the same outside its module, and has null.
fn is_plain(ty: RefType) -> bool {
    ty.is_nullable() && matches!(ty.heap_type(), HeapType::Abstract { .. })
}

fn is_providable(ty: ValType) -> bool {
    match ty {
        ValType::Ref(ty) => is_plain(ty),
        _ => true,
    }
}

/// A value of a type; `None` where the host has none.
pub(super) fn some_value(rng: &mut Rng, ty: ValType) -> Option<Value> {
    Some(match ty {
        ValType::I32 => Value::I32(match rng.below(4) {
            0 => rng.u32() as i32,
            1 => *rng.pick(&[0, 1, -1, i32::MIN, i32::MAX]),
            _ => rng.below(70_000) as i32,
        }),
        ValType::I64 => Value::I64(match rng.below(4) {
            0 => rng.u64() as i64,
            1 => *rng.pick(&[0, 1, -1, i64::MIN, i64::MAX]),
            _ => rng.below(70_000) as i64,
        }),
        ValType::F32 => Value::F32(some_float(rng).to_bits()),
        ValType::F64 => {
            let value = f64::from(some_float(rng)) * if rng.one_in(2) { 1.0 } else { 1.1e17 };
            Value::F64(value.to_bits())
        }
        ValType::V128 => {
            let lane = |rng: &mut Rng| u128::from(some_float(rng).to_bits());
            Value::V128(match rng.below(2) {
                0 => (0..4).fold(0, |vector, _| vector << 32 | lane(rng)),
                _ => u128::from(rng.skewed()) << 64 | u128::from(rng.skewed()),
            })
        }
        ValType::Ref(ty) => match ty.heap_type() {
            HeapType::Abstract {
                ty: AbstractHeapType::Extern,
                ..
            } if rng.one_in(2) => Value::Extern(rng.below(1000) as u64),
            _ if ty.is_nullable() => Value::Null,
            _ => return None,
        },
    })
}

/// Any float but NaN: the sign and contents of those would have to be defined.
fn some_float(rng: &mut Rng) -> f32 {
    const INTERESTING: [f32; 12] = [
        0.0,
        -0.0,
        1.0,
        -1.0,
        0.5,
        f32::MAX,
        f32::MIN,
        f32::MIN_POSITIVE,
        f32::INFINITY,
        f32::NEG_INFINITY,
        2_147_483_648.0,
        -2_147_483_904.0,
    ];
    let value = f32::from_bits(rng.u32());
    if value.is_nan() || rng.one_in(2) {
        *rng.pick(&INTERESTING)
    } else {
        value
    }
}

/// What is seen of a function's type.
pub(super) fn signature(ty: &FuncType) -> Signature {
    Signature(ty.params().len(), ty.results().len())
}
