/* SPDX-License-Identifier: MIT */
/* Connections, and the messages that come over them */
#ifndef NSI_REQUESTS_H
#define NSI_REQUESTS_H

struct server;

/* Takes over a connection.  @sock is closed if it cannot be served. */
void request_new(struct server *s, int sock);

#endif /* NSI_REQUESTS_H */
