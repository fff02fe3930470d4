/* SPDX-License-Identifier: MIT */
/*
 * libnss_directory.so.2: a directory service with one group, "students" (7001), of which alice is a member.
 * It answers while /run/rig/directory-is-up is there.  Else it says what libnss-ldapd and libnss-sss say
 * whose daemon does not answer: NSS_STATUS_UNAVAIL, with ENOENT.  While /run/rig/directory-hangs is there,
 * the groups of a user are looked up without an end.  It gives no list of members, as sssd
 * does not with ignore_group_members.
 */
#include <errno.h>
#include <grp.h>
#include <nss.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	STUDENTS = 7001
};

#define EXPORT __attribute__((visibility("default")))

EXPORT enum nss_status _nss_directory_getgrnam_r(const char *name, struct group *ret, char *buf,
						 size_t size, int *err);
EXPORT enum nss_status _nss_directory_getgrgid_r(gid_t gid, struct group *ret, char *buf,
						 size_t size, int *err);
EXPORT enum nss_status _nss_directory_initgroups_dyn(const char *user, gid_t first, long *start,
						     long *size, gid_t **groups, long limit,
						     int *err);

static bool is_down(int *err)
{
	*err = ENOENT;
	return access("/run/rig/directory-is-up", F_OK) != 0;
}

static enum nss_status give(struct group *ret)
{
	static char name[] = "students", password[] = "x", *members[] = {NULL};

	*ret = (struct group){
		.gr_name = name, .gr_passwd = password, .gr_gid = STUDENTS, .gr_mem = members};
	return NSS_STATUS_SUCCESS;
}

enum nss_status _nss_directory_getgrnam_r(const char *name, struct group *ret, char *buf,
					  size_t size, int *err)
{
	(void)buf;
	(void)size;
	if (is_down(err))
		return NSS_STATUS_UNAVAIL;
	return strcmp(name, "students") == 0 ? give(ret) : NSS_STATUS_NOTFOUND;
}

enum nss_status _nss_directory_getgrgid_r(gid_t gid, struct group *ret, char *buf, size_t size,
					  int *err)
{
	(void)buf;
	(void)size;
	if (is_down(err))
		return NSS_STATUS_UNAVAIL;
	return gid == STUDENTS ? give(ret) : NSS_STATUS_NOTFOUND;
}

enum nss_status _nss_directory_initgroups_dyn(const char *user, gid_t first, long *start,
					      long *size, gid_t **groups, long limit, int *err)
{
	(void)first;
	(void)limit;
	while (access("/run/rig/directory-hangs", F_OK) == 0)
		(void)usleep(10000); /* cut short is fine */
	if (is_down(err))
		return NSS_STATUS_UNAVAIL;
	if (strcmp(user, "alice") != 0)
		return NSS_STATUS_NOTFOUND;
	if (*start == *size) {
		gid_t *more = realloc(*groups, (size_t)(*size + 8) * sizeof(**groups));

		if (!more)
			return NSS_STATUS_TRYAGAIN;
		*groups = more;
		*size += 8;
	}
	(*groups)[(*start)++] = STUDENTS;
	return NSS_STATUS_SUCCESS;
}
