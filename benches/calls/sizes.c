/* The native counterpart of WASI's args_sizes_get, for two arguments. */
#include <stdint.h>

uint32_t sizes(uint32_t *count, uint32_t *bytes)
{
    *count = 2;
    *bytes = 20;
    return 0;
}
