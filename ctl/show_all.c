/* SPDX-License-Identifier: MIT */
/* Every account by every service that opens sessions: "show --all" */
#include <libsmartcols/libsmartcols.h>
#include <pwd.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "base/text.h"
#include "ctl/ctl.h"
#include "ctl/pamd.h"
#include "ctl/person.h"
#include "ctl/policy.h"
#include "ctl/say.h"
#include "ctl/services.h"
#include "ctl/show.h"
#include "policy/draft.h"
#include "policy/image.h"

enum {
	COVER_SERVICES = 128,
	COVER_COLUMNS = 6,
	COVER_RESULTS = 32, /* of one account that differ; more are put into the last row */
};

/* A service of this machine. */
struct cover_service {
	const char *name;
	bool has_module; /* its session stack calls the module */
};

/* The answer that several services share for one account. */
struct cover_result {
	const char *
		word; /* "isolated", "audit", "host", "skip", "none", "root", "unsure" or "no module" */
	const struct pol_rule *rule;
	bool services[COVER_SERVICES];
	unsigned count;
};

struct cover {
	const struct ctl *ctl;
	const struct pol_image *image;
	struct cover_service services[COVER_SERVICES];
	unsigned service_count;
	struct libscols_table *table; /* NULL: JSON */
	json_t *accounts;
	int failed;
};

static bool show_has_module(const struct pamd_places *places, const char *service)
{
	NSI_CLEANUP(pamd_done) struct pamd_stack stack = {0};
	struct nsi_fail f = {""};

	if (pamd_read(places, service, &stack, &f) < 0)
		return false;
	for (unsigned i = 0; i < stack.count; i++)
		if (strcmp(pamd_base(stack.lines[i].module), "pam_nsisolate.so") == 0)
			return true;
	return false;
}

/* The services of this machine that open sessions; @names must stay. */
static void show_find_services(struct cover *c, const struct pamd_places *places,
			       const struct pamd_names *names)
{
	for (unsigned i = 0; i < names->count && c->service_count < COVER_SERVICES; i++) {
		const enum service_kind kind = service_find(names->names[i])->kind;

		if (kind == SERVICE_LOGIN || kind == SERVICE_ROOT)
			c->services[c->service_count++] = (struct cover_service){
				names->names[i], show_has_module(places, names->names[i])};
	}
}

static const char *show_outcome_word(const struct pol_rule *rule, int outcome, uid_t uid)
{
	if (outcome == POL_UNSURE_GROUP || outcome == POL_UNSURE_HOST)
		return "unsure";
	if (outcome != 0 || !rule)
		return "none";
	if (rule->audit)
		return "audit";
	if (rule->action == POL_ACTION_SKIP)
		return "skip";
	if (rule->action == POL_ACTION_HOST)
		return "host";
	return uid == 0 ? "root" : "isolated";
}

static void show_note(struct cover_result *results, unsigned *count, unsigned service,
		      const char *word, const struct pol_rule *rule)
{
	unsigned i = 0;

	while (i < *count && (results[i].rule != rule || strcmp(results[i].word, word) != 0))
		i++;
	if (i == COVER_RESULTS)
		i--; /* so many rules for one account: the last row has the rest */
	if (i == *count)
		results[(*count)++] = (struct cover_result){.word = word, .rule = rule};
	results[i].services[service] = true;
	results[i].count++;
}

/* "sshd,su", or "all". */
static void show_format_services(const struct cover *c, const struct cover_result *r, char *buf,
				 size_t size)
{
	text_fmt(buf, size, "%s", r->count == c->service_count ? "all" : "");
	for (unsigned i = 0; i < c->service_count && r->count < c->service_count; i++) {
		const size_t used = strlen(buf);

		if (r->services[i])
			text_fmt(buf + used, size - used, "%s%s", used ? "," : "",
				 c->services[i].name);
	}
}

static const char *show_policy_name(const struct cover *c, const struct cover_result *r)
{
	if (!r->rule || r->rule->action != POL_ACTION_POLICY)
		return NULL;
	return policy_str(c->image, policy_get(c->image, r->rule->policy)->name);
}

static int show_add_row(struct cover *c, const struct person *p, const struct cover_result *r)
{
	char user[4 * NSI_NAME_SIZE], uid[16], services[1200], rule[NSI_PATH_SIZE + 16] = "";
	const char *cells[COVER_COLUMNS] = {text_escape(user, sizeof(user), p->name),
					    uid,
					    services,
					    r->word,
					    show_policy_name(c, r),
					    rule};

	text_fmt(uid, sizeof(uid), "%u", p->uid);
	show_format_services(c, r, services, sizeof(services));
	if (r->rule)
		text_fmt(rule, sizeof(rule), "%s:%u", policy_str(c->image, r->rule->where.file),
			 r->rule->where.line);
	return grid_row(c->table, cells, COVER_COLUMNS, NULL);
}

static json_t *show_json_result(const struct cover *c, const struct cover_result *r)
{
	json_t *services = json_array(), *rule = json_null();

	for (unsigned i = 0; i < c->service_count; i++)
		if (r->services[i])
			(void)json_array_append_new(services, json_text(c->services[i].name));
	if (r->rule)
		rule = json_pack("{s:o, s:I}", "file",
				 json_text(policy_str(c->image, r->rule->where.file)), "line",
				 (json_int_t)r->rule->where.line);
	return json_pack("{s:o, s:s, s:o, s:o}", "services", services, "result", r->word, "policy",
			 show_policy_name(c, r) ? json_text(show_policy_name(c, r)) : json_null(),
			 "rule", rule);
}

static int show_account(struct cover *c, const struct login *login)
{
	struct pol_login as_rules = login_for_rules(c->image, login);
	struct cover_result results[COVER_RESULTS];
	unsigned count = 0;
	json_t *logins = c->table ? NULL : json_array();
	int r = 0;

	for (unsigned i = 0; i < c->service_count; i++) {
		const struct pol_rule *rule = NULL;
		int outcome;

		if (!c->services[i].has_module) {
			show_note(results, &count, i, "no module", NULL);
			continue;
		}
		as_rules.service = c->services[i].name;
		outcome = policy_match(c->image, &as_rules, &rule);
		if (outcome == POL_NO_MATCH)
			rule = NULL;
		show_note(results, &count, i, show_outcome_word(rule, outcome, login->user.uid),
			  rule);
	}
	for (unsigned i = 0; i < count && r == 0; i++)
		r = c->table ? show_add_row(c, &login->user, &results[i])
			     : json_array_append_new(logins, show_json_result(c, &results[i]));
	if (!c->table)
		r |= json_array_append_new(
			c->accounts,
			json_pack("{s:o, s:I, s:o}", "user", json_text(login->user.name), "uid",
				  (json_int_t)login->user.uid, "logins", logins));
	return r;
}

/* Each entry of getpwent(3), by its name. */
static int show_accounts(struct cover *c)
{
	const struct passwd *pw;
	int r = 0;

	setpwent();
	while (r == 0 && (pw = getpwent()) != NULL) {
		NSI_CLEANUP(login_done) struct login login = {.tty = "", .rhost = ""};
		NSI_AUTO_FREE char *name = strdup(pw->pw_name); /* theirs until the next call */
		struct nsi_fail f = {""};

		if (!name || person_find("root", &login.caller, &f) != 0 ||
		    person_find(name, &login.user, &f) != 0) {
			say_error("%s: cannot be looked up%s%s", name ? name : "?",
				  f.what[0] ? ": " : "", f.what);
			c->failed++;
			continue;
		}
		login.service = "";
		r = show_account(c, &login);
	}
	endpwent();
	return r;
}

static int show_print_all(struct cover *c)
{
	static const struct grid_column heads[COVER_COLUMNS] = {
		{.name = "USER"},
		{.name = "UID", .is_right = true},
		{.name = "SERVICES", .is_wrapped = true},
		{.name = "RESULT"},
		{.name = "POLICY"},
		{.name = "RULE"},
	};
	json_t *answer;

	if (c->ctl->json) {
		c->accounts = json_array();
		answer = json_answer();
		if (!c->accounts || show_accounts(c) != 0) {
			json_decref(answer);
			json_decref(c->accounts);
			return json_print(NULL);
		}
		(void)json_object_set_new(answer, "accounts", c->accounts);
		return json_print(answer);
	}
	c->table = grid_new(heads, COVER_COLUMNS, true);
	return grid_print(c->table, c->table ? show_accounts(c) : 0);
}

int show_all(const struct ctl *ctl)
{
	const struct pamd_places places = pamd_places_of(NULL);
	NSI_CLEANUP(pamd_names_done) struct pamd_names names = {0};
	NSI_CLEANUP(draft_done) struct draft draft = {0};
	NSI_AUTO_FREE struct pol_image *image = policy_of(ctl, &draft);
	struct cover c = {.ctl = ctl, .image = image};
	struct nsi_fail f = {""};
	int r, code;

	if (!image)
		return CTL_REFUSED;
	r = pamd_list(&places, &names);
	if (r < 0)
		return say_fail(fail_errno(&f, r, "cannot list the PAM services"), &f);
	show_find_services(&c, &places, &names);
	if (c.service_count == 0) {
		say_error("there is no PAM service that opens sessions");
		return CTL_REFUSED;
	}
	code = show_print_all(&c);
	return code == CTL_OK && c.failed ? CTL_SYSTEM : code;
}
