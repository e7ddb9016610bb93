//! The same behaviour whatever carries functions out, and wherever they change
//! from the interpreter to machine code.

use std::cell::Cell;
use std::rc::Rc;
use wasmjit::{
    Caller, Config, Engine, Execution, Linker, MemoryStyle, Module, Store, Trap, TrapCode,
    TrapReason,
};

/// Every way to carry functions out.
fn ways() -> Vec<(&'static str, Config)> {
    let hot = |iterations| Config::new().hot_after(iterations);
    vec![
        ("compiled", Config::new().execution(Execution::Compiled)),
        (
            "interpreted",
            Config::new().execution(Execution::Interpreted),
        ),
        ("tiered", Config::new()),
        ("hot at once", hot(0)),
        ("hot after 5", hot(5)),
        ("hot after 30", hot(30)),
        ("hot after 200", hot(200)),
        (
            "checked, hot after 30",
            hot(30).memory_style(MemoryStyle::Checked),
        ),
        (
            "checked and interpreted",
            Config::new()
                .execution(Execution::Interpreted)
                .memory_style(MemoryStyle::Checked),
        ),
    ]
}

/// Calls `f` with each argument, more than once, in one instance a way.
fn agree(text: &str, arguments: &[i32]) {
    let binary = wat::parse_str(text).unwrap();
    let mut expected: Option<Vec<Result<i32, TrapCode>>> = None;
    for (way, config) in ways() {
        let engine = Engine::new(config).unwrap();
        let module = Module::new(&engine, &binary).unwrap();
        let mut store = Store::new(&engine, ());
        let instance = Linker::new().instantiate(&mut store, &module).unwrap();
        let f = instance.typed_func::<i32, i32>(&store, "f").unwrap();
        let mut found = Vec::new();
        for _ in 0..3 {
            for &argument in arguments {
                let result = f.call(&mut store, argument);
                found.push(result.map_err(|trap| trap.code().expect("a code")));
            }
        }
        match &expected {
            Some(expected) => assert_eq!(&found, expected, "{way}"),
            None => expected = Some(found),
        }
    }
}

#[test]
fn loops_are_left_in_the_middle() {
    // Values lie on the stack below and between the loops, and come from before
    // them, from inside and from parameters of blocks.
    agree(
        r#"(module
            (func (export "f") (param $n i32) (result i32)
                (local $i i32) (local $j i32) (local $sum i32)
                (local.get $n) (i32.mul (i32.const 7))
                (i32.add (local.get $n) (i32.const 3))
                (loop $outer (param i32) (result i32)
                    (i32.add (local.get $i))
                    (local.set $j (i32.const 0))
                    (i32.mul (local.get $i) (i32.const 11))
                    (if (result i32) (i32.and (local.get $i) (i32.const 1))
                        (then
                            (i32.const 5)
                            (loop $inner (param i32) (result i32)
                                (i32.add (local.get $j))
                                (local.set $sum (i32.add (local.get $sum) (i32.const 3)))
                                (local.set $j (i32.add (local.get $j) (i32.const 1)))
                                (br_if $inner (i32.lt_s (local.get $j) (local.get $n)))))
                        (else (i32.const 77)))
                    (i32.xor)
                    (i32.add)
                    (local.set $i (i32.add (local.get $i) (i32.const 1)))
                    (br_if $outer (i32.lt_s (local.get $i) (local.get $n))))
                (i32.sub)
                (i32.add (local.get $sum))))"#,
        &[0, 1, 2, 3, 9, 40],
    );
}

#[test]
fn narrow_results_of_machine_code_are_extended() {
    agree(
        r#"(module
            (func $narrow (param i64 f64) (result i32 f32) (local $i i32)
                (loop $l
                    (local.set $i (i32.add (local.get $i) (i32.const 1)))
                    (br_if $l (i32.lt_u (local.get $i) (i32.const 40))))
                (local.get $i) (f32.demote_f64 (local.get 1)))
            (func (export "f") (param $n i32) (result i32) (local $sum i64) (local $x f32)
                (loop $l
                    (call $narrow (i64.const -1) (f64.const -1e300))
                    (local.set $x)
                    (i64.extend_i32_u)
                    (local.set $sum (i64.add (local.get $sum)))
                    (local.set $sum (i64.add (local.get $sum)
                        (i64.extend_i32_u (i32.reinterpret_f32 (local.get $x)))))
                    (local.set $n (i32.sub (local.get $n) (i32.const 1)))
                    (br_if $l (i32.gt_s (local.get $n) (i32.const 0))))
                (i32.wrap_i64 (i64.rem_u (local.get $sum) (i64.const 1000003)))))"#,
        &[1, 3, 30],
    );
}

#[test]
fn a_function_left_in_a_loop_calls_itself() {
    agree(
        r#"(module
            (func $f (export "f") (param $n i32) (result i32) (local $sum i32)
                (loop $l
                    (if (i32.gt_s (local.get $n) (i32.const 1))
                        (then
                            (local.set $sum (i32.add (local.get $sum)
                                (call $f (i32.sub (local.get $n) (i32.const 1)))))
                            (local.set $n (i32.sub (local.get $n) (i32.const 2)))
                            (br $l))))
                (i32.add (local.get $sum) (local.get $n))))"#,
        &[0, 1, 5, 12, 17],
    );
}

#[test]
fn blocks_around_a_loop_are_left_on_other_ways_too() {
    agree(
        r#"(module
            (func (export "f") (param $n i32) (result i32)
                (local $i i32) (local $k i32) (local $r i32)
                (i32.add (local.get $n) (i32.const 1000))
                (loop $again
                    (i32.mul (local.get $i) (i32.const 3))
                    (block $skip
                        (br_if $skip (i32.eqz (i32.rem_u (local.get $i) (i32.const 3))))
                        (local.set $k (i32.const 0))
                        (loop $inner
                            (local.set $k (i32.add (local.get $k) (i32.const 1)))
                            (br_if $skip (i32.gt_u (local.get $k) (local.get $i)))
                            (br_if $inner (i32.lt_u (local.get $k) (i32.const 6)))))
                    (local.set $r (i32.add (i32.add (local.get $k)) (local.get $r)))
                    (local.set $i (i32.add (local.get $i) (i32.const 1)))
                    (br_if $again (i32.lt_u (local.get $i) (local.get $n))))
                (i32.add (local.get $r))))"#,
        &[0, 1, 5, 17, 100],
    );
}

#[test]
fn all_types_cross_into_machine_code() {
    agree(
        r#"(module
            (table funcref (elem $id))
            (func $id (param i32) (result i32) (local.get 0))
            (type $t (func (param i32) (result i32)))
            (func (export "f") (param $n i32) (result i32)
                (local $a i64) (local $x f32) (local $y f64) (local $f funcref) (local $i i32)
                (local.set $a (i64.const -5000000000))
                (local.set $x (f32.const 1.5))
                (local.set $f (table.get 0 (i32.const 0)))
                (i64.const 77) (f64.const -2.5) (f32.const 3.25)
                (loop $l
                    (local.set $a (i64.add (local.get $a) (i64.extend_i32_s (local.get $i))))
                    (local.set $x (f32.mul (local.get $x) (f32.const 1.01)))
                    (local.set $y (f64.add (local.get $y) (f64.promote_f32 (local.get $x))))
                    (local.set $i (i32.add (local.get $i) (i32.const 1)))
                    (br_if $l (i32.lt_s (local.get $i) (local.get $n))))
                (f64.promote_f32) (f64.add) (f64.add (local.get $y))
                (i64.trunc_f64_s) (i64.add) (i64.add (local.get $a))
                (i32.wrap_i64)
                (i32.add (ref.is_null (local.get $f)))
                (i32.add (call_indirect (type $t) (local.get $i) (i32.const 0)))))"#,
        &[1, 10, 300],
    );
}

#[test]
fn several_results_and_tail_calls() {
    agree(
        r#"(module
            (func $swap (param i32 i32 i32) (result i32 i32 i32)
                (local.get 2) (local.get 0) (local.get 1))
            (func $even (param i32 i32) (result i32)
                (if (result i32) (i32.eqz (local.get 0))
                    (then (local.get 1))
                    (else (return_call $odd
                        (i32.sub (local.get 0) (i32.const 1))
                        (i32.add (local.get 1) (i32.const 2))))))
            (func $odd (param i32 i32) (result i32)
                (if (result i32) (i32.eqz (local.get 0))
                    (then (i32.sub (i32.const 0) (local.get 1)))
                    (else (return_call $even
                        (i32.sub (local.get 0) (i32.const 1))
                        (i32.add (local.get 1) (i32.const 1))))))
            (func (export "f") (param $n i32) (result i32) (local $i i32)
                (local.get $n) (i32.const 2) (i32.const 3)
                (loop $l (param i32 i32 i32) (result i32 i32 i32)
                    (call $swap)
                    (local.set $i (i32.add (local.get $i) (i32.const 1)))
                    (br_if $l (i32.lt_s (local.get $i) (local.get $n))))
                (i32.sub) (i32.mul)
                (i32.add (call $even (local.get $n) (i32.const 0)))))"#,
        &[0, 1, 2, 7, 100, 20001],
    );
}

#[test]
fn traps_and_memory_are_the_same() {
    agree(
        r#"(module
            (memory 1 3)
            (data (i32.const 0) "abcdefgh")
            (func (export "f") (param $n i32) (result i32) (local $i i32)
                (loop $l
                    (i64.store offset=100 (i32.mul (local.get $i) (i32.const 9))
                        (i64.extend_i32_s (local.get $n)))
                    (local.set $i (i32.add (local.get $i) (i32.const 1)))
                    (br_if $l (i32.lt_u (local.get $i) (local.get $n))))
                (drop (memory.grow (i32.const 1)))
                (memory.fill (i32.const 8) (local.get $n) (i32.const 16))
                (memory.copy (i32.const 12) (i32.const 0) (i32.const 8))
                (i32.add
                    (i32.div_s (i32.load16_s (i32.const 13)) (i32.sub (local.get $n) (i32.const 5)))
                    (i32.mul (memory.size) (i32.load8_u offset=65535 (local.get $n))))))"#,
        &[1, 4, 5, 50, 8000, 100, 200_000],
    );
}

#[test]
fn tables_of_branches() {
    agree(
        r#"(module
            (func (export "f") (param $n i32) (result i32) (local $i i32) (local $r i32)
                (loop $l
                    (block $c (block $b (block $a
                        (br_table $a $b $c $l $b (i32.and (local.get $i) (i32.const 7))
                            (local.set $i (i32.add (local.get $i) (i32.const 1)))))
                        (local.set $r (i32.add (local.get $r) (i32.const 1))))
                        (local.set $r (i32.mul (local.get $r) (i32.const 3))))
                    (br_if $l (i32.lt_s (local.get $i) (local.get $n))))
                (block $out (result i32)
                    (block $in (result i32)
                        (local.get $r) (local.get $n)
                        (br_table $in $out $in (i32.and (local.get $n) (i32.const 3))))
                    (i32.add (i32.const 100)))))"#,
        &[0, 1, 2, 3, 77, 300],
    );
}

fn engine(config: Config) -> Engine {
    Engine::new(config).unwrap()
}

#[test]
fn backtraces_name_all_frames_in_order() {
    let text = r#"(module
        (func $host (import "host" "call") (param i32))
        (table funcref (elem $recurse))
        (func $inner (param i32)
            (drop (i32.div_u (i32.const 1) (local.get 0))))
        (func $recurse (export "recurse") (param $n i32)
            (call $inner (local.get $n))
            (if (i32.and (local.get $n) (i32.const 1))
                (then (call $host (i32.sub (local.get $n) (i32.const 1))))
                (else (call_indirect (param i32) (i32.sub (local.get $n) (i32.const 1))
                    (i32.const 0))))))"#;
    let binary = wat::parse_str(text).unwrap();
    let mut expected = None;
    for (way, config) in ways() {
        let engine = engine(config);
        let module = Module::new(&engine, &binary).unwrap();
        let mut linker = Linker::new();
        linker.func_wrap(
            "host",
            "call",
            |caller: &mut Caller<'_, ()>, n: i32| -> Result<(), Trap> {
                let instance = caller.instance().expect("called by an instance");
                let recurse = instance.typed_func::<i32, ()>(caller, "recurse").unwrap();
                recurse.call(caller, n)
            },
        );
        let mut store = Store::new(&engine, ());
        let instance = linker.instantiate(&mut store, &module).unwrap();
        let recurse = instance.typed_func::<i32, ()>(&store, "recurse").unwrap();
        for _ in 0..3 {
            let trap = recurse.call(&mut store, 13).unwrap_err();
            assert_eq!(trap.code(), Some(TrapCode::IntegerDivideByZero), "{way}");
            let frames: Vec<_> = trap
                .backtrace()
                .frames
                .iter()
                .map(|frame| (frame.name.clone(), frame.offset))
                .collect();
            match &expected {
                Some(expected) => assert_eq!(&frames, expected, "{way}"),
                None => {
                    assert_eq!(frames.len(), 15);
                    expected = Some(frames);
                }
            }
        }
    }
}

#[test]
fn endless_recursion_is_a_trap() {
    let text = r#"(module
        (func $host (import "host" "call"))
        (func $empty (export "empty") (call $empty))
        (func $f (export "f") (param i32) (result i32)
            (i32.add (local.get 0) (call $f (i32.add (local.get 0) (i32.const 1)))))
        (func (export "through the host") (call $host)))"#;
    let binary = wat::parse_str(text).unwrap();
    for (way, config) in ways() {
        let engine = engine(config);
        let module = Module::new(&engine, &binary).unwrap();
        let mut linker = Linker::new();
        linker.func_wrap(
            "host",
            "call",
            |caller: &mut Caller<'_, ()>| -> Result<(), Trap> {
                let instance = caller.instance().expect("called by an instance");
                let f = instance.typed_func::<(), ()>(caller, "through the host");
                f.unwrap().call(caller, ())
            },
        );
        let mut store = Store::new(&engine, ());
        let instance = linker.instantiate(&mut store, &module).unwrap();
        for name in ["empty", "through the host"] {
            let f = instance.typed_func::<(), ()>(&store, name).unwrap();
            let trap = f.call(&mut store, ()).unwrap_err();
            assert_eq!(trap.code(), Some(TrapCode::StackOverflow), "{way}: {name}");
            let backtrace = trap.backtrace();
            let depth = backtrace.frames.len() + backtrace.omitted;
            // Frames of a build for debugging are large.
            assert!(depth > 20, "{way}: {name}: {depth}");
        }
        let f = instance.typed_func::<i32, i32>(&store, "f").unwrap();
        let trap = f.call(&mut store, 0).unwrap_err();
        assert_eq!(trap.code(), Some(TrapCode::StackOverflow), "{way}");
    }
}

#[test]
fn running_code_is_interrupted() {
    let text = r#"(module
        (func $tick (import "host" "tick"))
        (func (export "f")
            (call $tick)
            (loop $l (br $l))))"#;
    let binary = wat::parse_str(text).unwrap();
    for (way, config) in ways() {
        let engine = engine(config);
        let module = Module::new(&engine, &binary).unwrap();
        let mut store = Store::new(&engine, ());
        let handle = store.interrupt_handle();
        let mut linker = Linker::new();
        linker.func_wrap("host", "tick", move || {
            let handle = handle.clone();
            std::thread::spawn(move || {
                std::thread::sleep(std::time::Duration::from_millis(20));
                handle.interrupt();
            });
        });
        let instance = linker.instantiate(&mut store, &module).unwrap();
        let f = instance.typed_func::<(), ()>(&store, "f").unwrap();
        for _ in 0..2 {
            let trap = f.call(&mut store, ()).unwrap_err();
            assert_eq!(trap.code(), Some(TrapCode::Interrupted), "{way}");
            assert_eq!(trap.backtrace().frames.len(), 1, "{way}");
        }
    }
}

#[test]
fn errors_of_the_host_pass_through() {
    let text = r#"(module
        (func $fail (import "host" "fail") (param i32) (result i32))
        (func (export "f") (param i32) (result i32)
            (i32.add (i32.const 1) (call $fail (local.get 0)))))"#;
    let binary = wat::parse_str(text).unwrap();
    for (way, config) in ways() {
        let engine = engine(config);
        let module = Module::new(&engine, &binary).unwrap();
        let mut store = Store::new(&engine, ());
        let count = Rc::new(Cell::new(0));
        let counter = count.clone();
        let fail = wasmjit::Func::wrap(&mut store, move |n: i32| -> Result<i32, Trap> {
            counter.set(counter.get() + 1);
            if n == 0 {
                return Err(Trap::host(std::io::Error::other("no")));
            }
            Ok(n * 2)
        });
        let instance = wasmjit::Instance::new(&mut store, &module, &[fail.into()]).unwrap();
        let f = instance.typed_func::<i32, i32>(&store, "f").unwrap();
        for _ in 0..4 {
            assert_eq!(f.call(&mut store, 21).unwrap(), 43, "{way}");
            let trap = f.call(&mut store, 0).unwrap_err();
            assert!(matches!(trap.reason(), TrapReason::Host(_)), "{way}");
            assert_eq!(trap.backtrace().frames.len(), 1, "{way}");
        }
        assert_eq!(count.get(), 8);
    }
}

#[test]
fn what_the_interpreter_cannot_do_is_said_or_compiled() {
    let text = r#"(module
        (func (export "f") (param i32) (result i32)
            (i32x4.extract_lane 2 (i32x4.splat (local.get 0)))))"#;
    let binary = wat::parse_str(text).unwrap();
    for (way, config) in ways() {
        let engine = engine(config);
        let module = Module::new(&engine, &binary).unwrap();
        let mut store = Store::new(&engine, ());
        let instance = Linker::new().instantiate(&mut store, &module).unwrap();
        let f = instance.typed_func::<i32, i32>(&store, "f").unwrap();
        let result = f.call(&mut store, 6);
        if way.contains("interpreted") {
            let trap = result.unwrap_err();
            assert!(matches!(trap.reason(), TrapReason::Compile(_)));
            assert!(trap.to_string().contains("I32x4Splat"), "{trap}");
        } else {
            assert_eq!(result.unwrap(), 6, "{way}");
        }
    }
}

#[test]
fn short_programs_compile_nothing() {
    let text = r#"(module (func (export "f") (param i32) (result i32) (local.get 0)))"#;
    let engine = engine(Config::new());
    let module = Module::new(&engine, &wat::parse_str(text).unwrap()).unwrap();
    let mut store = Store::new(&engine, ());
    let instance = Linker::new().instantiate(&mut store, &module).unwrap();
    let f = instance.typed_func::<i32, i32>(&store, "f").unwrap();
    assert_eq!(f.call(&mut store, 3).unwrap(), 3);
    assert_eq!(module.jit_code().unwrap().compiled_count(), 0);
}
