/*
 * Follows pointers in random order: nothing but loads that wait. The nodes fit
 * into the second-level cache, so that other processes hardly matter.
 */
#include "bench.h"

enum { NODES = 1 << 12 };

struct node {
    struct node *next;
    uint32_t value;
} __attribute__((aligned(64)));

static struct node nodes[NODES];
static uint32_t order[NODES];

int main(int argc, char **argv)
{
    int steps = size_argument(argc, argv) * 1000;
    uint64_t state = random_state(5);
    for (uint32_t i = 0; i < NODES; i++)
        order[i] = i;
    for (uint32_t i = NODES - 1; i > 0; i--) {
        uint32_t j = random32(&state) % (i + 1), swap = order[i];
        order[i] = order[j];
        order[j] = swap;
    }
    for (uint32_t i = 0; i < NODES; i++) {
        nodes[order[i]].next = &nodes[order[(i + 1) % NODES]];
        nodes[order[i]].value = i * 2654435761u;
    }
    uint32_t sum = 0;
    struct node *node = nodes;
    for (int i = 0; i < steps; i++) {
        sum += node->value;
        node = node->next;
    }
    printf("chase %u\n", sum);
    return 0;
}
