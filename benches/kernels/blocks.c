/* malloc, realloc and free of many sizes in no order. */
#include "bench.h"

enum { KEPT = 2000 };

static struct {
    uint8_t *bytes;
    uint32_t length;
} blocks[KEPT];

int main(int argc, char **argv)
{
    int rounds = size_argument(argc, argv) * 1000;
    uint64_t state = random_state(15);
    uint32_t sum = 0;
    for (int i = 0; i < rounds; i++) {
        uint32_t which = random32(&state) % KEPT;
        uint32_t bits = random32(&state);
        uint32_t length = 1 + bits % (16u << (bits >> 24) % 8);
        if (blocks[which].bytes) {
            sum = checksum(sum, blocks[which].bytes[blocks[which].length - 1]);
            if (bits >> 31) {
                free(blocks[which].bytes);
                blocks[which].bytes = NULL;
                continue;
            }
        }
        uint8_t *bytes = realloc(blocks[which].bytes, length);
        bytes[0] = bytes[length - 1] = (uint8_t)i;
        blocks[which].bytes = bytes;
        blocks[which].length = length;
    }
    printf("blocks %u\n", sum);
    return 0;
}
