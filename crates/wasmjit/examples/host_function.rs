//! Gives a module functions of the host, which use data of the store and the
//! module's memory.
//!
//! Run with `cargo run -p wasmjit --features wat --example host_function`.

use std::fmt;
use wasmjit::{Caller, Config, Engine, Error, Linker, Module, Store, Trap};

const MODULE: &str = r#"
(module
    (func $print (import "host" "print") (param i32 i32))
    (func $next (import "host" "next") (result i32))
    (memory (export "memory") 1)
    (data (i32.const 16) "Hello from WebAssembly")
    (func (export "run") (result i32)
        (call $print (i32.const 16) (i32.const 22))
        (i32.add (call $next) (call $next)))
    (func (export "print_nonsense")
        (call $print (i32.const -1) (i32.const 100))))
"#;

/// What the host functions work with.
#[derive(Default)]
struct Host {
    counter: i32,
    output: Vec<String>,
}

/// An error of a host function: it ends the computation.
#[derive(Debug)]
struct BadString;

impl fmt::Display for BadString {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the string is not in the memory")
    }
}

impl std::error::Error for BadString {}

fn print(caller: &mut Caller<'_, Host>, start: u32, length: u32) -> Result<(), Trap> {
    let memory = caller.memory().ok_or_else(|| Trap::host(BadString))?;
    let data = memory.data(caller);
    let bytes = data
        .get(start as usize..)
        .and_then(|rest| rest.get(..length as usize))
        .ok_or_else(|| Trap::host(BadString))?;
    let text = String::from_utf8_lossy(bytes).into_owned();
    println!("{text}");
    caller.data_mut().output.push(text);
    Ok(())
}

fn main() -> Result<(), Error> {
    let engine = Engine::new(Config::new())?;
    let module = Module::new(&engine, MODULE.as_bytes())?;

    let mut linker = Linker::new();
    linker.func_wrap("host", "print", print);
    linker.func_wrap("host", "next", |caller: &mut Caller<'_, Host>| {
        caller.data_mut().counter += 1;
        caller.data().counter
    });

    let mut store = Store::new(&engine, Host::default());
    let instance = linker.instantiate(&mut store, &module)?;
    let run = instance.typed_func::<(), i32>(&store, "run")?;
    assert_eq!(run.call(&mut store, ())?, 1 + 2);
    assert_eq!(store.data().output, ["Hello from WebAssembly"]);

    let nonsense = instance.typed_func::<(), ()>(&store, "print_nonsense")?;
    let trap = nonsense.call(&mut store, ()).expect_err("a trap");
    println!("{trap}");
    assert!(trap.downcast_host::<BadString>().is_some());
    Ok(())
}
