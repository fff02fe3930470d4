/* SPDX-License-Identifier: MIT */
/* The check of policies with "ipc" that lead to desktops whose X server is in another IPC namespace */
#include <glob.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "ctl/lint.h"
#include "ctl/pamd.h"
#include "policy/image.h"
#include "policy/match.h"

#define XRDP_SESMAN  "/usr/sbin/xrdp-sesman"
#define XRDP_SESEXEC "{/usr/libexec/xrdp,/usr/lib/xrdp,/usr/lib/*/xrdp}/xrdp-sesexec"

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

static const struct desktop_lint {
	const char *service;
	bool (*is_it)(void); /* NULL: wherever the service is */
	enum finding finding;
	const char *text;
	const char *remedy;
} desktops[] = {
	{"xrdp-sesman", lint_xrdp_is_old, FIND_IPC_REMOTE,
	 "shared memory goes from Xorg to xrdp by its number, which is another segment there, or "
	 "none: "
	 "no desktop, or the screen of another user",
	 "conf/examples/lab-remote-desktop.conf, without \"ipc\"; or xrdp 0.10"},
#define DISPLAY(service)                                                                           \
	{                                                                                          \
		service, NULL, FIND_IPC_DISPLAY,                                                   \
			"the X server is in the host's IPC namespace, so programs have no shared " \
			"memory with it "                                                          \
			"(MIT-SHM), and a few do not cope",                                        \
			"a policy without \"ipc\" for desktops: lab-desktop.conf"                  \
	}
	DISPLAY("lightdm"),
	DISPLAY("sddm"),
	DISPLAY("xdm"),
	DISPLAY("wdm"),
	DISPLAY("lxdm"),
	DISPLAY("slim"),
	DISPLAY("nodm"),
#undef DISPLAY
};

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

void lint_desktops(const struct pol_image *image, const struct pamd_names *services, lint_fn report,
		   void *arg)
{
	char text[600];

	for (size_t i = 0; i < sizeof(desktops) / sizeof(desktops[0]); i++) {
		const struct desktop_lint *d = &desktops[i];
		const struct pol_rule *rule;

		if (!pamd_names_have(services, d->service) || (d->is_it && !d->is_it()))
			continue;
		rule = lint_find_ipc(image, d->service);
		if (!rule)
			continue;
		(void)snprintf(text, sizeof(text),
			       "it gives desktops of %s an IPC namespace (policy '%.100s'): %s",
			       d->service, policy_str(image, policy_get(image, rule->policy)->name),
			       d->text);
		report(arg, &(struct lint){.finding = d->finding,
					   .file = policy_str(image, rule->where.file),
					   .line = rule->where.line,
					   .text = text,
					   .remedy = d->remedy});
	}
}
