/* SPDX-License-Identifier: MIT */
#include "policy/values.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "base/inet.h"
#include "base/text.h"

struct values_unit {
	const char *name;
	uint64_t factor;
};

/* Reads the digits that @text starts with; @ret_rest is what comes behind them. */
static int value_leading_number(const char *text, uint64_t *ret, const char **ret_rest)
{
	size_t len = strspn(text, "0123456789");
	char digits[32];

	if (len == 0)
		return -EINVAL;
	if (len >= sizeof(digits))
		return -ERANGE;
	text_fmt(digits, sizeof(digits), "%.*s", (int)len, text); /* room was checked */
	*ret_rest = text + len;
	return text_u64(digits, UINT64_MAX, ret);
}

/* A number and one of @units, the last of which has no name. */
static int value_with_unit(const char *text, const struct values_unit *units, uint64_t max,
			   uint64_t *ret)
{
	const char *rest;
	uint64_t value;
	int r = value_leading_number(text, &value, &rest);

	if (r < 0)
		return r;
	while (units->name && strcmp(units->name, rest) != 0)
		units++;
	if (!units->name)
		return -EINVAL;
	if (value > max / units->factor)
		return -ERANGE;
	*ret = value * units->factor;
	return 0;
}

int value_size(const char *text, uint64_t *ret_bytes, uint32_t *ret_percent)
{
	static const struct values_unit units[] = {
		{"", 1},
		{"K", UINT64_C(1) << 10},
		{"M", UINT64_C(1) << 20},
		{"G", UINT64_C(1) << 30},
		{"T", UINT64_C(1) << 40},
		{NULL, 0},
	};
	static const struct values_unit percent[] = {{"%", 1}, {NULL, 0}};
	bool is_percent = strchr(text, '%') != NULL;
	uint64_t value;
	int r;

	/* off_t is signed: the kernel takes no size above INT64_MAX. */
	r = is_percent ? value_with_unit(text, percent, 100, &value)
		       : value_with_unit(text, units, INT64_MAX, &value);
	if (r < 0)
		return r;
	if (value == 0)
		return -ERANGE;
	*ret_bytes = is_percent ? 0 : value;
	*ret_percent = is_percent ? (uint32_t)value : 0;
	return 0;
}

int value_count(const char *text, uint64_t max, uint64_t *ret)
{
	static const struct values_unit units[] = {
		{"", 1},
		{"k", 1000},
		{"m", 1000000},
		{NULL, 0},
	};

	return value_with_unit(text, units, max, ret);
}

int value_percent(const char *text, uint64_t max, uint64_t *ret)
{
	static const struct values_unit units[] = {{"%", 1}, {NULL, 0}};

	return value_with_unit(text, units, max, ret);
}

int value_time(const char *text, uint64_t max, uint64_t *ret_seconds)
{
	static const struct values_unit units[] = {
		{"s", 1}, {"m", 60}, {"h", 3600}, {"d", 86400}, {"w", 604800}, {NULL, 0},
	};

	if (strcmp(text, "0") == 0) {
		*ret_seconds = 0;
		return 0;
	}
	return value_with_unit(text, units, max, ret_seconds);
}

bool value_sysctl_is_net(const char *text)
{
	return strncmp(text, "net.", 4) == 0;
}

int value_sysctl(const char *text)
{
	static const char *const names[] = {
		"kernel.msgmax",        "kernel.msgmnb",          "kernel.msgmni",
		"kernel.sem",           "kernel.shmall",          "kernel.shmmax",
		"kernel.shmmni",        "kernel.shm_rmid_forced", "fs.mqueue.msg_default",
		"fs.mqueue.msg_max",    "fs.mqueue.msgsize_max",  "fs.mqueue.msgsize_default",
		"fs.mqueue.queues_max",
	};
	size_t len = strcspn(text, "=");
	const char *value = text + len + 1;

	if (value_sysctl_is_net(text))
		return inet_is_sysctl(text) ? 0 : -EINVAL;
	if (text[len] != '=' || strspn(value, "0123456789 ") != strlen(value) ||
	    strcspn(value, "0123456789") != 0 || value[0] == '\0' || strlen(value) > 80)
		return -EINVAL;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strlen(names[i]) == len && strncmp(names[i], text, len) == 0)
			return 0;
	}
	return -ERANGE;
}

int value_shift(const char *text, uint64_t max, uint64_t *ret_seconds)
{
	uint64_t value;
	int r;

	if (text[0] != '+' && text[0] != '-')
		return -EINVAL;
	r = value_time(text + 1, max, &value);
	if (r < 0)
		return r;
	*ret_seconds = text[0] == '-' ? UINT64_C(0) - value : value;
	return 0;
}

int value_mode(const char *text, uint64_t *ret)
{
	size_t len = strlen(text);
	uint64_t mode = 0;

	if (len < 3 || strspn(text, "01234567") != len)
		return -EINVAL;
	for (size_t i = 0; i < len; i++) {
		mode = mode * 8 + (uint64_t)(text[i] - '0');
		if (mode > 07777)
			return -ERANGE;
	}
	*ret = mode;
	return 0;
}

int value_range(const char *text, uint32_t *ret_low, uint32_t *ret_high)
{
	uint64_t low, high;
	const char *rest;
	int r = value_leading_number(text, &low, &rest);

	if (r < 0)
		return r;
	high = low;
	if (strcmp(rest, "-") == 0) {
		high = UINT32_MAX - 1;
		rest++;
	} else if (*rest == '-') {
		r = value_leading_number(rest + 1, &high, &rest);
		if (r < 0)
			return r;
	}
	if (*rest != '\0')
		return -EINVAL;
	if (low > high || high >= UINT32_MAX)
		return -ERANGE;
	*ret_low = (uint32_t)low;
	*ret_high = (uint32_t)high;
	return 0;
}

size_t utf8_length(const char *text, size_t size)
{
	static const uint32_t least[] = {0, 0, 0xa0, 0x800, 0x10000};
	unsigned char first = size > 0 ? (unsigned char)text[0] : 0xff;
	uint32_t code;
	size_t len;

	if (first < 0x80)
		return 1;
	len = first >= 0xf8 ? 0 : first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc0 ? 2 : 0;
	if (len == 0 || len > size)
		return 0;
	code = first & (0x7fu >> len);
	for (size_t i = 1; i < len; i++) {
		unsigned char next = (unsigned char)text[i];

		if ((next & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (next & 0x3f);
	}
	if (code < least[len] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
		return 0;
	return len;
}

enum {
	WORD_MAX_BYTES = 24,
	FAR_AWAY = 1000
};

static char value_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static unsigned value_least(unsigned a, unsigned b, unsigned c)
{
	unsigned ab = a < b ? a : b;

	return ab < c ? ab : c;
}

/* Optimal string alignment, with one row of the table for each letter of @a. */
unsigned suggest_distance(const char *a, const char *b)
{
	unsigned far[WORD_MAX_BYTES + 1][WORD_MAX_BYTES + 1];
	size_t la = strlen(a), lb = strlen(b);

	if (la > WORD_MAX_BYTES || lb > WORD_MAX_BYTES)
		return FAR_AWAY;
	for (unsigned i = 0; i <= la; i++)
		far[i][0] = i;
	for (unsigned j = 0; j <= lb; j++)
		far[0][j] = j;
	for (size_t i = 1; i <= la; i++) {
		for (size_t j = 1; j <= lb; j++) {
			char x = value_lower(a[i - 1]), y = value_lower(b[j - 1]);
			unsigned change = far[i - 1][j - 1] + (x != y);

			far[i][j] = value_least(far[i - 1][j] + 1, far[i][j - 1] + 1, change);
			if (i > 1 && j > 1 && x == value_lower(b[j - 2]) &&
			    y == value_lower(a[i - 2]))
				far[i][j] = value_least(far[i][j], far[i - 2][j - 2] + 1, FAR_AWAY);
		}
	}
	return far[la][lb];
}
