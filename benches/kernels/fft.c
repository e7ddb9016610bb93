/* A fast Fourier transform and back. */
#include "bench.h"
#include <math.h>

enum { BITS = 14, POINTS = 1 << BITS };

struct complex {
    double re, im;
};

static struct complex data[POINTS], roots[POINTS / 2];

/* Roots of unity by halving angles, which is exact enough to be the same everywhere. */
static void make_roots(void)
{
    double cosine = -1;
    struct complex steps[BITS];
    steps[BITS - 1] = (struct complex){-1, 0};
    for (int i = BITS - 2; i >= 0; i--) {
        cosine = i == BITS - 2 ? 0 : sqrt((1 + cosine) / 2);
        steps[i] = (struct complex){cosine, -sqrt(1 - cosine * cosine)};
    }
    for (int i = 0; i < POINTS / 2; i++) {
        struct complex root = {1, 0};
        for (int bit = 0; bit < BITS - 1; bit++)
            if (i >> bit & 1) {
                struct complex by = steps[bit];
                root = (struct complex){root.re * by.re - root.im * by.im,
                                        root.re * by.im + root.im * by.re};
            }
        roots[i] = root;
    }
}

static NOINLINE void transform(int inverse)
{
    for (int i = 1, j = 0; i < POINTS; i++) {
        int bit = POINTS >> 1;
        for (; j & bit; bit >>= 1)
            j ^= bit;
        j ^= bit;
        if (i < j) {
            struct complex swap = data[i];
            data[i] = data[j];
            data[j] = swap;
        }
    }
    for (int half = 1; half < POINTS; half *= 2) {
        int stride = POINTS / 2 / half;
        for (int start = 0; start < POINTS; start += 2 * half)
            for (int i = 0; i < half; i++) {
                struct complex w = roots[i * stride];
                if (inverse)
                    w.im = -w.im;
                struct complex *p = &data[start + i], *q = p + half;
                struct complex t = {q->re * w.re - q->im * w.im, q->re * w.im + q->im * w.re};
                *q = (struct complex){p->re - t.re, p->im - t.im};
                *p = (struct complex){p->re + t.re, p->im + t.im};
            }
    }
}

int main(int argc, char **argv)
{
    int rounds = size_argument(argc, argv);
    make_roots();
    uint64_t state = random_state(3);
    for (int i = 0; i < POINTS; i++)
        data[i] = (struct complex){random32(&state) % 1000 / 500.0 - 1, 0};
    double sum = 0;
    for (int i = 0; i < rounds; i++) {
        transform(0);
        sum += data[i % POINTS].re;
        transform(1);
        for (int j = 0; j < POINTS; j++) {
            data[j].re /= POINTS;
            data[j].im /= POINTS;
        }
    }
    printf("fft %.6f %.6f\n", sum, data[1].re);
    return 0;
}
