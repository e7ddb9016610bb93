use super::*;
use wasmjit::Config;

fn check(script: &str) -> Report {
    let engine = Engine::new(Config::new()).unwrap();
    run(&engine, script)
}

/// Lines of the directives that failed.
fn failing_lines(script: &str) -> Vec<usize> {
    let report = check(script);
    report.failures.iter().map(|failure| failure.line).collect()
}

#[test]
fn reports_what_cannot_be_parsed() {
    let report = check("(module)\n(modul)");
    assert_eq!(report.passed, 0);
    assert_eq!(report.failures.len(), 1);
    assert_eq!(report.failures[0].line, 2);
    assert!(report.failures[0].message.starts_with("cannot parse: "));
}

#[test]
fn assertions_can_fail() {
    let lines = failing_lines(
        r#"(module
            (func (export "one") (result i32) (i32.const 1))
            (func (export "trap") (unreachable))
            (func (export "loop") (call 2)))
        (assert_return (invoke "one") (i32.const 1))
        (assert_return (invoke "one") (i32.const 2))
        (assert_return (invoke "one"))
        (assert_return (invoke "one") (i64.const 1))
        (assert_return (invoke "none") (i32.const 1))
        (assert_return (invoke "trap"))
        (assert_trap (invoke "trap") "unreachable")
        (assert_trap (invoke "trap") "integer overflow")
        (assert_trap (invoke "one") "unreachable")
        (assert_exhaustion (invoke "loop") "call stack exhausted")
        (assert_exhaustion (invoke "trap") "call stack exhausted")
        (assert_invalid (module (func (result i32))) "type mismatch")
        (assert_invalid (module) "type mismatch")
        (assert_malformed (module quote "(fun)") "unexpected token")
        (assert_malformed (module quote "(func)") "unexpected token")
        (assert_malformed (module binary "\00asm") "unexpected end")
        (assert_unlinkable (module (import "a" "b" (func))) "unknown import")
        (assert_unlinkable (module (import "spectest" "print" (global i32))) "incompatible import")
        (assert_unlinkable (module (import "spectest" "print" (func))) "unknown import")
        (assert_exception (invoke "trap"))"#,
    );
    assert_eq!(lines, [6, 7, 8, 9, 10, 12, 13, 15, 17, 19, 23, 24]);
}

#[test]
fn modules_are_named_registered_and_instantiated_again() {
    let lines = failing_lines(
        r#"(module $A (global (export "g") (mut i32) (i32.const 1))
            (func (export "inc") (global.set 0 (i32.add (global.get 0) (i32.const 1)))))
        (register "a" $A)
        (module $B (import "a" "g" (global (mut i32))) (export "h" (global 0)))
        (invoke $A "inc")
        (assert_return (get $A "g") (i32.const 2))
        (assert_return (get $B "h") (i32.const 2))
        (assert_return (get "h") (i32.const 2))
        (module definition $D (global (export "g") (mut i32) (i32.const 5))
            (func (export "inc") (global.set 0 (i32.add (global.get 0) (i32.const 1)))))
        (module instance $I $D)
        (module instance $J $D)
        (invoke $I "inc")
        (assert_return (get $I "g") (i32.const 6))
        (assert_return (get $J "g") (i32.const 5))
        (module instance $K $X)
        (assert_return (get $X "g") (i32.const 5))"#,
    );
    assert_eq!(lines, [16, 17]);
}

#[test]
fn threads_share_memory() {
    let report = check(
        r#"(module $Mem (memory (export "shared") 1 1 shared))
        (thread $T1 (shared (module $Mem))
            (register "mem" $Mem)
            (module (memory (import "mem" "shared") 1 10 shared)
                (func (export "run")
                    (i32.atomic.store (i32.const 0) (i32.const 42))
                    (drop (memory.atomic.notify (i32.const 0) (i32.const 1)))))
            (invoke "run"))
        (register "mem" $Mem)
        (module (memory (import "mem" "shared") 1 1 shared)
            (func (export "wait") (result i32)
                (drop (memory.atomic.wait32 (i32.const 0) (i32.const 0) (i64.const -1)))
                (i32.atomic.load (i32.const 0))))
        (assert_return (invoke "wait") (i32.const 42))
        (wait $T1)
        (wait $T1)"#,
    );
    let lines: Vec<usize> = report.failures.iter().map(|failure| failure.line).collect();
    assert_eq!(lines, [16], "{:?}", report.failures);
    assert_eq!(report.passed, 9);
}

#[test]
fn results_that_need_memory_do_not_disturb_compilation_on_call() {
    let many = "(result i32 i32 i32 i32 i32 i32 i32 i32 i64)";
    let floats = "(result f32 f32 f32 f32 f64 f64 f64 f64 f64)";
    let script = format!(
        r#"(module
            (func $many (param i32) {many}
                (i32.const 1) (i32.const 2) (i32.const 3) (i32.const 4)
                (i32.const 5) (i32.const 6) (i32.const 7) (local.get 0) (i64.const 9))
            (func $floats (param i32 i32 i32 i32 i32 i32 i32) {floats}
                (f32.const 1) (f32.const 2) (f32.const 3) (f32.const 4)
                (f64.const 5) (f64.const 6) (f64.const 7) (f64.const 8)
                (f64.convert_i32_s (local.get 6)))
            (func (export "many") {many}
                (call $many (i32.const 8)))
            (func (export "floats") {floats}
                (call $floats (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0)
                    (i32.const 0) (i32.const 0) (i32.const 9))))
        (assert_return (invoke "many")
            (i32.const 1) (i32.const 2) (i32.const 3) (i32.const 4)
            (i32.const 5) (i32.const 6) (i32.const 7) (i32.const 8) (i64.const 9))
        (assert_return (invoke "floats")
            (f32.const 1) (f32.const 2) (f32.const 3) (f32.const 4)
            (f64.const 5) (f64.const 6) (f64.const 7) (f64.const 8) (f64.const 9))"#
    );
    let report = check(&script);
    assert!(report.failures.is_empty(), "{:?}", report.failures);
}
