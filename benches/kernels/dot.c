/* Dot products with vectors of four floats, and of eight 16-bit integers. */
#include "bench.h"

enum { COUNT = 1 << 14 };

typedef float floats __attribute__((vector_size(16)));
typedef int16_t shorts __attribute__((vector_size(16)));

static floats fa[COUNT / 4], fb[COUNT / 4];
static shorts sa[COUNT / 8], sb[COUNT / 8];

static NOINLINE float dot_floats(void)
{
    floats sums[4] = {{0}};
    for (int i = 0; i < COUNT / 4; i += 4)
        for (int j = 0; j < 4; j++)
            sums[j] += fa[i + j] * fb[i + j];
    floats sum = (sums[0] + sums[1]) + (sums[2] + sums[3]);
    return (sum[0] + sum[1]) + (sum[2] + sum[3]);
}

static NOINLINE int dot_shorts(void)
{
    shorts sums[2] = {{0}};
    for (int i = 0; i < COUNT / 8; i += 2)
        for (int j = 0; j < 2; j++)
            sums[j] += sa[i + j] * sb[i + j] - (sa[i + j] >> 3);
    shorts sum = sums[0] ^ sums[1];
    int result = 0;
    for (int i = 0; i < 8; i++)
        result = result * 31 + sum[i];
    return result;
}

int main(int argc, char **argv)
{
    int rounds = size_argument(argc, argv) * 10;
    uint64_t state = random_state(11);
    for (int i = 0; i < COUNT; i++) {
        fa[i / 4][i % 4] = random32(&state) % 256 / 256.0f;
        fb[i / 4][i % 4] = random32(&state) % 256 / 256.0f;
        sa[i / 8][i % 8] = (int16_t)(random32(&state) % 1000);
        sb[i / 8][i % 8] = (int16_t)(random32(&state) % 1000);
    }
    double sum = 0;
    uint32_t bits = 0;
    for (int i = 0; i < rounds; i++) {
        sum += dot_floats();
        bits = checksum(bits, dot_shorts());
        fa[i % (COUNT / 4)] *= 0.5f;
        sa[i % (COUNT / 8)] += 3;
    }
    printf("dot %.6f %u\n", sum, bits);
    return 0;
}
