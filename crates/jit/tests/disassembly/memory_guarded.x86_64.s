;; load
  pushq %rbp
  movq %rsp, %rbp
block0:
  movq %rsi, %r8
  movq 0x20(%rdi), %rsi
  movq %r8, %rdi
  movl %edi, %edi
  movl 0x10(%rsi, %rdi), %eax
  jmp     label1
block1:
  movq %rbp, %rsp
  popq %rbp
  retq
;; store
  pushq %rbp
  movq %rsp, %rbp
block0:
  movq %rsi, %r8
  movq 0x20(%rdi), %rsi
  movq %r8, %rdi
  movl %edi, %edi
  movq %rdx, 8(%rsi, %rdi)
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
  movq 0x20(%rdi), %r8
  jmp     label3
block3:
  movq (%rcx), %r9
  cmpq $0xffffffffffffffff, %r9
  jz      label9; j label4
block4:
  movl %esi, %r9d
  movl (%r8, %r9), %r9d
  leal 4(%rsi), %esi
  leal (%rax, %r9), %eax
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
  movq 8(%rdi), %r9
  movq 0x68(%r9), %r9
  call    *%r9
  jmp     label3
block10:
  movq 8(%rdi), %r8
  movq 0x68(%r8), %r8
  call    *%r8
  jmp     label1
