/* Reading and writing an eventfd. */

#include <stdint.h>
#include <unistd.h>

int eventfd_read(int fd, uint64_t *value)
{
	return read(fd, value, sizeof *value) == sizeof *value ? 0 : -1;
}

int eventfd_write(int fd, uint64_t value)
{
	return write(fd, &value, sizeof value) == sizeof value ? 0 : -1;
}
