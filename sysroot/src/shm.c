/* Shared memory of System V. */

#define _GNU_SOURCE
#include "sysv.h"
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/shm.h>

struct k_shmid {
	struct k_perm perm;
	unsigned long long size;
	long long atime, dtime, ctime;
	int cpid, lpid;
	unsigned long long attached, unused[2];
};

IMPORT("__syscall_shmget") int call_shmget(int, size_t, int);
IMPORT("__syscall_shmat") int call_shmat(int, const void *, int);
IMPORT("__syscall_shmdt") int call_shmdt(const void *);
IMPORT("__syscall_shmctl") int call_shmctl(int, int, struct k_shmid *);

/* Segments lie in memory from the allocator, aligned as WebAssembly's pages are. */
enum { ALIGNMENT = 65536 };

/* Those whose memory is to be freed when they are detached. */
static struct place {
	struct place *next;
	void *start;
} *places;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

int shmget(key_t key, size_t size, int flags)
{
	return result(call_shmget(key, size, flags));
}

static void *attach_anywhere(int id, int flags)
{
	struct k_shmid status;
	if (result(call_shmctl(id, K_STAT, &status)) < 0)
		return (void *)-1;
	struct place *place = malloc(sizeof *place);
	if (!place)
		return (void *)-1;
	size_t size = 0;
	if (status.size <= SIZE_MAX - ALIGNMENT)
		size = (status.size + ALIGNMENT - 1) & -ALIGNMENT;
	place->start = size ? aligned_alloc(ALIGNMENT, size) : 0;
	if (!place->start) {
		free(place);
		errno = ENOMEM;
		return (void *)-1;
	}
	int r = call_shmat(id, place->start, flags);
	/* As an address, it may look negative. */
	if ((uintptr_t)r != (uintptr_t)place->start) {
		free(place->start);
		free(place);
		errno = -r;
		return (void *)-1;
	}
	pthread_mutex_lock(&lock);
	place->next = places;
	places = place;
	pthread_mutex_unlock(&lock);
	return place->start;
}

void *shmat(int id, const void *address, int flags)
{
	if (!address)
		return attach_anywhere(id, flags);
	/* There is memory at every address: an attachment takes its place. */
	if (!(flags & SHM_REMAP)) {
		errno = EINVAL;
		return (void *)-1;
	}
	if (flags & SHM_RND)
		address = (void *)((uintptr_t)address & -SHMLBA);
	int r = call_shmat(id, address, flags);
	if ((uintptr_t)r == (uintptr_t)address)
		return (void *)address;
	errno = -r;
	return (void *)-1;
}

int shmdt(const void *address)
{
	int r = result(call_shmdt(address));
	if (r < 0)
		return r;
	pthread_mutex_lock(&lock);
	struct place **at = &places;
	while (*at && (*at)->start != address)
		at = &(*at)->next;
	struct place *place = *at;
	if (place)
		*at = place->next;
	pthread_mutex_unlock(&lock);
	if (place) {
		free(place->start);
		free(place);
	}
	return r;
}

int shmctl(int id, int command, struct shmid_ds *status)
{
	struct k_shmid kernel = { 0 };
	int number = command == IPC_STAT ? K_STAT : command;
	if ((number == K_SET || number == K_STAT) && !status) {
		errno = EFAULT;
		return -1;
	}
	if (number == K_SET)
		kernel.perm = perm_to_kernel(&status->shm_perm);
	int r = result(call_shmctl(id, number, &kernel));
	if (r >= 0 && number == K_STAT) {
		*status = (struct shmid_ds){
			.shm_segsz = kernel.size,
			.shm_atime = kernel.atime,
			.shm_dtime = kernel.dtime,
			.shm_ctime = kernel.ctime,
			.shm_cpid = kernel.cpid,
			.shm_lpid = kernel.lpid,
			.shm_nattch = kernel.attached,
		};
		perm_from_kernel(&status->shm_perm, &kernel.perm);
	}
	return r;
}
