/* SPDX-License-Identifier: MIT */
/* Rules for single users that come before all others: "enable", "disable" and "list-enabled" */
#include <errno.h>
#include <libsmartcols/libsmartcols.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "base/text.h"
#include "ctl/ctl.h"
#include "ctl/enabled.h"
#include "ctl/person.h"
#include "ctl/policy.h"
#include "ctl/say.h"
#include "policy/draft.h"
#include "policy/image.h"

/* Whether a rule can name this account and nobody else.  Returns an exit code. */
static int enable_check_user(const char *name)
{
	NSI_CLEANUP(person_done) struct person who = {0};
	int code = person_find_or_say(name, &who);

	if (code != CTL_OK)
		return code;
	if (who.uid == 0) {
		say_error("root is isolated by the module's argument isolate_root and a rule of "
			  "your own, not by this; see pam_nsisolate(8)");
		return CTL_REFUSED;
	}
	if (name[0] == '!' || strpbrk(name, "*?[")) {
		say_error("the name %s would be a pattern in a rule; write a rule with the uid %u",
			  name, who.uid);
		return CTL_REFUSED;
	}
	return CTL_OK;
}

/* The only policy that there is, into @buf.  Returns an exit code. */
static int enable_only_policy(const struct ctl *ctl, char *buf, size_t size)
{
	NSI_CLEANUP(draft_done) struct draft draft = {0};
	NSI_AUTO_FREE struct pol_image *image = policy_of(ctl, &draft);
	char names[1000] = "";

	if (!image)
		return CTL_REFUSED;
	for (uint32_t i = 0; i < image->table[POL_TABLE_POLICIES].count; i++) {
		const size_t used = strlen(names);

		text_fmt(names + used, sizeof(names) - used, "%s%s", used ? ", " : "",
			 policy_str(image, policy_get(image, i)->name));
	}
	if (image->table[POL_TABLE_POLICIES].count != 1) {
		say_error(names[0] ? "name one of the policies %s"
				   : "there is no policy in the configuration%s",
			  names);
		return names[0] ? CTL_USAGE : CTL_REFUSED;
	}
	return text_copy(buf, size, names) < 0 ? CTL_SYSTEM : CTL_OK;
}

static int enable_fail(int err, const struct nsi_fail *f)
{
	const int code = say_fail(err, f);

	return err == -EINVAL ? CTL_REFUSED : code;
}

/* Changes the row of @user under the lock, and writes.  Returns an exit code. */
static int enable_change(const struct ctl *ctl, const char *user, const char *policy)
{
	NSI_CLEANUP(enabled_done) struct enabled e = {0};
	NSI_AUTO_FD int dir = -EBADF;
	struct nsi_fail f = {""};
	int r = enabled_read(ctl, &e, &f);

	if (r < 0)
		return enable_fail(r, &f);
	dir = enabled_lock(&e, &f);
	if (dir < 0)
		return enable_fail(dir, &f);
	enabled_done(&e);
	r = enabled_read(ctl, &e, &f); /* again: it may have changed before the lock */
	if (r < 0)
		return enable_fail(r, &f);
	if (ctl->undo && !enabled_remove(&e, user)) {
		say_error("neither enable nor disable was called for %s", user);
		return CTL_NOT_FOUND;
	}
	r = ctl->undo ? 0 : enabled_set(&e, user, policy);
	if (r < 0)
		return enable_fail(fail_set(&f, -r, "no memory for the row of %s", user), &f);
	r = enabled_write(ctl, &e, dir, &f);
	if (r < 0)
		return enable_fail(r, &f);
	if (ctl->undo)
		(void)printf("%s: the other rules decide, from the next login on\n", user);
	else
		(void)printf("%s: %s%s from the next login on\n", user,
			     policy ? "isolated by policy " : "not isolated", policy ? policy : "");
	return CTL_OK;
}

int enable_verb(const struct ctl *ctl)
{
	char only[NSI_WORD_SIZE];
	int code;

	if (geteuid() != 0)
		return say_need_root("enable");
	if (ctl->undo)
		return enable_change(ctl, ctl->operands[0], NULL);
	code = enable_check_user(ctl->operands[0]);
	if (code == CTL_OK && !ctl->operands[1])
		code = enable_only_policy(ctl, only, sizeof(only));
	return code == CTL_OK ? enable_change(ctl, ctl->operands[0],
					      ctl->operands[1] ? ctl->operands[1] : only)
			      : code;
}

int disable_verb(const struct ctl *ctl)
{
	int code;

	if (geteuid() != 0)
		return say_need_root("disable");
	code = ctl->undo ? CTL_OK : enable_check_user(ctl->operands[0]);
	return code == CTL_OK ? enable_change(ctl, ctl->operands[0], NULL) : code;
}

static int enable_print_json(const struct enabled *e)
{
	json_t *answer = json_answer(), *users = json_array();

	for (size_t i = 0; i < e->count; i++)
		(void)json_array_append_new(
			users,
			json_pack("{s:o, s:b, s:o}", "user", json_text(e->rows[i].user), "enabled",
				  e->rows[i].policy != NULL, "policy",
				  e->rows[i].policy ? json_text(e->rows[i].policy) : json_null()));
	(void)json_object_set_new(answer, "users", users);
	(void)json_object_set_new(answer, "file", json_text(e->path));
	return json_print(answer);
}

static int enable_print(const struct ctl *ctl, const struct enabled *e)
{
	static const struct grid_column heads[] = {
		{.name = "USER"}, {.name = "STATE"}, {.name = "POLICY"}};
	struct libscols_table *t;
	int r = 0;

	if (e->count == 0) {
		(void)printf("neither enable nor disable was called for anybody\n");
		return CTL_OK;
	}
	t = grid_new(heads, 3, !ctl->noheadings);
	for (size_t i = 0; t && r == 0 && i < e->count; i++) {
		char user[400];
		const char *cells[] = {text_escape(user, sizeof(user), e->rows[i].user),
				       e->rows[i].policy ? "enabled" : "disabled",
				       e->rows[i].policy};

		r = grid_row(t, cells, 3, NULL);
	}
	return grid_print(t, r);
}

int list_enabled_verb(const struct ctl *ctl)
{
	NSI_CLEANUP(enabled_done) struct enabled e = {0};
	struct nsi_fail f = {""};
	int r = enabled_read(ctl, &e, &f);

	if (r < 0)
		return enable_fail(r, &f);
	return ctl->json ? enable_print_json(&e) : enable_print(ctl, &e);
}
