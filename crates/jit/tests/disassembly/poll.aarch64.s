;; leaf
  stp fp, lr, [sp, #-16]!
  mov fp, sp
block0:
  b label1
block1:
  add w2, w3, #1
  ldp fp, lr, [sp], #16
  ret
;; loop
  stp fp, lr, [sp, #-16]!
  mov fp, sp
block0:
  ldr x15, [x2]
  ldr x0, [x15]
  mov x1, sp
  subs xzr, x1, x0
  b.lo label2 ; b label1
block1:
  mov x0, x2
  b label3
block3:
  b label4
block4:
  ldar x1, [x15]
  movn x2, #0
  subs xzr, x1, x2
  b.eq label6 ; b label5
block5:
  b label7
block7:
  ldr w1, [x0, #32]
  add w1, w1, #1
  str w1, [x0, #32]
  sub w3, w3, #1
  cbnz w3, label8 ; b label9
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
  ldr x1, [x0, #104]
  mov x0, x2
  blr x1
  b label3
block6:
  ldr x1, [x0, #8]
  ldr x1, [x1, #104]
  blr x1
  b label7
;; recursive
  stp fp, lr, [sp, #-16]!
  mov fp, sp
  str x22, [sp, #-16]!
  stp x19, x20, [sp, #-16]!
block0:
  ldr x14, [x2]
  ldr x14, [x14]
  mov x15, sp
  subs xzr, x15, x14
  b.lo label2 ; b label1
block1:
  mov x20, x2
  b label3
block3:
  subs wzr, w3, #2
  mov x19, x3
  b.lo label5 ; b label4
block4:
  mov x0, x19
  sub w3, w0, #1
  mov x2, x20
  bl 0
  mov x3, x19
  mov x22, x2
  sub w3, w3, #2
  mov x2, x20
  bl 0
  mov x0, x22
  add w3, w0, w2
  b label6
block5:
  mov x3, x19
  b label6
block6:
  b label7
block7:
  mov x2, x3
  ldp x19, x20, [sp], #16
  ldr x22, [sp], #16
  ldp fp, lr, [sp], #16
  ret
block2:
  ldr x0, [x2, #8]
  ldr x1, [x0, #104]
  mov x0, x2
  mov x20, x2
  blr x1
  b label3
