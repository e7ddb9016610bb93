;; throw
  stp fp, lr, [sp, #-16]!
  mov fp, sp
  sub sp, sp, #16
block0:
  mov x6, sp
  str w3, [sp]
  ldr x7, [x2, #8]
  ldr x7, [x7, #112]
  add x1, x2, #32
  mov x0, x2
  mov x2, x6
  blr x7
  udf #0xc11f
;; catch
  stp fp, lr, [sp, #-16]!
  mov fp, sp
  stp x27, x28, [sp, #-16]!
  stp x25, x26, [sp, #-16]!
  stp x23, x24, [sp, #-16]!
  stp x21, x22, [sp, #-16]!
  stp x19, x20, [sp, #-16]!
  stp d14, d15, [sp, #-16]!
  stp d12, d13, [sp, #-16]!
  stp d10, d11, [sp, #-16]!
  stp d8, d9, [sp, #-16]!
  sub sp, sp, #16
block0:
  ldr x4, [x2]
  str x2, [sp]
  mov x1, sp
  b label1
block1:
  ldr x0, [x4]
  subs xzr, x1, x0
  b.lo label10 ; b label2
block2:
  ldr x2, [sp]
  bl 0; b MachLabel(3); catch [default: MachLabel(5)]
block3:
  b label4
block4:
  movn w2, #0
  b label8
block7:
  ldr w2, [x1, #16]
  b label8
block8:
  b label9
block9:
  add sp, sp, #16
  ldp d8, d9, [sp], #16
  ldp d10, d11, [sp], #16
  ldp d12, d13, [sp], #16
  ldp d14, d15, [sp], #16
  ldp x19, x20, [sp], #16
  ldp x21, x22, [sp], #16
  ldp x23, x24, [sp], #16
  ldp x25, x26, [sp], #16
  ldp x27, x28, [sp], #16
  ldp fp, lr, [sp], #16
  ret
block5:
  mov x1, x0
  ldr x2, [x1]
  ldr x0, [sp]
  add x3, x0, #32
  subs xzr, x2, x3
  b.eq label7 ; b label6
block6:
  ldr x2, [sp]
  ldr x2, [x2, #8]
  ldr x2, [x2, #120]
  ldr x0, [sp]
  blr x2
  udf #0xc11f
block10:
  ldr x0, [sp]
  ldr x2, [x0, #8]
  ldr x2, [x2, #104]
  blr x2
  b label1
