/* Atomic and thread-local variables in a file that is compiled without -pthread. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static atomic_int total;
static _Thread_local int own = 5;

static void *count(void *data)
{
    int *result = data;
    for (int i = 0; i < 10000; i++) {
        total++;
        own++;
    }
    *result = own;
    return 0;
}

static int threads(void)
{
    pthread_t threads[4];
    int results[4];
    for (int i = 0; i < 4; i++)
        if (pthread_create(&threads[i], 0, count, &results[i]))
            return 1;
    for (int i = 0; i < 4; i++) {
        pthread_join(threads[i], 0);
        printf("thread %d has %d\n", i, results[i]);
    }
    printf("together %d, here %d\n", total, own);
    return 0;
}

static int processes(void)
{
    pid_t child = fork();
    if (child == 0) {
        int result;
        count(&result);
        _exit(total == 10000 && own == 10005 && result == own ? 7 : 1);
    }
    int status;
    waitpid(child, &status, 0);
    printf("exit %d, here %d and %d\n", WEXITSTATUS(status), total, own);
    return 0;
}

int main(int argc, char **argv)
{
    const char *name = argc > 1 ? argv[1] : "";
    return strcmp(name, "threads") == 0 ? threads() : processes();
}
