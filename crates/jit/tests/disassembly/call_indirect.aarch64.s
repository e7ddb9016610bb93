;; call
  stp fp, lr, [sp, #-16]!
  mov fp, sp
block0:
  ldr x0, [x2]
  ldr x0, [x0]
  mov x1, sp
  subs xzr, x1, x0
  b.lo label2 ; b label1
block1:
  mov x0, x2
  b label3
block3:
  ldr x1, [x0, #32]
  mov w2, w3
  subs xzr, x2, #8
  b.hs #trap=user4
  add x3, x1, x2, LSL 3
  subs xzr, x2, #8
  csel x1, x1, x3, hs
  ldr x1, [x1]
  ldr w2, [x1, #16]
  ldr x0, [x0, #16]
  ldr w0, [x0]
  subs wzr, w2, w0
  b.ne #trap=user6
  ldr x0, [x1]
  ldr x2, [x1, #8]
  mov x3, x4
  mov x4, x5
  blr x0
  b label4
block4:
  ldp fp, lr, [sp], #16
  ret
block2:
  ldr x0, [x2, #8]
  ldr x1, [x0, #104]
  mov x0, x2
  blr x1
  b label3
