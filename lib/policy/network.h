/* SPDX-License-Identifier: MIT */
/* Which keys has a network, and what does each of them take? */
#ifndef NSI_POLICY_NETWORK_H
#define NSI_POLICY_NETWORK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pol_image;

/*
 * DOC: why the keys of a network have a table of their own
 *
 * They say more about themselves than others: which modes know them, and of which
 * form their texts are, which is held again when the image comes back from the
 * loader.  A "network" that a policy has replaces the parent's as a whole.
 */
enum net_form {
	FORM_MODE,
	FORM_PEERS, /* "peers" */
	FORM_BOOL,
	FORM_MTU,
	FORM_TEMPLATE,
	FORM_PATH,
	FORM_INTERFACE,
	/* lists, or one text: */
	FORM_POOL,
	FORM_ADDRESS, /* with the length of its network */
	FORM_ROUTE,
	FORM_SERVER, /* an address alone */
	FORM_INTERFACES,
	FORM_FORWARD,
	FORM_SYSCTL,
	FORM_MAX,
};

struct net_key {
	const char *name;
	enum net_form form;
	uint16_t offset; /* in struct pol_network */
	uint16_t said;   /* offset of a flag that the key was there, or 0 */
	uint16_t max;    /* elements of a list */
	uint32_t modes;  /* 1u << POL_NET_*: those that know the key */
};

enum {
	NET_KEYS = 18,
};

extern const struct net_key net_keys[NET_KEYS];

/* What goes on after "must be", for each form. */
extern const char *const net_forms[FORM_MAX];

/* The words of "mode", by enum pol_net_mode; NULL ends them. */
extern const char *const net_modes[];

static inline bool network_is_list(const struct net_key *key)
{
	return key->form >= FORM_POOL;
}

/* Whether a text is of a form.  For the forms that are texts. */
bool network_is_good(enum net_form form, const char *text);

/* Whether the networks of an image are; its strings have been looked through. */
bool network_check_rows(const struct pol_image *image);

#endif /* NSI_POLICY_NETWORK_H */
