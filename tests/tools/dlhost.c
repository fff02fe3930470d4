/* SPDX-License-Identifier: MIT */
/*
 * Loads and unloads a module, and checks that nothing of it stays.
 *
 * dlhost MODULE TIMES: loads it with every symbol bound at once, looks for its two hooks and for
 * those that it must not have, unloads it; at the end there must be no descriptor and no mapping
 * that was not there after the first time.
 */
#include <dirent.h>
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

static int check_hooks(void *module)
{
	static const char *const wanted[] = {"pam_sm_open_session", "pam_sm_close_session"};
	static const char *const unwanted[] = {
		"pam_sm_authenticate", "pam_sm_setcred",   "main",
		"pam_sm_acct_mgmt",    "pam_sm_chauthtok", "wire_send"};

	for (size_t i = 0; i < sizeof(wanted) / sizeof(*wanted); i++)
		if (!dlsym(module, wanted[i])) {
			fprintf(stderr, "%s is not there\n", wanted[i]);
			return -1;
		}
	for (size_t i = 0; i < sizeof(unwanted) / sizeof(*unwanted); i++)
		if (dlsym(module, unwanted[i]) && !dlsym(RTLD_DEFAULT, unwanted[i])) {
			fprintf(stderr, "%s is there\n", unwanted[i]);
			return -1;
		}
	return 0;
}

static int load_once(const char *path)
{
	void *module = dlopen(path, RTLD_NOW | RTLD_LOCAL);

	if (!module) {
		fprintf(stderr, "%s\n", dlerror());
		return -1;
	}
	if (check_hooks(module) < 0)
		return -1;
	return dlclose(module);
}

static int count_lines(const char *path)
{
	NSI_AUTO_FILE FILE *in = fopen(path, "re");
	int lines = 0;
	int c;

	while (in && (c = getc(in)) != EOF)
		lines += c == '\n';
	return lines;
}

static int count_descriptors(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int count = 0;

	while (dir && readdir(dir))
		count++;
	if (dir)
		closedir(dir);
	return count;
}

int main(int argc, char **argv)
{
	int descriptors;
	int mappings;

	if (argc != 3) {
		fprintf(stderr, "usage: dlhost MODULE TIMES\n");
		return 2;
	}
	if (load_once(argv[1]) < 0)
		return 1;
	descriptors = count_descriptors();
	mappings = count_lines("/proc/self/maps");
	for (long left = strtol(argv[2], NULL, 10); left > 1; left--)
		if (load_once(argv[1]) < 0)
			return 1;
	if (count_descriptors() != descriptors || count_lines("/proc/self/maps") > mappings + 2) {
		fprintf(stderr, "descriptors %d, were %d; mappings %d, were %d\n",
			count_descriptors(), descriptors, count_lines("/proc/self/maps"), mappings);
		return 1;
	}
	return 0;
}
