//! Modules from wasm-smith.

use crate::rng::Rng;
use crate::seeds;
use arbitrary::Unstructured;
use std::convert::Infallible;
use wasm_encoder::Instruction;
use wasm_encoder::reencode::{self, Reencode, utils};
use wasm_smith::{Config, InstructionKind, InstructionKinds, Module};
use wasmparser::Operator;

/// Name of the exported global that says how much a module may still consume.
pub const FUEL: &str = "what may be consumed";

/// What wasmjit provides, in a small module.
fn config() -> Config {
    Config {
        max_memories: 3,
        max_tables: 3,
        bulk_memory_enabled: true,
        reference_types_enabled: true,
        simd_enabled: true,
        relaxed_simd_enabled: true,
        threads_enabled: true,
        tail_call_enabled: true,
        exceptions_enabled: true,
        extended_const_enabled: true,
        memory64_enabled: true,
        gc_enabled: false,
        compact_imports_enabled: false,
        custom_page_sizes_enabled: false,
        shared_everything_threads_enabled: false,
        wide_arithmetic_enabled: false,
        ..Config::default()
    }
}

/// Any module, for mutation: valid, but not always one that wasmjit accepts.
pub fn any_module(rng: &mut Rng) -> Vec<u8> {
    let config = Config {
        max_types: 10,
        max_imports: 5,
        max_funcs: 6,
        max_globals: 6,
        max_exports: 8,
        max_instructions: rng.between(10, 100),
        max_data_segments: 5,
        max_element_segments: 5,
        max_elements: 10,
        gc_enabled: rng.one_in(8),
        allow_invalid_funcs: rng.one_in(8),
        generate_custom_sections: rng.one_in(4),
        min_uleb_size: if rng.one_in(8) { 5 } else { 1 },
        ..config()
    };
    let length = rng.between(100, 2000);
    let bytes = rng.bytes(length);
    match Module::new(config, &mut Unstructured::new(&bytes)) {
        Ok(module) => module.to_bytes(),
        Err(_) => seeds::HELLO.to_vec(),
    }
}

/// A module that terminates, and whose behaviour is the same in every engine.
/// All that it has is exported, and its remaining fuel as [`FUEL`].
pub fn terminating_module(rng: &mut Rng) -> Vec<u8> {
    loop {
        let references = rng.one_in(8);
        let config = if references {
            with_references(rng)
        } else {
            comparable(rng)
        };
        let length = rng.between(500, 20_000);
        let bytes = rng.bytes(length);
        let Ok(mut module) = Module::new(config, &mut Unstructured::new(&bytes)) else {
            continue;
        };
        // With garbage collection on, most modules have types that wasmjit does
        // not; the few others have typed function references.
        if references && wasmjit_module::Module::new(module.to_bytes()).is_err() {
            continue;
        }
        let Ok(fuel) = module.ensure_termination(1000) else {
            continue;
        };
        let mut rewritten = wasm_encoder::Module::new();
        let parser = wasmparser::Parser::new(0);
        let bytes = module.to_bytes();
        let mut rewriter = Rewriter {
            fuel,
            rng: rng.clone(),
            small_indices: rng.one_in(2),
            tables64: Vec::new(),
        };
        let result = rewriter.parse_core_module(&mut rewritten, parser, &bytes);
        if result.is_ok() {
            return rewritten.finish();
        }
    }
}

/// Small modules with a random part of the features.
fn comparable(rng: &mut Rng) -> Config {
    // So that indirect calls find functions of the right and of the wrong type.
    let tables = rng.one_in(2);
    let usually = |rng: &mut Rng| !rng.one_in(4);
    Config {
        max_types: if tables { 4 } else { 12 },
        max_imports: rng.below(8),
        // Imported ones included.
        min_funcs: 4,
        max_funcs: rng.between(4, 16),
        max_globals: 10,
        max_instructions: rng.between(10, 200),
        max_data_segments: 6,
        max_element_segments: 6,
        min_element_segments: if tables { 3 } else { 0 },
        max_elements: 12,
        min_tables: u32::from(tables),
        min_memories: rng.below(2) as u32,
        max_tags: 4,
        export_everything: true,
        canonicalize_nans: true,
        disallow_traps: rng.one_in(2),
        memory_max_size_required: true,
        table_max_size_required: true,
        max_memory32_bytes: 6 << 16,
        max_memory64_bytes: 6 << 16,
        max_table_elements: 100,
        allow_floats: usually(rng),
        bulk_memory_enabled: usually(rng),
        reference_types_enabled: usually(rng),
        simd_enabled: usually(rng),
        threads_enabled: usually(rng),
        tail_call_enabled: usually(rng),
        exceptions_enabled: usually(rng),
        extended_const_enabled: usually(rng),
        memory64_enabled: usually(rng),
        multi_value_enabled: usually(rng),
        allowed_instructions: kinds(rng),
        ..config()
    }
}

/// Typed function references come with garbage collection only.
fn with_references(rng: &mut Rng) -> Config {
    Config {
        gc_enabled: true,
        reference_types_enabled: true,
        max_types: 4,
        max_imports: 0,
        ..comparable(rng)
    }
}

/// Often all instructions, sometimes few, so that these are more frequent.
fn kinds(rng: &mut Rng) -> InstructionKinds {
    if rng.one_in(2) {
        return InstructionKinds::all();
    }
    let mut kinds = vec![InstructionKind::Variable, InstructionKind::Parametric];
    for kind in [
        InstructionKind::Numeric,
        InstructionKind::NumericInt,
        InstructionKind::Vector,
        InstructionKind::Reference,
        InstructionKind::Table,
        InstructionKind::Memory,
        InstructionKind::Control,
    ] {
        if rng.one_in(2) {
            kinds.push(kind);
        }
    }
    InstructionKinds::new(&kinds)
}

/// Exports the fuel, shortens all waiting to nothing, and makes indirect calls
/// more likely to find something.
struct Rewriter {
    fuel: u32,
    rng: Rng,
    /// Whether some indices into tables are made small.
    small_indices: bool,
    /// Of each table, whether its indices have 64 bits.
    tables64: Vec<bool>,
}

impl Reencode for Rewriter {
    type Error = Infallible;

    fn entity_type(
        &mut self,
        ty: wasmparser::TypeRef,
    ) -> Result<wasm_encoder::EntityType, reencode::Error> {
        if let wasmparser::TypeRef::Table(ty) = &ty {
            self.tables64.push(ty.table64);
        }
        utils::entity_type(self, ty)
    }

    fn parse_table(
        &mut self,
        tables: &mut wasm_encoder::TableSection,
        table: wasmparser::Table<'_>,
    ) -> Result<(), reencode::Error> {
        self.tables64.push(table.ty.table64);
        utils::parse_table(self, tables, table)
    }

    fn parse_export_section(
        &mut self,
        exports: &mut wasm_encoder::ExportSection,
        section: wasmparser::ExportSectionReader<'_>,
    ) -> Result<(), reencode::Error> {
        utils::parse_export_section(self, exports, section)?;
        exports.export(FUEL, wasm_encoder::ExportKind::Global, self.fuel);
        Ok(())
    }

    fn parse_function_body(
        &mut self,
        code: &mut wasm_encoder::CodeSection,
        body: wasmparser::FunctionBody<'_>,
    ) -> Result<(), reencode::Error> {
        let mut function = self.new_function_with_parsed_locals(&body)?;
        let mut operators = body.get_operators_reader()?;
        while !operators.eof() {
            let operator = operators.read()?;
            match operator {
                Operator::MemoryAtomicWait32 { .. } | Operator::MemoryAtomicWait64 { .. } => {
                    function.instruction(&Instruction::Drop);
                    function.instruction(&Instruction::I64Const(0));
                }
                Operator::CallIndirect { table_index, .. }
                | Operator::ReturnCallIndirect { table_index, .. }
                | Operator::TableGet { table: table_index }
                    if self.small_indices && self.rng.one_in(2) =>
                {
                    let mask = *self.rng.pick(&[1, 3, 15]);
                    if self.tables64[table_index as usize] {
                        function.instruction(&Instruction::I64Const(mask));
                        function.instruction(&Instruction::I64And);
                    } else {
                        function.instruction(&Instruction::I32Const(mask as i32));
                        function.instruction(&Instruction::I32And);
                    }
                }
                _ => {}
            }
            function.instruction(&self.instruction(operator)?);
        }
        code.function(&function);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terminating_modules_are_valid() {
        for case in 0..200 {
            let bytes = terminating_module(&mut Rng::of_case(5, case));
            wasmjit_module::Module::new(bytes).unwrap();
        }
    }
}
