//! What `--strace` and its relatives print.

mod place;

use place::{Place, stderr, stdout};
use std::fs;

/// Opens a file that there is and one that there is not, reads, asks for its
/// status and ends with 3.
const CALLS: &str = r#"
(module
    (import "env" "__syscall_openat" (func $open (param i32 i32 i32 i32) (result i32)))
    (import "env" "__syscall_fstat64" (func $fstat (param i32 i32) (result i32)))
    (import "env" "__syscall_newfstatat" (func (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_read"
        (func $read (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_close" (func $close (param i32) (result i32)))
    (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
    (memory (export "memory") 1)
    (data (i32.const 64) "there\00")
    (data (i32.const 80) "not \22there\22\00")
    ;; 128: the mode, 256: a vector, 512: a status, 1024: a buffer
    (data (i32.const 128) "\a4\01\00\00")
    (data (i32.const 256) "\00\04\00\00\64\00\00\00")
    (func (export "_start") (local $fd i32)
        (drop (call $open (i32.const -100) (i32.const 80) (i32.const 0) (i32.const 128)))
        (local.set $fd
            (call $open (i32.const -100) (i32.const 64) (i32.const 66) (i32.const 128)))
        (drop (call $fstat (local.get $fd) (i32.const 512)))
        (drop (call $fstat (local.get $fd) (i32.const -8)))
        (drop (call $read (local.get $fd) (i32.const 256) (i32.const 1) (i32.const 300)))
        (drop (call $close (local.get $fd)))
        (call $exit (i32.const 3))))
"#;

fn place() -> Place {
    let place = Place::new("tracing");
    place.module("calls.wasm", CALLS);
    place.file("there", b"forty bytes of text, cut short when shown\n");
    place
}

/// Lines without the spaces that align results.
fn lines(trace: &str) -> Vec<String> {
    let words = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
    trace.lines().map(words).collect()
}

#[test]
fn calls_are_shown_with_what_they_mean() {
    let place = place();
    let output = place.run(&["--strace", "calls.wasm"]);
    assert_eq!(output.status.code(), Some(3));
    assert_eq!(
        lines(&stderr(&output)),
        [
            r#"openat(AT_FDCWD, "not \"there\"", O_RDONLY) = -1 ENOENT (No such file or directory)"#,
            r#"openat(AT_FDCWD, "there", O_RDWR|O_CREAT, 0644) = 3"#,
            "fstat64(3, {st_mode=S_IFREG|0644, st_size=42, ...}) = 0",
            "fstat64(3, 0xfffffff8) = -1 EFAULT (Bad address)",
            r#"fd_read(3, [{iov_base="forty bytes of text, cut short w"..., iov_len=100}], 1, [42]) = 0"#,
            "fd_close(3) = 0",
            "proc_exit(3) = ?",
        ]
    );
}

#[test]
fn traces_go_to_a_file() {
    let place = place();
    let options = [
        "--strace=trace",
        "--strace-only",
        "file,!fd_close",
        "--strace-length=5",
    ];
    let output = place.run(&[&options[..], &["calls.wasm"]].concat());
    assert_eq!(stderr(&output), "");
    let trace = fs::read_to_string(place.path("trace")).unwrap();
    let lines = lines(&trace);
    assert_eq!(lines.len(), 5, "{trace}");
    assert!(lines[4].contains(r#"iov_base="forty"..."#), "{trace}");

    let output = place.run(&["--strace=none/trace", "calls.wasm"]);
    assert_eq!(output.status.code(), Some(125));
    assert!(stderr(&output).contains("none/trace: cannot write the trace"));
}

#[test]
fn more_can_be_shown() {
    let place = place();
    let output = place.run(&[
        "--strace",
        "--strace-times",
        "--strace-verbose",
        "calls.wasm",
    ]);
    let trace = stderr(&output);
    let line = trace.lines().nth(2).unwrap();
    assert!(
        line.contains("st_uid=") && line.contains("st_ino="),
        "{line}"
    );
    let time = line.split(' ').next().unwrap();
    assert!(time.parse::<f64>().is_ok() && line.ends_with('>'), "{line}");
}

#[test]
fn calls_are_summed_up() {
    let place = place();
    let output = place.run(&["--strace-summary", "calls.wasm"]);
    let text = stderr(&output);
    let line = lines(&text)
        .into_iter()
        .find(|line| line.ends_with(" openat"))
        .unwrap();
    assert!(line.ends_with(" 2 1 openat"), "{text}");
    assert!(
        lines(&text).last().unwrap().ends_with(" 7 2 total"),
        "{text}"
    );
    assert_eq!(stdout(&output), "");
}

#[test]
fn unknown_calls_are_refused() {
    let place = place();
    let output = place.run(&["--strace", "--strace-only", "opneat", "calls.wasm"]);
    assert_eq!(output.status.code(), Some(125));
    let message = stderr(&output);
    assert!(
        message.contains("opneat") && message.contains("network"),
        "{message}"
    );
}

/// Runs a shell command and ends.
fn shell(command: &str) -> String {
    format!(
        r#"
        (module
            (import "env" "_emscripten_system" (func $system (param i32) (result i32)))
            (memory (export "memory") 1)
            (data (i32.const 1024) "{command}\00")
            (func (export "_start") (drop (call $system (i32.const 1024)))))
        "#
    )
}

#[test]
fn children_are_traced_to_the_same_place() {
    let place = place();
    let command = concat!(env!("CARGO_BIN_EXE_wasmjit"), " calls.wasm 2>/dev/null");
    place.module("parent.wasm", &shell(command));
    let output = place.run(&[
        "--strace=trace",
        "--strace-only=file,process",
        "parent.wasm",
    ]);
    assert_eq!(stderr(&output), "");
    let trace = fs::read_to_string(place.path("trace")).unwrap();
    let lines = lines(&trace);
    let child = lines.iter().find(|line| line.contains("openat")).unwrap();
    assert!(child.starts_with("[pid "), "{trace}");
    assert!(
        lines.iter().any(|line| line.contains("proc_exit(3)")),
        "{trace}"
    );
    assert!(
        lines.last().unwrap().starts_with("_emscripten_system("),
        "{trace}"
    );
}

#[test]
fn children_have_the_same_limits() {
    let place = place();
    let text = r#"(module (memory (export "memory") 100) (func (export "_start")))"#;
    place.module("large.wasm", text);
    let command = concat!(env!("CARGO_BIN_EXE_wasmjit"), " large.wasm");
    place.module("parent.wasm", &shell(command));
    let output = place.run(&["parent.wasm"]);
    assert_eq!(stderr(&output), "");
    let output = place.run(&["--max-memory", "1M", "parent.wasm"]);
    assert!(
        stderr(&output).contains("--max-memory"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn children_end_when_the_time_is_over() {
    let place = place();
    let spin = r#"(module (memory (export "memory") 1) (func (export "_start") (loop (br 0))))"#;
    place.module("spin.wasm", spin);
    let command = concat!(env!("CARGO_BIN_EXE_wasmjit"), " spin.wasm");
    place.module("parent.wasm", &shell(command));
    let output = place.run(&["--timeout", "200ms", "parent.wasm"]);
    let text = stderr(&output);
    assert!(text.contains("spin.wasm: ended: the time limit"), "{text}");
}
