/* pselect: the C library has none. */

#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <sys/select.h>

__attribute__((import_module("env"), import_name("__syscall_pselect6")))
int call_pselect6(int, fd_set *, fd_set *, fd_set *, const struct timespec *, const void *);

int pselect(int count, fd_set *restrict reading, fd_set *restrict writing, fd_set *restrict failing,
	const struct timespec *restrict timeout, const sigset_t *restrict mask)
{
	const void *given[2] = { mask, (void *)8 };
	int r = call_pselect6(count, reading, writing, failing, timeout, given);
	if (r >= 0)
		return r;
	errno = -r;
	return -1;
}
