#include "chapters.h"
#include "errors.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void show(const char *path)
{
    char line[64];
    FILE *stream = fopen(path, "r");
    for (int number = 1; fgets(line, sizeof line, stream); number++) {
        size_t length = strcspn(line, "\n");
        printf("%s:%d:%.*s%s\n", path, number, (int)length, line, line[length] ? "" : "(unended)");
    }
    printf("eof %d error %d\n", feof(stream) != 0, ferror(stream) != 0);
    fclose(stream);
}

static void positions(void)
{
    FILE *stream = fopen("places", "w+");
    for (int i = 0; i < 1000; i++)
        fprintf(stream, "record %04d\n", i);
    printf("at %ld\n", ftell(stream));
    fseek(stream, 12 * 500, SEEK_SET);
    int number = -1;
    printf("fscanf %d", fscanf(stream, "record %d", &number));
    printf(" %d\n", number);
    fseek(stream, -12, SEEK_END);
    char line[16];
    printf("fgets %s", fgets(line, sizeof line, stream));
    fpos_t place;
    rewind(stream);
    fgetpos(stream, &place);
    printf("getc %c", getc(stream));
    printf(" ungetc %c", ungetc('R', stream));
    printf(" getc %c", getc(stream));
    fsetpos(stream, &place);
    printf(" getc %c\n", getc(stream));
    fseek(stream, 12 * 3 + 7, SEEK_SET);
    fputs("XXXX", stream);
    fseek(stream, 12 * 3, SEEK_SET);
    printf("fgets %s", fgets(line, sizeof line, stream));
    fclose(stream);
}

static void long_lines(void)
{
    FILE *stream = fopen("long", "w");
    for (int i = 0; i < 3; i++) {
        for (int k = 0; k < 5000 * (i + 1); k++)
            putc('a' + (i + k) % 26, stream);
        putc('\n', stream);
    }
    fputs("no newline", stream);
    fclose(stream);
    stream = fopen("long", "r");
    char *line = NULL;
    size_t room = 0;
    ssize_t length;
    while ((length = getline(&line, &room, stream)) > 0)
        printf("getline %zd, ends in %.5s\n", length, line + length - 5 - (line[length - 1] == '\n'));
    free(line);
    fclose(stream);
}

void streams(void)
{
    FILE *stream = fopen("lines", "w");
    fputs("first\nsecond\n", stream);
    fprintf(stream, "%d %5.2f %-6s|%x\n", 42, 3.14159, "left", 255);
    fwrite("fourth", 1, 6, stream);
    printf("fclose %d\n", fclose(stream));
    show("lines");
    stream = fopen("lines", "a");
    fputs(" and more\nfifth", stream);
    fclose(stream);
    show("lines");
    printf("exclusive: %s\n", fopen("lines", "wx") ? "ok" : "refused");

    stream = fopen("lines", "r");
    int refused = fputs("x", stream) < 0 || fflush(stream) < 0;
    printf("write to it: refused %d, error %d\n", refused, ferror(stream) != 0);
    clearerr(stream);
    char bytes[64];
    printf("fread %zu\n", fread(bytes, 1, sizeof bytes, stream));
    fclose(stream);

    positions();
    long_lines();

    stream = tmpfile();
    printf("tmpfile %d", fprintf(stream, "temporary"));
    rewind(stream);
    printf(" %s\n", fgets(bytes, sizeof bytes, stream));
    fclose(stream);

    char name[] = "made-XXXXXX";
    int fd = mkstemp(name);
    report("mkstemp", fd);
    printf("the name changed: %d\n", strcmp(name, "made-XXXXXX") != 0);
    stream = fdopen(fd, "w");
    fputs("by fdopen", stream);
    fclose(stream);
    show(name[0] == 'm' && rename(name, "made") == 0 ? "made" : name);

    fputs("flushed, ", stdout);
    fflush(stdout);
    write(1, "in order\n", 9);
    static char buffer[100];
    stream = fopen("buffered", "w");
    setvbuf(stream, buffer, _IOFBF, sizeof buffer);
    for (int i = 0; i < 50; i++)
        fprintf(stream, "%d%c", i, i % 10 == 9 ? '\n' : ' ');
    fclose(stream);
    show("buffered");
    stream = fopen("unbuffered", "w");
    setvbuf(stream, NULL, _IONBF, 0);
    fputs("there at once", stream);
    show("unbuffered");
    fclose(stream);
    stream = freopen("reopened", "w", stderr);
    fputs("to what was standard error\n", stderr);
    fclose(stream);
    show("reopened");
}
