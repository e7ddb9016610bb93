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
  movq %rdi, <offset:1>+(%rsp)
  movq    %rsp, %rcx
  jmp     label1
block1:
  movq (%rax), %rdx
  cmpq %rdx, %rcx
  jb      label10; j label2
block2:
  movq <offset:1>+(%rsp), %rdi
  call    User(userextname0); jmp MachLabel(3); catch [default: MachLabel(5)]
block3:
  jmp     label4
block4:
  movl $0xffffffff, %eax
  jmp     label8
block7:
  movl 0x10(%rsi), %eax
  jmp     label8
block8:
  jmp     label9
block9:
  movq 0x10(%rsp), %rbx
  movq 0x18(%rsp), %r12
  movq 0x20(%rsp), %r13
  movq 0x28(%rsp), %r14
  movq 0x30(%rsp), %r15
  addq $0x40, %rsp
  movq %rbp, %rsp
  popq %rbp
  retq
block5:
  movq %rax, %rsi
  movq (%rsi), %rax
  movq <offset:1>+(%rsp), %rdi
  leaq 0x20(%rdi), %rcx
  cmpq %rcx, %rax
  jz      label7; j label6
block6:
  movq 8(%rdi), %rax
  movq 0x78(%rax), %rax
  call    *%rax
  ud2
block10:
  movq <offset:1>+(%rsp), %rdi
  movq 8(%rdi), %rdx
  movq 0x68(%rdx), %rdx
  call    *%rdx
  jmp     label1
