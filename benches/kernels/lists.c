/* Builds, sorts by merging, reverses and filters linked lists. */
#include "bench.h"

struct item {
    struct item *next;
    uint32_t key;
};

enum { COUNT = 1 << 15 };

static struct item items[COUNT];

static struct item *merge(struct item *a, struct item *b)
{
    struct item head, *last = &head;
    while (a && b) {
        struct item **lesser = a->key <= b->key ? &a : &b;
        last = last->next = *lesser;
        *lesser = (*lesser)->next;
    }
    last->next = a ? a : b;
    return head.next;
}

static struct item *sort(struct item *list)
{
    if (!list || !list->next)
        return list;
    struct item *slow = list, *fast = list->next;
    while (fast && fast->next) {
        slow = slow->next;
        fast = fast->next->next;
    }
    struct item *second = slow->next;
    slow->next = NULL;
    return merge(sort(list), sort(second));
}

static NOINLINE struct item *reverse(struct item *list)
{
    struct item *result = NULL;
    while (list) {
        struct item *next = list->next;
        list->next = result;
        result = list;
        list = next;
    }
    return result;
}

static NOINLINE struct item *without_multiples(struct item *list, uint32_t of)
{
    struct item **link = &list;
    while (*link)
        if ((*link)->key % of == 0)
            *link = (*link)->next;
        else
            link = &(*link)->next;
    return list;
}

int main(int argc, char **argv)
{
    int rounds = size_argument(argc, argv);
    uint64_t state = random_state(7);
    uint32_t sum = 0;
    for (int i = 0; i < rounds; i++) {
        struct item *list = NULL;
        for (int j = 0; j < COUNT; j++) {
            items[j] = (struct item){list, random32(&state)};
            list = &items[j];
        }
        list = reverse(sort(list));
        list = without_multiples(list, 3 + (i & 3));
        for (; list; list = list->next)
            sum = checksum(sum, list->key);
    }
    printf("lists %u\n", sum);
    return 0;
}
