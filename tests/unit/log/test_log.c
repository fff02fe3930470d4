/* SPDX-License-Identifier: MIT */
/* Lines of the log as each logger gets them */
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "log/log.h"
#include "tests/unit/logged.h"
#include "tests/unit/own_system.h"

enum {
	LONG = 2000, /* bytes, more than a line has */
	SHOWN = 1023,
	MANY = 3000, /* lines, more than a socket holds */
};

TEST(test_a_line_on_standard_error_has_its_priority)
{
	struct logged l;

	logged_begin(&l);
	log_line(LOG_INFO, "set %d of %s", 7, "alice");
	log_line(LOG_ERR, "%s", "");
	assert_string_equal(logged_end(&l), "<6>set 7 of alice\n<3>\n");
}

TEST(test_control_characters_make_no_second_line)
{
	struct logged l;

	logged_begin(&l);
	log_line(LOG_NOTICE, "user %s", "a\n<0>b\r\x1b[2J\x7f\t");
	assert_string_equal(logged_end(&l), "<5>user a?<0>b??[2J??\n");
}

TEST(test_letters_of_other_languages_stay)
{
	struct logged l;

	logged_begin(&l);
	log_line(LOG_NOTICE, "j\xc3\xb6rg");
	assert_string_equal(logged_end(&l), "<5>j\xc3\xb6rg\n");
}

TEST(test_a_long_line_is_cut)
{
	char text[LONG + 1];
	const char *line;
	struct logged l;

	memset(text, 'x', LONG);
	text[LONG] = '\0';
	logged_begin(&l);
	log_line(LOG_INFO, "%s", text);
	line = logged_end(&l);
	assert_int_equal(strlen(line), 3 + SHOWN + 1);
	assert_int_equal(strspn(line + 3, "x"), SHOWN);
}

TEST(test_fields_are_for_the_journal_alone)
{
	const struct log_about about = {.set = 7, .user = "alice"};
	struct logged l;

	logged_begin(&l);
	log_about(&about, LOG_INFO, "begins");
	assert_string_equal(logged_end(&l), "<6>begins\n");
}

/* A logger at @path, in a system that has no other. */
static int logger_make(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int sock = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	faults_check(sock >= 0 &&
			     bind(sock, (const struct sockaddr *)&address, sizeof(address)) == 0,
		     "no logger at %s: %s", path, strerror(errno));
	return sock;
}

static void logger_begin(void)
{
	own_system();
	own_dir("/run/systemd", 0755);
	own_dir("/run/systemd/journal", 0755);
	own_tmpfs("/dev", 0, "mode=0755");
	log_open(false);
}

/* The next line that has come, whole. */
static void logger_check(int sock, const char *text)
{
	char is[4096];
	const ssize_t n = recv(sock, is, sizeof(is) - 1, 0);

	is[n > 0 ? n : 0] = '\0';
	faults_check(strcmp(is, text) == 0, "it got \"%s\", not \"%s\"", is, text);
}

static const char *journal_entry(const char *message, const char *fields)
{
	static char entry[1024];

	(void)snprintf(entry, sizeof(entry),
		       "MESSAGE=%s\nPRIORITY=6\nSYSLOG_FACILITY=10\n"
		       "SYSLOG_IDENTIFIER=nsisolate-helper\nSYSLOG_PID=%d\n%s",
		       message, (int)getpid(), fields);
	return entry;
}

static void log_to_journal(void *arg)
{
	const struct log_about about = {.set = 7, .user = "al\nPRIORITY=0", .rule = ""};
	char name[301], shown[300];
	int sock;

	(void)arg;
	logger_begin();
	sock = logger_make("/run/systemd/journal/socket");
	log_line(LOG_INFO, "a\nb");
	logger_check(sock, journal_entry("a?b", ""));
	log_about(&about, LOG_INFO, "begins");
	logger_check(sock, journal_entry("begins", "NSISOLATE_SET=7\n"
						   "NSISOLATE_USER=al?PRIORITY=0\n"));
	memset(name, 'x', 300);
	name[300] = '\0';
	log_about(&(const struct log_about){.policy = name}, LOG_INFO, "begins");
	(void)snprintf(shown, sizeof(shown), "NSISOLATE_POLICY=%.223s\n", name);
	logger_check(sock, journal_entry("begins", shown));
}

TEST(test_the_journal_gets_fields_a_line_each)
{
	faults_apart(log_to_journal, NULL);
}

static void log_to_syslog(void *arg)
{
	char line[128];
	int sock;

	(void)arg;
	logger_begin();
	log_line(LOG_INFO, "nobody is there");
	sock = logger_make("/dev/log");
	log_about(&(const struct log_about){.set = 7}, LOG_WARNING, "begins");
	(void)snprintf(line, sizeof(line), "<84>nsisolate-helper[%d]: begins", (int)getpid());
	logger_check(sock, line);
}

/* 84: authpriv.warning. */
TEST(test_without_a_journal_syslog_gets_the_line)
{
	faults_apart(log_to_syslog, NULL);
}

static void log_after_restart(void *arg)
{
	int sock;

	(void)arg;
	logger_begin();
	sock = logger_make("/run/systemd/journal/socket");
	log_line(LOG_INFO, "before");
	(void)close(sock);
	(void)unlink("/run/systemd/journal/socket");
	log_line(LOG_INFO, "between");
	sock = logger_make("/run/systemd/journal/socket");
	log_line(LOG_INFO, "after");
	logger_check(sock, journal_entry("after", ""));
}

TEST(test_a_logger_that_was_restarted_gets_the_next_line)
{
	faults_apart(log_after_restart, NULL);
}

static void log_to_full(void *arg)
{
	unsigned count = 0;
	char entry[4096];
	int sock, syslog;

	(void)arg;
	logger_begin();
	sock = logger_make("/run/systemd/journal/socket");
	syslog = logger_make("/dev/log");
	for (unsigned i = 0; i < MANY; i++)
		log_line(LOG_INFO, "line %u", i);
	logger_check(sock, journal_entry("line 0", ""));
	while (recv(sock, entry, sizeof(entry), 0) > 0)
		count++;
	faults_check(count < MANY - 1, "it took all lines");
	faults_check(recv(syslog, entry, sizeof(entry), 0) < 0, "another logger got lines");
	log_line(LOG_INFO, "with room again");
	logger_check(sock, journal_entry("with room again", ""));
}

TEST(test_a_logger_that_reads_nothing_holds_nobody_up)
{
	faults_apart(log_to_full, NULL);
}

static void log_in_child(void *arg)
{
	int sock, next, other;

	(void)arg;
	logger_begin();
	sock = logger_make("/run/systemd/journal/socket");
	next = dup(sock);
	(void)close(next);
	log_line(LOG_INFO, "parent");
	logger_check(sock, journal_entry("parent", ""));
	(void)close(next);
	other = memfd_create("other", MFD_CLOEXEC);
	faults_check(other == next, "the log has another descriptor than %d", next);
	log_forked();
	log_line(LOG_INFO, "child");
	logger_check(sock, journal_entry("child", ""));
	faults_check(fcntl(other, F_GETFD) >= 0 && lseek(other, 0, SEEK_END) == 0,
		     "the descriptor of another was used");
}

TEST(test_a_child_has_a_socket_of_its_own)
{
	faults_apart(log_in_child, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_line_on_standard_error_has_its_priority),
		cmocka_unit_test(test_control_characters_make_no_second_line),
		cmocka_unit_test(test_letters_of_other_languages_stay),
		cmocka_unit_test(test_a_long_line_is_cut),
		cmocka_unit_test(test_fields_are_for_the_journal_alone),
		cmocka_unit_test(test_the_journal_gets_fields_a_line_each),
		cmocka_unit_test(test_without_a_journal_syslog_gets_the_line),
		cmocka_unit_test(test_a_logger_that_was_restarted_gets_the_next_line),
		cmocka_unit_test(test_a_logger_that_reads_nothing_holds_nobody_up),
		cmocka_unit_test(test_a_child_has_a_socket_of_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
