//! Two threads that work on one memory. Each has a store and an instance of its
//! own; the engine, the module, the linker and the memory are shared.
//!
//! Run with `cargo run -p wasmjit --features wat --example shared_memory`.

use std::thread;
use wasmjit::{Config, Engine, Error, Linker, Memory, MemoryType, Module, SharedMemory, Store};

const MODULE: &str = r#"
(module
    (memory (import "host" "memory") 1 1 shared)
    ;; Adds one to the word at 0 as often as asked for.
    (func (export "count") (param $times i32)
        (loop $again
            (drop (i32.atomic.rmw.add (i32.const 0) (i32.const 1)))
            (br_if $again
                (local.tee $times (i32.sub (local.get $times) (i32.const 1))))))
    ;; Waits until the word at 4 is not zero any more.
    (func (export "wait")
        (loop $again
            (if (i32.eqz (i32.atomic.load (i32.const 4)))
                (then
                    (drop (memory.atomic.wait32 (i32.const 4) (i32.const 0) (i64.const -1)))
                    (br $again))))))
"#;

const TIMES: u32 = 100_000;

fn main() -> Result<(), Error> {
    let engine = Engine::new(Config::new())?;
    let module = Module::new(&engine, MODULE.as_bytes())?;
    let ty = MemoryType {
        memory64: false,
        shared: true,
        initial: 1,
        maximum: Some(1),
        page_size_log2: None,
    };
    let memory = SharedMemory::new(engine.runtime(), ty)?;

    let work = || -> Result<(), Error> {
        let mut store = Store::new(&engine, ());
        let mut linker = Linker::new();
        let memory = Memory::from_shared(&mut store, &memory)?;
        linker.define("host", "memory", memory);
        let instance = linker.instantiate(&mut store, &module)?;
        let wait = instance.typed_func::<(), ()>(&store, "wait")?;
        let count = instance.typed_func::<u32, ()>(&store, "count")?;
        wait.call(&mut store, ())?;
        count.call(&mut store, TIMES)?;
        Ok(())
    };
    thread::scope(|scope| {
        let threads = [scope.spawn(work), scope.spawn(work)];
        // The starting signal.
        memory.write(4, &1u32.to_le_bytes())?;
        let woken = memory.atomic_notify(4, u32::MAX)?;
        println!("{woken} threads were waiting already");
        for thread in threads {
            thread.join().expect("no panic")?;
        }
        Ok::<(), Error>(())
    })?;

    let mut sum = [0; 4];
    memory.read(0, &mut sum)?;
    let sum = u32::from_le_bytes(sum);
    println!("counted to {sum}");
    assert_eq!(sum, 2 * TIMES);
    Ok(())
}
