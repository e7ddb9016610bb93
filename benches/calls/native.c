/*
 * What calling a function that is not inlined costs natively:
 *
 *     native COUNT
 *
 * prints the nanoseconds of one round of the loop with the call.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

uint32_t calls(uint32_t count);

int main(int argc, char **argv)
{
    uint32_t count = argc == 2 ? (uint32_t)strtoul(argv[1], NULL, 10) : 1;
    struct timespec start, end;
    calls(1000);
    clock_gettime(CLOCK_MONOTONIC, &start);
    /* The sum is looked at, so that nothing is left out. */
    if (calls(count) == 1)
        puts("a sum of one");
    clock_gettime(CLOCK_MONOTONIC, &end);
    double nanoseconds =
        (double)(end.tv_sec - start.tv_sec) * 1e9 + (double)(end.tv_nsec - start.tv_nsec);
    printf("%.3f\n", nanoseconds / count);
    return 0;
}
