#include "chapters.h"
#include "errors.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

static void duplicates(void)
{
    int fd = open("shared", O_CREAT | O_RDWR | O_TRUNC, 0600);
    int copy = dup(fd);
    printf("a lower number is not taken: %d\n", copy > fd);
    report("write", write(fd, "abc", 3));
    printf("the copy is at %ld\n", (long)lseek(copy, 0, SEEK_CUR));
    report("close", close(fd));
    report("write to the copy", write(copy, "def", 3));

    int chosen = dup2(copy, 20);
    printf("dup2 gives %d\n", chosen);
    printf("dup2 of itself gives %d\n", dup2(chosen, chosen));
    report("dup2 of a closed descriptor", dup2(fd, 21));
    printf("F_DUPFD gives %d\n", fcntl(copy, F_DUPFD, 30));
    report("write", write(30, "ghi", 3));
    char text[10] = "";
    printf("pread %zd %s\n", pread(20, text, 9, 0), text);
    close(copy);
    close(20);
    close(30);
    report("close again", close(30));

    /* The lowest free number is the next one. */
    int a = open("shared", O_RDONLY), b = open("shared", O_RDONLY);
    close(a);
    printf("reused: %d\n", open("shared", O_RDONLY) == a);
    close(a);
    close(b);
}

static void flags(void)
{
    int fd = open("shared", O_RDWR | O_APPEND);
    int flags = fcntl(fd, F_GETFL);
    printf("F_GETFL: mode %d, append %d, nonblocking %d\n", (flags & O_ACCMODE) == O_RDWR,
           (flags & O_APPEND) != 0, (flags & O_NONBLOCK) != 0);
    report("F_SETFL", fcntl(fd, F_SETFL, flags | O_NONBLOCK));
    flags = fcntl(fd, F_GETFL);
    printf("F_GETFL: append %d, nonblocking %d\n", (flags & O_APPEND) != 0,
           (flags & O_NONBLOCK) != 0);
    report("F_SETFL", fcntl(fd, F_SETFL, 0));
    flags = fcntl(fd, F_GETFL);
    printf("F_GETFL: append %d\n", (flags & O_APPEND) != 0);
    report("F_SETFD", fcntl(fd, F_SETFD, FD_CLOEXEC));
    report("F_GETFL of a closed descriptor", fcntl(77, F_GETFL));

    struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 0, .l_len = 10 };
    report("F_SETLK", fcntl(fd, F_SETLK, &lock));
    report("F_GETLK", fcntl(fd, F_GETLK, &lock));
    printf("free for us: %d\n", lock.l_type == F_UNLCK);
    lock.l_type = F_UNLCK;
    report("F_SETLK", fcntl(fd, F_SETLK, &lock));
    close(fd);
}

static void pipes(void)
{
    int ends[2];
    report("pipe", pipe(ends));
    struct stat status;
    fstat(ends[0], &status);
    printf("a pipe: %d\n", S_ISFIFO(status.st_mode));
    report("lseek", lseek(ends[0], 0, SEEK_CUR));

    struct pollfd polled[2] = { { ends[0], POLLIN, 0 }, { ends[1], POLLOUT, 0 } };
    printf("poll %d:", poll(polled, 2, 0));
    printf(" in %d out %d\n", polled[0].revents == POLLIN, polled[1].revents == POLLOUT);
    report("write", write(ends[1], "through", 7));
    printf("poll %d:", poll(polled, 2, 0));
    printf(" in %d out %d\n", polled[0].revents == POLLIN, polled[1].revents == POLLOUT);
    int waiting = 0;
    report("FIONREAD", ioctl(ends[0], FIONREAD, &waiting));
    printf("%d bytes wait\n", waiting);
    char text[16] = "";
    printf("read %zd %s\n", read(ends[0], text, 4), text);
    memset(text, 0, sizeof text);
    printf("read %zd %s\n", read(ends[0], text, 15), text);
    report("F_SETFL", fcntl(ends[0], F_SETFL, O_NONBLOCK));
    report("read from an empty pipe", read(ends[0], text, 1));
    report("close", close(ends[1]));
    printf("read at the end %zd\n", read(ends[0], text, 1));
    close(ends[0]);
}

void descriptors(void)
{
    duplicates();
    flags();
    pipes();
    int file = open("shared", O_RDONLY), null = open("/dev/null", O_RDWR);
    printf("terminals: %d %d\n", isatty(file), isatty(null));
    char byte;
    printf("/dev/null: write %zd, read %zd\n", write(null, "x", 1), read(null, &byte, 1));
    int zero = open("/dev/zero", O_RDONLY);
    byte = 'x';
    printf("/dev/zero: read %zd", read(zero, &byte, 1));
    printf(" %d\n", byte);
    close(zero);
    close(null);
    close(file);
}
