/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/* What the C shim and the Rust library have in common; see src/sys.rs. */
#ifndef WASMJIT_SHIM_H
#define WASMJIT_SHIM_H

#include <linux/types.h>

/* The beginning of a context, which the Rust library allocates. */
struct wj_context {
	unsigned long kernel_sp;
	unsigned long guest_sp;
	void *store;	/* what runs; for wasmjit_trap_landing */
	struct wj_account *account;	/* of the user who opened the device */
	u64 *vectors;	/* whether its code may use vector registers now */
	void *task_work;	/* address of what the task has put off */
};

/* The Rust library. */
void *wasmjit_context_new(struct wj_account *account);
void wasmjit_context_free(void *context);
long wasmjit_command(void *context, unsigned int number, unsigned int size,
		     unsigned long argument);
extern char wasmjit_trap_landing[];

/* The cache of compiled code in the Rust library: see src/cache.rs. */
struct wj_cache_counters {
	u64 entries, bytes, hits, misses, evictions;
};

void wasmjit_cache_counters(struct wj_cache_counters *counters);
void wasmjit_cache_trim(void);
void wasmjit_cache_clear(void);
size_t wasmjit_cache_idle(void);
size_t wasmjit_cache_shrink(size_t bytes);

/* limits.c: what users have, counted. */
struct wj_account *wj_take_context(void);
void wj_return_context(struct wj_account *account);
bool wj_take_code(struct wj_account *account, size_t size);
void wj_return_code(struct wj_account *account, size_t size);

/* memory.c: how much is used, and the arena for code. */
s64 wj_heap_bytes(void);
size_t wj_code_bytes(void);
size_t wj_code_used(void);
int wj_make_arena(void);
void wj_free_arena(void);

/* cache.c: lets the kernel have memory of the cache back. */
int wj_make_shrinker(void);
void wj_free_shrinker(void);

/* Assembly. */
extern char wj_arena[], wj_arena_end[];

#endif
