/* SPDX-License-Identifier: MIT */
#include "login/login_groups.h"

#include <errno.h>
#include <grp.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "base/text.h"
#include "login/client.h"

enum {
	ENTRY_MAX = 64 << 20 /* a group of a whole university has some megabytes of members */
};

int groups_of(const char *name, gid_t gid, gid_t **ret, int *ret_count, struct nsi_fail *f)
{
	int count = 64;

	for (;;) {
		NSI_AUTO_FREE gid_t *groups = calloc((size_t)count, sizeof(*groups));
		int room = count;

		if (!groups)
			return fail_set(f, ENOMEM, "no memory for the groups of the user");
		if (getgrouplist(name, gid, groups, &count) >= 0) {
			*ret = nsi_take_ptr(&groups);
			*ret_count = count;
			return 0;
		}
		if (room >= NSI_GROUPS_MAX)
			return fail_set(f, E2BIG, "the user is in more than %d groups",
					NSI_GROUPS_MAX);
		/* Some sources say how many there are, some do not. */
		count = count > room ? count : room * 4;
		if (count > NSI_GROUPS_MAX)
			count = NSI_GROUPS_MAX;
	}
}

/* The entry of a group as getgrgid_r(3) or, where there is a @name, getgrnam_r(3) have it. */
struct entry {
	struct group group;
	char *buf; /* owned */
};

static void groups_entry_done(struct entry *e)
{
	free(e->buf);
}

/* Returns 0, -ENOENT if all sources say that there is none, or another -errno if one does not answer. */
static int groups_find_entry(const char *name, gid_t gid, struct entry *ret)
{
	for (size_t size = 4096; size <= ENTRY_MAX; size *= 4) {
		struct group *found = NULL;
		char *buf = realloc(ret->buf, size);
		int err;

		if (!buf)
			return -ENOMEM;
		ret->buf = buf;
		err = name ? getgrnam_r(name, &ret->group, buf, size, &found)
			   : getgrgid_r(gid, &ret->group, buf, size, &found);
		if (err == ERANGE)
			continue;
		if (found)
			return 0;
		return err == 0 ? -ENOENT : err == ENOENT ? -EIO : -err;
	}
	return -ERANGE;
}

/* A group that is not there, though rules know it, is of a source that does not answer. */
static bool groups_is_certain(const char *user, gid_t gid)
{
	NSI_CLEANUP(groups_entry_done) struct entry e = {0};

	if (groups_find_entry(NULL, gid, &e) < 0)
		return false;
	for (char **member = e.group.gr_mem; *member; member++)
		if (strcmp(*member, user) == 0)
			return false; /* of two answers of one source, one is of another time */
	return true;
}

static bool groups_is_in(gid_t gid, const gid_t *groups, int count)
{
	for (int i = 0; i < count; i++)
		if (groups[i] == gid)
			return true;
	return false;
}

bool groups_may_lack(const char *name, const gid_t *groups, int count, const gid_t *directory,
		     unsigned directory_count)
{
	NSI_CLEANUP(groups_entry_done) struct entry none = {0};
	int r;

	for (unsigned i = 0; i < directory_count; i++)
		if (!groups_is_in(directory[i], groups, count) &&
		    !groups_is_certain(name, directory[i]))
			return true;
	r = groups_find_entry("no group has:this name", 0, &none);
	return r != 0 && r != -ENOENT;
}

int groups_send(struct client_call *c, enum nsi_need need, const char *name, gid_t gid,
		struct nsi_fail *f)
{
	NSI_AUTO_FREE gid_t *groups = NULL;
	struct nsi_account m = {.need = need, .gid = gid};
	bool may_lack = false;
	int count = 0, r;

	if (text_copy(m.name, sizeof(m.name), name) < 0)
		return fail_set(f, ENAMETOOLONG, "a user's name is too long");
	r = groups_of(name, gid, &groups, &count, f);
	if (r == 0 && (c->reply.need & NSI_NEED_CERTAINTY))
		may_lack = groups_may_lack(name, groups, count, c->reply.directory,
					   c->reply.directory_count);
	for (int sent = 0; r == 0 && !m.last;) {
		m.h = wire_header(NSI_ACCOUNT);
		m.count = (uint32_t)(count - sent < NSI_GROUPS_CHUNK ? count - sent
								     : NSI_GROUPS_CHUNK);
		memcpy(m.groups, groups + sent, m.count * sizeof(m.groups[0]));
		sent += (int)m.count;
		if (sent == count)
			m.last = NSI_LAST | (may_lack ? NSI_MAY_LACK : 0);
		r = client_send(c, &m.h, -EBADF, f);
	}
	return r;
}
