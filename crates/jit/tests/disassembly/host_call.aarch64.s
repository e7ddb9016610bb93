;; caller
  stp fp, lr, [sp, #-16]!
  mov fp, sp
block0:
  ldr x11, [x2]
  mov x12, sp
  b label1
block1:
  ldr x13, [x11]
  subs xzr, x12, x13
  b.lo label4 ; b label2
block2:
  ldr x14, [x2, #32]
  ldr x2, [x2, #40]
  blr x14
  b label3
block3:
  ldp fp, lr, [sp], #16
  ret
block4:
  ldr x0, [x2, #8]
  mov x13, x2
  ldr x1, [x0, #104]
  mov x0, x13
  blr x1
  mov x2, x0
  b label1
;; host trampoline
  stp fp, lr, [sp, #-16]!
  mov fp, sp
  str x19, [sp, #-16]!
  sub sp, sp, #32
block0:
  mov x19, x2
  mov x1, sp
  str w3, [sp]
  str x4, [sp, #16]
  ldr x15, [x2]
  mov x0, fp
  ldr x0, [x0]
  str x0, [x15, #8]
  ldr x0, [fp, #8]
  str x0, [x15, #16]
  ldr x2, [x2, #16]
  mov x0, x19
  blr x2
  cbnz x0, label2 ; b label1
block1:
  ldr x2, [sp]
  add sp, sp, #32
  ldr x19, [sp], #16
  ldp fp, lr, [sp], #16
  ret
block2:
  mov x2, x19
  ldr x0, [x2, #8]
  ldr x1, [x0, #144]
  mov x0, x19
  blr x1
  udf #0xc11f
