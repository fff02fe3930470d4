/* SPDX-License-Identifier: MIT */
/* The close of a session, and what an administrator asks for */
#ifndef NSI_CLOSE_H
#define NSI_CLOSE_H

#include "wire/wire.h"

struct call;

/* Each answers the request and frees it; but a close lasts until its process has left, which close_finished() is told. */
void close_session(struct call *c, const struct nsi_close *m);
void close_finished(struct call *c);

/* Repeats the answer with a descriptor for each namespace, once. */
void close_by_type(struct call *c);

void close_set(struct call *c, const struct nsi_retire *m);
void collect_garbage(struct call *c);

#endif /* NSI_CLOSE_H */
