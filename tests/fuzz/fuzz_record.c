/* SPDX-License-Identifier: MIT */
/* Whatever a record of a set says, it is refused or can be used; so with the record of its network. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "state/facts.h"
#include "state/net_record.h"
#include "state/record.h"
#include "state/record_format.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A record that is accepted must survive being stored and loaded again. */
static void use_record(const struct set_record *rec)
{
	struct set_facts facts = {0};

	if (facts_load(&facts, rec) == 0) {
		struct set_record again = *rec;

		facts_store(&facts, rec->boot_id, &again);
		facts_free(&facts);
	}
}

static void use_network(const uint8_t *data, size_t size)
{
	struct net_record net;
	char buf[NET_RECORD_TEXT], *text = malloc(size + 1);

	if (!text)
		return;
	memcpy(text, data, size);
	text[size] = '\0';
	net_record_parse(text, &net);
	if (net_record_format(&net, buf) >= sizeof(buf))
		abort();
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct set_record rec, sealed;

	if (record_parse(data, size, &rec) == 0)
		use_record(&rec);
	/* The checks behind the checksum: a writer of records can seal a wrong one, too. */
	memcpy(&sealed, data, size < sizeof(sealed) ? size : sizeof(sealed));
	if (sealed.dir_count > RECORD_DIRS) /* who seals has counted */
		sealed.dir_count = RECORD_DIRS;
	format_seal_head(&sealed);
	if (record_parse(&sealed, sizeof(sealed), &rec) == 0)
		use_record(&rec);
	use_network(data, size);
	return 0;
}
