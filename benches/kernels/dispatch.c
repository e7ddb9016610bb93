/* Objects with virtual functions: indirect calls to changing targets. */
#include "bench.h"

enum { COUNT = 256 };

struct shape;

struct methods {
    int (*area)(const struct shape *);
    int (*edge)(const struct shape *, int);
};

struct shape {
    const struct methods *methods;
    int a, b;
};

static int square_area(const struct shape *s) { return s->a * s->a; }
static int square_edge(const struct shape *s, int i) { return s->a + (i & 0); }
static int oblong_area(const struct shape *s) { return s->a * s->b; }
static int oblong_edge(const struct shape *s, int i) { return i & 1 ? s->a : s->b; }
static int triangle_area(const struct shape *s) { return s->a * s->b / 2; }
static int triangle_edge(const struct shape *s, int i) { return i % 3 == 0 ? s->a : s->b; }
static int circle_area(const struct shape *s) { return s->a * s->a * 355 / 113; }
static int circle_edge(const struct shape *s, int i) { return s->a * i; }

static const struct methods kinds[4] = {
    {square_area, square_edge},
    {oblong_area, oblong_edge},
    {triangle_area, triangle_edge},
    {circle_area, circle_edge},
};

static struct shape shapes[COUNT];

static NOINLINE uint32_t measure(int round)
{
    uint32_t sum = 0;
    for (int i = 0; i < COUNT; i++) {
        const struct shape *s = &shapes[i];
        sum += s->methods->area(s);
        sum ^= s->methods->edge(s, round + i);
    }
    return sum;
}

int main(int argc, char **argv)
{
    int rounds = size_argument(argc, argv);
    uint64_t state = random_state(10);
    for (int i = 0; i < COUNT; i++)
        shapes[i] = (struct shape){&kinds[random32(&state) % 4], (int)(random32(&state) % 100),
                                   (int)(random32(&state) % 100)};
    uint32_t sum = 0;
    for (int i = 0; i < rounds; i++)
        sum = checksum(sum, measure(i));
    printf("dispatch %u\n", sum);
    return 0;
}
