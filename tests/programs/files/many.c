#include "chapters.h"
#include "errors.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void large(void)
{
    static unsigned char block[65536];
    unsigned state = 1, written = 0, read_back = 0;
    int fd = open("large", O_CREAT | O_RDWR, 0600);
    for (int i = 0; i < 64; i++) {
        for (size_t k = 0; k < sizeof block; k++) {
            state = state * 1103515245 + 12345;
            block[k] = (unsigned char)(state >> 16);
            written = written * 31 + block[k];
        }
        if (write(fd, block, sizeof block) != (ssize_t)sizeof block)
            report("write", -1);
    }
    printf("wrote %ld\n", (long)lseek(fd, 0, SEEK_END));
    lseek(fd, 0, SEEK_SET);
    ssize_t n;
    while ((n = read(fd, block, 50000)) > 0) {
        for (ssize_t k = 0; k < n; k++)
            read_back = read_back * 31 + block[k];
    }
    printf("read back what was written: %d\n", written == read_back);
    close(fd);
}

static void sparse(void)
{
    /* Beyond what 32 bits can tell. */
    off_t far = (off_t)5 << 30;
    int fd = open("sparse", O_CREAT | O_RDWR, 0600);
    printf("lseek %lld\n", (long long)lseek(fd, far, SEEK_SET));
    report("write", write(fd, "end", 3));
    struct stat status;
    report("fstat", fstat(fd, &status));
    printf("size %lld\n", (long long)status.st_size);
    char text[4] = "";
    printf("pread %zd %s\n", pread(fd, text, 3, far), text);
    printf("lseek %lld\n", (long long)lseek(fd, -3, SEEK_CUR));
    report("ftruncate", ftruncate(fd, far + 1));
    printf("lseek %lld\n", (long long)lseek(fd, 0, SEEK_END));
    close(fd);
    report("unlink", unlink("sparse"));
}

void many(void)
{
    int fds[100];
    char name[32];
    for (int i = 0; i < 100; i++) {
        sprintf(name, "file-%02d", i);
        fds[i] = open(name, O_CREAT | O_RDWR, 0600);
        if (fds[i] < 0)
            report(name, -1);
    }
    for (int i = 0; i < 100; i++)
        dprintf(fds[i], "I am number %d\n", i);
    unsigned total = 0;
    for (int i = 99; i >= 0; i--) {
        char text[32] = "";
        pread(fds[i], text, sizeof text - 1, 0);
        total += strlen(text);
        close(fds[i]);
    }
    printf("100 open files, %u bytes\n", total);
    large();
    sparse();
}
