//! `wasmjit objdump`

mod disassemble;

use crate::args::Objdump;
use crate::failure::Failure;
use crate::failure::{SUCCESS, Status};
use crate::load;
use crate::progress::Bar;
use std::io::{self, BufWriter, Write};
use wasmjit::{Config, Module};
use wasmjit_runtime::codegen::ModuleCode;

/// Shows machine code, function by function.
pub(crate) fn objdump(options: &Objdump) -> Result<Status, Failure> {
    let path = &options.program;
    let bytes = load::read(path)?;
    let mut config = Config::new();
    if let Some(bar) = Bar::on_terminal() {
        config = config.progress(bar);
    }
    let engine = load::engine(&options.engine, config)?;
    let module = load::module(&engine, path, bytes)?;
    let cannot = |error: &dyn std::fmt::Display| Failure::program(path, error);

    let imported = module.module().imported_functions;
    let defined = 0..module.module().defined_functions();
    let wanted: Vec<u32> = defined
        .map(|function| function + imported)
        .filter(|&function| is_wanted(&module, function, &options.function))
        .collect();
    if wanted.is_empty() && !options.function.is_empty() {
        return Err(Failure::program(path, "no function of this index or name"));
    }
    if options.function.is_empty() {
        module.compile().map_err(|error| cannot(&error))?;
    } else {
        for function in &wanted {
            let compiled = module.code().compile(function - imported);
            compiled.map_err(|error| cannot(&error))?;
        }
    }
    let code = module
        .jit_code()
        .ok_or_else(|| cannot(&"this engine has no machine code"))?;
    let mut ranges = code.function_ranges();
    ranges.retain(|(_, _, defined)| wanted.contains(&(defined + imported)));
    ranges.sort_by_key(|(_, _, defined)| *defined);
    let mut out = BufWriter::new(io::stdout().lock());
    for (start, length, defined) in ranges {
        // SAFETY: `code` keeps its functions; nothing writes to them any more.
        let bytes = unsafe { std::slice::from_raw_parts(start as *const u8, length) };
        write_function(&mut out, &module, code, defined + imported, start, bytes)
            .map_err(|error| Failure::usage(format_args!("cannot write: {error}")))?;
    }
    out.flush()
        .map_err(|error| Failure::usage(format_args!("cannot write: {error}")))?;
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

fn write_function(
    out: &mut impl Write,
    module: &Module,
    code: &dyn ModuleCode,
    function: u32,
    start: usize,
    bytes: &[u8],
) -> io::Result<()> {
    let name = module.module().function_name(function).unwrap_or("");
    writeln!(out, "function {function} {name}: {} bytes", bytes.len())?;
    let mut last = None;
    disassemble::disassemble(start, bytes, &mut |instruction| {
        let location = code.location(instruction.address);
        let offset = location.and_then(|location| location.wasm_offset);
        match offset.filter(|_| offset != last) {
            Some(offset) => write!(out, "{offset:#9x} ")?,
            None => write!(out, "          ")?,
        }
        last = offset.or(last);
        let relative = instruction.address - start;
        write!(out, "{relative:6x}: {}", instruction.text)?;
        if let Some(trap) = location.and_then(|location| location.trap) {
            write!(out, "  ; trap: {trap}")?;
        }
        writeln!(out)
    })?;
    writeln!(out)
}
