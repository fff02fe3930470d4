/* SPDX-License-Identifier: MIT */
/* The host name of a set, and the files that agree with it */
#include "uts/uts.h"

#include <grp.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "tests/unit/own_system.h"

enum {
	MIB = 1 << 20,
	SMALL = 20 << 10, /* more than is copied without a look at the room */
};

static void become_ordinary(void *arg)
{
	struct nsi_fail f = {""};

	(void)arg;
	if (geteuid() == 0)
		faults_check(setgroups(0, NULL) == 0 && setresgid(65534, 65534, 65534) == 0 &&
				     setresuid(65534, 65534, 65534) == 0,
			     "still root");
	faults_check(uts_set("", "", &f) == 0, "nothing cannot be set: %s", f.what);
	faults_check(uts_set("alice", "", &f) == -EPERM, "an ordinary user sets it");
	faults_check(strcmp(f.what, "cannot set the hostname to alice: "
				    "Operation not permitted") == 0,
		     "%s", f.what);
	f.what[0] = '\0';
	faults_check(uts_set("", "lab", &f) == -EPERM &&
			     strstr(f.what, "cannot set the domainname to lab") == f.what,
		     "%s", f.what);
}

TEST(test_a_name_that_cannot_be_set_is_in_the_sentence)
{
	faults_apart(become_ordinary, NULL);
}

static void check_names(const char *host, const char *domain)
{
	char is[256] = "";

	faults_check(gethostname(is, sizeof(is)) == 0 && strcmp(is, host) == 0, "host %s", is);
	faults_check(getdomainname(is, sizeof(is)) == 0 && strcmp(is, domain) == 0, "domain %s",
		     is);
}

static void set_names(void *arg)
{
	struct nsi_fail f = {""};
	char longest[65 + 1];

	(void)arg;
	own_system();
	faults_check(uts_set("node", "lab", &f) == 0, "%s", f.what);
	check_names("node", "lab");
	faults_check(uts_set("", "", &f) == 0, "%s", f.what);
	check_names("node", "lab");
	faults_check(uts_set("alice", "", &f) == 0, "%s", f.what);
	check_names("alice", "lab");
	memset(longest, 'a', 65);
	longest[65] = '\0';
	faults_check(uts_set(longest, "", &f) == -EINVAL && f.what[0], "65 bytes are a name");
	check_names("alice", "lab");
}

TEST(test_an_empty_name_keeps_the_old_one)
{
	faults_apart(set_names, NULL);
}

static const struct sample {
	const char *host, *hosts, *name, *line;
} samples[] = {
	{"node", "127.0.0.1 localhost\n127.0.1.1 node.example.org node\n", "alice",
	 "127.0.1.1\talice.example.org alice\n"},
	{"node", "127.0.1.1 node node.example.org\n", "alice",
	 "127.0.1.1\talice.example.org alice\n"},
	{"node.example.net", "", "alice", "127.0.1.1\talice.example.net alice\n"},
	{"node", "127.0.1.1 NODE.Example.org\n", "alice", "127.0.1.1\talice.Example.org alice\n"},
	{"node", "# node.example.org\n127.0.1.1 node #node.example.org\n", "alice",
	 "127.0.1.1\talice\n"},
	{"node", "10.0.0.1 nodes.example.org\n10.0.0.2 a.node.example.org\n", "alice",
	 "127.0.1.1\talice\n"},
	{"node", "127.0.1.1 node.ex/ample node.exa_mple\n", "alice", "127.0.1.1\talice\n"},
	{"node", "127.0.1.1 node.example.org\n", "alice.lab", "127.0.1.1\talice.lab alice\n"},
	{"node", "127.0.1.1 node.example.org", "alice", "127.0.1.1\talice.example.org alice\n"},
	{"node", NULL, "alice", "127.0.1.1\talice\n"},
};

static void write_files(void *arg)
{
	const struct sample *s = arg;
	struct nsi_fail f = {""};
	char text[512];
	NSI_AUTO_FD int dir = -EBADF;

	own_system();
	own_tmpfs("/etc", 0, "mode=0755");
	own_dir("/run/files", 0700);
	dir = open("/run/files", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (s->hosts)
		own_file("/etc/hosts", s->hosts);
	faults_check(sethostname(s->host, strlen(s->host)) == 0, "no host name");
	faults_check(uts_write_files(dir, s->name, &f) == 0, "%s", f.what);
	(void)snprintf(text, sizeof(text), "%s%s", s->line, s->hosts ? s->hosts : "");
	own_check_text("/run/files/hosts", text);
	own_check_mode("/run/files/hosts", 0644);
	(void)snprintf(text, sizeof(text), "%s\n", s->name);
	own_check_text("/run/files/hostname", text);
	own_check_mode("/run/files/hostname", 0644);
}

TEST(test_the_first_line_of_hosts_is_the_new_name_with_the_domain)
{
	for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++)
		faults_apart(write_files, (void *)(uintptr_t)&samples[i]);
}

static void write_again(void *arg)
{
	struct nsi_fail f = {""};
	NSI_AUTO_FD int dir = -EBADF;

	(void)arg;
	own_system();
	own_tmpfs("/etc", 0, "mode=0755");
	own_file("/etc/hosts", "10.0.0.1 a-long-name.of.before\n");
	own_dir("/run/files", 0700);
	dir = open("/run/files", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	faults_check(uts_write_hosts(dir, "alice", &f) == 0, "%s", f.what);
	own_file("/etc/hosts", "10.0.0.2 b\n");
	faults_check(uts_write_hosts(dir, "alice", &f) == 0, "%s", f.what);
	own_check_text("/run/files/hosts", "127.0.1.1\talice\n10.0.0.2 b\n");
	faults_check(!own_has("/run/files/hostname"), "there is a file hostname");
}

TEST(test_hosts_is_written_in_place_of_the_old_one)
{
	faults_apart(write_again, NULL);
}

static void write_without_hosts(size_t size, const char *options, const char *why)
{
	struct nsi_fail f = {""};
	NSI_AUTO_FD int dir = -EBADF;

	own_system();
	own_tmpfs("/etc", 0, "mode=0755");
	own_file("/etc/hosts", "");
	faults_check(truncate("/etc/hosts", (off_t)size) == 0, "no file of %zu bytes", size);
	own_dir("/run/files", 0700);
	own_tmpfs("/run/files", 0, options);
	dir = open("/run/files", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	faults_check(uts_write_files(dir, "alice", &f) == UTS_WITHOUT_HOSTS, "it is copied");
	faults_check(strstr(f.what, "/etc/hosts is the host's own, without a line for the name "
				    "alice: ") == f.what &&
			     strstr(f.what, why),
		     "%s", f.what);
	own_check_text("/run/files/hostname", "alice\n");
	faults_check(!own_has("/run/files/hosts"), "there is a file hosts");
}

static void write_large(void *arg)
{
	(void)arg;
	write_without_hosts(MIB, "mode=0755", "it is larger than 1 MiB");
}

static void write_to_full(void *arg)
{
	(void)arg;
	write_without_hosts(SMALL, "mode=0755,size=32k", "less than a quarter");
}

TEST(test_a_file_that_is_too_large_is_the_hosts_own)
{
	faults_apart(write_large, NULL);
	faults_apart(write_to_full, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_name_that_cannot_be_set_is_in_the_sentence),
		cmocka_unit_test(test_an_empty_name_keeps_the_old_one),
		cmocka_unit_test(test_the_first_line_of_hosts_is_the_new_name_with_the_domain),
		cmocka_unit_test(test_hosts_is_written_in_place_of_the_old_one),
		cmocka_unit_test(test_a_file_that_is_too_large_is_the_hosts_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
