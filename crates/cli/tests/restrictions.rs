//! Attempts to get past `--dir`, `--no-net`, `--no-exec` and `--user`.

mod place;

use place::{Place, stderr};
use seccompiler::{BpfProgram, SeccompAction, SeccompFilter, apply_filter};
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::process::CommandExt;
use std::process::Output;

/// Error numbers as programs have them.
const EACCES: i32 = 2;
const ENOENT: i32 = 44;

/// A program that makes one call and ends with its result, or with the error
/// number if it fails. The text is at 1024.
fn probe(import: &str, arguments: &str, text: &str) -> String {
    let count = arguments.matches('(').count();
    let params = "i32 ".repeat(count);
    format!(
        r#"
        (module
            (import "env" "{import}" (func $call (param {params}) (result i32)))
            (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
            (memory (export "memory") 1)
            (data (i32.const 1024) "{text}\00")
            (func (export "_start") (local $result i32)
                (local.set $result (call $call {arguments}))
                (call $exit
                    (if (result i32) (i32.lt_s (local.get $result) (i32.const 0))
                        (then (i32.sub (i32.const 0) (local.get $result)))
                        (else (i32.const 0))))))
        "#
    )
}

const AT_PATH: &str = "(i32.const -100) (i32.const 1024)";

/// A program that opens a file.
fn open(path: &str, flags: i32) -> String {
    let arguments = format!("{AT_PATH} (i32.const {flags}) (i32.const 0)");
    probe("__syscall_openat", &arguments, path)
}

/// A folder `inside` with a file and links, a folder `outside` with a secret.
fn place() -> Place {
    let place = Place::new("restrictions");
    for folder in ["inside", "outside"] {
        fs::create_dir(place.path(folder)).unwrap();
        fs::set_permissions(place.path(folder), fs::Permissions::from_mode(0o777)).unwrap();
    }
    place.file("inside/file", b"text");
    place.file("outside/secret", b"secret");
    symlink("../outside/secret", place.path("inside/link")).unwrap();
    place
}

fn run(place: &Place, options: &[&str], program: &str) -> Output {
    place.module("probe.wasm", program);
    place.run(&[options, &["probe.wasm"]].concat())
}

/// Runs a probe; its status, or `None` where the kernel cannot restrict files,
/// which must then have been refused.
fn status(place: &Place, options: &[&str], program: &str) -> Option<i32> {
    let output = run(place, options, program);
    if stderr(&output).contains("Landlock") {
        assert_eq!(output.status.code(), Some(125), "{}", stderr(&output));
        return None;
    }
    assert_eq!(stderr(&output), "");
    output.status.code()
}

#[track_caller]
fn assert_status(place: &Place, options: &[&str], program: &str, expected: i32) {
    if let Some(status) = status(place, options, program) {
        assert_eq!(status, expected);
    }
}

const READ: i32 = 0;
const WRITE: i32 = 1;
const CREATE: i32 = 0o101;

#[test]
fn files_outside_are_out_of_reach() {
    let place = place();
    let inside = ["--dir", "inside"];
    assert_status(&place, &inside, &open("inside/file", READ), 0);
    assert_status(&place, &inside, &open("inside/new", CREATE), 0);
    assert_status(&place, &inside, &open("inside/none", READ), ENOENT);
    let secrets = [
        "outside/secret",
        "inside/link",
        "inside/../outside/secret",
        "/proc/self/cwd/outside/secret",
        "/proc/self/environ",
        "/proc/self/mem",
        "/etc/passwd",
    ];
    for secret in secrets {
        assert_status(&place, &inside, &open(secret, READ), EACCES);
    }
    assert_status(&place, &inside, &open("outside/new", CREATE), EACCES);
    let renamed = probe(
        "__syscall_renameat",
        "(i32.const -100) (i32.const 1024) (i32.const -100) (i32.const 1036)",
        "inside/file\\00outside/file",
    );
    assert_status(&place, &inside, &renamed, EACCES);
    let linked = probe(
        "__syscall_linkat",
        "(i32.const -100) (i32.const 1024) (i32.const -100) (i32.const 1039) (i32.const 0)",
        "outside/secret\\00inside/hard",
    );
    assert_ne!(status(&place, &inside, &linked), Some(0));
    assert_eq!(fs::read(place.path("outside/secret")).unwrap(), b"secret");
}

#[test]
fn nothing_outside_is_changed_by_its_path() {
    let place = place();
    let inside = ["--dir", "inside"];
    let before = fs::metadata(place.path("outside/secret")).unwrap();
    let calls = [
        ("__syscall_fchmodat", "(i32.const 511) (i32.const 0)"),
        ("__syscall_fchmodat2", "(i32.const 511) (i32.const 0)"),
        (
            "__syscall_fchownat",
            "(i32.const 1) (i32.const 1) (i32.const 0)",
        ),
        ("__syscall_utimensat", "(i32.const 0) (i32.const 0)"),
    ];
    for (call, rest) in calls {
        let program = probe(call, &format!("{AT_PATH} {rest}"), "outside/secret");
        assert_status(&place, &inside, &program, EACCES);
    }
    let cut = probe(
        "__syscall_truncate64",
        "(i32.const 1024) (i32.const 0) (i32.const 0)",
        "outside/secret",
    );
    assert_status(&place, &inside, &cut, EACCES);
    let after = fs::metadata(place.path("outside/secret")).unwrap();
    assert_eq!(after.permissions(), before.permissions());
    assert_eq!(after.len(), before.len());
}

#[test]
fn read_only_means_that() {
    let place = place();
    let inside = ["--dir", "inside:ro"];
    assert_status(&place, &inside, &open("inside/file", READ), 0);
    assert_status(&place, &inside, &open("inside/file", WRITE), EACCES);
    assert_status(&place, &inside, &open("inside/new", CREATE), EACCES);
    let unlink = probe(
        "__syscall_unlinkat",
        &format!("{AT_PATH} (i32.const 0)"),
        "inside/file",
    );
    assert_status(&place, &inside, &unlink, EACCES);
    // Two directories, one of them to write to.
    let both = ["--dir", "inside:ro", "--dir=outside"];
    assert_status(&place, &both, &open("inside/link", WRITE), 0);
    assert_status(&place, &both, &open("inside/file", WRITE), EACCES);
}

/// A program that ends with the wait status of a shell command, divided by 256.
fn shell(command: &str) -> String {
    let program = probe("_emscripten_system", "(i32.const 1024)", command);
    program.replace(
        "(else (i32.const 0))",
        "(else (i32.shr_u (local.get $result) (i32.const 8)))",
    )
}

#[test]
fn children_are_restricted_as_well() {
    let place = place();
    let command = shell("cat inside/file && ! cat outside/secret && ! cat inside/link && exit 7");
    let directories = ["/usr:ro", "/bin:ro", "/lib:ro", "/lib64:ro"];
    let mut options = vec!["--dir", "inside"];
    for directory in directories {
        if fs::exists(directory.trim_end_matches(":ro")).unwrap() {
            options.extend(["--dir", directory]);
        }
    }
    place.module("probe.wasm", &command);
    let output = place.run(&[&options[..], &["probe.wasm"]].concat());
    if !stderr(&output).contains("Landlock") {
        assert_eq!(output.status.code(), Some(7), "{}", stderr(&output));
        assert_eq!(output.stdout, b"text");
    }
}

#[test]
fn no_other_program_is_run() {
    let place = place();
    assert_eq!(run(&place, &[], &shell("exit 7")).status.code(), Some(7));
    let output = run(&place, &["--no-exec"], &shell("exit 7"));
    assert_eq!(output.status.code(), Some(127));
}

/// A program that makes a socket.
fn socket(family: i32) -> String {
    let arguments = format!(
        "(i32.const {family}) (i32.const 1) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0)"
    );
    probe("__syscall_socket", &arguments, "")
}

#[test]
fn no_socket_is_made() {
    const LOCAL: i32 = 1;
    const INTERNET: i32 = 2;
    let place = place();
    assert_status(&place, &[], &socket(INTERNET), 0);
    assert_status(&place, &["--no-net"], &socket(INTERNET), EACCES);
    assert_status(&place, &["--no-net"], &socket(LOCAL), EACCES);
    // Local sockets lead to services that open files for others.
    assert_status(&place, &["--dir", "inside"], &socket(LOCAL), EACCES);
    assert_status(&place, &["--dir", "inside"], &socket(INTERNET), 0);
}

#[test]
fn another_user_is_assumed_for_good() {
    // SAFETY: asks for a number.
    let root = unsafe { libc::geteuid() } == 0;
    let place = place();
    let program = probe("__syscall_getuid32", "", "").replace(
        "(else (i32.const 0))",
        "(else (i32.rem_u (local.get $result) (i32.const 100)))",
    );
    let output = run(&place, &["--user", "12345:54321"], &program);
    if root {
        assert_eq!(output.status.code(), Some(45), "{}", stderr(&output));
        let back = probe("__syscall_setuid32", "(i32.const 0)", "");
        assert_ne!(
            run(&place, &["--user", "12345:54321"], &back).status.code(),
            Some(0)
        );
    } else {
        assert_eq!(output.status.code(), Some(125));
        assert!(stderr(&output).contains("cannot become another user"));
    }
    let output = run(&place, &["--user", "no-such-user"], &program);
    assert_eq!(output.status.code(), Some(125));
    assert!(
        stderr(&output).contains("there is no user"),
        "{}",
        stderr(&output)
    );
}

/// As on a kernel that lacks a call.
fn without(place: &Place, call: i64, options: &[&str]) -> Output {
    place.module("probe.wasm", &open("inside/file", READ));
    let machine = std::env::consts::ARCH.try_into().unwrap();
    let rules = [(call, Vec::new())].into();
    let missing = SeccompAction::Errno(libc::ENOSYS as u32);
    let filter = SeccompFilter::new(rules, SeccompAction::Allow, missing, machine).unwrap();
    let filter: BpfProgram = filter.try_into().unwrap();
    let mut command = place.command();
    // SAFETY: installing the filter allocates nothing and takes no lock.
    unsafe {
        command.pre_exec(move || apply_filter(&filter).map_err(std::io::Error::other));
    }
    command.args(options).arg("probe.wasm").output().unwrap()
}

#[test]
fn what_cannot_be_enforced_is_refused() {
    let place = place();
    let output = without(
        &place,
        libc::SYS_landlock_create_ruleset,
        &["--dir", "inside"],
    );
    assert_eq!(output.status.code(), Some(125));
    assert!(
        stderr(&output).contains("Landlock (Linux 5.13"),
        "{}",
        stderr(&output)
    );
    let output = without(&place, libc::SYS_seccomp, &["--no-net"]);
    assert_eq!(output.status.code(), Some(125));
    assert!(
        stderr(&output).contains("seccomp filters"),
        "{}",
        stderr(&output)
    );

    let output = run(&place, &["--dir", "none"], &open("inside/file", READ));
    assert_eq!(output.status.code(), Some(125));
    let message = stderr(&output);
    assert!(message.contains("none: cannot be opened") || message.contains("Landlock"));
}

#[test]
fn restricted_programs_use_the_cache_but_do_not_fill_it() {
    let place = place();
    let program = open("inside/file", READ);
    assert_status(&place, &["--dir", "inside"], &program, 0);
    let cached = || fs::read_dir(place.path("cache/wasmjit/code")).map_or(0, Iterator::count);
    let before = cached();
    assert_status(&place, &["--dir", "inside"], &program, 0);
    assert_eq!(cached(), before);
    // It cannot be written to, wherever it is.
    let path = place.path("cache/wasmjit/code/new");
    let write = open(path.to_str().unwrap(), CREATE);
    assert_status(&place, &["--dir", "inside"], &write, EACCES);
}
