/* Threads in processes that fork. The argument names a chapter. */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void fail(const char *what)
{
    printf("%s failed\n", what);
    fflush(stdout);
    _exit(99);
}

static pthread_t start(void *(*function)(void *), void *argument)
{
    pthread_t thread;
    if (pthread_create(&thread, NULL, function, argument))
        fail("pthread_create");
    return thread;
}

static void *join(pthread_t thread)
{
    void *result = NULL;
    if (pthread_join(thread, &result))
        fail("pthread_join");
    return result;
}

static const char *name(int error)
{
    switch (error) {
    case 0: return "0";
    case EBUSY: return "EBUSY";
    case EDEADLK: return "EDEADLK";
    case EPERM: return "EPERM";
    case EINVAL: return "EINVAL";
    case EAGAIN: return "EAGAIN";
    case ETIMEDOUT: return "ETIMEDOUT";
    case EOWNERDEAD: return "EOWNERDEAD";
    case ENOTRECOVERABLE: return "ENOTRECOVERABLE";
    case ESRCH: return "ESRCH";
    default: return "another";
    }
}

/* Runs something in a child; returns its status. */
static int in_child(int (*what)(void *), void *with)
{
    fflush(stdout);
    pid_t child = fork();
    if (child == 0)
        _exit(what(with));
    int status = -1;
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* The kernel knows threads by the numbers that programs see. */

static int is_listed(pid_t number)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/self/task/%d", (int)number);
    return access(path, F_OK) == 0;
}

static void *number_of_thread(void *other)
{
    pid_t number = gettid();
    printf("thread: of its own %d, listed %d\n", number != getpid(), is_listed(number));
    if (other)
        printf("as another: %d\n", number == *(pid_t *)other);
    return (void *)(intptr_t)number;
}

static int number_of_child(void *parent)
{
    printf("child: of the process %d, of the parent %d\n", gettid() == getpid(), gettid() == *(pid_t *)parent);
    pid_t first = gettid();
    join(start(number_of_thread, &first));
    fflush(stdout);
    return 5;
}

static void *fork_in_thread(void *unused)
{
    (void)unused;
    pid_t number = gettid();
    printf("forked by a thread: %d\n", in_child(number_of_child, &number));
    return NULL;
}

static void *stay(void *argument)
{
    pthread_mutex_lock(argument);
    pthread_mutex_unlock(argument);
    return NULL;
}

static void numbers(void)
{
    pid_t first = gettid();
    printf("first: of the process %d, listed %d\n", first == getpid(), is_listed(first));
    join(start(number_of_thread, &first));
    printf("forked: %d\n", in_child(number_of_child, &first));
    join(start(fork_in_thread, NULL));
    printf("still: %d\n", gettid() == first);

    /* A thread's clock is made of its number. */
    pthread_mutex_t door = PTHREAD_MUTEX_INITIALIZER;
    pthread_mutex_lock(&door);
    pthread_t thread = start(stay, &door);
    clockid_t of_thread;
    struct timespec time = { -1, 0 };
    int error = pthread_getcpuclockid(thread, &of_thread);
    printf("clock: %s, read %d", name(error), clock_gettime(of_thread, &time));
    printf(", %s\n", time.tv_sec >= 0 ? "some time" : "none");
    printf("of the process: %d", clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time));
    printf(" %d", clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time));
    printf(" %d\n", clock() < CLOCKS_PER_SEC * 10);
    pthread_mutex_unlock(&door);
    join(thread);
}

/* Whether a thread has ended makes no difference until it is joined. */

static void *end_at_once(void *ended)
{
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
    atomic_store((atomic_int *)ended, 1);
    return (void *)7;
}

static void ended(void)
{
    static atomic_int ends;
    pthread_t thread = start(end_at_once, &ends);
    while (!atomic_load(&ends))
        sched_yield();
    usleep(50000);
    printf("exists: %s\n", name(pthread_kill(thread, 0)));
    signal(SIGUSR1, SIG_IGN);
    printf("signal: %s\n", name(pthread_kill(thread, SIGUSR1)));
    printf("cancel: %s\n", name(pthread_cancel(thread)));
    printf("result: %ld\n", (long)(intptr_t)join(thread));

    pthread_mutex_t door = PTHREAD_MUTEX_INITIALIZER;
    pthread_mutex_lock(&door);
    thread = start(stay, &door);
    printf("detach: %s\n", name(pthread_detach(thread)));
    printf("again: %s\n", name(pthread_detach(thread)));
    printf("join: %s\n", name(pthread_join(thread, NULL)));
    printf("exists: %s\n", name(pthread_kill(thread, 0)));
    pthread_mutex_unlock(&door);
    printf("itself: %s\n", name(pthread_join(pthread_self(), NULL)));
}

/* Locks that are held while a process is copied are the parent's. */

static pthread_mutex_t of_kind(int kind)
{
    pthread_mutex_t mutex;
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_settype(&attributes, kind);
    pthread_mutex_init(&mutex, &attributes);
    pthread_mutexattr_destroy(&attributes);
    return mutex;
}

static pthread_mutex_t normal, checked, recursive;

static int use_held(void *unused)
{
    (void)unused;
    printf("try: %s", name(pthread_mutex_trylock(&normal)));
    printf(" %s", name(pthread_mutex_trylock(&checked)));
    printf(" %s\n", name(pthread_mutex_trylock(&recursive)));
    printf("unlock: %s", name(pthread_mutex_unlock(&checked)));
    printf(" %s\n", name(pthread_mutex_unlock(&recursive)));
    pthread_mutex_t own = of_kind(PTHREAD_MUTEX_ERRORCHECK);
    printf("own: %s", name(pthread_mutex_lock(&own)));
    printf(" %s", name(pthread_mutex_lock(&own)));
    printf(" %s\n", name(pthread_mutex_unlock(&own)));
    fflush(stdout);
    return 3;
}

static void *use_held_in_thread(void *unused)
{
    printf("a thread's child: %d\n", in_child(use_held, unused));
    return NULL;
}

static void held(void)
{
    normal = of_kind(PTHREAD_MUTEX_NORMAL);
    checked = of_kind(PTHREAD_MUTEX_ERRORCHECK);
    recursive = of_kind(PTHREAD_MUTEX_RECURSIVE);
    pthread_mutex_lock(&normal);
    pthread_mutex_lock(&checked);
    pthread_mutex_lock(&recursive);
    printf("child: %d\n", in_child(use_held, NULL));
    join(start(use_held_in_thread, NULL));
    printf("parent: %s", name(pthread_mutex_unlock(&normal)));
    printf(" %s", name(pthread_mutex_unlock(&checked)));
    printf(" %s\n", name(pthread_mutex_unlock(&recursive)));
}

/* A thread that was asked to end, and does not yet, still handles signals at once. */

static _Thread_local volatile sig_atomic_t handled;

static void handle(int signal)
{
    handled = signal;
}

static void *compute_until_handled(void *begun)
{
    atomic_fetch_add((atomic_int *)begun, 1);
    while (!handled)
        continue;
    for (;;)
        pthread_testcancel();
    return NULL;
}

static void asked(void)
{
    enum { ROUNDS = 200 };
    atomic_int begun = 0;
    int canceled = 0;
    signal(SIGUSR1, handle);
    for (int i = 0; i < ROUNDS; i++) {
        pthread_t thread = start(compute_until_handled, &begun);
        while (atomic_load(&begun) <= i)
            sched_yield();
        pthread_kill(thread, SIGUSR1);
        pthread_cancel(thread);
        canceled += join(thread) == PTHREAD_CANCELED;
    }
    printf("canceled: %d\n", canceled);
}

/* Locks that processes share, and that threads of theirs wait for. */

struct common {
    pthread_mutex_t mutex;
    pthread_cond_t condition;
    pthread_rwlock_t rwlock;
    pthread_barrier_t barrier;
    sem_t requests, answers;
    int turn, count, writes;
};

enum { PROCESSES = 4, THREADS = 2, TIMES = 500, WORKERS = PROCESSES * THREADS };

static struct common *common;

static void *take_part(void *argument)
{
    int which = (int)(intptr_t)argument;
    pthread_barrier_wait(&common->barrier);
    for (int i = 0; i < TIMES; i++) {
        pthread_mutex_lock(&common->mutex);
        common->count++;
        pthread_mutex_unlock(&common->mutex);
        pthread_rwlock_wrlock(&common->rwlock);
        common->writes++;
        pthread_rwlock_unlock(&common->rwlock);
    }
    /* One after the other. */
    pthread_mutex_lock(&common->mutex);
    while (common->turn != which)
        pthread_cond_wait(&common->condition, &common->mutex);
    common->turn++;
    pthread_cond_broadcast(&common->condition);
    pthread_mutex_unlock(&common->mutex);
    sem_wait(&common->requests);
    sem_post(&common->answers);
    return NULL;
}

static int take_part_by_threads(void *first)
{
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        threads[i] = start(take_part, (void *)((intptr_t)first + i));
    for (int i = 0; i < THREADS; i++)
        join(threads[i]);
    return 0;
}

static void shared(void)
{
    common = mmap(NULL, sizeof *common, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (common == MAP_FAILED)
        fail("mmap");
    pthread_mutexattr_t mutex;
    pthread_mutexattr_init(&mutex);
    pthread_mutexattr_setpshared(&mutex, PTHREAD_PROCESS_SHARED);
    pthread_mutexattr_settype(&mutex, PTHREAD_MUTEX_ERRORCHECK);
    pthread_mutex_init(&common->mutex, &mutex);
    pthread_condattr_t condition;
    pthread_condattr_init(&condition);
    pthread_condattr_setpshared(&condition, PTHREAD_PROCESS_SHARED);
    pthread_cond_init(&common->condition, &condition);
    pthread_rwlockattr_t rwlock;
    pthread_rwlockattr_init(&rwlock);
    pthread_rwlockattr_setpshared(&rwlock, PTHREAD_PROCESS_SHARED);
    pthread_rwlock_init(&common->rwlock, &rwlock);
    pthread_barrierattr_t barrier;
    pthread_barrierattr_init(&barrier);
    pthread_barrierattr_setpshared(&barrier, PTHREAD_PROCESS_SHARED);
    pthread_barrier_init(&common->barrier, &barrier, WORKERS + 1);
    sem_init(&common->requests, 1, 0);
    sem_init(&common->answers, 1, 0);

    pid_t children[PROCESSES];
    fflush(stdout);
    for (int i = 0; i < PROCESSES; i++) {
        children[i] = fork();
        if (children[i] == 0)
            _exit(take_part_by_threads((void *)(intptr_t)(i * THREADS)));
    }
    pthread_barrier_wait(&common->barrier);
    pthread_mutex_lock(&common->mutex);
    while (common->turn != WORKERS)
        pthread_cond_wait(&common->condition, &common->mutex);
    printf("count %d, writes %d, turn %d\n", common->count, common->writes, common->turn);
    pthread_mutex_unlock(&common->mutex);
    printf("answers before: %d\n", sem_trywait(&common->answers) == 0);
    for (int i = 0; i < WORKERS; i++)
        sem_post(&common->requests);
    for (int i = 0; i < WORKERS; i++)
        sem_wait(&common->answers);
    for (int i = 0; i < PROCESSES; i++) {
        int status = -1;
        waitpid(children[i], &status, 0);
        printf("child: %d\n", WEXITSTATUS(status));
    }
}

/* What ends waiting: signals whose handlers say so, and being asked to end. */

static sem_t never;
static atomic_int over;

static void *wait_for_never(void *unused)
{
    (void)unused;
    int result = sem_wait(&never);
    int error = errno;
    atomic_store(&over, 1);
    return (void *)(intptr_t)(result ? error : 0);
}

static void *join_another(void *other)
{
    atomic_store(&over, 1);
    pthread_join(*(pthread_t *)other, NULL);
    return NULL;
}

static void ignore(int signal)
{
    (void)signal;
}

static void handle_with(int flags)
{
    struct sigaction action = { .sa_handler = ignore, .sa_flags = flags };
    sigaction(SIGUSR1, &action, NULL);
    sigaction(SIGALRM, &action, NULL);
}

static void waiting(void)
{
    sem_init(&never, 0, 0);
    handle_with(0);
    pthread_t thread = start(wait_for_never, NULL);
    while (!atomic_load(&over)) {
        pthread_kill(thread, SIGUSR1);
        usleep(2000);
    }
    printf("interrupted: %d\n", join(thread) == (void *)EINTR);
    ualarm(5000, 5000);
    printf("the first: %d", sem_wait(&never));
    printf(" %d\n", errno == EINTR);
    ualarm(0, 0);

    handle_with(SA_RESTART);
    thread = start(wait_for_never, NULL);
    for (int i = 0; i < 10; i++) {
        pthread_kill(thread, SIGUSR1);
        usleep(2000);
    }
    sem_post(&never);
    printf("restarted: %d\n", join(thread) == NULL);

    thread = start(wait_for_never, NULL);
    usleep(2000);
    pthread_cancel(thread);
    printf("semaphore: %d\n", join(thread) == PTHREAD_CANCELED);
    int value = -1;
    sem_post(&never);
    sem_getvalue(&never, &value);
    printf("%d\n", value);

    pthread_mutex_t door = PTHREAD_MUTEX_INITIALIZER;
    pthread_mutex_lock(&door);
    pthread_t other = start(stay, &door);
    atomic_store(&over, 0);
    thread = start(join_another, &other);
    while (!atomic_load(&over))
        sched_yield();
    pthread_cancel(thread);
    printf("join: %d\n", join(thread) == PTHREAD_CANCELED);
    pthread_mutex_unlock(&door);
    printf("the other: %d\n", join(other) == NULL);

    struct timespec soon;
    clock_gettime(CLOCK_REALTIME, &soon);
    soon.tv_nsec += 30000000;
    soon.tv_sec += soon.tv_nsec / 1000000000;
    soon.tv_nsec %= 1000000000;
    sem_trywait(&never);
    printf("time: %d", sem_timedwait(&never, &soon));
    printf(" %s\n", name(errno));
    pthread_mutex_lock(&door);
    printf("locked: %s\n", name(pthread_mutex_timedlock(&door, &soon)));
    soon.tv_nsec = -1;
    printf("no time: %s\n", name(pthread_mutex_timedlock(&door, &soon)));
}

int main(int argc, char **argv)
{
    static const struct { const char *name; void (*run)(void); } chapters[] = {
        { "numbers", numbers }, { "ended", ended }, { "held", held }, { "asked", asked },
        { "shared", shared }, { "waiting", waiting },
    };
    for (size_t i = 0; i < sizeof chapters / sizeof *chapters; i++) {
        if (argc > 1 && strcmp(argv[1], chapters[i].name) == 0) {
            chapters[i].run();
            return 0;
        }
    }
    return 2;
}
