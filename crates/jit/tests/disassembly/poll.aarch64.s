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
  mov x1, sp
  b label1
block1:
  ldr x0, [x15]
  subs xzr, x1, x0
  b.lo label10 ; b label2
block2:
  b label3
block3:
  ldar x0, [x15]
  movn x1, #0
  subs xzr, x0, x1
  b.eq label9 ; b label4
block4:
  ldr w0, [x2, #32]
  add w0, w0, #1
  str w0, [x2, #32]
  sub w3, w3, #1
  cbnz w3, label5 ; b label6
block5:
  b label3
block6:
  b label7
block7:
  b label8
block8:
  ldp fp, lr, [sp], #16
  ret
block9:
  ldr x0, [x2, #8]
  ldr x1, [x0, #104]
  mov x0, x2
  blr x1
  b label3
block10:
  mov x0, x2
  ldr x2, [x0, #8]
  ldr x2, [x2, #104]
  blr x2
  mov x2, x0
  b label1
;; recursive
  stp fp, lr, [sp, #-16]!
  mov fp, sp
  str x22, [sp, #-16]!
  stp x19, x21, [sp, #-16]!
block0:
  ldr x14, [x2]
  mov x19, x2
  mov x15, sp
  b label1
block1:
  ldr x0, [x14]
  subs xzr, x15, x0
  b.lo label7 ; b label2
block2:
  mov x21, x3
  subs wzr, w21, #2
  b.lo label4 ; b label3
block3:
  sub w3, w21, #1
  mov x2, x19
  bl 0
  mov x22, x2
  sub w3, w21, #2
  mov x2, x19
  bl 0
  mov x0, x22
  add w21, w0, w2
  b label5
block4:
  b label5
block5:
  b label6
block6:
  mov x2, x21
  ldp x19, x21, [sp], #16
  ldr x22, [sp], #16
  ldp fp, lr, [sp], #16
  ret
block7:
  mov x2, x19
  mov x21, x3
  ldr x0, [x2, #8]
  ldr x1, [x0, #104]
  mov x0, x19
  blr x1
  b label1
