/* Moves blocks of many sizes: memcpy, memmove and memset of the C library. */
#include "bench.h"

enum { AREA = 1 << 22 };

static uint8_t area[AREA];

int main(int argc, char **argv)
{
    int rounds = size_argument(argc, argv) * 1000;
    uint64_t state = random_state(4);
    for (int i = 0; i < AREA; i++)
        area[i] = (uint8_t)random32(&state);
    for (int i = 0; i < rounds; i++) {
        uint32_t bits = random32(&state);
        size_t length = bits % (16u << (bits >> 28) * 5 / 8);
        size_t half = AREA / 2 - length;
        uint32_t from = random32(&state) % half, to = random32(&state) % half;
        switch (i & 3) {
        case 0:
        case 1:
            memcpy(area + AREA / 2 + to, area + from, length);
            break;
        case 2:
            memmove(area + from, area + from + length / 2, length);
            break;
        default:
            memset(area + to, (int)(bits & 0xff), length / 4);
        }
    }
    uint32_t sum = 0;
    for (int i = 0; i < AREA; i++)
        sum = checksum(sum, area[i]);
    printf("copy %u\n", sum);
    return 0;
}
