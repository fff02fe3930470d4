/* SPDX-License-Identifier: MIT */
#include "ctl/namespace_conf.h"

#include <ctype.h>
#include <errno.h>
#include <glob.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"

static const char *const method_names[NAMESPACE_METHODS] = {
	[NAMESPACE_USER] = "user",     [NAMESPACE_CONTEXT] = "context", [NAMESPACE_LEVEL] = "level",
	[NAMESPACE_TMPDIR] = "tmpdir", [NAMESPACE_TMPFS] = "tmpfs",
};

const char *namespace_method_name(enum namespace_method method)
{
	return method_names[method];
}

static void __attribute__((format(printf, 3, 4)))
namespace_refuse(struct namespace_conf *conf, const struct namespace_line *l, const char *fmt, ...)
{
	va_list ap;

	(void)fprintf(stderr, "%s:%u: error: ", l->file, l->number);
	va_start(ap, fmt);
	(void)vfprintf(stderr, fmt, ap);
	va_end(ap);
	(void)fputc('\n', stderr);
	conf->errors++;
}

static void namespace_line_done(struct namespace_line *l)
{
	for (unsigned i = 0; i < l->word_count; i++)
		free(l->words[i]);
	free(l->words);
	free(l->users);
	free(l->file);
	*l = (struct namespace_line){0};
}

void namespace_conf_done(struct namespace_conf *conf)
{
	for (unsigned i = 0; i < conf->count; i++)
		namespace_line_done(&conf->lines[i]);
	free(conf->lines);
	*conf = (struct namespace_conf){0};
}

/* Takes the next field out of *@at: white space ends it, "..." keeps white space, \b \n \t are read. */
static char *namespace_word(const char **at)
{
	const char *p = *at;
	bool quoted = false;
	char *word, *to;

	while (isspace((unsigned char)*p))
		p++;
	word = to = malloc(strlen(p) + 1);
	if (!word)
		return NULL;
	for (; *p && (quoted || !isspace((unsigned char)*p)); p++) {
		if (*p == '"') {
			quoted = !quoted;
		} else if (*p == '\\' && p[1]) {
			p++;
			*to++ = *p == 'n' ? '\n' : *p == 't' ? '\t' : *p == 'b' ? '\b' : *p;
		} else {
			*to++ = *p;
		}
	}
	*to = '\0';
	*at = p;
	return word;
}

/* Splits the text of a line into l->words.  Returns 0 or -ENOMEM. */
static int namespace_split(struct namespace_line *l, const char *text)
{
	while (*(text += strspn(text, " \t\r\n\v\f"))) {
		char **more = realloc(l->words, (l->word_count + 1) * sizeof(*more));

		if (!more)
			return -ENOMEM;
		l->words = more;
		l->words[l->word_count] = namespace_word(&text);
		if (!l->words[l->word_count])
			return -ENOMEM;
		l->word_count++;
	}
	return 0;
}

/* Whether @flag starts with @name; then *@ret is what stands behind "=", or NULL. */
static bool namespace_flag(char *flag, const char *name, const char **ret)
{
	size_t len = strlen(name);

	if (strncmp(flag, name, len) != 0)
		return false;
	*ret = flag[len] == '=' && flag[len + 1] ? flag + len + 1 : NULL;
	return true;
}

/* The third field: METHOD[:FLAG[=VALUE]]...  pam_namespace ignores flags that it does not know. */
static bool namespace_read_method(struct namespace_conf *conf, struct namespace_line *l,
				  char *field)
{
	char *state = NULL, *name = strtok_r(field, ":", &state), *flag;
	const char *ignored;

	for (l->method = 0; l->method < NAMESPACE_METHODS; l->method++)
		if (name && strcmp(name, method_names[l->method]) == 0)
			break;
	if (l->method == NAMESPACE_METHODS) {
		namespace_refuse(conf, l,
				 "the method '%s' is none of user, level, context, tmpfs, tmpdir",
				 name ? name : "");
		return false;
	}
	while ((flag = strtok_r(NULL, ":", &state)) != NULL) {
		if (namespace_flag(flag, "create", &l->create))
			l->has_create = true;
		else if (namespace_flag(flag, "noinit", &ignored))
			l->noinit = true;
		else if (namespace_flag(flag, "shared", &ignored))
			l->is_shared = true;
		else if (!namespace_flag(flag, "iscript", &l->script))
			(void)namespace_flag(flag, "mntopts", &l->mount);
	}
	return true;
}

/* The fourth field: [~]NAME[,NAME]...  Returns 0 or -ENOMEM. */
static int namespace_read_users(struct namespace_line *l, char *field)
{
	char *state = NULL;

	l->is_exclusive = *field == '~';
	field += l->is_exclusive;
	l->users = calloc(strlen(field) + 1, sizeof(*l->users));
	if (!l->users)
		return -ENOMEM;
	for (char *name = strtok_r(field, ",", &state); name; name = strtok_r(NULL, ",", &state))
		l->users[l->user_count++] = name;
	return 0;
}

/* Returns 1 for a line to keep, 0 for an empty or a wrong one, -ENOMEM. */
static int namespace_parse(struct namespace_conf *conf, struct namespace_line *l, char *text)
{
	static const char *const needed[] = {"a directory", "an instance prefix", "a method"};

	text[strcspn(text, "#\n")] = '\0';
	if (namespace_split(l, text) < 0)
		return -ENOMEM;
	if (l->word_count == 0)
		return 0;
	if (l->word_count < 3) {
		namespace_refuse(conf, l, "the line lacks %s; see namespace.conf(5)",
				 needed[l->word_count]);
		return 0;
	}
	for (size_t n = strlen(l->words[0]); n > 1 && l->words[0][n - 1] == '/'; n--)
		l->words[0][n - 1] = '\0';
	l->dir = l->words[0];
	l->prefix = l->words[1];
	if (!namespace_read_method(conf, l, l->words[2]))
		return 0;
	if ((*l->dir != '/' && *l->dir != '$') || strstr(l->dir, "..") ||
	    (l->method != NAMESPACE_TMPFS && *l->prefix != '/' && *l->prefix != '$')) {
		namespace_refuse(conf, l, "a path must begin with '/' and have no '..' in it");
		return 0;
	}
	if (l->word_count > 3 && namespace_read_users(l, l->words[3]) < 0)
		return -ENOMEM;
	return 1;
}

static int namespace_append(struct namespace_conf *conf, struct namespace_line *l)
{
	struct namespace_line *more = realloc(conf->lines, (conf->count + 1) * sizeof(*more));

	if (!more)
		return -ENOMEM;
	conf->lines = more;
	conf->lines[conf->count++] = *l;
	*l = (struct namespace_line){0};
	return 0;
}

int namespace_conf_read(struct namespace_conf *conf, const char *path)
{
	NSI_AUTO_FILE FILE *file = fopen(path, "re");
	NSI_AUTO_FREE char *text = NULL;
	size_t room = 0;

	if (!file)
		return -errno;
	for (unsigned number = 1; errno = 0, getline(&text, &room, file) > 0; number++) {
		NSI_CLEANUP(namespace_line_done) struct namespace_line l = {.number = number};
		int r;

		l.file = strdup(path);
		r = l.file ? namespace_parse(conf, &l, text) : -ENOMEM;
		if (r > 0)
			r = namespace_append(conf, &l);
		if (r < 0)
			return r;
	}
	return ferror(file) || !feof(file) ? -(errno ? errno : EIO) : 0;
}

int namespace_conf_read_all(struct namespace_conf *conf)
{
	int r = namespace_conf_read(conf, NAMESPACE_CONF);
	glob_t found;

	if (r < 0 && r != -ENOENT)
		return r;
	if (access(NAMESPACE_CONF_DIR, F_OK) < 0 && errno == ENOENT)
		return r;
	switch (glob(NAMESPACE_CONF_DIR "/*.conf", GLOB_ERR, NULL, &found)) {
	case GLOB_NOMATCH:
		return r;
	case 0:
		break;
	default:
		return -EIO;
	}
	r = 0;
	for (size_t i = 0; r == 0 && i < found.gl_pathc; i++)
		r = namespace_conf_read(conf, found.gl_pathv[i]);
	globfree(&found);
	return r;
}
