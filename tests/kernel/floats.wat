;; Computes with floats, touching fresh memory on the way, and exits with a hash.
(module
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 100)
  (func (export "_start") (local $i i32) (local $x f64) (local $y f64) (local $z f64)
    (local.set $x (f64.const 1.5))
    (local.set $y (f64.const 0.25))
    (loop $next
      (local.set $x (f64.add (f64.mul (local.get $x) (f64.const 0.999)) (local.get $y)))
      (local.set $y (f64.sqrt (f64.add (local.get $y) (local.get $x))))
      (local.set $z (f64.add (local.get $z) (f64.div (local.get $y) (local.get $x))))
      ;; Pages that were not touched before fault.
      (f64.store
        (i32.and (i32.mul (local.get $i) (i32.const 4104)) (i32.const 0x5ffff8))
        (local.get $z))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $next (i32.lt_u (local.get $i) (i32.const 300000))))
    (call $exit (i32.and (i32.wrap_i64 (i64.shr_u
      (i64.reinterpret_f64 (local.get $z)) (i64.const 20))) (i32.const 127)))))
