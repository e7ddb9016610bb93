//! `wasmjit inspect`

use crate::args::Inspect;
use crate::failure::Failure;
use crate::failure::{SUCCESS, Status};
use crate::load;
use crate::output;
use crate::units::Size;
use std::path::Path;
use std::sync::Arc;
use wasmjit::ExternKind;
use wasmjit_module::Module;
use wasmjit_module::wasmparser::{Parser, Payload};
use wasmjit_posix::{Glue, ImportReport, ImportStatus};

/// Shows what a program consists of. Fails if an import is not provided, since
/// the program cannot run then.
pub(crate) fn inspect(options: &Inspect) -> Result<Status, Failure> {
    let path = &options.program;
    let bytes = load::read(path)?;
    let script = load::is_script(path, &bytes);
    let module = Module::new(bytes).map_err(|error| load::refused(path, &error.into(), script))?;
    let glue = load::glue(path, &module);
    let report = Report {
        path,
        imports: wasmjit_posix::inspect(&module, glue.as_ref()),
        sections: sections(module.bytes()),
        glue,
        module: &module,
    };
    if options.json {
        output::line(report.json())?;
    } else {
        output::write(report.text().as_bytes())?;
    }
    match report.problems() {
        0 => Ok(SUCCESS),
        count => Err(Failure::program(
            path,
            format_args!(
                "{} not provided; the program cannot run",
                plural(count, "import is", "imports are")
            ),
        )),
    }
}

fn plural(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

struct Report<'a> {
    path: &'a Path,
    module: &'a Module,
    glue: Option<Glue>,
    imports: Vec<ImportReport>,
    sections: Vec<Section>,
}

/// A part of the binary.
struct Section {
    name: String,
    offset: usize,
    size: usize,
}

impl Report<'_> {
    fn problems(&self) -> usize {
        let missing = |import: &&ImportReport| !import.is_provided();
        self.imports.iter().filter(missing).count()
    }

    fn text(&self) -> String {
        let module = self.module;
        let size = Size(module.bytes().len() as u64);
        let mut text = format!("{}: {size}", self.path.display());
        if let Some(name) = module.names.module() {
            text += &format!(", module {name}");
        }
        text += &format!(
            ", {}\n",
            plural(module.defined_functions() as usize, "function", "functions")
        );
        if self.glue.is_some() {
            text += "the names of the imports are short; the script beside the program has the long ones\n";
        }
        text += &format!("\nimports ({}):\n", self.imports.len());
        for import in &self.imports {
            let mark = if import.is_provided() { "  " } else { "! " };
            text += &format!(
                "{mark}{}.{} {}\n",
                import.module, import.name, import.signature
            );
            match &import.status {
                ImportStatus::Provided(row) if !row.note.is_empty() => {
                    text += &format!("      {}\n", row.note);
                }
                ImportStatus::Provided(_) | ImportStatus::ProvidedByRule => {}
                ImportStatus::WrongType { expected } => {
                    text += &format!("      not provided with this type; it is {expected}\n");
                }
                ImportStatus::Unknown { remedy } => {
                    text += &format!("      not provided: {remedy}\n");
                }
            }
        }
        text += &format!("\nexports ({}):\n", module.exports.len());
        for export in &module.exports {
            text += &format!("  {} {}", kind(export.kind), export.name);
            if export.kind == ExternKind::Function {
                text += &format!(" {}", signature(module, export.index));
            }
            text.push('\n');
        }
        text += &format!("\nsections ({}):\n", self.sections.len());
        for section in &self.sections {
            text += &format!(
                "  {:#010x} {:>9}  {}\n",
                section.offset, section.size, section.name
            );
        }
        text
    }

    fn json(&self) -> serde_json::Value {
        let imports: Vec<_> = self.imports.iter().map(import_json).collect();
        let exports: Vec<_> = self
            .module
            .exports
            .iter()
            .map(|export| {
                let signature = (export.kind == ExternKind::Function)
                    .then(|| signature(self.module, export.index));
                serde_json::json!({
                    "name": export.name,
                    "kind": kind(export.kind),
                    "signature": signature,
                })
            })
            .collect();
        let sections: Vec<_> = self
            .sections
            .iter()
            .map(|section| {
                serde_json::json!({
                    "name": section.name,
                    "offset": section.offset,
                    "size": section.size,
                })
            })
            .collect();
        serde_json::json!({
            "file": self.path.to_string_lossy(),
            "size": self.module.bytes().len(),
            "module": self.module.names.module(),
            "functions": self.module.defined_functions(),
            "runs": self.problems() == 0,
            "imports": imports,
            "exports": exports,
            "sections": sections,
        })
    }
}

fn import_json(import: &ImportReport) -> serde_json::Value {
    let (provided, note, remedy) = match &import.status {
        ImportStatus::Provided(row) => (true, Some(row.note), None),
        ImportStatus::ProvidedByRule => (true, None, None),
        ImportStatus::WrongType { expected } => {
            (false, None, Some(format!("its type must be {expected}")))
        }
        ImportStatus::Unknown { remedy } => (false, None, Some(remedy.clone())),
    };
    serde_json::json!({
        "module": import.module,
        "name": import.name,
        "signature": import.signature,
        "provided": provided,
        "note": note.filter(|note| !note.is_empty()),
        "remedy": remedy,
    })
}

fn kind(kind: ExternKind) -> &'static str {
    match kind {
        ExternKind::Function => "function",
        ExternKind::Table => "table",
        ExternKind::Memory => "memory",
        ExternKind::Global => "global",
        ExternKind::Tag => "tag",
    }
}

fn signature(module: &Module, function: u32) -> String {
    let ty = module.function_type(function);
    let list = |types: &[wasmjit::ValType]| {
        let types: Vec<String> = types.iter().map(ToString::to_string).collect();
        types.join(", ")
    };
    format!("({}) -> ({})", list(ty.params()), list(ty.results()))
}

/// The sections of a valid binary.
fn sections(bytes: &Arc<[u8]>) -> Vec<Section> {
    let mut sections = Vec::new();
    for payload in Parser::new(0).parse_all(bytes) {
        let Ok(payload) = payload else { break };
        let Some((id, range)) = payload.as_section() else {
            continue;
        };
        let name = match &payload {
            Payload::CustomSection(section) => format!("custom {:?}", section.name()),
            _ => section_name(id).to_string(),
        };
        sections.push(Section {
            name,
            offset: range.start as usize,
            size: (range.end - range.start) as usize,
        });
    }
    sections
}

fn section_name(id: u8) -> &'static str {
    const NAMES: [&str; 14] = [
        "custom",
        "type",
        "import",
        "function",
        "table",
        "memory",
        "global",
        "export",
        "start",
        "element",
        "code",
        "data",
        "data count",
        "tag",
    ];
    NAMES.get(usize::from(id)).copied().unwrap_or("unknown")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_sections() {
        let bytes: Arc<[u8]> = Arc::from(&b"\0asm\x01\0\0\0\x01\x04\x01\x60\0\0\0\x03\x02hi!"[..]);
        let found: Vec<_> = sections(&bytes)
            .into_iter()
            .map(|section| (section.name, section.offset, section.size))
            .collect();
        assert_eq!(found[0], ("type".to_string(), 10, 4));
        assert_eq!(found[1].0, "custom \"hi\"");
    }
}
