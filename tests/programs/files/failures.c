#include "chapters.h"
#include "errors.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void say(const char *what, int result)
{
    int error = errno;
    printf("%s: %s\n", what, result < 0 ? strerror(error) : "ok");
}

void errors(void)
{
    char name[300], byte;
    struct stat status;

    /* Messages that all C libraries have in common. */
    say("open nothing", open("nothing", O_RDONLY));
    int fd = open("file", O_CREAT | O_EXCL | O_RDWR, 0644);
    say("create", fd);
    say("create again", open("file", O_CREAT | O_EXCL | O_RDWR, 0644));
    say("below a file", open("file/below", O_RDONLY));
    say("write to a folder", open(".", O_WRONLY));
    say("open a file as a folder", open("file", O_RDONLY | O_DIRECTORY));
    say("close", close(fd));
    say("close again", close(fd));
    say("a negative descriptor", close(-1));
    say("stat nothing", stat("nothing", &status));
    say("an empty name", open("", O_RDONLY));
    mkdir("full", 0755);
    close(open("full/file", O_CREAT | O_WRONLY, 0644));
    say("rmdir", rmdir("full"));

    /* Errors whose messages differ. */
    memset(name, 'n', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    report("a long name", open(name, O_RDONLY));
    symlink("b", "a");
    symlink("a", "b");
    report("a loop", open("a", O_RDONLY));
    report("read a folder", read(fd = open(".", O_RDONLY), &byte, 1));
    report("truncate a folder", truncate(".", 0));
    report("a negative length", truncate("file", -1));
    report("seek", lseek(fd, 0, 99));
    close(fd);
    report("read nothing", read(99, &byte, 1));
    report("write nothing", write(99, "x", 1));
    report("fstat nothing", fstat(99, &status));
    report("ftruncate nothing", ftruncate(99, 0));
    report("dup nothing", dup(99));
    report("an invalid command", fcntl(1, 9999));

    errno = 0;
    FILE *stream = fopen("nothing", "r");
    printf("fopen: %s\n", stream ? "ok" : strerror(errno));
    perror("perror after fopen");
    /* Success leaves errno alone. */
    errno = EEXIST;
    close(open("file", O_RDONLY));
    printf("errno: %s\n", error_name(errno));
}
