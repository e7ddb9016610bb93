/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * Room for compiled code. The build marks the section executable and read-only in
 * the finished module: objtool does not take an executable section without
 * contents. memory.c maps it a second time, writable and not executable.
 */
	.section .wasmjit_arena, "aw", @nobits
	.balign 4096
	.globl wj_arena
wj_arena:
	.skip 16 << 20
	.globl wj_arena_end
wj_arena_end:

	.section .note.GNU-stack, "", @progbits
