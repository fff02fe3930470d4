/* SPDX-License-Identifier: MIT */
#include "ctl/doctor.h"

#include <stdarg.h>
#include <unistd.h>

#include "ctl/ctl.h"
#include "ctl/say.h"

static const struct {
	const char *word;
	const char *colour;
} severities[SEV_MAX] = {
	[SEV_ERROR] = {"error", "\033[1;31m"},
	[SEV_WARNING] = {"warning", "\033[1;35m"},
	[SEV_NOTE] = {"note", "\033[1;36m"},
};

void doctor_find(struct doctor *d, enum severity severity, const char *what, const char *fmt, ...)
{
	char remedy[1024];
	va_list ap;

	d->counts[severity]++;
	(void)fprintf(d->out, "%s%-8s%s %s\n", d->has_colour ? severities[severity].colour : "",
		      severities[severity].word, d->has_colour ? "\033[0m" : "", what);
	va_start(ap, fmt);
	(void)vsnprintf(remedy, sizeof(remedy), fmt, ap);
	va_end(ap);
	if (remedy[0])
		(void)fprintf(d->out, "         -> %s\n", remedy);
}

void doctor_good(struct doctor *d, const char *subject, const char *fmt, ...)
{
	va_list ap;

	(void)fprintf(d->out, "%s%-8s%s %s: ", d->has_colour ? "\033[32m" : "", "ok",
		      d->has_colour ? "\033[0m" : "", subject);
	va_start(ap, fmt);
	(void)vfprintf(d->out, fmt, ap);
	va_end(ap);
	(void)fputc('\n', d->out);
}

static const char *plural(unsigned n)
{
	return n == 1 ? "" : "s";
}

int doctor_verb(const struct ctl *ctl, int argc, char **argv)
{
	struct doctor d = {.ctl = ctl, .out = stdout, .has_colour = say_has_colour(stdout)};

	(void)argc;
	(void)argv;
	doctor_kernel(&d);
	doctor_limits(&d);
	doctor_places(&d);
	doctor_holds(&d);
	doctor_helper(&d);
	doctor_policy(&d);
	doctor_pam(&d);
	if (geteuid() != 0)
		doctor_find(&d, SEV_NOTE, "without root, not everything could be looked at", "%s",
			    "run it again as root");
	(void)printf("%u error%s, %u warning%s\n", d.counts[SEV_ERROR], plural(d.counts[SEV_ERROR]),
		     d.counts[SEV_WARNING], plural(d.counts[SEV_WARNING]));
	return d.counts[SEV_ERROR] ? CTL_REFUSED : CTL_OK;
}
