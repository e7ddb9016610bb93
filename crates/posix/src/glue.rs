//! Names that Emscripten minified, recovered from the companion `.js`.
//!
//! At `-O3`, `-Os` and `-Oz` a module imports `a.b` and exports `c`; the letters
//! are assigned per program and only the JavaScript beside the module tells what
//! they stand for. It is searched for three forms, none of which needs a
//! JavaScript parser:
//!
//! * `asmLibraryArg={"b":___syscall_fstat64,…}` or `wasmImports={b:…}`
//! * `Module["asm"]["c"]` or `wasmExports["c"]` and what it is assigned to
//! * `addOnInit(wasmExports["c"])` or a lone call: the constructors

use alloc::borrow::ToOwned;
use alloc::collections::BTreeMap;
use alloc::string::String;
use core::fmt;
use wasmjit_module::Module;

/// What the letters stand for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Glue {
    imports: BTreeMap<String, String>,
    exports: BTreeMap<String, String>,
}

/// The text is not the JavaScript of a module.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GlueError;

impl fmt::Display for GlueError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no table of imports found; is it the .js that emcc wrote with the module?")
    }
}

impl core::error::Error for GlueError {}

/// Whether the module's imports have minified names.
pub fn is_minified(module: &Module) -> bool {
    module
        .imports
        .iter()
        .any(|import| is_minified_module(&import.module))
}

/// Whether a module name is a minified one.
fn is_minified_module(name: &str) -> bool {
    name.len() == 1
}

/// Name of the function that runs a module's constructors.
const CONSTRUCTORS: &str = "__wasm_call_ctors";

impl Glue {
    /// Reads the names from the text of the `.js`.
    ///
    /// # Errors
    /// When there are none.
    pub fn parse(text: &str) -> Result<Self, GlueError> {
        let mut glue = Self::default();
        for start in ["asmLibraryArg", "wasmImports", "asmImports"] {
            for (at, _) in text.match_indices(start) {
                let rest = text[at + start.len()..].trim_start();
                let Some(object) = rest.strip_prefix('=').map(str::trim_start) else {
                    continue;
                };
                if let Some(object) = object.strip_prefix('{') {
                    glue.read_imports(object);
                }
            }
        }
        for table in ["[\"asm\"]", "['asm']", "wasmExports"] {
            for (at, _) in text.match_indices(table) {
                glue.read_export(&text[..at], &text[at + table.len()..]);
            }
        }
        if glue.imports.is_empty() {
            return Err(GlueError);
        }
        Ok(glue)
    }

    /// C name of what `module` `name` imports, when `module` is minified.
    pub fn import(&self, module: &str, name: &str) -> Option<&str> {
        if !is_minified_module(module) {
            return None;
        }
        self.imports.get(name).map(String::as_str)
    }

    /// C name of an export.
    pub fn export(&self, name: &str) -> Option<&str> {
        self.exports.get(name).map(String::as_str)
    }

    /// Reads `"i":___syscall_fstat64,…}`.
    fn read_imports(&mut self, mut text: &str) {
        loop {
            text = text.trim_start();
            let Some((key, rest)) = key(text) else { break };
            let rest = rest.trim_start();
            let (value, rest) = match rest.strip_prefix(':') {
                Some(rest) => identifier(rest.trim_start()),
                // `{invoke_ii}` is short for `{invoke_ii:invoke_ii}`.
                None => (key, rest),
            };
            if value.is_empty() {
                break;
            }
            self.imports
                .insert(key.to_owned(), c_name(value).to_owned());
            match rest.trim_start().strip_prefix(',') {
                Some(rest) => text = rest,
                None => break,
            }
        }
    }

    /// Reads one use of the table of exports, between `before` and `after`.
    fn read_export(&mut self, before: &str, after: &str) {
        let Some((letter, after)) = subscript(after) else {
            return;
        };
        // `Module["asm"]`: the object stands before.
        let before = before.strip_suffix("Module").unwrap_or(before).trim_end();
        let name = if let Some(target) = before.strip_suffix('=') {
            match assigned(target.trim_end()) {
                "wasmMemory" => "memory",
                "wasmTable" => "__indirect_function_table",
                name => c_name(name),
            }
        } else if before.ends_with("addOnInit(") || after.starts_with("()") {
            CONSTRUCTORS
        } else {
            return;
        };
        if !name.is_empty() {
            self.exports
                .entry(letter.to_owned())
                .or_insert_with(|| name.to_owned());
        }
    }
}

/// The C name of a JavaScript one: all but a few have an underscore before it.
fn c_name(name: &str) -> &str {
    name.strip_prefix('_').unwrap_or(name)
}

/// An identifier at the start of `text`, and the rest.
fn identifier(text: &str) -> (&str, &str) {
    let end = text
        .find(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '$'))
        .unwrap_or(text.len());
    text.split_at(end)
}

/// A key of an object, quoted or not, and the rest.
fn key(text: &str) -> Option<(&str, &str)> {
    if let Some(quote) = text.chars().next().filter(|c| matches!(c, '"' | '\'')) {
        return text[1..].split_once(quote);
    }
    let (name, rest) = identifier(text);
    (!name.is_empty()).then_some((name, rest))
}

/// `["c"]` or `.c` at the start of `text`, and the rest.
fn subscript(text: &str) -> Option<(&str, &str)> {
    if let Some(inner) = text.strip_prefix('[') {
        let (name, rest) = key(inner).filter(|_| inner.starts_with(['"', '\'']))?;
        return Some((name, rest.strip_prefix(']')?));
    }
    let (name, rest) = identifier(text.strip_prefix('.')?);
    (!name.is_empty()).then_some((name, rest))
}

/// What an assignment that ends with `text` assigns to: `x` of `var x`, `x` of
/// `Module["x"]`.
fn assigned(text: &str) -> &str {
    if let Some(inner) = text.strip_suffix("\"]").or(text.strip_suffix("']")) {
        let start = inner.rfind(['"', '\'']).map_or(0, |at| at + 1);
        return &inner[start..];
    }
    let other = |c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '$');
    text.rsplit(other).next().unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn version_3_1_6() {
        let glue = Glue::parse(
            r#"var asmLibraryArg={"f":___syscall_stat64,"d":_fd_write,"b":_getTempRet0,"c":invoke_iii};
            wasmMemory=Module["asm"]["l"];wasmTable=Module["asm"]["o"];addOnInit(Module["asm"]["m"]);
            var ___wasm_call_ctors=Module["___wasm_call_ctors"]=function(){return(___wasm_call_ctors=Module["___wasm_call_ctors"]=Module["asm"]["m"]).apply(null,arguments)};
            var _main=Module["_main"]=function(){return(_main=Module["_main"]=Module["asm"]["n"]).apply(null,arguments)};
            var stackSave=Module["stackSave"]=function(){return(stackSave=Module["stackSave"]=Module["asm"]["q"]).apply(null,arguments)};"#,
        )
        .unwrap();
        assert_eq!(glue.import("a", "f"), Some("__syscall_stat64"));
        assert_eq!(glue.import("a", "d"), Some("fd_write"));
        assert_eq!(glue.import("a", "c"), Some("invoke_iii"));
        assert_eq!(glue.import("env", "c"), None);
        for (letter, name) in [
            ("l", "memory"),
            ("o", "__indirect_function_table"),
            ("m", "__wasm_call_ctors"),
            ("n", "main"),
            ("q", "stackSave"),
        ] {
            assert_eq!(glue.export(letter), Some(name));
        }
        assert_eq!(glue.export("z"), None);
    }

    #[test]
    fn later_versions() {
        let glue = Glue::parse(
            r#"var wasmImports={e:__abort_js,a:_fd_write,invoke_ii};
            function initRuntime(){runtimeInitialized=true;wasmExports["c"]()}
            wasmMemory=wasmExports["b"];
            var _main=Module["_main"]=(a0,a1)=>(_main=Module["_main"]=wasmExports["d"])(a0,a1);
            var __emscripten_stack_restore=a0=>(__emscripten_stack_restore=wasmExports["f"])(a0);
            function assignWasmExports(wasmExports){_malloc=wasmExports["g"];_free=wasmExports.h}"#,
        )
        .unwrap();
        assert_eq!(glue.import("a", "e"), Some("_abort_js"));
        assert_eq!(glue.import("a", "invoke_ii"), Some("invoke_ii"));
        for (letter, name) in [
            ("b", "memory"),
            ("c", "__wasm_call_ctors"),
            ("d", "main"),
            ("f", "_emscripten_stack_restore"),
            ("g", "malloc"),
            ("h", "free"),
        ] {
            assert_eq!(glue.export(letter), Some(name));
        }
    }

    #[test]
    fn other_text() {
        for text in [
            "",
            "asmLibraryArg",
            "asmLibraryArg={",
            "wasmImports={\"",
            "wasmExports[\"",
            "=Module[\"asm\"][\"x",
            "wasmExports=instance.exports",
            "\u{fffd}=wasmExports[\"x\"]",
        ] {
            assert_eq!(Glue::parse(text), Err(GlueError), "{text}");
        }
    }
}
