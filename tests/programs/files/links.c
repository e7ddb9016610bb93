#include "chapters.h"
#include "errors.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void make(const char *path, const char *text)
{
    int fd = open(path, O_CREAT | O_WRONLY | O_TRUNC, 0644);
    report(path, write(fd, text, strlen(text)));
    close(fd);
}

static void show(const char *path)
{
    char text[64];
    int fd = open(path, O_RDONLY);
    if (fd < 0) {
        report(path, -1);
        return;
    }
    ssize_t n = read(fd, text, sizeof text - 1);
    text[n < 0 ? 0 : n] = '\0';
    printf("%s holds %s\n", path, text);
    close(fd);
}

static void symbolic(void)
{
    char target[64];
    report("symlink", symlink("original", "alias"));
    show("alias");
    memset(target, '#', sizeof target);
    ssize_t n = readlink("alias", target, sizeof target);
    printf("readlink %zd %.*s\n", n, (int)n, target);
    printf("short readlink %zd %.4s\n", readlink("alias", target, 4), target);
    report("readlink of a file", readlink("original", target, sizeof target));

    struct stat status;
    report("lstat", lstat("alias", &status));
    printf("a link: %d, size %ld\n", S_ISLNK(status.st_mode), (long)status.st_size);
    report("stat", stat("alias", &status));
    printf("a link: %d, size %ld\n", S_ISLNK(status.st_mode), (long)status.st_size);
    report("open without following", open("alias", O_RDONLY | O_NOFOLLOW));

    report("dangling", symlink("nowhere", "dangling"));
    show("dangling");
    report("lstat", lstat("dangling", &status));
    report("loop", symlink("loop", "loop"));
    show("loop");
    report("again", symlink("original", "alias"));
}

void hard_links(void)
{
    struct stat first, second;
    make("original", "the text");
    report("link", link("original", "twin"));
    stat("original", &first);
    stat("twin", &second);
    printf("same: %d, %lu links\n", first.st_ino == second.st_ino, (unsigned long)first.st_nlink);
    make("twin", "changed");
    show("original");
    report("unlink", unlink("twin"));
    stat("original", &first);
    printf("%lu links\n", (unsigned long)first.st_nlink);
}

static void renaming(void)
{
    report("rename", rename("original", "renamed"));
    show("original");
    show("renamed");
    make("victim", "old");
    report("rename over", rename("renamed", "victim"));
    show("victim");
    report("rename nothing", rename("nothing", "something"));
    mkdir("folder", 0755);
    report("rename to folder", rename("victim", "folder"));
    report("rename into folder", rename("victim", "folder/moved"));
    show("folder/moved");
    report("rename a folder", rename("folder", "cabinet"));
    show("cabinet/moved");
}

void links(void)
{
    make("original", "the text");
    symbolic();
    renaming();

    char *path = realpath("cabinet/../cabinet/moved", NULL);
    printf("realpath ends in %s\n", path ? strstr(path, "/cabinet") : "nothing");
    free(path);
    report("unlink", unlink("cabinet/moved"));
    report("unlink again", unlink("cabinet/moved"));

    int fd = open("gone", O_CREAT | O_RDWR, 0600);
    report("unlink while open", unlink("gone"));
    report("write", write(fd, "still here", 10));
    char text[11] = "";
    printf("pread %zd %s\n", pread(fd, text, 10, 0), text);
    report("close", close(fd));
    report("remove a link", remove("alias"));
}
