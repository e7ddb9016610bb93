(module
  (tag $number (param i32))
  (func $throw (param i32) (throw $number (local.get 0)))
  (func $catch (param i32) (result i32)
    (block $caught (result i32)
      (try_table (catch $number $caught) (call $throw (local.get 0)))
      (i32.const -1))))
