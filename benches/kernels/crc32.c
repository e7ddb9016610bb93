/* CRC-32 of a buffer, byte by byte with a table: loads that depend on each other. */
#include "bench.h"

static uint32_t table[256];
static uint8_t buffer[1 << 20];

static void make_table(void)
{
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t c = i;
        for (int bit = 0; bit < 8; bit++)
            c = c & 1 ? 0xedb88320u ^ c >> 1 : c >> 1;
        table[i] = c;
    }
}

static NOINLINE uint32_t crc(uint32_t start, const uint8_t *bytes, size_t length)
{
    uint32_t c = ~start;
    for (size_t i = 0; i < length; i++)
        c = table[(c ^ bytes[i]) & 0xff] ^ c >> 8;
    return ~c;
}

int main(int argc, char **argv)
{
    int rounds = size_argument(argc, argv);
    uint64_t state = random_state(1);
    make_table();
    for (size_t i = 0; i < sizeof buffer; i++)
        buffer[i] = (uint8_t)random32(&state);
    uint32_t c = 0;
    for (int i = 0; i < rounds; i++)
        c = crc(c, buffer, sizeof buffer);
    printf("crc32 %08x\n", c);
    return 0;
}
