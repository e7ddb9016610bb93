;; More of the earlier form of exception handling: tags of other modules, several
;; types of values, `rethrow` and `delegate` to outer blocks, traps.

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

    (func (export "empty-catch")
        try
        catch $e0
        end)

    (func (export "simple") (param i32) (result i32)
        try (result i32)
            (call $throw-if (local.get 0)) (i32.const 1)
        catch $e0 (i32.const 2)
        end)

    (func (export "value") (param i32) (result i32)
        try (result i32)
            (throw $i32 (local.get 0))
        catch $i32 (i32.add (i32.const 1))
        end)

    (func (export "values") (param i32 i64 f32 f64) (result i32 i64 f32 f64)
        try (result i32 i64 f32 f64)
            (throw $mixed (local.get 0) (local.get 1) (local.get 2) (local.get 3))
        catch $mixed
        end)

    (func (export "vector") (param v128) (result v128)
        try (result v128)
            (throw $v128 (local.get 0))
        catch $v128
        end)

    ;; The first handler that fits counts; other tags pass on.
    (func (export "order") (param i32) (result i32)
        try (result i32)
            try (result i32)
                (if (i32.eq (local.get 0) (i32.const 0)) (then (throw $e0)))
                (if (i32.eq (local.get 0) (i32.const 1)) (then (throw $i32 (i32.const 10))))
                (if (i32.eq (local.get 0) (i32.const 2))
                    (then (throw $mixed (i32.const 0) (i64.const 0) (f32.const 0) (f64.const 0))))
                (i32.const 3)
            catch $e0 (i32.const 100)
            catch $i32
            end
        catch $e0 (i32.const -1)
        catch_all (i32.const 200)
        end)

    (func (export "catch-all") (param i32) (result i32)
        try (result i32)
            (if (local.get 0) (then (throw $i32 (i32.const 1))) (else (throw $e0)))
            (i32.const 0)
        catch $i32
        catch_all (i32.const 2)
        end)

    ;; Exceptions of another module, caught by their tag and not by a like one.
    (func (export "foreign") (param i32) (result i32)
        try (result i32)
            (if (local.get 0)
                (then (call $foreign1 (local.get 0)))
                (else (call $foreign0)))
            (i32.const -1)
        catch $e0 (i32.const -2)
        catch $i32
        catch $imported0 (i32.const 7)
        catch $imported1
        end)

    ;; Locals and the memory keep what was done before the throw.
    (func (export "state") (result i32)
        (local $l i32)
        try
            (local.set $l (i32.const 5))
            (i32.store (i32.const 0) (i32.const 6))
            (call $throw-if (i32.const 1))
            (local.set $l (i32.const 50))
        catch $e0
        end
        (i32.mul (local.get $l) (i32.load (i32.const 0))))

    (func (export "rethrow") (param i32) (result i32)
        try (result i32)
            try (result i32)
                (throw $i32 (local.get 0))
            catch_all
                (if (i32.eqz (local.get 0)) (then (rethrow 1)))
                (i32.const 23)
            end
        catch $i32 (drop) (i32.const 42)
        end)

    ;; Two catches are open; rethrow names the outer one.
    (func (export "rethrow-outer") (result i32)
        try (result i32)
            try (result i32)
                (throw $i32 (i32.const 1))
            catch $i32
                (drop)
                try (result i32)
                    (throw $i32 (i32.const 2))
                catch $i32 (drop) (rethrow 1)
                end
            end
        catch $i32
        end)

    (func (export "rethrow-uncaught")
        try
            (throw $e0)
        catch $e0 (rethrow 0)
        end)

    (func (export "delegate") (param i32) (result i32)
        try $outer (result i32)
            try (result i32)
                try (result i32)
                    (call $throw-if (local.get 0)) (i32.const 1)
                delegate $outer
            catch_all (i32.const 2)
            end
        catch $e0 (i32.const 3)
        end)

    (func (export "delegate-to-caller") (param i32)
        try
            try
                (call $throw-if (local.get 0))
            delegate 1
        catch_all (unreachable)
        end)

    ;; A label that is no try: on to the one around it.
    (func (export "delegate-to-block") (result i32)
        try (result i32)
            (block $b
                try
                    (throw $e0)
                delegate $b)
            (i32.const 0)
        catch_all (i32.const 1)
        end)

    ;; Leaving by a branch leaves the handler too.
    (func (export "branch-out") (result i32)
        try (result i32)
            (block $out
                try
                    (br $out)
                catch_all (unreachable)
                end)
            (throw $i32 (i32.const 9))
        catch $i32
        end)

    (func $deep (param i32)
        (if (local.get 0)
            (then (call $deep (i32.sub (local.get 0) (i32.const 1))))
            (else (throw $i32 (i32.const 77)))))
    (func (export "deep") (param i32) (result i32)
        try (result i32)
            (call $deep (local.get 0)) (i32.const 0)
        catch $i32
        end)

    (func (export "loop") (param $times i32) (result i32)
        (local $sum i32)
        (loop $again
            try
                (throw $i32 (local.get $times))
            catch $i32 (local.set $sum (i32.add (local.get $sum)))
            end
            (br_if $again (local.tee $times (i32.sub (local.get $times) (i32.const 1)))))
        (local.get $sum))

    ;; A trap is no exception.
    (func (export "trap") (param i32) (result i32)
        try (result i32)
            (i32.div_u (i32.const 1) (local.get 0))
        catch_all (i32.const 1)
        end)
    (func (export "trap-memory") (result i32)
        try (result i32)
            (i32.load (i32.const -1))
        catch_all (i32.const 1)
        end)

    (table funcref (elem $foreign0 $deep-table))
    (func $deep-table (throw $e0))
    (func (export "indirect") (param i32) (result i32)
        try (result i32)
            (call_indirect (local.get 0)) (i32.const 0)
        catch $imported0 (i32.const 1)
        catch $e0 (i32.const 2)
        end)

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

(assert_invalid (module (tag) (func try
            catch 1
            end)) "unknown tag")
(assert_invalid (module (func (block (rethrow 0)))) "invalid rethrow label")
(assert_invalid
    (module (tag (param i32)) (func try
            catch 0
            end))
    "type mismatch")
