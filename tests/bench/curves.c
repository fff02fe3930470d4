/* SPDX-License-Identifier: MIT */
/* Mounts, rules, sets and groups: the time of one login when there are many of them. */
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bare.h"
#include "bench.h"
#include "contest.h"
#include "growth.h"
#include "login.h"
#include "subject.h"

static unsigned rounds(void)
{
	return bench.quick ? 10 : 40;
}

/* The table of mounts, made longer by bind mounts of one directory. */
static void set_mounts(unsigned *now, unsigned want)
{
	char path[64];

	for (; *now < want; (*now)++) {
		(void)snprintf(path, sizeof(path), "/mnt/many/%u", *now);
		(void)mkdir(path, 0755); /* there from before: fine */
		if (mount("/mnt/many/0", path, NULL, MS_BIND, NULL) < 0) {
			bench_say("mount-max is reached at %u", *now);
			return;
		}
	}
}

static unsigned count_mounts(void)
{
	FILE *file = fopen("/proc/self/mountinfo", "re");
	unsigned count = 0;
	int c;

	while (file && (c = fgetc(file)) != EOF)
		count += c == '\n';
	if (file)
		(void)fclose(file); /* read only */
	return count;
}

void growth_mounts(struct curve *c)
{
	static const unsigned more[] = {0, 100, 1000, 5000};
	struct subject join, first;
	struct login namespace = {.service = "namespace-tmpfs", .user = "u0"};
	unsigned now = 1, points = bench.quick ? 3 : 4;

	*c = (struct curve){.name = "mounts", .title = "mounts on the host", .unit = "mounts"};
	(void)mkdir("/mnt/many", 0755);
	if (contest_namespaces("/tmp tmpfs tmpfs root\n/dev/shm tmpfs tmpfs root\n") < 0 ||
	    mount("many", "/mnt/many", "tmpfs", 0, "mode=755") < 0 ||
	    mount(NULL, "/mnt/many", NULL, MS_PRIVATE, NULL) < 0 || mkdir("/mnt/many/0", 0755) < 0)
		return;
	if (subject_make(&join, "mounts-join", SUBJECT_USUAL, NULL, "u1", true) < 0 ||
	    subject_make(&first, "mounts-first", SUBJECT_USUAL, NULL, "u2", false) < 0)
		return;
	for (unsigned p = 0; p < points; p++) {
		const struct task tasks[] = {
			{.label = "bare unshare", .fn = bare_unshare},
			{.label = "bare clone3", .fn = bare_first},
			subject_task(&join, "join"),
			subject_task(&first, "first login"),
			{.label = "pam_namespace tmpfs", .fn = login_run, .arg = &namespace},
		};

		set_mounts(&now, more[p]);
		growth_point(c, count_mounts(), tasks, 5, more[p] > 1000 ? rounds() / 3 : rounds());
	}
	subject_done(&join);
	subject_done(&first);
	(void)umount2("/mnt/many", MNT_DETACH); /* it goes with the rig otherwise */
}

/* @count rules, of which the last one is met. */
static char *make_rules(unsigned count)
{
	size_t room = count * 96u + 64u, used = 0;
	char *text = malloc(room);

	for (unsigned i = 1; text && i < count; i++)
		used += (size_t)snprintf(
			text + used, room - used,
			"{ user = \"nobody%u\"; service = \"sshd\"; policy = \"p\"; },\n", i);
	if (text)
		(void)snprintf(text + used, room - used, "{ policy = \"p\"; }\n");
	return text;
}

/* The login that comes right after the policy was written anew. */
static void time_reload(struct curve *c, struct subject *s, const char *rules)
{
	static struct sample after;
	struct timing *t = child_memory(1);

	after.count = 0;
	for (unsigned i = 0; i < rounds() / 2; i++) {
		if (instance_write_config(&s->instance, SUBJECT_USUAL, rules) < 0)
			return;
		if (child_time(login_run, &s->login, t) == 0)
			sample_add(&after, t->open_ns);
		(void)usleep(2000);
	}
	growth_add(c, "join right after an edit", &after);
}

void growth_rules(struct curve *c)
{
	static const unsigned counts[] = {10, 100, 1000, 10000};
	struct subject join;

	*c = (struct curve){.name = "rules", .title = "rules of the policy", .unit = "rules"};
	if (subject_make(&join, "rules-join", SUBJECT_USUAL, NULL, "u1", true) < 0)
		return;
	for (unsigned p = 0; p < 4; p++) {
		char *rules = make_rules(counts[p]);
		const struct task task = subject_task(&join, "join");

		if (!rules || instance_write_config(&join.instance, SUBJECT_USUAL, rules) < 0)
			return;
		growth_point(c, counts[p], &task, 1, rounds() * 2);
		time_reload(c, &join, rules);
		free(rules);
	}
	subject_done(&join);
}

void growth_sets(struct curve *c)
{
	static const unsigned counts[] = {1, 10, 100, 1000};
	unsigned points = bench.quick ? 3 : 4;
	struct subject join, first;
	struct crowd crowd;

	*c = (struct curve){.name = "sets", .title = "live sets", .unit = "sets"};
	if (crowd_init(&crowd, 1000) < 0 ||
	    subject_make(&join, "sets", SUBJECT_USUAL, NULL, "u1", true) < 0)
		return;
	first = join;
	(void)snprintf(first.login.user, sizeof(first.login.user), "u2");
	for (unsigned p = 0; p < points; p++) {
		struct task tasks[2] = {subject_task(&join, "join"),
					subject_task(&first, "first login")};
		struct login other = join.login;

		while (crowd.count + 1 < counts[p]) {
			(void)snprintf(other.user, sizeof(other.user), "u%u", 100 + crowd.count);
			if (crowd_enter(&crowd, login_run, &other) < 0)
				return;
		}
		tasks[0].sets = tasks[1].sets = counts[p];
		tasks[0].close = true;
		tasks[0].close_label = "close";
		growth_point(c, counts[p], tasks, 2, rounds());
	}
	crowd_leave(&crowd);
	(void)instance_settle(&join.instance, 1);
	subject_done(&join);
}

/* A user of @count groups, and a rule that asks for the last of them. */
static int write_groups(const char *user, unsigned count)
{
	FILE *file = fopen("/etc/group", "ae");

	if (!file)
		return -1;
	for (unsigned i = 0; i < count; i++)
		(void)fprintf(file, "%s-g%u:x:%u:%s\n", user, i, 300000 + i, user); /* fclose() */
	return fclose(file);
}

static void ask_groups(const void *user, struct timing *t, void (*hold)(struct timing *))
{
	static gid_t groups[65536];
	int count = 65536;
	double begin = child_now_ns();

	(void)getgrouplist(user, 100, groups, &count); /* there is room for all */
	t->open_ns = child_now_ns() - begin;
	hold(t);
	t->code = 0;
}

void growth_groups(struct curve *c)
{
	static const unsigned counts[] = {1, 10, 100, 1000};
	static const char *const users[] = {"u30", "u31", "u32", "u33"};

	*c = (struct curve){.name = "groups", .title = "groups of the user", .unit = "groups"};
	for (unsigned p = 0; p < 4; p++) {
		char name[32], rule[96];
		struct subject join;
		struct task tasks[2];

		(void)snprintf(name, sizeof(name), "groups-%u", counts[p]);
		(void)snprintf(rule, sizeof(rule), "{ group = \"%s-g%u\"; policy = \"p\"; }",
			       users[p], counts[p] - 1);
		if (write_groups(users[p], counts[p]) < 0 ||
		    subject_make(&join, name, SUBJECT_USUAL, rule, users[p], true) < 0)
			return;
		tasks[0] = subject_task(&join, "join by a rule for a group");
		tasks[1] = (struct task){
			.label = "getgrouplist alone", .fn = ask_groups, .arg = users[p]};
		growth_point(c, counts[p], tasks, 2, rounds());
		subject_done(&join);
	}
}
