/*
 * A loop around a call of a function that does nothing. Natively the function
 * comes from a file of its own; in WebAssembly it is a function of the host's.
 */
#include <stdint.h>

#ifdef __wasm__
__attribute__((import_module("host"), import_name("nothing")))
#endif
uint32_t nothing(uint32_t x);

#ifdef __wasm__
__attribute__((export_name("calls")))
#endif
uint32_t calls(uint32_t count)
{
    uint32_t sum = 0;
    for (uint32_t i = 0; i < count; i++)
        sum += nothing(i);
    return sum;
}
