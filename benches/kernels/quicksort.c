/* Sorts integers: branches that cannot be foreseen. */
#include "bench.h"

enum { COUNT = 1 << 18 };

static int32_t values[COUNT];

static void sort(int32_t *from, int32_t *to)
{
    while (to - from > 12) {
        int32_t a = from[0], b = from[(to - from) / 2], c = to[-1];
        int32_t pivot = a < b ? (b < c ? b : a < c ? c : a) : (a < c ? a : b < c ? c : b);
        int32_t *i = from, *j = to - 1;
        for (;;) {
            while (*i < pivot)
                i++;
            while (*j > pivot)
                j--;
            if (i >= j)
                break;
            int32_t swap = *i;
            *i++ = *j;
            *j-- = swap;
        }
        sort(from, i);
        from = i;
    }
    for (int32_t *i = from + 1; i < to; i++) {
        int32_t value = *i, *j = i;
        for (; j > from && j[-1] > value; j--)
            *j = j[-1];
        *j = value;
    }
}

int main(int argc, char **argv)
{
    int rounds = size_argument(argc, argv);
    uint64_t state = random_state(6);
    uint32_t sum = 0;
    for (int i = 0; i < rounds; i++) {
        for (int j = 0; j < COUNT; j++)
            values[j] = (int32_t)random32(&state);
        sort(values, values + COUNT);
        for (int j = 0; j < COUNT; j += 97)
            sum = checksum(sum, values[j]);
        for (int j = 1; j < COUNT; j++)
            if (values[j - 1] > values[j])
                sum = 0;
    }
    printf("quicksort %u\n", sum);
    return 0;
}
