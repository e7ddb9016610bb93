/* Recursion without work: what a call costs. */
#include "bench.h"

static NOINLINE int64_t fibonacci(int n)
{
    return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2);
}

int main(int argc, char **argv)
{
    int n = size_argument(argc, argv);
    printf("fibonacci %lld\n", (long long)fibonacci(n));
    return 0;
}
