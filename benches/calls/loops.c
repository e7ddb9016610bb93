/*
 * Loops of system calls: runs one of them a number of times and prints how many
 * nanoseconds an iteration takes.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static inline void check(int holds, const char *what)
{
	if (__builtin_expect(!holds, 0))
		fail(what);
}

/* Where a linker happens to put it is not to count: copies that begin on a cache line are faster. */
static _Alignas(64) char buffer[4096];
static int ends[2];

static void open_pipe(void)
{
	check(pipe(ends) == 0, "pipe");
}

static void through_pipe(long count, size_t length)
{
	for (long i = 0; i < count; i++) {
		check(write(ends[1], buffer, length) == (ssize_t)length, "write");
		check(read(ends[0], buffer, length) == (ssize_t)length, "read");
	}
}

static void pipe4096(long count)
{
	through_pipe(count, 4096);
}

static void pipe1(long count)
{
	through_pipe(count, 1);
}

static void parent(long count)
{
	for (long i = 0; i < count; i++)
		check(getppid() > 0, "getppid");
}

static const char path[] = "/tmp/loops.small";

static void make_file(void)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	check(fd >= 0 && write(fd, buffer, 100) == 100 && close(fd) == 0, path);
}

static void read_file(long count)
{
	for (long i = 0; i < count; i++) {
		int fd = open(path, O_RDONLY);

		check(fd >= 0, "open");
		check(read(fd, buffer, sizeof(buffer)) == 100, "read");
		check(close(fd) == 0, "close");
	}
}

static void open_null(long count)
{
	for (long i = 0; i < count; i++) {
		int fd = open("/dev/null", O_RDONLY);

		check(fd >= 0 && close(fd) == 0, "/dev/null");
	}
}

static void copy_process(long count)
{
	for (long i = 0; i < count; i++) {
		int status;
		pid_t child = fork();

		check(child >= 0, "fork");
		if (child == 0)
			_exit(7);
		check(waitpid(child, &status, 0) == child && WEXITSTATUS(status) == 7, "waitpid");
	}
}

static void *give_back(void *argument)
{
	return argument;
}

static void start_thread(long count)
{
	for (long i = 0; i < count; i++) {
		pthread_t thread;
		void *result;

		check(pthread_create(&thread, NULL, give_back, ends) == 0, "pthread_create");
		check(pthread_join(thread, &result) == 0 && result == ends, "pthread_join");
	}
}

static int events;

static void watch(int fd)
{
	struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};

	check(epoll_ctl(events, EPOLL_CTL_ADD, fd, &event) == 0, "epoll_ctl");
}

static void watch_both(void)
{
	events = epoll_create1(0);
	check(events >= 0, "epoll_create1");
	watch(ends[0]);
	watch(ends[1]);
}

static void open_pair(void)
{
	check(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0, "socketpair");
	watch_both();
}

static void open_connection(void)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	socklen_t length = sizeof(address);
	int one = 1;
	int listener = socket(AF_INET, SOCK_STREAM, 0);

	check(listener >= 0, "socket");
	check(bind(listener, (struct sockaddr *)&address, sizeof(address)) == 0, "bind");
	check(listen(listener, 1) == 0, "listen");
	check(getsockname(listener, (struct sockaddr *)&address, &length) == 0, "getsockname");
	ends[0] = socket(AF_INET, SOCK_STREAM, 0);
	check(connect(ends[0], (struct sockaddr *)&address, length) == 0, "connect");
	ends[1] = accept(listener, NULL, NULL);
	check(ends[1] >= 0, "accept");
	for (int i = 0; i < 2; i++)
		check(setsockopt(ends[i], IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)) == 0,
		      "setsockopt");
	watch_both();
}

/* Waits for what the other side has sent. */
static void receive(int fd)
{
	struct epoll_event event;

	check(epoll_wait(events, &event, 1, -1) == 1 && event.data.fd == fd, "epoll_wait");
	check(read(fd, buffer, sizeof(buffer)) == 64, "read");
}

static void echo(long count)
{
	for (long i = 0; i < count; i++) {
		check(write(ends[0], buffer, 64) == 64, "write");
		receive(ends[1]);
		check(write(ends[1], buffer, 64) == 64, "write");
		receive(ends[0]);
	}
}

static void nothing(void)
{
}

static const struct loop {
	const char *name;
	void (*prepare)(void);
	void (*run)(long count);
} loops[] = {
	{"pipe4096", open_pipe, pipe4096},
	{"pipe1", open_pipe, pipe1},
	{"getppid", nothing, parent},
	{"file", make_file, read_file},
	{"open", nothing, open_null},
	{"fork", nothing, copy_process},
	{"thread", nothing, start_thread},
	{"pair", open_pair, echo},
	{"tcp", open_connection, echo},
};

static long long now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1000000000LL + time.tv_nsec;
}

int main(int argc, char **argv)
{
	long count = argc == 3 ? atol(argv[2]) : 0;

	for (size_t i = 0; count > 0 && i < sizeof(loops) / sizeof(loops[0]); i++) {
		const struct loop *loop = &loops[i];
		long once = count / 10 < 100 ? 100 : count / 10;
		long long start, tenths;

		if (strcmp(loop->name, argv[1]) != 0)
			continue;
		loop->prepare();
		/* What happens once only is not to count. */
		loop->run(once);
		start = now();
		loop->run(count);
		/* No floats: in ring 0 they would have the loops pay for their registers. */
		tenths = (now() - start) * 10 / count;
		printf("%lld.%lld\n", tenths / 10, tenths % 10);
		return 0;
	}
	fprintf(stderr, "usage: loops NAME COUNT\n");
	return 2;
}
