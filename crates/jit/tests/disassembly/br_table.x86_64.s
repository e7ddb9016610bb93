;; switch
  pushq %rbp
  movq %rsp, %rbp
block0:
  movl $0x3, %r9d
  movl %esi, %r10d
  cmpl %r9d, %r10d
  cmovbl %r10d, %r9d
  br_table %r9, %rcx, %rax
block1:
  movl $0x1e, %eax
  jmp     label5
block2:
  movl $0x14, %eax
  jmp     label5
block3:
  movl $0xa, %eax
  jmp     label5
block4:
  movl $0x28, %eax
  jmp     label5
block5:
  movq %rbp, %rsp
  popq %rbp
  retq
