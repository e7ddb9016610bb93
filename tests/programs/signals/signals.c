/* Signals: handlers, masks, waiting, values, timers, default actions. Each case
   prints what happens; nothing printed depends on time. */

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t count, last, depth, deepest;
static int order[64], ordered;

static void note(int sig)
{
	count++;
	last = sig;
}

static void in_order(int sig)
{
	order[ordered++] = sig;
}

static void print_order(const char *what)
{
	printf("%s:", what);
	for (int i = 0; i < ordered; i++)
		printf(" %d", order[i]);
	printf("\n");
	ordered = 0;
}

static void handle(int sig, void (*handler)(int), int flags)
{
	struct sigaction action;
	memset(&action, 0, sizeof action);
	action.sa_handler = handler;
	action.sa_flags = flags;
	sigemptyset(&action.sa_mask);
	if (sigaction(sig, &action, 0))
		perror("sigaction");
}

static sigset_t set_of(int a, int b)
{
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, a);
	if (b)
		sigaddset(&set, b);
	return set;
}

/* What a call has failed with, if it has. */
static const char *failed(long result)
{
	if (result >= 0)
		return "done";
	switch (errno) {
	case EINVAL: return "EINVAL";
	case EINTR: return "EINTR";
	case EAGAIN: return "EAGAIN";
	case EPIPE: return "EPIPE";
	case ENOMEM: return "ENOMEM";
	default: return strerror(errno);
	}
}

/* A signal after so many milliseconds. */
static void after(int ms)
{
	struct itimerval value = { .it_value = { ms / 1000, ms % 1000 * 1000 } };
	setitimer(ITIMER_REAL, &value, 0);
}

static void again_and_again(int ms)
{
	struct itimerval value = {
		.it_value = { ms / 1000, ms % 1000 * 1000 },
		.it_interval = { ms / 1000, ms % 1000 * 1000 },
	};
	setitimer(ITIMER_REAL, &value, 0);
}

static void actions(void)
{
	struct sigaction old, new;
	memset(&new, 0, sizeof new);
	new.sa_handler = note;
	new.sa_flags = SA_RESTART | SA_NODEFER;
	sigemptyset(&new.sa_mask);
	sigaddset(&new.sa_mask, SIGUSR2);
	printf("default %d\n", sigaction(SIGUSR1, 0, &old) == 0 && old.sa_handler == SIG_DFL);
	printf("set %d\n", sigaction(SIGUSR1, &new, &old));
	printf("before %d\n", old.sa_handler == SIG_DFL);
	sigaction(SIGUSR1, 0, &old);
	printf("now %d flags %d mask %d %d\n", old.sa_handler == note,
		(old.sa_flags & (SA_RESTART | SA_NODEFER)) == (SA_RESTART | SA_NODEFER),
		sigismember(&old.sa_mask, SIGUSR2), sigismember(&old.sa_mask, SIGUSR1));
	raise(SIGUSR1);
	printf("raised %d %d\n", (int)count, (int)last);
	kill(getpid(), SIGUSR1);
	printf("killed %d\n", (int)count);
	printf("signal %d\n", signal(SIGUSR1, SIG_IGN) == note);
	raise(SIGUSR1);
	printf("ignored %d\n", (int)count);
	printf("KILL %s\n", failed(sigaction(SIGKILL, &new, 0)));
	printf("STOP %s\n", failed(sigaction(SIGSTOP, &new, 0)));
	printf("0 %s\n", failed(sigaction(0, &new, 0)));
	printf("65 %s\n", failed(sigaction(65, &new, 0)));
	printf("kill 0 %d\n", kill(getpid(), 0));
	printf("kill 99 %s\n", failed(kill(getpid(), 99)));
	handle(SIGUSR1, note, SA_RESETHAND);
	raise(SIGUSR1);
	sigaction(SIGUSR1, 0, &old);
	printf("reset %d %d\n", (int)count, old.sa_handler == SIG_DFL);
}

static void masks(void)
{
	sigset_t set = set_of(SIGUSR1, SIGUSR2), old, pending;
	handle(SIGUSR1, in_order, 0);
	handle(SIGUSR2, in_order, 0);
	sigprocmask(SIG_BLOCK, &set, &old);
	printf("before %d %d\n", sigismember(&old, SIGUSR1), sigismember(&old, SIGUSR2));
	raise(SIGUSR2);
	raise(SIGUSR1);
	raise(SIGUSR1);
	print_order("blocked");
	sigpending(&pending);
	printf("pending %d %d %d\n", sigismember(&pending, SIGUSR1), sigismember(&pending, SIGUSR2),
		sigismember(&pending, SIGTERM));
	set = set_of(SIGUSR1, 0);
	sigprocmask(SIG_UNBLOCK, &set, &old);
	print_order("one");
	printf("before %d %d\n", sigismember(&old, SIGUSR1), sigismember(&old, SIGUSR2));
	sigemptyset(&set);
	sigprocmask(SIG_SETMASK, &set, 0);
	print_order("other");
	sigprocmask(SIG_BLOCK, 0, &old);
	printf("now %d %d\n", sigismember(&old, SIGUSR1), sigismember(&old, SIGUSR2));
	printf("how %s\n", failed(sigprocmask(77, &set, 0)));
	/* Those of faults as well, as long as they are only sent. */
	handle(SIGSEGV, in_order, 0);
	set = set_of(SIGSEGV, 0);
	sigprocmask(SIG_BLOCK, &set, &old);
	sigprocmask(SIG_BLOCK, 0, &old);
	printf("SEGV %d\n", sigismember(&old, SIGSEGV));
	sigprocmask(SIG_UNBLOCK, &set, &old);
	sigprocmask(SIG_BLOCK, 0, &old);
	printf("SEGV %d\n", sigismember(&old, SIGSEGV));
	raise(SIGSEGV);
	print_order("SEGV");
}

/* Those of faults, and one that hardly anybody uses, can be blocked when they are sent. */
static void blocked_faults(void)
{
	static const int signals[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGURG };
	for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) {
		int sig = signals[i];
		sigset_t set = set_of(sig, 0), pending, none;
		handle(sig, note, 0);
		count = 0;
		sigprocmask(SIG_BLOCK, &set, 0);
		raise(sig);
		raise(sig);
		sigpending(&pending);
		printf("%d: %d, pending %d", sig, (int)count, sigismember(&pending, sig));
		sigprocmask(SIG_UNBLOCK, &set, 0);
		sigpending(&pending);
		printf("; %d, pending %d", (int)count, sigismember(&pending, sig));
		sigprocmask(SIG_BLOCK, &set, 0);
		raise(sig);
		sigemptyset(&none);
		int result = sigsuspend(&none);
		printf("; %d %s, %d %d\n", result, errno == EINTR ? "EINTR" : "?", (int)count,
			last == sig);
		sigprocmask(SIG_UNBLOCK, &set, 0);
	}
}

static void deeper(int sig)
{
	if (++depth > deepest)
		deepest = depth;
	if (depth < 5)
		raise(sig);
	depth--;
}

static void nested(void)
{
	handle(SIGHUP, deeper, SA_NODEFER);
	raise(SIGHUP);
	printf("deepest %d\n", (int)deepest);
}

static int times;

static void nest_once(int sig)
{
	sigset_t now;
	sigprocmask(SIG_BLOCK, 0, &now);
	printf("in %d, blocked: USR1 %d USR2 %d TERM %d\n", sig, sigismember(&now, SIGUSR1),
		sigismember(&now, SIGUSR2), sigismember(&now, SIGTERM));
	if (sig == SIGUSR1 && !times++) {
		raise(SIGUSR1);
		raise(SIGUSR2);
		raise(SIGTERM);
	}
	printf("out %d\n", sig);
}

static void nesting(void)
{
	struct sigaction action;
	memset(&action, 0, sizeof action);
	action.sa_handler = nest_once;
	sigemptyset(&action.sa_mask);
	sigaction(SIGUSR2, &action, 0);
	sigaction(SIGTERM, &action, 0);
	sigaddset(&action.sa_mask, SIGTERM);
	sigaction(SIGUSR1, &action, 0);
	raise(SIGUSR1);
	nested();
}

static void interrupted(void)
{
	int ends[2];
	char byte;
	if (pipe(ends))
		perror("pipe");
	handle(SIGALRM, note, 0);
	after(50);
	ssize_t got = read(ends[0], &byte, 1);
	printf("read %zd %d %d\n", got, got < 0 && errno == EINTR, (int)count);
	struct pollfd fds = { .fd = ends[0], .events = POLLIN };
	after(50);
	int ready = poll(&fds, 1, -1);
	printf("poll %d %d %d\n", ready, ready < 0 && errno == EINTR, (int)count);
	fd_set reading;
	FD_ZERO(&reading);
	FD_SET(ends[0], &reading);
	after(50);
	ready = select(ends[0] + 1, &reading, 0, 0, 0);
	printf("select %d %d %d\n", ready, ready < 0 && errno == EINTR, (int)count);
	after(50);
	printf("pause %s\n", failed(pause()));
	printf("count %d\n", (int)count);
	after(50);
	struct timespec time = { .tv_sec = 100 }, rest = { 0 };
	int slept = nanosleep(&time, &rest);
	printf("nanosleep %d %d %d %d\n", slept, errno == EINTR, (int)count,
		rest.tv_sec >= 98 && rest.tv_sec < 100);
	after(50);
	printf("sleep %d\n", sleep(100) >= 98);
}

static int writing;

static void give(int sig)
{
	note(sig);
	if (write(writing, "x", 1) != 1)
		perror("write");
}

static void restarted(void)
{
	int ends[2];
	char byte = 0;
	if (pipe(ends))
		perror("pipe");
	writing = ends[1];
	handle(SIGALRM, give, SA_RESTART);
	after(50);
	ssize_t got = read(ends[0], &byte, 1);
	printf("read %zd %c %d\n", got, byte, (int)count);
	/* These are not, all the same. */
	handle(SIGALRM, note, SA_RESTART);
	struct pollfd fds = { .fd = ends[0], .events = POLLIN };
	after(50);
	int ready = poll(&fds, 1, -1);
	printf("poll %d %d %d\n", ready, ready < 0 && errno == EINTR, (int)count);
	after(50);
	struct timespec time = { .tv_sec = 100 };
	int slept = nanosleep(&time, 0);
	printf("nanosleep %d %d %d\n", slept, errno == EINTR, (int)count);
	/* Many, one after the other. */
	count = 0;
	again_and_again(2);
	while (count < 10)
		poll(0, 0, 10000);
	again_and_again(0);
	printf("many\n");
}

static void spin(void)
{
	handle(SIGALRM, note, 0);
	count = 0;
	again_and_again(5);
	unsigned long turns = 0;
	while (count < 10)
		turns++;
	again_and_again(0);
	printf("turned %d\n", turns > 0);
	/* A loop that calls nothing, in a handler's shadow. */
	volatile int sum = 0;
	for (int i = 0; i < 1000; i++)
		sum += i;
	printf("sum %d\n", sum);
}

/* Keeps many registers busy, and calls nothing. */
static unsigned long long mix(unsigned rounds, double *sum)
{
	unsigned long long a = 1, b = 2, c = 3, d = 4, e = 5, f = 6, g = 7, h = 8;
	double x = 1, y = 2, z = 3, w = 4;
	for (unsigned i = 0; i < rounds; i++) {
		a += b ^ i;
		b = (b << 7 | b >> 57) + c;
		c ^= d * 3;
		d += e;
		e ^= f >> 3;
		f += g;
		g = g * 5 + h;
		h ^= a;
		x = x * 0.999 + y;
		y = y * 0.5 + z * 0.25;
		z = z * 0.75 + (int)(a & 255);
		w += x > y ? 1 : -1;
		if (a > b)
			c++;
		if (x < z)
			d++;
	}
	*sum = x + y + z + w;
	return a ^ b ^ c ^ d ^ e ^ f ^ g ^ h;
}

static volatile double noted;

static void note_with_floats(int sig)
{
	double x = count;
	for (int i = 0; i < 50; i++)
		x = x * 1.01 + i;
	noted = x;
	note(sig);
}

/* Handlers run between any two instructions, which must not show. */
static void anywhere(void)
{
	double before, sum;
	unsigned long long all = mix(100000, &before);
	handle(SIGALRM, note_with_floats, 0);
	count = 0;
	int wrong = 0;
	struct itimerval often = { { 0, 150 }, { 0, 150 } };
	setitimer(ITIMER_REAL, &often, 0);
	while (count < 500)
		wrong += mix(100000, &sum) != all || sum != before;
	/* In a copy of the process as well. */
	if (!fork()) {
		count = 0;
		setitimer(ITIMER_REAL, &often, 0);
		while (count < 20)
			;
		_exit(7);
	}
	struct itimerval never = { { 0, 0 }, { 0, 0 } };
	setitimer(ITIMER_REAL, &never, 0);
	int status = 0;
	while (wait(&status) < 0)
		;
	printf("wrong %d, copy %d\n", wrong, WEXITSTATUS(status));
}

static void suspend(void)
{
	sigset_t set = set_of(SIGUSR1, SIGUSR2), none;
	sigemptyset(&none);
	handle(SIGUSR1, in_order, SA_RESTART);
	handle(SIGUSR2, in_order, SA_RESTART);
	sigprocmask(SIG_BLOCK, &set, 0);
	raise(SIGUSR1);
	int result = sigsuspend(&none);
	printf("suspended %d %d\n", result, errno == EINTR);
	print_order("one");
	sigset_t now;
	sigprocmask(SIG_BLOCK, 0, &now);
	printf("blocked %d %d\n", sigismember(&now, SIGUSR1), sigismember(&now, SIGUSR2));
	raise(SIGUSR1);
	raise(SIGUSR2);
	sigsuspend(&none);
	printf("both %d\n", ordered);
	ordered = 0;
	raise(SIGUSR1);
	raise(SIGUSR2);
	sigset_t other = set_of(SIGUSR1, 0);
	sigsuspend(&other);
	print_order("the other");
	sigprocmask(SIG_UNBLOCK, &set, 0);
	print_order("then");
	/* None is lost between the look and the wait. */
	handle(SIGALRM, note, 0);
	set = set_of(SIGALRM, 0);
	for (int i = 0; i < 200; i++) {
		count = 0;
		sigprocmask(SIG_BLOCK, &set, 0);
		after(1);
		while (!count)
			sigsuspend(&none);
		sigprocmask(SIG_UNBLOCK, &set, 0);
	}
	printf("none lost\n");
	handle(SIGUSR1, in_order, 0);
	set = set_of(SIGUSR1, 0);
	sigprocmask(SIG_BLOCK, &set, 0);
	raise(SIGUSR1);
	struct timespec time = { .tv_sec = 100 };
	fd_set reading;
	FD_ZERO(&reading);
	result = pselect(0, 0, 0, 0, &time, &none);
	printf("pselect %d %d\n", result, errno == EINTR);
	print_order("pselect");
}

static void info(int sig, siginfo_t *info, void *context)
{
	int number = sig < 32 ? sig : sig - SIGRTMIN + 100;
	printf("%d: signo %d code %d", number, info->si_signo == sig, info->si_code);
	if (info->si_code == SI_USER || info->si_code == SI_QUEUE || info->si_code == SI_TKILL)
		printf(" pid %d uid %d", info->si_pid == getpid(), info->si_uid == getuid());
	if (info->si_code == SI_QUEUE || info->si_code == SI_TIMER)
		printf(" value %d", info->si_value.sival_int);
	printf(" context %d\n", context != 0);
}

static void handle_info(int sig)
{
	struct sigaction action;
	memset(&action, 0, sizeof action);
	action.sa_sigaction = info;
	action.sa_flags = SA_SIGINFO;
	sigemptyset(&action.sa_mask);
	sigaction(sig, &action, 0);
}

static void informed(void)
{
	handle_info(SIGUSR1);
	handle_info(SIGUSR2);
	kill(getpid(), SIGUSR1);
	raise(SIGUSR2);
	union sigval value = { .sival_int = 4711 };
	printf("queued %s\n", failed(sigqueue(getpid(), SIGUSR1, value)));
	handle_info(SIGALRM);
	sigset_t set = set_of(SIGALRM, 0), none;
	sigemptyset(&none);
	sigprocmask(SIG_BLOCK, &set, 0);
	after(10);
	sigsuspend(&none);
}

static int queued[64], values[64], arrived;

static void queue(int sig, siginfo_t *info, void *context)
{
	(void)context;
	queued[arrived] = sig - SIGRTMIN;
	values[arrived++] = info->si_value.sival_int;
}

static void real_time(void)
{
	sigset_t set, old;
	sigemptyset(&set);
	for (int i = 0; i < 4; i++) {
		struct sigaction action;
		memset(&action, 0, sizeof action);
		action.sa_sigaction = queue;
		action.sa_flags = SA_SIGINFO;
		sigfillset(&action.sa_mask);
		sigaction(SIGRTMIN + i, &action, 0);
		sigaddset(&set, SIGRTMIN + i);
	}
	sigprocmask(SIG_BLOCK, &set, &old);
	for (int i = 0; i < 12; i++) {
		union sigval value = { .sival_int = 100 + i };
		sigqueue(getpid(), SIGRTMIN + (7 * i + 3) % 4, value);
	}
	printf("before %d\n", arrived);
	sigprocmask(SIG_SETMASK, &old, 0);
	for (int i = 0; i < arrived; i++)
		printf("+%d %d\n", queued[i], values[i]);
	printf("range %d\n", SIGRTMAX - SIGRTMIN >= 28);
}

static void wait_for(void)
{
	sigset_t set = set_of(SIGUSR1, SIGRTMIN + 2);
	sigaddset(&set, SIGALRM);
	sigprocmask(SIG_BLOCK, &set, 0);
	union sigval value = { .sival_int = 12 };
	raise(SIGUSR1);
	sigqueue(getpid(), SIGRTMIN + 2, value);
	int sig = 0;
	int r = sigwait(&set, &sig);
	printf("sigwait %d %d\n", r, sig == SIGUSR1);
	siginfo_t info;
	memset(&info, 0, sizeof info);
	r = sigwaitinfo(&set, &info);
	printf("sigwaitinfo %d code %d value %d pid %d\n", r == SIGRTMIN + 2, info.si_code,
		info.si_value.sival_int, info.si_pid == getpid());
	struct timespec time = { .tv_nsec = 10000000 };
	r = sigtimedwait(&set, &info, &time);
	printf("sigtimedwait %d %d\n", r, errno == EAGAIN);
	after(10);
	r = sigwait(&set, &sig);
	printf("sigwait %d %d\n", r, sig == SIGALRM);
	handle(SIGUSR2, note, 0);
	handle(SIGHUP, note, SA_RESTART);
	count = 0;
	raise(SIGUSR2);
	r = sigtimedwait(&set, &info, &time);
	printf("others %d %d %d\n", r, errno == EAGAIN, (int)count);
}

static sigjmp_buf point;

static void jump(int sig)
{
	siglongjmp(point, sig);
}

/* Not in the function that has called `sigsetjmp`: where that is made of calls, as
   in modules, it only catches what its callees do. */
static void loop(void)
{
	for (;;)
		count++;
}

static void wait_for_ever(void)
{
	for (;;)
		pause();
}

static void (*volatile looping)(void) = loop, (*volatile waiting)(void) = wait_for_ever;

static void jumping(void)
{
	handle(SIGUSR1, jump, 0);
	for (int i = 0; i < 3; i++) {
		int sig = sigsetjmp(point, 1);
		if (!sig)
			raise(SIGUSR1);
		printf("jumped %d\n", sig);
		sigset_t now;
		sigprocmask(SIG_BLOCK, 0, &now);
		printf("blocked %d\n", sigismember(&now, SIGUSR1));
	}
	handle(SIGALRM, jump, 0);
	for (volatile int i = 0; i < 3; i++) {
		if (!sigsetjmp(point, 1)) {
			after(10);
			looping();
		}
		printf("out of the loop\n");
	}
	for (volatile int i = 0; i < 3; i++) {
		if (!sigsetjmp(point, 1)) {
			after(10);
			waiting();
		}
		printf("out of pause\n");
	}
}

static void timers(void)
{
	handle_info(SIGRTMIN + 1);
	struct sigevent event;
	memset(&event, 0, sizeof event);
	event.sigev_notify = SIGEV_SIGNAL;
	event.sigev_signo = SIGRTMIN + 1;
	event.sigev_value.sival_int = 99;
	timer_t timer;
	printf("create %d\n", timer_create(CLOCK_MONOTONIC, &event, &timer));
	struct itimerspec value = { .it_value = { 0, 10000000 } }, now;
	sigset_t set = set_of(SIGRTMIN + 1, 0), none;
	sigemptyset(&none);
	sigprocmask(SIG_BLOCK, &set, 0);
	printf("set %d\n", timer_settime(timer, 0, &value, 0));
	sigsuspend(&none);
	printf("overrun %d\n", timer_getoverrun(timer));
	printf("get %d", timer_gettime(timer, &now));
	printf(" %d\n", now.it_value.tv_sec == 0 && now.it_value.tv_nsec == 0);
	value.it_value.tv_sec = 100;
	timer_settime(timer, 0, &value, 0);
	timer_gettime(timer, &now);
	printf("long %d\n", now.it_value.tv_sec >= 98);
	printf("delete %d\n", timer_delete(timer));
	printf("again %s\n", failed(timer_delete(timer)));
	handle(SIGALRM, note, 0);
	count = 0;
	printf("alarm %u\n", alarm(50));
	printf("alarm %d\n", alarm(0) >= 49);
	struct itimerval long_time = { .it_value = { 100, 0 } }, left;
	setitimer(ITIMER_REAL, &long_time, 0);
	getitimer(ITIMER_REAL, &left);
	printf("left %d\n", left.it_value.tv_sec >= 98);
	after(0);
	ualarm(10000, 0);
	while (!count)
		pause();
	printf("ualarm %d\n", (int)count);
	/* Of processor time. */
	handle(SIGVTALRM, note, 0);
	count = 0;
	struct itimerval used = { .it_value = { 0, 20000 } };
	setitimer(ITIMER_VIRTUAL, &used, 0);
	unsigned long turns = 0;
	while (!count)
		turns++;
	printf("VTALRM %d\n", (int)last == SIGVTALRM);
}

static char alternate[65536] __attribute__((aligned(16)));

static void where(int sig)
{
	(void)sig;
	char here;
	char *volatile address = &here;
	stack_t now;
	sigaltstack(0, &now);
	printf("on it %d %d\n", address >= alternate && address < alternate + sizeof alternate,
		(now.ss_flags & SS_ONSTACK) != 0);
}

static void stacks(void)
{
	stack_t stack = { .ss_sp = alternate, .ss_size = sizeof alternate }, old;
	printf("set %d\n", sigaltstack(&stack, &old));
	printf("before %d\n", (old.ss_flags & SS_DISABLE) != 0);
	handle(SIGUSR1, where, SA_ONSTACK);
	handle(SIGUSR2, where, 0);
	raise(SIGUSR1);
	raise(SIGUSR2);
	sigaltstack(0, &old);
	printf("now %d %d\n", old.ss_sp == alternate, old.ss_size == sizeof alternate);
	stack.ss_size = 16;
	printf("small %s\n", failed(sigaltstack(&stack, 0)));
}

static void broken_pipe(void)
{
	int ends[2];
	if (pipe(ends))
		perror("pipe");
	close(ends[0]);
	handle(SIGPIPE, note, 0);
	ssize_t wrote = write(ends[1], "x", 1);
	printf("handled %zd %s %d\n", wrote, failed(wrote), (int)count);
	signal(SIGPIPE, SIG_IGN);
	wrote = write(ends[1], "x", 1);
	printf("ignored %zd %s\n", wrote, failed(wrote));
	fflush(stdout);
	signal(SIGPIPE, SIG_DFL);
	write(ends[1], "x", 1);
	printf("survived\n");
}

static void die_of(int sig)
{
	printf("going\n");
	fflush(stdout);
	kill(getpid(), sig);
	printf("still here\n");
}

int main(int argc, char **argv)
{
	static const struct { const char *name; void (*run)(void); } cases[] = {
		{ "actions", actions }, { "masks", masks }, { "faults", blocked_faults }, { "nested", nesting },
		{ "interrupted", interrupted }, { "restarted", restarted }, { "spin", spin },
		{ "anywhere", anywhere },
		{ "suspend", suspend }, { "info", informed }, { "real-time", real_time },
		{ "wait", wait_for }, { "jump", jumping }, { "timers", timers },
		{ "stack", stacks }, { "pipe", broken_pipe },
	};
	const char *wanted = argc > 1 ? argv[1] : "";
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		if (!strcmp(wanted, cases[i].name)) {
			cases[i].run();
			return 0;
		}
	}
	if (!strcmp(wanted, "die") && argc > 2) {
		die_of(atoi(argv[2]));
		return 0;
	}
	if (!strcmp(wanted, "blocked") && argc > 2) {
		int sig = atoi(argv[2]);
		sigset_t set = set_of(sig, 0);
		sigprocmask(SIG_BLOCK, &set, 0);
		kill(getpid(), sig);
		printf("alive\n");
		fflush(stdout);
		sigprocmask(SIG_UNBLOCK, &set, 0);
		printf("still alive\n");
		return 0;
	}
	if (!strcmp(wanted, "alarm")) {
		after(20);
		for (;;)
			count++;
	}
	fprintf(stderr, "usage: %s CASE\n", argv[0]);
	return 2;
}
