/* A Julia set, four points at a time, in vectors of four floats. */
#include "bench.h"

typedef float floats __attribute__((vector_size(16)));
typedef int32_t ints __attribute__((vector_size(16)));

static NOINLINE ints escape(floats zr, floats zi, int limit)
{
    ints count = {0};
    for (int i = 0; i < limit; i++) {
        floats rr = zr * zr, ii = zi * zi;
        ints inside = (ints)(rr + ii <= 4.0f);
        if (!(inside[0] | inside[1] | inside[2] | inside[3]))
            break;
        count -= inside;
        zi = 2.0f * zr * zi + 0.6f;
        zr = rr - ii - 0.4f;
    }
    return count;
}

int main(int argc, char **argv)
{
    int side = size_argument(argc, argv) * 4;
    uint32_t sum = 0;
    for (int y = 0; y < side; y++)
        for (int x = 0; x < side; x += 4) {
            float step = 3.0f / (float)side, left = (float)x * step - 1.5f;
            floats zr = {left, left + step, left + 2 * step, left + 3 * step};
            floats zi = {0};
            zi += (float)y * step - 1.5f;
            ints count = escape(zr, zi, 200);
            for (int i = 0; i < 4; i++)
                sum = checksum(sum, (uint32_t)count[i]);
        }
    printf("julia %u\n", sum);
    return 0;
}
