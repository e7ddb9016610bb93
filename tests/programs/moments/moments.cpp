/*
 * A signal arrives while code does something in particular, and then the code waits for
 * its handler in a loop that does nothing. If the signal were not seen at some moment,
 * the loop would not end.
 */
#include <csetjmp>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <sys/time.h>
#include <unistd.h>

static volatile sig_atomic_t seen;
static volatile unsigned sink;

static void on_alarm(int)
{
	seen = 1;
}

static void system_call()
{
	sink += getppid();
}

static pid_t (*volatile pointer)() = getppid;

static void indirect_call()
{
	sink += pointer();
}

static void failing_call()
{
	if (write(-1, "", 1) != -1)
		abort();
}

static void host_call()
{
	timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	sink += now.tv_nsec;
}

static void waiting_call()
{
	timespec time = { 0, 1000 };
	nanosleep(&time, nullptr);
}

static void allocation()
{
	void *memory = malloc(100);
	memset(memory, 1, 100);
	free(memory);
}

static void growth()
{
	static int count;
	if (count++ < 50)
		free(malloc(1 << 20));
}

static jmp_buf place;

static __attribute__((noinline)) void leave(int value)
{
	longjmp(place, value);
}

static void jump()
{
	if (!setjmp(place))
		leave(1);
}

static void exception()
{
	try {
		throw sink;
	} catch (unsigned value) {
		sink = value + 1;
	}
}

static void formatting()
{
	char text[50];
	sink += snprintf(text, sizeof(text), "%u %f", sink, 1.5);
}

static void nothing()
{
}

static void (*const doings[])() = {
	system_call, indirect_call, failing_call, host_call, waiting_call, allocation,
	growth, jump, exception, formatting, nothing,
};

static unsigned random_number(unsigned below)
{
	static unsigned state = 1;
	state = state * 1103515245 + 12345;
	return (state >> 16) % below;
}

int main(int argc, char **argv)
{
	int rounds = argc > 1 ? atoi(argv[1]) : 100;
	struct sigaction action = {};
	action.sa_handler = on_alarm;
	sigaction(SIGALRM, &action, nullptr);
	for (int i = 0; i < rounds; i++) {
		for (auto doing : doings) {
			seen = 0;
			itimerval soon = {};
			soon.it_value.tv_usec = 1 + random_number(60);
			setitimer(ITIMER_REAL, &soon, nullptr);
			for (unsigned n = random_number(40); n; n--)
				doing();
			while (!seen)
				;
		}
	}
	puts("all were seen");
	return 0;
}
