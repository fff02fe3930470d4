/* SPDX-License-Identifier: MIT */
/* The default tables of "list" */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "ctl/ctl.h"
#include "ctl/list.h"

/* Whether any of them has a network of its own. */
static bool list_has_network(const struct listing *rows, unsigned count)
{
	bool any = false;

	for (unsigned i = 0; i < count; i++)
		any = any || (rows[i].network.mode[0] && strcmp(rows[i].network.mode, "host") != 0);
	return any;
}

static bool list_has_job(const struct listing *rows, unsigned count)
{
	bool any = false;

	for (unsigned i = 0; i < count; i++)
		any = any || rows[i].view->rec.job_id != 0;
	return any;
}

/* The types that any of the sets has for itself; mnt, ipc and uts where that is not known. */
static void list_format_types(const struct listing *rows, unsigned count, char *buf, size_t size)
{
	uint32_t types = 0;
	size_t used = 0;

	for (unsigned i = 0; i < count; i++)
		types |= rows[i].view->is_own ? ns_bit(NS_MNT) | ns_bit(NS_IPC) | ns_bit(NS_UTS)
					      : rows[i].view->rec.types;
	buf[0] = '\0';
	for (int type = 0; type < NS_TYPE_MAX && used < size; type++)
		if (types & ns_bit(type))
			used += (size_t)snprintf(buf + used, size - used, ",%s",
						 ns_types[type].column);
}

static bool list_has_session(const struct listing *rows, unsigned count)
{
	bool any = false;

	for (unsigned i = 0; i < count; i++)
		any = any || rows[i].view->session_count > 0;
	return any;
}

static bool list_has_dir(const struct listing *rows, unsigned count)
{
	bool any = false;

	for (unsigned i = 0; i < count; i++)
		any = any || rows[i].view->rec.dir_count > 0;
	return any;
}

int list_print_tables(const struct listing *rows, unsigned count, bool headings)
{
	char types[100], names[200];
	int code;

	if (count == 0) {
		if (headings)
			(void)printf("no live sets\n");
		return CTL_OK;
	}
	list_format_types(rows, count, types, sizeof(types));
	text_fmt(names, sizeof(names), "set,user,uid,policy,scope%s,state,procs%s%s",
		 list_has_job(rows, count) ? ",job" : "", types,
		 list_has_network(rows, count) ? ",network,address" : "");
	code = list_print_columns(rows, count, names, headings);
	if (code == CTL_OK && list_has_session(rows, count)) {
		(void)putchar('\n'); /* main() asks stdout for its state in the end */
		code = list_print_columns(rows, count, "set,user,pid,service,tty,since", headings);
	}
	if (code == CTL_OK && list_has_dir(rows, count)) {
		(void)putchar('\n');
		code = list_print_columns(rows, count, "set,directory,method,used,size", headings);
	}
	return code;
}
