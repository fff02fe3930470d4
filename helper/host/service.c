/* SPDX-License-Identifier: MIT */
#include "host/service.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/text.h"
#include "log/log.h"

enum {
	SERVICE_FIRST = 3, /* SD_LISTEN_FDS_START */
	SERVICE_MOST = 64
};

/* Returns how many descriptors were passed to this process. */
static unsigned service_count(void)
{
	const char *pid = getenv("LISTEN_PID"), *count = getenv("LISTEN_FDS");
	uint64_t number;

	if (!pid || !count || text_u64(pid, INT32_MAX, &number) < 0 || (pid_t)number != getpid())
		return 0;
	return text_u64(count, SERVICE_MOST, &number) < 0 ? 0 : (unsigned)number;
}

/* Copies the name of the passed descriptor @index, or "" if it has none or a longer one. */
static void service_name(unsigned index, char ret[SERVICE_NAME])
{
	const char *at = getenv("LISTEN_FDNAMES");
	size_t len;

	for (; at && index > 0; index--) {
		at = strchr(at, ':');
		at = at ? at + 1 : NULL;
	}
	len = at ? strcspn(at, ":") : 0;
	if (len >= SERVICE_NAME)
		len = 0;
	memcpy(ret, at ? at : "", len);
	ret[len] = '\0';
}

int service_socket(void)
{
	const unsigned count = service_count();
	char name[SERVICE_NAME];
	int found = -ENOENT;
	unsigned others = 0;

	for (unsigned i = 0; i < count; i++) {
		(void)fcntl(SERVICE_FIRST + (int)i, F_SETFD, FD_CLOEXEC); /* it may not be open */
		service_name(i, name);
		if (strncmp(name, SERVICE_KEPT, strlen(SERVICE_KEPT)) == 0)
			continue;
		found = SERVICE_FIRST + (int)i;
		others++;
	}
	return others == 1 ? found : -ENOENT;
}

int service_kept(const char *prefix, char name[SERVICE_NAME])
{
	const unsigned count = service_count();

	for (unsigned i = 0; i < count; i++) {
		service_name(i, name);
		if (strncmp(name, prefix, strlen(prefix)) == 0)
			return SERVICE_FIRST + (int)i;
	}
	name[0] = '\0';
	return -ENOENT;
}

/* Returns the length of the address of the manager's socket, or 0 if there is none. */
static socklen_t service_address(struct sockaddr_un *ret)
{
	const char *path = getenv("NOTIFY_SOCKET");
	const size_t len = path ? strlen(path) : 0;

	*ret = (struct sockaddr_un){.sun_family = AF_UNIX};
	if (len == 0 || len >= sizeof(ret->sun_path) || (path[0] != '/' && path[0] != '@'))
		return 0;
	memcpy(ret->sun_path, path, len);
	if (path[0] == '@')
		ret->sun_path[0] = '\0';
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
}

/* Sends @state, and @fd unless it is below 0. */
static void service_send(const char *state, int fd)
{
	char control[CMSG_SPACE(sizeof(int))]
		__attribute__((aligned(__alignof__(struct cmsghdr)))) = {0};
	struct iovec text = {(void *)(uintptr_t)state, strlen(state)};
	NSI_AUTO_FD int sock = -EBADF;
	struct sockaddr_un address;
	struct msghdr message = {
		.msg_name = &address,
		.msg_namelen = service_address(&address),
		.msg_iov = &text,
		.msg_iovlen = 1,
	};
	struct cmsghdr *head;

	if (message.msg_namelen == 0)
		return;
	if (fd >= 0) {
		message.msg_control = control;
		message.msg_controllen = sizeof(control);
		head = CMSG_FIRSTHDR(&message);
		*head = (struct cmsghdr){.cmsg_len = CMSG_LEN(sizeof(fd)),
					 .cmsg_level = SOL_SOCKET,
					 .cmsg_type = SCM_RIGHTS};
		memcpy(CMSG_DATA(head), &fd, sizeof(fd));
	}
	sock = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (sock < 0 || sendmsg(sock, &message, MSG_NOSIGNAL) < 0)
		log_line(LOG_WARNING, "cannot tell systemd %.*s: %s", (int)strcspn(state, "\n"),
			 state, strerrordesc_np(errno));
}

void service_notify(const char *state)
{
	service_send(state, -EBADF);
}

void service_notify_reloading(void)
{
	char text[64];

	text_fmt(text, sizeof(text), "RELOADING=1\nMONOTONIC_USEC=%" PRIu64, clock_now_us());
	service_notify(text);
}

void service_keep(int fd, const char *name, const char *former)
{
	char text[SERVICE_NAME + 32];

	if (former[0]) {
		text_fmt(text, sizeof(text), "FDSTOREREMOVE=1\nFDNAME=%s", former);
		service_notify(text);
	}
	text_fmt(text, sizeof(text), "FDSTORE=1\nFDNAME=%s", name);
	service_send(text, fd);
}
