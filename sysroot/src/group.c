/* Groups, from /etc/group. */

#define _GNU_SOURCE
#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char path[] = "/etc/group";

/* A line of the file and what it says. */
struct entry {
	char *line;
	size_t size;
	char **members;
	struct group group;
};

static void release(struct entry *entry)
{
	free(entry->line);
	free(entry->members);
	memset(entry, 0, sizeof *entry);
}

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

/* 0 when the line describes no group. */
static int parse(struct entry *entry)
{
	entry->line[strcspn(entry->line, "\n")] = 0;
	char *rest = entry->line;
	struct group *group = &entry->group;
	group->gr_name = field(&rest);
	group->gr_passwd = field(&rest);
	char *gid = field(&rest), *list = field(&rest), *end;
	if (!list || !*group->gr_name)
		return 0;
	group->gr_gid = strtoul(gid, &end, 10);
	if (end == gid || *end)
		return 0;
	size_t count = 1;
	for (char *at = list; *at; at++)
		count += *at == ',';
	char **members = realloc(entry->members, (count + 1) * sizeof *members);
	if (!members)
		return 0;
	entry->members = group->gr_mem = members;
	for (char *name = strtok_r(list, ",", &end); name; name = strtok_r(0, ",", &end))
		*members++ = name;
	*members = 0;
	return 1;
}

static int next(FILE *file, struct entry *entry)
{
	while (getline(&entry->line, &entry->size, file) >= 0)
		if (parse(entry))
			return 1;
	return 0;
}

static int find(const char *name, gid_t gid, struct entry *entry)
{
	FILE *file = fopen(path, "re");
	if (!file)
		return 0;
	int found = 0;
	while (!found && next(file, entry))
		found = name ? !strcmp(name, entry->group.gr_name) : entry->group.gr_gid == gid;
	fclose(file);
	return found;
}

static struct group *find_static(const char *name, gid_t gid)
{
	static struct entry entry;
	return find(name, gid, &entry) ? &entry.group : 0;
}

struct group *getgrnam(const char *name)
{
	return find_static(name, 0);
}

struct group *getgrgid(gid_t gid)
{
	return find_static(0, gid);
}

/* Copies a string to `*at`; null when there is no room before `end`. */
static char *copy(const char *text, char **at, char *end)
{
	size_t length = strlen(text) + 1;
	if (length > (size_t)(end - *at))
		return 0;
	char *to = memcpy(*at, text, length);
	*at += length;
	return to;
}

/* Copies what was found to the caller's buffer. */
static int copy_out(const struct group *found, struct group *group, char *buffer, size_t size)
{
	size_t count = 0;
	while (found->gr_mem[count])
		count++;
	size_t unaligned = -(uintptr_t)buffer & (sizeof(char *) - 1);
	if (size < unaligned || (size - unaligned) / sizeof(char *) < count + 1)
		return ERANGE;
	char **members = (char **)(buffer + unaligned);
	char *at = (char *)(members + count + 1), *end = buffer + size;
	for (size_t i = 0; i < count; i++)
		if (!(members[i] = copy(found->gr_mem[i], &at, end)))
			return ERANGE;
	members[count] = 0;
	char *name = copy(found->gr_name, &at, end);
	char *password = name ? copy(found->gr_passwd, &at, end) : 0;
	if (!password)
		return ERANGE;
	*group = (struct group){ name, password, found->gr_gid, members };
	return 0;
}

static int find_into(const char *name, gid_t gid, struct group *group, char *buffer, size_t size,
	struct group **result)
{
	struct entry entry = { 0 };
	*result = 0;
	int error = 0;
	if (find(name, gid, &entry)) {
		error = copy_out(&entry.group, group, buffer, size);
		if (!error)
			*result = group;
	}
	release(&entry);
	return error;
}

int getgrnam_r(const char *name, struct group *group, char *buffer, size_t size,
	struct group **result)
{
	return find_into(name, 0, group, buffer, size, result);
}

int getgrgid_r(gid_t gid, struct group *group, char *buffer, size_t size, struct group **result)
{
	return find_into(0, gid, group, buffer, size, result);
}

static FILE *all;

void setgrent(void)
{
	if (all)
		fclose(all);
	all = 0;
}

void endgrent(void)
{
	setgrent();
}

struct group *getgrent(void)
{
	static struct entry entry;
	if (!all)
		all = fopen(path, "re");
	return all && next(all, &entry) ? &entry.group : 0;
}

int getgrouplist(const char *user, gid_t first, gid_t *groups, int *count)
{
	int room = *count, found = 1;
	if (room > 0)
		groups[0] = first;
	FILE *file = fopen(path, "re");
	struct entry entry = { 0 };
	while (file && next(file, &entry)) {
		char **member = entry.group.gr_mem;
		while (*member && strcmp(*member, user))
			member++;
		if (!*member || entry.group.gr_gid == first)
			continue;
		if (found < room)
			groups[found] = entry.group.gr_gid;
		found++;
	}
	if (file)
		fclose(file);
	release(&entry);
	*count = found;
	return found > room ? -1 : found;
}

int initgroups(const char *user, gid_t first)
{
	gid_t groups[NGROUPS_MAX];
	int count = NGROUPS_MAX;
	if (getgrouplist(user, first, groups, &count) < 0)
		count = NGROUPS_MAX;
	return setgroups(count, groups);
}
