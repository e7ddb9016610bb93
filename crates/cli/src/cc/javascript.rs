//! Linking without making JavaScript.
//!
//! emcc makes JavaScript for every program, for which it runs Node several times, and
//! has no option for a module alone that would be the same module. Where the
//! JavaScript would be thrown away, wasmjit takes Node's place while emcc links
//! ([`spare`]): it answers the calls that make and shorten JavaScript with next to
//! nothing ([`run`]), and hands all others on. What emcc asks Node about the program,
//! which symbols its JavaScript would define, is remembered.

use super::Tool;
use super::options::Options;
use super::toolchain::{self, Toolchain, Version};
use crate::failure::{Failure, SUCCESS, Status};
use std::env;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::{self, Write};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::symlink;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};
use wasmjit_cache::{Cache, KeyBuilder};

/// The name under which wasmjit takes Node's place.
pub(crate) const NAME: &str = "wasmjit-node";

/// Names the folder of the answers that are remembered, for wasmjit in Node's place.
const ANSWERS: &str = "WASMJIT_NODE_ANSWERS";

/// Emscripten's name for Node in the environment.
const NODE: &str = "EM_NODE_JS";

/// Variables that give emcc more options than the command line has.
const MORE_OPTIONS: [&str; 3] = [NODE, "EMCC_CFLAGS", "EMCC_DEBUG"];

/// The versions whose calls of Node are known.
const KNOWN: std::ops::RangeInclusive<Version> = Version([3, 1, 6])..=Version([4, 0, 0]);

/// What emcc of all known versions looks for in the JavaScript that it has made.
const SCRIPT: &str = "// === Body ===
<<< ATINITS >>><<< ATMAINS >>><<< ATEXITS >>>
// EMSCRIPTEN_END_FUNCS
//FORWARDED_DATA:{\"ATINITS\": \"\", \"ATMAINS\": \"\", \"ATEXITS\": \"\", \"warnings\": false, \
\"libraryFunctions\": [], \"librarySymbols\": [], \"libraryDefinitions\": {}, \"asyncFuncs\": []}
";

/// Has `command`, which links a program, make no JavaScript, if nobody will miss it.
/// `work` is a folder of this link's, `sysroot` that of the link library.
///
/// # Errors
///
/// When wasmjit's own file or the folders cannot be used.
pub(super) fn spare(
    command: &mut Command,
    toolchain: &Toolchain,
    options: &Options,
    work: &Path,
    sysroot: &Path,
) -> Result<(), Failure> {
    let unusual = MORE_OPTIONS.iter().any(|name| env::var_os(name).is_some());
    let known = KNOWN.contains(&toolchain.version());
    if unusual || !known || options.extension() == Some("js") || options.has_settings() {
        return Ok(());
    }
    let this = env::current_exe()
        .map_err(|error| Failure::usage(format_args!("where is wasmjit? {error}")))?;
    let cannot = |path: &Path, error| Failure::io(path, "cannot be made", &error);
    // Emscripten looks for Node from folders of its own.
    let work = work.canonicalize().map_err(|error| cannot(work, error))?;
    let node = work.join(NAME);
    symlink(this, &node).map_err(|error| cannot(&node, error))?;
    command
        .env(NODE, node)
        .env(ANSWERS, sysroot.join("symbols"));
    Ok(())
}

/// Does what Node would do, as far as emcc needs it for the module.
pub(crate) fn run(arguments: &[OsString]) -> Result<Status, Failure> {
    let script = arguments.first().map(Path::new);
    let name = script.and_then(Path::file_stem).unwrap_or_default();
    match name.as_bytes() {
        b"compiler" if arguments.iter().any(|option| option == "--symbols-only") => {
            symbols(arguments)
        }
        b"compiler" => print(SCRIPT.as_bytes()),
        b"acorn-optimizer" | b"preprocessor" => {
            // Newer versions name the file of the result, which has to be there.
            let mut names = arguments.iter().skip_while(|option| *option != "-o");
            if let Some(path) = names.nth(1) {
                fs::write(path, "")
                    .map_err(|error| Failure::io(Path::new(path), "cannot be written", &error))?;
            }
            Ok(SUCCESS)
        }
        _ => {
            let mut node = node()?;
            let error = node.args(arguments).exec();
            Err(toolchain::not_started(node.get_program(), &error))
        }
    }
}

/// Tells which symbols JavaScript would define, and what these need of the module.
fn symbols(arguments: &[OsString]) -> Result<Status, Failure> {
    let settings = Path::new(arguments.get(1).map_or(OsStr::new(""), OsString::as_os_str));
    let text =
        fs::read(settings).map_err(|error| Failure::io(settings, "cannot be read", &error))?;
    // They depend on Emscripten, each of whose installations has its folder, and on
    // the settings.
    let key = KeyBuilder::new(&text).finish();
    let answers = env::var_os(ANSWERS).map(Cache::new);
    if let Some(Ok(answer)) = answers.as_ref().map(|answers| answers.load(&key)) {
        return print(&answer);
    }
    let mut node = node()?;
    node.args(arguments).stderr(Stdio::inherit());
    let output = toolchain::output(&mut node)?;
    if let (true, Some(answers)) = (output.status.success(), answers) {
        // Otherwise Node is asked again the next time.
        let _ = answers.store(&key, &[&output.stdout]);
    }
    print(&output.stdout)?;
    Ok(toolchain::exit_status(output.status))
}

/// Writes an answer to standard output.
fn print(answer: &[u8]) -> Result<Status, Failure> {
    io::stdout()
        .write_all(answer)
        .map_err(|error| Failure::io(Path::new("standard output"), "cannot be written", &error))?;
    Ok(SUCCESS)
}

/// A call of the Node that Emscripten's configuration names.
fn node() -> Result<Command, Failure> {
    let toolchain = Toolchain::find(Tool::C)?;
    let mut question = toolchain.sibling("em-config");
    question
        .env_remove(NODE)
        .arg("NODE_JS")
        .stderr(Stdio::inherit());
    let answer = toolchain::output(&mut question)?.stdout;
    let mut words = words(&answer).into_iter();
    let program = words.next().ok_or_else(|| {
        Failure::usage("Emscripten's configuration names no Node; set NODE_JS there")
    })?;
    let mut node = Command::new(program);
    node.args(words).env_remove(NODE);
    Ok(node)
}

/// The words of a Python list of strings, or of one string.
fn words(text: &[u8]) -> Vec<OsString> {
    let text = text.trim_ascii();
    let word = |bytes: &[u8]| OsString::from_vec(bytes.to_vec());
    match text
        .strip_prefix(b"[")
        .and_then(|rest| rest.strip_suffix(b"]"))
    {
        // What stands between quotes, of either kind.
        Some(list) => {
            let mut words = Vec::new();
            let mut rest = list;
            while let Some(start) = rest.iter().position(|byte| matches!(byte, b'\'' | b'"')) {
                let quoted = &rest[start + 1..];
                let Some(end) = quoted.iter().position(|byte| *byte == rest[start]) else {
                    break;
                };
                words.push(word(&quoted[..end]));
                rest = &quoted[end + 1..];
            }
            words
        }
        None if text.is_empty() => Vec::new(),
        None => vec![word(text)],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_pythons() {
        assert_eq!(words(b"['/usr/bin/node']\n"), ["/usr/bin/node"]);
        assert_eq!(words(b"['a b', \"c'd\"]"), ["a b", "c'd"]);
        assert_eq!(words(b"/usr/bin/node\n"), ["/usr/bin/node"]);
        assert!(words(b"\n").is_empty());
        assert!(words(b"['a").len() == 1);
    }
}
