/* The Mandelbrot set: short loops over floating point that end at odd times. */
#include "bench.h"

static NOINLINE int escape(double cr, double ci, int limit)
{
    double zr = 0, zi = 0, rr = 0, ii = 0;
    int i = 0;
    for (; i < limit && rr + ii <= 4; i++) {
        zi = 2 * zr * zi + ci;
        zr = rr - ii + cr;
        rr = zr * zr;
        ii = zi * zi;
    }
    return i;
}

int main(int argc, char **argv)
{
    int side = size_argument(argc, argv);
    uint32_t sum = 0;
    for (int y = 0; y < side; y++)
        for (int x = 0; x < side; x++)
            sum = checksum(sum, escape(3.0 * x / side - 2.25, 3.0 * y / side - 1.5, 200));
    printf("mandelbrot %u\n", sum);
    return 0;
}
