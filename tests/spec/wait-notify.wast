;; Waiting and waking, within one thread and between several.

(module $memory (memory (export "shared") 1 1 shared))
(register "memory" $memory)

(module $main
    (memory (import "memory" "shared") 1 1 shared)
    (func (export "wait32") (param i32 i32 i64) (result i32)
        (memory.atomic.wait32 (local.get 0) (local.get 1) (local.get 2)))
    (func (export "wait64") (param i32 i64 i64) (result i32)
        (memory.atomic.wait64 (local.get 0) (local.get 1) (local.get 2)))
    (func (export "notify") (param i32 i32) (result i32)
        (memory.atomic.notify (local.get 0) (local.get 1)))
    (func (export "store") (param i32 i32) (i32.atomic.store (local.get 0) (local.get 1)))
    (func (export "load") (param i32) (result i32) (i32.atomic.load (local.get 0)))
    ;; Notifies until so many waiters were woken.
    (func (export "wake") (param $address i32) (param $count i32)
        (loop $again
            (local.set $count
                (i32.sub
                    (local.get $count)
                    (memory.atomic.notify (local.get $address) (local.get $count))))
            (br_if $again (local.get $count))))
)

;; Another value is there.
(assert_return (invoke "wait32" (i32.const 0) (i32.const 1) (i64.const -1)) (i32.const 1))
(assert_return (invoke "wait64" (i32.const 0) (i64.const 1) (i64.const -1)) (i32.const 1))
;; Time runs out.
(assert_return (invoke "wait32" (i32.const 0) (i32.const 0) (i64.const 0)) (i32.const 2))
(assert_return (invoke "wait32" (i32.const 0) (i32.const 0) (i64.const 1000000)) (i32.const 2))
(assert_return (invoke "wait64" (i32.const 0) (i64.const 0) (i64.const 1000000)) (i32.const 2))
;; Nobody waits.
(assert_return (invoke "notify" (i32.const 0) (i32.const 1)) (i32.const 0))
(assert_return (invoke "notify" (i32.const 0) (i32.const -1)) (i32.const 0))
;; Addresses are checked.
(assert_trap (invoke "wait32" (i32.const 1) (i32.const 0) (i64.const 0)) "unaligned atomic")
(assert_trap (invoke "wait32" (i32.const 2) (i32.const 0) (i64.const 0)) "unaligned atomic")
(assert_trap (invoke "wait64" (i32.const 4) (i64.const 0) (i64.const 0)) "unaligned atomic")
(assert_trap (invoke "notify" (i32.const 2) (i32.const 0)) "unaligned atomic")
(assert_trap (invoke "wait32" (i32.const 65536) (i32.const 0) (i64.const 0)) "out of bounds memory access")
(assert_trap (invoke "wait64" (i32.const 65536) (i64.const 0) (i64.const 0)) "out of bounds memory access")
(assert_trap (invoke "notify" (i32.const 65536) (i32.const 0)) "out of bounds memory access")

;; Three waiters: two at one address, one with 64 bits at another.
(thread $T1 (shared (module $memory))
    (register "memory" $memory)
    (module
        (memory (import "memory" "shared") 1 1 shared)
        (func (export "wait") (result i32)
            (memory.atomic.wait32 (i32.const 64) (i32.const 0) (i64.const -1))))
    (assert_return (invoke "wait") (i32.const 0)))
(thread $T2 (shared (module $memory))
    (register "memory" $memory)
    (module
        (memory (import "memory" "shared") 1 1 shared)
        (func (export "wait") (result i32)
            (memory.atomic.wait32 (i32.const 64) (i32.const 0) (i64.const 60000000000))))
    (assert_return (invoke "wait") (i32.const 0)))
(thread $T3 (shared (module $memory))
    (register "memory" $memory)
    (module
        (memory (import "memory" "shared") 1 1 shared)
        (func (export "wait") (result i32)
            (memory.atomic.wait64 (i32.const 128) (i64.const 0) (i64.const -1))))
    (assert_return (invoke "wait") (i32.const 0)))

(assert_return (invoke "wake" (i32.const 64) (i32.const 2)))
(assert_return (invoke "wake" (i32.const 128) (i32.const 1)))
(wait $T1)
(wait $T2)
(wait $T3)

;; A memory that is not shared cannot be waited on, but notified.
(module
    (memory 1)
    (func (export "wait32") (result i32)
        (memory.atomic.wait32 (i32.const 0) (i32.const 0) (i64.const 0)))
    (func (export "notify") (result i32) (memory.atomic.notify (i32.const 0) (i32.const 1))))
(assert_trap (invoke "wait32") "expected shared memory")
(assert_return (invoke "notify") (i32.const 0))

;; Growing in one thread shows in the other.
(module $growing (memory (export "shared") 1 4 shared))
(register "growing" $growing)
(module
    (memory (import "growing" "shared") 1 4 shared)
    (func (export "size") (result i32) (memory.size))
    (func (export "load") (param i32) (result i32) (i32.load (local.get 0))))
(assert_trap (invoke "load" (i32.const 65536)) "out of bounds memory access")
(thread $T4 (shared (module $growing))
    (register "growing" $growing)
    (module
        (memory (import "growing" "shared") 1 4 shared)
        (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
        (func (export "store") (i32.store (i32.const 65536) (i32.const 99))))
    (assert_return (invoke "grow" (i32.const 2)) (i32.const 1))
    (assert_return (invoke "grow" (i32.const 2)) (i32.const -1))
    (assert_return (invoke "store")))
(wait $T4)
(assert_return (invoke "size") (i32.const 3))
(assert_return (invoke "load" (i32.const 65536)) (i32.const 99))
