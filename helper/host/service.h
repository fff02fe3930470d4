/* SPDX-License-Identifier: MIT */
/* The protocol of the service manager: messages to it, and descriptors from it */
#ifndef NSI_SERVICE_H
#define NSI_SERVICE_H

/* The names of descriptors that the service manager keeps for the next helper begin with this. */
#define SERVICE_KEPT "nsi-"

enum {
	SERVICE_NAME = 64
};

/*
 * Returns the one descriptor that systemd has passed (sd_listen_fds(3)) besides those that it has kept,
 * or -ENOENT if there is none, or more.  All that were passed are closed when a program is executed from then on.
 */
int service_socket(void);

/*
 * Returns the first descriptor that systemd has kept whose name begins with @prefix, and copies that name
 * to @name; or -ENOENT.  The caller owns it.
 */
int service_kept(const char *prefix, char name[SERVICE_NAME]);

/* Sends a state to systemd (sd_notify(3)): "READY=1", "STOPPING=1". */
void service_notify(const char *state);

/* Sends "RELOADING=1" with the time that systemd 253 and later require. */
void service_notify_reloading(void);

/*
 * Has systemd keep @fd under @name for the next helper, which gets it also when this one is killed
 * (FDSTORE=1, FileDescriptorStoreMax= of the unit), in place of the one that it has kept as @former, if
 * that is not "".  There is no answer.
 */
void service_keep(int fd, const char *name, const char *former);

#endif /* NSI_SERVICE_H */
