//! What happens when a module does something that it must not do.
//!
//! Run with `cargo run -p wasmjit --features wat --example catch_trap`.

use wasmjit::{Config, Engine, Error, Linker, Module, Store, TrapCode};

const MODULE: &str = r#"
(module $faulty
    (memory (export "memory") 1)
    (func $divide (export "divide") (param i32 i32) (result i32)
        (i32.div_s (local.get 0) (local.get 1)))
    (func $outer (export "outer") (param i32) (result i32)
        (i32.add (i32.const 1) (call $divide (i32.const 100) (local.get 0))))
    (func (export "load") (param i32) (result i32)
        (i32.load (local.get 0)))
    (func $forever (export "forever")
        (call $forever)
        (call $forever)))
"#;

fn main() -> Result<(), Error> {
    let engine = Engine::new(Config::new())?;
    let module = Module::new(&engine, MODULE.as_bytes())?;
    let mut store = Store::new(&engine, ());
    let instance = Linker::new().instantiate(&mut store, &module)?;

    let outer = instance.typed_func::<i32, i32>(&store, "outer")?;
    let trap = outer.call(&mut store, 0).expect_err("a division by zero");
    println!("{trap}\n");
    assert_eq!(trap.code(), Some(TrapCode::IntegerDivideByZero));
    let names = trap.backtrace().frames.iter();
    let names: Vec<_> = names.map(|frame| frame.name.as_deref()).collect();
    assert_eq!(names, [Some("divide"), Some("outer")]);

    let load = instance.typed_func::<u32, i32>(&store, "load")?;
    let trap = load.call(&mut store, 0xffff_0000).expect_err("outside");
    println!("{trap}\n");
    assert_eq!(trap.code(), Some(TrapCode::MemoryOutOfBounds));

    let forever = instance.typed_func::<(), ()>(&store, "forever")?;
    let trap = forever.call(&mut store, ()).expect_err("the stack ends");
    assert_eq!(trap.code(), Some(TrapCode::StackOverflow));
    let backtrace = trap.backtrace();
    let depth = backtrace.frames.len() + backtrace.omitted;
    println!("{} after {depth} calls", TrapCode::StackOverflow);

    // A trap ends one call; the instance goes on.
    assert_eq!(outer.call(&mut store, 20)?, 6);
    Ok(())
}
