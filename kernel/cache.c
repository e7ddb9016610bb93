// SPDX-License-Identifier: MIT OR GPL-2.0
/* What the cache of compiled code (src/cache.rs) needs of the kernel. */
#include <linux/math.h>
#include <linux/minmax.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/shrinker.h>
#include <linux/version.h>
#include <crypto/blake2s.h>
#include "shim.h"

/* ---- limits ---- */

static int set_limit(const char *text, const struct kernel_param *limit)
{
	int error = param_set_uint(text, limit);

	if (!error)
		wasmjit_cache_trim();
	return error;
}

static const struct kernel_param_ops limit_ops = {
	.set = set_limit,
	.get = param_get_uint,
};

static unsigned int max_cache = 32 << 10;
module_param_cb(max_cache, &limit_ops, &max_cache, 0644);
MODULE_PARM_DESC(max_cache, "KiB of compiled code that is kept, of all users together; 0: none");

static unsigned int max_cache_per_user = 16 << 10;
module_param_cb(max_cache_per_user, &limit_ops, &max_cache_per_user, 0644);
MODULE_PARM_DESC(max_cache_per_user, "KiB of compiled code that is kept, of each user");

size_t wj_cache_limit(void)
{
	return (size_t)READ_ONCE(max_cache) << 10;
}

size_t wj_cache_limit_per_user(void)
{
	return (size_t)READ_ONCE(max_cache_per_user) << 10;
}

/* ---- the lock ---- */

static DEFINE_MUTEX(cache_lock);

void wj_cache_lock(void)
{
	mutex_lock(&cache_lock);
}

bool wj_cache_trylock(void)
{
	return mutex_trylock(&cache_lock);
}

void wj_cache_unlock(void)
{
	mutex_unlock(&cache_lock);
}

/* ---- memory pressure ---- */

/*
 * Objects are KiB of what idle entries have beside their code: the arena is the
 * module's as long as it is loaded.
 */
#define OBJECT_SHIFT	10

static unsigned long count_objects(struct shrinker *shrinker, struct shrink_control *control)
{
	return DIV_ROUND_UP(wasmjit_cache_idle(), 1 << OBJECT_SHIFT);
}

static unsigned long scan_objects(struct shrinker *shrinker, struct shrink_control *control)
{
	size_t freed = wasmjit_cache_shrink(control->nr_to_scan << OBJECT_SHIFT);

	return freed ? DIV_ROUND_UP(freed, 1 << OBJECT_SHIFT) : SHRINK_STOP;
}

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 7, 0)

static struct shrinker *shrinker;

int wj_make_shrinker(void)
{
	shrinker = shrinker_alloc(0, "wasmjit");
	if (!shrinker)
		return -ENOMEM;
	shrinker->count_objects = count_objects;
	shrinker->scan_objects = scan_objects;
	shrinker_register(shrinker);
	return 0;
}

void wj_free_shrinker(void)
{
	shrinker_free(shrinker);
}

#else

static struct shrinker shrinker = {
	.count_objects = count_objects,
	.scan_objects = scan_objects,
	.seeks = DEFAULT_SEEKS,
};

int wj_make_shrinker(void)
{
	return register_shrinker(&shrinker, "wasmjit");
}

void wj_free_shrinker(void)
{
	unregister_shrinker(&shrinker);
}

#endif

/* ---- keys ---- */

/* Bytes that are hashed before others may have the processor. */
#define HASHED_AT_ONCE	(256 << 10)

/*
 * BLAKE2s of a text and of data, 32 bytes. Returns false when the task is being
 * killed.
 */
bool wj_hash(u8 *hash, const u8 *text, size_t text_size, const u8 *data, size_t size)
{
	struct blake2s_state state;
	u64 length = text_size;

	blake2s_init(&state, BLAKE2S_HASH_SIZE);
	blake2s_update(&state, (const u8 *)&length, sizeof(length));
	blake2s_update(&state, text, text_size);
	while (size) {
		size_t part = min_t(size_t, size, HASHED_AT_ONCE);

		blake2s_update(&state, data, part);
		data += part;
		size -= part;
		cond_resched();
		if (fatal_signal_pending(current))
			return false;
	}
	blake2s_final(&state, hash);
	return true;
}
