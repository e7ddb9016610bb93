/* Blurs a picture with vectors of sixteen bytes and of eight 16-bit integers. */
#include "bench.h"

enum { WIDTH = 1024, HEIGHT = 512 };

typedef uint8_t bytes __attribute__((vector_size(16)));
typedef uint8_t half_bytes __attribute__((vector_size(8)));
typedef uint16_t words __attribute__((vector_size(16)));

static uint8_t pictures[2][HEIGHT][WIDTH + 16];

static inline words load(const uint8_t *from)
{
    half_bytes narrow;
    memcpy(&narrow, from, sizeof narrow);
    return __builtin_convertvector(narrow, words);
}

static NOINLINE void blur(uint8_t (*from)[WIDTH + 16], uint8_t (*to)[WIDTH + 16])
{
    for (int y = 1; y < HEIGHT - 1; y++)
        for (int x = 8; x < WIDTH; x += 8) {
            words sum = {0};
            for (int dy = -1; dy <= 1; dy++) {
                const uint8_t *row = &from[y + dy][x];
                words line = load(row - 1) + load(row) * 2 + load(row + 1);
                sum += dy ? line : line * 2;
            }
            half_bytes narrow = __builtin_convertvector(sum >> 4, half_bytes);
            memcpy(&to[y][x], &narrow, sizeof narrow);
        }
}

static NOINLINE void brighten(uint8_t (*picture)[WIDTH + 16], int by)
{
    bytes added = {0};
    added += (uint8_t)by;
    for (int y = 0; y < HEIGHT; y++)
        for (int x = 0; x < WIDTH; x += 16) {
            bytes pixels;
            memcpy(&pixels, &picture[y][x], sizeof pixels);
            bytes sum = pixels + added;
            sum = (bytes)(sum < pixels) | sum;
            memcpy(&picture[y][x], &sum, sizeof sum);
        }
}

int main(int argc, char **argv)
{
    int rounds = size_argument(argc, argv);
    uint64_t state = random_state(12);
    for (int y = 0; y < HEIGHT; y++)
        for (int x = 0; x < WIDTH; x++)
            pictures[0][y][x] = pictures[1][y][x] = (uint8_t)random32(&state);
    for (int i = 0; i < rounds; i++) {
        blur(pictures[i & 1], pictures[~i & 1]);
        brighten(pictures[~i & 1], i & 1);
    }
    uint32_t sum = 0;
    for (int y = 0; y < HEIGHT; y++)
        for (int x = 0; x < WIDTH; x++)
            sum = checksum(sum, pictures[rounds & 1][y][x]);
    printf("blur %u\n", sum);
    return 0;
}
