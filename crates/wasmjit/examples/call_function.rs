//! Calls functions of a module.
//!
//! Run with `cargo run -p wasmjit --features wat --example call_function`.

use wasmjit::{Config, Engine, Error, Linker, Module, Store, Val};

const MODULE: &str = r#"
(module
    (func (export "gcd") (param i64 i64) (result i64)
        (local $rest i64)
        (loop $again
            (if (i64.eqz (local.get 1)) (then (return (local.get 0))))
            (local.set $rest (i64.rem_u (local.get 0) (local.get 1)))
            (local.set 0 (local.get 1))
            (local.set 1 (local.get $rest))
            (br $again))
        (unreachable))
    (func (export "swap") (param i32 f64) (result f64 i32)
        (local.get 1)
        (local.get 0)))
"#;

fn main() -> Result<(), Error> {
    let engine = Engine::new(Config::new())?;
    let module = Module::new(&engine, MODULE.as_bytes())?;
    let mut store = Store::new(&engine, ());
    let instance = Linker::new().instantiate(&mut store, &module)?;

    // With types known here, calls are checked once and are fast.
    let gcd = instance.typed_func::<(i64, i64), i64>(&store, "gcd")?;
    let divisor = gcd.call(&mut store, (1071, 462))?;
    println!("gcd(1071, 462) = {divisor}");
    assert_eq!(divisor, 21);

    // With types known only at run time.
    let swap = instance.get_func(&store, "swap").expect("an export");
    let mut results = vec![Val::I32(0); swap.ty(&store).results().len()];
    swap.call(&mut store, &[Val::I32(7), Val::from(2.5)], &mut results)?;
    println!("swap(7, 2.5) = {results:?}");
    assert_eq!(results, [Val::from(2.5), Val::I32(7)]);
    Ok(())
}
