/*
 * Memory from malloc and its kin. The first argument says what to do:
 *
 *     memory grow MEGABYTES   takes memory in ever larger pieces and fills it
 *     memory churn            many small pieces in changing order
 *     memory edges            calloc, realloc, alignment, zero and too large sizes
 *     memory exhaust          takes all there is, and sees the refusal
 *     memory break            sbrk
 */
#define _GNU_SOURCE
#include <errno.h>
#include <malloc.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static uint32_t next_number(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 8;
}

static int grow(size_t megabytes)
{
    enum { PIECES = 4096 };
    static unsigned char *pieces[PIECES];
    static size_t sizes[PIECES];
    size_t total = 0, count = 0;
    uint32_t state = 1;
    while (total < megabytes << 20 && count < PIECES) {
        size_t size = 1000 + count * 997;
        unsigned char *piece = malloc(size);
        if (!piece) {
            printf("refused after %zu bytes\n", total);
            return 1;
        }
        memset(piece, (int)(count & 255), size);
        piece[size / 2] = (unsigned char)next_number(&state);
        pieces[count] = piece;
        sizes[count++] = size;
        total += size;
    }
    state = 1;
    size_t wrong = 0;
    for (size_t i = 0; i < count; i++) {
        wrong += pieces[i][0] != (i & 255) || pieces[i][sizes[i] - 1] != (i & 255);
        wrong += pieces[i][sizes[i] / 2] != (unsigned char)next_number(&state);
        free(pieces[i]);
    }
    printf("%zu pieces, %zu bytes, %zu wrong\n", count, total, wrong);
    return 0;
}

static int churn(void)
{
    enum { SLOTS = 2000, ROUNDS = 300000 };
    static uint32_t *slots[SLOTS];
    uint32_t state = 7, check = 0;
    for (uint32_t round = 0; round < ROUNDS; round++) {
        uint32_t slot = next_number(&state) % SLOTS;
        if (slots[slot]) {
            check = check * 31 + slots[slot][0] + slots[slot][slots[slot][1] - 1];
            free(slots[slot]);
        }
        uint32_t words = 2 + next_number(&state) % (round % 100 == 0 ? 5000 : 60);
        slots[slot] = malloc(words * sizeof **slots);
        slots[slot][words - 1] = round;
        slots[slot][0] = round ^ slot;
        slots[slot][1] = words;
    }
    for (int i = 0; i < SLOTS; i++)
        free(slots[i]);
    printf("check %08x\n", check);
    return 0;
}

static int edges(void)
{
    unsigned char *zeroed = calloc(1000, 100);
    size_t sum = 0;
    for (size_t i = 0; i < 100000; i++)
        sum += zeroed[i];
    printf("calloc: sum %zu\n", sum);

    char *text = malloc(6);
    strcpy(text, "hello");
    for (size_t size = 10; size < 5000000; size *= 3)
        text = realloc(text, size);
    printf("realloc up: %s\n", text);
    text = realloc(text, 6);
    printf("realloc down: %s\n", text);
    free(text);
    free(zeroed);
    free(NULL);

    for (size_t alignment = 8; alignment <= 65536; alignment *= 4) {
        void *aligned = NULL;
        int error = posix_memalign(&aligned, alignment, 100);
        printf("aligned to %zu: %d %d\n", alignment, error, (int)((uintptr_t)aligned % alignment));
        free(aligned);
    }
    void *aligned = aligned_alloc(256, 512);
    printf("aligned_alloc: %d\n", (int)((uintptr_t)aligned % 256));
    free(aligned);
    printf("usable: %d\n", malloc_usable_size(text = malloc(100)) >= 100);
    free(text);

    volatile size_t huge = SIZE_MAX / 2 + 1;
    errno = 0;
    printf("huge malloc: %s\n", malloc(huge - 64) ? "ok" : errno == ENOMEM ? "ENOMEM" : "other");
    printf("calloc overflow: %s\n", calloc(huge, 3) ? "ok" : "refused");
    char *same = malloc(16);
    strcpy(same, "untouched");
    printf("failed realloc: %s %s\n", realloc(same, huge - 64) ? "ok" : "refused", same);
    free(same);
    return 0;
}

/* Takes all memory. A native program gets a bound here; a module has one, and knows no other. */
static int exhaust(size_t megabytes)
{
    struct rlimit limit = { 16 << 20, 16 << 20 };
    setrlimit(RLIMIT_AS, &limit);
    size_t taken = 0;
    while (taken < megabytes << 20) {
        char *piece = malloc(1 << 20);
        if (!piece)
            break;
        piece[0] = piece[(1 << 20) - 1] = 1;
        taken += 1 << 20;
    }
    printf("%s\n", taken >= megabytes << 20 ? "all taken" : "refused");
    printf("some taken: %d\n", taken > 0);
    return 0;
}

static int move_break(void)
{
    char *start = sbrk(0);
    char *before = sbrk(100000), *after = sbrk(0);
    memset(start, 'b', 100000);
    printf("sbrk: %d, moved by %ld, usable: %c\n", before == start, (long)(after - start), start[99999]);
    return 0;
}

int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "";
    size_t megabytes = argc > 2 ? strtoul(argv[2], NULL, 10) : 0;
    if (!strcmp(what, "grow"))
        return grow(megabytes);
    if (!strcmp(what, "churn"))
        return churn();
    if (!strcmp(what, "edges"))
        return edges();
    if (!strcmp(what, "exhaust"))
        return exhaust(megabytes);
    if (!strcmp(what, "break"))
        return move_break();
    fprintf(stderr, "memory: what?\n");
    return 2;
}
