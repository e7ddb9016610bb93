;; The earlier form of exception handling (`try`, `catch`, `delegate`,
;; `rethrow`), which the official suite no longer has. Emscripten 3.1 emits it.

(module
  (tag $a (param i32))
  (tag $b (param i32 i64))
  (tag $empty)

  (func $throw-a (param i32)
    (throw $a (local.get 0)))

  (func $throw-by (param i32)
    (if (i32.eq (local.get 0) (i32.const 1)) (then (throw $a (i32.const 11))))
    (if (i32.eq (local.get 0) (i32.const 2)) (then (throw $b (i32.const 22) (i64.const 20))))
    (if (i32.eq (local.get 0) (i32.const 3)) (then (throw $empty)))
    (if (i32.eq (local.get 0) (i32.const 4)) (then (unreachable))))

  (func (export "catch-in-same-function") (result i32)
    try (result i32)
      (throw $a (i32.const 7))
    catch $a (i32.add (i32.const 1))
    end)

  (func (export "clauses") (param i32) (result i32)
    try (result i32)
      (call $throw-by (local.get 0)) (i32.const 0)
    catch $a
    catch $b (i32.wrap_i64) (i32.add)
    catch_all (i32.const -1)
    end)

  (func (export "no-clause-fits") (param i32) (result i32)
    try (result i32)
      try (result i32)
        (call $throw-by (local.get 0)) (i32.const 0)
      catch $a
      end
    catch_all (i32.const -2)
    end)

  (func (export "rethrow") (param i32) (result i32)
    try (result i32)
      try (result i32)
        (call $throw-a (local.get 0)) (i32.const 0)
      catch $a (drop) (rethrow 0)
      end
    catch $a (i32.mul (i32.const 2))
    end)

  (func (export "rethrow-outer") (result i32)
    try (result i32)
      try (result i32)
        (call $throw-a (i32.const 5)) (i32.const 0)
      catch $a (drop) try (result i32)
          (call $throw-by (i32.const 3)) (i32.const 0)
        catch $empty (rethrow 1)
        end
      end
    catch $a
    end)

  (func (export "delegate") (param i32) (result i32)
    try $outer (result i32)
      try (result i32)
        try (result i32)
          (call $throw-by (local.get 0)) (i32.const 0)
        delegate $outer
      catch_all (i32.const -3)
      end
    catch $a
    catch_all (i32.const -4)
    end)

  (func $delegate-out (export "delegate-to-caller") (param i32) (result i32)
    try (result i32)
      try (result i32)
        (call $throw-by (local.get 0)) (i32.const 0)
      delegate 1
    catch_all (i32.const -5)
    end)

  (func (export "catch-of-callee") (param i32) (result i32)
    try (result i32)
      (call $delegate-out (local.get 0))
    catch $a
    end)
  ;; Locals changed before the throw are seen by the clause.

  (func (export "locals") (result i32) (local i32)
    (local.set 0 (i32.const 1))
    try
      (local.set 0 (i32.const 2)) (call $throw-a (i32.const 0)) (local.set 0 (i32.const 3))
    catch $a (drop)
    end
    (local.get 0))

  (func (export "in-loop") (param i32) (result i32) (local $sum i32)
    (loop $next try
      (call $throw-a (local.get 0))
    catch $a (local.set $sum (i32.add (local.get $sum)))
    end (br_if $next (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
    (local.get $sum))

  (func (export "throw-in-clause") (result i32)
    try (result i32)
      try (result i32)
        (call $throw-a (i32.const 1)) (i32.const 0)
      catch $a (drop) (throw $b (i32.const 3) (i64.const 4))
      catch $b (drop) (drop) (i32.const -6)
      end
    catch $b (i32.wrap_i64) (i32.mul)
    end)

  (func (export "trap-is-not-caught") (result i32)
    try (result i32)
      (call $throw-by (i32.const 4)) (i32.const 0)
    catch_all (i32.const -7)
    end)

  (func (export "uncaught")
    (call $throw-a (i32.const 9)))

  (func (export "nothing-thrown") (result i32)
    try (result i32)
      (i32.const 42)
    catch_all (i32.const -8)
    end)
)

(assert_return (invoke "catch-in-same-function") (i32.const 8))
(assert_return (invoke "clauses" (i32.const 0)) (i32.const 0))
(assert_return (invoke "clauses" (i32.const 1)) (i32.const 11))
(assert_return (invoke "clauses" (i32.const 2)) (i32.const 42))
(assert_return (invoke "clauses" (i32.const 3)) (i32.const -1))
(assert_trap (invoke "clauses" (i32.const 4)) "unreachable")
(assert_return (invoke "no-clause-fits" (i32.const 1)) (i32.const 11))
(assert_return (invoke "no-clause-fits" (i32.const 2)) (i32.const -2))
(assert_return (invoke "rethrow" (i32.const 21)) (i32.const 42))
(assert_return (invoke "rethrow-outer") (i32.const 5))
(assert_return (invoke "delegate" (i32.const 0)) (i32.const 0))
(assert_return (invoke "delegate" (i32.const 1)) (i32.const 11))
(assert_return (invoke "delegate" (i32.const 3)) (i32.const -4))
(assert_exception (invoke "delegate-to-caller" (i32.const 3)))
(assert_return (invoke "catch-of-callee" (i32.const 1)) (i32.const 11))
(assert_return (invoke "locals") (i32.const 2))
(assert_return (invoke "in-loop" (i32.const 100)) (i32.const 5050))
(assert_return (invoke "throw-in-clause") (i32.const 12))
(assert_trap (invoke "trap-is-not-caught") "unreachable")
(assert_exception (invoke "uncaught"))
(assert_return (invoke "nothing-thrown") (i32.const 42))
