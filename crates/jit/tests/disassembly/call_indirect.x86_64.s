;; call
  pushq %rbp
  movq %rsp, %rbp
block0:
  movq (%rdi), %rax
  movq (%rax), %rax
  movq    %rsp, %r8
  cmpq %rax, %r8
  jb      label2; j label1
block1:
  jmp     label3
block3:
  movq 0x20(%rdi), %rax
  movl %esi, %esi
  cmpq $0x8, %rsi
  jnb #trap=user4
  leaq (%rax, %rsi, 8), %r8
  cmpq $0x8, %rsi
  cmovaeq %rax, %r8
  movq (%r8), %rax
  movl 0x10(%rax), %esi
  movq 0x10(%rdi), %rdi
  cmpl (%rdi), %esi
  jnz #trap=user6
  movq (%rax), %r8
  movq 8(%rax), %rdi
  movq %rdx, %rsi
  movq %rcx, %rdx
  call    *%r8
  jmp     label4
block4:
  movq %rbp, %rsp
  popq %rbp
  retq
block2:
  movq 8(%rdi), %rax
  movq 0x68(%rax), %rax
  call    *%rax
  jmp     label3
