/* The game of life on a grid of bytes. */
#include "bench.h"

enum { SIDE = 512 };

static uint8_t grids[2][SIDE + 2][SIDE + 2];

static NOINLINE void step(uint8_t (*from)[SIDE + 2], uint8_t (*to)[SIDE + 2])
{
    for (int y = 1; y <= SIDE; y++)
        for (int x = 1; x <= SIDE; x++) {
            int around = from[y - 1][x - 1] + from[y - 1][x] + from[y - 1][x + 1] +
                         from[y][x - 1] + from[y][x + 1] + from[y + 1][x - 1] + from[y + 1][x] +
                         from[y + 1][x + 1];
            if (around == 3)
                to[y][x] = 1;
            else if (around == 2)
                to[y][x] = from[y][x];
            else
                to[y][x] = 0;
        }
}

int main(int argc, char **argv)
{
    int steps = size_argument(argc, argv);
    uint64_t state = random_state(2);
    for (int y = 1; y <= SIDE; y++)
        for (int x = 1; x <= SIDE; x++)
            grids[0][y][x] = random32(&state) % 3 == 0;
    for (int i = 0; i < steps; i++)
        step(grids[i & 1], grids[~i & 1]);
    uint32_t sum = 0;
    for (int y = 1; y <= SIDE; y++)
        for (int x = 1; x <= SIDE; x++)
            sum = checksum(sum, grids[steps & 1][y][x]);
    printf("life %u\n", sum);
    return 0;
}
