/* Not natively: there the C library does it. */
#ifdef __EMSCRIPTEN__
#include "sysroot/sleep.c"
#endif
