/* SPDX-License-Identifier: MIT */
#include "ctl/lint.h"

#include <ctype.h>
#include <dirent.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "policy/image.h"

enum {
	SUDOERS_DEPTH = 16, /* of files that include each other; sudo's own bound is 128 */
	SUDOERS_WORD = 256
};

struct sudoers_walk {
	bool (*find)(char *text,
		     char ret[SUDOERS_WORD]); /* in one logical line, which it may cut */
	sudoers_fn each;
	void *arg;
	unsigned depth;
};

static void sudoers_read(struct sudoers_walk *w, const char *path);

/* Cuts a comment off; "#1000" is a uid. */
static void sudoers_cut_comment(char *line)
{
	for (char *at = line; (at = strchr(at, '#')) != NULL; at++)
		if ((at == line || isspace((unsigned char)at[-1])) &&
		    !isdigit((unsigned char)at[1])) {
			*at = '\0';
			return;
		}
}

/* A logical line: those that end in "\" are joined.  @number becomes that of its last one. */
static bool sudoers_next(FILE *file, char **line, size_t *room, char *ret, size_t size,
			 unsigned *number)
{
	size_t used = 0;
	bool more = true;

	ret[0] = '\0';
	while (more && getline(line, room, file) >= 0) {
		size_t len = strcspn(*line, "\n");

		(*number)++;
		more = len > 0 && (*line)[len - 1] == '\\';
		(*line)[more ? len - 1 : len] = '\0';
		used += (size_t)snprintf(ret + used, size - used, "%s", *line);
		if (used >= size) /* longer than what is of interest in it */
			used = size - 1;
		if (!more)
			return true;
	}
	return used > 0;
}

static bool sudoers_starts(const char *text, const char *word)
{
	size_t len = strlen(word);

	return strncmp(text, word, len) == 0 && (isspace((unsigned char)text[len]) || !text[len]);
}

/* Whether an element of a list of hosts is a name, which a set may change. */
static bool sudoers_is_name(const char *host)
{
	host += strspn(host, "!");
	return *host && strcmp(host, "ALL") != 0 && strspn(host, "0123456789./") != strlen(host) &&
	       !strchr(host, ':');
}

/* The first name among "a, b,c", copied to @ret. */
static bool sudoers_find_name(char *list, char ret[SUDOERS_WORD])
{
	char *save = NULL;

	for (char *host = strtok_r(list, ", \t", &save); host; host = strtok_r(NULL, ", \t", &save))
		if (sudoers_is_name(host)) {
			text_fmt(ret, SUDOERS_WORD, "%s", host);
			return true;
		}
	return false;
}

/* The last list in "USERS HOSTS": where a blank ends it that stands beside no comma. */
static char *sudoers_last_list(char *text)
{
	size_t at = strlen(text);

	while (at > 0 && isspace((unsigned char)text[at - 1]))
		text[--at] = '\0';
	for (; at > 0; at--) {
		size_t before = at;

		if (!isspace((unsigned char)text[at - 1]))
			continue;
		while (before > 0 && isspace((unsigned char)text[before - 1]))
			before--;
		if (before > 0 && text[before - 1] != ',' && text[at] != ',')
			return text + at;
		at = before + 1;
	}
	return NULL;
}

/* Whether @text, one logical line, names a host. */
static bool sudoers_names_host(char *text, char ret[SUDOERS_WORD])
{
	static const char *const others[] = {"User_Alias", "Runas_Alias", "Cmnd_Alias", "Cmd_Alias",
					     "Host_Alias"};
	char *equals = strchr(text, '='), *hosts;

	if (strncmp(text, "Defaults@", 9) == 0) {
		text[strcspn(text, " \t")] = '\0';
		return sudoers_find_name(text + 9, ret);
	}
	if (strncmp(text, "Defaults", 8) == 0 || !equals)
		return false;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (sudoers_starts(text, others[i]))
			return false; /* an alias of hosts harms where a rule has it */
	*equals = '\0';
	hosts = sudoers_last_list(text);
	return hosts && sudoers_find_name(hosts, ret);
}

/* Whether @text, one logical line, is "Defaults ... !pam_session". */
static bool sudoers_turns_sessions_off(char *text, char ret[SUDOERS_WORD])
{
	static const char off[] = "!pam_session";
	const char *word = strncmp(text, "Defaults", 8) == 0 ? strstr(text, off) : NULL;

	if (!word || isalnum((unsigned char)word[strlen(off)]) || word[strlen(off)] == '_')
		return false;
	text_fmt(ret, SUDOERS_WORD, "%s", off);
	return true;
}

static int sudoers_is_included(const struct dirent *e)
{
	return !strchr(e->d_name, '.') && e->d_name[strlen(e->d_name) - 1] != '~';
}

static void sudoers_read_directory(struct sudoers_walk *w, const char *path)
{
	struct dirent **names = NULL;
	int count = scandir(path, &names, sudoers_is_included, alphasort);

	for (int i = 0; i < count; i++) {
		char file[PATH_MAX];

		if (snprintf(file, sizeof(file), "%s/%s", path, names[i]->d_name) <
		    (int)sizeof(file))
			sudoers_read(w, file);
		free(names[i]);
	}
	free(names);
}

/* "@include FILE", "#includedir DIR": true if the line was one. */
static bool sudoers_include(struct sudoers_walk *w, const char *from, char *text)
{
	bool is_directory = sudoers_starts(text + 1, "includedir");
	char path[PATH_MAX], *name;

	if ((text[0] != '@' && text[0] != '#') ||
	    !(is_directory || sudoers_starts(text + 1, "include")))
		return false;
	name = text + 1 + strcspn(text + 1, " \t");
	name += strspn(name, " \t\"");
	name[strcspn(name, " \t\"")] = '\0';
	if (snprintf(path, sizeof(path), "%.*s%s",
		     name[0] == '/' ? 0 : (int)(strrchr(from, '/') + 1 - from), from,
		     name) >= (int)sizeof(path))
		return true;
	if (is_directory)
		sudoers_read_directory(w, path);
	else
		sudoers_read(w, path);
	return true;
}

static void sudoers_read(struct sudoers_walk *w, const char *path)
{
	NSI_AUTO_FILE FILE *file = w->depth < SUDOERS_DEPTH ? fopen(path, "re") : NULL;
	NSI_AUTO_FREE char *line = NULL;
	char text[8192], found[SUDOERS_WORD];
	unsigned number = 0;
	bool is_told = false;
	size_t room = 0;

	w->depth++;
	while (file && sudoers_next(file, &line, &room, text, sizeof(text), &number)) {
		char *start = text + strspn(text, " \t");

		if (sudoers_include(w, path, start))
			continue;
		sudoers_cut_comment(start);
		if (is_told || !w->find(start, found))
			continue;
		w->each(w->arg, path, number, found);
		is_told = true;
	}
	w->depth--;
}

void sudoers_find_hosts(const char *path, sudoers_fn each, void *arg)
{
	struct sudoers_walk w = {.find = sudoers_names_host, .each = each, .arg = arg};

	sudoers_read(&w, path);
}

static void sudoers_note_line(void *arg, const char *file, unsigned line, const char *what)
{
	bool *is_found = arg;

	(void)file, (void)line, (void)what;
	*is_found = true;
}

bool sudoers_open_sessions(const char *path)
{
	bool is_off = false;
	struct sudoers_walk w = {
		.find = sudoers_turns_sessions_off, .each = sudoers_note_line, .arg = &is_off};

	sudoers_read(&w, path);
	return !is_off;
}

struct sudoers_lint {
	lint_fn report;
	void *arg;
	const char *policy;
};

static void sudoers_report_host(void *arg, const char *file, unsigned line, const char *host)
{
	const struct sudoers_lint *l = arg;
	char text[600];

	text_fmt(text, sizeof(text),
		 "it names the host %.200s, and the sets of policy '%.200s' have another host "
		 "name, so the line does not hold there",
		 host, l->policy);
	l->report(l->arg,
		  &(struct lint){.finding = FIND_SUDOERS_HOST,
				 .file = file,
				 .line = line,
				 .text = text,
				 .remedy =
					 "write ALL for the host there, or take 'hostname' out of "
					 "the policy"});
}

void lint_sudoers(const struct pol_image *image, lint_fn report, void *arg)
{
	for (uint32_t i = 0; i < image->table[POL_TABLE_POLICIES].count; i++) {
		const struct pol_policy *p = policy_get(image, i);
		struct sudoers_lint l = {report, arg, policy_str(image, p->name)};

		if (!p->hostname || !policy_str(image, p->hostname)[0])
			continue;
		sudoers_find_hosts("/etc/sudoers", sudoers_report_host, &l);
		return;
	}
}
