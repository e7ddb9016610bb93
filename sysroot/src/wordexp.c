/* wordexp: a shell expands words. */

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <wordexp.h>

extern char **environ;

/* What the shell is given: the words are its first argument, and each that they become
 * is written with its zero. The first that is written says that they could be read. */
static const char SCRIPT[] = "eval \"set -- $1\" && printf '%s\\0' ok \"$@\"";

/* Looks for what POSIX does not allow outside of quotes, and for commands. */
static int check(const char *words, int flags)
{
	int single = 0, twice = 0, braces = 0;
	for (const char *at = words; *at; at++) {
		if (single) {
			single = *at != '\'';
			continue;
		}
		switch (*at) {
		case '\\':
			/* The last character of all stands for itself. */
			if (at[1])
				at++;
			break;
		case '\'':
			single = !twice && !braces;
			break;
		case '"':
			twice = !twice;
			break;
		case '`':
			if (flags & WRDE_NOCMD)
				return WRDE_CMDSUB;
			/* What is within is the shell's. */
			for (at++; *at && *at != '`'; at++)
				if (*at == '\\' && at[1])
					at++;
			if (!*at)
				return WRDE_SYNTAX;
			break;
		case '$':
			if (at[1] == '{') {
				braces++;
				at++;
			} else if (at[1] == '(') {
				if (flags & WRDE_NOCMD && at[2] != '(')
					return WRDE_CMDSUB;
				int depth = 0;
				for (at++; *at; at++) {
					if (flags & WRDE_NOCMD && (*at == '`' || (*at == '$' && at[1] == '(' && at[2] != '(')))
						return WRDE_CMDSUB;
					depth += (*at == '(') - (*at == ')');
					if (!depth)
						break;
				}
				if (!*at)
					return WRDE_SYNTAX;
			}
			break;
		case '}':
			if (braces)
				braces--;
			else if (!twice)
				return WRDE_BADCHAR;
			break;
		case '\n': case '|': case '&': case ';': case '<': case '>': case '(': case ')': case '{':
			if (!twice && !braces)
				return WRDE_BADCHAR;
		}
	}
	return single || twice || braces ? WRDE_SYNTAX : 0;
}

/* Starts the shell; returns the end of a pipe from which its words are read, or -1. */
static int start(const char *words, int flags, pid_t *child)
{
	int ends[2];
	if (pipe2(ends, O_CLOEXEC))
		return -1;
	posix_spawn_file_actions_t actions;
	posix_spawn_file_actions_init(&actions);
	int error = posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
	if (!error && !(flags & WRDE_SHOWERR))
		error = posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
	char *options = flags & WRDE_UNDEF ? "-uc" : "-c";
	char *arguments[] = { "sh", options, (char *)SCRIPT, "sh", (char *)words, 0 };
	if (!error)
		error = posix_spawn(child, "/bin/sh", &actions, 0, arguments, environ);
	posix_spawn_file_actions_destroy(&actions);
	close(ends[1]);
	if (!error)
		return ends[0];
	close(ends[0]);
	return -1;
}

/* Adds a word, or null, to the list, which is as long as `*room` allows. */
static int add(wordexp_t *list, size_t *room, size_t at, char *word)
{
	if (at >= *room) {
		size_t more = *room * 2 + 16;
		char **larger = realloc(list->we_wordv, more * sizeof *larger);
		if (!larger)
			return -1;
		list->we_wordv = larger;
		*room = more;
	}
	list->we_wordv[at] = word;
	return 0;
}

static int expand(const char *words, wordexp_t *list, int flags)
{
	size_t skipped = flags & WRDE_DOOFFS ? list->we_offs : 0;
	size_t room = flags & WRDE_APPEND ? skipped + list->we_wordc + 1 : 0;
	if (!(flags & WRDE_APPEND)) {
		list->we_wordc = 0;
		list->we_wordv = 0;
		for (size_t i = 0; i <= skipped; i++)
			if (add(list, &room, i, 0))
				return WRDE_NOSPACE;
	}
	int error = check(words, flags);
	if (error)
		return error;
	pid_t child;
	int from = start(words, flags, &child);
	FILE *file = from < 0 ? 0 : fdopen(from, "r");
	if (!file) {
		if (from >= 0)
			close(from);
		return WRDE_NOSPACE;
	}
	char *word = 0;
	size_t size = 0;
	int begun = 0;
	while (!error && getdelim(&word, &size, 0, file) >= 0) {
		if (!begun) {
			begun = 1;
			continue;
		}
		char *own = strdup(word);
		size_t at = skipped + list->we_wordc;
		if (!own || add(list, &room, at, own) || add(list, &room, at + 1, 0)) {
			if (own && list->we_wordv[at] == own)
				list->we_wordv[at] = 0;
			free(own);
			error = WRDE_NOSPACE;
			break;
		}
		list->we_wordc++;
	}
	free(word);
	fclose(file);
	while (waitpid(child, 0, 0) < 0 && errno == EINTR)
		continue;
	if (!error && !begun)
		error = flags & WRDE_UNDEF ? WRDE_BADVAL : WRDE_SYNTAX;
	return error;
}

int wordexp(const char *restrict words, wordexp_t *restrict list, int flags)
{
	if (flags & WRDE_REUSE)
		wordfree(list);
	wordexp_t before = *list;
	int error = expand(words, list, flags);
	/* Nothing was changed then. */
	if (error && error != WRDE_NOSPACE && !(flags & WRDE_APPEND)) {
		free(list->we_wordv);
		*list = before;
	}
	return error;
}

void wordfree(wordexp_t *list)
{
	if (!list->we_wordv)
		return;
	/* Those before `we_offs` are null, as long as it was asked for. */
	size_t at = 0;
	for (size_t left = list->we_wordc; left; at++) {
		if (list->we_wordv[at])
			left--;
		free(list->we_wordv[at]);
	}
	free(list->we_wordv);
	list->we_wordv = 0;
	list->we_wordc = 0;
}
