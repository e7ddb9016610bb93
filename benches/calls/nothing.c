/* The native counterpart of a host function that does nothing. */
#include <stdint.h>

uint32_t nothing(uint32_t x)
{
    return x;
}
