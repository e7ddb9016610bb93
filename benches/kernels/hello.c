/* The smallest program: what it costs to start. */
#include <stdio.h>

int main(void)
{
    puts("hello");
    return 0;
}
