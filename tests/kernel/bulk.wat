;; Copies and fills of many lengths, overlapping or not, compared with loops; ends with
;; the number of those that were wrong. With arguments, beyond the memory's end.
(module
  (memory (export "memory") 2 2)
  (global $heap (mut i32) (i32.const 60000))
  (func (export "stackAlloc") (param i32) (result i32)
    (global.set $heap (i32.and (i32.sub (global.get $heap) (local.get 0)) (i32.const -16)))
    (global.get $heap))

  ;; 2048 bytes that are different.
  (func $prepare (param $at i32) (local $i i32)
    (loop $next
      (i32.store8 (i32.add (local.get $at) (local.get $i))
        (i32.add (i32.mul (local.get $i) (i32.const 7)) (i32.shr_u (local.get $i) (i32.const 8))))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $next (i32.lt_u (local.get $i) (i32.const 2048)))))

  (func $move (param $to i32) (param $from i32) (param $length i32) (local $i i32)
    (block $done
      (loop $next
        (br_if $done (i32.eq (local.get $i) (local.get $length)))
        (if (i32.le_u (local.get $to) (local.get $from))
          (then
            (i32.store8 (i32.add (local.get $to) (local.get $i))
              (i32.load8_u (i32.add (local.get $from) (local.get $i)))))
          (else
            (i32.store8
              (i32.sub (i32.add (local.get $to) (local.get $length)) (i32.add (local.get $i) (i32.const 1)))
              (i32.load8_u
                (i32.sub (i32.add (local.get $from) (local.get $length))
                  (i32.add (local.get $i) (i32.const 1)))))))
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (br $next))))

  (func $set (param $to i32) (param $byte i32) (param $length i32)
    (block $done
      (loop $next
        (br_if $done (i32.eqz (local.get $length)))
        (local.set $length (i32.sub (local.get $length) (i32.const 1)))
        (i32.store8 (i32.add (local.get $to) (local.get $length)) (local.get $byte))
        (br $next))))

  (func $differ (param $one i32) (param $other i32) (result i32) (local $i i32)
    (loop $next
      (if (i64.ne (i64.load (i32.add (local.get $one) (local.get $i)))
                  (i64.load (i32.add (local.get $other) (local.get $i))))
        (then (return (i32.const 1))))
      (local.set $i (i32.add (local.get $i) (i32.const 8)))
      (br_if $next (i32.lt_u (local.get $i) (i32.const 2048))))
    (i32.const 0))

  ;; One copy and one fill, within 2048 bytes; how many went wrong.
  (func $try (param $to i32) (param $from i32) (param $length i32) (result i32)
    (call $prepare (i32.const 4096))
    (call $prepare (i32.const 12288))
    (memory.copy (i32.add (i32.const 4096) (local.get $to))
      (i32.add (i32.const 4096) (local.get $from)) (local.get $length))
    (call $move (i32.add (i32.const 12288) (local.get $to))
      (i32.add (i32.const 12288) (local.get $from)) (local.get $length))
    (call $differ (i32.const 4096) (i32.const 12288))
    (memory.fill (i32.add (i32.const 4096) (local.get $from))
      (i32.add (local.get $to) (i32.const 1234)) (local.get $length))
    (call $set (i32.add (i32.const 12288) (local.get $from))
      (i32.add (local.get $to) (i32.const 1234)) (local.get $length))
    (i32.add (call $differ (i32.const 4096) (i32.const 12288))))

  (func (export "main") (param $arguments i32) (param i32) (result i32)
    (local $to i32) (local $from i32) (local $length i32) (local $wrong i32)
    (if (i32.eq (local.get $arguments) (i32.const 2))
      (then (memory.fill (i32.const 0x1fffc) (i32.const 1) (i32.const 5))))
    (if (i32.eq (local.get $arguments) (i32.const 3))
      (then (memory.copy (i32.const 0) (i32.const 0x1fffc) (i32.const 5))))
    (if (i32.eq (local.get $arguments) (i32.const 4))
      (then (memory.copy (i32.const -1) (i32.const 0) (i32.const 2))))
    (loop $lengths
      (local.set $from (i32.const 64))
      (loop $froms
        (local.set $to (i32.const 60))
        (loop $tos
          (local.set $wrong (i32.add (local.get $wrong)
            (call $try (local.get $to) (local.get $from) (local.get $length))))
          (local.set $to (i32.add (local.get $to) (i32.const 9)))
          (br_if $tos (i32.lt_u (local.get $to) (i32.const 110))))
        (local.set $from (i32.add (local.get $from) (i32.add (i32.const 7) (local.get $from))))
        (br_if $froms (i32.lt_u (local.get $from) (i32.const 700))))
      (local.set $length (i32.add (local.get $length)
        (select (i32.const 1) (i32.const 71) (i32.lt_u (local.get $length) (i32.const 36)))))
      (br_if $lengths (i32.lt_u (local.get $length) (i32.const 1100))))
    ;; To the last byte.
    (memory.copy (i32.const 0x1fff7) (i32.const 4096) (i32.const 9))
    (memory.fill (i32.const 0x1ffff) (i32.const 1) (i32.const 1))
    (local.get $wrong)))
