/* The sieve of Eratosthenes over bytes: stores at growing strides. */
#include "bench.h"

enum { LIMIT = 1 << 20 };

static uint8_t composite[LIMIT];

static NOINLINE int sieve(int limit)
{
    int count = 0;
    memset(composite, 0, limit);
    for (int i = 2; i < limit; i++) {
        if (composite[i])
            continue;
        count++;
        for (int64_t j = (int64_t)i * i; j < limit; j += i)
            composite[j] = 1;
    }
    return count;
}

int main(int argc, char **argv)
{
    int rounds = size_argument(argc, argv);
    uint32_t sum = 0;
    for (int i = 0; i < rounds; i++)
        sum = checksum(sum, sieve(LIMIT - i));
    printf("sieve %u\n", sum);
    return 0;
}
