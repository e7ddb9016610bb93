/* Asynchronous input and output: for each descriptor a thread that carries its
 * requests out in order. A program without threads waits for each. */

#define _GNU_SOURCE
#include <aio.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define IMPORT(name) __attribute__((import_module("env"), import_name(name)))

IMPORT("__syscall_rt_sigqueueinfo") int call_rt_sigqueueinfo(int, int, siginfo_t *);

enum kind { READ, WRITE, SYNC, SYNC_DATA };

/* Requests of a `lio_listio` that are not done. */
struct list {
	int left;
	struct sigevent event;
};

struct request {
	struct request *next;
	struct aiocb *block;
	enum kind kind;
	struct list *list;
};

/* A descriptor with requests that are not done; the first is being carried out. */
struct queue {
	struct queue *next;
	int fd;
	struct request *first, **end;
};

/* Guards all that follows, and is where whoever waits for requests waits. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t done = PTHREAD_COND_INITIALIZER;
static struct queue *queues;

static void let_go(void *unused)
{
	pthread_mutex_unlock(&lock);
}

static void *call_function(void *argument)
{
	struct sigevent event = *(struct sigevent *)argument;
	free(argument);
	event.sigev_notify_function(event.sigev_value);
	return 0;
}

static void notify(const struct sigevent *event)
{
	if (event->sigev_notify == SIGEV_SIGNAL && event->sigev_signo) {
		siginfo_t info;
		memset(&info, 0, sizeof info);
		info.si_signo = event->sigev_signo;
		info.si_code = SI_ASYNCIO;
		info.si_value = event->sigev_value;
		info.si_pid = getpid();
		info.si_uid = getuid();
		call_rt_sigqueueinfo(info.si_pid, info.si_signo, &info);
	} else if (event->sigev_notify == SIGEV_THREAD) {
		struct sigevent *copy = malloc(sizeof *copy);
		if (!copy)
			return;
		*copy = *event;
		pthread_attr_t attributes;
		if (event->sigev_notify_attributes)
			attributes = *event->sigev_notify_attributes;
		else
			pthread_attr_init(&attributes);
		pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
		pthread_t thread;
		if (pthread_create(&thread, &attributes, call_function, copy))
			free(copy);
	}
}

/* Notes a result; the lock is held, and let go for the notifications. */
static void finish(struct request *request, ssize_t value, int error)
{
	struct aiocb *block = request->block;
	struct sigevent event = block->aio_sigevent;
	struct list *list = request->list;
	block->__ret = value;
	block->__err = error;
	int last = list && --list->left == 0;
	free(request);
	pthread_cond_broadcast(&done);
	pthread_mutex_unlock(&lock);
	notify(&event);
	if (last) {
		notify(&list->event);
		free(list);
	}
	pthread_mutex_lock(&lock);
}

static ssize_t perform(const struct request *request)
{
	const struct aiocb *block = request->block;
	void *buffer = (void *)block->aio_buf;
	int fd = block->aio_fildes;
	switch (request->kind) {
	case READ: {
		ssize_t length = pread(fd, buffer, block->aio_nbytes, block->aio_offset);
		return length < 0 && errno == ESPIPE ? read(fd, buffer, block->aio_nbytes) : length;
	}
	case WRITE: {
		int flags = fcntl(fd, F_GETFL);
		if (flags >= 0 && flags & O_APPEND)
			return write(fd, buffer, block->aio_nbytes);
		ssize_t length = pwrite(fd, buffer, block->aio_nbytes, block->aio_offset);
		return length < 0 && errno == ESPIPE ? write(fd, buffer, block->aio_nbytes) : length;
	}
	case SYNC:
		return fsync(fd);
	case SYNC_DATA:
		return fdatasync(fd);
	}
	return 0;
}

/* Carries the requests of a queue out until there are none. */
static void *work(void *argument)
{
	struct queue *queue = argument;
	pthread_mutex_lock(&lock);
	while (queue->first) {
		struct request *request = queue->first;
		pthread_mutex_unlock(&lock);
		ssize_t value;
		do
			value = perform(request);
		while (value < 0 && errno == EINTR);
		int error = value < 0 ? errno : 0;
		pthread_mutex_lock(&lock);
		queue->first = request->next;
		if (!queue->first)
			queue->end = &queue->first;
		finish(request, value, error);
	}
	struct queue **at = &queues;
	while (*at != queue)
		at = &(*at)->next;
	*at = queue->next;
	pthread_mutex_unlock(&lock);
	free(queue);
	return 0;
}

static struct queue *find(int fd)
{
	struct queue *queue = queues;
	while (queue && queue->fd != fd)
		queue = queue->next;
	return queue;
}

/* A thread that has no signal delivered; whether there is one. */
static int start(struct queue *queue)
{
	const sigset_t all = { { -1, -1 } };
	sigset_t before;
	pthread_attr_t attributes;
	pthread_attr_init(&attributes);
	pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	pthread_t thread;
	int error = pthread_create(&thread, &attributes, work, queue);
	pthread_sigmask(SIG_SETMASK, &before, 0);
	return !error;
}

/* Takes a request on; 0 or an error. */
static int submit(struct aiocb *block, enum kind kind, struct list *list)
{
	int flags = fcntl(block->aio_fildes, F_GETFL);
	if (flags < 0)
		return EBADF;
	if (kind >= SYNC && (flags & O_ACCMODE) == O_RDONLY)
		return EBADF;
	if (kind < SYNC && (block->aio_reqprio < 0 || (ssize_t)block->aio_nbytes < 0))
		return EINVAL;
	struct request *request = calloc(1, sizeof *request);
	if (!request)
		return EAGAIN;
	request->block = block;
	request->kind = kind;
	request->list = list;
	pthread_mutex_lock(&lock);
	block->__err = EINPROGRESS;
	struct queue *queue = find(block->aio_fildes), *new = 0;
	if (!queue) {
		queue = new = calloc(1, sizeof *new);
		if (!new) {
			pthread_mutex_unlock(&lock);
			free(request);
			return EAGAIN;
		}
		new->fd = block->aio_fildes;
		new->end = &new->first;
		new->next = queues;
		queues = new;
	}
	*queue->end = request;
	queue->end = &request->next;
	pthread_mutex_unlock(&lock);
	if (new && !start(new))
		work(new);
	return 0;
}

static int result(int error)
{
	if (!error)
		return 0;
	errno = error;
	return -1;
}

/* What could be wrong is known only when the request is carried out, but a request
 * that cannot be one is refused. */
static int submit_alone(struct aiocb *block, enum kind kind)
{
	int error = submit(block, kind, 0);
	if (error) {
		block->__ret = -1;
		block->__err = error;
	}
	return result(error);
}

int aio_read(struct aiocb *block)
{
	return submit_alone(block, READ);
}

int aio_write(struct aiocb *block)
{
	return submit_alone(block, WRITE);
}

int aio_fsync(int operation, struct aiocb *block)
{
	if (operation != O_SYNC && operation != O_DSYNC)
		return result(EINVAL);
	return submit_alone(block, operation == O_SYNC ? SYNC : SYNC_DATA);
}

int aio_error(const struct aiocb *block)
{
	return block->__err;
}

ssize_t aio_return(struct aiocb *block)
{
	if (block->__err == EINPROGRESS) {
		errno = EINVAL;
		return -1;
	}
	return block->__ret;
}

int aio_cancel(int fd, struct aiocb *block)
{
	if (fcntl(fd, F_GETFD) < 0)
		return -1;
	if (block && block->aio_fildes != fd)
		return result(EINVAL);
	pthread_mutex_lock(&lock);
	struct queue *queue = find(fd);
	int answer = AIO_ALLDONE;
	if (queue && queue->first) {
		/* The first is beyond recall. */
		if (!block || queue->first->block == block)
			answer = AIO_NOTCANCELED;
		struct request *taken = 0, **at = &queue->first->next;
		while (*at) {
			struct request *request = *at;
			if (block && request->block != block) {
				at = &request->next;
				continue;
			}
			*at = request->next;
			request->next = taken;
			taken = request;
		}
		queue->end = at;
		if (taken && answer == AIO_ALLDONE)
			answer = AIO_CANCELED;
		while (taken) {
			struct request *next = taken->next;
			finish(taken, -1, ECANCELED);
			taken = next;
		}
	}
	pthread_mutex_unlock(&lock);
	return answer;
}

static int any_is_done(const struct aiocb *const blocks[], int count)
{
	int any = 0;
	for (int i = 0; i < count; i++) {
		if (!blocks[i])
			continue;
		if (blocks[i]->__err != EINPROGRESS)
			return 1;
		any = 1;
	}
	return !any;
}

int aio_suspend(const struct aiocb *const blocks[], int count, const struct timespec *timeout)
{
	enum { SECOND = 1000000000 };
	if (count < 0)
		return result(EINVAL);
	struct timespec until;
	if (timeout) {
		clock_gettime(CLOCK_REALTIME, &until);
		until.tv_sec += timeout->tv_sec;
		until.tv_nsec += timeout->tv_nsec;
		if (until.tv_nsec >= SECOND) {
			until.tv_nsec -= SECOND;
			until.tv_sec++;
		}
	}
	int error = 0;
	pthread_mutex_lock(&lock);
	pthread_cleanup_push(let_go, 0);
	while (!error && !any_is_done(blocks, count))
		error = timeout ? pthread_cond_timedwait(&done, &lock, &until)
			: pthread_cond_wait(&done, &lock);
	pthread_cleanup_pop(1);
	return result(error == ETIMEDOUT ? EAGAIN : error);
}

/* Whether all of a list are done; 1 and 2 for one that has failed as well. */
static int all_are_done(struct aiocb *const blocks[], int count, int *failed)
{
	*failed = 0;
	for (int i = 0; i < count; i++) {
		if (!blocks[i] || blocks[i]->aio_lio_opcode == LIO_NOP)
			continue;
		if (blocks[i]->__err == EINPROGRESS)
			return 0;
		*failed |= blocks[i]->__err;
	}
	return 1;
}

int lio_listio(int mode, struct aiocb *restrict const *restrict blocks, int count, struct sigevent *restrict event)
{
	if ((mode != LIO_WAIT && mode != LIO_NOWAIT) || count < 0)
		return result(EINVAL);
	struct list *list = 0;
	if (mode == LIO_NOWAIT && event && event->sigev_notify != SIGEV_NONE) {
		list = calloc(1, sizeof *list);
		if (!list)
			return result(EAGAIN);
		list->event = *event;
		/* Not to be done before all are taken on. */
		list->left = 1;
	}
	int failed = 0;
	for (int i = 0; i < count; i++) {
		struct aiocb *block = blocks[i];
		if (!block || block->aio_lio_opcode == LIO_NOP)
			continue;
		int error = EINVAL;
		if (block->aio_lio_opcode == LIO_READ || block->aio_lio_opcode == LIO_WRITE) {
			if (list) {
				pthread_mutex_lock(&lock);
				list->left++;
				pthread_mutex_unlock(&lock);
			}
			error = submit(block, block->aio_lio_opcode == LIO_READ ? READ : WRITE, list);
			if (error && list) {
				pthread_mutex_lock(&lock);
				list->left--;
				pthread_mutex_unlock(&lock);
			}
		}
		if (error) {
			block->__ret = -1;
			block->__err = error;
			failed = 1;
		}
	}
	if (list) {
		pthread_mutex_lock(&lock);
		int last = --list->left == 0;
		pthread_mutex_unlock(&lock);
		if (last) {
			notify(&list->event);
			free(list);
		}
	}
	if (mode == LIO_WAIT) {
		int any;
		pthread_mutex_lock(&lock);
		pthread_cleanup_push(let_go, 0);
		while (!all_are_done((struct aiocb *const *)blocks, count, &any))
			pthread_cond_wait(&done, &lock);
		pthread_cleanup_pop(1);
		failed |= any != 0;
	}
	return result(failed ? EIO : 0);
}
