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
  jb      label12; j label3
block6:
  movl <offset:1>+0xb0(%rsp), %eax
  movq 0xc0(%rsp), %rbx
  addq $0xd0, %rsp
  movq %rbp, %rsp
  popq %rbp
  retq
block9:
  jmp     label11
block11:
  movl $0xfffffffa, %eax
  movq 0xc0(%rsp), %rbx
  addq $0xd0, %rsp
  movq %rbp, %rsp
  popq %rbp
  retq
block12:
  movl $0x4000, %ecx
  movl (%rcx), %ecx
  testl $0x20004, %ecx
  jnz     label14; j label13
block13:
  jmp     label15
block15:
  movq 0xc0(%rsp), %rbx
  addq $0xd0, %rsp
  movq %rbp, %rsp
  popq %rbp
  retq
block1:
  movabsq $0x7fffffffffffffff, %rax
  jmp     label5
block3:
  cmpq $0xfffffffffffffff5, %rax
  jz      label8; j label4
block4:
  jmp     label5
block5:
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
  jnz     label7; j label6
block7:
  movq %rbx, %rdi
  movq 8(%rdi), %rax
  movq 0x90(%rax), %rax
  movq    %rax, %r15
  call    User(userextname1)
  ud2
block8:
  movl $0x4000, %eax
  movl (%rax), %eax
  testl $0x20004, %eax
  jnz     label10; j label9
block10:
  movq %rbx, %rdi
  movq 8(%rdi), %rax
  movq 0x68(%rax), %rax
  movq    %rax, %r15
  call    User(userextname1)
  jmp     label11
block14:
  movq %rbx, %rdi
  movq 8(%rdi), %rcx
  movq 0x68(%rcx), %rcx
  movq    %rcx, %r15
  call    User(userextname1)
  jmp     label15
;; fd_write
  pushq %rbp
  movq %rsp, %rbp
  subq $0x130, %rsp
  movq %rbx, 0x110(%rsp)
  movq %r12, 0x118(%rsp)
  movq %r13, 0x120(%rsp)
  movq %r14, 0x128(%rsp)
block0:
  movq %rdi, %r12
  movq %rsi, <offset:1>+0xf0(%rsp)
  movl $0x3000, %edi
  movq (%rdi), %rdi
  testq $0x46, %rdi
  jz      label2; j label1
block2:
  leal -1(%rcx), %r10d
  cmpl $0xf, %r10d
  jbe     label4; j label3
block4:
  movl $0x2000, %eax
  movq (%rax), %rax
  movq (%rax), %r14
  movq 8(%rax), %r9
  movl %r8d, %r13d
  movq %r8, %rbx
  leaq 4(%r13), %rax
  cmpq %r9, %rax
  jbe     label6; j label5
block6:
  cmpl $0x1, %ecx
  jz      label15; j label7
block7:
  movl %edx, %r8d
  movl %ecx, %edi
  movq %rcx, <offset:1>+0x100(%rsp)
  leaq (%r8, %rdi, 8), %rax
  cmpq %r9, %rax
  jbe     label9; j label8
block9:
  uninit  %rcx
  xorq %rcx, %rcx
  jmp     label10
block10:
  cmpq %rdi, %rcx
  jb      label12; j label11
block11:
  movl $0x7000, %eax
  movl $0x7100, %esi
  movq <offset:1>+0xf0(%rsp), %rcx
  movq %rdx, <offset:1>+0xf8(%rsp)
  jmp     label21
block12:
  leaq (%r14, %r8), %rax
  movq (%rax, %rcx, 8), %rsi
  movl %esi, %eax
  shrq $0x20, %rsi
  leaq (%rax, %rsi), %r10
  cmpq %r9, %r10
  jbe     label14; j label13
block14:
  leaq (%r14, %rax), %rax
  movq %rcx, %r10
  shlq $0x4, %r10
  movq %rax, 0x7000(%r10)
  movq %rsi, 0x7008(%r10)
  leaq 1(%rcx), %rcx
  jmp     label10
block15:
  movq %rcx, <offset:1>+0x100(%rsp)
  movl %edx, %eax
  movq %rdx, <offset:1>+0xf8(%rsp)
  leaq 8(%rax), %rcx
  cmpq %r9, %rcx
  jbe     label17; j label16
block17:
  movq (%r14, %rax), %rdi
  movl %edi, %eax
  shrq $0x20, %rdi
  leaq (%rax, %rdi), %rcx
  cmpq %r9, %rcx
  jbe     label20; j label18
block20:
  leaq (%r14, %rax), %rax
  movl $0x7000, %esi
  movq <offset:1>+0xf0(%rsp), %rcx
  jmp     label21
block21:
  movslq %ecx, %rdx
  movq %rcx, <offset:1>+0xf0(%rsp)
  movq %rdx, <offset:1>+0x70(%rsp)
  movq %rax, <offset:1>+0x68(%rsp)
  movq %rdi, <offset:1>+0x60(%rsp)
  leaq <offset:1>+(%rsp), %rdi
  movl $0x5000, %edx
  call    User(userextname0)
  cmpq $0xfffffffffffff001, %rax
  jb      label31; j label22
block25:
  movl <offset:1>+0xb0(%rsp), %eax
  movq 0x110(%rsp), %rbx
  movq 0x118(%rsp), %r12
  movq 0x120(%rsp), %r13
  movq 0x128(%rsp), %r14
  addq $0x130, %rsp
  movq %rbp, %rsp
  popq %rbp
  retq
block28:
  jmp     label30
block30:
  movl $0x6, %eax
  movq 0x110(%rsp), %rbx
  movq 0x118(%rsp), %r12
  movq 0x120(%rsp), %r13
  movq 0x128(%rsp), %r14
  addq $0x130, %rsp
  movq %rbp, %rsp
  popq %rbp
  retq
block31:
  movl %eax, (%r14, %r13)
  movl $0x4000, %esi
  movl (%rsi), %esi
  testl $0x20004, %esi
  jnz     label33; j label32
block32:
  jmp     label34
block34:
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
  movq %r8, %rbx
  movq %rdx, <offset:1>+0xf8(%rsp)
  movq %rcx, <offset:1>+0x100(%rsp)
  jmp     label19
block3:
  movq %r8, %rbx
  movq %rdx, <offset:1>+0xf8(%rsp)
  movq %rcx, <offset:1>+0x100(%rsp)
  jmp     label19
block5:
  movq %rdx, <offset:1>+0xf8(%rsp)
  movq %rcx, <offset:1>+0x100(%rsp)
  jmp     label19
block8:
  movq %rdx, <offset:1>+0xf8(%rsp)
  jmp     label19
block13:
  movq %rdx, <offset:1>+0xf8(%rsp)
  jmp     label19
block16:
  jmp     label19
block18:
  jmp     label19
block19:
  movabsq $0x7fffffffffffffff, %rax
  jmp     label24
block22:
  cmpq $0xfffffffffffffff5, %rax
  jz      label27; j label23
block23:
  jmp     label24
block24:
  movl $0x2008, %ecx
  movq %rax, (%rcx)
  leaq <offset:1>+0xb0(%rsp), %rsi
  movq <offset:1>+0xf0(%rsp), %rax
  movl %eax, <offset:1>+0xb0(%rsp)
  movq <offset:1>+0xf8(%rsp), %rdx
  movl %edx, <offset:1>+0xc0(%rsp)
  movq <offset:1>+0x100(%rsp), %rcx
  movl %ecx, <offset:1>+0xd0(%rsp)
  movq %rbx, %r8
  movl %r8d, <offset:1>+0xe0(%rsp)
  movq %r12, %rdi
  movq (%rdi), %rax
  movq    %rbp, %rcx
  movq (%rcx), %rcx
  movq %rcx, 8(%rax)
  movq    %rbp, %rcx
  movq 8(%rcx), %rcx
  movq %rcx, 0x10(%rax)
  movq 0x10(%rdi), %rax
  movq    %rax, %r15
  call    User(userextname1)
  testq %rax, %rax
  jnz     label26; j label25
block26:
  movq %r12, %rdi
  movq 8(%rdi), %rax
  movq 0x90(%rax), %rax
  movq    %rax, %r15
  call    User(userextname1)
  ud2
block27:
  movl $0x4000, %eax
  movl (%rax), %eax
  testl $0x20004, %eax
  jnz     label29; j label28
block29:
  movq %r12, %rdi
  movq 8(%rdi), %rcx
  movq 0x68(%rcx), %rcx
  movq    %rcx, %r15
  call    User(userextname1)
  jmp     label30
block33:
  movq %r12, %rdi
  movq 8(%rdi), %r9
  movq 0x68(%r9), %r9
  movq    %r9, %r15
  call    User(userextname1)
  jmp     label34
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
;; epoll_ctl
  pushq %rbp
  movq %rsp, %rbp
  subq $0x120, %rsp
  movq %rbx, 0x100(%rsp)
  movq %r12, 0x108(%rsp)
  movq %r13, 0x110(%rsp)
  movq %r14, 0x118(%rsp)
block0:
  movq %rdi, %rbx
  movq %rsi, <offset:1>+0xf0(%rsp)
  movl $0x3000, %eax
  movq (%rax), %rax
  testq $0x46, %rax
  jz      label2; j label1
block2:
  leal -1(%r8), %eax
  cmpl $0x7ffffffe, %eax
  jbe     label4; j label3
block4:
  movl $0x2000, %eax
  movq (%rax), %rsi
  movq (%rsi), %rax
  movq 8(%rsi), %rdi
  movl %r8d, %esi
  movq %r8, %r12
  leaq 0x10(%rsi), %r8
  cmpq %rdi, %r8
  jbe     label7; j label5
block7:
  movl (%rax, %rsi), %edi
  movq 8(%rax, %rsi), %rax
  movl $0x7000, %esi
  movl %edi, (%rsi)
  movq %rax, 4(%rsi)
  movq <offset:1>+0xf0(%rsp), %rax
  movslq %eax, %rdi
  movq %rdi, <offset:1>+0x70(%rsp)
  movslq %edx, %rax
  movq %rdx, %r14
  movq %rax, <offset:1>+0x68(%rsp)
  movslq %ecx, %rax
  movq %rcx, %r13
  movq %rax, <offset:1>+0x60(%rsp)
  movq $0x7000, <offset:1>+0x38(%rsp)
  leaq <offset:1>+(%rsp), %rdi
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
  movl $0x4000, %r11d
  movl (%r11), %r11d
  testl $0x20004, %r11d
  jnz     label14; j label13
block13:
  jmp     label15
block15:
  movq 0x100(%rsp), %rbx
  movq 0x108(%rsp), %r12
  movq 0x110(%rsp), %r13
  movq 0x118(%rsp), %r14
  addq $0x120, %rsp
  movq %rbp, %rsp
  popq %rbp
  retq
block1:
  movq %r8, %r12
  jmp     label6
block3:
  movq %r8, %r12
  jmp     label6
block5:
  jmp     label6
block6:
  movabsq $0x7fffffffffffffff, %rax
  movq %rcx, %r13
  movq %rdx, %r14
  jmp     label9
block8:
  jmp     label9
block9:
  movl $0x2008, %ecx
  movq %rax, (%rcx)
  leaq <offset:1>+0xb0(%rsp), %rsi
  movq <offset:1>+0xf0(%rsp), %rax
  movl %eax, <offset:1>+0xb0(%rsp)
  movq %r14, %rdx
  movl %edx, <offset:1>+0xc0(%rsp)
  movq %r13, %rcx
  movl %ecx, <offset:1>+0xd0(%rsp)
  movq %r12, %r8
  movl %r8d, <offset:1>+0xe0(%rsp)
  movq %rbx, %rdi
  movq (%rdi), %rdx
  movq    %rbp, %r8
  movq (%r8), %r8
  movq %r8, 8(%rdx)
  movq    %rbp, %r8
  movq 8(%r8), %r8
  movq %r8, 0x10(%rdx)
  movq 0x10(%rdi), %r8
  movq    %r8, %r15
  call    User(userextname1)
  testq %rax, %rax
  jnz     label11; j label10
block11:
  movq %rbx, %rdi
  movq 8(%rdi), %r8
  movq 0x90(%r8), %r8
  movq    %r8, %r15
  call    User(userextname1)
  ud2
block14:
  movq %rbx, %rdi
  movq 8(%rdi), %rcx
  movq 0x68(%rcx), %rcx
  movq    %rcx, %r15
  call    User(userextname1)
  jmp     label15
;; gettimeofday
  pushq %rbp
  movq %rsp, %rbp
  subq $0x100, %rsp
  movq %rbx, 0xe0(%rsp)
  movq %r12, 0xe8(%rsp)
  movq %r13, 0xf0(%rsp)
  movq %r14, 0xf8(%rsp)
block0:
  movq %rdi, %r13
  movq %rdx, %r14
  movl $0x3000, %eax
  movq (%rax), %rax
  testq $0x46, %rax
  jz      label2; j label1
block2:
  movl $0x2000, %eax
  movq (%rax), %rax
  movq (%rax), %rbx
  movq 8(%rax), %rax
  movl %esi, %r12d
  movq %rsi, <offset:1>+0xd0(%rsp)
  leaq 8(%r12), %rcx
  cmpq %rax, %rcx
  jbe     label5; j label3
block5:
  movq $0x0, <offset:1>+0x70(%rsp)
  movl $0x7000, %esi
  movq $0x7000, <offset:1>+0x68(%rsp)
  leaq <offset:1>+(%rsp), %rdi
  movl $0x5000, %edx
  call    User(userextname0)
  cmpq $0xfffffffffffff001, %rax
  jb      label10; j label6
block8:
  movl <offset:1>+0xb0(%rsp), %eax
  movq 0xe0(%rsp), %rbx
  movq 0xe8(%rsp), %r12
  movq 0xf0(%rsp), %r13
  movq 0xf8(%rsp), %r14
  addq $0x100, %rsp
  movq %rbp, %rsp
  popq %rbp
  retq
block10:
  movl $0x7000, %r9d
  movq (%r9), %rsi
  movl $0x7fffffff, %r10d
  cmpq %rsi, %r10
  cmovlq %r10, %rsi
  movq $0xffffffff80000000, %r10
  cmpq %rsi, %r10
  cmovgeq %r10, %rsi
  movl %esi, (%rbx, %r12)
  movq 8(%r9), %r8
  movq %r8, %rax
  mulq (%rip) ;; implicit: %rax, %rdx
  subq %rdx, %r8
  shrq $1, %r8
  leaq (%rdx, %r8), %r10
  shrq $0x9, %r10
  movl %r10d, 4(%rbx, %r12)
  movl $0x4000, %eax
  movl (%rax), %eax
  testl $0x20004, %eax
  jnz     label12; j label11
block11:
  jmp     label13
block13:
  uninit  %rax
  xorl %eax, %eax
  movq 0xe0(%rsp), %rbx
  movq 0xe8(%rsp), %r12
  movq 0xf0(%rsp), %r13
  movq 0xf8(%rsp), %r14
  addq $0x100, %rsp
  movq %rbp, %rsp
  popq %rbp
  retq
block1:
  movq %rsi, <offset:1>+0xd0(%rsp)
  jmp     label4
block3:
  jmp     label4
block4:
  movabsq $0x7fffffffffffffff, %rax
  jmp     label7
block6:
  jmp     label7
block7:
  movl $0x2008, %ecx
  movq %rax, (%rcx)
  leaq <offset:1>+0xb0(%rsp), %rsi
  movq <offset:1>+0xd0(%rsp), %rax
  movl %eax, <offset:1>+0xb0(%rsp)
  movq %r14, %rdx
  movl %edx, <offset:1>+0xc0(%rsp)
  movq %r13, %rdi
  movq (%rdi), %rax
  movq    %rbp, %rcx
  movq (%rcx), %rcx
  movq %rcx, 8(%rax)
  movq    %rbp, %rcx
  movq 8(%rcx), %rdx
  movq %rdx, 0x10(%rax)
  movq 0x10(%rdi), %rdx
  movq    %rdx, %r15
  call    User(userextname1)
  testq %rax, %rax
  jnz     label9; j label8
block9:
  movq %r13, %rdi
  movq 8(%rdi), %rsi
  movq 0x90(%rsi), %rsi
  movq    %rsi, %r15
  call    User(userextname1)
  ud2
block12:
  movq %r13, %rdi
  movq 8(%rdi), %rax
  movq 0x68(%rax), %rax
  movq    %rax, %r15
  call    User(userextname1)
  jmp     label13
;; __syscall_accept4
  pushq %rbp
  movq %rsp, %rbp
  subq $0x160, %rsp
  movq %rbx, 0x140(%rsp)
  movq %r12, 0x148(%rsp)
  movq %r13, 0x150(%rsp)
  movq %r14, 0x158(%rsp)
block0:
  movq %rdi, %r14
  movq %r9, <offset:1>+0x130(%rsp)
  movq <offset:0>+-0x10(%rbp), %r12
  movl $0x3000, %eax
  movq (%rax), %rax
  testq $0x46, %rax
  jz      label2; j label1
block2:
  movl $0x2000, %eax
  movq (%rax), %rax
  movq (%rax), %rbx
  movq 8(%rax), %rax
  testl %edx, %edx
  setne %r9b
  testl %ecx, %ecx
  setne %r10b
  uninit  %rdi
  xorq %rdi, %rdi
  testb %r9b, %r10b
  jnz     label4; j label3
block3:
  movq %rdi, %r13
  movq %rdx, <offset:1>+0x118(%rsp)
  movq %rcx, <offset:1>+0x120(%rsp)
  jmp     label10
block4:
  movl %ecx, %edi
  movq %rcx, <offset:1>+0x120(%rsp)
  leaq 4(%rdi), %r9
  cmpq %rax, %r9
  jbe     label6; j label5
block6:
  movl (%rbx, %rdi), %edi
  movl %edx, %r9d
  movq %rdx, <offset:1>+0x118(%rsp)
  movl %edi, %r10d
  leaq (%r9, %r10), %r10
  cmpq %rax, %r10
  jbe     label9; j label7
block9:
  movl $0x7000, %r13d
  movl %edi, (%r13)
  leaq (%rbx, %r9), %rdi
  jmp     label10
block10:
  movslq %esi, %rax
  movq %rsi, <offset:1>+0x110(%rsp)
  movq %rax, <offset:1>+0x70(%rsp)
  movq %rdi, <offset:1>+0x68(%rsp)
  movq %r13, <offset:1>+0x60(%rsp)
  movslq %r8d, %rax
  movq %r8, <offset:1>+0x128(%rsp)
  movq %rax, <offset:1>+0x38(%rsp)
  leaq <offset:1>+(%rsp), %rdi
  movl $0x7000, %esi
  movl $0x5000, %edx
  call    User(userextname0)
  cmpq $0xfffffffffffff001, %rax
  jb      label20; j label11
block14:
  movl <offset:1>+0xb0(%rsp), %eax
  movq 0x140(%rsp), %rbx
  movq 0x148(%rsp), %r12
  movq 0x150(%rsp), %r13
  movq 0x158(%rsp), %r14
  addq $0x160, %rsp
  movq %rbp, %rsp
  popq %rbp
  retq $0x10
block17:
  jmp     label19
block19:
  movl $0xfffffffa, %eax
  movq 0x140(%rsp), %rbx
  movq 0x148(%rsp), %r12
  movq 0x150(%rsp), %r13
  movq 0x158(%rsp), %r14
  addq $0x160, %rsp
  movq %rbp, %rsp
  popq %rbp
  retq $0x10
block20:
  movq <offset:1>+0x120(%rsp), %rcx
  testq %r13, %r13
  jnz     label22; j label21
block21:
  jmp     label23
block22:
  movl (%r13), %edx
  movl %ecx, %ecx
  movl %edx, (%rbx, %rcx)
  jmp     label23
block23:
  movl $0x4000, %ecx
  movl (%rcx), %ecx
  testl $0x20004, %ecx
  jnz     label25; j label24
block24:
  jmp     label26
block26:
  movq 0x140(%rsp), %rbx
  movq 0x148(%rsp), %r12
  movq 0x150(%rsp), %r13
  movq 0x158(%rsp), %r14
  addq $0x160, %rsp
  movq %rbp, %rsp
  popq %rbp
  retq $0x10
block1:
  movq %rdx, <offset:1>+0x118(%rsp)
  movq %rcx, <offset:1>+0x120(%rsp)
  jmp     label8
block5:
  movq %rdx, <offset:1>+0x118(%rsp)
  jmp     label8
block7:
  jmp     label8
block8:
  movabsq $0x7fffffffffffffff, %rax
  movq %rsi, <offset:1>+0x110(%rsp)
  movq %r8, <offset:1>+0x128(%rsp)
  jmp     label13
block11:
  cmpq $0xfffffffffffffff5, %rax
  jz      label16; j label12
block12:
  jmp     label13
block13:
  movl $0x2008, %ecx
  movq %rax, (%rcx)
  leaq <offset:1>+0xb0(%rsp), %rsi
  movq <offset:1>+0x110(%rsp), %rax
  movl %eax, <offset:1>+0xb0(%rsp)
  movq <offset:1>+0x118(%rsp), %rdx
  movl %edx, <offset:1>+0xc0(%rsp)
  movq <offset:1>+0x120(%rsp), %rcx
  movl %ecx, <offset:1>+0xd0(%rsp)
  movq <offset:1>+0x128(%rsp), %r8
  movl %r8d, <offset:1>+0xe0(%rsp)
  movq <offset:1>+0x130(%rsp), %r9
  movl %r9d, <offset:1>+0xf0(%rsp)
  movl %r12d, <offset:1>+0x100(%rsp)
  movq %r14, %rdi
  movq (%rdi), %rax
  movq    %rbp, %rcx
  movq (%rcx), %rcx
  movq %rcx, 8(%rax)
  movq    %rbp, %rcx
  movq 8(%rcx), %rcx
  movq %rcx, 0x10(%rax)
  movq 0x10(%rdi), %rax
  movq    %rax, %r15
  call    User(userextname1)
  testq %rax, %rax
  jnz     label15; j label14
block15:
  movq %r14, %rdi
  movq 8(%rdi), %rax
  movq 0x90(%rax), %rax
  movq    %rax, %r15
  call    User(userextname1)
  ud2
block16:
  movl $0x4000, %eax
  movl (%rax), %eax
  testl $0x20004, %eax
  jnz     label18; j label17
block18:
  movq %r14, %rdi
  movq 8(%rdi), %rax
  movq 0x68(%rax), %rax
  movq    %rax, %r15
  call    User(userextname1)
  jmp     label19
block25:
  movq %r14, %rdi
  movq 8(%rdi), %rcx
  movq 0x68(%rcx), %rcx
  movq    %rcx, %r15
  call    User(userextname1)
  jmp     label26
