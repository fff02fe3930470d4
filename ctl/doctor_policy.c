/* SPDX-License-Identifier: MIT */
/* The policy and its exceptions, for "doctor" */
#include <dlfcn.h>
#include <inttypes.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/nstype.h"
#include "base/programs.h"
#include "base/text.h"
#include "ctl/ctl.h"
#include "ctl/doctor.h"
#include "ctl/lint.h"
#include "ctl/pamd.h"
#include "ctl/policy.h"
#include "policy/image.h"
#include "policy/load.h"

enum {
	WHAT_SIZE = 600
};

/* Namespaces that a login may have to do without. */
static void policy_check_optional(struct doctor *d, const struct pol_image *image,
				  const struct pol_policy *p)
{
	char what[WHAT_SIZE], types[64];

	if (!p->optional)
		return;
	text_fmt(what, sizeof(what),
		 "%s:%u: policy '%s' lets people in without these namespaces when the kernel "
		 "refuses them: %s",
		 policy_str(image, p->where.file), p->where.line, policy_str(image, p->name),
		 ns_types_format(p->optional, types, sizeof(types)));
	doctor_find(d, FIND_POLICY_OPTIONAL, what, "on_error = \"deny\";");
}

static void policy_check_all(struct doctor *d, const struct pol_image *image)
{
	char what[WHAT_SIZE];

	for (uint32_t i = 0; i < image->table[POL_TABLE_POLICIES].count; i++) {
		const struct pol_policy *p = policy_get(image, i);

		policy_check_optional(d, image, p);
		if (p->on_error != POL_ERROR_ALLOW)
			continue;
		text_fmt(what, sizeof(what),
			 "%s:%u: policy '%s' lets people in without isolation when it fails",
			 policy_str(image, p->where.file), p->where.line,
			 policy_str(image, p->name));
		doctor_find(d, FIND_POLICY_ALLOWS, what, "on_error = \"deny\";");
	}
}

/* "audit" at the top level, of which the loader warns by itself. */
static bool policy_is_all_on_trial(const struct pol_image *image)
{
	uint64_t count = image->table[POL_TABLE_RULES].count, on_trial = 0;

	for (uint32_t i = 0; i < count; i++)
		on_trial += policy_rule(image, i)->audit;
	return count > 1 && on_trial == count;
}

static void policy_check_rules(struct doctor *d, const struct pol_image *image)
{
	bool all_on_trial = policy_is_all_on_trial(image); /* which the loader has said once */
	char what[WHAT_SIZE];

	for (uint32_t i = 0; i < image->table[POL_TABLE_RULES].count; i++) {
		const struct pol_rule *rule = policy_rule(image, i);
		const char *file = policy_str(image, rule->where.file);

		if (rule->on_error == POL_ERROR_ALLOW) {
			text_fmt(what, sizeof(what),
				 "%s:%u: this rule lets people in without isolation when it "
				 "fails",
				 file, rule->where.line);
			doctor_find(d, FIND_POLICY_ALLOWS, what, "on_error = \"deny\";");
		}
		if (rule->audit && !all_on_trial) {
			text_fmt(what, sizeof(what),
				 "%s:%u: this rule is on trial (audit = true) and isolates nobody",
				 file, rule->where.line);
			doctor_find(d, FIND_RULE_TRIAL, what,
				    "take \"audit\" out when it has proved itself");
		}
	}
	if (image->table[POL_TABLE_RULES].count == 0)
		doctor_find(d, FIND_NO_RULES, "policy: it has no rules, so nobody is isolated",
			    "rules = ( { uid = \"1000-\"; policy = \"...\"; } );");
}

/* A namespace type that this kernel does not have refuses all logins of the policy. */
static void policy_check_types(struct doctor *d, const struct pol_image *image)
{
	char what[WHAT_SIZE], path[64];

	for (uint32_t i = 0; i < image->table[POL_TABLE_POLICIES].count; i++) {
		const struct pol_policy *p = policy_get(image, i);

		for (int type = 0; type < NS_TYPE_MAX; type++) {
			text_fmt(path, sizeof(path), "/proc/self/ns/%s", ns_types[type].proc);
			if (!(p->types & ns_bit(type)) || access(path, F_OK) == 0)
				continue;
			text_fmt(what, sizeof(what),
				 "%s:%u: policy '%s' asks for %s namespaces, which this "
				 "kernel does not have",
				 policy_str(image, p->where.file), p->where.line,
				 policy_str(image, p->name), ns_types[type].word);
			doctor_find(d, FIND_POLICY_KERNEL, what,
				    "take \"%s\" out of its namespaces", ns_types[type].word);
		}
	}
}

/* Whether there is the program with this path, or the library with this name. */
static bool policy_has_program(const char *program)
{
	void *library;

	if (program[0] == '/')
		return access(program, X_OK) == 0;
	library = dlopen(program, RTLD_LAZY | RTLD_LOCAL);
	if (library)
		(void)dlclose(library); /* was only tried */
	return library != NULL;
}

/* The programs and libraries that a network needs belong to other packages. */
static void policy_check_program(struct doctor *d, const struct pol_image *image,
				 const struct pol_policy *p, const char *program,
				 const char *package)
{
	char what[WHAT_SIZE];

	if (policy_has_program(program))
		return;
	text_fmt(what, sizeof(what),
		 "%s:%u: policy '%s' has a network that needs %s, which is not there: its "
		 "logins are refused",
		 policy_str(image, p->where.file), p->where.line, policy_str(image, p->name),
		 program);
	doctor_find(d, FIND_POLICY_PROGRAM, what, "install the package %s", package);
}

static void policy_check_programs(struct doctor *d, const struct pol_image *image)
{
	for (uint32_t i = 0; i < image->table[POL_TABLE_POLICIES].count; i++) {
		const struct pol_policy *p = policy_get(image, i);
		const struct pol_network *n = policy_network(image, p);

		if (!n)
			continue;
		if (n->nat || n->isolate_peers || n->forwards.count > 0 || n->firewall)
			policy_check_program(d, image, p, LIBRARY_NFTABLES, "libnftables1");
		if (n->mode == NET_USER)
			policy_check_program(d, image, p, PROGRAM_PASTA, "passt");
	}
}

static void policy_say_messages(struct doctor *d, const struct pol_report *report)
{
	for (size_t i = 0; i < report->count; i++) {
		const struct pol_message *m = &report->messages[i];
		char what[WHAT_SIZE];

		text_fmt(what, sizeof(what), m->line ? "%s:%u: %s" : "%s:%.0u %s", m->file, m->line,
			 m->text);
		doctor_find(d, m->severity == POL_ERROR ? FIND_POLICY_ERROR : FIND_POLICY_WARNING,
			    what, "%s", "");
	}
}

static void policy_report_lint(void *arg, const struct lint *lint)
{
	char what[WHAT_SIZE + 400];

	text_fmt(what, sizeof(what), "%s:%u: %s", lint->file, lint->line, lint->text);
	doctor_find(arg, lint->finding, what, "%s", lint->remedy);
}

/* Reports rules that are valid, but cannot work on this system as they were meant. */
static void doctor_lint(struct doctor *d, const struct pol_image *image)
{
	struct pamd_places places = pamd_places_of(d->ctl->pamdir);
	NSI_CLEANUP(pamd_names_done) struct pamd_names services = {0};

	lint_paths(image, policy_report_lint, d);
	lint_sudoers(image, policy_report_lint, d);
	if (pamd_list(&places, &services) < 0)
		return; /* their faults are reported with PAM's */
	lint_rules(image, &services, policy_report_lint, d);
	lint_desktops(image, &services, policy_report_lint, d);
	doctor_accounts(d, image, &services);
}

void doctor_policy(struct doctor *d)
{
	NSI_CLEANUP(policy_report_done) struct pol_report report = {0};
	NSI_AUTO_FREE struct pol_image *image = policy_of_files(d->ctl, &report);
	NSI_AUTO_FREE struct pol_image *kept = NULL;
	char text[POLICY_TEXT_SIZE];

	policy_say_messages(d, &report);
	if (!image) {
		kept = policy_kept(d->ctl, text, sizeof(text));
		doctor_find(d, FIND_POLICY_UNUSABLE,
			    kept ? text : "policy: it cannot be used, so every login is refused",
			    "nsisolate check");
		doctor_view(d, NULL);
		return;
	}
	doctor_good(d, "policy", "%s: %" PRIu64 " %s, %" PRIu64 " %s", d->ctl->config,
		    image->table[POL_TABLE_POLICIES].count,
		    image->table[POL_TABLE_POLICIES].count == 1 ? "policy" : "policies",
		    image->table[POL_TABLE_RULES].count,
		    image->table[POL_TABLE_RULES].count == 1 ? "rule" : "rules");
	policy_check_all(d, image);
	policy_check_rules(d, image);
	policy_check_types(d, image);
	policy_check_programs(d, image);
	doctor_lint(d, image);
	doctor_view(d, image);
}
