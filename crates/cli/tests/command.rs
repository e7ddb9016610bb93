//! The command as its users see it: what it prints and how it ends.

mod place;

use place::{ECHO, Place, stderr, stdout};
use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};

/// Checks the status and that standard error says each of these.
fn assert_fails(output: &Output, status: i32, texts: &[&str]) {
    let stderr = stderr(output);
    assert_eq!(output.status.code(), Some(status), "{stderr}");
    for text in texts {
        assert!(stderr.contains(text), "{text:?} is not in: {stderr}");
    }
    assert!(!stderr.contains("panicked"), "{stderr}");
}

const TRAP: &str = r#"
(module
    (memory (export "memory") 1)
    (func $divide (param i32) (result i32) (i32.div_s (i32.const 1) (local.get 0)))
    (func $start (export "_start") (drop (call $divide (i32.const 0)))))
"#;

const SPIN: &str = r#"
(module (memory (export "memory") 1) (func (export "_start") (loop (br 0))))
"#;

#[test]
fn everything_after_the_program_is_its_own() {
    let place = Place::new("command");
    place.module("echo.wasm", ECHO);
    let output = place.run(&["echo.wasm", "--stats", "-x", "--", "run"]);
    assert_eq!(stdout(&output), "echo.wasm\n--stats\n-x\n--\nrun\n");
    assert_eq!(output.status.code(), Some(5));
    assert_eq!(stderr(&output), "");

    let output = place.run(&["--argv0", "other", "echo.wasm", "--argv0"]);
    assert_eq!(stdout(&output), "other\n--argv0\n");
    let output = place.run(&["run", "echo.wasm"]);
    assert_eq!(stdout(&output), "echo.wasm\n");
}

#[test]
fn traps_are_told_with_the_call_stack() {
    let place = Place::new("command");
    place.module("trap.wasm", TRAP);
    let output = place.run(&["trap.wasm"]);
    let texts = [
        "trap.wasm: wasm trap: integer divide by zero",
        "- divide",
        "- start",
    ];
    assert_fails(&output, 134, &texts);
}

#[test]
fn time_is_limited() {
    let place = Place::new("command");
    place.module("spin.wasm", SPIN);
    let output = place.run(&["--timeout", "50ms", "spin.wasm"]);
    assert_fails(&output, 124, &["spin.wasm", "time limit of 50ms"]);
}

#[test]
fn time_is_limited_in_copies_of_the_process() {
    let place = Place::new("command");
    let text = r#"
    (module
        (import "env" "fork" (func $fork (result i32)))
        (memory (export "memory") 1)
        (func (export "_start") (if (i32.eqz (call $fork)) (then (loop (br 0))))))"#;
    place.module("copy.wasm", text);
    // The output ends when both processes have.
    let output = place.run(&["--timeout", "200ms", "copy.wasm"]);
    assert_fails(&output, 0, &["copy.wasm", "time limit of 200ms"]);
}

#[test]
fn memory_is_limited() {
    let place = Place::new("command");
    let text = r#"(module (memory (export "memory") 100) (func (export "_start")))"#;
    place.module("large.wasm", text);
    assert!(place.run(&["large.wasm"]).status.success());
    let output = place.run(&["--max-memory", "1M", "large.wasm"]);
    assert_fails(&output, 126, &["large.wasm", "--max-memory"]);
}

#[test]
fn an_unknown_import_is_named_with_its_type() {
    let place = Place::new("command");
    let text = r#"
    (module
        (import "env" "frobnicate" (func (param i32 f64) (result i64)))
        (memory (export "memory") 1)
        (func (export "_start")))"#;
    place.module("unknown.wasm", text);
    let texts = ["env.frobnicate", "(i32, f64) -> i64", "link the library"];
    assert_fails(&place.run(&["unknown.wasm"]), 126, &texts);
    let output = place.run(&["inspect", "unknown.wasm"]);
    assert_fails(&output, 126, &["unknown.wasm", "1 import is not provided"]);
    for text in texts {
        assert!(stdout(&output).contains(text), "{}", stdout(&output));
    }
}

#[test]
fn what_is_no_program_is_told_apart() {
    let place = Place::new("command");
    assert_fails(
        &place.run(&["none.wasm"]),
        127,
        &["none.wasm", "no such file"],
    );
    assert_fails(
        &place.run(&["insepct", "x"]),
        127,
        &["no command of this name"],
    );
    assert_fails(&place.run(&["."]), 126, &["this is a folder"]);
    place.file("empty.wasm", b"");
    assert_fails(&place.run(&["empty.wasm"]), 126, &["the file is empty"]);
    place.file("elf", b"\x7fELF and more");
    assert_fails(&place.run(&["elf"]), 126, &["native program"]);
    place.file("text.wat", b"(module)");
    assert_fails(&place.run(&["text.wat"]), 126, &["text format"]);
    place.file("cut.wasm", b"\0asm\x01\0\0\0\x01\x10");
    assert_fails(&place.run(&["cut.wasm"]), 126, &["cut.wasm: malformed"]);
    place.file("glue.js", b"var Module = {};");
    assert_fails(&place.run(&["glue.js"]), 126, &["this is JavaScript"]);
    place.module("glue.wasm", "(module)");
    assert_fails(&place.run(&["glue.js"]), 126, &["wasmjit glue.wasm"]);
    assert_fails(
        &place.run(&["glue.wasm"]),
        126,
        &["neither _start nor main"],
    );
}

#[test]
fn wrong_use_is_refused() {
    let place = Place::new("command");
    place.module("echo.wasm", ECHO);
    assert_fails(&place.run(&["--mispelt", "echo.wasm"]), 125, &["--mispelt"]);
    assert_fails(
        &place.run(&["--timeout", "soon", "echo.wasm"]),
        125,
        &["soon"],
    );
    let output = place.run(&["--chdir", "none", "echo.wasm"]);
    assert_fails(&output, 125, &["none", "cannot change to this folder"]);
    assert!(place.run(&["--help"]).status.success());
    assert!(place.run(&["--version"]).status.success());
}

/// The entries of the cache.
fn cached(place: &Place) -> Vec<PathBuf> {
    let folder = place.path("cache/wasmjit/code");
    fs::read_dir(folder)
        .map(|files| files.map(|file| file.unwrap().path()).collect())
        .unwrap_or_default()
}

fn is_from_cache(output: &Output) -> bool {
    stderr(output).contains("\"from_cache\":true")
}

#[test]
fn code_is_kept_and_used_again() {
    let place = Place::new("command");
    place.module("echo.wasm", ECHO);
    let run = |options: &[&str]| {
        let all = ["--engine", "jit", "--stats", "--json", "echo.wasm"];
        let output = place.run(&[options, &all].concat());
        assert_eq!(stdout(&output), "echo.wasm\n");
        is_from_cache(&output)
    };
    assert!(!run(&["--no-cache"]));
    assert_eq!(cached(&place).len(), 0);
    place.run(&["echo.wasm"]);
    assert_eq!(cached(&place).len(), 0, "nothing was compiled");
    assert!(!run(&[]));
    assert_eq!(cached(&place).len(), 1);
    assert!(run(&[]));
    assert!(!run(&["--memory", "checked"]), "other code");
    assert_eq!(cached(&place).len(), 2);

    // Damaged code is not run, but replaced.
    for path in cached(&place) {
        let mut contents = fs::read(&path).unwrap();
        let last = contents.len() - 40;
        contents[last] ^= 1;
        fs::write(&path, contents).unwrap();
    }
    assert!(!run(&[]));
    assert!(run(&[]));

    let output = place.run(&["cache", "info", "--json"]);
    assert!(
        stdout(&output).contains("\"entries\":2"),
        "{}",
        stdout(&output)
    );
    assert!(place.run(&["cache", "clear"]).status.success());
    assert_eq!(cached(&place).len(), 0);
}

#[test]
fn programs_can_be_compiled_ahead() {
    let place = Place::new("command");
    place.module("echo.wasm", ECHO);
    place.module("trap.wasm", TRAP);
    let output = place.run(&["compile", "echo.wasm"]);
    assert!(output.status.success(), "{}", stderr(&output));
    let output = place.run(&["--stats", "--json", "echo.wasm"]);
    assert!(is_from_cache(&output));

    let output = place.run(&["compile", "-o", "echo.code", "echo.wasm"]);
    assert!(output.status.success(), "{}", stderr(&output));
    let arguments = ["--code", "echo.code", "--stats", "--json", "echo.wasm"];
    assert!(is_from_cache(&place.run(&arguments)));
    let output = place.run(&["--code", "echo.code", "trap.wasm"]);
    assert_fails(&output, 125, &["echo.code", "wasmjit compile -o"]);
    let output = place.run(&["--code", "none.code", "echo.wasm"]);
    assert_fails(&output, 125, &["none.code", "no such file"]);
}

#[test]
fn a_closed_pipe_ends_the_program() {
    let place = Place::new("command");
    let text = r#"
    (module
        (import "wasi_snapshot_preview1" "fd_write"
            (func $write (param i32 i32 i32 i32) (result i32)))
        (memory (export "memory") 1)
        (data (i32.const 0) "\08\00\00\00\02\00\00\00y\0a")
        (func (export "_start")
            (loop (br_if 0 (i32.eqz
                (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 16)))))))"#;
    place.module("yes.wasm", text);
    let mut child = place
        .command()
        .arg("yes.wasm")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    const SIGPIPE: i32 = 13;
    assert_eq!(child.wait().unwrap().signal(), Some(SIGPIPE));
}

#[test]
fn machine_code_can_be_shown() {
    let place = Place::new("command");
    place.module("trap.wasm", TRAP);
    let output = place.run(&["objdump", "-f", "div*", "trap.wasm"]);
    let text = stdout(&output);
    assert!(text.starts_with("function 0, divide: "), "{text}");
    assert!(text.contains("; trap: integer divide by zero"), "{text}");
    assert!(!text.contains("start"), "{text}");
    let output = place.run(&["objdump", "-f", "none", "trap.wasm"]);
    assert_fails(&output, 126, &["trap.wasm", "no function"]);
}

#[test]
fn scripts_can_be_run() {
    let place = Place::new("command");
    place.file("good.wast", b"(module (func (export \"f\")))(invoke \"f\")");
    place.file("bad.wast", b"(module)\n(invoke \"f\")");
    let output = place.run(&["wast", "good.wast"]);
    assert_eq!(stdout(&output), "good.wast: 2 passed, 0 failed\n");
    assert!(output.status.success());
    let output = place.run(&["wast", "good.wast", "bad.wast"]);
    assert!(
        stdout(&output).contains("bad.wast:2:2: no export"),
        "{}",
        stdout(&output)
    );
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn documents_are_written() {
    let place = Place::new("command");
    for shell in ["bash", "zsh", "fish"] {
        let output = place.run(&["completions", shell]);
        assert!(stdout(&output).contains("wasmjit"), "{shell}");
    }
    assert!(place.run(&["man", "pages/man1"]).status.success());
    let page = fs::read_to_string(place.path("pages/man1/wasmjit-run.1")).unwrap();
    assert!(page.contains("max\\-memory"), "{page}");
    let full = Path::new("/dev/full");
    if full.exists() {
        let output = place
            .command()
            .args(["completions", "bash"])
            .stdout(fs::File::create(full).unwrap())
            .output()
            .unwrap();
        assert_fails(&output, 125, &["cannot write to standard output"]);
    }
}
