/* SPDX-License-Identifier: MIT */
/* The messages about a configuration */
#ifndef NSI_POLICY_REPORT_H
#define NSI_POLICY_REPORT_H

#include <stdarg.h>

#include "policy/load.h"

/* More messages than this are counted, but not kept: nobody reads them. */
enum {
	REPORT_KEPT_MAX = 1000
};

/*
 * Adds a message about @line of @file.  @order is a number that grows from file
 * to file.  Returns 0 or -ENOMEM; an error is counted even then.
 */
int report_add(struct pol_report *report, enum pol_severity severity, const char *file,
	       unsigned order, unsigned line, const char *fmt, va_list ap)
	__attribute__((format(printf, 6, 0)));

/* Puts the messages into the order of files and lines. */
void report_sort(struct pol_report *report);

#endif /* NSI_POLICY_REPORT_H */
