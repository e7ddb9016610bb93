/* Who the process is: Emscripten's C library answers these by itself, with
 * numbers of its own or with EPERM. */

#define _GNU_SOURCE
#include <errno.h>
#include <sys/types.h>
#include <unistd.h>

#define IMPORT(name) __attribute__((import_module("env"), import_name(name)))

IMPORT("__syscall_getpid") int call_getpid(void);
IMPORT("__syscall_setuid32") int call_setuid(int);
IMPORT("__syscall_setgid32") int call_setgid(int);
IMPORT("__syscall_setreuid32") int call_setreuid(int, int);
IMPORT("__syscall_setregid32") int call_setregid(int, int);
IMPORT("__syscall_setresuid32") int call_setresuid(int, int, int);
IMPORT("__syscall_setresgid32") int call_setresgid(int, int, int);

/* The kernel's convention turned into the C library's. */
static int result(int value)
{
	if (value >= 0)
		return value;
	errno = -value;
	return -1;
}

pid_t getpid(void)
{
	return call_getpid();
}

int setuid(uid_t uid)
{
	return result(call_setuid(uid));
}

int setgid(gid_t gid)
{
	return result(call_setgid(gid));
}

int seteuid(uid_t uid)
{
	return result(call_setresuid(-1, uid, -1));
}

int setegid(gid_t gid)
{
	return result(call_setresgid(-1, gid, -1));
}

int setreuid(uid_t real, uid_t effective)
{
	return result(call_setreuid(real, effective));
}

int setregid(gid_t real, gid_t effective)
{
	return result(call_setregid(real, effective));
}

int setresuid(uid_t real, uid_t effective, uid_t saved)
{
	return result(call_setresuid(real, effective, saved));
}

int setresgid(gid_t real, gid_t effective, gid_t saved)
{
	return result(call_setresgid(real, effective, saved));
}
