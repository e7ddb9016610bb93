#include "chapters.h"
#include "errors.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static void show_mode(const char *path)
{
    struct stat status;
    report(path, stat(path, &status));
    printf("mode %04o\n", status.st_mode & 07777);
}

void access_rights(void)
{
    int fd = open("private", O_CREAT | O_WRONLY, 0600);
    report("create", fd);
    close(fd);
    report("F_OK", access("private", F_OK));
    report("R_OK", access("private", R_OK));
    report("R_OK | W_OK", access("private", R_OK | W_OK));
    report("X_OK", access("private", X_OK));
    report("nothing", access("nothing", F_OK));
    report("below a file", access("private/x", F_OK));
    report("folder X_OK", access(".", X_OK));
    report("a wrong mode", access("private", 64));

    report("chmod", chmod("private", 0700));
    report("X_OK", access("private", X_OK));
    show_mode("private");
    report("chmod", chmod("private", 0444));
    show_mode("private");
    report("chmod of nothing", chmod("nothing", 0644));
    report("faccessat", faccessat(AT_FDCWD, "private", R_OK, 0));

    report("mkdir", mkdir("shelf", 0700));
    show_mode("shelf");
    report("chmod", chmod("shelf", 01755));
    show_mode("shelf");
    fd = open("shelf/book", O_CREAT | O_WRONLY, 0400);
    report("create read-only", fd);
    report("write", write(fd, "text", 4));
    close(fd);
    show_mode("shelf/book");
}
