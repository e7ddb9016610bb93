/*
 * Prints and returns: linked as Emscripten does by default, so that nothing in
 * the module flushes what is in stdio's buffers at the end.
 *
 *     plain lines         whole lines
 *     plain unfinished    ends without a newline
 *     plain mixed         standard output and standard error in turn
 *     plain much          more than a buffer holds
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "lines";
    if (!strcmp(what, "lines")) {
        puts("one");
        printf("two and %s\n", "three");
    } else if (!strcmp(what, "unfinished")) {
        puts("a line");
        printf("and no newline");
    } else if (!strcmp(what, "mixed")) {
        puts("out 1");
        fputs("err 1\n", stderr);
        fputs("out 2\n", stdout);
        fputs("err 2 without newline", stderr);
        exit(3);
    } else if (!strcmp(what, "much")) {
        for (int i = 0; i < 2000; i++)
            printf("line %d of 2000\n", i + 1);
    }
    return 0;
}
