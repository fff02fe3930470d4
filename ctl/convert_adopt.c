/* SPDX-License-Identifier: MIT */
/* The move of the contents of instance directories of pam_namespace: "convert --adopt" */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "base/path.h"
#include "base/proc.h"
#include "base/text.h"
#include "ctl/ctl.h"
#include "ctl/namespace_conf.h"
#include "ctl/say.h"
#include "instance/instance.h"

struct adoption {
	int state_fd;
	char boot_id[PROC_BOOT_ID_SIZE];
	unsigned left;
};

/* Moves each entry of @from into @to and reports failures.  Returns the number of moved entries. */
static unsigned adopt_entries(struct adoption *a, int from, int to, const char *what)
{
	NSI_AUTO_DIR DIR *dir = path_list(from, ".");
	unsigned moved = 0;
	struct dirent *e;

	if (!dir) {
		say_error("%s: cannot be read: %s", what, strerrordesc_np(errno));
		a->left++;
		return 0;
	}
	while (errno = 0, (e = readdir(dir)) != NULL) {
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		if (renameat2(from, e->d_name, to, e->d_name, RENAME_NOREPLACE) == 0) {
			moved++;
			continue;
		}
		a->left++;
		if (errno == EXDEV) {
			say_error("%s: is on another file system than the state directory; copy it "
				  "as root "
				  "while its user is not logged in",
				  what);
			break;
		}
		say_error("%s/%s: stays: %s", what, e->d_name, strerrordesc_np(errno));
	}
	return moved;
}

/* One instance: @name below @parent, of the user whose name it has. */
static void adopt_instance(struct adoption *a, const struct namespace_line *l, int parent,
			   const char *name, const struct passwd *user)
{
	const struct instance_key key = {
		.kind = 'u',
		.number = user->pw_uid,
		.user = user->pw_name,
		.uid = user->pw_uid,
		.boot_id = a->boot_id,
	};
	const struct instance_retention keep = {0};
	NSI_AUTO_FD int from =
		path_open(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, PATH_XDEV_NO);
	NSI_AUTO_FD int to = -EBADF;
	NSI_AUTO_FD int lock = -EBADF; /* so that the sweeper leaves it alone meanwhile */
	struct nsi_fail f = {""};
	struct stat st;
	char what[512];

	text_fmt(what, sizeof(what), "%s%s", l->prefix, user->pw_name);
	if (from < 0 || fstat(from, &st) < 0) {
		say_error("%s: cannot be opened: %s", what,
			  strerrordesc_np(from < 0 ? -from : errno));
		a->left++;
		return;
	}
	to = instance_open(a->state_fd, &key, l->dir, st.st_uid == 0 ? st.st_mode & 07777 : 01777,
			   &keep, &lock, &f);
	if (to < 0) {
		say_error("%s: %s", what, f.what);
		a->left++;
		return;
	}
	(void)fprintf(stderr, "nsisolate: %s: %u entries moved to %s of %s\n", what,
		      adopt_entries(a, from, to, what), l->dir, user->pw_name);
}

/* All instances of a line: what starts with the prefix and goes on with the name of an account. */
static void adopt_line(struct adoption *a, const struct namespace_line *l)
{
	NSI_AUTO_FREE char *copy = strdup(l->prefix);
	size_t len = strlen(l->prefix);
	bool is_below = len > 0 && l->prefix[len - 1] == '/';
	const char *parent = !copy ? "" : is_below ? copy : dirname(copy);
	const char *base = is_below ? "" : strrchr(l->prefix, '/') + 1;
	NSI_AUTO_FD int fd = -EBADF;
	NSI_AUTO_DIR DIR *dir = NULL;
	struct nsi_fail f = {""};
	struct dirent *e;

	if (copy && is_below)
		copy[len - 1] = '\0';
	fd = path_open_trusted(parent, O_RDONLY | O_DIRECTORY, PATH_ROOT_OWNED, &f);
	dir = fd < 0 ? NULL : path_list(fd, ".");
	if (!dir) {
		say_error("%s: %s", parent, fd < 0 ? f.what : strerrordesc_np(errno));
		a->left++;
		return;
	}
	while ((e = readdir(dir)) != NULL) {
		const struct passwd *user = NULL;

		if (e->d_name[0] != '.' && strncmp(e->d_name, base, strlen(base)) == 0)
			user = getpwnam(e->d_name + strlen(base));
		if (user)
			adopt_instance(a, l, fd, e->d_name, user);
	}
}

int convert_adopt(const struct ctl *ctl, const struct namespace_conf *conf)
{
	struct adoption a = {.state_fd = -EBADF};
	struct nsi_fail f = {""};
	int r;

	if (geteuid() != 0)
		return say_need_root("convert --adopt");
	(void)umask(0);
	r = proc_boot_id(a.boot_id);
	if (r == 0)
		a.state_fd = r = path_make_trusted_dir(ctl->statedir, 0700, &f);
	if (r < 0)
		return say_fail(r, &f);
	for (unsigned i = 0; i < conf->count; i++) {
		const struct namespace_line *l = &conf->lines[i];

		if (l->method == NAMESPACE_USER && !strchr(l->dir, '$') && !strchr(l->prefix, '$'))
			adopt_line(&a, l);
		else if (l->method != NAMESPACE_TMPFS && l->method != NAMESPACE_TMPDIR) {
			say_error(
				"%s:%u: the contents of this line's instances stay where they are",
				l->file, l->number);
			a.left++;
		}
	}
	nsi_closep(&a.state_fd);
	return a.left ? CTL_REFUSED : CTL_OK;
}
