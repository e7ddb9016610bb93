;; switch
  stp fp, lr, [sp, #-16]!
  mov fp, sp
block0:
  emit_island 48
  subs wzr, w3, #3
  mov x10, #3 ; csel x10, x3, x10, lo ; csdb ; adr x9, pc+16 ; ldrsw x10, [x9, x10, uxtw #2] ; add x9, x9, x10 ; br x9 ; jt_entries [MachLabel(3), MachLabel(2), MachLabel(1)] ; default label4
block1:
  movz w2, #30
  b label5
block2:
  movz w2, #20
  b label5
block3:
  movz w2, #10
  b label5
block4:
  movz w2, #40
  b label5
block5:
  ldp fp, lr, [sp], #16
  ret
