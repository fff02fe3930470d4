/* SPDX-License-Identifier: MIT */
/* The start and the end of the helper */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/fail.h"
#include "base/text.h"
#include "confine/confine.h"
#include "host/service.h"
#include "log/log.h"
#include "priv/priv.h"
#include "serve/call.h"
#include "serve/listen.h"
#include "serve/server.h"
#include "sets/adopt.h"
#include "sets/all.h"
#include "sets/joinable.h"
#include "sets/set.h"
#include "sets/stay.h"
#include "wire/wire.h"

static const uint64_t prepare_us = 1000000; /* the first login does not wait for it */

/* The sets, and who serves requests for them: this is the only file that has both. */
struct helper {
	struct sets sets;
	struct server server;
	struct source signals;
};

struct options {
	const char *config;
	const char *rundir;
	const char *statedir;
	int connection; /* of the login that started us; -EBADF if none did */
	bool foreground;
};

static int main_usage(FILE *to)
{
	(void)fprintf(
		to,
		"usage: nsisolate-helper [--config FILE] [--rundir DIR] [--statedir DIR]\n"
		"                        [--connection FD] [--foreground]\n"
		"Builds and keeps the namespaces of login sessions.  Started by the PAM module\n"
		"or by systemd; see pam_nsisolate(8).\n");
	return to == stdout ? 0 : 2;
}

/* Returns -1 to go on, or the exit status. */
static int main_parse(int argc, char **argv, struct options *o)
{
	static const struct option options[] = {
		{"config", required_argument, NULL, 'c'},
		{"rundir", required_argument, NULL, 'r'},
		{"statedir", required_argument, NULL, 's'},
		{"connection", required_argument, NULL, 'C'},
		{"foreground", no_argument, NULL, 'f'},
		{"version", no_argument, NULL, 'V'},
		{"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0},
	};
	uint64_t fd;
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (c) {
		case 'c':
			o->config = optarg;
			break;
		case 'r':
			o->rundir = optarg;
			break;
		case 's':
			o->statedir = optarg;
			break;
		case 'C':
			if (text_u64(optarg, 1023, &fd) < 0)
				return main_usage(stderr);
			o->connection = (int)fd;
			break;
		case 'f':
			o->foreground = true;
			break;
		case 'V':
			(void)printf("nsisolate-helper " PACKAGE_VERSION "\n");
			return 0;
		case 'h':
			return main_usage(stdout);
		default:
			return main_usage(stderr);
		}
	}
	return optind == argc ? -1 : main_usage(stderr);
}

static void main_on_signal(struct source *s)
{
	struct helper *h = loop_owner(s, struct helper, signals);
	struct signalfd_siginfo info;

	if (read(s->fd, &info, sizeof(info)) != (ssize_t)sizeof(info))
		return;
	if (info.ssi_signo == SIGHUP) {
		service_notify_reloading();
		h->server.reloading = true;
		loader_invalidate(&h->sets.loader);
		if (loader_refresh(&h->sets.loader)) /* else server_on_policy() is next */
			server_on_policy(&h->sets.loader);
		return;
	}
	server_stop(&h->server);
}

/* SIGTERM and SIGINT end the helper and leave every set as it is; SIGHUP reads the policy again. */
static int main_watch_signals(struct helper *h, struct nsi_fail *f)
{
	sigset_t set;
	int r;

	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGCHLD, SIG_DFL); /* children are waited for by their pidfds */
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	if (sigprocmask(SIG_SETMASK, &set, NULL) < 0)
		return fail_errno(f, errno, "cannot block signals");
	h->signals = (struct source){.fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK),
				     .ready = main_on_signal};
	if (h->signals.fd < 0)
		return fail_errno(f, errno, "cannot watch signals");
	r = loop_add(&h->sets.loop, &h->signals, EPOLLIN);
	return r < 0 ? fail_errno(f, r, "cannot watch signals") : 0;
}

/*
 * Becomes the only helper for this rundir: yields to one that answers, replaces one that is
 * shutting down.  Returns what host_take() returns.
 */
static int main_take_place(struct host *host, struct nsi_fail *f)
{
	int r = host_init(host, f);

	if (r < 0)
		return r;
	do
		r = host_take(host, f);
	while (r == HOST_TAKEN && !listen_wait_for_other(host->rundir, host->lock_fd));
	return r;
}

static void main_prepare(struct timer *t)
{
	(void)t;
	confine_prepare();
}

/* Does all that can be done before it is known that no other helper serves this rundir.  Returns what host_take() returns, or -errno. */
static int main_begin(struct helper *h, struct nsi_fail *f)
{
	struct sets *sets = &h->sets;
	int r = surroundings_leave(h->server.on_demand, f);

	if (r < 0)
		return r;
	r = priv_init(f);
	if (r < 0)
		return r;
	r = confine_start(f);
	if (r < 0)
		return r;
	r = loop_init(&sets->loop);
	if (r < 0)
		return fail_errno(f, r, "cannot make an event loop");
	r = main_watch_signals(h, f);
	return r < 0 ? r : main_take_place(&sets->host, f);
}

/* Returns 0 or -errno. */
static int main_init_sets(struct helper *h, struct nsi_fail *f)
{
	struct sets *sets = &h->sets;
	int r = sentinels_init(&sets->sentinels, sets, f);

	if (r == 0)
		r = jobs_init(&sets->jobs, sets, f);
	if (r < 0)
		return r;
	scanner_init(&sets->scanner, sets);
	loader_init(&sets->loader, &sets->loop, &sets->host, server_on_policy, &h->server);
	sweeper_init(&sets->sweeper, &sets->loop, &sets->host,
		     (struct sweep_owner){.is_live = adopt_is_live, .arg = sets});
	spare_init(&sets->spare, sets);
	upkeep_init(&sets->upkeep, sets);
	r = networks_init(&sets->networks, sets, f);
	if (r < 0)
		return r;
	return limits_init(&sets->limits, &sets->loop, sets->host.run_fd, f);
}

/* Takes over what an earlier helper has left. */
static void main_adopt(struct helper *h)
{
	struct sets *sets = &h->sets;
	int r = decisions_open(&h->server.decisions, sets->host.run_fd);

	if (r < 0) /* logins do not depend on it */
		log_line(LOG_WARNING, "cannot keep decisions in %s/" DECISIONS_FILE ": %s",
			 sets->host.rundir, strerrordesc_np(-r));
	h->server.waits_fd = waits_open(sets->host.run_fd, &h->server.waits); /* likewise */
	joins_init(&sets->joins, &sets->loop, &sets->host, joined_on_look);
	sets->joins.decisions = &h->server.decisions;
	adopt_all(sets);
	joins_start(&sets->joins);
	sets->loop.turn = joined_on_turn;
	if (sets->unread_until == 0) { /* else they may be of a set that is not known */
		networks_collect(&sets->networks);
		limits_collect(&sets->limits);
	}
	sweeper_start(&sets->sweeper);
}

/* Everything up to the first request.  Returns 0, HOST_TAKEN, or -errno. */
static int main_start(struct helper *h, const struct options *o, struct nsi_fail *f)
{
	static struct timer prepare = {.fire = main_prepare};
	int sock = o->connection < 0 ? listen_from_systemd() : -ENOENT;
	struct sets *sets = &h->sets;
	int r;

	server_init(&h->server, sets, sock < 0);
	log_open(o->foreground);
	if (sock == -ENOTSOCK)
		return fail_set(f, ENOTSOCK,
				"systemd handed over something else than a listening "
				"socket: see ListenSequentialPacket= of nsisolate.socket");
	sets->host.relieves = !h->server.on_demand;
	r = main_begin(h, f);
	if (r != 0)
		return r;
	r = main_init_sets(h, f);
	if (r < 0)
		return r;
	main_adopt(h);
	watch_start(&sets->watch, &sets->loop, &sets->loader);
	loop_arm(&sets->loop, &prepare, prepare_us);
	(void)loader_refresh(&sets->loader); /* so that it is read before the first login asks */
	if (sock < 0)
		sock = listen_own(&h->server, f);
	return sock < 0 ? sock : listen_start(&h->server, sock, f);
}

static void main_before_wait(struct loop *loop)
{
	server_check_idle(&loop_owner(loop, struct helper, sets.loop)->server);
}

/* The login that started us waits for an answer, and gets this one. */
static void main_tell_starter(int connection, const struct nsi_fail *f)
{
	struct nsi_reply reply = {.h = wire_header(NSI_REFUSED), .cause = NSI_CAUSE_SYSTEM};

	if (connection < 0)
		return;
	memcpy(reply.text, f->what, sizeof(f->what));
	(void)wire_send(connection, &reply.h, NULL, 0); /* the log has it too */
}

int main(int argc, char **argv)
{
	static struct helper helper;
	struct options o = {
		.config = NSI_CONFIG,
		.rundir = NSI_RUNDIR,
		.statedir = NSI_STATEDIR,
		.connection = -EBADF,
	};
	struct nsi_fail f = {""};
	int r = main_parse(argc, argv, &o);

	if (r >= 0)
		return r;
	/* All of argv is one block, so an anchor may write its title over it. */
	stay_set_title_area(argv[0], (size_t)(argv[argc - 1] + strlen(argv[argc - 1]) - argv[0]));
	stay_find_program();
	/* Copies, as the title goes over the arguments. */
	helper.sets.host = (struct host){
		.config = strdup(o.config),
		.rundir = strdup(o.rundir),
		.statedir = strdup(o.statedir),
	};
	if (!helper.sets.host.config || !helper.sets.host.rundir || !helper.sets.host.statedir)
		return 1;
	r = main_start(&helper, &o, &f);
	if (r == HOST_TAKEN)
		return 0; /* the login that started us finds the other one */
	if (r < 0) {
		(void)fail_errno(&f, r, "cannot start");
		log_line(LOG_ERR, "%s", f.what);
		main_tell_starter(o.connection, &f);
		return 1;
	}
	service_notify("READY=1");
	if (o.connection >= 0)
		request_new(&helper.server, o.connection);
	return loop_run(&helper.sets.loop, main_before_wait) < 0 ? 1 : 0;
}
