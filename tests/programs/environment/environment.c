/*
 * What a process is told and how it ends. The first argument says what to do:
 *
 *     environment args …         prints the arguments
 *     environment env [NAME…]    prints the environment, or these variables of it
 *     environment change         setenv, putenv, unsetenv
 *     environment exit STATUS    ends by exit
 *     environment return STATUS  ends by returning from main
 *     environment _exit STATUS   ends by _exit, which flushes nothing
 *     environment quick STATUS   ends by _Exit after a flush
 *     environment atexit         runs functions at exit, last one first
 *     environment abort          ends by SIGABRT
 *     environment assert         ends by a failed assertion
 *     environment raise          ends by SIGTERM
 *     environment trap           ends by an illegal instruction
 *     environment recurse        ends by overflowing the stack
 *     environment null           ends by calling a null pointer
 *     environment options …      parses options with getopt_long
 */
#define _GNU_SOURCE
#include <assert.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern char **environ;

static void print_arguments(int argc, char **argv)
{
    const char *name = strrchr(argv[0], '/');
    printf("%d, called %s\n", argc, name ? name + 1 : argv[0]);
    for (int i = 1; i < argc; i++)
        printf("%d: %zu bytes [%s]\n", i, strlen(argv[i]), argv[i]);
    printf("ended by a null pointer: %d\n", argv[argc] == NULL);
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void print_environment(int count, char **names)
{
    for (int i = 0; i < count; i++) {
        const char *value = getenv(names[i]);
        printf("%s: %s\n", names[i], value ? value : "not set");
    }
    if (count > 0)
        return;
    size_t size = 0;
    while (environ[size])
        size++;
    qsort(environ, size, sizeof *environ, by_text);
    for (size_t i = 0; i < size; i++) {
        /* The shell's own variables depend on where the test runs. */
        if (strncmp(environ[i], "_=", 2) != 0)
            puts(environ[i]);
    }
}

static void change_environment(void)
{
    setenv("COLOUR", "red", 0);
    puts(getenv("COLOUR"));
    setenv("COLOUR", "blue", 0);
    puts(getenv("COLOUR"));
    setenv("COLOUR", "green", 1);
    puts(getenv("COLOUR"));
    static char entry[] = "SHAPE=round";
    putenv(entry);
    puts(getenv("SHAPE"));
    strcpy(entry, "SHAPE=squar");
    puts(getenv("SHAPE"));
    unsetenv("COLOUR");
    puts(getenv("COLOUR") ? "still there" : "unset");
    printf("a wrong name: %d\n", setenv("A=B", "c", 1));
    unsetenv("PATH");
    puts(getenv("PATH") ? "still there" : "unset");
}

static void first_registered(void)
{
    puts("registered first, runs last");
}

static void second_registered(void)
{
    puts("registered second");
}

static void last_registered(void)
{
    puts("registered last, runs first");
    fputs("no newline at the very end", stdout);
}

__attribute__((destructor)) static void destructor(void)
{
    if (getenv("DESTRUCTOR"))
        puts("destructor");
}

static void parse_options(int argc, char **argv)
{
    static const struct option options[] = {
        { "verbose", no_argument, NULL, 'v' },
        { "output", required_argument, NULL, 'o' },
        { "level", optional_argument, NULL, 'l' },
        { NULL, 0, NULL, 0 },
    };
    int option;
    opterr = 0;
    while ((option = getopt_long(argc, argv, "vo:l::", options, NULL)) != -1) {
        if (option == '?')
            printf("unknown option\n");
        else
            printf("-%c %s\n", option, optarg ? optarg : "");
    }
    for (; optind < argc; optind++)
        printf("operand %s\n", argv[optind]);
}

/* Uses more stack at each level than any compiler can optimise away. */
static int recurse(volatile int depth)
{
    volatile char frame[4096];
    frame[0] = (char)depth;
    return recurse(depth + 1) + frame[0];
}

int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "args";
    int status = argc > 2 ? atoi(argv[2]) : 0;
    if (!strcmp(what, "args")) {
        print_arguments(argc, argv);
    } else if (!strcmp(what, "env")) {
        print_environment(argc - 2, argv + 2);
    } else if (!strcmp(what, "change")) {
        change_environment();
    } else if (!strcmp(what, "exit")) {
        printf("about to exit with %d", status);
        exit(status);
    } else if (!strcmp(what, "return")) {
        printf("about to return %d", status);
        return status;
    } else if (!strcmp(what, "_exit")) {
        printf("never seen");
        _exit(status);
    } else if (!strcmp(what, "quick")) {
        printf("flushed");
        fflush(stdout);
        _Exit(status);
    } else if (!strcmp(what, "atexit")) {
        atexit(first_registered);
        atexit(second_registered);
        atexit(last_registered);
    } else if (!strcmp(what, "abort")) {
        fputs("about to abort\n", stderr);
        abort();
    } else if (!strcmp(what, "assert")) {
        assert(argc == 0 && "there are always arguments");
    } else if (!strcmp(what, "raise")) {
        raise(SIGTERM);
    } else if (!strcmp(what, "trap")) {
        __builtin_trap();
    } else if (!strcmp(what, "recurse")) {
        return recurse(0);
    } else if (!strcmp(what, "null")) {
        void (*volatile nothing)(void) = NULL;
        nothing();
    } else if (!strcmp(what, "options")) {
        parse_options(argc - 1, argv + 1);
    } else {
        fprintf(stderr, "environment: what is %s?\n", what);
        return 2;
    }
    return 0;
}
