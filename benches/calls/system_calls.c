// What system calls cost: `system_calls OPERATION COUNT` prints the nanoseconds
// of one.
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int ends[2];
static char buffer[4096];

static void fail(const char *what) {
    perror(what);
    exit(1);
}

static void null_call(void) {
    if (getppid() < 0)
        fail("getppid");
}

static void transfer(size_t size) {
    if (write(ends[1], buffer, size) != (ssize_t)size || read(ends[0], buffer, size) != (ssize_t)size)
        fail("pipe");
}

static void pipe_byte(void) { transfer(1); }

static void pipe_page(void) { transfer(sizeof buffer); }

static void open_close(void) {
    int fd = open("/dev/null", O_RDONLY);
    if (fd < 0 || close(fd) != 0)
        fail("open");
}

static void fork_wait(void) {
    pid_t child = fork();
    if (child < 0)
        fail("fork");
    if (child == 0)
        _exit(7);
    int status;
    if (waitpid(child, &status, 0) != child || WEXITSTATUS(status) != 7)
        fail("waitpid");
}

static void *nothing(void *argument) { return argument; }

static void thread_join(void) {
    pthread_t thread;
    void *result;
    if (pthread_create(&thread, NULL, nothing, ends) || pthread_join(thread, &result) || result != ends)
        fail("pthread");
}

static const struct {
    const char *name;
    void (*run)(void);
} operations[] = {
    {"getppid", null_call},     {"pipe-1", pipe_byte}, {"pipe-4096", pipe_page},
    {"open-close", open_close}, {"fork", fork_wait},   {"thread", thread_join},
};

int main(int argc, char **argv) {
    if (argc != 3 || pipe(ends) != 0)
        return 2;
    for (size_t i = 0; i < sizeof operations / sizeof *operations; i++) {
        if (strcmp(argv[1], operations[i].name) != 0)
            continue;
        long count = atol(argv[2]);
        // What happens once only is not to count.
        for (long n = 0; n < count / 10; n++)
            operations[i].run();
        struct timespec start, end;
        clock_gettime(CLOCK_MONOTONIC, &start);
        for (long n = 0; n < count; n++)
            operations[i].run();
        clock_gettime(CLOCK_MONOTONIC, &end);
        double nanoseconds = (end.tv_sec - start.tv_sec) * 1e9 + (end.tv_nsec - start.tv_nsec);
        printf("%.1f\n", nanoseconds / count);
        return 0;
    }
    return 2;
}
