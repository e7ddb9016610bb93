//! `wasmjit objdump`

mod disassemble;

use crate::args::Objdump;
use crate::failure::{Failure, SUCCESS, Status};
use crate::load;
use crate::output;
use std::fmt::Display;
use std::io::{self, BufWriter, Write};
use std::ops::Range;
use wasmjit::jit::{CompiledFunction, Compiler, Scratch};
use wasmjit::{Config, Module, TrapCode};

/// Shows machine code, function by function. Nothing is made executable.
pub(crate) fn objdump(options: &Objdump) -> Result<Status, Failure> {
    let path = &options.program;
    let bytes = load::read(path)?;
    let engine = load::engine(&options.engine, Config::new())?;
    let module = load::module(&engine, path, bytes)?;
    let parsed = module.module();
    let imported = parsed.imported_functions;
    let wanted: Vec<u32> = (imported..imported + parsed.defined_functions())
        .filter(|&function| is_wanted(&module, function, &options.function))
        .collect();
    if wanted.is_empty() && !options.function.is_empty() {
        return Err(Failure::program(path, "no function of this index or name"));
    }
    let compiler = Compiler::new(engine.settings()).map_err(Failure::usage)?;
    let mut scratch = Scratch::default();
    let mut out = BufWriter::new(io::stdout().lock());
    let cannot_write = |error: io::Error| output::failed(&error);
    for function in wanted {
        let defined = function - imported;
        let code = compiler
            .function_with_positions(parsed, module.offsets(), defined, &mut scratch, true)
            .map_err(|error| Failure::program(path, error))?;
        write_function(&mut out, &module, function, &code).map_err(cannot_write)?;
    }
    out.flush().map_err(cannot_write)?;
    Ok(SUCCESS)
}

/// Whether `function` was asked for.
fn is_wanted(module: &Module, function: u32, patterns: &[String]) -> bool {
    let name = module.module().function_name(function);
    patterns.is_empty()
        || patterns.iter().any(|pattern| {
            pattern.parse() == Ok(function)
                || name.is_some_and(|name| match pattern.strip_suffix('*') {
                    Some(prefix) => name.starts_with(prefix),
                    None => name == pattern,
                })
        })
}

/// A function by its name, or else by its index.
fn name(module: &Module, function: u32) -> impl Display {
    match module.module().function_name(function) {
        Some(name) => name.to_string(),
        None => format!("function {function}"),
    }
}

fn write_function(
    out: &mut impl Write,
    module: &Module,
    function: u32,
    code: &CompiledFunction,
) -> io::Result<()> {
    let imported = module.module().imported_functions;
    writeln!(
        out,
        "function {function}, {}: {} bytes",
        name(module, function),
        code.code.len()
    )?;
    let mut last = None;
    disassemble::disassemble(&code.code, &mut |instruction| {
        let range = instruction.offset..instruction.offset + instruction.length;
        let position = last_in(&code.positions, &range, |position| position.offset);
        let position = position.map(|position| position.wasm);
        match position.filter(|_| position != last) {
            Some(position) => write!(out, "{position:#9x} ")?,
            None => write!(out, "          ")?,
        }
        last = position.or(last);
        write!(out, "{:6x}: {}", instruction.offset, instruction.text)?;
        if let Some(call) = last_in(&code.relocations, &range, |call| call.offset) {
            write!(out, "  ; {}", name(module, imported + call.target))?;
        }
        let trap = last_in(&code.traps, &range, |trap| trap.offset);
        if let Some(trap) = trap.and_then(|trap| TrapCode::from_u8(trap.code)) {
            write!(out, "  ; trap: {trap}")?;
        }
        writeln!(out)
    })?;
    writeln!(out)
}

/// The last of the items, sorted by their offsets, whose offset is in `range`.
fn last_in<'a, T>(items: &'a [T], range: &Range<u32>, offset: impl Fn(&T) -> u32) -> Option<&'a T> {
    let end = items.partition_point(|item| offset(item) < range.end);
    let item = items.get(end.checked_sub(1)?)?;
    (offset(item) >= range.start).then_some(item)
}
