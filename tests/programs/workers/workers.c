/*
 * Threads that wait, are cancelled, end the process, or die. The argument names
 * a chapter.
 */
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

static const char *error_name(int error)
{
    switch (error) {
    case 0: return "0";
    case EBUSY: return "EBUSY";
    case EDEADLK: return "EDEADLK";
    case EPERM: return "EPERM";
    case EINVAL: return "EINVAL";
    case EAGAIN: return "EAGAIN";
    case ETIMEDOUT: return "ETIMEDOUT";
    case ESRCH: return "ESRCH";
    default: return "another";
    }
}

/* A pool of threads that take jobs from a list. */
enum { POOL = 6, JOBS = 600 };

struct job {
    struct job *next;
    uint32_t seed;
    uint32_t result;
};

static struct {
    pthread_mutex_t lock;
    pthread_cond_t more, done;
    struct job *first, **last;
    int unfinished, closed;
} pool = { .lock = PTHREAD_MUTEX_INITIALIZER, .more = PTHREAD_COND_INITIALIZER,
           .done = PTHREAD_COND_INITIALIZER, .last = &pool.first };

static void *pool_thread(void *argument)
{
    long done = 0;
    (void)argument;
    pthread_mutex_lock(&pool.lock);
    for (;;) {
        while (!pool.first && !pool.closed)
            pthread_cond_wait(&pool.more, &pool.lock);
        struct job *job = pool.first;
        if (!job)
            break;
        pool.first = job->next;
        if (!pool.first)
            pool.last = &pool.first;
        pthread_mutex_unlock(&pool.lock);
        uint32_t x = job->seed;
        for (int i = 0; i < 2000; i++)
            x = x * 1664525u + 1013904223u;
        job->result = x;
        done++;
        pthread_mutex_lock(&pool.lock);
        if (--pool.unfinished == 0)
            pthread_cond_signal(&pool.done);
    }
    pthread_mutex_unlock(&pool.lock);
    return (void *)done;
}

static void pool_chapter(void)
{
    pthread_t threads[POOL];
    static struct job jobs[JOBS];
    long done = 0;
    for (int i = 0; i < POOL; i++)
        threads[i] = start(pool_thread, NULL);
    for (int round = 0; round < 3; round++) {
        pthread_mutex_lock(&pool.lock);
        for (int i = 0; i < JOBS; i++) {
            jobs[i].seed = (uint32_t)(i * 7 + round);
            jobs[i].next = NULL;
            *pool.last = &jobs[i];
            pool.last = &jobs[i].next;
            pool.unfinished++;
            pthread_cond_signal(&pool.more);
        }
        while (pool.unfinished)
            pthread_cond_wait(&pool.done, &pool.lock);
        pthread_mutex_unlock(&pool.lock);
        uint32_t sum = 0;
        for (int i = 0; i < JOBS; i++)
            sum += jobs[i].result;
        printf("round %d: %u\n", round, (unsigned)sum);
    }
    pthread_mutex_lock(&pool.lock);
    pool.closed = 1;
    pthread_cond_broadcast(&pool.more);
    pthread_mutex_unlock(&pool.lock);
    for (int i = 0; i < POOL; i++)
        done += (long)join(threads[i]);
    printf("jobs done: %ld\n", done);
}

/* Cancellation: of threads that wait in one way or another, or compute. */
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t never = PTHREAD_COND_INITIALIZER;
static sem_t semaphore, ready;
static atomic_int cleaned;
static int pipe_ends[2];

static void clean(void *argument)
{
    atomic_fetch_add(&cleaned, (int)(intptr_t)argument);
}

static void unlock(void *argument)
{
    pthread_mutex_unlock(argument);
}

static void *wait_condition(void *argument)
{
    (void)argument;
    pthread_mutex_lock(&mutex);
    pthread_cleanup_push(unlock, &mutex);
    sem_post(&ready);
    for (;;)
        pthread_cond_wait(&never, &mutex);
    pthread_cleanup_pop(1);
    return NULL;
}

static void *wait_asleep(void *argument)
{
    (void)argument;
    pthread_cleanup_push(clean, (void *)10);
    sem_post(&ready);
    sleep(1000);
    pthread_cleanup_pop(0);
    return NULL;
}

static void *wait_read(void *argument)
{
    char byte;
    pthread_cleanup_push(clean, (void *)100);
    sem_post(&ready);
    if (read(*(int *)argument, &byte, 1) == 1)
        fail("read");
    pthread_cleanup_pop(0);
    return NULL;
}

static void *test_in_loop(void *argument)
{
    (void)argument;
    pthread_cleanup_push(clean, (void *)1000);
    sem_post(&ready);
    for (;;)
        pthread_testcancel();
    pthread_cleanup_pop(0);
    return NULL;
}

static void *refuse(void *argument)
{
    int old;
    (void)argument;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
    sem_post(&ready);
    sem_wait(&semaphore);
    for (int i = 0; i < 20; i++)
        usleep(1000);
    pthread_testcancel();
    pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL);
    pthread_cleanup_push(clean, (void *)10000);
    pthread_testcancel();
    pthread_cleanup_pop(0);
    return NULL;
}

static void cancel_one(const char *name, void *(*function)(void *), void *argument, int post)
{
    pthread_t thread = start(function, argument);
    sem_wait(&ready);
    usleep(2000);
    int error = pthread_cancel(thread);
    if (post)
        sem_post(&semaphore);
    void *result = join(thread);
    printf("%s: %s, canceled %d, cleaned %d\n", name, error_name(error),
           result == PTHREAD_CANCELED, atomic_load(&cleaned));
}

static void cancelling(void)
{
    sem_init(&semaphore, 0, 0);
    sem_init(&ready, 0, 0);
    cancel_one("condition", wait_condition, NULL, 0);
    printf("lock is free: %s\n", error_name(pthread_mutex_trylock(&mutex)));
    pthread_mutex_unlock(&mutex);
    cancel_one("sleep", wait_asleep, NULL, 0);
    if (pipe(pipe_ends))
        fail("pipe");
    cancel_one("read", wait_read, &pipe_ends[0], 0);
    cancel_one("loop", test_in_loop, NULL, 0);
    cancel_one("refused for a while", refuse, NULL, 1);
}

/* Kinds of locks and what they say. */
static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static pthread_spinlock_t spin;
static pthread_mutex_t checked;
static long guarded, spun;

static void *lock_all(void *argument)
{
    for (int i = 0; i < 3000; i++) {
        if ((i + (intptr_t)argument) % 4 == 0) {
            pthread_rwlock_wrlock(&rwlock);
            guarded++;
        } else {
            pthread_rwlock_rdlock(&rwlock);
        }
        pthread_rwlock_unlock(&rwlock);
        pthread_spin_lock(&spin);
        spun++;
        pthread_spin_unlock(&spin);
    }
    return (void *)(intptr_t)pthread_mutex_unlock(&checked);
}

static void locking(void)
{
    pthread_t threads[4];
    pthread_mutexattr_t attributes;
    pthread_spin_init(&spin, PTHREAD_PROCESS_PRIVATE);
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_ERRORCHECK);
    pthread_mutex_init(&checked, &attributes);
    pthread_mutex_lock(&checked);
    printf("locked twice: %s\n", error_name(pthread_mutex_lock(&checked)));
    for (intptr_t i = 0; i < 4; i++)
        threads[i] = start(lock_all, (void *)i);
    for (int i = 0; i < 4; i++)
        printf("unlocked by another: %s\n", error_name((int)(intptr_t)join(threads[i])));
    printf("guarded %ld, spun %ld\n", guarded, spun);
    struct timespec past = { 1, 0 };
    pthread_rwlock_wrlock(&rwlock);
    printf("read: %s\n", error_name(pthread_rwlock_tryrdlock(&rwlock)));
    pthread_rwlock_unlock(&rwlock);
    pthread_mutex_lock(&mutex);
    printf("timed: %s\n", error_name(pthread_mutex_timedlock(&mutex, &past)));
    printf("condition: %s\n", error_name(pthread_cond_timedwait(&never, &mutex, &past)));
    pthread_mutex_unlock(&mutex);
    sem_init(&semaphore, 0, 0);
    printf("semaphore: %s\n", sem_timedwait(&semaphore, &past) ? error_name(errno) : "0");
}

/* Many threads that nobody joins. */
static atomic_int detached_count;

static void *count_detached(void *argument)
{
    char *text = malloc(1000);
    memset(text, (int)(intptr_t)argument, 1000);
    free(text);
    if (atomic_fetch_add(&detached_count, 1) == 199)
        sem_post(&ready);
    return NULL;
}

static void detaching(void)
{
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    sem_init(&ready, 0, 0);
    for (intptr_t i = 0; i < 200; i++) {
        pthread_t thread;
        int error;
        if (i % 2) {
            error = pthread_create(&thread, &attributes, count_detached, (void *)i);
        } else {
            thread = start(count_detached, (void *)i);
            error = pthread_detach(thread);
        }
        if (error)
            fail("detached");
        if (i % 10 == 9)
            usleep(500);
    }
    sem_wait(&ready);
    printf("detached: %d\n", atomic_load(&detached_count));
}

/* Threads that start threads. */
static void *nest(void *argument)
{
    intptr_t depth = (intptr_t)argument;
    if (depth == 0)
        return (void *)1;
    pthread_t left = start(nest, (void *)(depth - 1));
    pthread_t right = start(nest, (void *)(depth - 1));
    return (void *)((intptr_t)join(left) + (intptr_t)join(right));
}

static void nesting(void)
{
    printf("leaves: %ld\n", (long)nest((void *)5));
}

/* Stacks of a size of the program's choice, used deeply. */
static int use_stack(int depth)
{
    volatile char block[1024];
    memset((char *)block, depth, sizeof block);
    return depth == 0 ? block[5] : use_stack(depth - 1) + (block[depth % 1024] == (char)depth);
}

static void *deep(void *argument)
{
    return (void *)(intptr_t)use_stack((int)(intptr_t)argument);
}

static void stacks(void)
{
    pthread_attr_t attributes;
    pthread_t thread;
    size_t size = 0;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, 8 << 20);
    pthread_attr_getstacksize(&attributes, &size);
    for (int round = 0; round < 3; round++) {
        if (pthread_create(&thread, &attributes, deep, (void *)6000))
            fail("large stack");
        printf("size %zu, depth %ld\n", size, (long)(intptr_t)join(thread));
    }
    void *memory = aligned_alloc(4096, 1 << 20);
    pthread_attr_init(&attributes);
    pthread_attr_setstack(&attributes, memory, 1 << 20);
    if (pthread_create(&thread, &attributes, deep, (void *)500))
        fail("own stack");
    printf("own stack, depth %ld\n", (long)(intptr_t)join(thread));
    free(memory);
}

/* Errors that can be had. */
static void errors(void)
{
    pthread_t myself = start(count_detached, NULL);
    printf("joined: %s\n", error_name(pthread_join(myself, NULL)));
    pthread_mutex_lock(&mutex);
    printf("busy: %s\n", error_name(pthread_mutex_trylock(&mutex)));
    pthread_mutex_unlock(&mutex);
    sem_init(&semaphore, 0, 0);
    printf("empty: %s\n", sem_trywait(&semaphore) ? error_name(errno) : "0");
    printf("exists: %s\n", error_name(pthread_kill(pthread_self(), 0)));
    printf("bad signal: %s\n", error_name(pthread_kill(pthread_self(), 1000)));
}

/* Thread-specific data, its destructors, and thread-local variables. */
static pthread_key_t keys[8];
static atomic_int destructions;
static _Thread_local int local_array[100];
static _Thread_local char local_text[32] = "initial";

static void destroy(void *value)
{
    int left = (int)(intptr_t)value;
    atomic_fetch_add(&destructions, 1);
    if (left > 1)
        pthread_setspecific(keys[0], (void *)(intptr_t)(left - 1));
}

static void *use_keys(void *argument)
{
    intptr_t number = (intptr_t)argument;
    for (int i = 0; i < 8; i++)
        pthread_setspecific(keys[i], (void *)(number * 8 + i));
    for (int i = 0; i < 100; i++)
        local_array[i] += (int)number * i;
    snprintf(local_text + strlen(local_text), 20, " %ld", (long)number);
    usleep(1000);
    intptr_t sum = (intptr_t)strlen(local_text);
    for (int i = 0; i < 8; i++)
        sum += (intptr_t)pthread_getspecific(keys[i]);
    for (int i = 0; i < 100; i++)
        sum += local_array[i];
    for (int i = 1; i < 8; i++)
        pthread_setspecific(keys[i], NULL);
    pthread_setspecific(keys[0], (void *)3);
    return (void *)sum;
}

static void keys_chapter(void)
{
    for (int i = 0; i < 8; i++)
        if (pthread_key_create(&keys[i], destroy))
            fail("pthread_key_create");
    for (int round = 0; round < 3; round++) {
        pthread_t threads[5];
        for (intptr_t i = 0; i < 5; i++)
            threads[i] = start(use_keys, (void *)i);
        for (int i = 0; i < 5; i++)
            printf("%ld ", (long)(intptr_t)join(threads[i]));
        printf("destructions %d, mine \"%s\" %d\n", atomic_load(&destructions), local_text,
               local_array[7]);
    }
}

/* Blocking reads and writes on several threads at once. */
static void *feed(void *argument)
{
    unsigned char block[777];
    (void)argument;
    for (int i = 0; i < 500; i++) {
        memset(block, i, sizeof block);
        for (size_t done = 0; done < sizeof block;) {
            ssize_t part = write(pipe_ends[1], block + done, sizeof block - done);
            if (part < 0)
                fail("write");
            done += (size_t)part;
        }
    }
    close(pipe_ends[1]);
    return NULL;
}

static void *drain(void *argument)
{
    unsigned char block[1000];
    intptr_t sum = 0;
    ssize_t length;
    (void)argument;
    while ((length = read(pipe_ends[0], block, sizeof block)) > 0)
        for (ssize_t i = 0; i < length; i++)
            sum += block[i];
    return (void *)sum;
}

static void piping(void)
{
    if (pipe(pipe_ends))
        fail("pipe");
    pthread_t one = start(drain, NULL), two = start(drain, NULL), writer = start(feed, NULL);
    join(writer);
    long sum = (long)(intptr_t)join(one);
    printf("sum %ld\n", sum + (long)(intptr_t)join(two));
}

/* Ends of the process. */
static void at_end(void)
{
    printf("at the end\n");
}

static void *exit_soon(void *argument)
{
    usleep(5000);
    printf("bye");
    exit((int)(intptr_t)argument);
}

static void *compute(void *argument)
{
    volatile unsigned *counter = argument;
    for (;;)
        ++*counter;
    return NULL;
}

static void *abort_soon(void *argument)
{
    (void)argument;
    usleep(2000);
    abort();
}

static int (*volatile no_function)(int);

static void *fault_soon(void *argument)
{
    (void)argument;
    usleep(2000);
    return (void *)(intptr_t)no_function(5);
}

int main(int argc, char **argv)
{
    const char *chapter = argc > 1 ? argv[1] : "";
    static unsigned counters[4];
    static const struct {
        const char *name;
        void (*run)(void);
    } chapters[] = {
        { "pool", pool_chapter }, { "cancelling", cancelling }, { "locking", locking },
        { "detaching", detaching }, { "nesting", nesting }, { "stacks", stacks },
        { "errors", errors }, { "keys", keys_chapter }, { "piping", piping },
    };
    for (size_t i = 0; i < sizeof chapters / sizeof *chapters; i++)
        if (strcmp(chapter, chapters[i].name) == 0) {
            chapters[i].run();
            return 0;
        }
    atexit(at_end);
    if (strcmp(chapter, "exit-by-thread") == 0) {
        join(start(exit_soon, (void *)7));
    } else if (strcmp(chapter, "exit-while-reading") == 0) {
        start(exit_soon, (void *)8);
        char byte;
        if (read(0, &byte, 1) >= 0)
            fail("reading");
    } else if (strcmp(chapter, "exit-while-others-compute") == 0) {
        for (int i = 0; i < 4; i++)
            start(compute, &counters[i]);
        start(exit_soon, (void *)9);
        compute(&counters[0]);
    } else if (strcmp(chapter, "abort-by-thread") == 0) {
        join(start(abort_soon, NULL));
    } else if (strcmp(chapter, "fault-by-thread") == 0) {
        join(start(fault_soon, NULL));
    } else if (strcmp(chapter, "returning-from-main") == 0) {
        start(compute, &counters[0]);
        start(wait_asleep, NULL);
        printf("returning\n");
        return 3;
    }
    return 1;
}
