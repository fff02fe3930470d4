/* SPDX-License-Identifier: MIT */
/* The data that a PAM handle keeps between open and close */
#ifndef NSI_MODULE_SESSION_H
#define NSI_MODULE_SESSION_H

#include <security/pam_modules.h>
#include <stdbool.h>
#include <stdint.h>

#include "login/workdir.h"
#include "wire/wire.h"

struct module_args;
struct nsi_fail;

/* The slot of a login by the page of joins, and where it has gone, for its close */
struct joined {
	int slot;       /* of the page */
	uint32_t types; /* of the namespaces that it has entered */
	bool has_slot;
	bool keeps_root;                       /* the root directory of the set is the host's */
	uint64_t root_mnt, root_dev, root_ino; /* it, by statx(2); 0: not known */
};

struct pam_session {
	uint64_t set;
	uint64_t id;
	uint32_t uid;
	unsigned depth; /* opens in this handle */
	char user[NSI_NAME_SIZE];
	struct workdir origin; /* the working directory at open */
	struct joined joined;
};

/* Returns the session of the handle, which owns it, or NULL. */
struct pam_session *session_get(pam_handle_t *pamh);

/*
 * Puts a session and its environment (NSISOLATE_SET, NSISOLATE_POLICY; NSISOLATE_HOST,
 * the hostname of this process, if it is about to get another) into the handle.  Returns a PAM code; after a failure the caller calls session_drop().
 */
int session_put(pam_handle_t *pamh, const struct nsi_open *open, const struct nsi_reply *reply,
		const struct workdir *origin);

/* Removes session and environment from the handle, as far as they are in it. */
void session_drop(pam_handle_t *pamh);

/* Frees the session and keeps the environment, which the program may have copied before. */
void session_forget(pam_handle_t *pamh);

/* Records which directory TMPDIR of the PAM environment names, before the namespaces change. */
void tmpdir_look(pam_handle_t *pamh, struct workdir *ret);

/*
 * Removes TMPDIR and its like from the PAM environment if @before is not visible any more:
 * a directory that pam_tmpdir has made in the host's /tmp.  The private /tmp serves as well.
 */
void tmpdir_settle(pam_handle_t *pamh, const struct workdir *before);

#endif /* NSI_MODULE_SESSION_H */
