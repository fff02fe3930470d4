/* SPDX-License-Identifier: MIT */
#include "ctl/policy.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/hash.h"
#include "base/text.h"
#include "ctl/ctl.h"
#include "ctl/say.h"
#include "ctl/sets.h"
#include "policy/draft.h"
#include "policy/image.h"
#include "policy/kept.h"
#include "policy/load.h"

struct pol_sources policy_sources_of(const struct ctl *ctl)
{
	struct pol_sources sources = policy_sources(ctl->config);

	sources.rundir = ctl->rundir;
	sources.statedir = ctl->statedir;
	return sources;
}

void policy_say(const struct pol_message *m)
{
	const char *word = m->severity == POL_ERROR ? "error" : "warning";
	bool colour = say_has_colour(stderr);

	if (m->line)
		(void)fprintf(stderr, "%s:%u: ", m->file, m->line);
	else
		(void)fprintf(stderr, "%s: ", m->file);
	(void)fprintf(stderr, "%s%s:%s %s\n",
		      !colour                    ? ""
		      : m->severity == POL_ERROR ? "\033[1;31m"
						 : "\033[1;35m",
		      word, colour ? "\033[0m" : "", m->text);
}

void policy_print_string(FILE *to, const char *text)
{
	(void)fputc('"', to);
	for (; *text; text++)
		(void)fprintf(to, "%s%c", *text == '"' || *text == '\\' ? "\\" : "",
			      *text == '\n' ? ' ' : *text);
	(void)fputc('"', to);
}

struct pol_image *policy_kept(const struct ctl *ctl, char *text, size_t size)
{
	struct pol_sources sources = policy_sources_of(ctl);
	struct pol_image *image = NULL;
	uint64_t since;
	char time[32];

	if (kept_load(&sources, &image, &since) < 0)
		return NULL;
	text_fmt(text, size,
		 "%s cannot be used: in force is the last good policy, of %s, kept in "
		 "%s/" KEPT_DIR,
		 ctl->config, say_time(time, since), ctl->statedir);
	return image;
}

struct pol_image *policy_of(const struct ctl *ctl, struct draft *d)
{
	NSI_CLEANUP(policy_report_done) struct pol_report report = {0}, untrusted = {0};
	struct pol_sources sources = policy_sources_of(ctl);
	struct pol_image *image = NULL;
	const struct pol_report *said;
	char text[POLICY_TEXT_SIZE];
	int r;

	sources_stop_at_failure();
	r = policy_load_draft(&sources, 0, d, &image, &report);
	if (r == 0)
		return image;
	draft_done(d);
	if (strcmp(ctl->config, NSI_CONFIG) != 0 &&
	    policy_load_draft(&sources, POL_LOAD_UNTRUSTED, d, &image, &untrusted) == 0) {
		say_error("%s is a draft, which no login gets: \"nsisolate check\" says why",
			  ctl->config);
		return image;
	}
	draft_done(d);
	/* A draft's errors are reported before that it is one. */
	said = untrusted.errors ? &untrusted : &report;
	for (size_t i = 0; i < said->count; i++)
		policy_say(&said->messages[i]);
	if (said->errors == 0)
		say_error("cannot read the policy: %s", strerrordesc_np(-r));
	image = policy_kept(ctl, text, sizeof(text));
	if (image)
		say_error("%s", text);
	return image;
}

struct pol_image *policy_of_files(const struct ctl *ctl, struct pol_report *report)
{
	NSI_CLEANUP(policy_report_done) struct pol_report unread = {0};
	struct pol_sources sources = policy_sources_of(ctl);
	struct pol_image *image = NULL;
	int r = policy_load_from(&sources, 0, &image, report ? report : &unread);

	return r == 0 ? image : NULL;
}

uint64_t stale_fingerprint(const struct pol_image *image)
{
	return image ? hash_bytes(HASH_START, image, image->size) : 0;
}

const char *stale_fingerprint_text(uint64_t fingerprint, char buf[FINGERPRINT_SIZE])
{
	text_fmt(buf, FINGERPRINT_SIZE, "%016" PRIx64, fingerprint);
	return buf;
}

bool stale_is(const struct pol_image *image, const struct view *v)
{
	if (v->is_own)
		return false;
	if (v->rec.is_retired)
		return true;
	if (!image)
		return false;
	for (uint32_t i = 0; i < image->table[POL_TABLE_POLICIES].count; i++) {
		const struct pol_policy *policy = policy_get(image, i);

		if (strcmp(policy_str(image, policy->name), v->rec.policy) == 0)
			return policy->digest != v->rec.digest;
	}
	return true;
}
