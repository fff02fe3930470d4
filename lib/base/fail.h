/* SPDX-License-Identifier: MIT */
/* An error as one sentence */
#ifndef NSI_FAIL_H
#define NSI_FAIL_H

/*
 * The detail of a failure travels upwards beside the -errno, in memory that the
 * caller owns, so that no error path allocates.  Only the top (the module, the
 * helper's main loop, the command) logs it, once.
 */
struct nsi_fail {
	char what[256];
};

/*
 * Describes a failure and returns @err as a negative errno, so that
 * "return fail_set(f, errno, ...)" is the whole error path.  @err may be given
 * with either sign; 0 becomes -EIO, because a failure never reads as success.
 * A sentence that is set already stays: the innermost failure knows most.
 */
int fail_set(struct nsi_fail *f, int err, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* As fail_set(), with ": " and the text of @err appended.  Returns the negative errno. */
int fail_errno(struct nsi_fail *f, int err, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Of two results of work that goes on after a failure: the first that is negative, or @later. */
static inline int fail_first(int earlier, int later)
{
	return earlier < 0 ? earlier : later;
}

#endif /* NSI_FAIL_H */
