(module
  (global $count (mut i32) (i32.const 0))
  (func $leaf (param i32) (result i32) (i32.add (local.get 0) (i32.const 1)))
  (func $loop (param i32)
    (loop $next
      (global.set $count (i32.add (global.get $count) (i32.const 1)))
      (br_if $next (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))
  (func $recursive (param i32) (result i32)
    (if (result i32) (i32.lt_u (local.get 0) (i32.const 2))
      (then (local.get 0))
      (else (i32.add
        (call $recursive (i32.sub (local.get 0) (i32.const 1)))
        (call $recursive (i32.sub (local.get 0) (i32.const 2))))))))
