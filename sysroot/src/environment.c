/* clearenv, which Emscripten's C library declares and lacks. */

#define _GNU_SOURCE
#include <stdlib.h>
#include <unistd.h>

int clearenv(void)
{
	environ = 0;
	return 0;
}
