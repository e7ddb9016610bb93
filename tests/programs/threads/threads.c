/*
 * POSIX threads. The first argument names a chapter; all are run without one.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { THREADS = 4 };

static void start(pthread_t *thread, void *(*function)(void *), void *argument)
{
    int error = pthread_create(thread, NULL, function, argument);
    if (error) {
        printf("pthread_create: %s\n", error == EAGAIN ? "EAGAIN" : "another error");
        exit(1);
    }
}

/* Creation, arguments, results, joining. */
static void *square(void *argument)
{
    long number = (long)argument;
    return (void *)(number * number);
}

static void joining(void)
{
    pthread_t threads[THREADS];
    for (long i = 0; i < THREADS; i++)
        start(&threads[i], square, (void *)(i + 2));
    for (int i = 0; i < THREADS; i++) {
        void *result;
        int error = pthread_join(threads[i], &result);
        printf("join %d, result %ld\n", error, (long)result);
    }
    printf("myself: %d\n", pthread_equal(pthread_self(), pthread_self()) != 0);
}

/* A sum in parts, on memory that all share. */
static unsigned char shared[1 << 20];

static void *sum_part(void *argument)
{
    long part = (long)argument, sum = 0;
    size_t size = sizeof shared / THREADS;
    for (size_t i = 0; i < size; i++)
        sum += shared[(size_t)part * size + i];
    return (void *)sum;
}

static void sharing(void)
{
    pthread_t threads[THREADS];
    long expected = 0, total = 0;
    for (size_t i = 0; i < sizeof shared; i++) {
        shared[i] = (unsigned char)(i * 7);
        expected += shared[i];
    }
    for (long i = 0; i < THREADS; i++)
        start(&threads[i], sum_part, (void *)i);
    for (int i = 0; i < THREADS; i++) {
        void *sum;
        pthread_join(threads[i], &sum);
        total += (long)sum;
    }
    printf("sum %ld, as expected: %d\n", total, total == expected);
}

/* Mutual exclusion, by a mutex and by atomics. */
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static long counter;
static atomic_long atomic_counter;

static void *count(void *argument)
{
    (void)argument;
    for (int i = 0; i < 20000; i++) {
        pthread_mutex_lock(&mutex);
        counter++;
        pthread_mutex_unlock(&mutex);
        atomic_fetch_add(&atomic_counter, 3);
    }
    return NULL;
}

static void counting(void)
{
    pthread_t threads[THREADS];
    counter = 0;
    for (int i = 0; i < THREADS; i++)
        start(&threads[i], count, NULL);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    printf("counter %ld, atomic %ld\n", counter, atomic_load(&atomic_counter));
    pthread_mutex_lock(&mutex);
    printf("trylock of a locked mutex: %s\n", pthread_mutex_trylock(&mutex) == EBUSY ? "EBUSY" : "?");
    pthread_mutex_unlock(&mutex);

    pthread_mutexattr_t attributes;
    pthread_mutex_t recursive;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_RECURSIVE);
    pthread_mutex_init(&recursive, &attributes);
    int first = pthread_mutex_lock(&recursive), second = pthread_mutex_lock(&recursive);
    printf("recursive: %d %d\n", first, second);
    pthread_mutex_unlock(&recursive);
    pthread_mutex_unlock(&recursive);
    pthread_mutex_destroy(&recursive);
}

/* A queue between producers and consumers, with condition variables. */
static struct {
    pthread_mutex_t lock;
    pthread_cond_t filled, emptied;
    int items[8], size, produced, consumed;
    long sum;
} queue = { PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, PTHREAD_COND_INITIALIZER,
            { 0 },                     0,
            0,                         0,
            0 };

enum { ITEMS = 2000 };

static void *produce(void *argument)
{
    (void)argument;
    for (;;) {
        pthread_mutex_lock(&queue.lock);
        while (queue.size == 8)
            pthread_cond_wait(&queue.emptied, &queue.lock);
        if (queue.produced == ITEMS) {
            pthread_mutex_unlock(&queue.lock);
            return NULL;
        }
        queue.items[queue.size++] = ++queue.produced;
        pthread_cond_signal(&queue.filled);
        pthread_mutex_unlock(&queue.lock);
    }
}

static void *consume(void *argument)
{
    (void)argument;
    for (;;) {
        pthread_mutex_lock(&queue.lock);
        while (queue.size == 0 && queue.consumed < ITEMS)
            pthread_cond_wait(&queue.filled, &queue.lock);
        if (queue.size == 0) {
            pthread_mutex_unlock(&queue.lock);
            return NULL;
        }
        queue.sum += queue.items[--queue.size];
        if (++queue.consumed == ITEMS)
            pthread_cond_broadcast(&queue.filled);
        pthread_cond_signal(&queue.emptied);
        pthread_mutex_unlock(&queue.lock);
    }
}

static void queueing(void)
{
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        start(&threads[i], i % 2 ? consume : produce, NULL);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    printf("consumed %d, sum %ld\n", queue.consumed, queue.sum);

    struct timespec soon;
    clock_gettime(CLOCK_REALTIME, &soon);
    soon.tv_nsec += 20000000;
    if (soon.tv_nsec >= 1000000000) {
        soon.tv_nsec -= 1000000000;
        soon.tv_sec++;
    }
    pthread_mutex_lock(&queue.lock);
    int error = pthread_cond_timedwait(&queue.filled, &queue.lock, &soon);
    pthread_mutex_unlock(&queue.lock);
    printf("timed wait: %s\n", error == ETIMEDOUT ? "ETIMEDOUT" : "?");
}

/* What each thread has for itself. */
static _Thread_local int own = 5;
static pthread_key_t key;
static atomic_int destroyed;

static void destroy(void *value)
{
    atomic_fetch_add(&destroyed, *(int *)value);
    free(value);
}

static void *use_own(void *argument)
{
    int *value = malloc(sizeof *value);
    *value = (int)(long)argument;
    pthread_setspecific(key, value);
    own += *value;
    errno = 1000 + *value;
    usleep(1000);
    return (void *)(long)(own * 10000 + errno + *(int *)pthread_getspecific(key));
}

static void owning(void)
{
    pthread_t threads[THREADS];
    pthread_key_create(&key, destroy);
    errno = 7;
    for (long i = 0; i < THREADS; i++)
        start(&threads[i], use_own, (void *)(i + 1));
    for (int i = 0; i < THREADS; i++) {
        void *result;
        pthread_join(threads[i], &result);
        printf("result %ld\n", (long)result);
    }
    printf("mine: %d, errno %d, destroyed %d\n", own, errno, atomic_load(&destroyed));
    pthread_key_delete(key);
}

/* Barriers, semaphores, readers and writers, once. */
static pthread_barrier_t barrier;
static sem_t semaphore;
static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static atomic_int before, once_count, serial, wrong;

static void only_once(void)
{
    atomic_fetch_add(&once_count, 1);
}

static void *meet(void *argument)
{
    pthread_once(&once, only_once);
    atomic_fetch_add(&before, 1);
    if (pthread_barrier_wait(&barrier) == PTHREAD_BARRIER_SERIAL_THREAD)
        atomic_fetch_add(&serial, 1);
    if (atomic_load(&before) != THREADS)
        atomic_fetch_add(&wrong, 1);
    sem_wait(&semaphore);
    sem_post(&semaphore);
    if ((long)argument % 2) {
        pthread_rwlock_wrlock(&rwlock);
        counter += 10;
    } else {
        pthread_rwlock_rdlock(&rwlock);
    }
    pthread_rwlock_unlock(&rwlock);
    return NULL;
}

static void meeting(void)
{
    pthread_t threads[THREADS];
    counter = 0;
    pthread_barrier_init(&barrier, NULL, THREADS);
    sem_init(&semaphore, 0, 0);
    for (long i = 0; i < THREADS; i++)
        start(&threads[i], meet, (void *)i);
    sem_post(&semaphore);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    int value;
    sem_getvalue(&semaphore, &value);
    printf("wrong %d, serial %d, once %d, semaphore %d, written %ld\n", atomic_load(&wrong),
           atomic_load(&serial), atomic_load(&once_count), value, counter);
    pthread_barrier_destroy(&barrier);
    sem_destroy(&semaphore);
}

/* Ending in other ways than by returning, detached threads, cancellation. */
static atomic_int cleaned, detached_done;

static void clean(void *argument)
{
    atomic_fetch_add(&cleaned, (int)(long)argument);
}

static void *exit_early(void *argument)
{
    pthread_cleanup_push(clean, (void *)1);
    pthread_exit(argument);
    pthread_cleanup_pop(0);
    return NULL;
}

static void *detached(void *argument)
{
    (void)argument;
    atomic_store(&detached_done, 1);
    return NULL;
}

static void *wait_for_ever(void *argument)
{
    (void)argument;
    pthread_cleanup_push(clean, (void *)10);
    for (;;) {
        pthread_testcancel();
        usleep(1000);
    }
    pthread_cleanup_pop(0);
    return NULL;
}

static void ending(void)
{
    pthread_t thread;
    void *result;
    start(&thread, exit_early, (void *)77);
    pthread_join(thread, &result);
    printf("pthread_exit %ld, cleaned %d\n", (long)result, atomic_load(&cleaned));

    start(&thread, detached, NULL);
    int error = pthread_detach(thread);
    for (int i = 0; i < 5000 && !atomic_load(&detached_done); i++)
        usleep(1000);
    printf("detach %d, done %d\n", error, atomic_load(&detached_done));

    start(&thread, wait_for_ever, NULL);
    usleep(5000);
    error = pthread_cancel(thread);
    pthread_join(thread, &result);
    printf("cancel %d, canceled %d, cleaned %d\n", error, result == PTHREAD_CANCELED,
           atomic_load(&cleaned));
}

/* Allocation, files and standard output from many threads. */
static void *allocate(void *argument)
{
    unsigned state = (unsigned)(long)argument * 2654435761u + 1;
    char *pieces[64] = { NULL };
    long sum = 0;
    for (int i = 0; i < 20000; i++) {
        state = state * 1664525u + 1013904223u;
        unsigned slot = state >> 26, size = 1 + (state >> 8) % 500;
        free(pieces[slot]);
        pieces[slot] = malloc(size);
        memset(pieces[slot], (int)slot, size);
        sum += pieces[slot][size - 1];
    }
    for (int i = 0; i < 64; i++)
        free(pieces[i]);
    char name[32], text[32] = "";
    snprintf(name, sizeof name, "thread-%ld", (long)argument);
    FILE *file = fopen(name, "w+");
    fprintf(file, "by thread %ld", (long)argument);
    rewind(file);
    fgets(text, sizeof text, file);
    fclose(file);
    return (void *)(sum + (long)strlen(text));
}

static void allocating(void)
{
    pthread_t threads[THREADS];
    for (long i = 0; i < THREADS; i++)
        start(&threads[i], allocate, (void *)i);
    for (int i = 0; i < THREADS; i++) {
        void *result;
        pthread_join(threads[i], &result);
        printf("thread %d: %ld\n", i, (long)result);
    }
}

/* One after the other: what a thread leaves is used again. */
static void repeating(void)
{
    long sum = 0;
    for (long i = 0; i < 200; i++) {
        pthread_t thread;
        void *result;
        start(&thread, square, (void *)i);
        pthread_join(thread, &result);
        sum += (long)result;
    }
    printf("200 threads, sum %ld\n", sum);
}

/* The process ends while threads run. */
static void leaving(void)
{
    pthread_t thread;
    start(&thread, wait_for_ever, NULL);
    printf("leaving\n");
    exit(6);
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*run)(void);
    } chapters[] = {
        { "joining", joining },   { "sharing", sharing },       { "counting", counting },
        { "queueing", queueing }, { "owning", owning },         { "meeting", meeting },
        { "ending", ending },     { "allocating", allocating }, { "repeating", repeating },
        { "leaving", leaving },
    };
    for (size_t i = 0; i < sizeof chapters / sizeof *chapters; i++) {
        if (argc < 2 || strcmp(argv[1], chapters[i].name) == 0) {
            printf("%s:\n", chapters[i].name);
            fflush(stdout);
            chapters[i].run();
        }
    }
    return 0;
}
