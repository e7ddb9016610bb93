/* POSIX message queues. */

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define IMPORT(name) __attribute__((import_module("env"), import_name(name)))

IMPORT("__syscall_mq_open") int call_mq_open(const char *, int, mode_t, const struct mq_attr *);
IMPORT("__syscall_mq_unlink") int call_mq_unlink(const char *);
IMPORT("__syscall_mq_timedsend") int call_mq_timedsend(int, const char *, size_t, unsigned, const struct timespec *);
IMPORT("__syscall_mq_timedreceive") int call_mq_timedreceive(int, char *, size_t, unsigned *, const struct timespec *);
IMPORT("__syscall_mq_notify") int call_mq_notify(int, const struct sigevent *);
IMPORT("__syscall_mq_getsetattr") int call_mq_getsetattr(int, const struct mq_attr *, struct mq_attr *);

static int result(int r)
{
	if (r >= 0)
		return r;
	errno = -r;
	return -1;
}

/* The kernel's names have no slash at their beginning. */
static const char *kernel_name(const char *name)
{
	return *name == '/' ? name + 1 : name;
}

mqd_t mq_open(const char *name, int flags, ...)
{
	mode_t mode = 0;
	const struct mq_attr *attributes = 0;
	if (flags & O_CREAT) {
		va_list list;
		va_start(list, flags);
		mode = va_arg(list, mode_t);
		attributes = va_arg(list, struct mq_attr *);
		va_end(list);
	}
	return result(call_mq_open(kernel_name(name), flags, mode, attributes));
}

int mq_close(mqd_t queue)
{
	return close(queue);
}

int mq_unlink(const char *name)
{
	int r = call_mq_unlink(kernel_name(name));
	/* POSIX has no EPERM here. */
	return result(r == -EPERM ? -EACCES : r);
}

int mq_timedsend(mqd_t queue, const char *message, size_t length, unsigned priority, const struct timespec *until)
{
	pthread_testcancel();
	return result(call_mq_timedsend(queue, message, length, priority, until));
}

int mq_send(mqd_t queue, const char *message, size_t length, unsigned priority)
{
	return mq_timedsend(queue, message, length, priority, 0);
}

ssize_t mq_timedreceive(mqd_t queue, char *restrict message, size_t length, unsigned *restrict priority, const struct timespec *restrict until)
{
	pthread_testcancel();
	return result(call_mq_timedreceive(queue, message, length, priority, until));
}

ssize_t mq_receive(mqd_t queue, char *message, size_t length, unsigned *priority)
{
	return mq_timedreceive(queue, message, length, priority, 0);
}

int mq_getattr(mqd_t queue, struct mq_attr *attributes)
{
	return result(call_mq_getsetattr(queue, 0, attributes));
}

int mq_setattr(mqd_t queue, const struct mq_attr *restrict new, struct mq_attr *restrict old)
{
	return result(call_mq_getsetattr(queue, new, old));
}

/* What the thread of a notification is told; it lives until `ready`. */
struct start {
	sem_t ready;
	mqd_t queue;
	int socket;
	int error;
	const struct sigevent *event;
};

/* Asks for the notification by way of a socket and waits for it there. */
static void *wait_and_notify(void *argument)
{
	enum { SIZE = 32, WOKEN_UP = 1 };
	struct start *start = argument;
	int socket = start->socket;
	union sigval value = start->event->sigev_value;
	void (*function)(union sigval) = start->event->sigev_notify_function;
	char said[SIZE] = { 0 };
	struct sigevent event = {
		.sigev_notify = SIGEV_THREAD,
		.sigev_signo = socket,
		.sigev_value.sival_ptr = said,
	};
	int r = call_mq_notify(start->queue, &event);
	start->error = -r;
	sem_post(&start->ready);
	if (r < 0) {
		close(socket);
		return 0;
	}
	pthread_detach(pthread_self());
	ssize_t length;
	while ((length = recv(socket, said, SIZE, MSG_NOSIGNAL | MSG_WAITALL)) < 0 && errno == EINTR);
	close(socket);
	if (length == SIZE && said[SIZE - 1] == WOKEN_UP)
		function(value);
	return 0;
}

int mq_notify(mqd_t queue, const struct sigevent *event)
{
	if (!event || event->sigev_notify != SIGEV_THREAD)
		return result(call_mq_notify(queue, event));
	struct start start = { .queue = queue, .event = event };
	start.socket = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, 0);
	if (start.socket < 0)
		return -1;
	pthread_attr_t attributes;
	if (event->sigev_notify_attributes)
		attributes = *event->sigev_notify_attributes;
	else
		pthread_attr_init(&attributes);
	pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_JOINABLE);
	sem_init(&start.ready, 0, 0);
	pthread_t thread;
	int error = pthread_create(&thread, &attributes, wait_and_notify, &start);
	if (error) {
		close(start.socket);
		errno = error;
		return -1;
	}
	while (sem_wait(&start.ready));
	if (start.error) {
		pthread_join(thread, 0);
		errno = start.error;
		return -1;
	}
	return 0;
}
