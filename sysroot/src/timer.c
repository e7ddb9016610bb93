/* Timers that send signals. */

#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define IMPORT(name) __attribute__((import_module("env"), import_name(name)))

IMPORT("__syscall_getitimer") int call_getitimer(int, long *);
IMPORT("__syscall_setitimer") int call_setitimer(int, const long *, long *);
IMPORT("__syscall_gettid") int call_gettid(void);
IMPORT("__syscall_tkill") int call_tkill(int, int);
IMPORT("__syscall_rt_sigprocmask") int call_rt_sigprocmask(int, const void *, void *, size_t);
IMPORT("__syscall_rt_sigtimedwait") int call_rt_sigtimedwait(const void *, siginfo_t *, const struct timespec *, size_t);
IMPORT("__syscall_timer_create") int call_timer_create(int, struct sigevent *, timer_t *);
IMPORT("__syscall_timer_settime") int call_timer_settime(timer_t, int, const struct itimerspec *, struct itimerspec *);
IMPORT("__syscall_timer_gettime") int call_timer_gettime(timer_t, struct itimerspec *);
IMPORT("__syscall_timer_getoverrun") int call_timer_getoverrun(timer_t);
IMPORT("__syscall_timer_delete") int call_timer_delete(timer_t);

static int result(int r)
{
	if (r >= 0)
		return r;
	errno = -r;
	return -1;
}

static void store(struct itimerval *to, const long from[4])
{
	to->it_interval.tv_sec = from[0];
	to->it_interval.tv_usec = from[1];
	to->it_value.tv_sec = from[2];
	to->it_value.tv_usec = from[3];
}

int getitimer(int which, struct itimerval *value)
{
	long now[4];
	int r = call_getitimer(which, now);
	if (!r)
		store(value, now);
	return result(r);
}

int setitimer(int which, const struct itimerval *restrict new, struct itimerval *restrict old)
{
	long before[4];
	long wanted[4] = {
		new->it_interval.tv_sec, new->it_interval.tv_usec,
		new->it_value.tv_sec, new->it_value.tv_usec,
	};
	int r = call_setitimer(which, wanted, before);
	if (!r && old)
		store(old, before);
	return result(r);
}

unsigned alarm(unsigned seconds)
{
	struct itimerval old, new = { .it_value.tv_sec = seconds };
	if (setitimer(ITIMER_REAL, &new, &old) < 0)
		return 0;
	return old.it_value.tv_sec + !!old.it_value.tv_usec;
}

useconds_t ualarm(useconds_t value, useconds_t interval)
{
	struct itimerval old, new = {
		.it_interval.tv_usec = interval,
		.it_value.tv_usec = value,
	};
	if (setitimer(ITIMER_REAL, &new, &old) < 0)
		return 0;
	return old.it_value.tv_sec * 1000000 + old.it_value.tv_usec;
}

/* SIGEV_THREAD: a thread waits for the timer's signals, which nobody else knows of,
 * and starts another for each. */
struct watch {
	pthread_t thread;
	pthread_attr_t attributes;
	void (*function)(union sigval);
	union sigval value;
	sem_t ready;
	int number, timer;
	volatile int deleted;
};

/* Below SIGRTMIN, and above those that the host needs. */
#define SIGWATCH 34

/* A `timer_t` is the kernel's number, or the address of a watch, halved and
 * negative. */
static timer_t name_of(struct watch *watch)
{
	return (timer_t)((uintptr_t)watch >> 1 | (uintptr_t)INTPTR_MIN);
}

static struct watch *watch_of(timer_t timer)
{
	return (intptr_t)timer < 0 ? (struct watch *)((uintptr_t)timer << 1) : 0;
}

static timer_t number_of(timer_t timer)
{
	struct watch *watch = watch_of(timer);
	return watch ? (timer_t)(intptr_t)watch->timer : timer;
}

static void *notify(void *argument)
{
	struct watch *watch = argument;
	void (*function)(union sigval) = watch->function;
	union sigval value = watch->value;
	free(watch);
	sigset_t none;
	sigemptyset(&none);
	pthread_sigmask(SIG_SETMASK, &none, 0);
	function(value);
	return 0;
}

static void *watch_timer(void *argument)
{
	struct watch *watch = argument;
	watch->number = call_gettid();
	sem_post(&watch->ready);
	/* Of the C library's sets, one cannot have this signal. */
	const unsigned long long set = 1ull << (SIGWATCH - 1);
	for (;;) {
		int r = call_rt_sigtimedwait(&set, 0, 0, sizeof set);
		if (watch->deleted)
			break;
		struct watch *copy = r == SIGWATCH ? malloc(sizeof *copy) : 0;
		if (!copy)
			continue;
		*copy = *watch;
		pthread_t thread;
		if (pthread_create(&thread, &watch->attributes, notify, copy))
			free(copy);
	}
	free(watch);
	return 0;
}

static void end(struct watch *watch)
{
	int number = watch->number;
	watch->deleted = 1;
	call_tkill(number, SIGWATCH);
}

static int create_watched(clockid_t clock, const struct sigevent *event, timer_t *timer)
{
	struct watch *watch = calloc(1, sizeof *watch);
	if (!watch)
		return -EAGAIN;
	watch->function = event->sigev_notify_function;
	watch->value = event->sigev_value;
	if (event->sigev_notify_attributes)
		watch->attributes = *event->sigev_notify_attributes;
	else
		pthread_attr_init(&watch->attributes);
	pthread_attr_setdetachstate(&watch->attributes, PTHREAD_CREATE_DETACHED);
	sem_init(&watch->ready, 0, 0);
	/* The thread has no signal delivered. */
	pthread_attr_t detached;
	pthread_attr_init(&detached);
	pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
	const unsigned long long every = -1;
	unsigned long long mask;
	call_rt_sigprocmask(SIG_SETMASK, &every, &mask, sizeof every);
	int error = pthread_create(&watch->thread, &detached, watch_timer, watch);
	call_rt_sigprocmask(SIG_SETMASK, &mask, 0, sizeof mask);
	if (error) {
		free(watch);
		return -EAGAIN;
	}
	while (sem_wait(&watch->ready));
	struct sigevent kernel = {
		.sigev_notify = SIGEV_THREAD_ID,
		.sigev_signo = SIGWATCH,
		.sigev_notify_thread_id = watch->number,
	};
	timer_t made;
	int r = call_timer_create(clock, &kernel, &made);
	if (r < 0) {
		end(watch);
		return r;
	}
	watch->timer = (intptr_t)made;
	*timer = name_of(watch);
	return 0;
}

int timer_create(clockid_t clock, struct sigevent *restrict event, timer_t *restrict timer)
{
	if (event && event->sigev_notify == SIGEV_THREAD)
		return result(create_watched(clock, event, timer));
	return result(call_timer_create(clock, event, timer));
}

int timer_settime(timer_t timer, int flags, const struct itimerspec *restrict new, struct itimerspec *restrict old)
{
	return result(call_timer_settime(number_of(timer), flags, new, old));
}

int timer_gettime(timer_t timer, struct itimerspec *value)
{
	return result(call_timer_gettime(number_of(timer), value));
}

int timer_getoverrun(timer_t timer)
{
	return result(call_timer_getoverrun(number_of(timer)));
}

int timer_delete(timer_t timer)
{
	int r = call_timer_delete(number_of(timer));
	struct watch *watch = watch_of(timer);
	if (watch)
		end(watch);
	return result(r);
}
