/*
 * Linked into the WebAssembly builds of the real programs.
 *
 * In a standalone module Emscripten leaves system calls that WASI has no
 * counterpart of as imports, which only wasmjit provides. The runs here read
 * standard input and write standard output alone, so all engines can run them
 * when those calls are answered inside the module: there is no such call.
 */
#ifdef __EMSCRIPTEN__
#pragma clang diagnostic ignored "-Wunused-parameter"

#define ENOSYS 52

/* The linker wants the right number of arguments, all of which are words. */
#define NONE void
#define ONE int a
#define TWO int a, int b
#define THREE int a, int b, int c
#define FOUR int a, int b, int c, int d
#define NO_SUCH_CALL(name, arguments) \
    int __syscall_##name(arguments) { return -ENOSYS; }

NO_SUCH_CALL(chdir, ONE)
NO_SUCH_CALL(chmod, TWO)
NO_SUCH_CALL(chown32, THREE)
NO_SUCH_CALL(dup3, THREE)
NO_SUCH_CALL(faccessat, FOUR)
NO_SUCH_CALL(fchmod, TWO)
NO_SUCH_CALL(fchown32, THREE)
NO_SUCH_CALL(fstat64, TWO)
NO_SUCH_CALL(fstatat64, FOUR)
NO_SUCH_CALL(ftruncate64, THREE)
NO_SUCH_CALL(getcwd, TWO)
NO_SUCH_CALL(getdents64, THREE)
NO_SUCH_CALL(geteuid32, NONE)
NO_SUCH_CALL(getuid32, NONE)
NO_SUCH_CALL(lstat64, TWO)
NO_SUCH_CALL(mkdir, TWO)
NO_SUCH_CALL(readlink, THREE)
NO_SUCH_CALL(rename, TWO)
NO_SUCH_CALL(rmdir, ONE)
NO_SUCH_CALL(stat64, TWO)
NO_SUCH_CALL(symlink, TWO)
NO_SUCH_CALL(unlink, ONE)
NO_SUCH_CALL(utimensat, FOUR)

int system(const char *command)
{
    (void)command;
    return 0;
}

void __call_sighandler(void (*handler)(int), int signal)
{
    handler(signal);
}

#endif
