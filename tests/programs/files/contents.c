#include "chapters.h"
#include "errors.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

static void show(int fd)
{
    char bytes[256];
    off_t place = lseek(fd, 0, SEEK_SET);
    ssize_t n = read(fd, bytes, sizeof bytes);
    printf("at %ld: %zd bytes:", (long)place, n);
    for (ssize_t i = 0; i < n; i++)
        printf(bytes[i] >= ' ' && bytes[i] <= '~' ? " %c" : " %02x", (unsigned char)bytes[i]);
    printf("\n");
}

static void vectors(int fd)
{
    char first[] = "one ", second[] = "two ", third[] = "three";
    struct iovec out[] = {
        { first, 4 }, { second, 4 }, { NULL, 0 }, { third, 5 },
    };
    printf("writev %zd\n", writev(fd, out, 4));
    char a[3] = "", b[6] = "", c[20] = "";
    struct iovec in[] = { { a, 2 }, { b, 5 }, { c, 19 } };
    lseek(fd, 0, SEEK_SET);
    printf("readv %zd", readv(fd, in, 3));
    printf(" [%s][%s][%s]\n", a, b, c);
}

void contents(void)
{
    int fd = open("notes", O_RDWR | O_CREAT | O_EXCL, 0644);
    report("create", fd);
    printf("write %zd\n", write(fd, "hello, world\n", 13));
    printf("at %ld\n", (long)lseek(fd, 0, SEEK_CUR));
    show(fd);

    printf("back to %ld\n", (long)lseek(fd, -6, SEEK_END));
    printf("write %zd\n", write(fd, "WORLD", 5));
    show(fd);

    char five[6] = "";
    printf("pread %zd %s\n", pread(fd, five, 5, 7), five);
    printf("pwrite %zd\n", pwrite(fd, "J", 1, 0));
    printf("still at %ld\n", (long)lseek(fd, 0, SEEK_CUR));
    show(fd);

    printf("far to %ld\n", (long)lseek(fd, 20, SEEK_SET));
    printf("write %zd\n", write(fd, "!", 1));
    show(fd);

    report("ftruncate", ftruncate(fd, 5));
    show(fd);
    report("ftruncate", ftruncate(fd, 9));
    show(fd);
    report("fsync", fsync(fd));
    report("fdatasync", fdatasync(fd));
    report("close", close(fd));

    fd = open("notes", O_WRONLY | O_APPEND);
    printf("append %zd\n", write(fd, " more", 5));
    lseek(fd, 0, SEEK_SET);
    printf("append %zd\n", write(fd, " and more", 9));
    report("close", close(fd));

    report("truncate", truncate("notes", 17));
    fd = open("notes", O_RDONLY);
    show(fd);
    char byte;
    lseek(fd, 0, SEEK_END);
    printf("read at the end: %zd\n", read(fd, &byte, 1));
    report("write to a read-only descriptor", write(fd, "x", 1));
    report("seek before the start", lseek(fd, -1, SEEK_SET));
    report("close", close(fd));

    fd = open("vectors", O_RDWR | O_CREAT | O_TRUNC, 0600);
    vectors(fd);
    close(fd);
    fd = open("vectors", O_RDWR | O_TRUNC);
    struct stat status;
    fstat(fd, &status);
    printf("O_TRUNC leaves %ld bytes\n", (long)status.st_size);
    close(fd);
}
