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
  movq (%rcx), %rax
  movq    %rsp, %r8
  cmpq %rax, %r8
  jb      label2; j label1
block1:
  jmp     label3
block3:
  uninit  %rax
  xorl %eax, %eax
  movq 0x20(%rdi), %r8
  jmp     label4
block4:
  movq (%rcx), %r9
  cmpq $0xffffffffffffffff, %r9
  jz      label6; j label5
block5:
  jmp     label7
block7:
  movl %esi, %r9d
  movl (%r8, %r9), %r9d
  leal 4(%rsi), %esi
  leal (%rax, %r9), %eax
  cmpl %edx, %esi
  jb      label8; j label9
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
  movq 8(%rdi), %rax
  movq 0x68(%rax), %rax
  call    *%rax
  jmp     label3
block6:
  movq 8(%rdi), %r9
  movq 0x68(%r9), %r9
  call    *%r9
  jmp     label7
