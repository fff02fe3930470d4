/* SPDX-License-Identifier: MIT */
#include "policy/read.h"

#include <locale.h>
#include <string.h>

#include "base/text.h"
#include "policy/conf_scan.h"
#include "policy/load.h"
#include "policy/types.h"

struct pol_where read_where(const struct reader *r, const config_setting_t *setting)
{
	return (struct pol_where){r->file, config_setting_source_line(setting)};
}

static void read_unknown_key(struct reader *r, enum key_block block, const config_setting_t *s)
{
	const char *name = config_setting_name(s);
	const char *meant = key_suggest(block, name);

	draft_error(r->d, read_where(r, s), "unknown key '%.64s'%s%s%s%s", name,
		    block == KEY_TOP ? " at the top level" : r->place,
		    meant ? " (did you mean '" : "", meant ? meant : "", meant ? "'?)" : "");
}

static bool read_version(struct reader *r, const config_setting_t *s)
{
	if (config_setting_type(s) == CONFIG_TYPE_INT && config_setting_get_int(s) == 1)
		return true;
	draft_error(r->d, read_where(r, s), "'version' must be 1, without quotes");
	return false;
}

static void read_policy(struct reader *r, const config_setting_t *s)
{
	const char *name = config_setting_name(s);
	struct draft_policy p = {.row.where = read_where(r, s)};

	if (!name) { /* libconfig does not look at what strdup(3) returned */
		r->d->out_of_memory = true;
		return;
	}
	if (config_setting_type(s) != CONFIG_TYPE_GROUP) {
		draft_error(r->d, p.row.where, "policy '%.64s' must be a group: %.64s = { ... };",
			    name, name);
		return;
	}
	if (r->d->policies.count >= DRAFT_POLICIES_MAX) {
		draft_error(r->d, p.row.where, "more than %d policies", DRAFT_POLICIES_MAX);
		return;
	}
	if (strlen(name) > 64)
		draft_error(r->d, p.row.where, "the name of a policy is longer than 64 bytes");
	if (strchr(name, '*'))
		draft_error(r->d, p.row.where, "the name of a policy cannot have a '*' in it");
	key_defaults(KEY_POLICY, &p);
	p.row.name = draft_text(r->d, name);
	text_fmt(r->place, sizeof(r->place), " in policy '%.64s'", name);
	read_block(r, KEY_POLICY, s, &p, &p.seen);
	(void)draft_add(r->d, &r->d->policies, &p); /* failure is sticky */
}

static bool read_policies(struct reader *r, const config_setting_t *s)
{
	if (config_setting_type(s) != CONFIG_TYPE_GROUP) {
		draft_error(r->d, read_where(r, s),
			    "'policies' must be a group: policies = { NAME = { ... }; };");
		return false;
	}
	for (int i = 0; i < config_setting_length(s); i++)
		read_policy(r, config_setting_get_elem(s, (unsigned)i));
	return true;
}

static void read_rule(struct reader *r, const config_setting_t *s)
{
	struct draft_rule rule = {.row.where = read_where(r, s)};

	key_defaults(KEY_RULE, &rule);
	if (config_setting_type(s) != CONFIG_TYPE_GROUP) {
		draft_error(r->d, rule.row.where,
			    "a rule must be a group: { user = \"...\"; policy = \"...\"; }");
		return;
	}
	text_fmt(r->place, sizeof(r->place), " in a rule");
	read_block(r, KEY_RULE, s, &rule, &rule.seen);
	(void)draft_add(r->d, &r->d->rules, &rule); /* failure is sticky */
}

static bool read_rules(struct reader *r, const config_setting_t *s)
{
	int count = config_setting_length(s);

	/* "[ ]" is an empty list to a person, though an array to libconfig. */
	if (config_setting_type(s) != CONFIG_TYPE_LIST &&
	    !(config_setting_type(s) == CONFIG_TYPE_ARRAY && count == 0)) {
		draft_error(r->d, read_where(r, s),
			    "'rules' must be a list in parentheses: rules = ( { ... }, { ... } );");
		return false;
	}
	if ((size_t)count + r->d->rules.count > DRAFT_RULES_MAX) {
		draft_error(r->d, read_where(r, s), "more than %d rules", DRAFT_RULES_MAX);
		return false;
	}
	for (int i = 0; i < count; i++)
		read_rule(r, config_setting_get_elem(s, (unsigned)i));
	return true;
}

static bool read_value(struct reader *r, const struct key *key, const config_setting_t *s,
		       void *row)
{
	switch (key_shape(key)) {
	case SHAPE_NUMBER:
		return key->type == TYPE_ON_ERROR ? read_on_error(r, key, s, row)
						  : read_number(r, key, s, row);
	case SHAPE_BITS:
		return read_bits(r, key, s, row);
	case SHAPE_TEXT:
		return read_text(r, key, s, row);
	case SHAPE_TEXTS:
		return read_texts(r, key, s, row);
	case SHAPE_GROUP:
		return read_group(r, key, s, row);
	case SHAPE_NETWORK:
		return read_network(r, key, s, row);
	case SHAPE_MOUNTS:
		return read_mounts(r, key, s, row);
	case SHAPE_DIRS:
		return read_dirs(r, key, s, row);
	case SHAPE_MATCHES:
		return read_match(r, key, s, row);
	case SHAPE_DRAFT:
		break;
	}
	if (key->type == TYPE_VERSION)
		return read_version(r, s);
	if (key->type == TYPE_POLICIES)
		return read_policies(r, s);
	if (key->type == TYPE_RULES)
		return read_rules(r, s);
	return read_text(r, key, s, row);
}

/* For "show", which says of each key where it was written. */
static void read_note_place(enum key_block block, void *row, enum key_id id, struct pol_where where)
{
	if (block == KEY_POLICY)
		((struct draft_policy *)row)->at[key_index(id)] = where;
	else if (block == KEY_DIR)
		((struct draft_dir *)row)->at[key_index(id)] = where;
}

void read_block(struct reader *r, enum key_block block, const config_setting_t *group, void *row,
		struct draft_seen *seen)
{
	if (r->is_partial && config_setting_length(group) == 0) {
		seen->bad = UINT64_MAX; /* its content was reported */
		return;
	}
	for (int i = 0; i < config_setting_length(group); i++) {
		const config_setting_t *s = config_setting_get_elem(group, (unsigned)i);
		const char *name = config_setting_name(s);
		const struct key *key = name ? key_find(block, name) : NULL;
		uint64_t bit;

		if (!name) { /* libconfig does not look at what strdup(3) returned */
			r->d->out_of_memory = true;
			return;
		}
		if (!key) {
			read_unknown_key(r, block, s);
			seen->bad |= KEY_BIT_UNKNOWN;
			continue;
		}
		bit = key_bit((enum key_id)(key - keys));
		seen->given |= bit;
		read_note_place(block, row, (enum key_id)(key - keys), read_where(r, s));
		if (key->instead)
			draft_warning(r->d, read_where(r, s), "'%s'%s is deprecated: use %s", name,
				      r->place, key->instead);
		if (key == &keys[K_AUDIT_ALL])
			r->d->audit_where = read_where(r, s);
		if (!read_value(r, key, s, row))
			seen->bad |= bit;
	}
}

/* libconfig leaves the thread in the global locale; ours is none of its business. */
static bool read_parse(config_t *config, const char *text)
{
	locale_t before = uselocale((locale_t)0);
	int ok = config_read_string(config, text);

	(void)uselocale(before);
	return ok;
}

/* Says it once for each line.  Returns the line. */
static unsigned read_syntax_error(struct reader *r, const config_t *config, unsigned said)
{
	const char *text = config_error_text(config);
	unsigned line = config_error_line(config) > 0 ? (unsigned)config_error_line(config) : 0;

	if (line != said || line == 0)
		draft_error(r->d, (struct pol_where){r->file, line}, "%s%s",
			    text ? text : "syntax error",
			    text && strcmp(text, "syntax error") == 0 ? ", here or just before"
								      : "");
	return line;
}

/* Takes what is wrong at @line out of @text.  Returns false if that is not to be had. */
static bool read_mend(struct reader *r, char *text, size_t size, unsigned line, bool further)
{
	bool is_top = false;

	if (line == 0 || recover_empty(text, size, line, further, &is_top) == 0)
		return false;
	r->is_partial = true;
	r->d->has_gaps |= is_top;
	return true;
}

/* The scanner's turn, and again without a word until it has nothing more against the text. */
static bool read_scan_and_mend(struct reader *r, char *text, size_t size)
{
	const struct pol_report *report = r->d->report;
	size_t first = report->count, last;
	bool is_good;

	if (scan_text(r->d, r->file, text, size) == 0)
		return true;
	last = report->count;
	for (size_t i = first; i < last; i++)
		if (!read_mend(r, text, size, report->messages[i].line, false))
			return false;
	r->d->is_quiet = true;
	is_good = scan_text(r->d, r->file, text, size) == 0;
	r->d->is_quiet = false;
	return is_good;
}

/* "rules_first" of a drop-in is about all rules of that file, those before the key as well. */
static void read_mark_rules_first(struct reader *r, const config_t *config, size_t from,
				  bool is_main)
{
	if (!r->d->rules_first)
		return;
	if (is_main)
		draft_warning(r->d, read_where(r, config_lookup(config, keys[K_RULES_FIRST].name)),
			      "'rules_first' has no effect in the main file: it is for drop-ins");
	for (size_t i = from; i < r->d->rules.count && !is_main; i++)
		draft_rule(r->d, i)->is_first = true;
}

/* Parses and reads @text, and what can be read of it if there are mistakes of form. */
static void read_whole(struct reader *r, char *text, size_t size, bool is_main)
{
	const size_t first_rule = r->d->rules.count;
	struct draft_seen seen = {0};
	unsigned said = 0;
	config_t config;

	r->d->rules_first = false;
	for (int i = 0; i < RECOVER_TIMES_MAX && read_scan_and_mend(r, text, size); i++) {
		config_init(&config);
		if (read_parse(&config, text)) {
			read_block(r, KEY_TOP, config_root_setting(&config), r->d, &seen);
			read_mark_rules_first(r, &config, first_rule, is_main);
			if (is_main && !(seen.given & key_bit(K_VERSION)))
				draft_error(r->d, (struct pol_where){r->file, 0},
					    "there is no 'version = 1;'");
			config_destroy(&config);
			return;
		}
		said = read_syntax_error(r, &config, said);
		config_destroy(&config);
		if (!read_mend(r, text, size, said, true))
			break;
	}
	r->d->has_gaps = true;
}

void read_file(struct draft *d, const char *path, char *text, size_t size, bool is_main)
{
	struct reader r = {.d = d, .file = draft_text(d, path)};

	if (memchr(text, '\0', size)) {
		d->has_gaps = true;
		draft_error(d, (struct pol_where){r.file, 0}, "there is a NUL byte in the file");
		return;
	}
	read_whole(&r, text, size, is_main);
}
