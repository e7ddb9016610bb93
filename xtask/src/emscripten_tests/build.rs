//! Building Emscripten's tests.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result};

use super::suite::{FOLDER, Test};
use crate::command::{End, capture};
use crate::emscripten::Release;
use crate::places;

/// What came of building a test.
pub(super) enum Built {
    Module(PathBuf),
    /// Nothing that could be run, for this reason.
    Beside(String),
}

/// What a source or an option has that only JavaScript can provide.
const JAVASCRIPT: &[&str] = &[
    "EM_ASM",
    "EM_JS",
    "emscripten_run_script",
    "emscripten/html5",
    "emscripten/bind.h",
    "emscripten/val.h",
    "emscripten/fetch.h",
    "emscripten/fiber.h",
    "emscripten_set_main_loop",
    "emscripten_async_",
    "emscripten_sleep",
    "emscripten_lazy_load_code",
    "emscripten_get_compiler_setting",
    "emscripten_get_callstack",
    "emscripten_log(",
    "emscripten_set_timeout",
    "emscripten_set_immediate",
    "emscripten_scan_",
    "-sASYNCIFY",
    "-sMAIN_MODULE",
    "-sSIDE_MODULE",
    "-sEXPORTED_RUNTIME_METHODS",
    "-sEMULATE_FUNCTION_POINTER_CASTS",
    "--js-library",
    "--pre-js",
    "--post-js",
    "-lembind",
    "--bind",
];

/// Options of all tests.
const FLAGS: [&str; 4] = ["-w", "-O1", "-fexceptions", "-sALLOW_MEMORY_GROWTH=1"];

/// Longest time for one build.
const LIMIT: Duration = Duration::from_secs(180);

/// Builds a test unless that was done.
pub(super) fn ensure(test: &Test) -> Result<Built> {
    let text = String::from_utf8_lossy(&fs::read(&test.source)?).into_owned();
    if let Some(what) = test.foreign {
        return Ok(Built::Beside(format!("its script does more: {what}")));
    }
    let flags = test.flags.join("\n");
    let javascript = JAVASCRIPT
        .iter()
        .find(|what| text.contains(**what) || flags.contains(**what));
    if let Some(what) = javascript {
        return Ok(Built::Beside(format!("needs JavaScript: {what}")));
    }
    let mut arguments: Vec<String> = FLAGS.map(String::from).to_vec();
    if !flags.contains("-sEXIT_RUNTIME") {
        arguments.push("-sEXIT_RUNTIME=1".into());
    }
    arguments.push(format!("-I{FOLDER}"));
    arguments.extend(test.flags.iter().cloned());

    let folder = places::cache_dir()?
        .join("emscripten-tests")
        .join(test.name.replace('/', "-"));
    let key = blake3::hash(
        format!("{}\n{arguments:?}\n{text}", Release::Installed.version()?).as_bytes(),
    )
    .to_hex();
    let stamp = folder.join("key");
    let (module, log) = (folder.join("test.wasm"), folder.join("log"));
    if fs::read_to_string(&stamp).ok().as_deref() != Some(key.as_str()) {
        // Whatever is there is of another build.
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
        let said = compile(test, &arguments, &folder)?;
        fs::write(&log, said)?;
        fs::write(&stamp, key.as_str())?;
    }
    if !module.exists() {
        let log = fs::read_to_string(&log).unwrap_or_default();
        let error = log.lines().find(|line| line.contains("error"));
        let error = error.unwrap_or("no module came out");
        return Ok(Built::Beside(format!("does not link: {error}")));
    }
    Ok(Built::Module(module))
}

/// Compiles and links; returns what the compiler had to say.
fn compile(test: &Test, arguments: &[String], folder: &Path) -> Result<Vec<u8>> {
    let c = test
        .source
        .extension()
        .is_some_and(|extension| extension == "c");
    let mut command = Release::Installed.command(if c { "emcc" } else { "em++" })?;
    command
        .args(arguments)
        .arg(&test.source)
        .arg("-o")
        .arg(folder.join("test.js"))
        .current_dir(FOLDER);
    let said = capture(&mut command, LIMIT)?;
    if said.end != End::Status(0) {
        // It may have got as far as a module.
        let _ = fs::remove_file(folder.join("test.wasm"));
    }
    Ok(said.stderr)
}
