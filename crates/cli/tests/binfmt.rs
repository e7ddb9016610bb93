//! Programs that are run by their names alone, with the kernel's help. The
//! registration is in namespaces of the test's own (Linux 6.7 and later), so that
//! the system's is left as it is.

mod place;

use place::{Place, stderr, stdout};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Output};

/// Writes its arguments, each with a newline.
const ECHO: &str = r#"
(module
    (import "wasi_snapshot_preview1" "args_sizes_get"
        (func $sizes (param i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "args_get" (func $args (param i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_write"
        (func $write (param i32 i32 i32 i32) (result i32)))
    (memory (export "memory") 1)
    (func (export "_start") (local $at i32) (local $end i32)
        (drop (call $sizes (i32.const 0) (i32.const 4)))
        (drop (call $args (i32.const 64) (i32.const 4096)))
        (local.set $at (i32.const 4096))
        (local.set $end (i32.add (i32.const 4096) (i32.load (i32.const 4))))
        (loop $next
            (if (i32.eqz (i32.load8_u (local.get $at)))
                (then (i32.store8 (local.get $at) (i32.const 10))))
            (local.set $at (i32.add (local.get $at) (i32.const 1)))
            (br_if $next (i32.lt_u (local.get $at) (local.get $end))))
        (i32.store (i32.const 8) (i32.const 4096))
        (i32.store (i32.const 12) (i32.load (i32.const 4)))
        (drop (call $write (i32.const 1) (i32.const 8) (i32.const 1) (i32.const 16)))))
"#;

/// Runs a script in namespaces in which binfmt_misc is empty; `None` where there
/// can be none.
fn apart(place: &Place, script: &str) -> Option<Output> {
    const MOUNT: &str = "mount -t binfmt_misc none /proc/sys/fs/binfmt_misc";
    let unshare = |script: &str| {
        let mut command = Command::new("unshare");
        command
            .args(["--user", "--map-root-user", "--mount", "sh", "-ec", script])
            .current_dir(place.path(""))
            .env("WASMJIT", env!("CARGO_BIN_EXE_wasmjit"))
            .env("XDG_CACHE_HOME", place.path("cache"));
        command.output()
    };
    // Before 6.7 the file system shows the system's own records.
    let empty = format!("{MOUNT}; test $(ls /proc/sys/fs/binfmt_misc | wc -l) = 2");
    match unshare(&empty) {
        Ok(output) if output.status.success() => {}
        _ => {
            eprintln!("there are no namespaces with a binfmt_misc of their own here");
            return None;
        }
    }
    Some(unshare(&format!("{MOUNT}; {script}")).unwrap())
}

#[test]
fn programs_run_by_their_names() {
    let place = Place::new("binfmt");
    let path = place.module("echo.wasm", ECHO);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    let script = r#"
        ! "$WASMJIT" binfmt status
        "$WASMJIT" binfmt install --until-reboot
        "$WASMJIT" binfmt status
        ./echo.wasm --env "two words"
        PATH="$PWD:$PATH" echo.wasm x
        (exec -a other ./echo.wasm) 2>/dev/null || bash -c "exec -a other ./echo.wasm"
        "$WASMJIT" binfmt install --until-reboot --fix-binary
        ./echo.wasm again
        "$WASMJIT" binfmt remove
        ! ./echo.wasm 2>/dev/null
    "#;
    let Some(output) = apart(&place, script) else {
        return;
    };
    let text = stdout(&output);
    assert!(output.status.success(), "{text}{}", stderr(&output));
    for expected in [
        "./echo.wasm\n--env\ntwo words\n",
        "echo.wasm\nx\n",
        "\nother\n",
        "./echo.wasm\nagain\n",
        "no longer run by wasmjit",
    ] {
        assert!(text.contains(expected), "{expected:?} is not in {text}");
    }
}
