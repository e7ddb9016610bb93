/* posix_spawn and posix_spawnp: fork, the actions, exec. */

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum kind { CLOSE, DUPLICATE, OPEN, CHANGE_DIRECTORY, CHANGE_DIRECTORY_TO };

/* One action. `posix_spawn_file_actions_t` has room for a pointer: the first. */
struct action {
	struct action *next;
	enum kind kind;
	int fd, from, flags;
	mode_t mode;
	char path[];
};

int posix_spawn_file_actions_init(posix_spawn_file_actions_t *actions)
{
	actions->__actions = 0;
	return 0;
}

int posix_spawn_file_actions_destroy(posix_spawn_file_actions_t *actions)
{
	struct action *action = actions->__actions;
	while (action) {
		struct action *next = action->next;
		free(action);
		action = next;
	}
	actions->__actions = 0;
	return 0;
}

static int add(posix_spawn_file_actions_t *actions, struct action new, const char *path)
{
	size_t length = path ? strlen(path) + 1 : 0;
	struct action *action = malloc(sizeof *action + length);
	if (!action)
		return ENOMEM;
	*action = new;
	action->next = 0;
	memcpy(action->path, path ? path : "", length);
	if (!actions->__actions) {
		actions->__actions = action;
		return 0;
	}
	struct action *last = actions->__actions;
	while (last->next)
		last = last->next;
	last->next = action;
	return 0;
}

int posix_spawn_file_actions_addclose(posix_spawn_file_actions_t *actions, int fd)
{
	if (fd < 0)
		return EBADF;
	return add(actions, (struct action){ .kind = CLOSE, .fd = fd }, 0);
}

int posix_spawn_file_actions_adddup2(posix_spawn_file_actions_t *actions, int from, int fd)
{
	if (from < 0 || fd < 0)
		return EBADF;
	return add(actions, (struct action){ .kind = DUPLICATE, .fd = fd, .from = from }, 0);
}

int posix_spawn_file_actions_addopen(posix_spawn_file_actions_t *restrict actions, int fd,
	const char *restrict path, int flags, mode_t mode)
{
	if (fd < 0)
		return EBADF;
	struct action action = { .kind = OPEN, .fd = fd, .flags = flags, .mode = mode };
	return add(actions, action, path);
}

int posix_spawn_file_actions_addchdir_np(posix_spawn_file_actions_t *restrict actions,
	const char *restrict path)
{
	return add(actions, (struct action){ .kind = CHANGE_DIRECTORY }, path);
}

int posix_spawn_file_actions_addfchdir_np(posix_spawn_file_actions_t *actions, int fd)
{
	if (fd < 0)
		return EBADF;
	return add(actions, (struct action){ .kind = CHANGE_DIRECTORY_TO, .fd = fd }, 0);
}

/* Carries an action out, in the child; -1 and errno. */
static int perform(const struct action *action)
{
	switch (action->kind) {
	case CLOSE:
		/* One that is not open is closed already. */
		close(action->fd);
		return 0;
	case DUPLICATE:
		if (action->from != action->fd)
			return dup2(action->from, action->fd);
		int flags = fcntl(action->fd, F_GETFD);
		return flags < 0 ? -1 : fcntl(action->fd, F_SETFD, flags & ~FD_CLOEXEC);
	case OPEN: {
		int fd = open(action->path, action->flags, action->mode);
		if (fd < 0 || fd == action->fd)
			return fd;
		int result = dup2(fd, action->fd);
		close(fd);
		return result;
	}
	case CHANGE_DIRECTORY:
		return chdir(action->path);
	case CHANGE_DIRECTORY_TO:
		return fchdir(action->fd);
	}
	return 0;
}

/* Sets the child up as the attributes want it; -1 and errno. */
static int apply(const posix_spawnattr_t *attributes)
{
	short flags = 0;
	posix_spawnattr_getflags(attributes, &flags);
	if (flags & POSIX_SPAWN_SETSIGDEF) {
		sigset_t set;
		posix_spawnattr_getsigdefault(attributes, &set);
		for (int number = 1; number < _NSIG; number++)
			if (sigismember(&set, number) == 1)
				signal(number, SIG_DFL);
	}
	if (flags & POSIX_SPAWN_SETSID && setsid() < 0)
		return -1;
	if (flags & POSIX_SPAWN_SETPGROUP) {
		pid_t group = 0;
		posix_spawnattr_getpgroup(attributes, &group);
		if (setpgid(0, group))
			return -1;
	}
	if (flags & POSIX_SPAWN_RESETIDS && (setegid(getgid()) || seteuid(getuid())))
		return -1;
	if (flags & POSIX_SPAWN_SETSIGMASK) {
		sigset_t set;
		posix_spawnattr_getsigmask(attributes, &set);
		sigprocmask(SIG_SETMASK, &set, 0);
	}
	return 0;
}

typedef int exec_function(const char *, char *const[], char *const[]);

static int spawn(exec_function *exec, pid_t *restrict result, const char *restrict program,
	const posix_spawn_file_actions_t *actions, const posix_spawnattr_t *restrict attributes,
	char *const argv[restrict], char *const envp[restrict])
{
	/* Through it the child tells why it failed; exec closes it. */
	int report[2];
	if (pipe(report))
		return errno;
	fcntl(report[0], F_SETFD, FD_CLOEXEC);
	fcntl(report[1], F_SETFD, FD_CLOEXEC);
	pid_t child = fork();
	if (child < 0) {
		int error = errno;
		close(report[0]);
		close(report[1]);
		return error;
	}
	if (child == 0) {
		int failed = attributes && apply(attributes);
		const struct action *action = actions ? actions->__actions : 0;
		for (; action && !failed; action = action->next) {
			/* The actions must not meet the pipe. */
			if (action->fd == report[1] && action->kind != CHANGE_DIRECTORY) {
				int other = fcntl(report[1], F_DUPFD_CLOEXEC, 0);
				if (other < 0)
					_exit(127);
				close(report[1]);
				report[1] = other;
			}
			failed = perform(action) < 0;
		}
		if (!failed)
			exec(program, argv, envp ? envp : (char *[]){ 0 });
		int error = errno;
		while (write(report[1], &error, sizeof error) < 0 && errno == EINTR);
		_exit(127);
	}
	close(report[1]);
	int error = 0;
	ssize_t length;
	while ((length = read(report[0], &error, sizeof error)) < 0 && errno == EINTR);
	close(report[0]);
	if (length == sizeof error) {
		while (waitpid(child, 0, 0) < 0 && errno == EINTR);
		return error;
	}
	if (result)
		*result = child;
	return 0;
}

int posix_spawn(pid_t *restrict result, const char *restrict path,
	const posix_spawn_file_actions_t *actions, const posix_spawnattr_t *restrict attributes,
	char *const argv[restrict], char *const envp[restrict])
{
	return spawn(execve, result, path, actions, attributes, argv, envp);
}

int posix_spawnp(pid_t *restrict result, const char *restrict file,
	const posix_spawn_file_actions_t *actions, const posix_spawnattr_t *restrict attributes,
	char *const argv[restrict], char *const envp[restrict])
{
	return spawn(execvpe, result, file, actions, attributes, argv, envp);
}
