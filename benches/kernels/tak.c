/* Takeuchi's function: calls as arguments of calls. */
#include "bench.h"

static NOINLINE int tak(int x, int y, int z)
{
    if (y >= x)
        return z;
    return tak(tak(x - 1, y, z), tak(y - 1, z, x), tak(z - 1, x, y));
}

int main(int argc, char **argv)
{
    int rounds = size_argument(argc, argv);
    int sum = 0;
    for (int i = 0; i < rounds; i++)
        sum += tak(18 + (i & 1), 12, 6);
    printf("tak %d\n", sum);
    return 0;
}
