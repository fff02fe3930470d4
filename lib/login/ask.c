/* SPDX-License-Identifier: MIT */
/* The module's request to the helper, and its answer */

#include <errno.h>
#include <sys/pidfd.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/fail.h"
#include "base/fd.h"
#include "login/client.h"
#include "login/place.h"

/*
 * An interrupted call is made again this often: a helper may die, lose a race to start, or be
 * restarted by somebody again and again.  Two and a half seconds in all, if each fails at once.
 */
enum {
	TRIES = 12,
	NAP_FIRST_US = 10000,
	NAPS_THAT_GROW = 5
};

/* In the middle of an upgrade the helper of before is still there, for seconds. */
enum {
	UPGRADE_NAP_US = 100000
};

/* One exchange with the helper, until it is decided what this login gets. */
static int ask_once(const struct asking *a, bool may_start, struct nsi_fail *f)
{
	NSI_AUTO_FD int self = fd_above_stdio((int)pidfd_open(getpid(), 0));
	int r;

	if (self < 0)
		return fail_errno(f, errno, "cannot get a handle of this process");
	r = client_connect(a->call, a->args, may_start, f);
	if (r != 0)
		return r;
	r = client_send(a->call, &a->open->h, self, f);
	if (r < 0 && r != -EPIPE)
		return r;
	/* A helper that cannot start says why, and may have ended by now. */
	*f = (struct nsi_fail){""};
	r = client_receive(a->call, f);
	while (r == 0 && a->call->reply.h.type == NSI_NEED) {
		r = a->answer(a->arg, a->call, f);
		if (r == 0)
			r = client_receive(a->call, f);
	}
	return r;
}

static void ask_nap(int tries)
{
	(void)usleep((unsigned)NAP_FIRST_US << (tries < NAPS_THAT_GROW ? tries : NAPS_THAT_GROW));
}

int ask_open(const struct asking *a, bool may_start, struct nsi_fail *f)
{
	int r = -EPIPE;

	for (int i = 0; i < TRIES && clock_left_ms(a->call->deadline_us) > 0;) {
		*f = (struct nsi_fail){""};
		r = ask_once(a, may_start, f);
		if (r == -EPROTO)
			(void)usleep(UPGRADE_NAP_US);
		else if (r == -EPIPE)
			ask_nap(i++); /* another helper may be starting up */
		else
			break;
	}
	return r;
}

static int ask_for_each(struct client_call *call, struct nsi_fail *f)
{
	struct nsi_ack ack = {.h = wire_header(NSI_ACK), .entered = NSI_NOT_PERMITTED};
	int r = client_send(call, &ack.h, -EBADF, f);

	if (r < 0)
		return r;
	r = client_receive(call, f);
	if (r < 0)
		return r;
	return call->reply.h.type == NSI_ENTER ? 0 : fail_set(f, EPERM, "%.250s", call->reply.text);
}

int ask_enter(struct client_call *call, struct place *place, unsigned ways, struct nsi_fail *f)
{
	int r;

	call->ways = ways;
	r = place_enter(place, &call->reply, call->fds, ways, f);
	if (r != -EPERM || ways != 1)
		return r;
	*f = (struct nsi_fail){""}; /* the helper says the reason */
	r = ask_for_each(call, f);
	if (r < 0)
		return r;
	call->ways = (unsigned)__builtin_popcount(call->reply.types);
	if (call->fd_count < call->ways)
		return fail_set(f, EBADMSG, "the helper's answer lacks its descriptor");
	place->is_by_type = true;
	return place_enter(place, &call->reply, call->fds, call->ways, f);
}

void ask_acknowledge(struct client_call *call, bool entered)
{
	struct nsi_ack ack = {.h = wire_header(NSI_ACK),
			      .entered = entered ? NSI_ENTERED : NSI_STAYED};
	struct nsi_fail ignored = {""};

	/* If the helper is gone, the next one finds this session by its record and its process. */
	(void)client_send(call, &ack.h, -EBADF, &ignored);
}
