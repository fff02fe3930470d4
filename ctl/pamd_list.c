/* SPDX-License-Identifier: MIT */
/* The list of the PAM services of this system */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "ctl/pamd.h"

#define PAM_CONF "/etc/pam.conf"

/* /usr/etc is where distributions build libpam with a vendor's directory (openSUSE). */
static const char *const system_dirs[PAMD_DIRS] = {"/etc/pam.d", "/usr/lib/pam.d",
						   "/usr/etc/pam.d"};

static bool pamd_is_directory(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

struct pamd_places pamd_places_of(const char *dir)
{
	struct pamd_places places = {.dirs = {dir}};
	unsigned count = 0;

	if (dir)
		return places;
	for (unsigned i = 0; i < PAMD_DIRS; i++)
		if (pamd_is_directory(system_dirs[i]))
			places.dirs[count++] = system_dirs[i];
	if (count == 0)
		places.conf = PAM_CONF;
	return places;
}

/* Leftovers of packages and editors are no services. */
static bool pamd_is_service(const char *name)
{
	size_t len = strlen(name);

	return len > 0 && name[0] != '.' && name[len - 1] != '~' && !strstr(name, ".dpkg-") &&
	       !strstr(name, ".rpm") && !strstr(name, ".ucf-") && !strstr(name, ".pam-old");
}

/* Files that others include, and that no program calls by their name. */
static bool pamd_is_fragment(const char *name)
{
	static const char *const fragments[] = {"common-",   "system-",      "password-auth",
						"postlogin", "fingerprint-", "smartcard-"};

	for (size_t i = 0; i < sizeof(fragments) / sizeof(fragments[0]); i++)
		if (strncmp(name, fragments[i], strlen(fragments[i])) == 0)
			return true;
	return false;
}

static int pamd_compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

bool pamd_names_have(const struct pamd_names *n, const char *name)
{
	for (unsigned i = 0; i < n->count; i++)
		if (strcmp(n->names[i], name) == 0)
			return true;
	return false;
}

void pamd_names_done(struct pamd_names *n)
{
	for (unsigned i = 0; i < n->count; i++)
		free(n->names[i]);
	free(n->names);
	*n = (struct pamd_names){0};
}

static int pamd_add_name(struct pamd_names *n, const char *name)
{
	char **more;

	if (!pamd_is_service(name) || pamd_is_fragment(name) || pamd_names_have(n, name))
		return 0;
	more = realloc(n->names, (n->count + 1) * sizeof(*more));
	if (!more)
		return -ENOMEM;
	n->names = more;
	n->names[n->count] = strdup(name);
	if (!n->names[n->count])
		return -ENOMEM;
	n->count++;
	return 0;
}

static int list_dir(const char *path, struct pamd_names *n)
{
	NSI_AUTO_DIR DIR *dir = opendir(path);
	struct dirent *e;
	int r = 0;

	if (!dir)
		return -errno;
	while (r == 0 && (errno = 0, e = readdir(dir)) != NULL)
		r = pamd_add_name(n, e->d_name);
	return r < 0 ? r : -errno;
}

static int list_conf(const char *path, struct pamd_names *n)
{
	NSI_AUTO_FILE FILE *file = fopen(path, "re");
	NSI_AUTO_FREE char *line = NULL;
	size_t room = 0;
	int r = 0;

	if (!file)
		return -errno;
	while (r == 0 && getline(&line, &room, file) >= 0) {
		char word[256];

		if (sscanf(line, " %255[^# \t\n]", word) != 1)
			continue;
		for (char *c = word; *c; c++)
			*c = (char)tolower((unsigned char)*c); /* as pam_start(3) does */
		r = pamd_add_name(n, word);
	}
	return r;
}

int pamd_list(const struct pamd_places *places, struct pamd_names *ret)
{
	int r = 0;

	*ret = (struct pamd_names){0};
	for (unsigned i = 0; r == 0 && places->dirs[i]; i++)
		r = list_dir(places->dirs[i], ret);
	if (!places->dirs[0])
		r = list_conf(places->conf, ret);
	if (ret->count > 1)
		qsort(ret->names, ret->count, sizeof(*ret->names), pamd_compare_names);
	return r;
}
