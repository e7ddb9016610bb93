/* Reading and writing one buffer: the C library passes descriptions of buffers in
 * memory, of which it makes one here, and has the result stored in memory too. */

#include <errno.h>
#include <unistd.h>

#define IMPORT(name) __attribute__((import_module("env"), import_name(name)))

IMPORT("__syscall_read") int call_read(int, void *, size_t);
IMPORT("__syscall_write") int call_write(int, const void *, size_t);
IMPORT("__syscall_pread64") int call_pread(int, void *, size_t, off_t);
IMPORT("__syscall_pwrite64") int call_pwrite(int, const void *, size_t, off_t);

/* The kernel's convention turned into the C library's: errors are the last 4095
 * numbers, and anything else may be a length. */
static ssize_t result(int value)
{
	if ((unsigned)value <= -4096U)
		return value;
	errno = -value;
	return -1;
}

ssize_t read(int fd, void *buffer, size_t length)
{
	return result(call_read(fd, buffer, length));
}

ssize_t write(int fd, const void *buffer, size_t length)
{
	return result(call_write(fd, buffer, length));
}

ssize_t pread(int fd, void *buffer, size_t length, off_t position)
{
	return result(call_pread(fd, buffer, length, position));
}

ssize_t pwrite(int fd, const void *buffer, size_t length, off_t position)
{
	return result(call_pwrite(fd, buffer, length, position));
}
