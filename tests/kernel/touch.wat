;; Touches a gigabyte, page by page, for ever.
(module
  (memory (export "memory") 16384)
  (func (export "_start") (local $at i32)
    (loop $next
      (i32.store8 (local.get $at) (i32.const 1))
      (local.set $at (i32.and
        (i32.add (local.get $at) (i32.const 4096)) (i32.const 0x3fffffff)))
      (br $next))))
