/* SPDX-License-Identifier: MIT */
#include "policy/types.h"

#include <errno.h>
#include <linux/mount.h>
#include <string.h>

#include "base/inet.h"
#include "base/nstype.h"
#include "policy/job.h"
#include "policy/pathname.h"
#include "policy/template.h"
#include "policy/userns.h"
#include "policy/values.h"

enum {
	MTU_MIN = 68, /* RFC 791 */
};

static int type_parse_word(const struct key *key, const char *text, struct key_value *ret)
{
	int word = word_find(key->words, text);

	if (word < 0)
		return -EINVAL;
	ret->value = (unsigned)word + key->first;
	return 0;
}

static int type_parse_retain(const struct key *key, const char *text, struct key_value *ret)
{
	static const enum pol_retain of_word[] = {POL_RETAIN_SESSION, POL_RETAIN_BOOT,
						  POL_RETAIN_FOREVER};
	int word = word_find(key->words, text), r;

	if (word >= 0) {
		ret->value = of_word[word];
		return 0;
	}
	ret->value = POL_RETAIN_AGE;
	r = value_time(text, key->max, &ret->also);
	return r == 0 && ret->also == 0 ? -ERANGE : r;
}

static int type_parse_count(const struct key *key, const char *text, struct key_value *ret)
{
	return value_count(text, key->max, &ret->value);
}

/* 0 would say that there may be nothing. */
static int type_parse_limit(const struct key *key, const char *text, struct key_value *ret)
{
	int r = value_count(text, key->max, &ret->value);

	return r == 0 && ret->value == 0 ? -ERANGE : r;
}

static int type_parse_mtu(const struct key *key, const char *text, struct key_value *ret)
{
	return value_count(text, key->max, &ret->value) < 0 || ret->value < MTU_MIN ? -EINVAL : 0;
}

static int type_parse_time(const struct key *key, const char *text, struct key_value *ret)
{
	return value_time(text, key->max, &ret->value);
}

static int type_parse_shift(const struct key *key, const char *text, struct key_value *ret)
{
	return value_shift(text, key->max, &ret->value);
}

static int type_parse_mode(const struct key *key, const char *text, struct key_value *ret)
{
	(void)key;
	return value_mode(text, &ret->value);
}

static int type_parse_cpu(const struct key *key, const char *text, struct key_value *ret)
{
	int r = value_percent(text, key->max, &ret->value);

	return r == 0 && ret->value == 0 ? -ERANGE : r;
}

static int type_parse_size(const struct key *key, const char *text, struct key_value *ret)
{
	uint32_t percent = 0;
	int r = value_size(text, &ret->value, &percent);

	if (r < 0)
		return r;
	ret->also = percent;
	if (key->type == TYPE_BYTES && percent > 0)
		return -EINVAL;
	return key->type == TYPE_MEMORY && percent == 0 && ret->value < POL_LIMIT_MEMORY_MIN
		       ? -ERANGE
		       : 0;
}

static int type_check_name(const struct key *key, const char *text)
{
	(void)key;
	(void)text;
	return 0;
}

static int type_check_template(const struct key *key, const char *text)
{
	(void)key;
	return template_check(text);
}

static int type_check_path(const struct key *key, const char *text)
{
	(void)key;
	return pathname_is_normal(text) ? 0 : -EINVAL;
}

static int type_check_component(const struct key *key, const char *text)
{
	(void)key;
	return pathname_is_component(text) ? 0 : -EINVAL;
}

/* Of the words of a template, a name may have those that are the user's or the job's own. */
static int type_check_pattern(const struct key *key, const char *text)
{
	if (type_check_component(key, text) < 0 || template_check(text) < 0)
		return -EINVAL;
	for (const char *at = strchr(text, '%'); at; at = strchr(at, '%')) {
		if (at[1] != '%' && strncmp(at, "%{uid}", 6) != 0 &&
		    strncmp(at, "%{user}", 7) != 0 && strncmp(at, "%{job}", 6) != 0)
			return -EINVAL;
		at += 2;
	}
	return 0;
}

static int type_check_job(const struct key *key, const char *text)
{
	(void)key;
	return job_check(text);
}

static int type_check_sysctl(const struct key *key, const char *text)
{
	(void)key;
	return value_sysctl(text);
}

static int type_check_idmap(const struct key *key, const char *text)
{
	struct idmap_range range;
	int r = userns_element(text, key == &keys[K_GID_MAP], &range);

	return r < 0 ? r : 0;
}

static int type_check_interface(const struct key *key, const char *text)
{
	(void)key;
	return inet_is_interface(text) ? 0 : -EINVAL;
}

/* With room for the network, the bridge, one set, and IPv4's broadcast. */
static int type_check_pool(const struct key *key, const char *text)
{
	struct inet_prefix p;

	(void)key;
	return inet_read_network(text, &p) == 0 && p.bits > 0 && p.bits + 2u <= inet_width(p.family)
		       ? 0
		       : -EINVAL;
}

static int type_check_address(const struct key *key, const char *text)
{
	struct inet_prefix prefix;

	(void)key;
	return inet_read_interface(text, &prefix) == 0 ? 0 : -EINVAL;
}

static int type_check_route(const struct key *key, const char *text)
{
	struct inet_route route;

	(void)key;
	return inet_read_route(text, &route) == 0 ? 0 : -EINVAL;
}

static int type_check_server(const struct key *key, const char *text)
{
	struct inet_prefix prefix;

	(void)key;
	return inet_read_address(text, &prefix) == 0 ? 0 : -EINVAL;
}

static int type_check_forward(const struct key *key, const char *text)
{
	struct inet_forward forward;

	(void)key;
	return inet_read_forward(text, &forward) == 0 ? 0 : -EINVAL;
}

static int type_check_net_sysctl(const struct key *key, const char *text)
{
	(void)key;
	return inet_is_sysctl(text) ? 0 : -EINVAL;
}

#define NUMBER(how, text, ...)                                    \
	{                                                         \
		SHAPE_NUMBER, (text), .parse = (how), __VA_ARGS__ \
	}
#define TEXT(how, text)                            \
	{                                          \
		SHAPE_TEXT, (text), .check = (how) \
	}
#define TEXTS(how, text, ...)                                    \
	{                                                        \
		SHAPE_TEXTS, (text), .check = (how), __VA_ARGS__ \
	}

static const struct type_info types[TYPE_MAX] = {
	[TYPE_VERSION] = {SHAPE_DRAFT, ""},
	[TYPE_POLICIES] = {SHAPE_DRAFT, ""},
	[TYPE_RULES] = {SHAPE_DRAFT, ""},
	[TYPE_NAME] = {SHAPE_DRAFT, "the quoted name of a policy", .check = type_check_name},

	[TYPE_WORD] = NUMBER(type_parse_word, NULL),
	[TYPE_ON_ERROR] = NUMBER(type_parse_word,
				 "\"deny\", \"allow\" or a group such as { uts = \"allow\"; }"),
	[TYPE_BOOL] = NUMBER(NULL, "true or false, without quotes"),
	[TYPE_RETAIN] =
		NUMBER(type_parse_retain, "\"session\", \"boot\", \"forever\" or a quoted time "
					  "such as \"30d\""),
	[TYPE_COUNT] = NUMBER(type_parse_count, "a quoted count such as \"1000\" or \"100k\"",
			      .is_json_number = true),
	[TYPE_LIMIT] = NUMBER(type_parse_limit,
			      "a quoted count of one or more, such as \"512\" or \"100k\"",
			      .is_json_number = true),
	[TYPE_TIME] = NUMBER(type_parse_time, "a quoted time such as \"90s\", \"10m\" or \"30d\"",
			     .is_json_number = true),
	[TYPE_SHIFT] =
		NUMBER(type_parse_shift, "a quoted time with a sign, such as \"+3d\" or \"-10m\"",
		       .is_json_number = true),
	[TYPE_SIZE] = NUMBER(type_parse_size, "a quoted size such as \"64M\", \"2G\" or \"25%\"",
			     .is_json_number = true),
	[TYPE_BYTES] = NUMBER(type_parse_size, "a quoted size such as \"64M\" or \"2G\"",
			      .is_json_number = true),
	[TYPE_MEMORY] = NUMBER(type_parse_size,
			       "a quoted size of a megabyte at least, such as \"2G\" or \"25%\"",
			       .is_json_number = true),
	[TYPE_CPU] = NUMBER(type_parse_cpu,
			    "a quoted part of one processor such as \"50%\" or \"200%\""),
	[TYPE_MODE] = NUMBER(type_parse_mode, "a quoted octal mode such as \"01777\""),
	[TYPE_MTU] = NUMBER(type_parse_mtu, "a quoted count from \"68\" to \"65535\"",
			    .is_json_number = true),

	[TYPE_NS_TYPES] = {SHAPE_BITS, "a list such as [ \"mount\", \"ipc\" ]"},
	[TYPE_OPTIONS] = {SHAPE_BITS, "a list such as [ \"noexec\", \"nosuid\" ]"},

	[TYPE_TEMPLATE] = TEXT(type_check_template, "a quoted text such as \"%{host}-%{user}\""),
	[TYPE_PATH] =
		TEXT(type_check_path, "a quoted absolute path without \"//\", \".\", \"..\" or a "
				      "\"/\" at its end"),
	[TYPE_INTERFACE] =
		TEXT(type_check_interface, "the quoted name of an interface, such as \"br0\""),

	[TYPE_NAMES] = TEXTS(type_check_component,
			     "a list of names without \"/\", such as [ \".X11-unix\" ]"),
	[TYPE_PATTERNS] = TEXTS(type_check_pattern,
				"a list of names without \"/\", such as [ \"krb5cc_%{uid}*\" ]"),
	[TYPE_SYSCTLS] = TEXTS(type_check_sysctl, "a list such as [ \"kernel.shmmax=65536\" ]"),
	[TYPE_IDMAP] = TEXTS(type_check_idmap,
			     "a list such as [ \"system\", \"user\" ], with ranges as "
			     "\"INSIDE:OUTSIDE:COUNT\"",
			     .is_never_empty = true),
	[TYPE_POOLS] = TEXTS(type_check_pool,
			     "a network such as \"10.77.0.0/16\", or a list of one of IPv4 and one "
			     "of IPv6",
			     .is_one_enough = true),
	[TYPE_ADDRESSES] = TEXTS(type_check_address,
				 "an address with its network's length, such as \"192.0.2.7/24\", "
				 "or a list",
				 .is_one_enough = true),
	[TYPE_ROUTES] = TEXTS(type_check_route,
			      "a list such as [ \"default\", \"10.0.0.0/8 via 10.77.0.1\" ]",
			      .is_one_enough = true),
	[TYPE_SERVERS] = TEXTS(type_check_server,
			       "a list of addresses, such as [ \"192.0.2.53\", \"fd77::53\" ]",
			       .is_one_enough = true),
	[TYPE_INTERFACES] =
		TEXTS(type_check_interface, "a list of interfaces, such as [ \"eth1\" ]",
		      .is_one_enough = true),
	[TYPE_FORWARDS] = TEXTS(type_check_forward,
				"a list of ports, such as [ \"8080:80\", \"5353:53/udp\" ]",
				.is_one_enough = true),
	[TYPE_NET_SYSCTLS] = TEXTS(type_check_net_sysctl,
				   "a list such as [ \"net.ipv4.ip_unprivileged_port_start=0\" ]",
				   .is_one_enough = true),

	[TYPE_JOB] = {SHAPE_GROUP, "\"slurm\" or a group such as { cgroup = \"/jobs/%{job}\"; }"},
	[TYPE_JOB_GROUP] =
		TEXT(type_check_job, "a quoted path that ends in a part with %{job}, such as "
				     "\"/pbs_jobs.service/jobid/%{job}\""),
	[TYPE_GROUP] = {SHAPE_GROUP, "a group in braces, as the manual shows"},
	[TYPE_NETWORK] = {SHAPE_NETWORK, "a group such as { mode = \"none\"; }"},
	[TYPE_DIRS] = {SHAPE_DIRS, "a list such as ( { path = \"/tmp\"; method = \"tmpfs\"; } )"},
	[TYPE_BINDS] = {SHAPE_MOUNTS,
			"a list such as ( { source = \"/srv/data\"; target = \"/mnt\"; } )"},
	[TYPE_PATHS] = {SHAPE_MOUNTS, "a list of absolute paths, such as [ \"/srv\", \"/opt\" ]"},
	[TYPE_PROPAGATION] = {SHAPE_MOUNTS,
			      "\"slave\", \"private\", \"shared\", \"unbindable\", or a list such "
			      "as ( { path = \"/media\"; type = \"private\"; } )"},
	[TYPE_MATCH] = {SHAPE_MATCHES,
			"a quoted text, or a list of them such as [ \"sshd\", \"login\" ]"},
};

const struct type_info *type_info(enum key_type type)
{
	return &types[type];
}

/* The words of "options" that an attribute has; read_list.c has those that take it away. */
const char *type_bit_word(const struct key *key, unsigned i, uint32_t *ret_bit)
{
	static const struct {
		uint32_t bit;
		const char *word;
	} attrs[] = {
		{MOUNT_ATTR_RDONLY, "ro"},   {MOUNT_ATTR_NOSUID, "nosuid"},
		{MOUNT_ATTR_NODEV, "nodev"}, {MOUNT_ATTR_NOEXEC, "noexec"},
		{POL_ATTR_EXEC, "exec"},     {MOUNT_ATTR_NOSYMFOLLOW, "nosymfollow"},
	};

	if (key->type == TYPE_NS_TYPES && i < NS_TYPE_MAX) {
		*ret_bit = ns_bit((enum nstype)i);
		return ns_types[i].word;
	}
	if (key->type == TYPE_OPTIONS && i < sizeof(attrs) / sizeof(attrs[0])) {
		*ret_bit = attrs[i].bit;
		return attrs[i].word;
	}
	return NULL;
}

static bool type_has_known_bits(const struct key *key, uint64_t bits)
{
	uint32_t bit;

	for (unsigned i = 0; type_bit_word(key, i, &bit); i++)
		bits &= ~(uint64_t)bit;
	return bits == 0;
}

bool type_has_value(const struct key *key, struct key_value v)
{
	const int64_t max = (int64_t)key->max, shift = (int64_t)v.value;

	switch (key->type) {
	case TYPE_WORD:
		return v.value < key->values;
	case TYPE_ON_ERROR:
		return v.value < key->values &&
		       (v.also & ~(uint64_t)ns_types_with(NS_OPTIONAL)) == 0;
	case TYPE_RETAIN:
		return v.value < key->values && v.also <= key->max;
	case TYPE_SHIFT:
		return shift >= -max && shift <= max;
	case TYPE_BOOL:
		return v.value <= 1;
	case TYPE_NS_TYPES:
		return v.value != 0 && type_has_known_bits(key, v.value);
	case TYPE_OPTIONS:
		return type_has_known_bits(key, v.value);
	default:
		return v.value <= key->max && v.also <= 100; /* percent, where there are any */
	}
}
