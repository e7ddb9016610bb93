;; leaf
  pushq %rbp
  movq %rsp, %rbp
block0:
  jmp     label1
block1:
  leal 1(%rsi), %eax
  movq %rbp, %rsp
  popq %rbp
  retq
;; loop
  pushq %rbp
  movq %rsp, %rbp
block0:
  movq (%rdi), %rax
  movq (%rax), %rcx
  movq    %rsp, %rdx
  cmpq %rcx, %rdx
  jb      label2; j label1
block1:
  jmp     label3
block3:
  jmp     label4
block4:
  movq (%rax), %rcx
  cmpq $0xffffffffffffffff, %rcx
  jz      label6; j label5
block5:
  jmp     label7
block7:
  addl $0x1, 0x20(%rdi)
  subl $0x1, %esi
  testl %esi, %esi
  jnz     label8; j label9
block8:
  jmp     label4
block9:
  jmp     label10
block10:
  jmp     label11
block11:
  movq %rbp, %rsp
  popq %rbp
  retq
block2:
  movq 8(%rdi), %rcx
  movq 0x68(%rcx), %rcx
  call    *%rcx
  jmp     label3
block6:
  movq 8(%rdi), %rcx
  movq 0x68(%rcx), %rcx
  call    *%rcx
  jmp     label7
;; recursive
  pushq %rbp
  movq %rsp, %rbp
  subq $0x20, %rsp
  movq %rbx, (%rsp)
  movq %r12, 8(%rsp)
  movq %r15, 0x10(%rsp)
block0:
  movq (%rdi), %rax
  movq (%rax), %rax
  movq    %rsp, %rcx
  cmpq %rax, %rcx
  jb      label2; j label1
block1:
  movq %rdi, %rbx
  jmp     label3
block3:
  cmpl $0x2, %esi
  movq %rsi, %r15
  jb      label5; j label4
block4:
  movq %r15, %rax
  movq %rax, %rsi
  subl $0x1, %esi
  movq %rbx, %rdi
  call    User(userextname0)
  movq %r15, %rsi
  movq %rax, %r12
  subl $0x2, %esi
  movq %rbx, %rdi
  call    User(userextname0)
  movq %r12, %rcx
  leal (%rcx, %rax), %esi
  jmp     label6
block5:
  movq %r15, %rsi
  jmp     label6
block6:
  jmp     label7
block7:
  movq %rsi, %rax
  movq (%rsp), %rbx
  movq 8(%rsp), %r12
  movq 0x10(%rsp), %r15
  addq $0x20, %rsp
  movq %rbp, %rsp
  popq %rbp
  retq
block2:
  movq 8(%rdi), %rax
  movq 0x68(%rax), %rax
  call    *%rax
  movq %rdi, %rbx
  jmp     label3
