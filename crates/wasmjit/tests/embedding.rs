//! The embedding interface, from outside.
#![cfg(feature = "std")]

use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use wasmjit::{
    CacheKey, Caller, CodeCache, Config, Engine, Error, ErrorKind, Execution, FuncType, Limits,
    Linker, MemoryStyle, Module, Progress, Store, Strategy, Trap, TrapCode, ValType, WasmFeatures,
};

fn module(engine: &Engine, text: &str) -> Result<Module, Error> {
    Module::new(engine, &wat::parse_str(text).unwrap())
}

/// A module with so many functions; `f` calls the last.
fn many_functions(count: u32) -> String {
    let mut text = String::from("(module ");
    for i in 0..count {
        text += &format!("(func $f{i} (param i32) (result i32) ");
        for _ in 0..20 {
            text += "(local.set 0 (i32.mul (local.get 0) (i32.const 3)))";
        }
        text += &format!("(i32.add (local.get 0) (i32.const {i})))");
    }
    let last = count - 1;
    text + &format!("(export \"f\" (func $f{last})))")
}

#[test]
fn a_linker_serves_many_stores_and_threads() {
    let engine = Engine::new(Config::new()).unwrap();
    let text = r#"
    (module
        (import "host" "add" (func $add (param i32) (result i32)))
        (import "host" "twice" (func $twice (param f64 i64) (result f64 i64)))
        (func (export "run") (param i32) (result i32 f64 i64)
            (call $add (local.get 0))
            (call $twice (f64.const 1.5) (i64.const -2))))"#;
    let module = module(&engine, text).unwrap();
    let mut linker = Linker::<i32>::new();
    linker
        .func_wrap("host", "add", |caller: &mut Caller<'_, i32>, x: i32| {
            *caller.data_mut() += x;
            *caller.data()
        })
        .func_wrap("host", "twice", |x: f64, y: i64| (2.0 * x, 2 * y));
    std::thread::scope(|scope| {
        for start in 0..4 {
            let (engine, module, linker) = (&engine, &module, &linker);
            scope.spawn(move || {
                let mut store = Store::new(engine, start);
                let instance = linker.instantiate(&mut store, module).unwrap();
                let run = instance
                    .typed_func::<i32, (i32, f64, i64)>(&store, "run")
                    .unwrap();
                for i in 1..=10 {
                    let result = run.call(&mut store, 1).unwrap();
                    assert_eq!(result, (start + i, 3.0, -4));
                }
                assert_eq!(*store.data(), start + 10);
            });
        }
    });
}

#[test]
fn host_functions_of_types_known_at_run_time() {
    let engine = Engine::new(Config::new()).unwrap();
    let text = r#"
    (module
        (import "host" "mix" (func $mix (param i32 f32) (result f32 i32)))
        (func (export "run") (result f32 i32) (call $mix (i32.const 3) (f32.const 0.5))))"#;
    let module = module(&engine, text).unwrap();
    let mut linker = Linker::<()>::new();
    let ty = FuncType::new([ValType::I32, ValType::F32], [ValType::F32, ValType::I32]);
    linker.func_new("host", "mix", ty, |_, values| {
        values.swap(0, 1);
        Ok(())
    });
    let mut store = Store::new(&engine, ());
    let instance = linker.instantiate(&mut store, &module).unwrap();
    let run = instance
        .typed_func::<(), (f32, i32)>(&store, "run")
        .unwrap();
    assert_eq!(run.call(&mut store, ()).unwrap(), (0.5, 3));
}

#[test]
fn errors_of_host_functions_pass_through() {
    let engine = Engine::new(Config::new()).unwrap();
    let text = r#"
    (module
        (import "host" "fail" (func $fail (param i32)))
        (func (export "run") (param i32) (call $fail (local.get 0))))"#;
    let module = module(&engine, text).unwrap();
    let mut linker = Linker::<()>::new();
    linker.func_wrap("host", "fail", |x: i32| match x {
        0 => Ok(()),
        1 => Err(Trap::from(TrapCode::Unreachable)),
        _ => Err(Trap::host(std::fmt::Error)),
    });
    let mut store = Store::new(&engine, ());
    let instance = linker.instantiate(&mut store, &module).unwrap();
    let run = instance.typed_func::<i32, ()>(&store, "run").unwrap();
    run.call(&mut store, 0).unwrap();
    let trap = run.call(&mut store, 1).unwrap_err();
    assert_eq!(trap.code(), Some(TrapCode::Unreachable));
    let trap = run.call(&mut store, 2).unwrap_err();
    assert!(trap.downcast_host::<std::fmt::Error>().is_some());
}

#[test]
fn missing_imports_are_all_named() {
    let engine = Engine::new(Config::new()).unwrap();
    let text = r#"
    (module
        (import "a" "b" (func (param i32)))
        (import "c" "d" (memory 1)))"#;
    let module = module(&engine, text).unwrap();
    let mut store = Store::new(&engine, ());
    let error = Linker::new().instantiate(&mut store, &module).unwrap_err();
    let message = error.to_string();
    assert!(
        message.contains("a.b") && message.contains("c.d"),
        "{message}"
    );
}

#[derive(Default)]
struct Count {
    calls: AtomicU32,
    total: AtomicU32,
}

impl Progress for Count {
    fn compiled(&self, done: u32, total: u32) {
        assert!((1..=total).contains(&done));
        self.calls.fetch_add(1, Ordering::Relaxed);
        self.total.store(total, Ordering::Relaxed);
    }
}

#[test]
fn eager_compilation_compiles_everything_and_tells_how_far_it_is() {
    for threads in [1, 3] {
        let count = Arc::new(Count::default());
        let config = Config::new()
            .strategy(Strategy::Eager)
            .threads(threads)
            .progress(count.clone());
        let engine = Engine::new(config).unwrap();
        let module = module(&engine, &many_functions(200)).unwrap();
        assert_eq!(module.jit_code().unwrap().compiled_count(), 200);
        assert_eq!(count.calls.load(Ordering::Relaxed), 200);
        assert_eq!(count.total.load(Ordering::Relaxed), 200);
    }
}

#[test]
fn lazy_compilation_compiles_what_is_called() {
    let engine = Engine::new(Config::new().execution(Execution::Compiled)).unwrap();
    let module = module(&engine, &many_functions(200)).unwrap();
    assert_eq!(module.jit_code().unwrap().compiled_count(), 0);
    let mut store = Store::new(&engine, ());
    let instance = Linker::new().instantiate(&mut store, &module).unwrap();
    let f = instance.typed_func::<i32, i32>(&store, "f").unwrap();
    let expected = 3i32.wrapping_pow(20).wrapping_mul(5).wrapping_add(199);
    assert_eq!(f.call(&mut store, 5).unwrap(), expected);
    assert_eq!(module.jit_code().unwrap().compiled_count(), 1);
}

#[test]
fn the_first_invalid_function_is_reported_whatever_thread_finds_it() {
    let good = "(i32.const 1) (drop) ".repeat(200);
    let mut text = String::from("(module ");
    for i in 0..2000 {
        let bad = if i >= 700 { "(i32.add)" } else { "" };
        text += &format!("(func {good} {bad})");
    }
    let bytes = wat::parse_str(text + ")").unwrap();
    let mut offsets = Vec::new();
    for threads in [1, 4] {
        let engine = Engine::new(Config::new().threads(threads)).unwrap();
        let error = Module::new(&engine, &bytes).unwrap_err();
        match error.kind() {
            ErrorKind::Module(error) => offsets.push(error.offset),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(offsets[0], offsets[1]);
}

#[test]
fn features_can_be_left_out() {
    let text = "(module (memory 1) (memory 1))";
    let engine = Engine::new(Config::new()).unwrap();
    assert!(module(&engine, text).is_ok());
    let engine = Engine::new(Config::new().features(WasmFeatures::WASM2)).unwrap();
    let error = module(&engine, text).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Module(_)));
}

#[test]
fn both_memory_styles_work_alike() {
    let text = r#"
    (module
        (memory 1 3)
        (func (export "load") (param i32) (result i32) (i32.load offset=4 (local.get 0)))
        (func (export "grow") (result i32) (memory.grow (i32.const 1))))"#;
    for style in [MemoryStyle::Guarded, MemoryStyle::Checked] {
        let engine = Engine::new(Config::new().memory_style(style)).unwrap();
        assert_eq!(engine.memory_style(), style);
        let module = module(&engine, text).unwrap();
        let mut store = Store::new(&engine, ());
        let instance = Linker::new().instantiate(&mut store, &module).unwrap();
        let load = instance.typed_func::<u32, i32>(&store, "load").unwrap();
        let grow = instance.typed_func::<(), i32>(&store, "grow").unwrap();
        assert_eq!(load.call(&mut store, 65528).unwrap(), 0);
        for address in [65529, 65536, u32::MAX - 3, u32::MAX] {
            let trap = load.call(&mut store, address).unwrap_err();
            assert_eq!(trap.code(), Some(TrapCode::MemoryOutOfBounds), "{address}");
        }
        assert_eq!(grow.call(&mut store, ()).unwrap(), 1);
        assert_eq!(load.call(&mut store, 65536).unwrap(), 0);
    }
}

#[test]
fn limits_hold_for_every_store() {
    let limits = Limits {
        memory_bytes: 2 << 16,
        ..Limits::default()
    };
    let engine = Engine::new(Config::new().limits(limits)).unwrap();
    let two = module(&engine, "(module (memory 2))").unwrap();
    let three = module(&engine, "(module (memory 3))").unwrap();
    for _ in 0..2 {
        let mut store = Store::new(&engine, ());
        assert!(Linker::new().instantiate(&mut store, &three).is_err());
        assert!(Linker::new().instantiate(&mut store, &two).is_ok());
        assert!(Linker::new().instantiate(&mut store, &two).is_err());
    }
}

#[test]
fn interruptions_can_be_handled() {
    let engine = Engine::new(Config::new()).unwrap();
    let text = r#"
    (module
        (import "host" "interrupt" (func $interrupt))
        (func (export "run") (loop (call $interrupt) (br 0))))"#;
    let module = module(&engine, text).unwrap();
    let mut linker = Linker::<u32>::new();
    linker.func_wrap("host", "interrupt", |caller: &mut Caller<'_, u32>| {
        caller.interrupt_handle().interrupt();
    });
    let mut store = Store::new(&engine, 0);
    store.on_interrupt(|caller| {
        *caller.data_mut() += 1;
        match *caller.data() {
            0..10 => Ok(()),
            _ => Err(TrapCode::Interrupted.into()),
        }
    });
    let instance = linker.instantiate(&mut store, &module).unwrap();
    let run = instance.typed_func::<(), ()>(&store, "run").unwrap();
    let trap = run.call(&mut store, ()).unwrap_err();
    assert_eq!(trap.code(), Some(TrapCode::Interrupted));
    assert_eq!(*store.data(), 10);
}

/// A cache in memory.
#[derive(Default)]
struct Shelf {
    entries: Mutex<HashMap<CacheKey, Vec<u8>>>,
}

impl CodeCache for Shelf {
    fn key(&self, module: &[u8], compiler: &str) -> CacheKey {
        let mut key = [0u8; 32];
        for (i, byte) in module.iter().chain(compiler.as_bytes()).enumerate() {
            let at = i % 32;
            key[at] = key[at].wrapping_mul(31).wrapping_add(*byte);
        }
        key
    }

    fn load(&self, key: &CacheKey) -> Option<Vec<u8>> {
        self.entries.lock().unwrap().get(key).cloned()
    }

    fn store(&self, key: &CacheKey, image: &[&[u8]]) {
        self.entries.lock().unwrap().insert(*key, image.concat());
    }
}

#[test]
fn code_is_stored_and_found_again() {
    let shelf = Arc::new(Shelf::default());
    let text = many_functions(50);
    let run = |config: Config| {
        let engine = Engine::new(config.cache(shelf.clone())).unwrap();
        let module = module(&engine, &text).unwrap();
        let loaded = module.jit_code().unwrap().compiled_count();
        let mut store = Store::new(&engine, ());
        let instance = Linker::new().instantiate(&mut store, &module).unwrap();
        let f = instance.typed_func::<i32, i32>(&store, "f").unwrap();
        let expected = 3i32.wrapping_pow(20).wrapping_add(49);
        assert_eq!(f.call(&mut store, 1).unwrap(), expected);
        module.store();
        (module.is_from_cache(), loaded)
    };
    let compiled = || Config::new().execution(Execution::Compiled);
    assert_eq!(run(compiled()), (false, 0));
    assert_eq!(run(compiled()), (true, 1));
    // What is compiled later is added.
    let eager = || Config::new().strategy(Strategy::Eager);
    assert_eq!(run(eager()), (true, 50));
    assert_eq!(run(compiled()), (true, 50));
    // Other settings are other code.
    let checked = compiled().memory_style(MemoryStyle::Checked);
    assert_eq!(run(checked), (false, 0));
    assert_eq!(shelf.entries.lock().unwrap().len(), 2);
    // What cannot be read is not used, and replaced.
    for image in shelf.entries.lock().unwrap().values_mut() {
        image.truncate(image.len() - 3);
    }
    assert_eq!(run(eager()), (false, 50));
    assert_eq!(run(compiled()), (true, 50));
}

#[test]
fn engines_come_and_go() {
    for _ in 0..400 {
        let engine = Engine::new(Config::new()).unwrap();
        let text = r#"(module (func (export "f") (result i32) unreachable))"#;
        let module = module(&engine, text).unwrap();
        let mut store = Store::new(&engine, ());
        let instance = Linker::new().instantiate(&mut store, &module).unwrap();
        let f = instance.typed_func::<(), i32>(&store, "f").unwrap();
        let trap = f.call(&mut store, ()).unwrap_err();
        assert_eq!(trap.code(), Some(TrapCode::Unreachable), "{trap}");
    }
}
