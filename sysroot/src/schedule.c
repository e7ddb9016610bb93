/* How threads are scheduled: the C library ignores it. */

#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <unistd.h>

#define IMPORT(name) __attribute__((import_module("env"), import_name(name)))

IMPORT("__wasmjit_thread_number") int call_thread_number(pthread_t);

/* The linker calls these two instead of the C library's. */
int __wrap_sched_get_priority_max(int policy)
{
	switch (policy) {
	case SCHED_FIFO:
	case SCHED_RR:
		return 99;
	case SCHED_OTHER:
	case SCHED_BATCH:
	case SCHED_IDLE:
	case SCHED_DEADLINE:
		return 0;
	}
	errno = EINVAL;
	return -1;
}

int __wrap_sched_get_priority_min(int policy)
{
	int most = __wrap_sched_get_priority_max(policy);
	return most > 0 ? 1 : most;
}

int pthread_getschedparam(pthread_t thread, int *restrict policy, struct sched_param *restrict param)
{
	int number = call_thread_number(thread);
	if (!number)
		return ESRCH;
	int found = sched_getscheduler(number);
	if (found < 0 || sched_getparam(number, param))
		return errno;
	*policy = found;
	return 0;
}

int pthread_setschedparam(pthread_t thread, int policy, const struct sched_param *param)
{
	int number = call_thread_number(thread);
	if (!number)
		return ESRCH;
	return sched_setscheduler(number, policy, param) ? errno : 0;
}

int pthread_setschedprio(pthread_t thread, int priority)
{
	int number = call_thread_number(thread);
	if (!number)
		return ESRCH;
	struct sched_param param = { .sched_priority = priority };
	return sched_setparam(number, &param) ? errno : 0;
}

int pthread_setaffinity_np(pthread_t thread, size_t size, const cpu_set_t *set)
{
	int number = call_thread_number(thread);
	if (!number)
		return ESRCH;
	return sched_setaffinity(number, size, set) ? errno : 0;
}

int pthread_getaffinity_np(pthread_t thread, size_t size, cpu_set_t *set)
{
	int number = call_thread_number(thread);
	if (!number)
		return ESRCH;
	return sched_getaffinity(number, size, set) ? errno : 0;
}
