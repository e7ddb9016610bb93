(module
  (type $binary (func (param i32 i32) (result i32)))
  (table 8 8 funcref)
  (func $call (param i32 i32 i32) (result i32)
    (call_indirect (type $binary) (local.get 1) (local.get 2) (local.get 0))))
