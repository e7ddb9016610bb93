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
