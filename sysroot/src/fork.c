/* fork. */

#define _GNU_SOURCE
#include <unistd.h>

#define IMPORT(name) __attribute__((import_module("env"), import_name(name)))

IMPORT("fork") int call_fork(void);

pid_t _Fork(void)
{
	return call_fork();
}

pid_t vfork(void)
{
	return call_fork();
}

pid_t fork(void)
{
	return call_fork();
}
