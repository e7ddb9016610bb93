#include "chapters.h"
#include "errors.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Lists a folder in the order of names, since readdir has none. */
static void list(const char *path)
{
    char *names[400];
    size_t count = 0;
    DIR *dir = opendir(path);
    if (!dir) {
        report(path, -1);
        return;
    }
    struct dirent *entry;
    while ((entry = readdir(dir))) {
        const char *kind = entry->d_type == DT_DIR    ? "/"
                           : entry->d_type == DT_LNK  ? "@"
                           : entry->d_type == DT_REG  ? ""
                                                      : "?";
        char *name = malloc(strlen(entry->d_name) + 2);
        sprintf(name, "%s%s", entry->d_name, kind);
        names[count++] = name;
    }
    report("closedir", closedir(dir));
    qsort(names, count, sizeof *names, by_name);
    printf("%s: %zu:", path, count);
    for (size_t i = 0; i < count; i++) {
        printf(" %s", names[i]);
        free(names[i]);
    }
    printf("\n");
}

static void touch(const char *path)
{
    int fd = open(path, O_CREAT | O_WRONLY, 0644);
    report(path, fd);
    close(fd);
}

static void reading(void)
{
    char name[32];
    report("mkdir", mkdir("crowd", 0755));
    for (int i = 0; i < 300; i++) {
        sprintf(name, "crowd/member-%03d", i);
        close(open(name, O_CREAT | O_WRONLY, 0600));
    }
    list("crowd");

    DIR *dir = opendir("crowd");
    int first = 0, second = 0;
    while (readdir(dir))
        first++;
    rewinddir(dir);
    while (readdir(dir))
        second++;
    printf("%d entries, after rewinddir %d\n", first, second);
    closedir(dir);
    for (int i = 0; i < 300; i++) {
        sprintf(name, "crowd/member-%03d", i);
        if (unlink(name) < 0)
            report(name, -1);
    }
    report("rmdir", rmdir("crowd"));
}

static void relative(void)
{
    int dir = open("top", O_RDONLY | O_DIRECTORY);
    report("open a folder", dir);
    int fd = openat(dir, "by-openat", O_CREAT | O_WRONLY, 0600);
    report("openat", fd);
    close(fd);
    report("mkdirat", mkdirat(dir, "by-mkdirat", 0700));
    report("symlinkat", symlinkat("by-openat", dir, "by-symlinkat"));
    report("renameat", renameat(dir, "by-openat", dir, "by-renameat"));
    struct stat status;
    report("fstatat", fstatat(dir, "by-symlinkat", &status, AT_SYMLINK_NOFOLLOW));
    printf("a link: %d\n", S_ISLNK(status.st_mode));
    report("fstatat of a dangling link", fstatat(dir, "by-symlinkat", &status, 0));
    char target[16] = "";
    printf("readlinkat %zd %s\n", readlinkat(dir, "by-symlinkat", target, 15), target);
    list("top");
    report("unlinkat", unlinkat(dir, "by-renameat", 0));
    report("unlinkat", unlinkat(dir, "by-symlinkat", 0));
    report("unlinkat of a folder as a file", unlinkat(dir, "by-mkdirat", 0));
    report("unlinkat of a folder", unlinkat(dir, "by-mkdirat", AT_REMOVEDIR));
    report("fchdir", fchdir(dir));
    list(".");
    report("chdir", chdir(".."));
    close(dir);
}

void directories(void)
{
    char here[4096], there[4096];
    report("getcwd", getcwd(here, sizeof here) ? 0 : -1);
    report("getcwd in too little room", getcwd(there, 2) ? 0 : -1);
    report("mkdir", mkdir("top", 0755));
    report("mkdir again", mkdir("top", 0755));
    report("mkdir", mkdir("top/inner", 0700));
    report("mkdir in nothing", mkdir("nothing/inner", 0700));
    touch("top/file");
    touch("top/.hidden");
    symlink("file", "top/link");
    list("top");
    list("top/inner");
    list("nothing");
    list("top/file");

    report("chdir", chdir("top/inner"));
    getcwd(there, sizeof there);
    printf("now in %s\n", strncmp(there, here, strlen(here)) ? there : there + strlen(here));
    touch("deep");
    report("chdir", chdir("../.."));
    getcwd(there, sizeof there);
    printf("back: %d\n", strcmp(here, there) == 0);
    report("chdir to a file", chdir("top/file"));

    report("rmdir of a full folder", rmdir("top/inner"));
    report("unlink", unlink("top/inner/deep"));
    report("rmdir", rmdir("top/inner"));
    report("rmdir of a file", rmdir("top/file"));
    report("unlink of a folder", unlink("top") < 0 && (errno == EISDIR || errno == EPERM) ? 0 : -1);
    unlink("top/file");
    unlink("top/.hidden");
    unlink("top/link");
    relative();
    reading();
}

void seeking(void)
{
    char name[32];
    for (int i = 0; i < 300; i++) {
        sprintf(name, "entry-%03d", i);
        close(open(name, O_CREAT | O_WRONLY, 0600));
    }
    DIR *dir = opendir(".");
    long place = 0;
    int all = 0, rest = 0;
    for (; readdir(dir); all++) {
        if (all == 99)
            place = telldir(dir);
    }
    seekdir(dir, place);
    while (readdir(dir))
        rest++;
    printf("%d entries, %d after the hundredth\n", all, rest);
    closedir(dir);
}
