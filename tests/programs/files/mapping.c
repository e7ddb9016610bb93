#include "chapters.h"
#include "errors.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static unsigned sum(const unsigned char *bytes, size_t size)
{
    unsigned total = 0;
    for (size_t i = 0; i < size; i++)
        total = total * 31 + bytes[i];
    return total;
}

void mapping(void)
{
    enum { SIZE = 3 * 65536 + 1000 };
    int fd = open("mapped", O_CREAT | O_RDWR, 0600);
    for (int i = 0; i < SIZE; i++) {
        unsigned char byte = (unsigned char)(i * 7 + i / 256);
        if (i % 4096 == 0)
            lseek(fd, i, SEEK_SET);
        static unsigned char block[4096];
        block[i % 4096] = byte;
        if (i % 4096 == 4095 || i == SIZE - 1)
            write(fd, block, i % 4096 + 1);
    }

    unsigned char *bytes = mmap(NULL, SIZE, PROT_READ, MAP_PRIVATE, fd, 0);
    report("map a file", bytes == MAP_FAILED ? -1 : 0);
    printf("sum %u\n", sum(bytes, SIZE));
    report("unmap", munmap(bytes, SIZE));

    bytes = mmap(NULL, 1000, PROT_READ, MAP_PRIVATE, fd, 65536);
    report("map a part", bytes == MAP_FAILED ? -1 : 0);
    printf("sum %u\n", sum(bytes, 1000));
    report("unmap", munmap(bytes, 1000));

    bytes = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
    memset(bytes, 'p', 100);
    report("unmap a changed private copy", munmap(bytes, SIZE));
    unsigned char first;
    pread(fd, &first, 1, 0);
    printf("the file is unchanged: %d\n", first == 0);

    bytes = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    report("map shared", bytes == MAP_FAILED ? -1 : 0);
    memcpy(bytes + 70000, "written through memory", 22);
    report("msync", msync(bytes, SIZE, MS_SYNC));
    char text[23] = "";
    pread(fd, text, 22, 70000);
    printf("%s\n", text);
    report("unmap", munmap(bytes, SIZE));

    bytes = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    report("map nothing", bytes == MAP_FAILED ? -1 : 0);
    printf("zero: %d\n", sum(bytes, 1 << 20) == 0);
    memset(bytes, 1, 1 << 20);
    report("unmap", munmap(bytes, 1 << 20));
    report("map a closed descriptor",
           mmap(NULL, 100, PROT_READ, MAP_PRIVATE, 99, 0) == MAP_FAILED ? -1 : 0);
    close(fd);
}
