/*
 * POSIX files from all sides. The first argument names a chapter:
 *
 *     files contents | attributes | links | hard-links | directories
 *           | seeking | descriptors | access | errors | streams | mapping | many
 *
 * Each works in the current folder and prints what it finds.
 */
#include "chapters.h"

#include <stdio.h>
#include <string.h>

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*run)(void);
    } chapters[] = {
        { "contents", contents },
        { "attributes", attributes },
        { "links", links },
        { "hard-links", hard_links },
        { "directories", directories },
        { "seeking", seeking },
        { "descriptors", descriptors },
        { "access", access_rights },
        { "errors", errors },
        { "streams", streams },
        { "mapping", mapping },
        { "many", many },
    };
    for (int i = 1; i < argc; i++) {
        size_t n = 0;
        while (n < sizeof chapters / sizeof *chapters && strcmp(chapters[n].name, argv[i]) != 0)
            n++;
        if (n == sizeof chapters / sizeof *chapters) {
            fprintf(stderr, "files: no chapter %s\n", argv[i]);
            return 2;
        }
        chapters[n].run();
    }
    return 0;
}
