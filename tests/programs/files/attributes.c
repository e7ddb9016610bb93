#include "chapters.h"
#include "errors.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static const char *kind(mode_t mode)
{
    return S_ISREG(mode)    ? "file"
           : S_ISDIR(mode)  ? "folder"
           : S_ISLNK(mode)  ? "link"
           : S_ISCHR(mode)  ? "character device"
           : S_ISFIFO(mode) ? "pipe"
                            : "other";
}

static void show(const char *path)
{
    struct stat status;
    if (stat(path, &status) < 0) {
        report(path, -1);
        return;
    }
    printf("%s: %s, mode %03o", path, kind(status.st_mode), status.st_mode & 0777);
    if (S_ISREG(status.st_mode))
        printf(", %ld bytes, %lu links", (long)status.st_size, (unsigned long)status.st_nlink);
    printf("\n");
}

static void show_times(const char *path)
{
    struct stat status;
    report("stat", stat(path, &status));
    printf("read %ld.%09ld written %ld.%09ld\n", (long)status.st_atim.tv_sec,
           (long)status.st_atim.tv_nsec, (long)status.st_mtim.tv_sec,
           (long)status.st_mtim.tv_nsec);
}

void attributes(void)
{
    int fd = open("thing", O_CREAT | O_WRONLY, 0600);
    report("write", write(fd, "0123456789", 10));
    show("thing");
    report("chmod", chmod("thing", 0754));
    show("thing");
    report("fchmod", fchmod(fd, 0640));
    show("thing");
    show(".");
    show("/dev/null");
    show("no such thing");

    struct timespec times[2] = { { 1000000000, 123456789 }, { 1234567890, 987654321 } };
    report("utimensat", utimensat(AT_FDCWD, "thing", times, 0));
    show_times("thing");
    times[0].tv_nsec = UTIME_OMIT;
    times[1].tv_sec = 86400;
    times[1].tv_nsec = 0;
    report("futimens", futimens(fd, times));
    show_times("thing");

    time_t before = time(NULL);
    report("utimensat now", utimensat(AT_FDCWD, "thing", NULL, 0));
    struct stat status;
    fstat(fd, &status);
    printf("set to now: %d\n", status.st_mtime >= before - 1 && status.st_mtime <= before + 60);
    report("utimensat of nothing", utimensat(AT_FDCWD, "nothing", times, 0));

    struct stat other;
    fstat(fd, &status);
    stat("thing", &other);
    printf("same file: %d\n", status.st_ino == other.st_ino && status.st_dev == other.st_dev);
    stat(".", &other);
    printf("same file: %d\n", status.st_ino == other.st_ino && status.st_dev == other.st_dev);
    printf("mine: %d\n", status.st_uid == geteuid() || geteuid() == 0);
    close(fd);
}
