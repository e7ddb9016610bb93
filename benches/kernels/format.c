/* Numbers to text and back: snprintf, strtol, strtod of the C library. */
#include "bench.h"

int main(int argc, char **argv)
{
    int rounds = size_argument(argc, argv) * 1000;
    uint64_t state = random_state(14);
    uint32_t sum = 0;
    for (int i = 0; i < rounds; i++) {
        char line[128];
        int whole = (int)random32(&state);
        double real = (int)random32(&state) / 1024.0;
        int length = snprintf(line, sizeof line, "%d %x %s %.3f", whole, (unsigned)i, "text", real);
        for (int j = 0; j < length; j++)
            sum = checksum(sum, (uint8_t)line[j]);
        char *end;
        sum = checksum(sum, (uint32_t)strtol(line, &end, 10));
        sum = checksum(sum, (uint32_t)strtoul(end, &end, 16));
        sum = checksum(sum, (uint32_t)(int64_t)(strtod(end + 6, NULL) * 8));
    }
    printf("format %u\n", sum);
    return 0;
}
