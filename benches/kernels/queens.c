/* Counts the solutions of the queens' problem: recursion and bit operations. */
#include "bench.h"

static int place(uint32_t all, uint32_t columns, uint32_t left, uint32_t right)
{
    if (columns == all)
        return 1;
    int count = 0;
    uint32_t free = all & ~(columns | left | right);
    while (free) {
        uint32_t bit = free & -free;
        free ^= bit;
        count += place(all, columns | bit, (left | bit) << 1, (right | bit) >> 1);
    }
    return count;
}

int main(int argc, char **argv)
{
    int rounds = size_argument(argc, argv);
    uint32_t sum = 0;
    for (int i = 0; i < rounds; i++)
        sum = checksum(sum, place((1u << (11 + (i & 1))) - 1, 0, 0, 0));
    printf("queens %u\n", sum);
    return 0;
}
