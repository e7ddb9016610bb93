;; __syscall_getppid
  pushq %rbp
  movq %rsp, %rbp
  subq $0xd0, %rsp
  movq %rbx, 0xc0(%rsp)
block0:
  movq %rdi, %rbx
  movl $0x3000, %eax
  movq (%rax), %rax
  testq $0x46, %rax
  jz      label2; j label1
block2:
  leaq <offset:1>+(%rsp), %rdi
  movl $0x7000, %esi
  movl $0x5000, %edx
  call    User(userextname0)
  cmpq $0xfffffffffffff001, %rax
  jb      label7; j label3
block5:
  movl <offset:1>+0xb0(%rsp), %eax
  movq 0xc0(%rsp), %rbx
  addq $0xd0, %rsp
  movq %rbp, %rsp
  popq %rbp
  retq
block7:
  movl $0x4000, %ecx
  movl (%rcx), %ecx
  testl $0x20004, %ecx
  jnz     label9; j label8
block8:
  jmp     label10
block10:
  movq 0xc0(%rsp), %rbx
  addq $0xd0, %rsp
  movq %rbp, %rsp
  popq %rbp
  retq
block1:
  movabsq $0x7fffffffffffffff, %rax
  jmp     label4
block3:
  jmp     label4
block4:
  movl $0x2008, %ecx
  movq %rax, (%rcx)
  movq %rbx, %rdi
  movq (%rdi), %rax
  movq    %rbp, %rcx
  movq (%rcx), %rcx
  movq %rcx, 8(%rax)
  movq    %rbp, %rcx
  movq 8(%rcx), %rcx
  movq %rcx, 0x10(%rax)
  movq 0x10(%rdi), %rax
  movq    %rax, %r15
  leaq <offset:1>+0xb0(%rsp), %rsi
  call    User(userextname1)
  testq %rax, %rax
  jnz     label6; j label5
block6:
  movq %rbx, %rdi
  movq 8(%rdi), %rax
  movq 0x90(%rax), %rax
  movq    %rax, %r15
  call    User(userextname1)
  ud2
block9:
  movq %rbx, %rdi
  movq 8(%rdi), %rcx
  movq 0x68(%rcx), %rcx
  movq    %rcx, %r15
  call    User(userextname1)
  jmp     label10
;; fd_write
  pushq %rbp
  movq %rsp, %rbp
  subq $0x130, %rsp
  movq %rbx, 0x110(%rsp)
  movq %r12, 0x118(%rsp)
  movq %r13, 0x120(%rsp)
  movq %r14, 0x128(%rsp)
block0:
  movq %rdi, %r13
  movl $0x3000, %eax
  movq (%rax), %rax
  testq $0x46, %rax
  jz      label2; j label1
block2:
  cmpl $0x1, %ecx
  movq %rcx, <offset:1>+0x100(%rsp)
  jz      label4; j label3
block4:
  movl $0x2000, %eax
  movq (%rax), %rax
  movq (%rax), %r12
  movq 8(%rax), %rcx
  movl %r8d, %ebx
  movq %r8, %r14
  leaq 4(%rbx), %rax
  cmpq %rcx, %rax
  jbe     label6; j label5
block6:
  movl %edx, %eax
  movq %rdx, <offset:1>+0xf8(%rsp)
  leaq 8(%rax), %rdx
  cmpq %rcx, %rdx
  jbe     label8; j label7
block8:
  movq (%r12, %rax), %rdx
  movl %edx, %edi
  shrq $0x20, %rdx
  leaq (%rdi, %rdx), %rax
  cmpq %rcx, %rax
  jbe     label11; j label9
block11:
  movslq %esi, %rax
  movq %rsi, <offset:1>+0xf0(%rsp)
  movq %rax, <offset:1>+0x70(%rsp)
  leaq (%r12, %rdi), %rax
  movq %rax, <offset:1>+0x68(%rsp)
  movq %rdx, <offset:1>+0x60(%rsp)
  leaq <offset:1>+(%rsp), %rdi
  movl $0x7000, %esi
  movl $0x5000, %edx
  call    User(userextname0)
  cmpq $0xfffffffffffff001, %rax
  jb      label16; j label12
block14:
  movl <offset:1>+0xb0(%rsp), %eax
  movq 0x110(%rsp), %rbx
  movq 0x118(%rsp), %r12
  movq 0x120(%rsp), %r13
  movq 0x128(%rsp), %r14
  addq $0x130, %rsp
  movq %rbp, %rsp
  popq %rbp
  retq
block16:
  movl %eax, (%r12, %rbx)
  movl $0x4000, %eax
  movl (%rax), %eax
  testl $0x20004, %eax
  jnz     label18; j label17
block17:
  jmp     label19
block19:
  uninit  %rax
  xorl %eax, %eax
  movq 0x110(%rsp), %rbx
  movq 0x118(%rsp), %r12
  movq 0x120(%rsp), %r13
  movq 0x128(%rsp), %r14
  addq $0x130, %rsp
  movq %rbp, %rsp
  popq %rbp
  retq
block1:
  movq %r8, %r14
  movq %rdx, <offset:1>+0xf8(%rsp)
  movq %rcx, <offset:1>+0x100(%rsp)
  jmp     label10
block3:
  movq %r8, %r14
  movq %rdx, <offset:1>+0xf8(%rsp)
  jmp     label10
block5:
  movq %rdx, <offset:1>+0xf8(%rsp)
  jmp     label10
block7:
  jmp     label10
block9:
  jmp     label10
block10:
  movabsq $0x7fffffffffffffff, %rax
  movq %rsi, <offset:1>+0xf0(%rsp)
  jmp     label13
block12:
  jmp     label13
block13:
  movl $0x2008, %esi
  movq %rax, (%rsi)
  leaq <offset:1>+0xb0(%rsp), %rsi
  movq <offset:1>+0xf0(%rsp), %rax
  movl %eax, <offset:1>+0xb0(%rsp)
  movq <offset:1>+0xf8(%rsp), %rdx
  movl %edx, <offset:1>+0xc0(%rsp)
  movq <offset:1>+0x100(%rsp), %rcx
  movl %ecx, <offset:1>+0xd0(%rsp)
  movq %r14, %r8
  movl %r8d, <offset:1>+0xe0(%rsp)
  movq %r13, %rdi
  movq (%rdi), %r9
  movq    %rbp, %r10
  movq (%r10), %r10
  movq %r10, 8(%r9)
  movq    %rbp, %r10
  movq 8(%r10), %r11
  movq %r11, 0x10(%r9)
  movq 0x10(%rdi), %r11
  movq    %r11, %r15
  call    User(userextname1)
  testq %rax, %rax
  jnz     label15; j label14
block15:
  movq %r13, %rdi
  movq 8(%rdi), %rax
  movq 0x90(%rax), %rax
  movq    %rax, %r15
  call    User(userextname1)
  ud2
block18:
  movq %r13, %rdi
  movq 8(%rdi), %rax
  movq 0x68(%rax), %rax
  movq    %rax, %r15
  call    User(userextname1)
  jmp     label19
;; epoll_wait
  pushq %rbp
  movq %rsp, %rbp
  subq $0x120, %rsp
  movq %rbx, 0x100(%rsp)
  movq %r12, 0x108(%rsp)
  movq %r13, 0x110(%rsp)
  movq %r14, 0x118(%rsp)
block0:
  movq %rdi, %r12
  movl $0x3000, %eax
  movq (%rax), %rax
  testq $0x46, %rax
  jz      label2; j label1
block2:
  leal -1(%rcx), %eax
  cmpl $0x3ff, %eax
  jbe     label4; j label3
block4:
  movl $0x2000, %eax
  movq (%rax), %rdi
  movq (%rdi), %rax
  movq 8(%rdi), %r9
  movl %edx, %edi
  movq %rdx, <offset:1>+0xf8(%rsp)
  movl %ecx, %edx
  shlq $0x4, %rdx
  leaq (%rdi, %rdx), %rdx
  cmpq %r9, %rdx
  jbe     label7; j label5
block7:
  movslq %esi, %rdx
  movq %rsi, <offset:1>+0xf0(%rsp)
  movq %rdx, <offset:1>+0x70(%rsp)
  leaq (%rax, %rdi), %rbx
  movq %rbx, <offset:1>+0x68(%rsp)
  movslq %ecx, %rax
  movq %rcx, %r14
  movq %rax, <offset:1>+0x60(%rsp)
  movslq %r8d, %rax
  movq %r8, %r13
  movq %rax, <offset:1>+0x38(%rsp)
  movq $0x0, <offset:1>+0x48(%rsp)
  movq $0x8, <offset:1>+0x40(%rsp)
  leaq <offset:1>+(%rsp), %rdi
  movl $0x7000, %esi
  movl $0x5000, %edx
  call    User(userextname0)
  cmpq $0xfffffffffffff001, %rax
  jb      label12; j label8
block10:
  movl <offset:1>+0xb0(%rsp), %eax
  movq 0x100(%rsp), %rbx
  movq 0x108(%rsp), %r12
  movq 0x110(%rsp), %r13
  movq 0x118(%rsp), %r14
  addq $0x120, %rsp
  movq %rbp, %rsp
  popq %rbp
  retq
block12:
  movq %rax, %r9
  jmp     label13
block13:
  testq %r9, %r9
  jnz     label18; j label14
block14:
  movl $0x4000, %ecx
  movl (%rcx), %ecx
  testl $0x20004, %ecx
  jnz     label16; j label15
block15:
  jmp     label17
block17:
  movq 0x100(%rsp), %rbx
  movq 0x108(%rsp), %r12
  movq 0x110(%rsp), %r13
  movq 0x118(%rsp), %r14
  addq $0x120, %rsp
  movq %rbp, %rsp
  popq %rbp
  retq
block18:
  leaq -1(%r9), %r9
  imulq $0xc, %r9, %rcx
  movl (%rbx, %rcx), %edx
  movq 4(%rbx, %rcx), %rcx
  movl %edx, %edx
  movq %r9, %rsi
  shlq $0x4, %rsi
  movq %rdx, (%rbx, %rsi)
  movq %rcx, 8(%rbx, %rsi)
  jmp     label13
block1:
  movq %rdx, <offset:1>+0xf8(%rsp)
  jmp     label6
block3:
  movq %rdx, <offset:1>+0xf8(%rsp)
  jmp     label6
block5:
  jmp     label6
block6:
  movabsq $0x7fffffffffffffff, %rax
  movq %r8, %r13
  movq %rcx, %r14
  movq %rsi, <offset:1>+0xf0(%rsp)
  jmp     label9
block8:
  jmp     label9
block9:
  movl $0x2008, %esi
  movq %rax, (%rsi)
  leaq <offset:1>+0xb0(%rsp), %rsi
  movq <offset:1>+0xf0(%rsp), %rax
  movl %eax, <offset:1>+0xb0(%rsp)
  movq <offset:1>+0xf8(%rsp), %rdx
  movl %edx, <offset:1>+0xc0(%rsp)
  movq %r14, %rcx
  movl %ecx, <offset:1>+0xd0(%rsp)
  movq %r13, %r8
  movl %r8d, <offset:1>+0xe0(%rsp)
  movq %r12, %rdi
  movq (%rdi), %r10
  movq    %rbp, %r11
  movq (%r11), %r11
  movq %r11, 8(%r10)
  movq    %rbp, %r11
  movq 8(%r11), %rax
  movq %rax, 0x10(%r10)
  movq 0x10(%rdi), %rax
  movq    %rax, %r15
  call    User(userextname1)
  testq %rax, %rax
  jnz     label11; j label10
block11:
  movq %r12, %rdi
  movq 8(%rdi), %rax
  movq 0x90(%rax), %rax
  movq    %rax, %r15
  call    User(userextname1)
  ud2
block16:
  movq %r12, %rdi
  movq 8(%rdi), %rcx
  movq 0x68(%rcx), %rcx
  movq    %rcx, %r15
  call    User(userextname1)
  jmp     label17
