/* SPDX-License-Identifier: MIT */
#include "login/args.h"

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/fail.h"
#include "base/text.h"
#include "wire/wire.h"

enum {
	TIMEOUT_DEFAULT = 10,
	TIMEOUT_MAX = 600
};

enum arg_type {
	ARG_PATH,
	ARG_SECONDS,
	ARG_ON_ERROR,
	ARG_FLAG
};

static const struct arg {
	const char *name; /* with "=" where a value follows */
	enum arg_type type;
	size_t offset;
} args[] = {
	{"config=", ARG_PATH, offsetof(struct module_args, config)},
	{"rundir=", ARG_PATH, offsetof(struct module_args, rundir)},
	{"statedir=", ARG_PATH, offsetof(struct module_args, statedir)},
	{"helper=", ARG_PATH, offsetof(struct module_args, helper)},
	{"timeout=", ARG_SECONDS, offsetof(struct module_args, timeout)},
	{"on_error=", ARG_ON_ERROR, offsetof(struct module_args, allow)},
	{"isolate_root", ARG_FLAG, offsetof(struct module_args, isolate_root)},
	{"debug", ARG_FLAG, offsetof(struct module_args, debug)},
	{"open", ARG_FLAG, offsetof(struct module_args, only_open)},
	{"close", ARG_FLAG, offsetof(struct module_args, only_close)},
};

enum {
	ARG_COUNT = sizeof(args) / sizeof(args[0])
};

static int args_parse_value(const struct arg *arg, const char *value, void *field,
			    struct nsi_fail *f)
{
	uint64_t seconds;

	switch (arg->type) {
	case ARG_PATH:
		if (value[0] != '/' || strlen(value) >= NSI_PATH_SIZE)
			return fail_set(
				f, EINVAL,
				"the argument %s wants an absolute path of less than %d bytes",
				arg->name, NSI_PATH_SIZE);
		*(const char **)field = value;
		return 0;
	case ARG_SECONDS:
		if (text_u64(value, TIMEOUT_MAX, &seconds) < 0 || seconds == 0)
			return fail_set(f, EINVAL,
					"the argument %s wants a number of seconds from 1 to %d",
					arg->name, TIMEOUT_MAX);
		*(unsigned *)field = (unsigned)seconds;
		return 0;
	case ARG_ON_ERROR:
		if (strcmp(value, "allow") != 0 && strcmp(value, "deny") != 0)
			return fail_set(f, EINVAL, "the argument %s wants deny or allow",
					arg->name);
		*(bool *)field = strcmp(value, "allow") == 0;
		return 0;
	case ARG_FLAG:
		*(bool *)field = true;
		return 0;
	}
	return fail_set(f, EINVAL, "the argument %s is of no type", arg->name);
}

/* Which argument @word is, with the start of its value; -1 for none. */
static int args_find(const char *word, const char **ret_value)
{
	for (int i = 0; i < ARG_COUNT; i++) {
		size_t len = strlen(args[i].name);

		if (args[i].type == ARG_FLAG ? strcmp(word, args[i].name) == 0
					     : strncmp(word, args[i].name, len) == 0) {
			*ret_value = word + len;
			return i;
		}
	}
	return -1;
}

static int args_parse_word(const char *word, struct module_args *found, uint32_t *seen,
			   struct nsi_fail *f)
{
	const char *value;
	int which = args_find(word, &value);
	char shown[64];

	if (which < 0)
		return fail_set(f, EINVAL, "unknown argument %s; see pam_nsisolate(8)",
				text_escape(shown, sizeof(shown), word));
	if (*seen & (UINT32_C(1) << which))
		return fail_set(f, EINVAL, "the argument %s is given twice", args[which].name);
	*seen |= UINT32_C(1) << which;
	return args_parse_value(&args[which], value, (char *)found + args[which].offset, f);
}

int args_parse(int argc, const char **argv, struct module_args *ret, struct nsi_fail *f)
{
	struct nsi_fail *first = f, ignored = {""};
	uint32_t seen = 0;
	int r = 0;

	*ret = (struct module_args){
		.config = NSI_CONFIG,
		.rundir = NSI_RUNDIR,
		.statedir = NSI_STATEDIR,
		.helper = NSI_HELPER,
		.timeout = TIMEOUT_DEFAULT,
	};
	for (int i = 0; i < argc; i++) {
		if (args_parse_word(argv[i], ret, &seen, first) == 0)
			continue;
		r = -EINVAL;
		first = &ignored; /* the first mistake is the one to be told */
	}
	if (r == 0 && ret->only_open && ret->only_close)
		return fail_set(f, EINVAL,
				"the arguments open and close are for two lines; one line without "
				"either does both");
	return r;
}
