/* SPDX-License-Identifier: MIT */
/* The check of policies with "ipc" that lead to desktops whose X server is in another IPC namespace */
#include <glob.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "ctl/lint.h"
#include "ctl/pamd.h"
#include "policy/image.h"
#include "policy/match.h"

#define XRDP_SERVICE "xrdp-sesman"
#define XRDP_SESMAN  "/usr/sbin/xrdp-sesman"
#define XRDP_SESEXEC "{/usr/libexec/xrdp,/usr/lib/xrdp,/usr/lib/*/xrdp}/xrdp-sesexec"

/* Display managers whose X server is a child of theirs, in the host's namespaces. */
static const char *const lint_displays[] = {"lightdm", "sddm", "xdm", "wdm",
					    "lxdm",    "slim", "nodm"};

/*
 * Until version 0.10, which has xrdp-sesexec, Xorg tells xrdp the number of a System V segment, and
 * xrdp attaches that number of its own IPC namespace.
 */
static bool lint_xrdp_is_old(void)
{
	glob_t found = {0};
	bool is_old =
		access(XRDP_SESMAN, F_OK) == 0 && glob(XRDP_SESEXEC, GLOB_BRACE, NULL, &found) != 0;

	globfree(&found);
	return is_old;
}

static bool lint_matches_service(const struct pol_image *image, const struct pol_rule *rule,
				 const char *service)
{
	const struct pol_login login = {.service = service};

	return policy_rule_matches(image, rule, &login, 1u << POL_SERVICE);
}

static bool lint_gives_ipc(const struct pol_image *image, const struct pol_rule *rule)
{
	return rule->action == POL_ACTION_POLICY && !rule->audit &&
	       policy_get(image, rule->policy)->types & ns_bit(NS_IPC);
}

/*
 * The first rule by which users get a set with an IPC namespace of its own through @service.  Who
 * has written a rule for that very service has thought of it: later rules are not looked at.
 */
static const struct pol_rule *lint_find_ipc(const struct pol_image *image, const char *service)
{
	uint64_t count = image->table[POL_TABLE_RULES].count;

	for (uint32_t i = 0; i < count; i++) {
		const struct pol_rule *rule = policy_rule(image, i);

		if (!lint_matches_service(image, rule, service))
			continue;
		if (lint_gives_ipc(image, rule))
			return rule;
		if (rule->match[POL_SERVICE].count > 0 && rule->match[POL_FROM_USER].count == 0 &&
		    rule->match[POL_FROM_GROUP].count == 0)
			return NULL;
	}
	return NULL;
}

static void lint_report_ipc(const struct pol_image *image, const struct pol_rule *rule,
			    const struct lint *about, lint_fn report, void *arg)
{
	struct lint lint = *about;

	lint.file = policy_str(image, rule->where.file);
	lint.line = rule->where.line;
	report(arg, &lint);
}

static void lint_remote(const struct pol_image *image, lint_fn report, void *arg)
{
	const struct pol_rule *rule = lint_find_ipc(image, XRDP_SERVICE);

	if (!rule || !lint_xrdp_is_old())
		return;
	lint_report_ipc(
		image, rule,
		&(struct lint){
			.finding = FIND_IPC_REMOTE,
			.text = "it gives remote desktops (" XRDP_SERVICE ") an IPC namespace, and "
				"before version 0.10 xrdp attaches shared memory of Xorg by its "
				"number: no desktop is shown, or the screen of another user",
			.remedy = "a policy without \"ipc\" (examples/lab-remote-desktop.conf), or "
				  "xrdp 0.10"},
		report, arg);
}

static void lint_local(const struct pol_image *image, const struct pamd_names *services,
		       lint_fn report, void *arg)
{
	const struct pol_rule *first = NULL;
	char names[100] = "", text[400];

	for (size_t i = 0; i < sizeof(lint_displays) / sizeof(lint_displays[0]); i++) {
		const char *service = lint_displays[i];
		const struct pol_rule *rule =
			pamd_names_have(services, service) ? lint_find_ipc(image, service) : NULL;
		const size_t used = strlen(names);

		if (!rule || (first && rule != first))
			continue;
		first = rule;
		text_fmt(names + used, sizeof(names) - used, "%s%s", used ? ", " : "", service);
	}
	if (!first)
		return;
	text_fmt(text, sizeof(text),
		 "it gives desktops (%s) an IPC namespace, and their X server is in the "
		 "host's: programs have no shared memory with it (MIT-SHM)",
		 names);
	lint_report_ipc(image, first,
			&(struct lint){.finding = FIND_IPC_DISPLAY,
				       .text = text,
				       .remedy = "a policy without \"ipc\" for desktops "
						 "(examples/lab-desktop.conf)"},
			report, arg);
}

void lint_desktops(const struct pol_image *image, const struct pamd_names *services, lint_fn report,
		   void *arg)
{
	if (pamd_names_have(services, XRDP_SERVICE))
		lint_remote(image, report, arg);
	lint_local(image, services, report, arg);
}
