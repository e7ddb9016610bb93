;; load
  stp fp, lr, [sp, #-16]!
  mov fp, sp
block0:
  ldr x5, [x2, #32]
  add x5, x5, x3, UXTW
  ldr w2, [x5, #16]
  b label1
block1:
  ldp fp, lr, [sp], #16
  ret
;; store
  stp fp, lr, [sp, #-16]!
  mov fp, sp
block0:
  ldr x5, [x2, #32]
  add x5, x5, x3, UXTW
  str x4, [x5, #8]
  b label1
block1:
  ldp fp, lr, [sp], #16
  ret
;; sum
  stp fp, lr, [sp, #-16]!
  mov fp, sp
block0:
  ldr x6, [x2]
  mov x7, x2
  mov x1, sp
  b label1
block1:
  ldr x0, [x6]
  subs xzr, x1, x0
  b.lo label10 ; b label2
block2:
  movz w2, #0
  mov x5, x7
  ldr x1, [x5, #32]
  b label3
block3:
  ldar x0, [x6]
  movn x7, #0
  subs xzr, x0, x7
  b.eq label9 ; b label4
block4:
  ldr w0, [x1, w3, UXTW]
  add w3, w3, #4
  add w2, w2, w0
  subs wzr, w3, w4
  b.lo label5 ; b label6
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
  ldr x0, [x5, #8]
  mov x7, x5
  ldr x5, [x0, #104]
  mov x0, x7
  blr x5
  mov x5, x0
  b label3
block10:
  mov x0, x7
  ldr x2, [x0, #8]
  ldr x2, [x2, #104]
  blr x2
  b label1
