//! Profiles, and what SIGQUIT has told.

mod place;

use place::{Place, stderr};
use std::fs;
use std::io::Read;
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Stdio};

/// Computes, and writes nothing to standard output many times.
const BUSY: &str = r#"
(module
    (import "wasi_snapshot_preview1" "fd_write"
        (func $fd_write (param i32 i32 i32 i32) (result i32)))
    (memory (export "memory") 1)
    (func $compute (result i32) (local $i i32)
        (loop $again
            (local.set $i (i32.add (local.get $i) (i32.const 1)))
            (br_if $again (i32.lt_u (local.get $i) (i32.const 300000000))))
        (local.get $i))
    (func $outer (drop (call $compute)))
    (func $start (export "_start") (local $i i32)
        (call $outer)
        (loop $again
            (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 16)))
            (local.set $i (i32.add (local.get $i) (i32.const 1)))
            (br_if $again (i32.lt_u (local.get $i) (i32.const 300000))))))
"#;

#[test]
fn a_flame_graph_names_functions_and_calls() {
    let place = Place::new("profiling");
    place.module("busy.wasm", BUSY);
    let output = place.run(&["--profile", "out.svg", "busy.wasm"]);
    assert!(output.status.success(), "{}", stderr(&output));
    let graph = fs::read_to_string(place.path("out.svg")).unwrap();
    for name in [
        "<title>start (",
        "<title>outer (",
        "<title>compute (",
        "busy.wasm",
    ] {
        assert!(graph.contains(name), "{name} is not in the graph");
    }
    assert!(graph.contains("<title>fd_write (") && graph.contains("<title>[kernel] ("));

    let output = place.run(&["--profile", "none/out.svg", "busy.wasm"]);
    assert_eq!(output.status.code(), Some(125));
    assert!(stderr(&output).contains("none/out.svg: cannot write the profile"));
}

#[test]
fn a_trace_and_a_profile_go_together() {
    let place = Place::new("profiling");
    place.module("busy.wasm", BUSY);
    let options = ["--profile", "out.svg", "--strace-summary", "busy.wasm"];
    let output = place.run(&options);
    assert!(
        stderr(&output).contains(" 300000           fd_write\n"),
        "{}",
        stderr(&output)
    );
    let graph = fs::read_to_string(place.path("out.svg")).unwrap();
    assert!(graph.contains("<title>fd_write ("));
}

#[test]
fn perf_is_told_the_names() {
    let place = Place::new("profiling");
    place.module("busy.wasm", BUSY);
    let mut command = place.command();
    command.args(["--perf-map", "--jitdump", "busy.wasm"]);
    command.stdout(Stdio::null());
    let mut child = command.spawn().unwrap();
    let process = child.id();
    assert!(child.wait().unwrap().success());
    let map = format!("/tmp/perf-{process}.map");
    let text = fs::read_to_string(&map).unwrap();
    fs::remove_file(&map).unwrap();
    let line = text
        .lines()
        .find(|line| line.ends_with(" compute"))
        .unwrap();
    let words: Vec<&str> = line.split(' ').collect();
    let length = u64::from_str_radix(words[1], 16).unwrap();
    let address = u64::from_str_radix(words[0], 16).unwrap();

    let dump = fs::read(place.path(&format!("jit-{process}.dump"))).unwrap();
    let word = |at: usize| u32::from_ne_bytes(dump[at..at + 4].try_into().unwrap());
    assert_eq!((word(0), word(4), word(8)), (0x4a69_5444, 1, 40));
    let mut at = 40;
    let mut found = false;
    while at < dump.len() {
        let size = word(at + 4) as usize;
        let name = &dump[at + 56..at + size];
        if name.starts_with(b"compute\0") {
            let start = u64::from_ne_bytes(dump[at + 32..at + 40].try_into().unwrap());
            assert_eq!(start, address);
            assert_eq!(size as u64, 56 + 8 + length);
            found = true;
        }
        at += size;
    }
    assert!(found && at == dump.len());
}

/// Is copied once it has computed something; the copy computes as well, and the
/// process waits for it.
const FORKING: &str = r#"
(module
    (import "env" "fork" (func $fork (result i32)))
    (import "env" "__syscall_wait4" (func $wait4 (param i32 i32 i32 i32) (result i32)))
    (memory (export "memory") 1)
    (func $compute (local $count i32)
        (loop $again
            (br_if $again
                (i32.lt_u
                    (local.tee $count (i32.add (local.get $count) (i32.const 1)))
                    (i32.const 3000000)))))
    (func (export "_start")
        (call $compute)
        (if (call $fork)
            (then (drop (call $wait4 (i32.const -1) (i32.const 0) (i32.const 0) (i32.const 0))))
            (else (call $compute)))))
"#;

#[test]
fn perf_is_told_the_names_in_copies() {
    let place = Place::new("profiling");
    place.module("forking.wasm", FORKING);
    let mut command = place.command();
    command.args(["--strace", "--perf-map", "--jitdump", "forking.wasm"]);
    let child = command.stderr(Stdio::piped()).spawn().unwrap();
    let process = child.id();
    let trace = stderr(&child.wait_with_output().unwrap());
    let forked = trace.lines().find(|line| line.starts_with("fork()"));
    let copy = forked.and_then(|line| line.rsplit(" = ").next()).unwrap();
    let copy = copy.trim();
    for process in [&process.to_string(), copy] {
        let map = format!("/tmp/perf-{process}.map");
        let text = fs::read_to_string(&map).unwrap();
        fs::remove_file(&map).unwrap();
        assert!(text.lines().any(|line| line.ends_with(" compute")));
        let dump = fs::read(place.path(&format!("jit-{process}.dump"))).unwrap();
        assert!(dump.windows(8).any(|bytes| bytes == b"compute\0"));
        assert_eq!(&dump[20..24], process.parse::<u32>().unwrap().to_ne_bytes());
    }
}

/// Says that it runs once it is in a hot loop, which never ends.
const SPIN: &str = r#"
(module
    (import "wasi_snapshot_preview1" "fd_write"
        (func $fd_write (param i32 i32 i32 i32) (result i32)))
    (memory (export "memory") 1)
    (data (i32.const 0) "\08\00\00\00\02\00\00\00\67\0a")
    (func $turn (local $count i32)
        (loop $again
            (local.set $count (i32.add (local.get $count) (i32.const 1)))
            (if (i32.eq (local.get $count) (i32.const 1000000))
                (then (drop (call $fd_write
                    (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 16)))))
            (br $again)))
    (func $start (export "_start") (call $turn)))
"#;

#[test]
fn sigquit_shows_where_the_program_is() {
    const SIGQUIT: i32 = 3;
    let place = Place::new("profiling");
    place.module("spin.wasm", SPIN);
    let mut command = place.command();
    command
        .arg("spin.wasm")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut line = [0; 2];
    child.stdout.take().unwrap().read_exact(&mut line).unwrap();
    let kill = Command::new("kill")
        .args(["-QUIT", &child.id().to_string()])
        .status();
    assert!(kill.unwrap().success());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.signal(), Some(SIGQUIT));
    let text = stderr(&output);
    assert!(
        text.contains("- turn\n") && text.contains("- start"),
        "{text}"
    );
}
