/* SPDX-License-Identifier: MIT */
/* systemd and logind at the other end of a socket: writes down the calls that it gets, and answers */
#ifndef NSI_TEST_PEER_H
#define NSI_TEST_PEER_H

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <systemd/sd-bus.h>

#include "tests/unit/test.h"

/* Writes the rest of a message: "text", "t" and a number, "r(...)" for a structure. */
static inline void peer_write_contents(sd_bus_message *m, FILE *out)
{
	const char *contents;
	char type;

	while (sd_bus_message_peek_type(m, &type, &contents) > 0) {
		if (type == 'a' || type == 'v' || type == 'r') {
			(void)fprintf(out, "%c(", type);
			assert_true(sd_bus_message_enter_container(m, type, contents) > 0);
			peer_write_contents(m, out);
			assert_true(sd_bus_message_exit_container(m) > 0);
			(void)fprintf(out, ")");
			continue;
		}
		if (type == 's' || type == 'o') {
			const char *text;

			assert_true(sd_bus_message_read_basic(m, type, &text) > 0);
			(void)fprintf(out, "%s ", text);
		} else {
			uint64_t number = 0;

			assert_true(sd_bus_message_read_basic(m, type, &number) > 0);
			(void)fprintf(out, "%c%" PRIu64 " ", type, number);
		}
	}
}

static inline int peer_on_call(sd_bus_message *m, void *arg, sd_bus_error *e)
{
	FILE *out = arg;

	(void)e;
	if (strcmp(sd_bus_message_get_member(m), "Disconnected") == 0) /* the library's own */
		return 0;
	if (strcmp(sd_bus_message_get_member(m), "Hello") == 0) /* of a bus */
		return sd_bus_reply_method_return(m, "s", ":1.1");
	(void)fprintf(out, "%s %s: ", sd_bus_message_get_path(m), sd_bus_message_get_member(m));
	peer_write_contents(m, out);
	(void)fflush(out);
	if (strcmp(sd_bus_message_get_member(m), "Get") == 0)
		return sd_bus_reply_method_return(
			m, "v", strstr(sd_bus_message_get_path(m), "login1") ? "u" : "t",
			strstr(sd_bus_message_get_path(m), "login1") ? 4711 : UINT64_C(512));
	if (strcmp(sd_bus_message_get_member(m), "SetUnitProperties") == 0)
		return sd_bus_reply_method_errorf(m, SD_BUS_ERROR_ACCESS_DENIED,
						  "Unit is masked, says the test");
	return sd_bus_reply_method_return(m, "o", "/job");
}

/* Serves the socket @fd until its end, and writes the calls to @heard.  Never returns. */
static inline void peer_play(int fd, int heard)
{
	sd_bus *bus = NULL;
	sd_id128_t id;
	FILE *out = fdopen(heard, "w");

	if (!out || sd_id128_randomize(&id) < 0 || sd_bus_new(&bus) < 0 ||
	    sd_bus_set_fd(bus, fd, fd) < 0 || sd_bus_set_server(bus, true, id) < 0 ||
	    sd_bus_set_anonymous(bus, true) < 0 || sd_bus_start(bus) < 0 ||
	    sd_bus_add_filter(bus, NULL, peer_on_call, out) < 0)
		_exit(1);
	while (sd_bus_process(bus, NULL) >= 0 && sd_bus_wait(bus, UINT64_MAX) >= 0)
		;
	_exit(0);
}

#endif /* NSI_TEST_PEER_H */
