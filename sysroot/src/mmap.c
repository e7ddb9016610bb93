/* mmap and what belongs to it: the C library shares anonymous memory with nobody, maps
 * nothing at an address that is asked for, and ends mappings as a whole only. */

#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define IMPORT(name) __attribute__((import_module("env"), import_name(name)))

IMPORT("__wasmjit_mmap") int call_mmap(void *, size_t, int, int, int, unsigned);
IMPORT("__wasmjit_munmap") int call_munmap(void *, size_t);
IMPORT("__wasmjit_msync") int call_msync(void *, size_t);

/* A page of WebAssembly's, which is what sysconf() tells. */
enum { PAGE = 65536 };

/* What offsets are counted in. */
enum { UNIT = 4096 };

/* Memory from the allocator that is mapped, or was in parts. */
static struct block {
	struct block *next;
	char *start;
	size_t pages;
	/* How many of the pages are mapped, and which. */
	size_t left;
	unsigned char mapped[];
} *blocks;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static int result(int r)
{
	if (r >= 0)
		return r;
	errno = -r;
	return -1;
}

/* The pages of a length; 0 where there are not so many. */
static size_t pages_of(size_t length)
{
	return length > SIZE_MAX / 2 ? 0 : (length + PAGE - 1) / PAGE;
}

static struct block *new_block(size_t pages)
{
	struct block *block = malloc(sizeof *block + pages);
	if (!block)
		return 0;
	block->start = aligned_alloc(PAGE, pages * PAGE);
	if (!block->start) {
		free(block);
		return 0;
	}
	block->pages = block->left = pages;
	memset(block->mapped, 1, pages);
	return block;
}

static void free_block(struct block *block)
{
	int error = errno;
	free(block->start);
	free(block);
	errno = error;
}

/* Notes for the pages of a range that they are mapped now, or no longer. */
static void mark(char *start, size_t pages, int mapped)
{
	char *end = start + pages * PAGE;
	pthread_mutex_lock(&lock);
	for (struct block **at = &blocks; *at;) {
		struct block *block = *at;
		char *first = block->start > start ? block->start : start;
		char *last = block->start + block->pages * PAGE;
		last = last < end ? last : end;
		for (; first < last; first += PAGE) {
			unsigned char *page = &block->mapped[(first - block->start) / PAGE];
			block->left += mapped - *page;
			*page = mapped;
		}
		if (block->left) {
			at = &block->next;
			continue;
		}
		*at = block->next;
		free_block(block);
	}
	pthread_mutex_unlock(&lock);
}

/* Maps in the place of memory that is there. */
static int put(char *start, size_t length, int protection, int flags, int fd, off_t offset)
{
	if (flags & MAP_ANONYMOUS && (flags & MAP_TYPE) != MAP_PRIVATE) {
		/* Memory that processes share is a file without a name. */
		int memory = memfd_create("shared memory", MFD_CLOEXEC);
		if (memory < 0 || ftruncate(memory, length)) {
			if (memory >= 0)
				close(memory);
			/* mmap has no other error for this. */
			errno = ENOMEM;
			return -1;
		}
		int r = result(call_mmap(start, length, protection, flags & ~MAP_ANONYMOUS, memory, 0));
		int error = errno;
		close(memory);
		errno = error;
		return r;
	}
	return result(call_mmap(start, length, protection, flags, fd, offset / UNIT));
}

void *mmap(void *start, size_t length, int protection, int flags, int fd, off_t offset)
{
	size_t pages = pages_of(length);
	if (!(flags & MAP_ANONYMOUS) && (offset < 0 || offset % UNIT || offset / UNIT > UINT32_MAX)) {
		errno = EINVAL;
		return MAP_FAILED;
	}
	if (!pages) {
		errno = length ? ENOMEM : EINVAL;
		return MAP_FAILED;
	}
	if (flags & MAP_FIXED) {
		if (put(start, length, protection, flags, fd, offset))
			return MAP_FAILED;
		mark(start, pages, 1);
		return start;
	}
	/* Without it the address is a wish. */
	struct block *block = new_block(pages);
	if (!block) {
		errno = ENOMEM;
		return MAP_FAILED;
	}
	if (put(block->start, length, protection, flags, fd, offset)) {
		free_block(block);
		return MAP_FAILED;
	}
	pthread_mutex_lock(&lock);
	block->next = blocks;
	blocks = block;
	pthread_mutex_unlock(&lock);
	return block->start;
}

int munmap(void *start, size_t length)
{
	size_t pages = pages_of(length);
	if (!pages || (uintptr_t)start % PAGE) {
		errno = EINVAL;
		return -1;
	}
	if (result(call_munmap(start, length)))
		return -1;
	mark(start, pages, 0);
	return 0;
}

int msync(void *start, size_t length, int flags)
{
	if ((uintptr_t)start % PAGE || flags & ~(MS_ASYNC | MS_INVALIDATE | MS_SYNC)
		|| (flags & MS_ASYNC && flags & MS_SYNC)) {
		errno = EINVAL;
		return -1;
	}
	return length ? result(call_msync(start, length)) : 0;
}

#undef mmap64
void *mmap64(void *, size_t, int, int, int, off_t) __attribute__((alias("mmap")));
