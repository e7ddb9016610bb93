/* The product of two matrices of doubles. */
#include "bench.h"

enum { SIDE = 256 };

static double a[SIDE][SIDE], b[SIDE][SIDE], c[SIDE][SIDE];

static NOINLINE void multiply(void)
{
    for (int i = 0; i < SIDE; i++)
        for (int k = 0; k < SIDE; k++) {
            double factor = a[i][k];
            for (int j = 0; j < SIDE; j++)
                c[i][j] += factor * b[k][j];
        }
}

int main(int argc, char **argv)
{
    int rounds = size_argument(argc, argv);
    for (int i = 0; i < SIDE; i++)
        for (int j = 0; j < SIDE; j++) {
            a[i][j] = (i * 3 + j) % 17 / 16.0;
            b[i][j] = (i + j * 5) % 13 / 8.0;
        }
    for (int i = 0; i < rounds; i++)
        multiply();
    double sum = 0;
    for (int i = 0; i < SIDE; i++)
        sum += c[i][i] + c[i][SIDE - 1 - i];
    printf("matmul %.3f\n", sum);
    return 0;
}
