/*
 * Runs a program and reports what it took:
 *
 *     launch REPORT SECONDS WHAT PROGRAM [ARGUMENTS…]
 *
 * WHAT is `all`, or `first` to note the time of the first output as well. After
 * SECONDS the program is ended. REPORT is a file for one line with the wall
 * time until the end and until the first output (0: not noted), user and system
 * time, all in nanoseconds; the greatest resident size in KiB; and the status
 * as a shell shows it.
 *
 * It is a small program of its own, since Linux counts the size of whoever
 * started a program into that program's greatest resident size.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static volatile pid_t child;

static void end_child(int signal)
{
    (void)signal;
    if (child > 0)
        kill(child, SIGKILL);
}

static int64_t now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * INT64_C(1000000000) + time.tv_nsec;
}

static int64_t nanoseconds(struct timeval time)
{
    return (time.tv_sec * INT64_C(1000000) + time.tv_usec) * 1000;
}

static void fail(const char *what)
{
    perror(what);
    exit(127);
}

/* Passes a stream on; the time of its first byte. */
static int64_t pass_on(int from)
{
    static char bytes[1 << 16];
    int64_t first = 0;
    for (;;) {
        ssize_t length = read(from, bytes, sizeof bytes);
        if (length < 0 && errno == EINTR)
            continue;
        if (length <= 0)
            return first;
        if (!first)
            first = now();
        for (ssize_t done = 0, part; done < length; done += part) {
            part = write(1, bytes + done, (size_t)(length - done));
            if (part < 0)
                fail("cannot pass the output on");
        }
    }
}

int main(int argc, char **argv)
{
    if (argc < 5) {
        fprintf(stderr, "usage: launch REPORT SECONDS all|first PROGRAM [ARGUMENTS...]\n");
        return 2;
    }
    int want_first = strcmp(argv[3], "first") == 0;
    int ends[2];
    if (want_first && pipe(ends) != 0)
        fail("pipe");
    struct sigaction action = {.sa_handler = end_child, .sa_flags = SA_RESTART};
    sigaction(SIGALRM, &action, NULL);
    alarm((unsigned)atoi(argv[2]));

    int64_t start = now();
    child = fork();
    if (child < 0)
        fail("fork");
    if (child == 0) {
        alarm(0);
        if (want_first) {
            dup2(ends[1], 1);
            close(ends[0]);
            close(ends[1]);
        }
        execv(argv[4], argv + 4);
        fail(argv[4]);
    }
    int64_t first = 0;
    if (want_first) {
        close(ends[1]);
        first = pass_on(ends[0]);
    }
    int status;
    struct rusage usage;
    while (wait4(child, &status, 0, &usage) < 0)
        if (errno != EINTR)
            fail("wait4");
    int64_t end = now();

    FILE *report = fopen(argv[1], "w");
    if (!report)
        fail(argv[1]);
    int code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    fprintf(report, "%lld %lld %lld %lld %ld %d\n", (long long)(end - start),
            (long long)(first ? first - start : 0), (long long)nanoseconds(usage.ru_utime),
            (long long)nanoseconds(usage.ru_stime), usage.ru_maxrss, code);
    return fclose(report) == 0 ? 0 : 1;
}
