/* SPDX-License-Identifier: MIT */
/* Detection of sudoedit(8), whose session and program have different users */
#include "pam_nsisolate/account.h"

#include <fcntl.h>
#include <limits.h>
#include <pwd.h>
#include <security/pam_ext.h>
#include <security/pam_modutil.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"

/* Options of sudo(8) with an argument. */
static const char short_with_argument[] = "aCcDghpRrTtUu";
static const char *const long_with_argument[] = {
	"--auth-type", "--chdir", "--chroot",      "--close-from", "--command-timeout",
	"--group",     "--host",  "--login-class", "--other-user", "--prompt",
	"--role",      "--type",  "--user",
};

static const char *sudoedit_base_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/*
 * "sudo", or what a distribution calls it beside another one: sudo.ws, sudo-ldap.  The user of a
 * set-user-ID program (AT_SECURE) chooses the name that it is started by, so the kernel is asked
 * for the file.  Other programs, which root has started, have theirs at hand (getauxval(3)).
 */
static bool sudoedit_is_sudo(void)
{
	char exe[PATH_MAX] = "";
	const char *name = exe;

	if (!getauxval(AT_SECURE) && getauxval(AT_EXECFN))
		memcpy(&name, &(unsigned long){getauxval(AT_EXECFN)}, sizeof(name));
	else if (readlink("/proc/self/exe", exe, sizeof(exe) - 1) < 0)
		return false;
	return strncmp(sudoedit_base_of(name), "sudo", strlen("sudo")) == 0;
}

/* The step after an option: the next option, its argument first, or the end of the search. */
enum step {
	STEP_NEXT,
	STEP_ARGUMENT,
	STEP_EDIT,
	STEP_STOP
};

static enum step sudoedit_step_of(const char *option)
{
	if (option[0] != '-' || strcmp(option, "--") == 0)
		return STEP_STOP;
	if (option[1] == '-') {
		for (size_t i = 0; i < sizeof(long_with_argument) / sizeof(*long_with_argument);
		     i++)
			if (strcmp(option, long_with_argument[i]) == 0)
				return STEP_ARGUMENT;
		return strcmp(option, "--edit") == 0 ? STEP_EDIT : STEP_NEXT;
	}
	for (const char *c = option + 1; *c; c++) {
		if (*c == 'e')
			return STEP_EDIT;
		if (strchr(short_with_argument, *c))
			return c[1] ? STEP_NEXT : STEP_ARGUMENT;
	}
	return STEP_NEXT;
}

/* Whether the command line says so: the name sudoedit, or -e before the command. */
static bool sudoedit_is_asked_to_edit(void)
{
	char line[4096];
	NSI_AUTO_FD int fd = open("/proc/self/cmdline", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : fd_read_all(fd, line, sizeof(line) - 1);
	enum step step = STEP_NEXT;

	if (n <= 0)
		return false;
	line[n] = '\0';
	if (strcmp(sudoedit_base_of(line), "sudoedit") == 0)
		return true;
	for (const char *word = line + strlen(line) + 1; word < line + n;
	     word += strlen(word) + 1) {
		step = step == STEP_ARGUMENT ? STEP_NEXT : sudoedit_step_of(word);
		if (step == STEP_EDIT || step == STEP_STOP)
			break;
	}
	return step == STEP_EDIT;
}

bool sudoedit_is_running(pam_handle_t *pamh, uid_t caller, uid_t *ret)
{
	const void *ruser = NULL;
	const struct passwd *pw = NULL;

	if (caller != 0 || !sudoedit_is_sudo())
		return false;
	if (pam_get_item(pamh, PAM_RUSER, &ruser) == PAM_SUCCESS && ruser)
		pw = pam_modutil_getpwnam(pamh, ruser);
	*ret = pw ? pw->pw_uid : 0; /* sudoers(5) may say !pam_ruser */
	return *ret != 0 || sudoedit_is_asked_to_edit();
}
