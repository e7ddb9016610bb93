/* Processes as POSIX has them. Each chapter prints what a native build prints. */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <wordexp.h>

extern char **environ;

/* Waits for a child and prints how it ended. */
static void end_of(const char *what, pid_t child)
{
    int status = 0;
    pid_t waited = waitpid(child, &status, 0);
    if (waited != child)
        printf("%s: waitpid failed: %s\n", what, strerror(errno));
    else if (WIFEXITED(status))
        printf("%s: exit %d\n", what, WEXITSTATUS(status));
    else if (WIFSIGNALED(status))
        printf("%s: signal %d\n", what, WTERMSIG(status));
    fflush(stdout);
}

static void forking(void)
{
    static int variable = 1;
    int local = 10, ends[2];
    pid_t parent = getpid();
    if (pipe(ends) != 0)
        exit(1);
    pid_t child = fork();
    if (child == 0) {
        variable++, local++;
        char text[64];
        int length = snprintf(text, sizeof text, "child: %d %d parent %s", variable, local,
                              getppid() == parent ? "known" : "unknown");
        write(ends[1], text, length);
        exit(3);
    }
    close(ends[1]);
    char text[64] = "";
    size_t length = 0;
    ssize_t part;
    while ((part = read(ends[0], text + length, sizeof text - 1 - length)) > 0)
        length += part;
    printf("%s\n", text);
    end_of("fork", child);
    printf("parent: %d %d\n", variable, local);
    fflush(stdout);

    /* Children of children, each with memory of its own. */
    int depth = 0;
    while (depth < 4 && (child = fork()) == 0)
        depth++;
    if (child > 0) {
        int status;
        waitpid(child, &status, 0);
        if (depth > 0)
            _exit(WEXITSTATUS(status) + depth);
        printf("sum %d\n", WEXITSTATUS(status));
    } else {
        _exit(depth);
    }
}

static void waiting(void)
{
    int status;
    pid_t none = wait(&status);
    printf("none: %d %d\n", (int)none, errno == ECHILD);
    pid_t children[5];
    for (int i = 0; i < 5; i++) {
        fflush(stdout);
        children[i] = fork();
        if (children[i] == 0)
            _exit(i * 10);
    }
    for (int i = 4; i >= 0; i--)
        end_of("child", children[i]);
    pid_t sleeper = fork();
    if (sleeper == 0) {
        pause();
        _exit(0);
    }
    printf("running: %d\n", (int)waitpid(sleeper, &status, WNOHANG));
    fflush(stdout);
    kill(sleeper, SIGKILL);
    end_of("killed", sleeper);
}

static void executing(void)
{
    pid_t child = fork();
    if (child == 0) {
        char *arguments[] = {"echo", "a native", "program", NULL};
        execvp("echo", arguments);
        _exit(127);
    }
    end_of("native", child);
    child = fork();
    if (child == 0) {
        char *arguments[] = {"sh", "-c", "echo \"$VARIABLE\"; exit 9", NULL};
        char *variables[] = {"VARIABLE=of the new program", "PATH=/usr/bin:/bin", NULL};
        execve("/bin/sh", arguments, variables);
        _exit(127);
    }
    end_of("environment", child);
    char *arguments[] = {"missing", NULL};
    int result = execv("/nonexistent/program", arguments);
    printf("missing: %d %s\n", result, strerror(errno));
}

static void spawning(void)
{
    pid_t child;
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 1, "spawned.txt", O_WRONLY | O_CREAT | O_TRUNC, 0644);
    char *arguments[] = {"echo", "spawned", NULL};
    int error = posix_spawnp(&child, "echo", &actions, NULL, arguments, environ);
    posix_spawn_file_actions_destroy(&actions);
    printf("posix_spawnp: %d\n", error);
    if (error == 0)
        end_of("spawned", child);
}

static void shell(void)
{
    char line[64];
    FILE *pipe = popen("echo one; echo two; exit 4", "r");
    while (pipe && fgets(line, sizeof line, pipe))
        printf("read %s", line);
    printf("pclose %d\n", WEXITSTATUS(pclose(pipe)));
    fflush(stdout);
    pipe = popen("tr a-z A-Z", "w");
    fputs("written to a command\n", pipe);
    printf("pclose %d\n", WEXITSTATUS(pclose(pipe)));
    fflush(stdout);
    printf("system %d\n", WEXITSTATUS(system("exit 6")));
    printf("a shell: %d\n", system(NULL) != 0);
}

static void expand(const char *words, int flags)
{
    wordexp_t list = {.we_offs = 2};
    int error = wordexp(words, &list, flags);
    const char *errors[] = {"none", "no space", "bad character", "bad value", "command", "syntax"};
    printf("%s: %s", words, errors[error]);
    if (!error) {
        size_t skipped = flags & WRDE_DOOFFS ? 2 : 0;
        printf(", %zu:", list.we_wordc);
        for (size_t i = 0; i < list.we_wordc; i++)
            printf(" [%s]", list.we_wordv[skipped + i]);
        printf(" %d %d", skipped && list.we_wordv[0], list.we_wordv[skipped + list.we_wordc] == NULL);
        wordfree(&list);
    }
    printf("\n");
    fflush(stdout);
}

static void expanding(void)
{
    fclose(fopen("file one", "w"));
    fclose(fopen("file two", "w"));
    setenv("WORDS", "some  words", 1);
    unsetenv("MISSING");
    expand("", 0);
    expand("one two", 0);
    expand("'one two' \"three  four\" five\\ six", 0);
    expand("$WORDS \"$WORDS\" ${WORDS} ${MISSING:-else} $MISSING", 0);
    expand("fi* none* 'fi*'", 0);
    expand("$((6 * 7)) $(echo a b) `echo c`", 0);
    expand("a b", WRDE_DOOFFS);
    expand("$(echo a)", WRDE_NOCMD);
    expand("\"`echo a`\"", WRDE_NOCMD);
    expand("'$(echo a)'", WRDE_NOCMD);
    expand("$((1 + 2))", WRDE_NOCMD);
    expand("a | b", 0);
    expand("a; b", 0);
    expand("\"a; b\"", 0);
    expand("'unfinished", 0);
    expand("\"unfinished", 0);
    expand("$MISSING", WRDE_UNDEF);
    expand("$WORDS", WRDE_UNDEF);

    wordexp_t list;
    printf("%d", wordexp("one two", &list, 0));
    printf(" %d", wordexp("three", &list, WRDE_APPEND));
    printf(" %d", wordexp("a &", &list, WRDE_APPEND));
    printf(" %zu %s %s\n", list.we_wordc, list.we_wordv[0], list.we_wordv[2]);
    printf("%d", wordexp("four", &list, WRDE_REUSE));
    printf(" %zu %s\n", list.we_wordc, list.we_wordv[0]);
    wordfree(&list);
}

static volatile sig_atomic_t caught;

static void on_signal(int signal)
{
    caught = signal;
}

static void signalling(void)
{
    sigset_t blocked, before;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGCHLD);
    sigaddset(&blocked, SIGUSR1);
    sigprocmask(SIG_BLOCK, &blocked, &before);
    struct sigaction action = {.sa_handler = on_signal};
    sigaction(SIGCHLD, &action, NULL);
    sigaction(SIGUSR1, &action, NULL);
    pid_t parent = getpid(), child = fork();
    if (child == 0) {
        kill(parent, SIGUSR1);
        sigsuspend(&before);
        _exit(caught == SIGUSR1 ? 0 : 1);
    }
    sigsuspend(&before);
    printf("from the child: %d\n", caught == SIGUSR1);
    kill(child, SIGUSR1);
    sigsuspend(&before);
    printf("of its end: %d\n", caught == SIGCHLD);
    end_of("child", child);
    fflush(stdout);
    child = fork();
    if (child == 0)
        abort();
    end_of("abort", child);
}

static void identity(void)
{
    struct passwd *user = getpwuid(getuid());
    struct group *group = getgrgid(getgid());
    printf("user %s group %s\n", user ? user->pw_name : "?", group ? group->gr_name : "?");
    user = getpwnam("root");
    printf("root %d %s\n", user ? (int)user->pw_uid : -1, user ? user->pw_dir : "?");
    printf("nobody of this name: %d\n", getpwnam("no such user") == NULL);
    printf("leader: %d\n", getpgid(0) == getpgrp());
    pid_t child = fork();
    if (child == 0) {
        pid_t session = setsid();
        _exit(session == getpid() && getsid(0) == session && getpgrp() == session ? 0 : 1);
    }
    end_of("setsid", child);
}

static void environment(void)
{
    int result = clearenv();
    printf("clearing: %d, %s\n", result, getenv("PATH") ? "left" : "gone");
    setenv("NEW", "value", 1);
    printf("NEW is %s\n", getenv("NEW"));
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        execl("/usr/bin/env", "env", (char *)0);
        _exit(127);
    }
    end_of("env", child);
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*run)(void);
    } chapters[] = {
        {"forking", forking},   {"waiting", waiting},       {"executing", executing},
        {"spawning", spawning}, {"expanding", expanding},   {"shell", shell},
        {"signalling", signalling},
        {"identity", identity}, {"environment", environment},
    };
    const char *name = argc > 1 ? argv[1] : "";
    if (strcmp(name, "lines") == 0) {
        for (int i = 0; i < 9; i++)
            printf("line %d\n", i);
        return 0;
    }
    if (strcmp(name, "copy") == 0) {
        int c;
        while ((c = getchar()) != EOF)
            putchar(c);
        return 0;
    }
    for (size_t i = 0; i < sizeof chapters / sizeof *chapters; i++)
        if (strcmp(name, chapters[i].name) == 0) {
            chapters[i].run();
            return 0;
        }
    return 2;
}
