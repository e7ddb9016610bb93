;; call
  pushq %rbp
  movq %rsp, %rbp
block0:
  movq %rcx, %r9
  movq %rsi, %r8
  movq %rdx, %rsi
  movq (%rdi), %rax
  movq    %rsp, %rcx
  jmp     label1
block1:
  movq (%rax), %rdx
  cmpq %rdx, %rcx
  jb      label4; j label2
block2:
  movq 0x20(%rdi), %rax
  movq %r8, %rdx
  movl %edx, %ecx
  cmpq $0x8, %rcx
  jnb #trap=user4
  leaq (%rax, %rcx, 8), %rdx
  cmpq $0x8, %rcx
  cmovaeq %rax, %rdx
  movq (%rdx), %rax
  movl 0x10(%rax), %ecx
  movq 0x10(%rdi), %rdx
  cmpl (%rdx), %ecx
  jnz #trap=user6
  movq (%rax), %rcx
  movq 8(%rax), %rdi
  movq %r9, %rdx
  call    *%rcx
  jmp     label3
block3:
  movq %rbp, %rsp
  popq %rbp
  retq
block4:
  movq %r8, %rdx
  movq 8(%rdi), %r8
  movq 0x68(%r8), %r8
  call    *%r8
  movq %rdx, %r8
  jmp     label1
