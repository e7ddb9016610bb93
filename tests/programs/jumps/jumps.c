/*
 * setjmp and longjmp from all sides. The first argument names a chapter; all
 * are run without one.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void send(int value)
{
    jmp_buf place;
    int got = setjmp(place);
    if (got == 0)
        longjmp(place, value);
    printf("sent %d, got %d\n", value, got);
}

static void values(void)
{
    send(1);
    send(2);
    send(-1);
    send(1000000);
}

static jmp_buf bottom;

static int dive(int depth, int target)
{
    char room[100];
    snprintf(room, sizeof room, "depth %d", depth);
    if (depth == target)
        longjmp(bottom, depth);
    return dive(depth + 1, target) + (int)strlen(room);
}

static void frames(void)
{
    static const int targets[] = { 1, 10, 200, 1000 };
    for (size_t i = 0; i < sizeof targets / sizeof *targets; i++) {
        int got = setjmp(bottom);
        if (got == 0)
            printf("%d\n", dive(0, targets[i]));
        else
            printf("back from depth %d\n", got);
    }
}

/* Locals that are volatile keep what they were changed to. */
static void locals(void)
{
    jmp_buf place;
    volatile int counter = 0;
    volatile double real = 1.5;
    volatile long long wide = 1;
    const char *text = "kept";
    int got = setjmp(place);
    counter++;
    real *= 2;
    wide <<= 7;
    if (got < 5)
        longjmp(place, got + 1);
    printf("%d times, %g, %lld, %s\n", counter, real, wide, text);
}

/* Several places at once; the innermost handler passes on what it does not know. */
struct handler {
    jmp_buf place;
    struct handler *outer;
};

static struct handler *handlers;

static void fail(int code)
{
    longjmp(handlers->place, code);
}

static void work(int level, int code)
{
    struct handler handler;
    int got;
    handler.outer = handlers;
    handlers = &handler;
    if ((got = setjmp(handler.place)) == 0) {
        if (level > 0)
            work(level - 1, code);
        else
            fail(code);
        handlers = handler.outer;
        printf("level %d ends\n", level);
        return;
    }
    handlers = handler.outer;
    if (got == level + 1) {
        printf("level %d handles %d\n", level, got);
        return;
    }
    printf("level %d passes %d on\n", level, got);
    if (handlers)
        fail(got);
    printf("nobody handles %d\n", got);
}

static void nested(void)
{
    for (int code = 1; code <= 5; code++)
        work(3, code);
}

/* A callback of the library's jumps out of it. */
static jmp_buf out_of_sort;
static int comparisons;

static int compare(const void *a, const void *b)
{
    if (++comparisons == 20)
        longjmp(out_of_sort, comparisons);
    int x = *(const int *)a, y = *(const int *)b;
    return (x > y) - (x < y);
}

static void callbacks(void)
{
    int numbers[64];
    for (int i = 0; i < 64; i++)
        numbers[i] = i * 37 % 64;
    int got = setjmp(out_of_sort);
    if (got == 0) {
        qsort(numbers, 64, sizeof *numbers, compare);
        printf("sorted\n");
    } else {
        printf("left the sort after %d comparisons\n", got);
    }
    comparisons = 100;
    qsort(numbers, 64, sizeof *numbers, compare);
    printf("sorted: %d to %d\n", numbers[0], numbers[63]);
}

/* A main loop that a handler returns to, as interactive programs have it. */
static jmp_buf main_loop;
static volatile sig_atomic_t interrupts;

static void on_interrupt(int number)
{
    interrupts++;
    signal(number, on_interrupt);
    longjmp(main_loop, number);
}

static void loop(void)
{
    static int round;
    round = 0;
    signal(SIGINT, on_interrupt);
    int number = setjmp(main_loop);
    if (number)
        printf("interrupted by %s\n", number == SIGINT ? "SIGINT" : "another");
    /* The handler leaves without returning, so the signal stays blocked natively. */
    sigset_t interrupt;
    sigemptyset(&interrupt);
    sigaddset(&interrupt, SIGINT);
    sigprocmask(SIG_UNBLOCK, &interrupt, NULL);
    while (round < 4) {
        round++;
        if (round % 2 == 0)
            raise(SIGINT);
        printf("round %d\n", round);
    }
    signal(SIGINT, SIG_DFL);
    printf("%d interrupts\n", (int)interrupts);
}

static void with_mask(void)
{
    sigjmp_buf place;
    volatile int times = 0;
    int got = sigsetjmp(place, 1);
    if (times++ < 3)
        siglongjmp(place, times);
    printf("siglongjmp %d after %d times\n", got, times);
}

/* Many jumps, as an interpreter's error handling makes them. */
static int protected_call(int (*function)(int, jmp_buf *), int argument)
{
    jmp_buf place;
    int got = setjmp(place);
    if (got)
        return -got;
    return function(argument, &place);
}

static int odd_fails(int argument, jmp_buf *place)
{
    if (argument % 2)
        longjmp(*place, argument);
    return argument;
}

static void many(void)
{
    long sum = 0;
    for (int i = 0; i < 100000; i++)
        sum += protected_call(odd_fails, i);
    printf("sum %ld\n", sum);
}

/* Functions with every kind of argument are called where a jump may pass. */
static jmp_buf signature_place;

static double mixed(int a, double b, long long c, float d, const char *e, unsigned char f)
{
    if (a > 2)
        longjmp(signature_place, a);
    return a + b + (double)c + d + (double)strlen(e) + f;
}

static long long wide(long long a, long long b)
{
    if (a > b)
        longjmp(signature_place, (int)(a - b));
    return (a << 33) + b;
}

static void signatures(void)
{
    double (*volatile call_mixed)(int, double, long long, float, const char *, unsigned char) = mixed;
    long long (*volatile call_wide)(long long, long long) = wide;
    volatile int round = 0;
    int got = setjmp(signature_place);
    if (got)
        printf("jumped with %d\n", got);
    while (round < 5) {
        int i = round++;
        printf("mixed %.2f\n", call_mixed(i, 0.25, 1LL << 35, 1.5f, "four", 200));
        printf("wide %lld\n", call_wide(i, 1));
    }
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*run)(void);
    } chapters[] = {
        { "values", values },
        { "frames", frames },
        { "locals", locals },
        { "nested", nested },
        { "callbacks", callbacks },
        { "loop", loop },
        { "with-mask", with_mask },
        { "many", many },
        { "signatures", signatures },
    };
    for (size_t i = 0; i < sizeof chapters / sizeof *chapters; i++) {
        if (argc < 2 || strcmp(argv[1], chapters[i].name) == 0) {
            printf("%s:\n", chapters[i].name);
            chapters[i].run();
        }
    }
    return 0;
}
