/* Planets that attract each other: floating point with square roots and divisions. */
#include "bench.h"
#include <math.h>

enum { BODIES = 5 };

struct body {
    double position[3], velocity[3], mass;
};

static NOINLINE void advance(struct body *bodies, double dt)
{
    for (int i = 0; i < BODIES; i++)
        for (int j = i + 1; j < BODIES; j++) {
            double d[3], square = 0;
            for (int axis = 0; axis < 3; axis++) {
                d[axis] = bodies[i].position[axis] - bodies[j].position[axis];
                square += d[axis] * d[axis];
            }
            double factor = dt / (square * sqrt(square));
            for (int axis = 0; axis < 3; axis++) {
                bodies[i].velocity[axis] -= d[axis] * bodies[j].mass * factor;
                bodies[j].velocity[axis] += d[axis] * bodies[i].mass * factor;
            }
        }
    for (int i = 0; i < BODIES; i++)
        for (int axis = 0; axis < 3; axis++)
            bodies[i].position[axis] += dt * bodies[i].velocity[axis];
}

static double energy(const struct body *bodies)
{
    double sum = 0;
    for (int i = 0; i < BODIES; i++) {
        double square = 0;
        for (int axis = 0; axis < 3; axis++)
            square += bodies[i].velocity[axis] * bodies[i].velocity[axis];
        sum += 0.5 * bodies[i].mass * square;
        for (int j = i + 1; j < BODIES; j++) {
            double between = 0;
            for (int axis = 0; axis < 3; axis++) {
                double d = bodies[i].position[axis] - bodies[j].position[axis];
                between += d * d;
            }
            sum -= bodies[i].mass * bodies[j].mass / sqrt(between);
        }
    }
    return sum;
}

int main(int argc, char **argv)
{
    int steps = size_argument(argc, argv) * 1000;
    static struct body bodies[BODIES] = {
        {{0, 0, 0}, {0, 0, 0}, 40},
        {{5, -1, 0}, {0.5, 2.5, 0}, 0.04},
        {{8, 4, -0.5}, {-1, 1.75, 0.01}, 0.01},
        {{12, -15, -0.25}, {1, 0.9, -0.01}, 0.002},
        {{15, -26, 0.125}, {1, 0.6, -0.03}, 0.002},
    };
    printf("nbody %.9f\n", energy(bodies));
    for (int i = 0; i < steps; i++)
        advance(bodies, 0.001);
    printf("nbody %.9f\n", energy(bodies));
    return 0;
}
