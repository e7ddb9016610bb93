/* Signals: the C library's own keep handlers inside the module. */

#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define IMPORT(name) __attribute__((import_module("env"), import_name(name)))

/* What system calls take for a `struct sigaction`. */
struct k_sigaction {
	void (*handler)(int);
	unsigned long flags;
	void (*restorer)(void);
	unsigned mask[2];
};

#define SET_SIZE 8

IMPORT("__syscall_rt_sigaction") int call_rt_sigaction(int, const struct k_sigaction *, struct k_sigaction *, size_t);
IMPORT("__syscall_rt_sigprocmask") int call_rt_sigprocmask(int, const void *, void *, size_t);
IMPORT("__syscall_rt_sigpending") int call_rt_sigpending(void *, size_t);
IMPORT("__syscall_rt_sigsuspend") int call_rt_sigsuspend(const void *, size_t);
IMPORT("__syscall_rt_sigtimedwait") int call_rt_sigtimedwait(const void *, siginfo_t *, const struct timespec *, size_t);
IMPORT("__syscall_rt_sigqueueinfo") int call_rt_sigqueueinfo(int, int, siginfo_t *);
IMPORT("__syscall_sigaltstack") int call_sigaltstack(const stack_t *, stack_t *);
IMPORT("__syscall_gettid") int call_gettid(void);
IMPORT("__syscall_tkill") int call_tkill(int, int);
IMPORT("__syscall_kill") int call_kill(int, int);
IMPORT("__syscall_pause") int call_pause(void);

static int result(int r)
{
	if (r >= 0)
		return r;
	errno = -r;
	return -1;
}

int sigaction(int sig, const struct sigaction *restrict new, struct sigaction *restrict old)
{
	struct k_sigaction knew, kold;
	if (new) {
		knew.handler = new->sa_handler;
		knew.flags = new->sa_flags;
		knew.restorer = 0;
		memcpy(knew.mask, &new->sa_mask, SET_SIZE);
	}
	int r = call_rt_sigaction(sig, new ? &knew : 0, old ? &kold : 0, SET_SIZE);
	if (old && !r) {
		memset(old, 0, sizeof *old);
		old->sa_handler = kold.handler;
		old->sa_flags = kold.flags;
		memcpy(&old->sa_mask, kold.mask, SET_SIZE);
	}
	return result(r);
}

int __sigaction(int sig, const struct sigaction *restrict new, struct sigaction *restrict old)
{
	return sigaction(sig, new, old);
}

static void (*set_handler(int sig, void (*handler)(int), int flags))(int)
{
	struct sigaction old, new = { .sa_handler = handler, .sa_flags = flags };
	return sigaction(sig, &new, &old) < 0 ? SIG_ERR : old.sa_handler;
}

void (*signal(int sig, void (*handler)(int)))(int)
{
	return set_handler(sig, handler, SA_RESTART);
}

void (*bsd_signal(int sig, void (*handler)(int)))(int)
{
	return set_handler(sig, handler, SA_RESTART);
}

void (*__sysv_signal(int sig, void (*handler)(int)))(int)
{
	return set_handler(sig, handler, SA_RESETHAND | SA_NODEFER);
}

int siginterrupt(int sig, int interrupts)
{
	struct sigaction action;
	if (sigaction(sig, 0, &action) < 0)
		return -1;
	if (interrupts)
		action.sa_flags &= ~SA_RESTART;
	else
		action.sa_flags |= SA_RESTART;
	return sigaction(sig, &action, 0);
}

int sigprocmask(int how, const sigset_t *restrict new, sigset_t *restrict old)
{
	if (old && old != new)
		memset(old, 0, sizeof *old);
	return result(call_rt_sigprocmask(how, new, old, SET_SIZE));
}

int pthread_sigmask(int how, const sigset_t *restrict new, sigset_t *restrict old)
{
	if (old && old != new)
		memset(old, 0, sizeof *old);
	return -call_rt_sigprocmask(how, new, old, SET_SIZE);
}

int sigpending(sigset_t *set)
{
	memset(set, 0, sizeof *set);
	return result(call_rt_sigpending(set, SET_SIZE));
}

int sigsuspend(const sigset_t *mask)
{
	return result(call_rt_sigsuspend(mask, SET_SIZE));
}

int pause(void)
{
	return result(call_pause());
}

int sigtimedwait(const sigset_t *restrict set, siginfo_t *restrict info, const struct timespec *restrict timeout)
{
	int r = call_rt_sigtimedwait(set, info, timeout, SET_SIZE);
	/* POSIX knows no difference between what sent it. */
	if (r > 0 && info && info->si_code == SI_TKILL)
		info->si_code = SI_USER;
	return result(r);
}

int sigwaitinfo(const sigset_t *restrict set, siginfo_t *restrict info)
{
	return sigtimedwait(set, info, 0);
}

int sigwait(const sigset_t *restrict set, int *restrict sig)
{
	int r;
	do
		r = call_rt_sigtimedwait(set, 0, 0, SET_SIZE);
	while (r == -EINTR);
	if (r < 0)
		return -r;
	*sig = r;
	return 0;
}

int sigaltstack(const stack_t *restrict new, stack_t *restrict old)
{
	return result(call_sigaltstack(new, old));
}

int kill(pid_t process, int sig)
{
	return result(call_kill(process, sig));
}

int killpg(pid_t group, int sig)
{
	if (group < 0) {
		errno = EINVAL;
		return -1;
	}
	return kill(-group, sig);
}

int raise(int sig)
{
	return result(call_tkill(call_gettid(), sig));
}

int tkill(pid_t thread, int sig)
{
	return result(call_tkill(thread, sig));
}

int sigqueue(pid_t process, int sig, const union sigval value)
{
	siginfo_t info;
	memset(&info, 0, sizeof info);
	info.si_signo = sig;
	info.si_code = SI_QUEUE;
	info.si_value = value;
	info.si_uid = getuid();
	info.si_pid = getpid();
	return result(call_rt_sigqueueinfo(process, sig, &info));
}

/* System V's. */

static int change(int how, int sig)
{
	sigset_t set;
	sigemptyset(&set);
	if (sigaddset(&set, sig) < 0)
		return -1;
	return sigprocmask(how, &set, 0);
}

int sighold(int sig)
{
	return change(SIG_BLOCK, sig);
}

int sigrelse(int sig)
{
	return change(SIG_UNBLOCK, sig);
}

int sigignore(int sig)
{
	return set_handler(sig, SIG_IGN, 0) == SIG_ERR ? -1 : 0;
}

int sigpause(int sig)
{
	sigset_t mask;
	sigprocmask(0, 0, &mask);
	return sigdelset(&mask, sig) < 0 ? -1 : sigsuspend(&mask);
}

void (*sigset(int sig, void (*handler)(int)))(int)
{
	sigset_t set, before;
	sigemptyset(&set);
	if (sigaddset(&set, sig) < 0)
		return SIG_ERR;
	struct sigaction old, new = { .sa_handler = handler };
	int holds = handler == SIG_HOLD;
	if (sigaction(sig, holds ? 0 : &new, &old) < 0)
		return SIG_ERR;
	if (sigprocmask(holds ? SIG_BLOCK : SIG_UNBLOCK, &set, &before) < 0)
		return SIG_ERR;
	return sigismember(&before, sig) ? SIG_HOLD : old.sa_handler;
}

/* A description of a signal, on standard error. */
void psignal(int sig, const char *message)
{
	int error = errno;
	int any = message && *message;
	dprintf(STDERR_FILENO, "%s%s%s\n", any ? message : "", any ? ": " : "", strsignal(sig));
	errno = error;
}

void psiginfo(const siginfo_t *info, const char *message)
{
	psignal(info->si_signo, message);
}
