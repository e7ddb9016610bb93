/* fork, and the functions that pthread_atfork wants called around it. */

#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#define IMPORT(name) __attribute__((import_module("env"), import_name(name)))

IMPORT("fork") int call_fork(void);
IMPORT("__syscall_getpid") int call_getpid(void);

struct around {
	struct around *before, *after;
	void (*prepare)(void);
	void (*parent)(void);
	void (*child)(void);
};

static struct around *first, *last;

/* Held while a process is copied, so that it is free in both. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* The linker calls it instead of the C library's, which has it in one object with
 * what programs without threads need of locks. */
int __wrap_pthread_atfork(void (*prepare)(void), void (*parent)(void), void (*child)(void))
{
	struct around *new = malloc(sizeof *new);
	if (!new)
		return ENOMEM;
	*new = (struct around){ .prepare = prepare, .parent = parent, .child = child };
	pthread_mutex_lock(&lock);
	new->before = last;
	*(last ? &last->after : &first) = new;
	last = new;
	pthread_mutex_unlock(&lock);
	return 0;
}

/* The C library keeps the number of a thread in a structure of its own, whose form
 * depends on the version. Owners of locks are told apart by it. */
static void renumber(int before, int now)
{
	enum { WORDS = 16 };
	volatile int *words = (volatile int *)pthread_self();
	for (int i = 0; i < WORDS && gettid() != now; i++) {
		if (words[i] != before)
			continue;
		words[i] = now;
		if (gettid() != now)
			words[i] = before;
	}
}

static pid_t copy(void)
{
	int before = gettid();
	pid_t process = call_fork();
	if (process == 0) {
		int error = errno;
		renumber(before, call_getpid());
		errno = error;
	}
	return process;
}

pid_t _Fork(void)
{
	return copy();
}

pid_t vfork(void)
{
	return copy();
}

pid_t fork(void)
{
	pthread_mutex_lock(&lock);
	for (struct around *at = last; at; at = at->before)
		if (at->prepare)
			at->prepare();
	pid_t process = copy();
	int error = errno;
	for (struct around *at = first; at; at = at->after) {
		void (*then)(void) = process == 0 ? at->child : at->parent;
		if (then)
			then();
	}
	pthread_mutex_unlock(&lock);
	errno = error;
	return process;
}
