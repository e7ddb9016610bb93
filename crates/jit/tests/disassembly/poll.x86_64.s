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
  movq    %rsp, %rcx
  jmp     label1
block1:
  movq (%rax), %rdx
  cmpq %rdx, %rcx
  jb      label10; j label2
block2:
  jmp     label3
block3:
  movq (%rax), %rcx
  cmpq $0xffffffffffffffff, %rcx
  jz      label9; j label4
block4:
  addl $0x1, 0x20(%rdi)
  subl $0x1, %esi
  testl %esi, %esi
  jnz     label5; j label6
block5:
  jmp     label3
block6:
  jmp     label7
block7:
  jmp     label8
block8:
  movq %rbp, %rsp
  popq %rbp
  retq
block9:
  movq 8(%rdi), %rcx
  movq 0x68(%rcx), %rcx
  call    *%rcx
  jmp     label3
block10:
  movq 8(%rdi), %rdx
  movq 0x68(%rdx), %rdx
  call    *%rdx
  jmp     label1
;; recursive
  pushq %rbp
  movq %rsp, %rbp
  subq $0x20, %rsp
  movq %rbx, (%rsp)
  movq %r12, 8(%rsp)
  movq %r15, 0x10(%rsp)
block0:
  movq %rsi, %r15
  movq (%rdi), %rax
  movq %rdi, %rbx
  movq    %rsp, %rcx
  jmp     label1
block1:
  movq (%rax), %rdx
  cmpq %rdx, %rcx
  jb      label7; j label2
block2:
  movq %r15, %rax
  cmpl $0x2, %eax
  jb      label4; j label3
block3:
  movq %rax, %rsi
  subl $0x1, %esi
  movq %rax, %r15
  movq %rbx, %rdi
  call    User(userextname0)
  movq %r15, %rsi
  movq %rax, %r12
  subl $0x2, %esi
  movq %rbx, %rdi
  call    User(userextname0)
  movq %r12, %rcx
  leal (%rcx, %rax), %esi
  jmp     label5
block4:
  movq %rax, %rsi
  jmp     label5
block5:
  jmp     label6
block6:
  movq %rsi, %rax
  movq (%rsp), %rbx
  movq 8(%rsp), %r12
  movq 0x10(%rsp), %r15
  addq $0x20, %rsp
  movq %rbp, %rsp
  popq %rbp
  retq
block7:
  movq %r15, %rsi
  movq %rbx, %rdi
  movq 8(%rdi), %rdx
  movq 0x68(%rdx), %rdx
  call    *%rdx
  jmp     label1
