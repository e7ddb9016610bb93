/* pthread_kill: newer C libraries leave signals in a mailbox, which a thread looks into
 * when it has nothing else to do. */

#include <pthread.h>
#include <signal.h>

#define IMPORT(name) __attribute__((import_module("env"), import_name(name)))

IMPORT("pthread_kill") int call_pthread_kill(pthread_t, int);

int pthread_kill(pthread_t thread, int signal)
{
	return call_pthread_kill(thread, signal);
}
