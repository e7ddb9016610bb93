;; load
  pushq %rbp
  movq %rsp, %rbp
block0:
  movq 0x28(%rdi), %r10
  movl %esi, %r9d
  leaq -0x14(%r10), %r10
  cmpq %r10, %r9
  jnbe #trap=user2
  movq 0x20(%rdi), %r11
  leaq 0x10(%r11, %r9), %rax
  cmpq %r10, %r9
  cmovaq %r11, %rax
  movl (%rax), %eax
  jmp     label1
block1:
  movq %rbp, %rsp
  popq %rbp
  retq
;; store
  pushq %rbp
  movq %rsp, %rbp
block0:
  movq 0x28(%rdi), %r10
  movl %esi, %r9d
  leaq -0x10(%r10), %r10
  cmpq %r10, %r9
  jnbe #trap=user2
  movq 0x20(%rdi), %r11
  leaq 8(%r11, %r9), %rax
  cmpq %r10, %r9
  cmovaq %r11, %rax
  movq %rdx, (%rax)
  jmp     label1
block1:
  movq %rbp, %rsp
  popq %rbp
  retq
;; sum
  pushq %rbp
  movq %rsp, %rbp
block0:
  movq (%rdi), %rcx
  movq    %rsp, %rax
  jmp     label1
block1:
  movq (%rcx), %r8
  cmpq %r8, %rax
  jb      label10; j label2
block2:
  uninit  %rax
  xorl %eax, %eax
  jmp     label3
block3:
  movq (%rcx), %r8
  cmpq $0xffffffffffffffff, %r8
  jz      label9; j label4
block4:
  movq 0x28(%rdi), %r9
  movl %esi, %r8d
  leaq -4(%r9), %r9
  cmpq %r9, %r8
  jnbe #trap=user2
  movq 0x20(%rdi), %r10
  leaq (%r10, %r8), %r11
  cmpq %r9, %r8
  cmovaq %r10, %r11
  movl (%r11), %r8d
  leal 4(%rsi), %esi
  leal (%rax, %r8), %eax
  cmpl %edx, %esi
  jb      label5; j label6
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
  movq 8(%rdi), %r8
  movq 0x68(%r8), %r8
  call    *%r8
  jmp     label3
block10:
  movq 8(%rdi), %r8
  movq 0x68(%r8), %r8
  call    *%r8
  jmp     label1
