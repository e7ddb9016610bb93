/* Memory that processes share. Each chapter prints what a native build prints. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* Pages of the guest's are as large; on Linux they may be smaller. */
#define PAGE 65536

static const char *error(void)
{
    switch (errno) {
    case EACCES: return "EACCES";
    case EBADF: return "EBADF";
    case EFAULT: return "EFAULT";
    case EINVAL: return "EINVAL";
    case ENODEV: return "ENODEV";
    default: return strerror(errno);
    }
}

static void *map(size_t length, int protection, int flags, int fd, off_t offset)
{
    void *at = mmap(0, length, protection, flags, fd, offset);
    if (at == MAP_FAILED) {
        printf("mmap: %s\n", error());
        exit(1);
    }
    return at;
}

static void *shared(size_t length)
{
    return map(length, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
}

/* Runs something in a child; returns how that ended. */
static int in_child(void (*what)(void *), void *with)
{
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        what(with);
        _exit(0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    return status;
}

static int file(const char *path, size_t length)
{
    int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
    for (size_t i = 0; i < length; i++) {
        char byte = 'a' + i / 4096 % 26;
        if (write(fd, &byte, 1) != 1)
            exit(1);
    }
    return fd;
}

static void add_one(void *at)
{
    ++*(int *)at;
}

static void add_in_grandchild(void *at)
{
    in_child(add_one, at);
    add_one(at);
}

static void fill(void *at)
{
    memset(at, 7, 3 * PAGE);
}

static void anonymous(void)
{
    int *common = shared(sizeof *common), private = 1;
    int *own = map(PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    printf("%d\n", *common);
    *common = 10;
    for (int i = 0; i < 3; i++)
        in_child(add_in_grandchild, common);
    in_child(add_one, &private);
    in_child(add_one, own);
    printf("%d %d %d\n", *common, private, *own);

    unsigned char *large = shared(3 * PAGE);
    in_child(fill, large);
    printf("%d %d %d\n", large[0], large[PAGE], large[3 * PAGE - 1]);
    printf("%d\n", munmap(large, 3 * PAGE));
    /* What comes to lie there is new. */
    large = shared(3 * PAGE);
    printf("%d %d %d\n", large[0], large[PAGE], large[3 * PAGE - 1]);
    munmap(large, 3 * PAGE);
    char *block = calloc(8, PAGE);
    int sum = 0;
    for (int i = 0; i < 8 * PAGE; i++)
        sum += block[i];
    printf("%d\n", sum);
    free(block);

    /* One process waits for the other by looking. */
    volatile int *turn = shared(sizeof *turn);
    fflush(stdout);
    pid_t child = fork();
    for (int i = 0; i < 20; i++) {
        while ((*turn & 1) != (child == 0))
            usleep(100);
        ++*turn;
    }
    if (child == 0)
        _exit(0);
    waitpid(child, 0, 0);
    printf("%d turns\n", *turn);
}

static void count(void *at)
{
    for (int i = 0; i < 200000; i++) {
        __atomic_fetch_add((int *)at, 1, __ATOMIC_RELAXED);
        /* Each by itself. */
        __asm__ volatile("" ::: "memory");
    }
}

/* Atomic operations are so among processes. */
static void counting(void)
{
    int *common = shared(sizeof *common);
    fflush(stdout);
    for (int i = 0; i < 3; i++) {
        if (fork() == 0) {
            count(common);
            _exit(0);
        }
    }
    count(common);
    while (wait(0) > 0)
        continue;
    printf("%d\n", *common);
}

static void zero_device(void)
{
    int fd = open("/dev/zero", O_RDWR);
    int *common = map(PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    int *other = map(PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    in_child(add_in_grandchild, common);
    in_child(add_one, other);
    printf("%d %d\n", *common, *other);
}

static void shout(void *at)
{
    memcpy(at, "CHILD", 5);
}

static void files(void)
{
    char text[8] = "";
    int fd = file("data", 2 * PAGE);
    char *first = map(2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    char *second = map(PAGE, PROT_READ, MAP_SHARED, fd, PAGE);
    char *copy = map(PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
    printf("%c %c %c %c\n", first[0], first[4096], second[0], copy[4096]);

    memcpy(first + PAGE, "mapped", 6);
    memcpy(copy + 10, "private", 7);
    pread(fd, text, 6, PAGE);
    printf("read %s, second %.6s\n", text, second);
    pwrite(fd, "written", 7, 10);
    printf("first %.7s, copy %.7s\n", first + 10, copy + 10);
    in_child(shout, first + PAGE);
    printf("second %.6s\n", second);

    close(fd);
    first[0] = 'Z';
    printf("%d\n", msync(first, 2 * PAGE, MS_SYNC));
    printf("%d\n", munmap(first, 2 * PAGE));
    fd = open("data", O_RDWR);
    pread(fd, text, 1, 0);
    text[1] = 0;
    printf("%s\n", text);

    /* The file may grow into its mapping. */
    int small = file("small", 10);
    char *wide = map(2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, small, 0);
    printf("%.10s %d\n", wide, wide[10]);
    printf("%d\n", ftruncate(small, 2 * PAGE));
    wide[2 * PAGE - 1] = 'e';
    pread(small, text, 1, 2 * PAGE - 1);
    printf("%s\n", text);

    /* Only to be read. */
    int readable = open("data", O_RDONLY);
    char *look = map(PAGE, PROT_READ, MAP_SHARED, readable, 0);
    pwrite(fd, "news", 4, 0);
    printf("%.4s\n", look);
}

static void named(void)
{
    char name[64];
    snprintf(name, sizeof name, "/wasmjit-sharing-%d", (int)getpid());
    int fd = shm_open(name, O_RDWR | O_CREAT | O_EXCL, 0600);
    printf("%d\n", ftruncate(fd, PAGE));
    int *one = map(PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    int other_fd = shm_open(name, O_RDWR, 0);
    int *other = map(PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, other_fd, 0);
    in_child(add_in_grandchild, one);
    add_one(other);
    printf("%d %d\n", *one, *other);
    printf("%d\n", shm_unlink(name));
}

static void growing(void)
{
    int *common = shared(sizeof *common);
    /* More memory than the program has had so far, several times. */
    for (int i = 1; i <= 6; i++) {
        char *block = malloc((size_t)i << 22);
        memset(block, i, (size_t)i << 22);
        in_child(add_one, common);
    }
    printf("%d\n", *common);
}

static void many(void)
{
    enum { COUNT = 200 };
    int *all[COUNT];
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < COUNT; i++) {
            all[i] = shared(PAGE);
            if (*all[i] != 0)
                printf("not new\n");
            *all[i] = i;
        }
        for (int i = 0; i < COUNT; i += 20)
            in_child(add_one, all[i]);
        int sum = 0;
        for (int i = 0; i < COUNT; i++) {
            sum += *all[i];
            munmap(all[i], PAGE);
        }
        printf("%d\n", sum);
    }
}

static char first_of(int fd, int page)
{
    char byte = '?';
    pread(fd, &byte, 1, (off_t)page * PAGE);
    return byte;
}

static void *fix(char *at, size_t length, int flags, int fd, off_t offset)
{
    char *there = mmap(at, length, PROT_READ | PROT_WRITE, flags | MAP_FIXED, fd, offset);
    printf("%s\n", there == MAP_FAILED ? error() : there == at ? "there" : "elsewhere");
    return there;
}

static void shift(void *at)
{
    ++*(char *)at;
}

/* At addresses within what is mapped, and parts of mappings. */
static void fixed(void)
{
    int both = PROT_READ | PROT_WRITE, fd = file("data", 0);
    for (int i = 0; i < 6; i++) {
        char byte = 'A' + i;
        pwrite(fd, &byte, 1, (off_t)i * PAGE);
    }
    ftruncate(fd, 6 * PAGE);
    char *area = map(10 * PAGE, both, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    memset(area, 'x', 10 * PAGE);
    fix(area + 2 * PAGE, 4 * PAGE, MAP_SHARED, fd, PAGE);
    printf("%c %c %c %c\n", area[PAGE], area[2 * PAGE], area[5 * PAGE], area[6 * PAGE]);
    area[2 * PAGE] = 'b';
    in_child(shift, area + 3 * PAGE);
    printf("%c %c %c\n", first_of(fd, 1), first_of(fd, 2), area[3 * PAGE]);

    /* The middle goes, and what is around it stays shared. */
    fix(area + 3 * PAGE, 2 * PAGE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    printf("%d %d\n", area[3 * PAGE], area[5 * PAGE - 1]);
    area[3 * PAGE] = 'm';
    area[2 * PAGE] = 'c';
    area[5 * PAGE] = 'e';
    printf("%c %c %c\n", first_of(fd, 1), first_of(fd, 2), first_of(fd, 4));
    printf("sync %d\n", msync(area + 2 * PAGE, 4 * PAGE, MS_SYNC));

    /* A private copy in the place of it, from a byte count that is no page's. */
    fix(area + 2 * PAGE, PAGE + 10, MAP_PRIVATE, fd, 0);
    area[2 * PAGE] = 'p';
    printf("%c %c %d\n", first_of(fd, 0), area[3 * PAGE], area[2 * PAGE + 1]);

    /* The same pages twice, one after the other. */
    fix(area + 6 * PAGE, 2 * PAGE, MAP_SHARED, fd, 0);
    fix(area + 8 * PAGE, 2 * PAGE, MAP_SHARED, fd, 0);
    memcpy(area + 8 * PAGE - 3, "around", 6);
    printf("%.3s %.3s\n", area + 6 * PAGE, area + 10 * PAGE - 3);
    fix(area + 6 * PAGE, PAGE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    in_child(add_one, area + 6 * PAGE);
    printf("%d %c\n", area[6 * PAGE], area[8 * PAGE]);
    fix(area + 1, PAGE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    printf("%d\n", munmap(area, 10 * PAGE));
    printf("%c\n", first_of(fd, 0));

    /* What is freed is memory again. */
    char *block = calloc(12, PAGE);
    int sum = 0;
    for (int i = 0; i < 12 * PAGE; i++)
        sum += block[i];
    printf("%d\n", sum);
    memset(block, 1, 12 * PAGE);
    printf("%c\n", first_of(fd, 1));
    free(block);

    /* Ends are cut off, as for alignment. */
    for (int i = 0; i < 50; i++) {
        char *wide = map(5 * PAGE, both, MAP_SHARED, fd, 0);
        if (munmap(wide, PAGE) || munmap(wide + 3 * PAGE, 2 * PAGE))
            printf("%s\n", error());
        wide[PAGE] = 'f' + i % 10;
        if (first_of(fd, 1) != wide[PAGE] || wide[2 * PAGE] != first_of(fd, 2))
            printf("not shared\n");
        if (munmap(wide + PAGE, 2 * PAGE))
            printf("%s\n", error());
    }
    char *wide = map(5 * PAGE, both, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    printf("%d", munmap(wide, PAGE));
    printf(" %d", munmap(wide + 4 * PAGE, PAGE));
    memset(wide + PAGE, 2, 3 * PAGE);
    printf(" %d", munmap(wide, 5 * PAGE));
    printf(" %d\n", munmap(wide, 0));
}

static void try(const char *what, size_t length, int protection, int flags, int fd, off_t offset)
{
    void *at = mmap(0, length, protection, flags, fd, offset);
    printf("%s: %s\n", what, at == MAP_FAILED ? error() : "mapped");
}

static void failures(void)
{
    int fd = file("data", 10), write_only = open("data", O_WRONLY), read_only = open("data", O_RDONLY);
    int folder = open(".", O_RDONLY), both = PROT_READ | PROT_WRITE;
    try("nothing", 0, both, MAP_SHARED, fd, 0);
    try("nothing anonymous", 0, both, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    try("no kind", PAGE, both, 0, fd, 0);
    try("no descriptor", PAGE, both, MAP_SHARED, -1, 0);
    try("odd offset", PAGE, both, MAP_SHARED, fd, 1);
    try("write-only", PAGE, PROT_READ, MAP_SHARED, write_only, 0);
    try("read-only", PAGE, both, MAP_SHARED, read_only, 0);
    try("read-only privately", PAGE, both, MAP_PRIVATE, read_only, 0);
    try("folder", PAGE, PROT_READ, MAP_SHARED, folder, 0);
}

static char *torn;

static void look(void *unused)
{
    (void)unused;
    volatile char *at = torn + PAGE;
    exit(*at);
}

static void change(void *unused)
{
    (void)unused;
    memset(torn + PAGE, 1, 100);
    exit(0);
}

static void name_a_file(void *unused)
{
    (void)unused;
    int fd = open(torn + PAGE, O_RDONLY);
    exit(fd >= 0 || errno != EFAULT ? 0 : 1);
}

static void truncated(void)
{
    int fd = file("data", 2 * PAGE), ends[2];
    torn = map(2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    ftruncate(fd, 10);
    printf("%c\n", torn[0]);
    printf("look: %s\n", in_child(look, 0) ? "died" : "lived");
    printf("change: %s\n", in_child(change, 0) ? "died" : "lived");
    printf("name: %s\n", in_child(name_a_file, 0) ? "failed" : "worked");
    pipe(ends);
    printf("write: %zd", write(ends[1], torn + PAGE, 10));
    printf(" %s\n", error());
    ftruncate(fd, 2 * PAGE);
    printf("again: %d\n", torn[PAGE]);
}

int main(int argc, char **argv)
{
    static const struct { const char *name; void (*run)(void); } chapters[] = {
        { "anonymous", anonymous }, { "counting", counting }, { "zero-device", zero_device }, { "files", files },
        { "named", named }, { "growing", growing }, { "many", many },
        { "fixed", fixed },
        { "failures", failures }, { "truncated", truncated },
    };
    for (size_t i = 0; i < sizeof chapters / sizeof *chapters; i++) {
        if (argc > 1 && strcmp(argv[1], chapters[i].name) == 0) {
            chapters[i].run();
            return 0;
        }
    }
    return 2;
}
