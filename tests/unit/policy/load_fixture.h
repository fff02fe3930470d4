/* SPDX-License-Identifier: MIT */
/* A configuration of a test's own, in files, and what becomes of it when it is loaded */
#ifndef NSI_TEST_LOAD_FIXTURE_H
#define NSI_TEST_LOAD_FIXTURE_H

#include <errno.h>

#include "base/cleanup.h"
#include "policy/image.h"
#include "policy/load.h"
#include "tests/unit/scratch.h"
#include "tests/unit/test.h"

#define POLICY(name) "policies = { " name " = { namespaces = [ \"ipc\" ]; }; };\n"
#define RULE(user)   "rules = ( { user = \"" user "\"; action = \"skip\"; } );\n"

struct fixture {
	struct scratch scratch;
	struct pol_sources sources;
	struct pol_image *image;
	struct pol_report report;
	char config[256];
	char vendor[256];
};

static inline int set_up(void **state)
{
	static struct fixture f;

	memset(&f, 0, sizeof(f));
	if (scratch_make(&f.scratch) < 0)
		return -1;
	(void)snprintf(f.config, sizeof(f.config), "%s/etc/nsisolate.conf", f.scratch.top);
	(void)snprintf(f.vendor, sizeof(f.vendor), "%s/usr/nsisolate.conf", f.scratch.top);
	f.sources = (struct pol_sources){.config = f.config, .vendor = f.vendor};
	*state = &f;
	return 0;
}

static inline void forget(struct fixture *f)
{
	nsi_freep(&f->image);
	f->image = NULL;
	policy_report_done(&f->report);
}

static inline int tear_down(void **state)
{
	struct fixture *f = *state;

	forget(f);
	scratch_done(&f->scratch);
	return 0;
}

static inline int load(struct fixture *f, unsigned flags)
{
	int r;

	forget(f);
	r = policy_load_from(&f->sources, flags, &f->image, &f->report);
	if (r == 0)
		assert_int_equal(policy_image_check(f->image, f->image->size), 0);
	return r;
}

static inline void write_file(struct fixture *f, const char *name, const char *text)
{
	assert_int_equal(scratch_write(&f->scratch, name, text), 0);
}

/* The users of all rules, in their order: "a,b,c". */
static inline void assert_users(struct fixture *f, const char *want)
{
	char got[256] = "";

	assert_int_equal(load(f, POL_LOAD_UNTRUSTED), 0);
	for (uint32_t i = 0; i < f->image->table[POL_TABLE_RULES].count; i++) {
		const struct pol_match *m = policy_table(f->image, POL_TABLE_MATCHES);

		m += policy_rule(f->image, i)->match[POL_USER].first;
		(void)snprintf(got + strlen(got), sizeof(got) - strlen(got), "%s%s", i ? "," : "",
			       policy_str(f->image, m->text));
	}
	assert_string_equal(got, want);
}

/* The one error there is, without the path of the scratch directory. */
static inline void assert_error(struct fixture *f, unsigned flags, const char *want)
{
	char got[600];

	assert_int_equal(load(f, flags), -EINVAL);
	assert_int_equal(f->report.count, 1);
	(void)policy_message_format(&f->report.messages[0], got, sizeof(got));
	for (char *at; (at = strstr(got, f->scratch.top));)
		memmove(at, at + strlen(f->scratch.top), strlen(at + strlen(f->scratch.top)) + 1);
	assert_string_equal(got, want);
}

#define EACH(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

#endif /* NSI_TEST_LOAD_FIXTURE_H */
