//! `wasmjit cc` with the installed Emscripten.

mod place;

use place::{Place, stderr, stdout};
use std::fs;
use std::os::unix::fs::symlink;
use std::process::Command;

/// Links with JavaScript in `place`, as it is made for those who name a Node, and
/// without; the modules have to be the same.
fn same_module(place: &Place, arguments: &[&str]) {
    let link = |result: &str, node: bool| {
        let mut command = place.command();
        command.args(arguments).args(["-o", result]);
        if node {
            command.env("EM_NODE_JS", "/usr/bin/node");
        } else {
            command.env_remove("EM_NODE_JS");
        }
        let output = command.output().unwrap();
        assert!(
            output.status.success(),
            "{arguments:?}: {}",
            stderr(&output)
        );
        fs::read(place.path(result)).unwrap()
    };
    assert!(
        link("with.wasm", true) == link("without.wasm", false),
        "{arguments:?}"
    );
}

#[test]
fn modules_are_the_same_without_javascript() {
    let place = Place::new("compiler");
    place.file(
        "a.c",
        b"#include <netdb.h>\n#include <setjmp.h>\n#include <stdio.h>\n#include <unistd.h>\n
          jmp_buf place;\n
          int main(int count, char **arguments) {\n
              struct addrinfo *found;\n
              if (setjmp(place)) return getaddrinfo(*arguments, 0, 0, &found);\n
              printf(\"%d\\n\", (int)fork());\n
              longjmp(place, count);\n
          }\n",
    );
    place.file(
        "a.cc",
        b"#include <stdexcept>\nint main() { try { throw std::out_of_range(\"\"); } catch (std::exception &) {} }\n",
    );
    for options in [
        &["a.c"] as &[_],
        &["-O2", "a.c"],
        &["-O2", "-g", "-pthread", "a.c"],
    ] {
        same_module(&place, &[&["cc"], options].concat());
    }
    same_module(&place, &["c++", "-O2", "-fexceptions", "a.cc"]);
    // What is executable is the same module, after a line that names wasmjit.
    let output = place.run(&["cc", "a.c", "-o", "program"]);
    assert!(output.status.success(), "{}", stderr(&output));
    let output = Command::new(place.path("program")).output().unwrap();
    assert_eq!(stdout(&output).lines().count(), 2, "{}", stderr(&output));
    let left: Vec<_> = fs::read_dir(place.path("")).unwrap().collect();
    assert_eq!(left.len(), 6, "{left:?}");
}

#[test]
fn javascript_is_made_where_it_is_asked_for() {
    let place = Place::new("compiler");
    place.file("a.c", b"int main() { return 0; }\n");
    let output = place.run(&["cc", "a.c", "-o", "a.js"]);
    assert!(output.status.success(), "{}", stderr(&output));
    let script = fs::read_to_string(place.path("a.js")).unwrap();
    assert!(script.contains("WebAssembly.instantiate"));
}

#[test]
fn other_questions_to_node_reach_it() {
    let place = Place::new("compiler");
    let node = place.path("wasmjit-node");
    symlink(env!("CARGO_BIN_EXE_wasmjit"), &node).unwrap();
    let output = Command::new(&node)
        .args(["-e", "console.log(6 * 7)"])
        .env("EM_NODE_JS", &node)
        .output()
        .unwrap();
    assert_eq!(stdout(&output), "42\n", "{}", stderr(&output));
}
