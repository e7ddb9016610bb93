/* Builds binary trees with malloc and frees them. */
#include "bench.h"

struct tree {
    struct tree *left, *right;
};

static struct tree *grow(int depth)
{
    struct tree *tree = malloc(sizeof *tree);
    tree->left = depth ? grow(depth - 1) : NULL;
    tree->right = depth ? grow(depth - 1) : NULL;
    return tree;
}

static int count(const struct tree *tree)
{
    return tree->left ? 1 + count(tree->left) + count(tree->right) : 1;
}

static void fell(struct tree *tree)
{
    if (tree->left) {
        fell(tree->left);
        fell(tree->right);
    }
    free(tree);
}

int main(int argc, char **argv)
{
    int rounds = size_argument(argc, argv);
    struct tree *old = grow(15);
    uint32_t sum = 0;
    for (int i = 0; i < rounds; i++) {
        struct tree *tree = grow(6 + i % 8);
        sum = checksum(sum, count(tree));
        fell(tree);
    }
    printf("trees %u %d\n", sum, count(old));
    return 0;
}
