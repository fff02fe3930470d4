/* SPDX-License-Identifier: MIT */
/* samples DIR: writes a record of a set and a message of each type below DIR, as inputs of fuzz_record and fuzz_wire. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "state/record.h"
#include "state/record_format.h"
#include "wire/wire.h"

static int sample_write(const char *dir, const char *name, unsigned number, const void *data,
			size_t size)
{
	char path[512];
	FILE *file;

	(void)snprintf(path, sizeof(path), "%s/%s-%u", dir, name, number);
	file = fopen(path, "we");
	if (!file || fwrite(data, size, 1, file) != 1)
		return -1;
	return fclose(file);
}

int main(int argc, char **argv)
{
	static struct set_record rec = {.id = 7, .uid = 2001, .dir_count = 1, .types = 7};
	int r = argc == 2 ? 0 : -1;

	(void)snprintf(rec.policy, sizeof(rec.policy), "lab");
	(void)snprintf(rec.dirs[0].path, sizeof(rec.dirs[0].path), "/tmp");
	format_seal_head(&rec);
	if (r == 0)
		r = sample_write(argv[1], "record", 0, &rec, sizeof(rec));
	for (unsigned type = 1; r == 0 && type < 256; type++) {
		static union nsi_message m;

		if (wire_size((enum nsi_type)type) == 0)
			continue;
		memset(&m, 0, sizeof(m));
		m.h = wire_header((enum nsi_type)type);
		r = sample_write(argv[1], "message", type, &m, m.h.size);
	}
	return r == 0 ? 0 : 1;
}
