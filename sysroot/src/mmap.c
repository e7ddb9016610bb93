/* mmap: the C library shares anonymous memory with nobody. */

#define _GNU_SOURCE
#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

void *__mmap(void *, size_t, int, int, int, off_t);

/* Memory that processes share is a file without a name. */
static int shared_memory(size_t length)
{
	int fd = memfd_create("shared memory", MFD_CLOEXEC);
	if (fd >= 0 && ftruncate(fd, length) == 0)
		return fd;
	if (fd >= 0)
		close(fd);
	/* mmap has no other error for this. */
	errno = ENOMEM;
	return -1;
}

void *mmap(void *start, size_t length, int protection, int flags, int fd, off_t offset)
{
	/* Without MAP_FIXED the address is a wish, which newer versions do not take. */
	if (!(flags & MAP_FIXED))
		start = 0;
	if (!(flags & MAP_ANONYMOUS) || (flags & MAP_TYPE) != MAP_SHARED)
		return __mmap(start, length, protection, flags, fd, offset);
	if (length == 0) {
		errno = EINVAL;
		return MAP_FAILED;
	}
	int memory = shared_memory(length);
	if (memory < 0)
		return MAP_FAILED;
	void *at = __mmap(start, length, protection, flags & ~MAP_ANONYMOUS, memory, 0);
	int error = errno;
	close(memory);
	errno = error;
	return at;
}

#undef mmap64
void *mmap64(void *, size_t, int, int, int, off_t) __attribute__((alias("mmap")));
