//! Entering and leaving code.

use super::{load, store};
use crate::vm::RawValue;
use crate::{
    Caller, ExnRef, Extern, Func, Instance, Store, Tag, Trap, TrapCode, TrapReason, TypedFunc, Val,
};
use alloc::boxed::Box;
use alloc::string::ToString;
use alloc::vec::Vec;
use core::cell::Cell;
use core::fmt;
use std::rc::Rc;
use wasmjit_module::{FuncType, ValType};

/// One tag and one import, as the functions in assembly expect.
const MODULE: &str = r#"(module $tested
    (tag (export "tag") (param i32))
    (import "host" "f" (func $f (param i32 i32) (result i32)))
    (func (export "add") (param i32 i32) (result i32) unreachable)
    (func (export "call_import") (param i32 i32) (result i32) unreachable)
    (func (export "trap") (param i32 i32) (result i32) unreachable)
    (func (export "fault") (param i32 i32) (result i32) unreachable)
    (func (export "throw") (param i32 i32) (result i32) unreachable)
    (func (export "catch") (param i32 i32) (result i32) unreachable)
    (func (export "rethrow") (param i32 i32) (result i32) unreachable)
    (func (export "poll") (param i32 i32) (result i32) unreachable)
    (func (export "spin") (param i32 i32) (result i32) unreachable)
    (func (export "recurse") (param i32 i32) (result i32) unreachable)
)"#;

type Binary = TypedFunc<(i32, i32), i32>;

fn instance(store: &mut Store, import: impl Into<Extern>) -> Instance {
    let module = load(store, &order(MODULE));
    Instance::new(store, &module, &[import.into()]).expect("it can be made")
}

/// The text format wants imports first.
fn order(text: &str) -> alloc::string::String {
    let import = "(import \"host\" \"f\" (func $f (param i32 i32) (result i32)))";
    text.replace(import, "")
        .replacen("$tested", &alloc::format!("$tested {import}"), 1)
}

fn function(store: &Store, instance: Instance, name: &str) -> Binary {
    instance.typed_func(store, name).expect("it is exported")
}

fn host(store: &mut Store) -> Func {
    Func::wrap(store, |a: i32, b: i32| a * b)
}

#[test]
fn calls_code_and_gets_its_result() {
    let mut store = store();
    let f = host(&mut store);
    let instance = instance(&mut store, f);
    let add = function(&store, instance, "add");
    assert_eq!(add.call(&mut store, (2, 3)).unwrap(), 5);
    let mut results = [Val::I32(0)];
    let add = add.func();
    add.call(&mut store, &[Val::I32(-2), Val::I32(1)], &mut results)
        .unwrap();
    assert_eq!(results, [Val::I32(-1)]);
    let error = add.call(&mut store, &[Val::I64(1), Val::I32(1)], &mut results);
    let error = error.unwrap_err().to_string();
    assert_eq!(error, "expected i32, found i64");
    let error = add.call(&mut store, &[], &mut results).unwrap_err();
    assert_eq!(
        error.to_string(),
        "expected (i32, i32) -> i32, found 0 parameters, 1 results"
    );
    assert!(add.typed::<(i32, i64), i32>(&store).is_err());
}

#[test]
fn code_calls_host_functions() {
    let mut store = store();
    let f = host(&mut store);
    let instance = instance(&mut store, f);
    let call = function(&store, instance, "call_import");
    assert_eq!(call.call(&mut store, (6, 7)).unwrap(), 42);
    // Host functions can be called without code.
    let f: Binary = f.typed(&store).unwrap();
    assert_eq!(f.call(&mut store, (5, 7)).unwrap(), 35);
}

#[test]
fn code_calls_untyped_host_functions() {
    let mut store = store();
    let ty = FuncType::new([ValType::I32, ValType::I32], [ValType::I32]);
    let f = Func::new(&mut store, ty, |_, values: &mut [RawValue]| {
        assert_eq!(values.len(), 2);
        values[0] = RawValue::from_i32(values[0].i32() - values[1].i32());
        Ok(())
    });
    let instance = instance(&mut store, f);
    let call = function(&store, instance, "call_import");
    assert_eq!(call.call(&mut store, (6, 7)).unwrap(), -1);
}

fn names(trap: &Trap) -> Vec<&str> {
    let frames = &trap.backtrace().frames;
    frames.iter().filter_map(|f| f.name.as_deref()).collect()
}

#[test]
fn traps_unwind_with_a_backtrace() {
    let mut store = store();
    let f = host(&mut store);
    let inner = instance(&mut store, f);
    for (name, code) in [
        ("trap", TrapCode::Unreachable),
        ("fault", TrapCode::MemoryOutOfBounds),
    ] {
        let callee = inner.get_func(&store, name).unwrap();
        let outer = instance(&mut store, callee);
        let call = function(&store, outer, "call_import");
        let trap = call.call(&mut store, (1, 2)).unwrap_err();
        assert_eq!(trap.code(), Some(code));
        assert_eq!(names(&trap), [name, "call_import"]);
        assert_eq!(trap.backtrace().frames[0].offset, Some(7));
        assert_eq!(trap.backtrace().frames[0].module.as_deref(), Some("tested"));
    }
    // Everything still works afterwards.
    let add = function(&store, inner, "add");
    assert_eq!(add.call(&mut store, (2, 3)).unwrap(), 5);
}

#[derive(Debug)]
struct Exit(i32);

impl fmt::Display for Exit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "exit {}", self.0)
    }
}

impl core::error::Error for Exit {}

#[test]
fn host_errors_pass_through_code() {
    let mut store = store();
    let f = Func::wrap(&mut store, |a: i32, _: i32| -> Result<i32, Trap> {
        Err(Trap::host(Exit(a)))
    });
    let inner = instance(&mut store, f);
    let call = function(&store, inner, "call_import");
    let trap = call.call(&mut store, (3, 0)).unwrap_err();
    assert_eq!(trap.downcast_host::<Exit>().unwrap().0, 3);
    assert_eq!(names(&trap), ["call_import"]);
    // Handlers of exceptions do not see them.
    let catch = function(&store, inner, "catch");
    let trap = catch.call(&mut store, (4, 0)).unwrap_err();
    assert_eq!(trap.downcast_host::<Exit>().unwrap().0, 4);

    let f = Func::wrap(&mut store, |a: i32, _: i32| -> Result<i32, Trap> {
        Err(Trap::exit(Exit(a)))
    });
    let inner = instance(&mut store, f);
    let call = function(&store, inner, "call_import");
    let trap = call.call(&mut store, (3, 0)).unwrap_err();
    assert!(trap.backtrace().frames.is_empty());
}

#[test]
fn host_and_code_call_each_other_deeply() {
    let mut store = Store::new(&super::engine(), Box::new(Vec::<i32>::new()));
    let own = Rc::new(Cell::new(None::<Instance>));
    let seen = own.clone();
    let f = Func::wrap(
        &mut store,
        move |caller: &mut Caller<'_>, depth: i32, x: i32| -> Result<i32, Trap> {
            assert_eq!(caller.instance(), seen.get());
            assert_eq!(caller.backtrace().frames.len() as i32, 10 - depth + 1);
            caller.data_mut::<Vec<i32>>().push(depth);
            if depth == 0 {
                return Ok(x);
            }
            let instance = caller.instance().unwrap();
            let call = function(caller, instance, "call_import");
            let result = call.call(caller, (depth - 1, x + 1));
            // The inner call's end leaves the outer one as it was.
            assert_eq!(caller.backtrace().frames.len() as i32, 10 - depth + 1);
            result
        },
    );
    let instance = instance(&mut store, f);
    own.set(Some(instance));
    let call = function(&store, instance, "call_import");
    assert_eq!(call.call(&mut store, (10, 100)).unwrap(), 110);
    assert_eq!(store.data::<Vec<i32>>().len(), 11);
}

#[test]
fn traps_cross_host_frames_when_the_host_lets_them() {
    let mut store = store();
    let f = Func::wrap(
        &mut store,
        move |caller: &mut Caller<'_>, mode: i32, x: i32| -> Result<i32, Trap> {
            let instance = caller.instance().unwrap();
            let trap = function(caller, instance, "trap");
            let error = trap.call(caller, (1, 1)).unwrap_err();
            match mode {
                0 => Err(error),
                _ => Ok(x),
            }
        },
    );
    let instance = instance(&mut store, f);
    let call = function(&store, instance, "call_import");
    let trap = call.call(&mut store, (0, 1)).unwrap_err();
    assert_eq!(trap.code(), Some(TrapCode::Unreachable));
    assert_eq!(names(&trap), ["trap", "call_import"]);
    assert_eq!(call.call(&mut store, (1, 9)).unwrap(), 9);
}

#[test]
fn exceptions_reach_the_innermost_handler() {
    let mut store = store();
    let f = host(&mut store);
    let thrower = instance(&mut store, f);
    let throw = thrower.get_func(&store, "throw").unwrap();
    let middle = instance(&mut store, throw);
    let passing = middle.get_func(&store, "call_import").unwrap();
    let outer = instance(&mut store, passing);
    let catch = function(&store, outer, "catch");
    assert_eq!(catch.call(&mut store, (5, 0)).unwrap(), 1005);

    let rethrowing = middle.get_func(&store, "rethrow").unwrap();
    let outer = instance(&mut store, rethrowing);
    let catch = function(&store, outer, "catch");
    assert_eq!(catch.call(&mut store, (6, 0)).unwrap(), 1006);
}

#[test]
fn uncaught_exceptions_come_out_of_the_call() {
    let mut store = store();
    let f = host(&mut store);
    let inner = instance(&mut store, f);
    let throw = inner.get_func(&store, "throw").unwrap();
    let outer = instance(&mut store, throw);
    let call = function(&store, outer, "call_import");
    let trap = call.call(&mut store, (5, 0)).unwrap_err();
    assert_eq!(names(&trap), ["throw", "call_import"]);
    let &TrapReason::Exception(exception) = trap.reason() else {
        panic!("{trap}");
    };
    let tag = inner.get_tag(&store, "tag").unwrap();
    assert_eq!(store.exception_tag(exception), Some(tag));
    assert_eq!(
        store.exception_values(exception),
        Some(alloc::vec![Val::I32(5)])
    );
}

#[test]
fn the_host_throws_and_passes_exceptions_on() {
    let mut store = store();
    let tag = Tag::new(&mut store, &FuncType::new([ValType::I32], [])).unwrap();
    let f = Func::wrap(
        &mut store,
        move |caller: &mut Caller<'_>, a: i32, b: i32| -> Result<i32, Trap> {
            if b == 0 {
                let exception = caller.new_exception(&tag, &[Val::I32(a)])?;
                return Err(Trap::new(TrapReason::Exception(exception)));
            }
            // From an inner call, without a handler there.
            let instance = caller.instance().unwrap();
            let throw = function(caller, instance, "throw");
            throw.call(caller, (a, b))
        },
    );
    let instance = instance(&mut store, f);
    let catch = function(&store, instance, "catch");
    assert_eq!(catch.call(&mut store, (1, 0)).unwrap(), 1001);
    assert_eq!(catch.call(&mut store, (2, 1)).unwrap(), 1002);
    let call = function(&store, instance, "call_import");
    let trap = call.call(&mut store, (3, 0)).unwrap_err();
    assert!(matches!(trap.reason(), TrapReason::Exception(_)));
    assert_eq!(names(&trap), ["call_import"]);
    assert!(store.new_exception(&tag, &[Val::I64(1)]).is_err());
    assert!(store.new_exception(&tag, &[]).is_err());
}

#[test]
fn unused_exceptions_are_freed() {
    let mut store = store();
    let f = host(&mut store);
    let inner = instance(&mut store, f);
    let throw = inner.get_func(&store, "throw").unwrap();
    let outer = instance(&mut store, throw);
    let catch = function(&store, outer, "catch");
    let tag = inner.get_tag(&store, "tag").unwrap();
    // Hidden from the conservative search of the stack.
    let kept = !store.new_exception(&tag, &[Val::I32(77)]).unwrap().0;
    for i in 0..10_000 {
        assert_eq!(catch.call(&mut store, (i, 0)).unwrap(), 1000 + i);
    }
    let live = store.inner().exceptions.borrow().len();
    assert!(live <= 1025, "{live} exceptions are live");
    let values = store.exception_values(ExnRef(!kept));
    assert_eq!(values, Some(alloc::vec![Val::I32(77)]));
    store.release_exception(ExnRef(!kept));
    for i in 0..3_000 {
        catch.call(&mut store, (i, 0)).unwrap();
    }
    assert_ne!(
        store.exception_values(ExnRef(!kept)),
        Some(alloc::vec![Val::I32(77)])
    );
}

#[test]
fn polling_keeps_all_registers() {
    let mut store = store();
    let polled = Rc::new(Cell::new(0));
    let seen = polled.clone();
    store.set_interrupt_handler(move |caller| {
        seen.set(seen.get() + 1);
        // Something that uses vector registers.
        let text = std::format!(
            "{} {}",
            1.5_f64 * f64::from(seen.get()),
            caller.interrupted()
        );
        assert_eq!(text, "1.5 false");
        Ok(())
    });
    let f = host(&mut store);
    let instance = instance(&mut store, f);
    let poll = function(&store, instance, "poll");
    assert_eq!(poll.call(&mut store, (1, 1)).unwrap(), 0);
    assert_eq!(polled.get(), 0);
    store.interrupt_handle().interrupt();
    assert_eq!(poll.call(&mut store, (1, 1)).unwrap(), 0);
    assert_eq!(polled.get(), 1);
}

#[test]
fn another_thread_interrupts_a_loop() {
    let mut store = store();
    let f = host(&mut store);
    let instance = instance(&mut store, f);
    let spin = function(&store, instance, "spin");
    let handle = store.interrupt_handle();
    let thread = std::thread::spawn({
        let handle = handle.clone();
        move || {
            std::thread::sleep(std::time::Duration::from_millis(20));
            handle.interrupt();
        }
    });
    let trap = spin.call(&mut store, (1, 1)).unwrap_err();
    assert_eq!(trap.code(), Some(TrapCode::Interrupted));
    assert_eq!(names(&trap), ["spin"]);
    thread.join().unwrap();
    drop(store);
    handle.interrupt();
}

#[test]
fn the_handler_may_call_code_and_be_interrupted_itself() {
    let mut store = store();
    let f = host(&mut store);
    let own = instance(&mut store, f);
    let handle = store.interrupt_handle();
    let depth = Rc::new(Cell::new(0));
    let inside = depth.clone();
    store.set_interrupt_handler(move |caller| {
        inside.set(inside.get() + 1);
        if inside.get() == 3 {
            return Err(Trap::exit(Exit(3)));
        }
        handle.interrupt();
        let spin = function(caller, own, "spin");
        spin.call(caller, (1, 1)).map(|_| ())
    });
    store.interrupt_handle().interrupt();
    let spin = function(&store, own, "spin");
    let trap = spin.call(&mut store, (1, 1)).unwrap_err();
    assert_eq!(trap.downcast_host::<Exit>().unwrap().0, 3);
    assert_eq!(depth.get(), 3);
}

#[test]
fn endless_recursion_traps() {
    let mut store = store();
    let f = host(&mut store);
    let instance = instance(&mut store, f);
    let recurse = function(&store, instance, "recurse");
    let trap = recurse.call(&mut store, (1, 1)).unwrap_err();
    assert_eq!(trap.code(), Some(TrapCode::StackOverflow));
    assert_eq!(trap.backtrace().frames.len(), 64);
    assert!(trap.backtrace().omitted > 1000);
}

#[test]
#[should_panic(expected = "another store")]
fn handles_of_another_store_are_refused() {
    let mut one = store();
    let mut two = store();
    let f = host(&mut one);
    let f: Binary = f.typed(&one).unwrap();
    let _ = f.call(&mut two, (1, 2));
}

#[test]
fn a_running_store_survives_being_dropped() {
    let mut store = super::store();
    let engine = store.engine().clone();
    let f = Func::wrap(
        &mut store,
        move |caller: &mut Caller<'_>, a: i32, b: i32| {
            let other = Store::new(&engine, Box::new(()));
            drop(core::mem::replace(caller.store(), other));
            a + b
        },
    );
    let instance = instance(&mut store, f);
    let call = function(&store, instance, "call_import");
    // The result is a number, which needs no store.
    let _ = call.call(&mut store, (1, 2));
}
