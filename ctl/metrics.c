/* SPDX-License-Identifier: MIT */
/* The state of the machine for a collector of metrics: the verb "metrics" */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fail.h"
#include "base/text.h"
#include "ctl/ctl.h"
#include "ctl/policy.h"
#include "ctl/say.h"
#include "ctl/status.h"

/*
 * OpenMetrics 1.0.  The types are gauge, counter and histogram, and no timestamp is printed: that is
 * also what the textfile collector of node_exporter reads.  No name of a user is in it.
 */
static void metrics_family(const char *name, const char *type, const char *help)
{
	(void)printf("# TYPE nsisolate_%s %s\n# HELP nsisolate_%s %s\n", name, type, name, help);
}

static void metrics_gauge(const char *name, uint64_t value, const char *help)
{
	metrics_family(name, "gauge", help);
	(void)printf("nsisolate_%s %" PRIu64 "\n", name, value);
}

static void metrics_row(const char *name, const char *label, const char *value, uint64_t n)
{
	(void)printf("nsisolate_%s{%s=\"%s\"} %" PRIu64 "\n", name, label, value, n);
}

static void metrics_print_policy(const struct status *s)
{
	char hash[FINGERPRINT_SIZE];

	metrics_gauge("policy_ok", s->policy_is_good,
		      "Whether the files of the policy have no error.");
	metrics_gauge("policy_errors", s->policy_errors, "Errors in the files of the policy.");
	metrics_family(
		"policy_info", "gauge",
		"A hash of the policy as it was read: equal on machines with equal files and "
		"groups.");
	metrics_row("policy_info", "fingerprint",
		    s->policy_is_good ? stale_fingerprint_text(s->policy_hash, hash) : "",
		    s->policy_is_good);
	metrics_gauge("policy_read_timestamp_seconds", s->has_in_force ? s->in_force.since : 0,
		      "When the helper read the policy in force; 0 until it has.");
	metrics_family("policy_in_force", "gauge",
		       "Which policy the helper goes by; 0 for all until it has read one.");
	for (int state = 0; state < IN_FORCE_MAX; state++)
		metrics_row("policy_in_force", "state", in_force_name((enum in_force_state)state),
			    s->has_in_force && (int)s->in_force.state == state);
}

static void metrics_print_sets(const struct status *s)
{
	metrics_family("sets", "gauge", "Sets by their state; those that are held are among them.");
	for (int state = 0; state < VIEW_STATE_MAX; state++)
		metrics_row("sets", "state", view_state_name((enum view_state)state),
			    s->by_state[state]);
	metrics_gauge("sessions", s->sessions, "Open sessions in sets.");
	metrics_gauge("trash_directories", s->trash, "Directories that wait to be deleted.");
}

static void metrics_print_decisions(const struct status *s)
{
	metrics_family("decisions", "counter", "Decisions about logins since boot, by outcome.");
	for (uint32_t o = 0; o < DECISION_OUTCOMES; o++)
		metrics_row("decisions_total", "outcome", decided_word(o), s->last.outcomes[o]);
	metrics_family("failures", "counter",
		       "Logins since boot that could not be isolated, by cause: refused, or let in "
		       "by on_error.");
	for (uint32_t c = 0; strcmp(decided_cause(c), "other") != 0; c++)
		metrics_row("failures_total", "cause", decided_cause(c), s->last.causes[c]);
}

static void metrics_print_wait(const char *set, const struct waits_row *row)
{
	uint64_t count = 0;

	for (unsigned i = 0; i < WAITS_BUCKETS; i++) {
		const uint64_t bound = waits_bound_us(i);
		char le[24] = "+Inf";

		count += row->counts[i];
		if (bound != UINT64_MAX)
			text_fmt(le, sizeof(le), "%g", (double)bound / 1e6);
		(void)printf("nsisolate_login_seconds_bucket{set=\"%s\",le=\"%s\"} %" PRIu64 "\n",
			     set, le, count);
	}
	(void)printf("nsisolate_login_seconds_sum{set=\"%s\"} %.6f\n", set,
		     (double)row->sum_us / 1e6);
	(void)printf("nsisolate_login_seconds_count{set=\"%s\"} %" PRIu64 "\n", set, count);
}

static void metrics_print_waits(const struct status *s)
{
	metrics_family("login_seconds", "histogram",
		       "How long isolated logins waited for the helper since boot, by whether the "
		       "set was new.");
	metrics_print_wait("new", &s->waits.rows[WAITS_NEW]);
	metrics_print_wait("joined", &s->waits.rows[WAITS_JOINED]);
}

int metrics_verb(const struct ctl *ctl)
{
	struct status s = {0};
	struct nsi_fail f = {""};
	int r;

	if (geteuid() != 0)
		return say_need_root("metrics");
	r = status_read(ctl, &s, &f);
	if (r < 0)
		return say_fail(r, &f);
	metrics_family("build_info", "gauge", "The version of the program.");
	metrics_row("build_info", "version", PACKAGE_VERSION, 1);
	metrics_gauge("ok", !s.needs_person, "0 if somebody has to look: see nsisolate status.");
	metrics_gauge("helper_running", s.helper_pid != 0,
		      "Whether a helper runs; the next login starts one.");
	metrics_gauge("isolation_enabled", !s.off, "0 while isolation is switched off.");
	metrics_print_policy(&s);
	metrics_print_sets(&s);
	metrics_print_decisions(&s);
	metrics_print_waits(&s);
	(void)printf("# EOF\n");
	return CTL_OK;
}
