;; call
  stp fp, lr, [sp, #-16]!
  mov fp, sp
block0:
  mov x6, x5
  mov x7, x4
  ldr x5, [x2]
  mov x1, sp
  b label1
block1:
  ldr x0, [x5]
  subs xzr, x1, x0
  b.lo label4 ; b label2
block2:
  ldr x0, [x2, #32]
  mov x4, x3
  mov w1, w4
  subs xzr, x1, #8
  b.hs #trap=user4
  add x3, x0, x1, LSL 3
  subs xzr, x1, #8
  csel x0, x0, x3, hs
  ldr x0, [x0]
  ldr w1, [x0, #16]
  ldr x2, [x2, #16]
  ldr w2, [x2]
  subs wzr, w1, w2
  b.ne #trap=user6
  ldr x1, [x0]
  ldr x2, [x0, #8]
  mov x3, x7
  mov x4, x6
  blr x1
  b label3
block3:
  ldp fp, lr, [sp], #16
  ret
block4:
  mov x4, x3
  mov x3, x7
  ldr x0, [x2, #8]
  mov x7, x2
  ldr x2, [x0, #104]
  mov x0, x7
  blr x2
  mov x7, x3
  mov x3, x4
  mov x2, x0
  b label1
