/* SPDX-License-Identifier: MIT */
/* The ring of decisions, and its words for people */
#ifndef NSI_CTL_DECIDED_H
#define NSI_CTL_DECIDED_H

#include <stddef.h>
#include <stdint.h>

#include "state/decisions.h"

struct ctl;
struct nsi_fail;

/*
 * Reads the decisions of the helper of ctl->rundir, oldest first, into *@ret (owned by the caller).
 * Returns their number, 0 where no helper has run since boot, or -errno.
 */
int decided_read(const struct ctl *ctl, struct decision **ret, struct nsi_fail *f);

/* "isolated", "joined", "host", "skipped", "allowed", "refused". */
const char *decided_word(uint32_t outcome);

/* "system", "policy", "memory", "config", "off"; "other" for a number of a later version. */
const char *decided_cause(uint32_t cause);

/* One sentence on what to do about a refusal of @cause. */
const char *decided_remedy(uint32_t cause);

/* Copies the sentence @text with "?" for bytes that are not printable.  Returns @buf. */
const char *decided_text(char *buf, size_t size, const char *text);

#endif /* NSI_CTL_DECIDED_H */
