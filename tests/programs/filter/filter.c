/*
 * Filters standard input to standard output, in the way that the first
 * argument names: upper (stdio, a character at a time), reverse (getline),
 * count (read), rot13 (fread), sort (all lines in memory), uniq, copy (read
 * and write), words (scanf).
 */
#define _GNU_SOURCE
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int upper(void)
{
    int c;
    while ((c = getchar()) != EOF)
        putchar(toupper(c));
    return 0;
}

static int reverse(void)
{
    char *line = NULL;
    size_t room = 0;
    ssize_t length;
    while ((length = getline(&line, &room, stdin)) > 0) {
        if (line[length - 1] == '\n')
            length--;
        for (ssize_t i = length; i > 0; i--)
            putchar(line[i - 1]);
        putchar('\n');
    }
    free(line);
    return 0;
}

static int count(void)
{
    static char block[65536];
    unsigned long bytes = 0, lines = 0, words = 0;
    int in_word = 0;
    ssize_t n;
    while ((n = read(0, block, sizeof block)) > 0) {
        bytes += (unsigned long)n;
        for (ssize_t i = 0; i < n; i++) {
            int space = isspace((unsigned char)block[i]) != 0;
            lines += block[i] == '\n';
            words += !space && !in_word;
            in_word = !space;
        }
    }
    printf("%lu lines, %lu words, %lu bytes\n", lines, words, bytes);
    return n < 0;
}

static int rot13(void)
{
    char block[1000];
    size_t n;
    while ((n = fread(block, 1, sizeof block, stdin)) > 0) {
        for (size_t i = 0; i < n; i++) {
            int c = (unsigned char)block[i], base = isupper(c) ? 'A' : 'a';
            if (isalpha(c))
                block[i] = (char)((c - base + 13) % 26 + base);
        }
        fwrite(block, 1, n, stdout);
    }
    return 0;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Reads all lines; `*number` tells how many. */
static char **read_lines(size_t *number)
{
    char **lines = NULL, *line = NULL;
    size_t room = 0, used = 0, line_room = 0;
    while (getline(&line, &line_room, stdin) > 0) {
        if (used == room) {
            room = room ? 2 * room : 64;
            lines = realloc(lines, room * sizeof *lines);
        }
        lines[used++] = strdup(line);
    }
    free(line);
    *number = used;
    return lines;
}

static int sort(void)
{
    size_t number;
    char **lines = read_lines(&number);
    qsort(lines, number, sizeof *lines, by_text);
    for (size_t i = 0; i < number; i++) {
        fputs(lines[i], stdout);
        free(lines[i]);
    }
    free(lines);
    return 0;
}

static int uniq(void)
{
    char line[4096], last[4096] = "";
    unsigned times = 0;
    while (fgets(line, sizeof line, stdin)) {
        if (times && strcmp(line, last) != 0) {
            printf("%7u %s", times, last);
            times = 0;
        }
        strcpy(last, line);
        times++;
    }
    if (times)
        printf("%7u %s", times, last);
    return 0;
}

/* Copies with short writes taken into account; says why it stopped on an error. */
static int copy(void)
{
    static char block[200000];
    ssize_t n;
    while ((n = read(0, block, sizeof block)) > 0) {
        for (ssize_t done = 0; done < n;) {
            ssize_t written = write(1, block + done, (size_t)(n - done));
            if (written < 0) {
                fprintf(stderr, "filter: %s\n", strerror(errno));
                return 1;
            }
            done += written;
        }
    }
    return n < 0;
}

static int words(void)
{
    char word[64];
    int number, total = 0, numbers = 0, others = 0;
    double real, sum = 0;
    for (;;) {
        int got = scanf("%d", &number);
        if (got == 1) {
            total += number;
            numbers++;
            if (scanf("%lf", &real) == 1)
                sum += real;
        } else if (got == EOF) {
            break;
        } else if (scanf("%63s", word) == 1) {
            others++;
            printf("[%s]", word);
        }
    }
    printf("\n%d numbers, sum %d, reals %.3f, %d words\n", numbers, total, sum, others);
    return 0;
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        int (*run)(void);
    } filters[] = {
        { "upper", upper }, { "reverse", reverse }, { "count", count }, { "rot13", rot13 },
        { "sort", sort },   { "uniq", uniq },       { "copy", copy },   { "words", words },
    };
    for (size_t i = 0; argc > 1 && i < sizeof filters / sizeof *filters; i++) {
        if (strcmp(filters[i].name, argv[1]) == 0)
            return filters[i].run();
    }
    fprintf(stderr, "filter: which filter?\n");
    return 2;
}
