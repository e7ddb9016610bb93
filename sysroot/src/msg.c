/* Queues of messages of System V. */

#define _GNU_SOURCE
#include "sysv.h"
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/msg.h>

struct k_msqid {
	struct k_perm perm;
	long long stime, rtime, ctime;
	unsigned long long bytes, count, room;
	int lspid, lrpid;
	unsigned long long unused[2];
};

struct k_message {
	long long type;
	char text[];
};

/* What a program has for a message. */
struct message {
	long type;
	char text[];
};

IMPORT("__syscall_msgsnd") int call_msgsnd(int, const struct k_message *, size_t, int);
IMPORT("__syscall_msgrcv") int call_msgrcv(int, struct k_message *, size_t, long, int);
IMPORT("__syscall_msgctl") int call_msgctl(int, int, struct k_msqid *);

/* Room for short messages, in 64-bit words. */
#define SHORT 128

static struct k_message *room(long long *own, size_t size)
{
	if (size <= (SHORT - 1) * sizeof *own)
		return (struct k_message *)own;
	if (size > INT_MAX - sizeof *own) {
		errno = EINVAL;
		return 0;
	}
	return malloc(sizeof(struct k_message) + size);
}

static void give_back(long long *own, struct k_message *message)
{
	int error = errno;
	if ((void *)message != own)
		free(message);
	errno = error;
}

int msgsnd(int id, const void *from, size_t size, int flags)
{
	const struct message *message = from;
	long long own[SHORT];
	struct k_message *kernel = room(own, size);
	if (!kernel)
		return -1;
	kernel->type = message->type;
	memcpy(kernel->text, message->text, size);
	int r = result(call_msgsnd(id, kernel, size, flags));
	give_back(own, kernel);
	return r;
}

ssize_t msgrcv(int id, void *to, size_t size, long type, int flags)
{
	struct message *message = to;
	long long own[SHORT];
	struct k_message *kernel = room(own, size);
	if (!kernel)
		return -1;
	int length = result(call_msgrcv(id, kernel, size, type, flags));
	if (length >= 0) {
		message->type = kernel->type;
		memcpy(message->text, kernel->text, length);
	}
	give_back(own, kernel);
	return length;
}

int msgctl(int id, int command, struct msqid_ds *status)
{
	struct k_msqid kernel = { 0 };
	int number = command == IPC_STAT ? K_STAT : command;
	if ((number == K_SET || number == K_STAT) && !status) {
		errno = EFAULT;
		return -1;
	}
	if (number == K_SET) {
		kernel.perm = perm_to_kernel(&status->msg_perm);
		kernel.room = status->msg_qbytes;
	}
	int r = result(call_msgctl(id, number, &kernel));
	if (r >= 0 && number == K_STAT) {
		*status = (struct msqid_ds){
			.msg_stime = kernel.stime,
			.msg_rtime = kernel.rtime,
			.msg_ctime = kernel.ctime,
			.msg_cbytes = kernel.bytes,
			.msg_qnum = kernel.count,
			.msg_qbytes = kernel.room,
			.msg_lspid = kernel.lspid,
			.msg_lrpid = kernel.lrpid,
		};
		perm_from_kernel(&status->msg_perm, &kernel.perm);
	}
	return r;
}
