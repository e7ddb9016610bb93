/* Deep recursion. */
#include "bench.h"

static NOINLINE int ackermann(int m, int n)
{
    if (m == 0)
        return n + 1;
    if (n == 0)
        return ackermann(m - 1, 1);
    return ackermann(m - 1, ackermann(m, n - 1));
}

int main(int argc, char **argv)
{
    int rounds = size_argument(argc, argv);
    int sum = 0;
    for (int i = 0; i < rounds; i++)
        sum += ackermann(3, 5 + (i & 1));
    printf("ackermann %d\n", sum);
    return 0;
}
