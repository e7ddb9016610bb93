;; switch
  stp fp, lr, [sp, #-16]!
  mov fp, sp
block0:
  emit_island 48
  subs wzr, w3, #3
  mov x9, #3 ; csel x9, x3, x9, lo ; csdb ; adr x8, pc+16 ; ldrsw x9, [x8, x9, uxtw #2] ; add x8, x8, x9 ; br x8 ; jt_entries [MachLabel(3), MachLabel(2), MachLabel(1)] ; default label4
block1:
  movz w2, #30
  ldp fp, lr, [sp], #16
  ret
block2:
  movz w2, #20
  ldp fp, lr, [sp], #16
  ret
block3:
  movz w2, #10
  ldp fp, lr, [sp], #16
  ret
block4:
  b label5
block5:
  movz w2, #40
  ldp fp, lr, [sp], #16
  ret
