/* SPDX-License-Identifier: MIT */
/*
 * A PAM application with unusual process attributes, to load a module into.
 *
 * pamhost [OPTION...] OPERATION...: a PAM application, first put into the state that the options
 * ask for, then led through the operations, one after the other.  Prints "OPERATION RESULT" for
 * each; ends with 0 if every operation of PAM's succeeded, with 1 otherwise.
 */
#include "tests/tools/host/host.h"

#include <getopt.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void *walk_in_thread(void *data)
{
	struct host *host = data;

	host->failed = host_walk(host);
	return NULL;
}

/* Reads the command line.  Returns 0, or -1 when it is invalid, which is reported. */
static int parse(struct host *host, int argc, char **argv)
{
	struct option options[] = {
		{"block-all", no_argument, &host->block_all, 1},
		{"close-stdio", no_argument, &host->close_stdio, 1},
		{"delete-cwd", no_argument, &host->delete_cwd, 1},
		{"worker", no_argument, &host->in_worker, 1},
		{"no-conv", no_argument, &host->no_conv, 1},
		{"silent", no_argument, &host->silent, 1},
		{"alarm", required_argument, NULL, 'a'},
		{"confdir", required_argument, NULL, 'c'},
		{"cwd", required_argument, NULL, 'd'},
		{"extra-fds", required_argument, NULL, 'f'},
		{"rhost", required_argument, NULL, 'h'},
		{"limit", required_argument, NULL, 'l'},
		{"umask", required_argument, NULL, 'm'},
		{"sigchld", required_argument, NULL, 'q'},
		{"ruser", required_argument, NULL, 'r'},
		{"service", required_argument, NULL, 's'},
		{"threads", required_argument, NULL, 't'},
		{"user", required_argument, NULL, 'u'},
		{"tty", required_argument, NULL, 'y'},
		{0},
	};
	const char **const texts[] = {
		['c'] = &host->confdir, ['d'] = &host->cwd,     ['h'] = &host->rhost,
		['l'] = &host->limit,   ['m'] = &host->umask,   ['q'] = &host->sigchld,
		['r'] = &host->ruser,   ['s'] = &host->service, ['u'] = &host->user,
		['y'] = &host->tty,
	};
	unsigned *const counts[] = {
		['a'] = &host->alarm,
		['f'] = &host->extra_fds,
		['t'] = &host->threads,
		['z'] = NULL,
	};
	int c;

	while ((c = getopt_long(argc, argv, "+s:u:", options, NULL)) != -1) {
		if (c == '?')
			return -1;
		if (c != 0 && texts[c])
			*texts[c] = optarg;
		else if (c != 0)
			*counts[c] = (unsigned)strtoul(optarg, NULL, 10);
	}
	host->flags = host->silent ? PAM_SILENT : 0;
	host->words = argv + optind;
	return 0;
}

int main(int argc, char **argv)
{
	static struct host host = {.service = "rig", .user = "nobody"};
	pthread_t worker;

	if (parse(&host, argc, argv) < 0)
		return 2;
	if (host_prepare(&host) < 0) {
		perror("pamhost");
		return 2;
	}
	if (host_start(&host) != PAM_SUCCESS) {
		fprintf(stderr, "pamhost: pam_start failed\n");
		return 2;
	}
	if (host_set_limit(&host, false) < 0) /* not before: libpam itself needs what there is */
		return 2;
	if (!host.in_worker)
		host.failed = host_walk(&host);
	else if (pthread_create(&worker, NULL, walk_in_thread, &host) != 0 ||
		 pthread_join(worker, NULL) != 0)
		return 2;
	if (host.failed < 0)
		fprintf(stderr, "pamhost: no such operation\n");
	return host.failed < 0 ? 2 : host.failed > 0;
}
