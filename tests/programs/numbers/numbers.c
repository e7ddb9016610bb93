/*
 * Arithmetic of all kinds. The first argument names a chapter; all are run
 * without one.
 */
#include <float.h>
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t state = 88172645463325252u;

static uint64_t next_number(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

static uint64_t mix(uint64_t sum, uint64_t value)
{
    return (sum ^ value) * 0x9e3779b97f4a7c15u + (sum >> 29);
}

/* Every operation on random operands and on those at the edges. */
static void integers(void)
{
    static const uint64_t edges[] = {
        0, 1, 2, 31, 32, 63, 64, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x7fffffff, 0x80000000,
        0xffffffff, 0x100000000, 0x7fffffffffffffff, 0x8000000000000000, 0xffffffffffffffff,
    };
    enum { EDGES = sizeof edges / sizeof *edges };
    uint64_t sum32 = 0, sum64 = 0;
    for (int i = 0; i < EDGES * EDGES + 20000; i++) {
        uint64_t a = i < EDGES * EDGES ? edges[i / EDGES] : next_number();
        uint64_t b = i < EDGES * EDGES ? edges[i % EDGES] : next_number() >> (i % 64);
        int64_t sa = (int64_t)a, sb = (int64_t)b;
        uint32_t a32 = (uint32_t)a, b32 = (uint32_t)b;
        int32_t s32 = (int32_t)a32, t32 = (int32_t)b32;

        sum64 = mix(sum64, a + b);
        sum64 = mix(sum64, a - b);
        sum64 = mix(sum64, a * b);
        sum64 = mix(sum64, a << (b & 63));
        sum64 = mix(sum64, a >> (b & 63));
        sum64 = mix(sum64, (uint64_t)(sa >> (b & 63)));
        sum64 = mix(sum64, (uint64_t)(sa < sb) | (uint64_t)(a < b) << 1 | (uint64_t)(a == b) << 2);
        sum64 = mix(sum64, (uint64_t)(int64_t)(int8_t)a + (uint64_t)(int64_t)(int16_t)b);
        if (b)
            sum64 = mix(sum64, a / b ^ a % b);
        if (b && !(sa == INT64_MIN && sb == -1))
            sum64 = mix(sum64, (uint64_t)(sa / sb) ^ (uint64_t)(sa % sb));
        if (a)
            sum64 = mix(sum64, (uint64_t)(__builtin_clzll(a) * 64 + __builtin_ctzll(a)));
        sum64 = mix(sum64, (uint64_t)__builtin_popcountll(a));
        sum64 = mix(sum64, __builtin_bswap64(a) ^ (a << (b & 63) | a >> (-b & 63)));

        sum32 = mix(sum32, a32 + b32);
        sum32 = mix(sum32, a32 * b32);
        sum32 = mix(sum32, a32 << (b32 & 31));
        sum32 = mix(sum32, (uint32_t)(s32 >> (b32 & 31)));
        sum32 = mix(sum32, (uint32_t)(s32 < t32) | (uint32_t)(a32 < b32) << 1);
        if (b32)
            sum32 = mix(sum32, a32 / b32 ^ a32 % b32);
        if (b32 && !(s32 == INT32_MIN && t32 == -1))
            sum32 = mix(sum32, (uint32_t)(s32 / t32) ^ (uint32_t)(s32 % t32));
        if (a32)
            sum32 = mix(sum32, (uint32_t)(__builtin_clz(a32) * 32 + __builtin_ctz(a32)));
        sum32 = mix(sum32, (uint32_t)__builtin_popcount(a32) + (a32 << (b32 & 31) | a32 >> (-b32 & 31)));
    }
    printf("32 bits %016" PRIx64 "\n64 bits %016" PRIx64 "\n", sum32, sum64);
}

static void wide(void)
{
    unsigned __int128 product = 1;
    for (int i = 0; i < 1000; i++)
        product = product * (next_number() | 1) + next_number();
    printf("%016" PRIx64 "%016" PRIx64 "\n", (uint64_t)(product >> 64), (uint64_t)product);
    product /= 1000003;
    printf("%016" PRIx64 "%016" PRIx64 "\n", (uint64_t)(product >> 64), (uint64_t)product);
    int64_t sum = 0;
    printf("overflows %d %d\n", __builtin_mul_overflow(INT64_C(1) << 40, INT64_C(1) << 30, &sum),
           __builtin_add_overflow(INT64_C(1) << 40, INT64_C(1) << 30, &sum));
}

static uint64_t bits(double value)
{
    uint64_t raw;
    memcpy(&raw, &value, sizeof raw);
    return value != value ? 0x7ff8000000000000u : raw;
}

static uint32_t bits32(float value)
{
    uint32_t raw;
    memcpy(&raw, &value, sizeof raw);
    return value != value ? 0x7fc00000u : raw;
}

static double from_bits(uint64_t raw)
{
    double value;
    memcpy(&value, &raw, sizeof value);
    return value;
}

/* What IEEE 754 lays down to the last bit. */
static void reals(void)
{
    static const double edges[] = {
        0.0, -0.0, 1.0, -1.0, 0.5, 1.5, 2.5, -2.5, 3.999999, 1e308, -1e308, DBL_MIN, DBL_EPSILON,
        4.9e-324, INFINITY, -INFINITY, NAN, 2147483647.0, 2147483648.5, 9007199254740993.0, 1e-10,
    };
    enum { EDGES = sizeof edges / sizeof *edges };
    uint64_t sum = 0, sum32 = 0;
    for (int i = 0; i < EDGES * EDGES + 20000; i++) {
        double a = i < EDGES * EDGES ? edges[i / EDGES] : from_bits(next_number());
        double b = i < EDGES * EDGES ? edges[i % EDGES] : from_bits(next_number());
        sum = mix(sum, bits(a + b));
        sum = mix(sum, bits(a - b));
        sum = mix(sum, bits(a * b));
        sum = mix(sum, bits(a / b));
        sum = mix(sum, bits(sqrt(a)));
        sum = mix(sum, bits(floor(a)) + bits(ceil(b)));
        sum = mix(sum, bits(trunc(a)) + bits(nearbyint(b)));
        sum = mix(sum, bits(fabs(a)) + bits(copysign(a, b)));
        sum = mix(sum, bits(fma(a, b, 1.0)));
        sum = mix(sum, bits(fmod(a, b)));
        sum = mix(sum, (uint64_t)(a < b) | (uint64_t)(a <= b) << 1 | (uint64_t)(a == b) << 2
                           | (uint64_t)(a != b) << 3);
        if (a > -9e18 && a < 9e18)
            sum = mix(sum, (uint64_t)(int64_t)a);
        if (b >= 0 && b < 1.8e19)
            sum = mix(sum, (uint64_t)b);
        if (a > -2147483649.0 && a < 2147483648.0)
            sum = mix(sum, (uint32_t)(int32_t)a);
        sum = mix(sum, bits((double)(int64_t)next_number()) + bits((double)next_number()));
        float x = (float)a, y = (float)b;
        sum32 = mix(sum32, bits32(x + y) + bits32(x * y));
        sum32 = mix(sum32, bits32(x / y) + bits32(sqrtf(x)));
        sum32 = mix(sum32, bits32((float)next_number()) + bits32((float)(int32_t)next_number()));
        sum32 = mix(sum32, bits((double)x) + bits32(floorf(y)));
    }
    printf("double %016" PRIx64 "\nfloat %016" PRIx64 "\n", sum, sum32);
}

/* Functions that no standard lays down to the last bit. */
static void functions(void)
{
    for (int i = 1; i <= 12; i++) {
        double x = i * 0.37;
        printf("%.9f %.9f %.9f %.9f %.9f %.9f\n", sin(x), cos(x), tan(x), exp(x), log(x), atan(x));
        printf("%.9f %.9f %.9f %.9f %.9f %.9f\n", pow(x, 1.7), cbrt(x), sinh(x / 2), asin(x / 9),
               tgamma(x), erf(x));
        printf("%.5f %.5f %.5f %.5f\n", (double)sinf((float)x), (double)powf((float)x, 2.5f),
               (double)expf((float)x), (double)logf((float)x));
    }
    int exponent;
    double mantissa = frexp(1234.5, &exponent);
    printf("%.9f %d %.3f %d %.1f\n", mantissa, exponent, ldexp(0.75, 5), ilogb(1e10), logb(1e-10));
    printf("%ld %lld %.0f\n", lround(-2.5), llrint(3.5), round(0.5));
}

static void printing(void)
{
    static const double values[] = {
        0, -0.0, 1, 0.1, 1.0 / 3, 123456789.123, 1e21, 1.5e-7, DBL_MIN, DBL_MAX, INFINITY, -INFINITY,
    };
    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        printf("%f|%e|%g|%.17g|%a|%10.3f|%-12.2e|%+.0f\n", values[i], values[i], values[i],
               values[i], values[i], values[i], values[i], values[i]);
    printf("%d|%5d|%-5d|%05d|%+d|%x|%#X|%o|%c|%s|%.2s|%%\n", 42, 42, 42, 42, 42, 255, 255, 8, 'c',
           "text", "text");
    printf("%lld %llu %" PRIx64 " %hhd %hd %zu\n", LLONG_MIN, ULLONG_MAX, UINT64_MAX, (signed char)300,
           (short)70000, (size_t)123);
    printf("%Lf %.20Lg\n", 1.25L, 0.5L);
    printf("%*d|%-*d|%.*f\n", 6, 1, 6, 2, 3, 2.0 / 3);

    static const char *const texts[] = {
        "0", "1e10", "-3.25", "0x1.8p3", "inf", "nan", "1e400", "1e-400", "12abc", "", "4.35",
        "2.2250738585072011e-308", "9007199254740993", "0.1",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        char *end;
        double value = strtod(texts[i], &end);
        printf("%s: %.17g, %zu read\n", texts[i], value != value ? 0 : value, (size_t)(end - texts[i]));
    }
    printf("%ld %lld %lu %d\n", strtol("-2147483648", NULL, 10), strtoll("0x7fffffffffffffff", NULL, 0),
           strtoul("777", NULL, 8), atoi("12x"));
}

/* Vectors, by the compiler's extension. */
typedef int32_t lanes __attribute__((vector_size(16)));
typedef float reals4 __attribute__((vector_size(16)));

static void vectors(void)
{
    lanes a = { 1, 2, 3, 4 }, b = { 10, -20, 30, -40 };
    reals4 x = { 0.5f, 1.5f, 2.5f, 3.5f }, y = { 2, 4, 8, 16 };
    for (int i = 0; i < 1000; i++) {
        a = a * b + (a ^ (lanes){ i, i, i, i });
        b = (a > b) - (b << 1) + (lanes){ 1, 2, 3, 4 };
        x = x * y / (x + y) + (reals4){ 1, 1, 1, 1 };
    }
    printf("%" PRId32 " %" PRId32 " %" PRId32 " %" PRId32 "\n", a[0], a[1], a[2], a[3]);
    printf("%.6f %.6f %.6f %.6f\n", (double)x[0], (double)x[1], (double)x[2], (double)x[3]);

    /* Loops that a compiler turns into vectors. */
    static uint8_t bytes[10000];
    static float samples[4096], filtered[4096];
    for (int i = 0; i < 10000; i++)
        bytes[i] = (uint8_t)next_number();
    uint32_t sum = 0, most = 0;
    for (int i = 0; i < 10000; i++) {
        sum += bytes[i];
        most = bytes[i] > most ? bytes[i] : most;
    }
    for (int i = 0; i < 4096; i++)
        samples[i] = (float)(i * 37 % 101) * 0.25f;
    for (int i = 2; i < 4094; i++)
        filtered[i] = samples[i - 2] * 0.0625f + samples[i] * 0.875f + samples[i + 2] * 0.0625f;
    double total = 0;
    for (int i = 0; i < 4096; i++)
        total += filtered[i];
    printf("%" PRIu32 " %" PRIu32 " %.6f\n", sum, most, total);
}

/* Work as programs have it: a sieve, a matrix, the bodies of a recursion. */
static unsigned ackermann(unsigned m, unsigned n)
{
    return m == 0 ? n + 1 : n == 0 ? ackermann(m - 1, 1) : ackermann(m - 1, ackermann(m, n - 1));
}

static void work(void)
{
    enum { LIMIT = 1000000, SIZE = 120 };
    static unsigned char composite[LIMIT];
    int primes = 0;
    for (int i = 2; i < LIMIT; i++) {
        if (composite[i])
            continue;
        primes++;
        for (long long k = (long long)i * i; k < LIMIT; k += i)
            composite[k] = 1;
    }
    static double a[SIZE][SIZE], b[SIZE][SIZE], c[SIZE][SIZE];
    for (int i = 0; i < SIZE; i++) {
        for (int k = 0; k < SIZE; k++) {
            a[i][k] = (i * k) % 17 - 8;
            b[i][k] = (i + 3 * k) % 13 * 0.5;
        }
    }
    double trace = 0;
    for (int i = 0; i < SIZE; i++) {
        for (int k = 0; k < SIZE; k++) {
            for (int m = 0; m < SIZE; m++)
                c[i][k] += a[i][m] * b[m][k];
        }
        trace += c[i][i];
    }
    printf("%d primes, trace %.1f, ackermann %u\n", primes, trace, ackermann(2, 500));
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*run)(void);
    } chapters[] = {
        { "integers", integers },
        { "wide", wide },
        { "reals", reals },
        { "functions", functions },
        { "printing", printing },
        { "vectors", vectors },
        { "work", work },
    };
    for (size_t i = 0; i < sizeof chapters / sizeof *chapters; i++) {
        if (argc < 2 || strcmp(argv[1], chapters[i].name) == 0)
            chapters[i].run();
    }
    return 0;
}
