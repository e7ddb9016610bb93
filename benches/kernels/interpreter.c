/* A small virtual machine: a loop around a switch, as interpreters are built. */
#include "bench.h"

enum op { PUSH, LOAD, STORE, ADD, SUB, MUL, XOR, SHIFT, LESS, JUMP, JUMP_IF_ZERO, CALL, RETURN, HALT };

struct instruction {
    uint8_t op;
    int32_t value;
};

/* Adds up a function of the numbers below local 0. */
static const struct instruction program[] = {
    {PUSH, 0},  {STORE, 1},                                        /* 0: sum = 0 */
    {PUSH, 0},  {STORE, 2},                                        /* 2: i = 0 */
    {LOAD, 2},  {LOAD, 0},  {LESS, 0}, {JUMP_IF_ZERO, 19},         /* 4: while i < n */
    {LOAD, 2},  {CALL, 21}, {LOAD, 1}, {ADD, 0},    {STORE, 1},    /* 8: sum += f(i) */
    {LOAD, 2},  {PUSH, 1},  {ADD, 0},  {STORE, 2},                 /* 13: i++ */
    {JUMP, 4},  {HALT, 0},                                         /* 17 */
    {LOAD, 1},  {HALT, 0},                                         /* 19: end with sum */
    {STORE, 3}, {LOAD, 3},  {PUSH, 7}, {MUL, 0},                   /* 21: f(x) */
    {LOAD, 3},  {PUSH, 3},  {SHIFT, 0}, {XOR, 0},
    {LOAD, 3},  {PUSH, 12}, {SUB, 0},  {ADD, 0},    {RETURN, 0},
};

static NOINLINE uint32_t run(uint32_t argument)
{
    uint32_t stack[64], locals[8] = {argument};
    uint32_t *top = stack;
    const struct instruction *at = program;
    for (;;) {
        struct instruction i = *at++;
        switch ((enum op)i.op) {
        case PUSH: *top++ = i.value; break;
        case LOAD: *top++ = locals[i.value]; break;
        case STORE: locals[i.value] = *--top; break;
        case ADD: top--; top[-1] += top[0]; break;
        case SUB: top--; top[-1] -= top[0]; break;
        case MUL: top--; top[-1] *= top[0]; break;
        case XOR: top--; top[-1] ^= top[0]; break;
        case SHIFT: top--; top[-1] <<= top[0] & 31; break;
        case LESS: top--; top[-1] = top[-1] < top[0]; break;
        case JUMP: at = program + i.value; break;
        case JUMP_IF_ZERO:
            if (!*--top)
                at = program + i.value;
            break;
        case CALL: {
            uint32_t argument = top[-1];
            top[-1] = (uint32_t)(at - program);
            *top++ = argument;
            at = program + i.value;
            break;
        }
        case RETURN: {
            uint32_t result = top[-1];
            top--;
            at = program + top[-1];
            top[-1] = result;
            break;
        }
        case HALT: return top[-1];
        }
    }
}

int main(int argc, char **argv)
{
    int size = size_argument(argc, argv) * 1000;
    printf("interpreter %u\n", run(size));
    return 0;
}
