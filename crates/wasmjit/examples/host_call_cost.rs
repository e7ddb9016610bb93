//! What a call of a host function that does nothing costs: calls it COUNT times
//! from WebAssembly and prints the nanoseconds of one round of the loop.
//!
//! `cargo xtask bench` builds the module from `benches/calls/calls.c`, runs this
//! and compares with a native call. By hand:
//! `cargo run --release -p wasmjit --example host_call_cost -- CALLS.wasm COUNT`.

use std::env;
use std::error::Error;
use std::fs;
use std::time::Instant;

use wasmjit::{Config, Engine, Linker, Module, Store};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let (Some(path), Some(count)) = (arguments.next(), arguments.next()) else {
        return Err("usage: host_call_cost CALLS.wasm COUNT".into());
    };
    let count: u32 = count.parse()?;
    let engine = Engine::new(Config::new())?;
    let module = Module::new(&engine, &fs::read(path)?)?;
    let mut linker = Linker::<()>::new();
    linker.func_wrap("host", "nothing", |x: u32| x);
    let mut store = Store::new(&engine, ());
    let instance = linker.instantiate(&mut store, &module)?;
    let calls = instance.typed_func::<u32, u32>(&store, "calls")?;
    calls.call(&mut store, 1000)?;
    let start = Instant::now();
    calls.call(&mut store, count)?;
    let nanoseconds = start.elapsed().as_secs_f64() * 1e9;
    println!("{:.3}", nanoseconds / f64::from(count));
    Ok(())
}
