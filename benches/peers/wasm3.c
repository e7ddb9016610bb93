/*
 * A command around wasm3, the interpreter, which is a library:
 *
 *     wasm3 PROGRAM.wasm [ARGUMENTS…]        runs a WASI program
 *     wasm3 --calls CALLS.wasm COUNT         nanoseconds of a host call
 *
 * It provides what the benchmarks' programs need of WASI: arguments, clocks,
 * standard streams.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "wasm3.h"

enum { WASI_OK = 0, WASI_BADF = 8, WASI_IO = 29, WASI_SPIPE = 70 };

static int argument_count;
static char **arguments;
static const char *const exited = "exit";
static int exit_status;

struct span {
    uint32_t start, length;
};

/* Carries a vector of pieces to or from a stream. */
static const void *transfer(IM3Runtime runtime, uint64_t *_sp, void *_mem, int writing)
{
    m3ApiReturnType(uint32_t);
    m3ApiGetArg(uint32_t, stream);
    m3ApiGetArgMem(const struct span *, spans);
    m3ApiGetArg(uint32_t, count);
    m3ApiGetArgMem(uint32_t *, done);
    m3ApiCheckMem(spans, (uint64_t)count * sizeof *spans);
    m3ApiCheckMem(done, sizeof *done);
    uint32_t total = 0;
    for (uint32_t i = 0; i < count; i++) {
        void *bytes = m3ApiOffsetToPtr(spans[i].start);
        uint32_t length = spans[i].length;
        if (length == 0)
            continue;
        m3ApiCheckMem(bytes, length);
        ssize_t moved =
            writing ? write((int)stream, bytes, length) : read((int)stream, bytes, length);
        if (moved < 0)
            m3ApiReturn(errno == EBADF ? WASI_BADF : WASI_IO);
        total += (uint32_t)moved;
        if ((uint32_t)moved < length)
            break;
    }
    *done = total;
    m3ApiReturn(WASI_OK);
}

static m3ApiRawFunction(fd_write)
{
    (void)_ctx;
    return transfer(runtime, _sp, _mem, 1);
}

static m3ApiRawFunction(fd_read)
{
    (void)_ctx;
    return transfer(runtime, _sp, _mem, 0);
}

static m3ApiRawFunction(fd_seek)
{
    (void)runtime, (void)_ctx, (void)_mem;
    m3ApiReturnType(uint32_t);
    m3ApiReturn(WASI_SPIPE);
}

static m3ApiRawFunction(fd_close)
{
    (void)runtime, (void)_ctx, (void)_mem;
    m3ApiReturnType(uint32_t);
    m3ApiReturn(WASI_OK);
}

static m3ApiRawFunction(fd_fdstat_get)
{
    (void)_ctx;
    m3ApiReturnType(uint32_t);
    m3ApiGetArg(uint32_t, stream);
    m3ApiGetArgMem(uint8_t *, stat);
    m3ApiCheckMem(stat, 24);
    memset(stat, 0, 24);
    stat[0] = isatty((int)stream) ? 2 : 4; /* a character device, or a file */
    m3ApiReturn(stream <= 2 ? WASI_OK : WASI_BADF);
}

static m3ApiRawFunction(args_sizes_get)
{
    (void)_ctx;
    m3ApiReturnType(uint32_t);
    m3ApiGetArgMem(uint32_t *, count);
    m3ApiGetArgMem(uint32_t *, bytes);
    m3ApiCheckMem(count, sizeof *count);
    m3ApiCheckMem(bytes, sizeof *bytes);
    uint32_t total = 0;
    for (int i = 0; i < argument_count; i++)
        total += (uint32_t)strlen(arguments[i]) + 1;
    *count = (uint32_t)argument_count;
    *bytes = total;
    m3ApiReturn(WASI_OK);
}

static m3ApiRawFunction(args_get)
{
    (void)_ctx;
    m3ApiReturnType(uint32_t);
    m3ApiGetArgMem(uint32_t *, pointers);
    m3ApiGetArgMem(char *, text);
    m3ApiCheckMem(pointers, (uint64_t)argument_count * sizeof *pointers);
    for (int i = 0; i < argument_count; i++) {
        size_t length = strlen(arguments[i]) + 1;
        m3ApiCheckMem(text, length);
        memcpy(text, arguments[i], length);
        pointers[i] = m3ApiPtrToOffset(text);
        text += length;
    }
    m3ApiReturn(WASI_OK);
}

static m3ApiRawFunction(environ_sizes_get)
{
    (void)_ctx;
    m3ApiReturnType(uint32_t);
    m3ApiGetArgMem(uint32_t *, count);
    m3ApiGetArgMem(uint32_t *, bytes);
    m3ApiCheckMem(count, sizeof *count);
    m3ApiCheckMem(bytes, sizeof *bytes);
    *count = *bytes = 0;
    m3ApiReturn(WASI_OK);
}

static m3ApiRawFunction(environ_get)
{
    (void)runtime, (void)_ctx, (void)_mem;
    m3ApiReturnType(uint32_t);
    m3ApiReturn(WASI_OK);
}

static m3ApiRawFunction(clock_time_get)
{
    (void)_ctx;
    m3ApiReturnType(uint32_t);
    m3ApiGetArg(uint32_t, clock);
    m3ApiGetArg(uint64_t, precision);
    m3ApiGetArgMem(uint64_t *, time);
    (void)precision;
    m3ApiCheckMem(time, sizeof *time);
    struct timespec now;
    clock_gettime(clock == 0 ? CLOCK_REALTIME : CLOCK_MONOTONIC, &now);
    *time = (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
    m3ApiReturn(WASI_OK);
}

static m3ApiRawFunction(proc_exit)
{
    (void)runtime, (void)_ctx, (void)_mem;
    m3ApiGetArg(uint32_t, status);
    exit_status = (int)status;
    m3ApiTrap(exited);
}

static m3ApiRawFunction(nothing)
{
    (void)runtime, (void)_ctx, (void)_mem;
    m3ApiReturnType(uint32_t);
    m3ApiGetArg(uint32_t, x);
    m3ApiReturn(x);
}

static const struct {
    const char *module, *name, *signature;
    M3RawCall function;
} imports[] = {
    {"wasi_snapshot_preview1", "fd_write", "i(iiii)", fd_write},
    {"wasi_snapshot_preview1", "fd_read", "i(iiii)", fd_read},
    {"wasi_snapshot_preview1", "fd_seek", "i(iIii)", fd_seek},
    {"wasi_snapshot_preview1", "fd_close", "i(i)", fd_close},
    {"wasi_snapshot_preview1", "fd_fdstat_get", "i(ii)", fd_fdstat_get},
    {"wasi_snapshot_preview1", "args_sizes_get", "i(ii)", args_sizes_get},
    {"wasi_snapshot_preview1", "args_get", "i(ii)", args_get},
    {"wasi_snapshot_preview1", "environ_sizes_get", "i(ii)", environ_sizes_get},
    {"wasi_snapshot_preview1", "environ_get", "i(ii)", environ_get},
    {"wasi_snapshot_preview1", "clock_time_get", "i(iIi)", clock_time_get},
    {"wasi_snapshot_preview1", "proc_exit", "v(i)", proc_exit},
    {"host", "nothing", "i(i)", nothing},
};

static void check(M3Result result, const char *doing)
{
    if (result) {
        fprintf(stderr, "wasm3: %s: %s\n", doing, result);
        exit(1);
    }
}

static uint8_t *read_file(const char *path, uint32_t *length)
{
    FILE *file = fopen(path, "rb");
    if (!file || fseek(file, 0, SEEK_END) != 0) {
        perror(path);
        exit(1);
    }
    *length = (uint32_t)ftell(file);
    rewind(file);
    uint8_t *bytes = malloc(*length + 1);
    if (!bytes || fread(bytes, 1, *length, file) != *length) {
        perror(path);
        exit(1);
    }
    fclose(file);
    return bytes;
}

static void measure_calls(IM3Runtime runtime, uint32_t count)
{
    IM3Function function;
    check(m3_FindFunction(&function, runtime, "calls"), "find calls");
    check(m3_CallV(function, 1000u), "run");
    struct timespec start, end;
    clock_gettime(CLOCK_MONOTONIC, &start);
    check(m3_CallV(function, count), "run");
    clock_gettime(CLOCK_MONOTONIC, &end);
    double nanoseconds =
        (double)(end.tv_sec - start.tv_sec) * 1e9 + (double)(end.tv_nsec - start.tv_nsec);
    printf("%.3f\n", nanoseconds / count);
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "--version") == 0) {
        puts("wasm3 " M3_VERSION);
        return 0;
    }
    int calls = argc == 4 && strcmp(argv[1], "--calls") == 0;
    arguments = argv + 1 + calls;
    argument_count = argc - 1 - calls;
    if (argument_count < 1) {
        fprintf(stderr, "usage: wasm3 PROGRAM.wasm [ARGUMENTS…]\n");
        return 2;
    }
    uint32_t length;
    uint8_t *bytes = read_file(arguments[0], &length);
    IM3Environment environment = m3_NewEnvironment();
    IM3Runtime runtime = m3_NewRuntime(environment, 8 << 20, NULL);
    IM3Module module;
    check(m3_ParseModule(environment, &module, bytes, length), "parse");
    check(m3_LoadModule(runtime, module), "load");
    for (size_t i = 0; i < sizeof imports / sizeof *imports; i++) {
        M3Result result = m3_LinkRawFunction(module, imports[i].module, imports[i].name,
                                             imports[i].signature, imports[i].function);
        if (result != m3Err_functionLookupFailed)
            check(result, imports[i].name);
    }
    if (calls) {
        measure_calls(runtime, (uint32_t)strtoul(argv[3], NULL, 10));
        return 0;
    }
    IM3Function start;
    check(m3_FindFunction(&start, runtime, "_start"), "find _start");
    M3Result result = m3_CallV(start);
    if (result != exited)
        check(result, "run");
    return exit_status;
}
