// SPDX-License-Identifier: MIT OR GPL-2.0
/* Memory: the heap of the Rust library, the tasks' own, and the arena for code. */
#include <linux/genalloc.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>
#include <asm/sync_core.h>
#include "shim.h"

/* ---- the heap, and the memory of tasks ---- */

static atomic64_t heap_bytes;

/*
 * What is no larger than this is always had. Above the limit of its control group
 * the task is then being killed, and ends before it takes much more: only its
 * compiler would not bear a refusal.
 */
#define ALWAYS_HAD	(128 << 10)

void *wj_alloc(size_t size, size_t align)
{
	gfp_t flags = GFP_KERNEL_ACCOUNT | __GFP_NOWARN;
	size_t wanted = size;
	void *memory;

	if (align > 8)
		size = max(size, align);
	if (align > 32)
		size = roundup_pow_of_two(size);
	if (size <= ALWAYS_HAD)
		flags |= __GFP_NOFAIL;
	memory = kvmalloc(size, flags);
	if (memory)
		atomic64_add(wanted, &heap_bytes);
	return memory;
}

void wj_free(void *memory, size_t size)
{
	atomic64_sub(size, &heap_bytes);
	kvfree(memory);
}

void *wj_stack_alloc(size_t size)
{
	return __vmalloc(size, GFP_KERNEL_ACCOUNT | __GFP_NOWARN);
}

void wj_stack_free(void *stack)
{
	vfree(stack);
}

unsigned long wj_copy_from_user(void *to, unsigned long from, size_t size)
{
	return copy_from_user(to, (const void __user *)from, size);
}

unsigned long wj_copy_to_user(unsigned long to, const void *from, size_t size)
{
	return copy_to_user((void __user *)to, from, size);
}

unsigned long wj_task_size(void)
{
	return TASK_SIZE_MAX;
}

/* New memory of the current task's, or zero. */
unsigned long wj_map(size_t size)
{
	unsigned long start = vm_mmap(NULL, 0, size, PROT_READ | PROT_WRITE,
				      MAP_PRIVATE | MAP_ANONYMOUS, 0);

	return IS_ERR_VALUE(start) ? 0 : start;
}

void wj_unmap(unsigned long start, size_t size)
{
	vm_munmap(start, size);
}

s64 wj_heap_bytes(void)
{
	return atomic64_read(&heap_bytes);
}

/* ---- code ---- */

static struct gen_pool *arena_pool;
static void *arena_alias;

unsigned long wj_code_alloc(size_t size)
{
	return gen_pool_alloc(arena_pool, size);
}

/* Where code can be written. */
void *wj_code_alias(unsigned long code)
{
	return arena_alias + (code - (unsigned long)wj_arena);
}

static void sync_this_core(void *unused)
{
	sync_core();
}

/*
 * Addresses are used again, and a CPU may have fetched what stood there before:
 * each executes a serialising instruction before anything runs new code.
 */
void wj_code_publish(void)
{
	on_each_cpu(sync_this_core, NULL, 1);
}

void wj_code_free(unsigned long code, size_t size)
{
	memset(wj_code_alias(code), 0xcc, size);
	gen_pool_free(arena_pool, code, size);
}

size_t wj_code_bytes(void)
{
	return gen_pool_size(arena_pool);
}

size_t wj_code_used(void)
{
	return gen_pool_size(arena_pool) - gen_pool_avail(arena_pool);
}

int wj_make_arena(void)
{
	size_t size = wj_arena_end - wj_arena;
	size_t i, count = size / PAGE_SIZE;
	struct page **pages = kvmalloc_array(count, sizeof(*pages), GFP_KERNEL);
	int error;

	if (!pages)
		return -ENOMEM;
	for (i = 0; i < count; i++)
		pages[i] = vmalloc_to_page(wj_arena + i * PAGE_SIZE);
	arena_alias = vmap(pages, count, VM_MAP, PAGE_KERNEL);
	kvfree(pages);
	if (!arena_alias)
		return -ENOMEM;
	memset(arena_alias, 0xcc, size);
	arena_pool = gen_pool_create(PAGE_SHIFT, NUMA_NO_NODE);
	/* Code that runs cannot move: much of it is small, and some needs megabytes. */
	if (arena_pool)
		gen_pool_set_algo(arena_pool, gen_pool_best_fit, NULL);
	error = arena_pool ? gen_pool_add(arena_pool, (unsigned long)wj_arena, size, NUMA_NO_NODE)
			   : -ENOMEM;
	if (error) {
		if (arena_pool)
			gen_pool_destroy(arena_pool);
		vunmap(arena_alias);
	}
	return error;
}

void wj_free_arena(void)
{
	gen_pool_destroy(arena_pool);
	vunmap(arena_alias);
}
