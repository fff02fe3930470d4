/* SPDX-License-Identifier: MIT */
/* The default tables of "list" */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "ctl/ctl.h"
#include "ctl/list.h"

/* Whether any of them has a network of its own. */
static bool has_network(const struct listing *rows, unsigned count)
{
	bool any = false;

	for (unsigned i = 0; i < count; i++)
		any = any || (rows[i].network.mode[0] && strcmp(rows[i].network.mode, "host") != 0);
	return any;
}

/* The kinds that any of the sets has for itself; mnt, ipc and uts where that is not known. */
static void format_kinds(const struct listing *rows, unsigned count, char *buf, size_t size)
{
	uint32_t kinds = 0;
	size_t used = 0;

	for (unsigned i = 0; i < count; i++)
		kinds |= rows[i].view->is_own ? ns_bit(NS_MNT) | ns_bit(NS_IPC) | ns_bit(NS_UTS)
					      : rows[i].view->rec.kinds;
	buf[0] = '\0';
	for (int kind = 0; kind < NS_KIND_MAX && used < size; kind++)
		if (kinds & ns_bit(kind))
			used += (size_t)snprintf(buf + used, size - used, ",%s",
						 ns_kinds[kind].column);
}

static bool has_session(const struct listing *rows, unsigned count)
{
	bool any = false;

	for (unsigned i = 0; i < count; i++)
		any = any || rows[i].view->session_count > 0;
	return any;
}

static bool has_dir(const struct listing *rows, unsigned count)
{
	bool any = false;

	for (unsigned i = 0; i < count; i++)
		any = any || rows[i].view->rec.dir_count > 0;
	return any;
}

int list_print_tables(const struct listing *rows, unsigned count, bool headings)
{
	char kinds[100], names[200];
	int code;

	if (count == 0) {
		if (headings)
			(void)printf("no live sets\n");
		return CTL_OK;
	}
	format_kinds(rows, count, kinds, sizeof(kinds));
	(void)snprintf(names, sizeof(names), "set,user,uid,policy,scope,state,procs%s%s", kinds,
		       has_network(rows, count) ? ",network,address" : "");
	code = list_print_columns(rows, count, names, headings);
	if (code == CTL_OK && has_session(rows, count)) {
		(void)putchar('\n'); /* main() asks stdout for its state in the end */
		code = list_print_columns(rows, count, "set,user,pid,service,tty,since", headings);
	}
	if (code == CTL_OK && has_dir(rows, count)) {
		(void)putchar('\n');
		code = list_print_columns(rows, count, "set,directory,method,used,size", headings);
	}
	return code;
}
