/* Clocks: the C library lets nobody set them and has none of a process or thread. */

#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define IMPORT(name) __attribute__((import_module("env"), import_name(name)))

IMPORT("__syscall_clock_settime") int call_clock_settime(int, const struct timespec *);
IMPORT("__wasmjit_thread_number") int call_thread_number(pthread_t);

int clock_settime(clockid_t clock, const struct timespec *time)
{
	int r = call_clock_settime(clock, time);
	if (r >= 0)
		return 0;
	errno = -r;
	return -1;
}

/* The kernel's numbers for the clocks of others: the complement of the process's
 * or thread's number, then what is counted: 2 for time on a processor, and 4 for a
 * thread. */
static clockid_t clock_of(pid_t number, int kind)
{
	return (~(unsigned)number << 3) | kind;
}

int clock_getcpuclockid(pid_t process, clockid_t *clock)
{
	struct timespec resolution;
	clockid_t found = clock_of(process, 2);
	if (clock_getres(found, &resolution))
		return errno == EINVAL ? ESRCH : errno;
	*clock = found;
	return 0;
}

int pthread_getcpuclockid(pthread_t thread, clockid_t *clock)
{
	int number = call_thread_number(thread);
	if (!number)
		return ESRCH;
	*clock = clock_of(number, 4 | 2);
	return 0;
}

/* Older versions import these. Newer ones have none of them but wall clocks, in
 * milliseconds. */
#if __has_include(<emscripten/version.h>)

IMPORT("__clock_gettime") int call_clock_gettime(clockid_t, struct timespec *);
IMPORT("clock_getres") int call_clock_getres(clockid_t, struct timespec *);

int __clock_gettime(clockid_t clock, struct timespec *time)
{
	return call_clock_gettime(clock, time);
}

int __clock_getres(clockid_t clock, struct timespec *resolution)
{
	return call_clock_getres(clock, resolution);
}

int __gettimeofday(struct timeval *restrict time, void *restrict zone)
{
	struct timespec now;
	if (!time)
		return 0;
	call_clock_gettime(CLOCK_REALTIME, &now);
	*time = (struct timeval){ .tv_sec = now.tv_sec, .tv_usec = now.tv_nsec / 1000 };
	return 0;
}

clock_t __clock(void)
{
	struct timespec used;
	if (call_clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used))
		return -1;
	return used.tv_sec * CLOCKS_PER_SEC + used.tv_nsec / (1000000000 / CLOCKS_PER_SEC);
}

#define SAME(name) extern __typeof(name) name __attribute__((alias("__" #name)))
SAME(clock_gettime);
SAME(clock_getres);
SAME(gettimeofday);
SAME(clock);

#endif
