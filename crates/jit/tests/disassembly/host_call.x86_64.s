;; caller
  pushq %rbp
  movq %rsp, %rbp
block0:
  movq (%rdi), %r11
  movq    %rsp, %rax
  jmp     label1
block1:
  movq (%r11), %rcx
  cmpq %rcx, %rax
  jb      label4; j label2
block2:
  movq 0x20(%rdi), %rax
  movq 0x28(%rdi), %rdi
  call    *%rax
  jmp     label3
block3:
  movq %rbp, %rsp
  popq %rbp
  retq
block4:
  movq 8(%rdi), %rcx
  movq 0x68(%rcx), %rcx
  call    *%rcx
  jmp     label1
;; host trampoline
  pushq %rbp
  movq %rsp, %rbp
  subq $0x30, %rsp
  movq %rbx, 0x20(%rsp)
block0:
  leaq <offset:1>+(%rsp), %rcx
  movl %esi, <offset:1>+(%rsp)
  movq %rdx, <offset:1>+0x10(%rsp)
  movq (%rdi), %rax
  movq    %rbp, %rdx
  movq (%rdx), %rdx
  movq %rdx, 8(%rax)
  movq    %rbp, %rdx
  movq 8(%rdx), %rdx
  movq %rdx, 0x10(%rax)
  movq 0x10(%rdi), %rax
  movq %rdi, %rbx
  movq %rcx, %rsi
  call    *%rax
  testq %rax, %rax
  jnz     label2; j label1
block1:
  movq <offset:1>+(%rsp), %rax
  movq 0x20(%rsp), %rbx
  addq $0x30, %rsp
  movq %rbp, %rsp
  popq %rbp
  retq
block2:
  movq %rbx, %rdi
  movq 8(%rdi), %rax
  movq 0x90(%rax), %rax
  call    *%rax
  ud2
