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
  ldr x5, [x0, #32]
  b label4
block4:
  ldar x6, [x1]
  movn x7, #0
  subs xzr, x6, x7
  b.eq label6 ; b label5
block5:
  b label7
block7:
  ldr w6, [x5, w3, UXTW]
  add w3, w3, #4
  add w2, w2, w6
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
  ldr x6, [x0, #8]
  ldr x6, [x6, #104]
  blr x6
  b label7
