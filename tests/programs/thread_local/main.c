/* Thread-local variables of all kinds in a program without threads. */
#include <stdio.h>
#include <string.h>

extern _Thread_local int elsewhere;
extern _Thread_local char text_elsewhere[8];
int *address_elsewhere(void);

_Thread_local int set = 5;
_Thread_local int unset;
static _Thread_local char text[8] = "abc";
static _Thread_local int kept;

static int count(void)
{
    static _Thread_local int calls = 40;
    return ++calls;
}

int main(int argc, char **argv)
{
    printf("%d %d %s %d %d %s\n", set, unset, text, kept, elsewhere, text_elsewhere);
    set += argc;
    unset = set;
    kept = (int)strlen(argv[argc - 1]);
    text[0] = 'X';
    elsewhere++;
    count();
    printf("%d %d %s %d %d %d\n", set, unset, text, kept, elsewhere, count());
    printf("%d\n", address_elsewhere() == &elsewhere);
    return 0;
}
