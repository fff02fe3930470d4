/* SPDX-License-Identifier: MIT */
/* Editing of the policy with a check before it is put in place: the verb "edit" */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "ctl/ctl.h"
#include "ctl/say.h"

/* A draft beside the file.  While it is there, nobody else edits; what fails leaves it there. */
struct edit {
	const char *path;
	char draft[PATH_MAX];
	mode_t mode;
	struct timespec before; /* when the draft was written */
};

static int edit_say_open(const char *what, const char *path, int err)
{
	say_error("cannot %s %s: %s", what, path, strerrordesc_np(err));
	return err == EACCES ? CTL_NOT_PERMITTED : CTL_SYSTEM;
}

/* Copies the file into a new draft.  Returns an exit code. */
static int edit_begin(struct edit *e)
{
	NSI_AUTO_FD int in = open(e->path, O_RDONLY | O_CLOEXEC);
	NSI_AUTO_FD int out = -EBADF;
	struct stat st = {.st_mode = 0644};
	char buf[65536];
	ssize_t n = 0;
	int r = 0;

	if (in < 0 && errno != ENOENT)
		return edit_say_open("open", e->path, errno);
	out = open(e->draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (out < 0 && errno == EEXIST) {
		say_error("%s is there: somebody else edits the policy, or an edit was not "
			  "finished; look at it, "
			  "and remove it or put it in place",
			  e->draft);
		return CTL_REFUSED;
	}
	if (out < 0)
		return edit_say_open("make", e->draft, errno);
	while (r == 0 && in >= 0 && (n = read(in, buf, sizeof(buf))) > 0)
		r = fd_write_all(out, buf, (size_t)n);
	if (n < 0 || r < 0 || (in >= 0 && fstat(in, &st) < 0)) {
		say_error("cannot copy %s: %s", e->path, strerrordesc_np(r < 0 ? -r : errno));
		(void)unlink(e->draft);
		return CTL_SYSTEM;
	}
	e->mode = st.st_mode & 0777;
	if (fstat(out, &st) == 0)
		e->before = st.st_mtim;
	return CTL_OK;
}

/* Runs $VISUAL, $EDITOR or editor(1) on the draft, as a shell would.  Returns an exit code. */
static int edit_run(const struct edit *e)
{
	const char *editor = getenv("VISUAL");
	NSI_AUTO_FREE char *command = NULL;
	int status = 0;
	pid_t pid;

	if (!editor || !*editor)
		editor = getenv("EDITOR");
	if (asprintf(&command, "%s \"$1\"", editor && *editor ? editor : "editor") < 0) {
		say_error("no memory");
		return CTL_SYSTEM;
	}
	pid = fork();
	if (pid == 0) {
		(void)execl("/bin/sh", "sh", "-c", command, "edit", e->draft, NULL);
		_exit(127);
	}
	(void)signal(SIGINT, SIG_IGN); /* it is the editor's */
	if (pid < 0 || waitpid(pid, &status, 0) < 0) {
		say_error("cannot run the editor: %s", strerrordesc_np(errno));
		return CTL_SYSTEM;
	}
	(void)signal(SIGINT, SIG_DFL);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return CTL_OK;
	say_error("the editor failed; %s is as it was, and the draft is %s", e->path, e->draft);
	return CTL_REFUSED;
}

/* Whether somebody at a terminal wants to edit once more. */
static bool edit_again(void)
{
	char answer[16] = "";

	if (!isatty(STDIN_FILENO))
		return false;
	(void)fputs("(e)dit again, or leave the draft there and e(x)it? ", stderr);
	return fgets(answer, sizeof(answer), stdin) && (answer[0] == 'e' || answer[0] == '\n');
}

/* Puts the draft in the place of the file.  Returns an exit code. */
static int edit_install(const struct edit *e)
{
	NSI_AUTO_FD int fd = open(e->draft, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

	if (fd < 0 || fchmod(fd, e->mode) < 0 || fsync(fd) < 0 || rename(e->draft, e->path) < 0) {
		say_error("cannot put %s in place of %s: %s", e->draft, e->path,
			  strerrordesc_np(errno));
		return CTL_SYSTEM;
	}
	(void)printf("%s: in place; the next login goes by it\n", e->path);
	return CTL_OK;
}

/* Whether the editor has written nothing. */
static bool edit_is_same(const struct edit *e)
{
	struct stat st;

	return stat(e->draft, &st) == 0 && st.st_mtim.tv_sec == e->before.tv_sec &&
	       st.st_mtim.tv_nsec == e->before.tv_nsec;
}

int edit_verb(const struct ctl *ctl)
{
	struct edit e = {.path = ctl->operands[0] ? ctl->operands[0] : ctl->config};
	char *draft[] = {e.draft, NULL};
	struct ctl check = *ctl;
	int code;

	check.operands = draft;
	if (snprintf(e.draft, sizeof(e.draft), "%s.draft", e.path) >= (int)sizeof(e.draft)) {
		say_error("the path of %s is too long", e.path);
		return CTL_USAGE;
	}
	code = edit_begin(&e);
	if (code != CTL_OK)
		return code;
	do {
		code = edit_run(&e);
		if (code != CTL_OK)
			return code;
		if (edit_is_same(&e)) {
			(void)unlink(e.draft);
			(void)printf("%s: unchanged\n", e.path);
			return CTL_OK;
		}
		code = check_verb(&check);
		if (code == CTL_OK)
			return edit_install(&e);
	} while (edit_again());
	say_error("%s is as it was; the draft with the errors is %s", e.path, e.draft);
	return code;
}
