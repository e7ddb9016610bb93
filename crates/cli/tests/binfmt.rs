//! Programs that are run by their names alone, with the kernel's help. The
//! registration is in namespaces of the test's own (Linux 6.7 and later), so that
//! the system's is left as it is.

mod place;

use place::{ECHO, Place, stderr, stdout};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Output};

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
        ./echo.wasm --env "two words" || test $? = 3
        PATH="$PWD:$PATH" echo.wasm x || test $? = 2
        bash -c "exec -a other ./echo.wasm" || test $? = 1
        "$WASMJIT" binfmt install --until-reboot --fix-binary
        ./echo.wasm again || test $? = 2
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
