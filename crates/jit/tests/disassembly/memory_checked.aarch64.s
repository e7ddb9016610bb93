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
  ldr x1, [x2]
  ldr x0, [x1]
  mov x5, sp
  subs xzr, x5, x0
  b.lo label2 ; b label1
block1:
  mov x0, x2
  b label3
block3:
  movz w2, #0
  b label4
block4:
  ldar x5, [x1]
  movn x6, #0
  subs xzr, x5, x6
  b.eq label6 ; b label5
block5:
  b label7
block7:
  ldr x6, [x0, #40]
  mov w5, w3
  sub x6, x6, #4
  subs xzr, x5, x6
  b.hi #trap=user2
  ldr x7, [x0, #32]
  add x8, x7, x3, UXTW
  subs xzr, x5, x6
  csel x5, x7, x8, hi
  ldr w5, [x5]
  add w3, w3, #4
  add w2, w2, w5
  subs wzr, w3, w4
  b.lo label8 ; b label9
block8:
  b label4
block9:
  b label10
block10:
  b label11
block11:
  ldp fp, lr, [sp], #16
  ret
block2:
  ldr x0, [x2, #8]
  ldr x5, [x0, #104]
  mov x0, x2
  blr x5
  b label3
block6:
  ldr x5, [x0, #8]
  ldr x5, [x5, #104]
  blr x5
  b label7
