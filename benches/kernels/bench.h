/*
 * What the kernels share. Each kernel takes a size as its only argument, does
 * work that grows with it, and prints checksums that do not depend on the
 * machine, so that the outputs of all engines can be compared.
 */
#ifndef BENCH_H
#define BENCH_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Keeps a function as a function. */
#define NOINLINE __attribute__((noinline))

/* The size that was asked for. */
static inline int size_argument(int argc, char **argv)
{
    int size = argc == 2 ? atoi(argv[1]) : -1;
    if (size < 0) {
        fprintf(stderr, "one argument is needed: the size\n");
        exit(2);
    }
    return size;
}

/* A state for random32; any seed will do. */
static inline uint64_t random_state(uint64_t seed)
{
    return seed * 0x9e3779b97f4a7c15u + 0x2545f4914f6cdd1du;
}

/* The next of a series of pseudo-random numbers (PCG, 32 bits). */
static inline uint32_t random32(uint64_t *state)
{
    uint64_t old = *state;
    *state = old * 6364136223846793005u + 1442695040888963407u;
    uint32_t mixed = (uint32_t)(((old >> 18) ^ old) >> 27);
    uint32_t turn = (uint32_t)(old >> 59);
    return mixed >> turn | mixed << (-turn & 31);
}

/* One more number in a checksum. */
static inline uint32_t checksum(uint32_t sum, uint32_t value)
{
    return (sum ^ value) * 0x01000193u + (sum >> 15);
}

#endif
