;; Grows its memory, fills and copies it, and exits with a sum.
(module
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 1 100)
  (data $passive "\01\02\03\04")
  (func (export "_start") (local $i i32) (local $sum i32)
    (drop (memory.grow (i32.const 50)))
    (memory.fill (i32.const 0) (i32.const 1) (i32.const 3000000))
    (memory.init $passive (i32.const 10) (i32.const 0) (i32.const 4))
    (memory.copy (i32.const 1000000) (i32.const 0) (i32.const 1500000))
    (memory.copy (i32.const 5) (i32.const 0) (i32.const 5000))
    (loop $next
      (local.set $sum (i32.add (local.get $sum) (i32.load8_u (local.get $i))))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $next (i32.lt_u (local.get $i) (i32.const 3000000))))
    (call $exit (i32.add (i32.rem_u (local.get $sum) (i32.const 97)) (memory.size)))))
