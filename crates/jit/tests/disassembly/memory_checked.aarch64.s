;; load
  stp fp, lr, [sp, #-16]!
  mov fp, sp
block0:
  ldr x11, [x2, #40]
  mov w10, w3
  sub x11, x11, #20
  subs xzr, x10, x11
  b.hi #trap=user2
  ldr x12, [x2, #32]
  add x13, x12, x3, UXTW
  add x13, x13, #16
  subs xzr, x10, x11
  csel x13, x12, x13, hi
  ldr w2, [x13]
  b label1
block1:
  ldp fp, lr, [sp], #16
  ret
;; store
  stp fp, lr, [sp, #-16]!
  mov fp, sp
block0:
  ldr x11, [x2, #40]
  mov w10, w3
  sub x11, x11, #16
  subs xzr, x10, x11
  b.hi #trap=user2
  ldr x12, [x2, #32]
  add x13, x12, x3, UXTW
  add x13, x13, #8
  subs xzr, x10, x11
  csel x13, x12, x13, hi
  str x4, [x13]
  b label1
block1:
  ldp fp, lr, [sp], #16
  ret
;; sum
  stp fp, lr, [sp, #-16]!
  mov fp, sp
block0:
  ldr x5, [x2]
  mov x6, x2
  mov x1, sp
  b label1
block1:
  ldr x0, [x5]
  subs xzr, x1, x0
  b.lo label10 ; b label2
block2:
  movz w2, #0
  b label3
block3:
  ldar x0, [x5]
  movn x1, #0
  subs xzr, x0, x1
  b.eq label9 ; b label4
block4:
  mov x1, x6
  ldr x6, [x1, #40]
  mov w0, w3
  sub x6, x6, #4
  subs xzr, x0, x6
  b.hi #trap=user2
  ldr x7, [x1, #32]
  add x8, x7, x3, UXTW
  subs xzr, x0, x6
  csel x0, x7, x8, hi
  ldr w0, [x0]
  add w3, w3, #4
  add w2, w2, w0
  subs wzr, w3, w4
  b.lo label5 ; b label6
block5:
  mov x6, x1
  b label3
block6:
  b label7
block7:
  b label8
block8:
  ldp fp, lr, [sp], #16
  ret
block9:
  mov x1, x6
  ldr x0, [x1, #8]
  ldr x1, [x0, #104]
  mov x0, x6
  blr x1
  b label3
block10:
  mov x0, x6
  ldr x2, [x0, #8]
  ldr x2, [x2, #104]
  blr x2
  b label1
