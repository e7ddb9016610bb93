/* The kernel's structures of System V's means of communication, and its calls. Their
 * numbers have 64 bits where the C library's have 32, and other places. */

#pragma once

#include <errno.h>
#include <sys/ipc.h>

#define IMPORT(name) __attribute__((import_module("env"), import_name(name)))

struct k_perm {
	int key;
	unsigned uid, gid, cuid, cgid, mode;
	unsigned short number;
	unsigned long long unused[2];
};

/* The commands that all have; the C library may add flags to its own. */
enum { K_RMID, K_SET, K_STAT };

static inline void perm_from_kernel(struct ipc_perm *to, const struct k_perm *from)
{
	*to = (struct ipc_perm){
		.__ipc_perm_key = from->key,
		.uid = from->uid,
		.gid = from->gid,
		.cuid = from->cuid,
		.cgid = from->cgid,
		.mode = from->mode,
		.__ipc_perm_seq = from->number,
	};
}

static inline struct k_perm perm_to_kernel(const struct ipc_perm *from)
{
	return (struct k_perm){ .uid = from->uid, .gid = from->gid, .mode = from->mode };
}

/* The kernel's convention turned into the C library's. */
static inline int result(int value)
{
	if (value >= 0)
		return value;
	errno = -value;
	return -1;
}
