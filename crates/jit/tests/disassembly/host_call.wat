(module
  (import "env" "add" (func $add (param i32 i64) (result i64)))
  (func $caller (param i32 i64) (result i64) (call $add (local.get 0) (local.get 1))))
