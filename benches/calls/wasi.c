/*
 * Calls the least function of WASI many times: what a call of the command's own
 * host functions costs. Natively, a function in a file of its own does the same.
 *
 *     wasi COUNT
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#ifdef __wasm__
__attribute__((import_module("wasi_snapshot_preview1"), import_name("args_sizes_get")))
#endif
uint32_t sizes(uint32_t *count, uint32_t *bytes);

int main(int argc, char **argv)
{
    uint32_t rounds = argc == 2 ? (uint32_t)strtoul(argv[1], NULL, 10) : 0;
    uint32_t sum = 0;
    for (uint32_t i = 0; i < rounds; i++) {
        uint32_t count = 0, bytes = 0;
        if (sizes(&count, &bytes) != 0)
            return 1;
        sum += count * (i & 7);
    }
    printf("wasi %u\n", sum);
    return 0;
}
