;; The first form of exceptions (try, catch, catch_all, rethrow, delegate), which
;; Emscripten emits and the specification's suite does not test any more.

(module $thrower
    (tag $e0 (export "e0"))
    (tag $e1 (export "e1") (param i32))
    (func (export "throw0") (throw $e0))
    (func (export "throw1") (param i32) (throw $e1 (local.get 0)))
)
(register "thrower" $thrower)

(module
    (tag $imported0 (import "thrower" "e0"))
    (tag $imported1 (import "thrower" "e1") (param i32))
    (func $foreign0 (import "thrower" "throw0"))
    (func $foreign1 (import "thrower" "throw1") (param i32))
    (tag $e0)
    (tag $i32 (param i32))
    (tag $mixed (param i32 i64 f32 f64))
    (tag $v128 (param v128))
    (memory 1)

    (func $throw-if (param i32) (if (local.get 0) (then (throw $e0))))

    (func (export "empty-catch") (try (do) (catch $e0)))

    (func (export "simple") (param i32) (result i32)
        (try (result i32)
            (do (call $throw-if (local.get 0)) (i32.const 1))
            (catch $e0 (i32.const 2))))

    (func (export "value") (param i32) (result i32)
        (try (result i32)
            (do (throw $i32 (local.get 0)))
            (catch $i32 (i32.add (i32.const 1)))))

    (func (export "values") (param i32 i64 f32 f64) (result i32 i64 f32 f64)
        (try (result i32 i64 f32 f64)
            (do (throw $mixed (local.get 0) (local.get 1) (local.get 2) (local.get 3)))
            (catch $mixed)))

    (func (export "vector") (param v128) (result v128)
        (try (result v128)
            (do (throw $v128 (local.get 0)))
            (catch $v128)))

    ;; The first handler that fits counts; other tags pass on.
    (func (export "order") (param i32) (result i32)
        (try (result i32)
            (do
                (try (result i32)
                    (do
                        (if (i32.eq (local.get 0) (i32.const 0)) (then (throw $e0)))
                        (if (i32.eq (local.get 0) (i32.const 1)) (then (throw $i32 (i32.const 10))))
                        (if (i32.eq (local.get 0) (i32.const 2))
                            (then (throw $mixed (i32.const 0) (i64.const 0) (f32.const 0) (f64.const 0))))
                        (i32.const 3))
                    (catch $e0 (i32.const 100))
                    (catch $i32)))
            (catch $e0 (i32.const -1))
            (catch_all (i32.const 200))))

    (func (export "catch-all") (param i32) (result i32)
        (try (result i32)
            (do
                (if (local.get 0) (then (throw $i32 (i32.const 1))) (else (throw $e0)))
                (i32.const 0))
            (catch $i32)
            (catch_all (i32.const 2))))

    ;; Exceptions of another module, caught by their tag and not by a like one.
    (func (export "foreign") (param i32) (result i32)
        (try (result i32)
            (do
                (if (local.get 0)
                    (then (call $foreign1 (local.get 0)))
                    (else (call $foreign0)))
                (i32.const -1))
            (catch $e0 (i32.const -2))
            (catch $i32)
            (catch $imported0 (i32.const 7))
            (catch $imported1)))

    ;; Locals and the memory keep what was done before the throw.
    (func (export "state") (result i32)
        (local $l i32)
        (try
            (do
                (local.set $l (i32.const 5))
                (i32.store (i32.const 0) (i32.const 6))
                (call $throw-if (i32.const 1))
                (local.set $l (i32.const 50)))
            (catch $e0))
        (i32.mul (local.get $l) (i32.load (i32.const 0))))

    (func (export "rethrow") (param i32) (result i32)
        (try (result i32)
            (do
                (try (result i32)
                    (do (throw $i32 (local.get 0)))
                    (catch_all
                        (if (i32.eqz (local.get 0)) (then (rethrow 1)))
                        (i32.const 23))))
            (catch $i32 (drop) (i32.const 42))))

    ;; Two catches are open; rethrow names the outer one.
    (func (export "rethrow-outer") (result i32)
        (try (result i32)
            (do
                (try (result i32)
                    (do (throw $i32 (i32.const 1)))
                    (catch $i32
                        (drop)
                        (try (result i32)
                            (do (throw $i32 (i32.const 2)))
                            (catch $i32 (drop) (rethrow 1))))))
            (catch $i32)))

    (func (export "rethrow-uncaught") (try (do (throw $e0)) (catch $e0 (rethrow 0))))

    (func (export "delegate") (param i32) (result i32)
        (try $outer (result i32)
            (do
                (try (result i32)
                    (do
                        (try (result i32)
                            (do (call $throw-if (local.get 0)) (i32.const 1))
                            (delegate $outer)))
                    (catch_all (i32.const 2))))
            (catch $e0 (i32.const 3))))

    (func (export "delegate-to-caller") (param i32)
        (try
            (do
                (try
                    (do (call $throw-if (local.get 0)))
                    (delegate 1)))
            (catch_all (unreachable))))

    ;; A label that is no try: on to the one around it.
    (func (export "delegate-to-block") (result i32)
        (try (result i32)
            (do
                (block $b
                    (try (do (throw $e0)) (delegate $b)))
                (i32.const 0))
            (catch_all (i32.const 1))))

    ;; Leaving by a branch leaves the handler too.
    (func (export "branch-out") (result i32)
        (try (result i32)
            (do
                (block $out
                    (try
                        (do (br $out))
                        (catch_all (unreachable))))
                (throw $i32 (i32.const 9)))
            (catch $i32)))

    (func $deep (param i32)
        (if (local.get 0)
            (then (call $deep (i32.sub (local.get 0) (i32.const 1))))
            (else (throw $i32 (i32.const 77)))))
    (func (export "deep") (param i32) (result i32)
        (try (result i32) (do (call $deep (local.get 0)) (i32.const 0)) (catch $i32)))

    (func (export "loop") (param $times i32) (result i32)
        (local $sum i32)
        (loop $again
            (try
                (do (throw $i32 (local.get $times)))
                (catch $i32 (local.set $sum (i32.add (local.get $sum)))))
            (br_if $again (local.tee $times (i32.sub (local.get $times) (i32.const 1)))))
        (local.get $sum))

    ;; A trap is no exception.
    (func (export "trap") (param i32) (result i32)
        (try (result i32)
            (do (i32.div_u (i32.const 1) (local.get 0)))
            (catch_all (i32.const 1))))
    (func (export "trap-memory") (result i32)
        (try (result i32)
            (do (i32.load (i32.const -1)))
            (catch_all (i32.const 1))))

    (table funcref (elem $foreign0 $deep-table))
    (func $deep-table (throw $e0))
    (func (export "indirect") (param i32) (result i32)
        (try (result i32)
            (do (call_indirect (local.get 0)) (i32.const 0))
            (catch $imported0 (i32.const 1))
            (catch $e0 (i32.const 2))))

    (func (export "uncaught") (throw $i32 (i32.const 1)))
)

(assert_return (invoke "empty-catch"))
(assert_return (invoke "simple" (i32.const 0)) (i32.const 1))
(assert_return (invoke "simple" (i32.const 1)) (i32.const 2))
(assert_return (invoke "value" (i32.const 41)) (i32.const 42))
(assert_return
    (invoke "values" (i32.const 1) (i64.const -2) (f32.const 3.5) (f64.const -4.25))
    (i32.const 1) (i64.const -2) (f32.const 3.5) (f64.const -4.25))
(assert_return
    (invoke "vector" (v128.const i32x4 1 2 3 4))
    (v128.const i32x4 1 2 3 4))
(assert_return (invoke "order" (i32.const 0)) (i32.const 100))
(assert_return (invoke "order" (i32.const 1)) (i32.const 10))
(assert_return (invoke "order" (i32.const 2)) (i32.const 200))
(assert_return (invoke "order" (i32.const 3)) (i32.const 3))
(assert_return (invoke "catch-all" (i32.const 0)) (i32.const 2))
(assert_return (invoke "catch-all" (i32.const 1)) (i32.const 1))
(assert_return (invoke "foreign" (i32.const 0)) (i32.const 7))
(assert_return (invoke "foreign" (i32.const 13)) (i32.const 13))
(assert_return (invoke "state") (i32.const 30))
(assert_return (invoke "rethrow" (i32.const 0)) (i32.const 42))
(assert_return (invoke "rethrow" (i32.const 1)) (i32.const 23))
(assert_return (invoke "rethrow-outer") (i32.const 1))
(assert_exception (invoke "rethrow-uncaught"))
(assert_return (invoke "delegate" (i32.const 0)) (i32.const 1))
(assert_return (invoke "delegate" (i32.const 1)) (i32.const 3))
(assert_return (invoke "delegate-to-caller" (i32.const 0)))
(assert_exception (invoke "delegate-to-caller" (i32.const 1)))
(assert_return (invoke "delegate-to-block") (i32.const 1))
(assert_return (invoke "branch-out") (i32.const 9))
(assert_return (invoke "deep" (i32.const 0)) (i32.const 77))
(assert_return (invoke "deep" (i32.const 1000)) (i32.const 77))
(assert_return (invoke "loop" (i32.const 100)) (i32.const 5050))
(assert_trap (invoke "trap" (i32.const 0)) "integer divide by zero")
(assert_trap (invoke "trap-memory") "out of bounds memory access")
(assert_return (invoke "indirect" (i32.const 0)) (i32.const 1))
(assert_return (invoke "indirect" (i32.const 1)) (i32.const 2))
(assert_exception (invoke "uncaught"))

(assert_invalid (module (tag) (func (try (do) (catch 1)))) "unknown tag")
(assert_invalid (module (func (block (rethrow 0)))) "invalid rethrow label")
(assert_invalid
    (module (tag (param i32)) (func (try (do) (catch 0))))
    "type mismatch")
