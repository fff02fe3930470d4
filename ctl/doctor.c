/* SPDX-License-Identifier: MIT */
#include "ctl/doctor.h"

#include <stdarg.h>
#include <unistd.h>

#include "ctl/ctl.h"
#include "ctl/findings.h"
#include "ctl/say.h"

static const char *const colours[SEV_MAX] = {
	[SEV_ERROR] = "\033[1;31m", [SEV_WARNING] = "\033[1;35m", [SEV_NOTE] = "\033[1;36m"};

static void doctor_print(struct doctor *d, const struct finding_row *row, const char *what,
			 const char *remedy)
{
	(void)fprintf(d->out, "%s%-8s%s %s [%s]\n", d->has_colour ? colours[row->severity] : "",
		      severity_word(row->severity), d->has_colour ? "\033[0m" : "", what, row->id);
	if (remedy[0])
		(void)fprintf(d->out, "         -> %s\n", remedy);
}

void doctor_find(struct doctor *d, enum finding finding, const char *what, const char *fmt, ...)
{
	const struct finding_row *row = &finding_rows[finding];
	char remedy[1024];
	va_list ap;

	d->counts[row->severity]++;
	va_start(ap, fmt);
	(void)vsnprintf(remedy, sizeof(remedy), fmt, ap);
	va_end(ap);
	if (!d->findings)
		doctor_print(d, row, what, remedy);
	else if (json_array_append_new(d->findings,
				       json_pack("{s:s, s:s, s:o, s:o}", "id", row->id, "severity",
						 severity_word(row->severity), "text",
						 json_text(what), "remedy",
						 remedy[0] ? json_text(remedy) : json_null())) < 0)
		d->is_short_of_memory = true;
}

void doctor_good(struct doctor *d, const char *subject, const char *fmt, ...)
{
	char text[1024];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (!d->passed)
		(void)fprintf(d->out, "%s%-8s%s %s: %s\n", d->has_colour ? "\033[32m" : "", "ok",
			      d->has_colour ? "\033[0m" : "", subject, text);
	else if (json_array_append_new(d->passed, json_pack("{s:s, s:o}", "subject", subject,
							    "text", json_text(text))) < 0)
		d->is_short_of_memory = true;
}

static const char *doctor_plural(unsigned n)
{
	return n == 1 ? "" : "s";
}

static void doctor_examine(struct doctor *d)
{
	doctor_kernel(d);
	doctor_limits(d);
	doctor_places(d);
	doctor_holds(d);
	doctor_helper(d);
	doctor_policy(d);
	doctor_pam(d);
	doctor_architectures(d);
	doctor_consumers(d);
	if (geteuid() != 0)
		doctor_find(d, FIND_NOT_ROOT, "without root, not everything could be looked at",
			    "%s", "run it again as root");
}

static int doctor_answer_json(struct doctor *d)
{
	json_t *answer = json_answer();

	if (!answer || d->is_short_of_memory ||
	    json_object_set(answer, "findings", d->findings) < 0 ||
	    json_object_set(answer, "passed", d->passed) < 0 ||
	    json_object_set_new(answer, "errors", json_integer(d->counts[SEV_ERROR])) < 0 ||
	    json_object_set_new(answer, "warnings", json_integer(d->counts[SEV_WARNING])) < 0 ||
	    json_object_set_new(answer, "notes", json_integer(d->counts[SEV_NOTE])) < 0) {
		json_decref(answer);
		answer = NULL;
	}
	return json_print(answer);
}

static int doctor_answer_text(struct doctor *d)
{
	(void)printf("%u error%s, %u warning%s\n", d->counts[SEV_ERROR],
		     doctor_plural(d->counts[SEV_ERROR]), d->counts[SEV_WARNING],
		     doctor_plural(d->counts[SEV_WARNING]));
	return CTL_OK;
}

int doctor_verb(const struct ctl *ctl)
{
	struct doctor d = {.ctl = ctl, .out = stdout, .has_colour = say_has_colour(stdout)};
	int code;

	d.has_selinux = access("/sys/fs/selinux/enforce", F_OK) == 0;
	if (ctl->json) {
		d.findings = json_array();
		d.passed = json_array();
		if (!d.findings || !d.passed)
			return json_print(NULL);
	}
	doctor_examine(&d);
	code = ctl->json ? doctor_answer_json(&d) : doctor_answer_text(&d);
	json_decref(d.findings);
	json_decref(d.passed);
	if (code != CTL_OK)
		return code;
	return d.counts[SEV_ERROR] || (ctl->strict && d.counts[SEV_WARNING]) ? CTL_REFUSED : CTL_OK;
}

const struct finding_row finding_rows[FIND_MAX] = {
#define FINDING_ROW(name, id, severity) [FIND_##name] = {id, severity},
	FINDINGS(FINDING_ROW)
#undef FINDING_ROW
};

const char *severity_word(enum severity severity)
{
	static const char *const words[SEV_MAX] = {
		[SEV_ERROR] = "error", [SEV_WARNING] = "warning", [SEV_NOTE] = "note"};

	return words[severity];
}
