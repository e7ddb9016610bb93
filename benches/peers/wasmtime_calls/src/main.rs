//! What a call of a host function that does nothing costs in Wasmtime:
//! `wasmtime_calls CALLS.wasm COUNT` prints the nanoseconds of one round of the
//! loop with the call.

use std::env;
use std::time::Instant;

use wasmtime::{Engine, Linker, Module, Result, Store};

fn main() -> Result<()> {
    let mut arguments = env::args().skip(1);
    let (Some(path), Some(count)) = (arguments.next(), arguments.next()) else {
        panic!("usage: wasmtime_calls CALLS.wasm COUNT");
    };
    let count: u32 = count.parse().expect("COUNT is a number");
    let engine = Engine::default();
    let module = Module::from_file(&engine, path)?;
    let mut linker = Linker::new(&engine);
    linker.func_wrap("host", "nothing", |x: u32| x)?;
    let mut store = Store::new(&engine, ());
    let instance = linker.instantiate(&mut store, &module)?;
    let calls = instance.get_typed_func::<u32, u32>(&mut store, "calls")?;
    calls.call(&mut store, 1000)?;
    let start = Instant::now();
    calls.call(&mut store, count)?;
    let nanoseconds = start.elapsed().as_secs_f64() * 1e9;
    println!("{:.3}", nanoseconds / f64::from(count));
    Ok(())
}
