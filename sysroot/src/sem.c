/* Semaphores of System V. */

#define _GNU_SOURCE
#include "sysv.h"
#include <stdarg.h>
#include <stdint.h>
#include <sys/sem.h>
#include <time.h>

struct k_semid {
	struct k_perm perm;
	long long otime, ctime;
	unsigned long long count;
};

/* Programs define it themselves. */
union semun {
	int value;
	struct semid_ds *status;
	unsigned short *values;
};

IMPORT("__syscall_semctl") int call_semctl(int, int, int, uintptr_t);
IMPORT("__syscall_semtimedop") int call_semtimedop(int, struct sembuf *, size_t, const struct timespec *);

/* The largest value of a semaphore. */
enum { MOST = 32767 };

int semtimedop(int id, struct sembuf *operations, size_t count, const struct timespec *time)
{
	return result(call_semtimedop(id, operations, count, time));
}

static int status_of(int id, struct semid_ds *status)
{
	struct k_semid kernel;
	int r = result(call_semctl(id, 0, K_STAT, (uintptr_t)&kernel));
	if (r < 0)
		return r;
	*status = (struct semid_ds){
		.sem_otime = kernel.otime,
		.sem_ctime = kernel.ctime,
		.sem_nsems = kernel.count,
	};
	perm_from_kernel(&status->sem_perm, &kernel.perm);
	return r;
}

int semctl(int id, int number, int command, ...)
{
	uintptr_t word = 0;
	const union semun *argument = 0;
	va_list more;
	va_start(more, command);
	switch (command) {
	case SETVAL:
	case GETALL:
	case SETALL:
	case IPC_SET:
	case IPC_STAT:
		/* A union is passed by its address. */
		word = va_arg(more, uintptr_t);
		argument = (const union semun *)word;
	}
	va_end(more);
	switch (command) {
	case SETVAL:
		/* Many programs pass the number itself, which works where it is passed as the
		 * union is. No union lies at such a low address. */
		return result(call_semctl(id, number, command, word <= MOST ? word : argument->value));
	case GETALL:
	case SETALL:
		return result(call_semctl(id, 0, command, (uintptr_t)argument->values));
	case IPC_STAT:
		return status_of(id, argument->status);
	case IPC_SET: {
		struct k_semid kernel = { .perm = perm_to_kernel(&argument->status->sem_perm) };
		return result(call_semctl(id, 0, K_SET, (uintptr_t)&kernel));
	}
	default:
		return result(call_semctl(id, number, command, 0));
	}
}
