/* SPDX-License-Identifier: MIT */
/* A child that owns a new user namespace, whose maps a process outside writes; private to helper/ns */
#ifndef NSI_NS_OWNER_H
#define NSI_NS_OWNER_H

struct nsi_fail;

/* A child that lives in a new user namespace and does no more than it is told to. */
struct owner {
	int pidfd;
	int sock;
};

/* The work of that child: reports each step by its errno, or 0, and waits until it may go on. */
void owner_report(int sock, int err);
void owner_wait(int sock);

/* Starts it: it runs @work, which gets @arg and its end of the socket, and does not return. */
int owner_start(struct owner *o, void (*work)(const void *arg, int sock), const void *arg,
		struct nsi_fail *f);

/* Ends and reaps it, and closes what is open. */
void owner_end(struct owner *o);

/* Its next report: 0, or -errno with "cannot @what". */
int owner_step(const struct owner *o, const char *what, struct nsi_fail *f);
int owner_go_on(const struct owner *o, struct nsi_fail *f);

/* Writes both maps; @setgroups is "allow" or "deny" (user_namespaces(7)).  Returns 0 or -errno. */
int owner_map(const struct owner *o, const char *setgroups, const char *uid_map,
	      const char *gid_map, struct nsi_fail *f);

/* Its user namespace.  Returns a descriptor or -errno. */
int owner_open(const struct owner *o, struct nsi_fail *f);

#endif /* NSI_NS_OWNER_H */
