;; throw
  pushq %rbp
  movq %rsp, %rbp
  subq $0x10, %rsp
block0:
  leaq <offset:1>+(%rsp), %rdx
  movl %esi, <offset:1>+(%rsp)
  movq 8(%rdi), %r8
  movq 0x70(%r8), %r8
  leaq 0x20(%rdi), %rsi
  call    *%r8
  ud2
;; catch
  pushq %rbp
  movq %rsp, %rbp
  subq $0x40, %rsp
  movq %rbx, 0x10(%rsp)
  movq %r12, 0x18(%rsp)
  movq %r13, 0x20(%rsp)
  movq %r14, 0x28(%rsp)
  movq %r15, 0x30(%rsp)
block0:
  movq (%rdi), %rax
  movq (%rax), %rax
  movq    %rsp, %rcx
  cmpq %rax, %rcx
  jb      label2; j label1
block1:
  movq %rdi, <offset:1>+(%rsp)
  jmp     label3
block3:
  movq <offset:1>+(%rsp), %rdi
  call    User(userextname0); jmp MachLabel(4); catch [default: MachLabel(6)]
block4:
  jmp     label5
block5:
  movl $0xffffffff, %eax
  jmp     label9
block8:
  movl 0x10(%rsi), %eax
  jmp     label9
block9:
  jmp     label10
block10:
  movq 0x10(%rsp), %rbx
  movq 0x18(%rsp), %r12
  movq 0x20(%rsp), %r13
  movq 0x28(%rsp), %r14
  movq 0x30(%rsp), %r15
  addq $0x40, %rsp
  movq %rbp, %rsp
  popq %rbp
  retq
block2:
  movq 8(%rdi), %rax
  movq 0x68(%rax), %rax
  call    *%rax
  movq %rdi, <offset:1>+(%rsp)
  jmp     label3
block6:
  movq %rax, %rsi
  movq (%rsi), %rax
  movq <offset:1>+(%rsp), %rdi
  leaq 0x20(%rdi), %rcx
  cmpq %rcx, %rax
  jz      label8; j label7
block7:
  movq 8(%rdi), %rax
  movq 0x78(%rax), %rax
  call    *%rax
  ud2
