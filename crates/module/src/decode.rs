//! From bytes to a [`Module`].

use crate::validate::BodyValidator;
use crate::{
    ConstExpr, ConstOp, CustomSection, DataMode, DataSegment, ElementItems, ElementMode,
    ElementSegment, Export, ExternKind, FEATURES, FunctionBody, Global, Import, ImportType, Module,
    ModuleError, ModuleErrorKind, Names, Table, TypeGroup,
};
use alloc::string::ToString;
use alloc::sync::Arc;
use alloc::vec::Vec;
use alloc::{format, vec};
use core::ops::Range;
use wasmparser::{
    BinaryReader, ElementSectionReader, FromReader, Operator, Parser, Payload, RecGroup, RefType,
    SectionLimited, TableInit, TypeRef, Validator, ValidatorResources, WasmFeatures,
};

const MAGIC: &[u8] = b"\0asm";

impl Module {
    /// Decodes and validates a module, function bodies included.
    pub fn new(bytes: impl Into<Arc<[u8]>>) -> Result<Self, ModuleError> {
        Self::with_features(bytes, FEATURES)
    }

    /// As [`new`](Self::new), but with a chosen set of features. Engines can
    /// run what [`FEATURES`] allows, and no more.
    pub fn with_features(
        bytes: impl Into<Arc<[u8]>>,
        features: WasmFeatures,
    ) -> Result<Self, ModuleError> {
        let (module, bodies) = Self::parse_with_features(bytes, features)?;
        bodies.validate_all()?;
        Ok(module)
    }

    /// Decodes and validates everything except function bodies, which the
    /// caller must validate before they run: on several threads, just before
    /// compiling each, or not at all if they are known to be valid.
    pub fn parse(bytes: impl Into<Arc<[u8]>>) -> Result<(Self, BodyValidator), ModuleError> {
        Self::parse_with_features(bytes, FEATURES)
    }

    /// As [`parse`](Self::parse), but with a chosen set of features.
    pub fn parse_with_features(
        bytes: impl Into<Arc<[u8]>>,
        features: WasmFeatures,
    ) -> Result<(Self, BodyValidator), ModuleError> {
        let bytes = bytes.into();
        check_header(&bytes)?;
        let mut decoder = Decoder::new(bytes.clone(), features);
        let mut parser = Parser::new(0);
        parser.set_features(features);
        for payload in parser.parse_all(&bytes) {
            decoder.payload(payload?)?;
        }
        Ok(decoder.finish())
    }
}

/// Refuses what is no WebAssembly module, and says what it is instead.
fn check_header(bytes: &[u8]) -> Result<(), ModuleError> {
    let not_wasm = |message: &str| Err(ModuleError::new(ModuleErrorKind::NotWasm, message, 0usize));
    if bytes.is_empty() {
        return not_wasm("the file is empty");
    }
    let Some(header) = bytes.first_chunk::<8>() else {
        if MAGIC.starts_with(bytes) || bytes.starts_with(MAGIC) {
            let message = "the file ends within its header";
            let kind = ModuleErrorKind::Malformed;
            return Err(ModuleError::new(kind, message, bytes.len()));
        }
        return not_wasm(guess(bytes));
    };
    let [m0, m1, m2, m3, v0, v1, l0, l1] = *header;
    if [m0, m1, m2, m3] != MAGIC {
        return not_wasm(guess(bytes));
    }
    match (u16::from_le_bytes([v0, v1]), u16::from_le_bytes([l0, l1])) {
        (1, 0) => Ok(()),
        (_, 1) => not_wasm("this is a WebAssembly component, not a module"),
        _ => Err(ModuleError::new(
            ModuleErrorKind::Malformed,
            format!(
                "unknown binary version {:#x}",
                u32::from_le_bytes([v0, v1, l0, l1])
            ),
            4usize,
        )),
    }
}

/// What bytes without the magic number might be.
fn guess(bytes: &[u8]) -> &'static str {
    let text = bytes.trim_ascii_start();
    if text.starts_with(b"(") || text.starts_with(b";;") {
        "this looks like the text format; convert it with wat2wasm"
    } else if bytes.starts_with(b"\x7fELF") {
        "this is a native program or library (ELF)"
    } else if bytes.starts_with(b"!<arch>\n") {
        "this is a library archive; link it into a module first"
    } else {
        "it does not start with the magic number \"\\0asm\""
    }
}

/// A module in the making.
struct Decoder {
    module: Module,
    validator: Validator,
    bodies: Vec<FunctionBody>,
    resources: Option<ValidatorResources>,
    name_section: Option<Range<usize>>,
}

impl Decoder {
    fn new(bytes: Arc<[u8]>, features: WasmFeatures) -> Self {
        Self {
            module: Module {
                features,
                types: Vec::new(),
                type_groups: Vec::new(),
                imports: Vec::new(),
                functions: Vec::new(),
                tables: Vec::new(),
                memories: Vec::new(),
                globals: Vec::new(),
                tags: Vec::new(),
                imported_functions: 0,
                imported_tables: 0,
                imported_memories: 0,
                imported_globals: 0,
                imported_tags: 0,
                exports: Vec::new(),
                export_index: Vec::new(),
                function_imports: Vec::new(),
                function_exports: Vec::new(),
                start: None,
                elements: Vec::new(),
                data: Vec::new(),
                bodies: Arc::default(),
                escaped: Vec::new(),
                names: Names::none(bytes.clone()),
                custom_sections: Vec::new(),
                code_section: 0..0,
                bytes,
            },
            validator: Validator::new_with_features(features),
            bodies: Vec::new(),
            resources: None,
            name_section: None,
        }
    }

    /// Takes in the next part of the binary. Validation comes first, so that
    /// everything that is stored is known to be consistent.
    fn payload(&mut self, payload: Payload<'_>) -> Result<(), ModuleError> {
        let Self {
            module, validator, ..
        } = self;
        match payload {
            Payload::TypeSection(section) => {
                check_groups(&module.bytes, &section)?;
                check(&section, 2, || validator.type_section(&section))?;
                for group in section {
                    let start = module.types.len() as u32;
                    module.types.extend(group?.into_types());
                    let range = start..module.types.len() as u32;
                    module.type_groups.push(TypeGroup { range });
                }
            }
            Payload::ImportSection(section) => {
                check(&section, 4, || validator.import_section(&section))?;
                for import in section.into_imports() {
                    add_import(module, import?)?;
                }
            }
            Payload::FunctionSection(section) => {
                check(&section, 1, || validator.function_section(&section))?;
                for ty in section {
                    module.functions.push(ty?);
                }
            }
            Payload::TableSection(section) => {
                check(&section, 3, || validator.table_section(&section))?;
                for table in section {
                    let table = table?;
                    let init = match &table.init {
                        TableInit::RefNull => None,
                        TableInit::Expr(expr) => Some(const_expr(expr)?),
                    };
                    let ty = table.ty;
                    module.tables.push(Table { ty, init });
                }
            }
            Payload::MemorySection(section) => {
                check(&section, 2, || validator.memory_section(&section))?;
                for memory in section {
                    module.memories.push(memory?);
                }
            }
            Payload::TagSection(section) => {
                check(&section, 2, || validator.tag_section(&section))?;
                for tag in section {
                    module.tags.push(tag?.func_type_idx);
                }
            }
            Payload::GlobalSection(section) => {
                check(&section, 4, || validator.global_section(&section))?;
                for global in section {
                    let global = global?;
                    let init = Some(const_expr(&global.init_expr)?);
                    let ty = global.ty;
                    module.globals.push(Global { ty, init });
                }
            }
            Payload::ExportSection(section) => {
                check(&section, 3, || validator.export_section(&section))?;
                for export in section {
                    let export = export?;
                    module.exports.push(Export {
                        name: export.name.to_string(),
                        kind: extern_kind(export.kind),
                        index: export.index,
                    });
                }
            }
            Payload::StartSection { func, ref range } => {
                validator
                    .start_section(func, range)
                    .map_err(|error| ModuleError::of_validator(error, || true))?;
                module.start = Some(func);
            }
            Payload::ElementSection(section) => {
                check(&section, 2, || validator.element_section(&section))?;
                add_elements(module, section)?;
            }
            Payload::CodeSectionStart {
                ref unchecked_range,
                ..
            } => {
                validator.payload(&payload)?;
                module.code_section = position(unchecked_range);
                // As many bodies as declared functions: the parser checked.
                let defined = module.functions.len() - module.imported_functions as usize;
                self.bodies.reserve_exact(defined);
            }
            Payload::CodeSectionEntry(body) => {
                let function = validator.code_section_entry(&body)?;
                self.resources.get_or_insert(function.resources);
                let range = position(&body.range());
                self.bodies.push(FunctionBody { range });
            }
            Payload::DataSection(section) => {
                check(&section, 2, || validator.data_section(&section))?;
                for segment in section {
                    let segment = segment?;
                    let end = position(&segment.range).end;
                    module.data.push(DataSegment {
                        range: end - segment.data.len()..end,
                        mode: match &segment.kind {
                            wasmparser::DataKind::Passive => DataMode::Passive,
                            wasmparser::DataKind::Active {
                                memory_index,
                                offset_expr,
                            } => DataMode::Active {
                                memory: *memory_index,
                                offset: const_expr(offset_expr)?,
                            },
                        },
                    });
                }
            }
            Payload::CustomSection(section) => {
                let range = position(&section.data_range());
                if section.name() == "name" && self.name_section.is_none() {
                    self.name_section = Some(range.clone());
                }
                let name = section.name().to_string();
                module.custom_sections.push(CustomSection { name, range });
            }
            other => {
                validator.payload(&other)?;
            }
        }
        Ok(())
    }

    fn finish(self) -> (Module, BodyValidator) {
        let mut module = self.module;
        module.bodies = self.bodies.into();
        if let Some(section) = self.name_section {
            let function_count = module.functions.len();
            module.names = Names::decode(module.bytes.clone(), section, function_count);
        }
        module.escaped = escaped(&module);
        index_exports(&mut module);
        let validator = BodyValidator {
            bytes: module.bytes.clone(),
            bodies: module.bodies.clone(),
            resources: self.resources,
            imported_functions: module.imported_functions,
            features: module.features,
        };
        (module, validator)
    }
}

/// Validates a section whose items are at least `item_size` bytes long.
fn check<'a, T: FromReader<'a>>(
    section: &SectionLimited<'a, T>,
    item_size: usize,
    validate: impl FnOnce() -> wasmparser::Result<()>,
) -> Result<(), ModuleError> {
    // The validator reserves memory for the declared number of items.
    let range = position(&section.range());
    if section.count() as usize > range.len() / item_size {
        return Err(ModuleError::new(
            ModuleErrorKind::Malformed,
            format!("a section too small for its {} items", section.count()),
            range.start,
        ));
    }
    validate().map_err(|error| {
        ModuleError::of_validator(error, || section.clone().into_iter().all(|i| i.is_ok()))
    })
}

/// Refuses a recursion group that is too small for its number of types: the
/// parser reserves memory for so many before it reads the first.
fn check_groups(bytes: &[u8], section: &SectionLimited<'_, RecGroup>) -> Result<(), ModuleError> {
    const EXPLICIT_GROUP: u8 = 0x4e;
    /// The smallest function type: its form and two empty lists.
    const TYPE_SIZE: usize = 3;
    let range = position(&section.range());
    if !bytes[range.clone()].contains(&EXPLICIT_GROUP) {
        return Ok(());
    }
    let mut reader = BinaryReader::new(&bytes[range.clone()], range.start as u64);
    for _ in 0..reader.read_var_u32()? {
        let mut group = reader.clone();
        if group.read_u8()? == EXPLICIT_GROUP {
            let count = group.read_var_u32()?;
            if count as usize > group.bytes_remaining() / TYPE_SIZE + 1 {
                return Err(ModuleError::new(
                    ModuleErrorKind::Malformed,
                    format!("a recursion group too small for its {count} types"),
                    reader.original_position(),
                ));
            }
        }
        reader.read::<RecGroup>()?;
    }
    Ok(())
}

/// A range of the binary. The binary is in memory, so its offsets fit.
fn position(range: &Range<u64>) -> Range<usize> {
    range.start as usize..range.end as usize
}

fn unsupported(what: &str, offset: u64) -> ModuleError {
    ModuleError::new(ModuleErrorKind::Unsupported, what, offset)
}

fn add_import(module: &mut Module, import: wasmparser::Import<'_>) -> Result<(), ModuleError> {
    let ty = match import.ty {
        TypeRef::Func(ty) => {
            module.function_imports.push(module.imports.len() as u32);
            module.functions.push(ty);
            module.imported_functions += 1;
            ImportType::Function(ty)
        }
        TypeRef::Table(ty) => {
            module.tables.push(Table { ty, init: None });
            module.imported_tables += 1;
            ImportType::Table(ty)
        }
        TypeRef::Memory(ty) => {
            module.memories.push(ty);
            module.imported_memories += 1;
            ImportType::Memory(ty)
        }
        TypeRef::Global(ty) => {
            module.globals.push(Global { ty, init: None });
            module.imported_globals += 1;
            ImportType::Global(ty)
        }
        TypeRef::Tag(tag) => {
            module.tags.push(tag.func_type_idx);
            module.imported_tags += 1;
            ImportType::Tag(tag.func_type_idx)
        }
        TypeRef::FuncExact(_) => return Err(unsupported("exact function imports", 0)),
    };
    module.imports.push(Import {
        module: import.module.to_string(),
        name: import.name.to_string(),
        ty,
    });
    Ok(())
}

fn extern_kind(kind: wasmparser::ExternalKind) -> ExternKind {
    use wasmparser::ExternalKind;
    match kind {
        ExternalKind::Func | ExternalKind::FuncExact => ExternKind::Function,
        ExternalKind::Table => ExternKind::Table,
        ExternalKind::Memory => ExternKind::Memory,
        ExternalKind::Global => ExternKind::Global,
        ExternalKind::Tag => ExternKind::Tag,
    }
}

fn add_elements(module: &mut Module, section: ElementSectionReader<'_>) -> Result<(), ModuleError> {
    for segment in section {
        let segment = segment?;
        let mode = match &segment.kind {
            wasmparser::ElementKind::Passive => ElementMode::Passive,
            wasmparser::ElementKind::Declared => ElementMode::Declared,
            wasmparser::ElementKind::Active {
                table_index,
                offset_expr,
            } => ElementMode::Active {
                table: table_index.unwrap_or(0),
                offset: const_expr(offset_expr)?,
            },
        };
        let (ty, items) = match segment.items {
            wasmparser::ElementItems::Functions(functions) => {
                let functions = functions.into_iter().collect::<Result<_, _>>()?;
                (RefType::FUNCREF, ElementItems::Functions(functions))
            }
            wasmparser::ElementItems::Expressions(ty, expressions) => {
                (ty, element_expressions(expressions)?)
            }
        };
        module.elements.push(ElementSegment { ty, items, mode });
    }
    Ok(())
}

/// Reads element expressions. Those that only name functions are stored as
/// such, which takes a small part of the memory.
fn element_expressions(
    expressions: SectionLimited<'_, wasmparser::ConstExpr<'_>>,
) -> Result<ElementItems, ModuleError> {
    let mut functions = Vec::new();
    for expression in expressions.clone() {
        match const_expr(&expression?)?.0[..] {
            [ConstOp::RefFunc(function)] => functions.push(function),
            _ => {
                let expressions = expressions.into_iter().map(|e| const_expr(&e?));
                return Ok(ElementItems::Expressions(
                    expressions.collect::<Result<_, _>>()?,
                ));
            }
        }
    }
    Ok(ElementItems::Functions(functions))
}

fn const_expr(expr: &wasmparser::ConstExpr<'_>) -> Result<ConstExpr, ModuleError> {
    let mut operators = expr.get_operators_reader();
    // Most expressions are a single instruction.
    let mut ops = Vec::with_capacity(1);
    loop {
        let (operator, offset) = operators.read_with_offset()?;
        let op = match operator {
            Operator::I32Const { value } => ConstOp::I32(value),
            Operator::I64Const { value } => ConstOp::I64(value),
            Operator::F32Const { value } => ConstOp::F32(value.bits()),
            Operator::F64Const { value } => ConstOp::F64(value.bits()),
            Operator::V128Const { value } => ConstOp::V128(u128::from_le_bytes(*value.bytes())),
            Operator::RefNull { .. } => ConstOp::RefNull,
            Operator::RefFunc { function_index } => ConstOp::RefFunc(function_index),
            Operator::GlobalGet { global_index } => ConstOp::GlobalGet(global_index),
            Operator::I32Add => ConstOp::I32Add,
            Operator::I32Sub => ConstOp::I32Sub,
            Operator::I32Mul => ConstOp::I32Mul,
            Operator::I64Add => ConstOp::I64Add,
            Operator::I64Sub => ConstOp::I64Sub,
            Operator::I64Mul => ConstOp::I64Mul,
            Operator::End => return Ok(ConstExpr(ops)),
            _ => {
                let what = "this instruction in a constant expression";
                return Err(unsupported(what, offset));
            }
        };
        ops.push(op);
    }
}

/// Which functions' references may leave the module. `ref.func` in a body may
/// only name functions that also stand in one of these places.
fn escaped(module: &Module) -> Vec<bool> {
    let mut escaped = vec![false; module.functions.len()];
    let mut mark = |function: u32| {
        if let Some(escaped) = escaped.get_mut(function as usize) {
            *escaped = true;
        }
    };
    let exports = module.exports.iter();
    exports
        .filter(|export| export.kind == ExternKind::Function)
        .for_each(|export| mark(export.index));
    // The host calls it.
    module.start.into_iter().for_each(&mut mark);

    let mut expressions = Vec::new();
    expressions.extend(module.globals.iter().filter_map(|g| g.init.as_ref()));
    expressions.extend(module.tables.iter().filter_map(|t| t.init.as_ref()));
    for segment in &module.elements {
        match &segment.items {
            ElementItems::Functions(functions) => functions.iter().copied().for_each(&mut mark),
            ElementItems::Expressions(items) => expressions.extend(items),
        }
    }
    for op in expressions.into_iter().flat_map(|expr| &expr.0) {
        if let ConstOp::RefFunc(function) = op {
            mark(*function);
        }
    }
    escaped
}

/// Prepares lookups of exports by name and of functions' exports by index.
fn index_exports(module: &mut Module) {
    let exports = &module.exports;
    let mut by_name: Vec<u32> = (0..exports.len() as u32).collect();
    by_name.sort_unstable_by_key(|&i| &exports[i as usize].name);
    let mut functions: Vec<(u32, u32)> = exports
        .iter()
        .zip(0..)
        .filter(|(export, _)| export.kind == ExternKind::Function)
        .map(|(export, i)| (export.index, i))
        .collect();
    functions.sort_unstable();
    functions.dedup_by_key(|(function, _)| *function);
    module.export_index = by_name;
    module.function_exports = functions;
}
