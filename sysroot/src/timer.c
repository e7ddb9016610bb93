/* Timers that send signals. */

#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define IMPORT(name) __attribute__((import_module("env"), import_name(name)))

IMPORT("__syscall_getitimer") int call_getitimer(int, long *);
IMPORT("__syscall_setitimer") int call_setitimer(int, const long *, long *);
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

int timer_create(clockid_t clock, struct sigevent *restrict event, timer_t *restrict timer)
{
	return result(call_timer_create(clock, event, timer));
}

int timer_settime(timer_t timer, int flags, const struct itimerspec *restrict new, struct itimerspec *restrict old)
{
	return result(call_timer_settime(timer, flags, new, old));
}

int timer_gettime(timer_t timer, struct itimerspec *value)
{
	return result(call_timer_gettime(timer, value));
}

int timer_getoverrun(timer_t timer)
{
	return result(call_timer_getoverrun(timer));
}

int timer_delete(timer_t timer)
{
	return result(call_timer_delete(timer));
}
