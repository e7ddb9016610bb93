/* popen and pclose. */

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* A stream whose other end a child has. */
struct stream {
	struct stream *next;
	FILE *file;
	pid_t child;
};

static struct stream *streams;

FILE *popen(const char *command, const char *mode)
{
	int reads = *mode == 'r';
	if (!reads && *mode != 'w') {
		errno = EINVAL;
		return 0;
	}
	int ends[2];
	struct stream *stream = malloc(sizeof *stream);
	if (!stream)
		return 0;
	if (pipe(ends)) {
		free(stream);
		return 0;
	}
	int ours = ends[!reads], theirs = ends[reads];
	fcntl(ours, F_SETFD, FD_CLOEXEC);
	posix_spawn_file_actions_t actions;
	posix_spawn_file_actions_init(&actions);
	int error = posix_spawn_file_actions_adddup2(&actions, theirs, reads);
	if (!error && theirs != reads)
		error = posix_spawn_file_actions_addclose(&actions, theirs);
	/* POSIX: a child does not have the streams of those before it. */
	for (struct stream *other = streams; other && !error; other = other->next)
		error = posix_spawn_file_actions_addclose(&actions, fileno(other->file));
	stream->file = error ? 0 : fdopen(ours, reads ? "r" : "w");
	if (!error && !stream->file)
		error = errno;
	char *arguments[] = { "sh", "-c", (char *)command, 0 };
	if (!error)
		error = posix_spawn(&stream->child, "/bin/sh", &actions, 0, arguments, environ);
	posix_spawn_file_actions_destroy(&actions);
	close(theirs);
	if (error) {
		if (stream->file)
			fclose(stream->file);
		else
			close(ours);
		free(stream);
		errno = error;
		return 0;
	}
	if (!strchr(mode, 'e'))
		fcntl(ours, F_SETFD, 0);
	stream->next = streams;
	streams = stream;
	return stream->file;
}

int pclose(FILE *file)
{
	struct stream **at = &streams;
	while (*at && (*at)->file != file)
		at = &(*at)->next;
	struct stream *stream = *at;
	if (!stream) {
		errno = ECHILD;
		return -1;
	}
	*at = stream->next;
	pid_t child = stream->child;
	free(stream);
	fclose(file);
	int status;
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return -1;
	return status;
}
