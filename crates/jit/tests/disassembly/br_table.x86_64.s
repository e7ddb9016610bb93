;; switch
  pushq %rbp
  movq %rsp, %rbp
block0:
  movl $0x3, %r8d
  movl %esi, %r9d
  cmpl %r8d, %r9d
  cmovbl %r9d, %r8d
  br_table %r8, %rcx, %rax
block1:
  movl $0x1e, %eax
  movq %rbp, %rsp
  popq %rbp
  retq
block2:
  movl $0x14, %eax
  movq %rbp, %rsp
  popq %rbp
  retq
block3:
  movl $0xa, %eax
  movq %rbp, %rsp
  popq %rbp
  retq
block4:
  jmp     label5
block5:
  movl $0x28, %eax
  movq %rbp, %rsp
  popq %rbp
  retq
