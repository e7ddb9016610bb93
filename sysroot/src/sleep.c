/* Sleeping until a signal: the C library's own does not notice any. */

#define _GNU_SOURCE
#include <errno.h>
#include <time.h>
#include <unistd.h>

#define IMPORT(name) __attribute__((import_module("env"), import_name(name)))

IMPORT("__syscall_clock_nanosleep") int call_clock_nanosleep(int, int, const struct timespec *, struct timespec *);

int clock_nanosleep(clockid_t clock, int flags, const struct timespec *time, struct timespec *rest)
{
	return -call_clock_nanosleep(clock, flags, time, rest);
}

int nanosleep(const struct timespec *time, struct timespec *rest)
{
	int error = clock_nanosleep(CLOCK_REALTIME, 0, time, rest);
	if (!error)
		return 0;
	errno = error;
	return -1;
}

unsigned sleep(unsigned seconds)
{
	struct timespec time = { .tv_sec = seconds };
	return nanosleep(&time, &time) ? time.tv_sec + (time.tv_nsec >= 500000000) : 0;
}

int usleep(unsigned useconds)
{
	struct timespec time = {
		.tv_sec = useconds / 1000000,
		.tv_nsec = useconds % 1000000 * 1000,
	};
	return nanosleep(&time, 0);
}
