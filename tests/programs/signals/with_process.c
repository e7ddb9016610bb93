/* Not natively: there the C library does it. */
#ifdef __EMSCRIPTEN__
#include <unistd.h>

int __attribute__((import_module("env"), import_name("__syscall_getpid"))) process_number(void);

pid_t getpid(void)
{
	return process_number();
}
#endif
