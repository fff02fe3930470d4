/* SPDX-License-Identifier: MIT */
#include "ctl/findings.h"

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
