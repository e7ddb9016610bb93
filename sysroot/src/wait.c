/* Waiting in locks, joins and semaphores. The C library's own functions end no wait for
 * a signal, and look every millisecond, on the first thread, for something to do. */

#define _GNU_SOURCE
#include <emscripten/threading.h>
#include <errno.h>
#include <pthread.h>
#include <time.h>

#define IMPORT(name) __attribute__((import_module("env"), import_name(name)))

IMPORT("__wasmjit_futex_wait") int call_futex_wait(volatile int *, int, const struct timespec *);

/* How long the first thread waits before it looks for calls that others want it to
 * make, in nanoseconds. */
enum { SLICE = 20000000, SECOND = 1000000000 };

static int is_less(struct timespec a, struct timespec b)
{
	return a.tv_sec != b.tv_sec ? a.tv_sec < b.tv_sec : a.tv_nsec < b.tv_nsec;
}

int __timedwait_cp(volatile int *word, int value, clockid_t clock, const struct timespec *until, int private)
{
	const struct timespec slice = { .tv_nsec = SLICE };
	int first = emscripten_is_main_runtime_thread();
	for (;;) {
		struct timespec rest, *limit = 0;
		if (until) {
			if (until->tv_nsec < 0 || until->tv_nsec >= SECOND || clock_gettime(clock, &rest))
				return EINVAL;
			rest.tv_sec = until->tv_sec - rest.tv_sec;
			rest.tv_nsec = until->tv_nsec - rest.tv_nsec;
			if (rest.tv_nsec < 0) {
				rest.tv_sec--;
				rest.tv_nsec += SECOND;
			}
			if (rest.tv_sec < 0)
				return ETIMEDOUT;
			limit = &rest;
		}
		int sliced = first && (!limit || is_less(slice, rest));
		if (sliced) {
			rest = slice;
			limit = &rest;
		}
		int error = -call_futex_wait(word, value, limit);
		if (error == ETIMEDOUT && sliced) {
			/* Makes those calls, and does not wait. */
			emscripten_futex_wait(word, value, 0);
			continue;
		}
		return error == EINTR || error == ETIMEDOUT || error == ECANCELED ? error : 0;
	}
}

int __timedwait(volatile int *word, int value, clockid_t clock, const struct timespec *until, int private)
{
	int state, type;
	pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, &type);
	pthread_setcanceltype(type, 0);
	/* A thread that may be ended anywhere may be ended here. */
	if (type == PTHREAD_CANCEL_ASYNCHRONOUS)
		return __timedwait_cp(word, value, clock, until, private);
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
	int error = __timedwait_cp(word, value, clock, until, private);
	pthread_setcancelstate(state, 0);
	return error;
}

/* Where nothing but a change of the word ends the wait. */
void __wait(volatile int *word, volatile int *waiters, int value, int private)
{
	for (int spins = 100; spins && (!waiters || !*waiters); spins--)
		if (*word != value)
			return;
	if (waiters)
		__atomic_fetch_add(waiters, 1, __ATOMIC_SEQ_CST);
	while (*word == value)
		__timedwait(word, value, CLOCK_REALTIME, 0, private);
	if (waiters)
		__atomic_fetch_sub(waiters, 1, __ATOMIC_SEQ_CST);
}
