/* SPDX-License-Identifier: MIT */
#include "ctl/set_network.h"

#include <fcntl.h>
#include <inttypes.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/nstype.h"
#include "base/text.h"
#include "ctl/sets.h"

void network_read(const char *rundir, const struct view *v, struct net_record *ret)
{
	NSI_AUTO_FD int run = open(rundir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	char path[32], text[NET_RECORD_TEXT];

	*ret = (struct net_record){.mode = ""};
	if (v->is_own)
		return;
	text_fmt(path, sizeof(path), "net/%" PRIu64, v->rec.id);
	if (run >= 0 && fd_read_file(run, path, text, sizeof(text)) >= 0)
		net_record_parse(text, ret);
	else /* nothing on record: nothing of it is on the host */
		text_fmt(ret->mode, sizeof(ret->mode), "%s",
			 v->rec.types & ns_bit(NS_NET) ? net_mode_words[NET_NONE]
						       : net_mode_words[NET_HOST]);
}
