/* 64-bit integers: multiplication, division, shifts, bit counts. */
#include "bench.h"

static NOINLINE uint64_t power(uint64_t base, uint64_t exponent, uint64_t modulus)
{
    uint64_t result = 1;
    for (base %= modulus; exponent; exponent >>= 1) {
        if (exponent & 1)
            result = result * base % modulus;
        base = base * base % modulus;
    }
    return result;
}

static NOINLINE uint64_t mix(uint64_t x)
{
    x ^= x >> 33;
    x *= 0xff51afd7ed558ccdu;
    x ^= x >> 33;
    x *= 0xc4ceb9fe1a85ec53u;
    x ^= x >> 33;
    return x;
}

int main(int argc, char **argv)
{
    int rounds = size_argument(argc, argv) * 1000;
    uint64_t sum = 0;
    for (int i = 0; i < rounds; i++) {
        uint64_t x = mix(i + sum);
        sum += power(x & 0xffffff, i & 0xff, 4294967291u);
        sum ^= (uint64_t)__builtin_popcountll(x) << (x & 31);
        sum += (x | 1) / ((uint64_t)(i & 0xffff) + 3);
        sum ^= (uint64_t)__builtin_clzll(x | 1) * __builtin_ctzll(x | 256);
        sum = sum << (i & 63) | sum >> (-i & 63);
    }
    printf("mix64 %016llx\n", (unsigned long long)sum);
    return 0;
}
