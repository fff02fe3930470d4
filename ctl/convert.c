/* SPDX-License-Identifier: MIT */
/* Conversion of pam_namespace's configuration into a policy */
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "ctl/ctl.h"
#include "ctl/namespace_conf.h"
#include "ctl/policy.h"
#include "ctl/say.h"

/*
 * DOC: users and lines
 *
 * pam_namespace decides for each line whether it is for a user; a policy decides for all of them at
 * once.  So the users that any list names are sorted by the lines that are for them: those with the
 * same lines get one rule, and everybody else the last one.
 */

/* One policy: for @users, or for everybody else. */
struct convert_group {
	const char **users;
	unsigned user_count;
	bool *has; /* for each line, whether it is for them */
	bool is_empty;
};

struct convert {
	const struct namespace_conf *conf;
	struct convert_group *groups; /* the last one is everybody else */
	unsigned count;
	FILE *out;
};

static void convert_done(struct convert *c)
{
	for (unsigned i = 0; i < c->count; i++) {
		free(c->groups[i].users);
		free(c->groups[i].has);
	}
	free(c->groups);
}

/* Whether the policy can have the directory; $HOME and $USER are other paths for each user. */
static bool convert_can(const struct namespace_line *l)
{
	return !strchr(l->dir, '$');
}

static bool convert_is_for(const struct namespace_line *l, const char *user)
{
	for (unsigned i = 0; user && i < l->user_count; i++)
		if (strcmp(l->users[i], user) == 0)
			return l->is_exclusive;
	return !l->is_exclusive;
}

/* Adds @user (NULL: everybody else) to the group with the same lines.  Returns 0 or -ENOMEM. */
static int convert_add(struct convert *c, const char *user, bool is_new)
{
	NSI_AUTO_FREE bool *has = calloc(c->conf->count + 1, sizeof(*has));
	struct convert_group *g, *more;
	bool is_empty = true;

	if (!has)
		return -ENOMEM;
	for (unsigned i = 0; i < c->conf->count; i++) {
		has[i] =
			convert_is_for(&c->conf->lines[i], user) && convert_can(&c->conf->lines[i]);
		is_empty &= !has[i];
	}
	for (g = c->groups; g < c->groups + c->count; g++)
		if (memcmp(g->has, has, c->conf->count * sizeof(*has)) == 0 && !is_new)
			break;
	if (g == c->groups + c->count) {
		more = realloc(c->groups, (c->count + 1) * sizeof(*more));
		if (!more)
			return -ENOMEM;
		c->groups = more;
		g = &c->groups[c->count++];
		*g = (struct convert_group){.has = nsi_take_ptr(&has), .is_empty = is_empty};
	}
	if (user) {
		const char **users = realloc(g->users, (g->user_count + 1) * sizeof(*users));

		if (!users)
			return -ENOMEM;
		g->users = users;
		g->users[g->user_count++] = user;
	}
	return 0;
}

static bool convert_knows(const struct convert *c, const char *user)
{
	for (unsigned i = 0; i < c->count; i++)
		for (unsigned u = 0; u < c->groups[i].user_count; u++)
			if (strcmp(c->groups[i].users[u], user) == 0)
				return true;
	return false;
}

static int convert_sort(struct convert *c)
{
	int r = 0;

	for (unsigned i = 0; r == 0 && i < c->conf->count; i++)
		for (unsigned u = 0; r == 0 && u < c->conf->lines[i].user_count; u++)
			if (!convert_knows(c, c->conf->lines[i].users[u]))
				r = convert_add(c, c->conf->lines[i].users[u], false);
	return r < 0 ? r : convert_add(c, NULL, true);
}

/* A line of comment.  Fields may have line feeds in them, and none of their text may leave it. */
static void __attribute__((format(printf, 2, 3)))
convert_comment(struct convert *c, const char *fmt, ...)
{
	char text[2048];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	for (char *at = text; *at; at++)
		if (iscntrl((unsigned char)*at))
			*at = ' ';
	(void)fprintf(c->out, "      # %s\n", text);
}

/* The options of a tmpfs that a policy has a key for; the others are named in a comment before. */
static const char *convert_value(const char *option, const char *name)
{
	size_t len = strlen(name);

	return strncmp(option, name, len) == 0 && option[len] == '=' ? option + len + 1 : NULL;
}

static bool convert_is_mount_flag(const char *option)
{
	return strcmp(option, "noexec") == 0 || strcmp(option, "nosuid") == 0 ||
	       strcmp(option, "nodev") == 0;
}

enum convert_part {
	CONVERT_LOSSES, /* a comment for each option that no key stands for */
	CONVERT_KEYS,   /* size, inodes, mode */
	CONVERT_FLAGS,  /* options = [ ... ] */
};

/* Writes one part of what mntopts= says.  Returns 0 or -ENOMEM. */
static int convert_mount_options(struct convert *c, const char *mount, enum convert_part part)
{
	static const char *const keys[][2] = {
		{"size", "size"}, {"nr_inodes", "inodes"}, {"mode", "mode"}};
	NSI_AUTO_FREE char *copy = strdup(mount ? mount : "");
	const char *before = " options = [ ";
	char *state = NULL;

	if (!copy)
		return -ENOMEM;
	for (char *o = strtok_r(copy, ",", &state); o; o = strtok_r(NULL, ",", &state)) {
		bool is_flag = convert_is_mount_flag(o);
		const char *value = NULL;
		size_t key = 0;

		for (; !value && key < sizeof(keys) / sizeof(keys[0]); key++)
			value = convert_value(o, keys[key][0]);
		if (part == CONVERT_LOSSES && !is_flag && !value)
			convert_comment(c, "not kept: the mount option %s", o);
		if (part == CONVERT_KEYS && value) {
			(void)fprintf(c->out, " %s = ", keys[key - 1][1]);
			policy_print_string(c->out, value);
			(void)fputc(';', c->out);
		}
		if (part == CONVERT_FLAGS && is_flag) {
			(void)fprintf(c->out, "%s\"%s\"", before, o);
			before = ", ";
		}
	}
	if (strcmp(before, ", ") == 0)
		(void)fprintf(c->out, " ];");
	return 0;
}

/* The parts of a line that cannot be converted, and what to do instead. */
static int convert_losses(struct convert *c, const struct namespace_line *l)
{
	if (l->method == NAMESPACE_LEVEL || l->method == NAMESPACE_CONTEXT)
		convert_comment(c, "not kept: the SELinux %s; the directory is private to the user",
				namespace_method_name(l->method));
	if (l->is_shared)
		convert_comment(c, "not kept: \"shared\"; a policy of scope = \"group\" shares "
				   "a set among the members of a group");
	if (l->method == NAMESPACE_TMPDIR)
		convert_comment(c, "all logins of a user share it until the last one ends; "
				   "scope = \"session\" gives each its own");
	if (l->has_create)
		convert_comment(c, "not kept: \"create%s%s\"; make the directory once, as root's",
				l->create ? "=" : "", l->create ? l->create : "");
	if (l->script)
		convert_comment(c, "not kept: the script %s; see on_create in nsisolate.conf(5)",
				l->script);
	else if (!l->noinit && l->method != NAMESPACE_TMPFS)
		convert_comment(c, "not kept: namespace.init, if it was changed; see on_create in "
				   "nsisolate.conf(5)");
	return convert_mount_options(c, l->mount, CONVERT_LOSSES);
}

static void convert_origin(struct convert *c, const struct namespace_line *l)
{
	convert_comment(c, "%s:%u: %s, %s, %s%s", l->file, l->number, l->dir, l->prefix,
			namespace_method_name(l->method),
			l->user_count == 0 ? ""
			: l->is_exclusive  ? ", for some users alone"
					   : ", but for some users");
}

static int convert_directory(struct convert *c, const struct namespace_line *l, bool is_last)
{
	int r;

	convert_origin(c, l);
	r = convert_losses(c, l);
	(void)fprintf(c->out, "      { path = ");
	policy_print_string(c->out, l->dir);
	(void)fprintf(c->out, "; method = \"%s\";",
		      l->method == NAMESPACE_TMPFS ? "tmpfs" : "disk");
	if (l->method != NAMESPACE_TMPFS)
		(void)fprintf(c->out, " retain = \"%s\";",
			      l->method == NAMESPACE_TMPDIR ? "session" : "forever");
	else if (r == 0)
		r = convert_mount_options(c, l->mount, CONVERT_KEYS);
	if (r == 0 && l->method == NAMESPACE_TMPFS)
		r = convert_mount_options(c, l->mount, CONVERT_FLAGS);
	(void)fprintf(c->out, " }%s\n", is_last ? "" : ",");
	return r;
}

static int convert_policy(struct convert *c, const struct convert_group *g, const char *name)
{
	unsigned left = 0;
	int r = 0;

	for (unsigned i = 0; i < c->conf->count; i++)
		left += g->has[i];
	(void)fprintf(c->out, "  %s = {\n    namespaces = [ \"mount\" ];\n    directories = (\n",
		      name);
	for (unsigned i = 0; r == 0 && i < c->conf->count; i++)
		if (g->has[i])
			r = convert_directory(c, &c->conf->lines[i], --left == 0);
	(void)fprintf(c->out, "    );\n  };\n");
	return r;
}

static void convert_rule(struct convert *c, const struct convert_group *g, const char *name,
			 bool is_last)
{
	(void)fprintf(c->out, "  { ");
	for (unsigned i = 0; i < g->user_count; i++) {
		(void)fprintf(c->out, "%s", i ? ", " : "user = [ ");
		policy_print_string(c->out, g->users[i]);
	}
	(void)fprintf(c->out, "%s", g->user_count ? " ]; " : "uid = \"1-\"; ");
	if (g->is_empty)
		(void)fprintf(c->out, "action = \"skip\"; }");
	else
		(void)fprintf(c->out, "policy = \"%s\"; }", name);
	(void)fprintf(c->out, "%s\n", is_last ? "" : ",");
}

static void convert_name(char buf[32], unsigned i, unsigned count)
{
	if (i + 1 == count)
		text_fmt(buf, 32, "namespace");
	else
		text_fmt(buf, 32, "namespace-%u", i + 1);
}

static int convert_write(struct convert *c)
{
	int r = 0;
	char name[32];

	(void)fprintf(
		c->out,
		"# Made by \"nsisolate convert\".  Comments say where each directory comes from "
		"and what could not be kept.\n"
		"# Lines of the PAM stacks with pam_namespace.so are to be removed when "
		"pam_nsisolate.so is added.\nversion = 1;\n\n");
	for (unsigned i = 0; i < c->conf->count; i++)
		if (!convert_can(&c->conf->lines[i])) {
			convert_origin(c, &c->conf->lines[i]);
			convert_comment(c, "not kept: a path with $HOME or $USER; see home = "
					   "\"overlay\" in nsisolate.conf(5)");
		}
	(void)fprintf(c->out, "policies = {\n");
	for (unsigned i = 0; r == 0 && i < c->count; i++) {
		convert_name(name, i, c->count);
		if (!c->groups[i].is_empty)
			r = convert_policy(c, &c->groups[i], name);
	}
	(void)fprintf(c->out,
		      "};\n\n# Sessions of uid 0 are not isolated but with the module's argument "
		      "isolate_root.\nrules = (\n");
	for (unsigned i = 0; i < c->count; i++) {
		convert_name(name, i, c->count);
		convert_rule(c, &c->groups[i], name, i + 1 == c->count);
	}
	(void)fprintf(c->out, ");\n");
	return r;
}

static int convert_read(struct namespace_conf *conf, char *const *files)
{
	int r = *files ? 0 : namespace_conf_read_all(conf);

	if (r < 0) {
		say_error("cannot read %s: %s", NAMESPACE_CONF, strerrordesc_np(-r));
		return r == -ENOENT ? CTL_NOT_FOUND : CTL_SYSTEM;
	}
	for (; *files; files++) {
		r = namespace_conf_read(conf, *files);
		if (r < 0) {
			say_error("cannot read %s: %s", *files, strerrordesc_np(-r));
			return r == -ENOENT ? CTL_NOT_FOUND : CTL_SYSTEM;
		}
	}
	if (conf->errors) {
		say_error("%u line%s wrong; nothing is converted", conf->errors,
			  conf->errors == 1 ? " is" : "s are");
		return CTL_REFUSED;
	}
	if (conf->count == 0) {
		say_error("no directory is polyinstantiated there; nothing is converted");
		return CTL_REFUSED;
	}
	return CTL_OK;
}

int convert_verb(const struct ctl *ctl)
{
	NSI_CLEANUP(namespace_conf_done) struct namespace_conf conf = {0};
	NSI_CLEANUP(convert_done) struct convert c = {.conf = &conf, .out = stdout};
	int code = convert_read(&conf, ctl->operands);

	if (code != CTL_OK)
		return code;
	if (convert_sort(&c) < 0 || convert_write(&c) < 0) {
		say_error("no memory");
		return CTL_SYSTEM;
	}
	if (fflush(stdout) != 0) {
		say_error("cannot write the policy: %s", strerrordesc_np(errno));
		return CTL_SYSTEM;
	}
	return ctl->adopt ? convert_adopt(ctl, &conf) : CTL_OK;
}
