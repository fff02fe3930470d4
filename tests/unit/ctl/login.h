/* SPDX-License-Identifier: MIT */
/* Logins that "show" judges by the rules of a test */
#ifndef NSI_TEST_LOGIN_H
#define NSI_TEST_LOGIN_H

#include "tests/unit/ctl/machine.h"

#define LOGIN_USER "daemon" /* any account but root */

static struct output o;

#define POLICIES                                                                             \
	"version = 1;\npolicies = { lab = { namespaces = [ \"mount\", \"uts\" ];\n"          \
	"hostname = \"cell\"; directories = ( { path = \"/var/tmp\"; method = \"tmpfs\"; } " \
	");\n}; "                                                                            \
	"};\n"

/* "show USER" with a policy "lab" and @rules, which begin in line 5.  Returns its exit code. */
static inline int show(const char *rules, const char *user)
{
	char text[2000];

	(void)snprintf(text, sizeof(text), POLICIES "rules = ( %s );\n", rules);
	assert_int_equal(scratch_write(&machine.s, "nsisolate.conf", text), 0);
	machine.operands[0] = (char *)(uintptr_t)user;
	return output_of(&o, show_verb, &machine.ctl);
}

#endif /* NSI_TEST_LOGIN_H */
