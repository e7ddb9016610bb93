//! Keeps a module from using too much time or memory.
//!
//! Run with `cargo run -p wasmjit --features wat --example limits`.

use std::thread;
use std::time::Duration;
use wasmjit::{Config, Engine, Error, Limits, Linker, Module, Store, TrapCode};

const MODULE: &str = r#"
(module
    (memory (export "memory") 1)
    (func (export "spin") (loop $again (br $again)))
    ;; Grows the memory until that fails; returns its size in pages.
    (func (export "devour") (result i32)
        (loop $again
            (br_if $again (i32.ne (memory.grow (i32.const 1)) (i32.const -1))))
        (memory.size)))
"#;

fn main() -> Result<(), Error> {
    let limits = Limits {
        memory_bytes: 1 << 20,
        ..Limits::default()
    };
    let engine = Engine::new(Config::new().limits(limits))?;
    let module = Module::new(&engine, MODULE.as_bytes())?;
    let mut store = Store::new(&engine, ());
    let instance = Linker::new().instantiate(&mut store, &module)?;

    let devour = instance.typed_func::<(), u32>(&store, "devour")?;
    let pages = devour.call(&mut store, ())?;
    println!("the memory could grow to {} KiB", pages * 64);
    assert_eq!(pages, 16);

    let interrupt = store.interrupt_handle();
    let timer = thread::spawn(move || {
        thread::sleep(Duration::from_millis(50));
        interrupt.interrupt();
    });
    let spin = instance.typed_func::<(), ()>(&store, "spin")?;
    let trap = spin.call(&mut store, ()).expect_err("an interruption");
    println!("{trap}");
    assert_eq!(trap.code(), Some(TrapCode::Interrupted));
    timer.join().expect("no panic");

    // The store can be used further.
    assert_eq!(devour.call(&mut store, ())?, 16);
    Ok(())
}
