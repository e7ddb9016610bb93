;; More results than there are registers for them: on x86-64 the address of the
;; area that takes them comes before the context, also where a function is
;; compiled on its first call.

(module
  (func $many (param i32) (result i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32) (i32.add (local.get 0) (i32.const 0)) (i32.add (local.get 0) (i32.const 1)) (i32.add (local.get 0) (i32.const 2)) (i32.add (local.get 0) (i32.const 3)) (i32.add (local.get 0) (i32.const 4)) (i32.add (local.get 0) (i32.const 5)) (i32.add (local.get 0) (i32.const 6)) (i32.add (local.get 0) (i32.const 7)) (i32.add (local.get 0) (i32.const 8)) (i32.add (local.get 0) (i32.const 9)) (i32.add (local.get 0) (i32.const 10)) (i32.add (local.get 0) (i32.const 11)))
  (func (export "sum") (param i32) (result i32) (call $many (local.get 0)) (i32.add) (i32.add) (i32.add) (i32.add) (i32.add) (i32.add) (i32.add) (i32.add) (i32.add) (i32.add) (i32.add))
  (func $tail (param i32) (result i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32) (return_call $many (local.get 0)))
  (func (export "tail-sum") (param i32) (result i32) (call $tail (local.get 0)) (i32.add) (i32.add) (i32.add) (i32.add) (i32.add) (i32.add) (i32.add) (i32.add) (i32.add) (i32.add) (i32.add)))
(assert_return (invoke "sum" (i32.const 1)) (i32.const 78))
(assert_return (invoke "tail-sum" (i32.const 2)) (i32.const 90))
