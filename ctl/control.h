/* SPDX-License-Identifier: MIT */
/* The control field of a PAM line: what libpam does with what a module returns. */
#ifndef NSI_CTL_CONTROL_H
#define NSI_CTL_CONTROL_H

#include <stdbool.h>

/*
 * Whether a session goes on although pam_nsisolate refused it, by the control field
 * of its line (pam.conf(5)): one word, or "[value=action ...]".
 */
bool control_fails_open(const char *control);

/* Whether no module behind the line runs once pam_nsisolate has refused. */
bool control_is_final(const char *control);

/* Whether the session fails although pam_nsisolate allowed it. */
bool control_fails_closed(const char *control);

/* Whether success, or anything else that is no failure, ends the stack here. */
bool control_can_end(const char *control);

/* How many modules behind it may be jumped over. */
unsigned control_jump(const char *control);

#endif /* NSI_CTL_CONTROL_H */
