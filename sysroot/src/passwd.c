/* Users, from /etc/passwd. */

#define _GNU_SOURCE
#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char path[] = "/etc/passwd";

/* Cuts the next field off a line; null when there is none. */
static char *field(char **rest)
{
	char *start = *rest;
	if (!start)
		return 0;
	char *colon = strchr(start, ':');
	if (colon)
		*colon++ = 0;
	*rest = colon;
	return start;
}

/* Reads a line, which the result's strings are parts of; 0 when it is none. */
static int parse(char *line, struct passwd *user)
{
	line[strcspn(line, "\n")] = 0;
	char *rest = line;
	user->pw_name = field(&rest);
	user->pw_passwd = field(&rest);
	char *uid = field(&rest), *gid = field(&rest);
	user->pw_gecos = field(&rest);
	user->pw_dir = field(&rest);
	user->pw_shell = field(&rest);
	if (!user->pw_shell || !*user->pw_name)
		return 0;
	char *end, *end_of_group;
	user->pw_uid = strtoul(uid, &end, 10);
	user->pw_gid = strtoul(gid, &end_of_group, 10);
	return end != uid && !*end && end_of_group != gid && !*end_of_group;
}

/* The next user of a file, in a line that is made as long as it needs to be. */
static int next(FILE *file, char **line, size_t *size, struct passwd *user)
{
	while (getline(line, size, file) >= 0)
		if (parse(*line, user))
			return 1;
	return 0;
}

static int find(const char *name, uid_t uid, char **line, size_t *size, struct passwd *user)
{
	FILE *file = fopen(path, "re");
	if (!file)
		return 0;
	int found = 0;
	while (!found && next(file, line, size, user))
		found = name ? !strcmp(name, user->pw_name) : user->pw_uid == uid;
	fclose(file);
	return found;
}

static struct passwd *find_static(const char *name, uid_t uid)
{
	static struct passwd user;
	static char *line;
	static size_t size;
	return find(name, uid, &line, &size, &user) ? &user : 0;
}

struct passwd *getpwnam(const char *name)
{
	return find_static(name, 0);
}

struct passwd *getpwuid(uid_t uid)
{
	return find_static(0, uid);
}

static int find_into(const char *name, uid_t uid, struct passwd *user, char *buffer, size_t size,
	struct passwd **result)
{
	char *line = 0, *at = buffer;
	size_t line_size = 0;
	struct passwd found;
	*result = 0;
	int error = 0;
	if (find(name, uid, &line, &line_size, &found)) {
		char **strings[] = { &found.pw_name, &found.pw_passwd, &found.pw_gecos,
			&found.pw_dir, &found.pw_shell };
		for (int i = 0; i < 5 && !error; i++) {
			size_t length = strlen(*strings[i]) + 1;
			if (length > size - (at - buffer)) {
				error = ERANGE;
				break;
			}
			*strings[i] = memcpy(at, *strings[i], length);
			at += length;
		}
		if (!error) {
			*user = found;
			*result = user;
		}
	}
	free(line);
	return error;
}

int getpwnam_r(const char *name, struct passwd *user, char *buffer, size_t size,
	struct passwd **result)
{
	return find_into(name, 0, user, buffer, size, result);
}

int getpwuid_r(uid_t uid, struct passwd *user, char *buffer, size_t size, struct passwd **result)
{
	return find_into(0, uid, user, buffer, size, result);
}

static FILE *all;

void setpwent(void)
{
	if (all)
		fclose(all);
	all = 0;
}

void endpwent(void)
{
	setpwent();
}

struct passwd *getpwent(void)
{
	static struct passwd user;
	static char *line;
	static size_t size;
	if (!all)
		all = fopen(path, "re");
	return all && next(all, &line, &size, &user) ? &user : 0;
}
