/* A hash table with open addressing: inserts, finds and removes. */
#include "bench.h"

enum { SLOTS = 1 << 16, MASK = SLOTS - 1 };

struct slot {
    uint32_t key, value;
};

static struct slot slots[SLOTS];

static uint32_t place_of(uint32_t key)
{
    key ^= key >> 16;
    key *= 0x7feb352du;
    key ^= key >> 15;
    key *= 0x846ca68bu;
    return (key ^ key >> 16) & MASK;
}

static NOINLINE struct slot *find(uint32_t key)
{
    uint32_t place = place_of(key);
    while (slots[place].key && slots[place].key != key)
        place = (place + 1) & MASK;
    return &slots[place];
}

static NOINLINE void take_out(struct slot *slot)
{
    uint32_t hole = (uint32_t)(slot - slots), at = hole;
    for (;;) {
        at = (at + 1) & MASK;
        if (!slots[at].key)
            break;
        uint32_t home = place_of(slots[at].key);
        if (((at - home) & MASK) >= ((at - hole) & MASK)) {
            slots[hole] = slots[at];
            hole = at;
        }
    }
    slots[hole].key = 0;
}

int main(int argc, char **argv)
{
    int rounds = size_argument(argc, argv) * 1000;
    uint64_t state = random_state(8);
    uint32_t sum = 0;
    for (int i = 0; i < rounds; i++) {
        uint32_t key = random32(&state) % (SLOTS * 3 / 4) + 1;
        struct slot *slot = find(key);
        if (!slot->key)
            *slot = (struct slot){key, (uint32_t)i};
        else if (slot->value & 1)
            take_out(slot);
        else
            slot->value = slot->value * 5 + 1;
        sum = checksum(sum, slot->value);
    }
    printf("hashmap %u\n", sum);
    return 0;
}
