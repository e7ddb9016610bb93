/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * Switching stacks, and the section in which compiled code runs.
 *
 * A context's first word is the kernel stack pointer to come back to, its second
 * the guest stack pointer to go on at.
 */
#include <linux/linkage.h>
#include <asm/nospec-branch.h>
#include <asm/smap.h>

#define KERNEL_SP	0
#define GUEST_SP	8
#define VECTORS		32
#define TASK_WORK	40

.macro PUSH_CALLEE_SAVED
	pushq	%rbp
	pushq	%rbx
	pushq	%r12
	pushq	%r13
	pushq	%r14
	pushq	%r15
.endm

.macro POP_CALLEE_SAVED
	popq	%r15
	popq	%r14
	popq	%r13
	popq	%r12
	popq	%rbx
	popq	%rbp
.endm

.macro PUSH_CALLER_SAVED
	pushq	%rax
	pushq	%rcx
	pushq	%rdx
	pushq	%rsi
	pushq	%rdi
	pushq	%r8
	pushq	%r9
	pushq	%r10
	pushq	%r11
.endm

.macro POP_CALLER_SAVED
	popq	%r11
	popq	%r10
	popq	%r9
	popq	%r8
	popq	%rdi
	popq	%rsi
	popq	%rdx
	popq	%rcx
	popq	%rax
.endm

	.text

/*
 * long wj_run_on(context, sp, function, argument): calls function(argument) on
 * the guest stack at sp. Returns 0 when it returned, 1 when it was suspended.
 */
SYM_FUNC_START(wj_run_on)
	PUSH_CALLEE_SAVED
	movq	%rsp, KERNEL_SP(%rdi)
	movq	%rdi, %rbx
	movq	%rsi, %rsp
	xorl	%ebp, %ebp
	movq	%rcx, %rdi
	movq	%rdx, %rax
	call	__x86_indirect_thunk_rax
	movq	KERNEL_SP(%rbx), %rsp
	xorl	%eax, %eax
	POP_CALLEE_SAVED
	RET
SYM_FUNC_END(wj_run_on)

/* void wj_suspend(context): returns 1 from what switched to the guest stack. */
SYM_FUNC_START(wj_suspend)
	PUSH_CALLEE_SAVED
	movq	%rsp, GUEST_SP(%rdi)
	movq	KERNEL_SP(%rdi), %rsp
	movl	$1, %eax
	POP_CALLEE_SAVED
	RET
SYM_FUNC_END(wj_suspend)

/* long wj_resume(context): returns from wj_suspend. As wj_run_on. */
SYM_FUNC_START(wj_resume)
	PUSH_CALLEE_SAVED
	movq	%rsp, KERNEL_SP(%rdi)
	movq	GUEST_SP(%rdi), %rsp
	POP_CALLEE_SAVED
	RET
SYM_FUNC_END(wj_resume)

/*
 * long wj_system_call(registers, function, context): calls function(registers) on
 * the task's own stack, outside the section, and does what the kernel puts off to
 * the end of a system call, as closing files.
 */
SYM_FUNC_START(wj_system_call)
	ASM_CLAC
	pushq	%rbp
	movq	%rsp, %rbp
	pushq	%rdx
	movq	VECTORS(%rdx), %rcx
	movq	%rsi, %rax
	movq	KERNEL_SP(%rdx), %rsp
	cmpq	$0, (%rcx)
	jne	2f
	call	__x86_indirect_thunk_rax
	movq	-8(%rbp), %rdx
	movq	TASK_WORK(%rdx), %rcx
	cmpq	$0, (%rcx)
	jne	3f
1:	movq	%rbp, %rsp
	popq	%rbp
	ASM_STAC
	RET
2:	pushq	%rdi
	pushq	%rax
	call	wj_fpu_end
	popq	%rax
	popq	%rdi
	call	__x86_indirect_thunk_rax
	pushq	%rax
	call	wj_task_work
	call	wj_fpu_begin
	popq	%rax
	jmp	1b
3:	pushq	%rax
	call	wj_task_work
	popq	%rax
	jmp	1b
SYM_FUNC_END(wj_system_call)

.macro CHANGE_VECTORS value, change
	ASM_CLAC
	movq	$\value, (%rdi)
	pushq	%rbp
	movq	%rsp, %rbp
	PUSH_CALLER_SAVED
	andq	$-16, %rsp
	call	\change
	leaq	-72(%rbp), %rsp
	POP_CALLER_SAVED
	popq	%rbp
	ASM_STAC
	RET
.endm

/*
 * void wj_vectors_on(word), void wj_vectors_off(word): let code in the section use
 * vector registers, or not any more. Preserve all general registers.
 */
SYM_FUNC_START(wj_vectors_on)
	CHANGE_VECTORS 1, wj_fpu_begin
SYM_FUNC_END(wj_vectors_on)

SYM_FUNC_START(wj_vectors_off)
	CHANGE_VECTORS 0, wj_fpu_end
SYM_FUNC_END(wj_vectors_off)

/* Opens the section; preserves all general registers. */
SYM_FUNC_START(wasmjit_open_section)
	pushq	%rbp
	movq	%rsp, %rbp
	PUSH_CALLER_SAVED
	andq	$-16, %rsp
	call	wj_section_begin
	leaq	-72(%rbp), %rsp
	POP_CALLER_SAVED
	popq	%rbp
	ASM_STAC
	RET
SYM_FUNC_END(wasmjit_open_section)

/* Closes it; preserves all general registers. */
SYM_FUNC_START(wasmjit_close_section)
	ASM_CLAC
	pushq	%rbp
	movq	%rsp, %rbp
	PUSH_CALLER_SAVED
	andq	$-16, %rsp
	call	wj_section_end
	leaq	-72(%rbp), %rsp
	POP_CALLER_SAVED
	popq	%rbp
	RET
SYM_FUNC_END(wasmjit_close_section)

	.section .note.GNU-stack, "", @progbits
