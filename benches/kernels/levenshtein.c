/* Edit distances of strings: dynamic programming over a row. */
#include "bench.h"

enum { LENGTH = 1000 };

static char a[LENGTH], b[LENGTH];
static int row[LENGTH + 1];

static NOINLINE int distance(void)
{
    for (int j = 0; j <= LENGTH; j++)
        row[j] = j;
    for (int i = 1; i <= LENGTH; i++) {
        int corner = row[0];
        row[0] = i;
        for (int j = 1; j <= LENGTH; j++) {
            int cost = corner + (a[i - 1] != b[j - 1]);
            corner = row[j];
            if (row[j] + 1 < cost)
                cost = row[j] + 1;
            if (row[j - 1] + 1 < cost)
                cost = row[j - 1] + 1;
            row[j] = cost;
        }
    }
    return row[LENGTH];
}

int main(int argc, char **argv)
{
    int rounds = size_argument(argc, argv);
    uint64_t state = random_state(9);
    uint32_t sum = 0;
    for (int i = 0; i < rounds; i++) {
        for (int j = 0; j < LENGTH; j++) {
            a[j] = (char)('a' + random32(&state) % 6);
            b[j] = (char)('a' + random32(&state) % 6);
        }
        sum = checksum(sum, distance());
    }
    printf("levenshtein %u\n", sum);
    return 0;
}
