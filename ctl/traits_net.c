/* SPDX-License-Identifier: MIT */
#include "ctl/traits_net.h"

#include <stdio.h>
#include <string.h>

#include "ctl/json.h"
#include "ctl/traits.h"
#include "policy/image.h"
#include "policy/network.h"

/* One key of the network, or NULL for one that is not set. */
static json_t *value_of(const struct pol_image *image, const struct net_key *key, const void *net)
{
	const char *at = (const char *)net + key->offset;
	struct pol_list list;
	uint32_t u32;
	json_t *a;

	switch (key->form) {
	case FORM_MODE:
		return json_string(net_modes[*(const uint8_t *)at]);
	case FORM_PEERS:
		return *(const uint8_t *)at ? json_string("peers") : NULL;
	case FORM_BOOL:
		return *(const uint8_t *)at ? json_true() : NULL;
	case FORM_MTU:
		memcpy(&u32, at, sizeof(u32));
		return u32 ? json_integer(u32) : NULL;
	case FORM_TEMPLATE:
	case FORM_PATH:
	case FORM_INTERFACE:
		memcpy(&u32, at, sizeof(u32));
		return u32 ? json_text(policy_str(image, u32)) : NULL;
	default:
		break;
	}
	memcpy(&list, at, sizeof(list));
	if (list.count == 0 && !(key->said && ((const uint8_t *)net)[key->said]))
		return NULL;
	a = json_array();
	for (uint32_t i = 0; i < list.count; i++)
		(void)json_array_append_new(a, json_text(policy_list_str(image, list, i)));
	return a;
}

/* "mode = bridge; pool = 10.77.0.0/16; nat = true" */
static void append(struct trait *t, const char *name, const json_t *value)
{
	size_t used = strlen(t->text), size = sizeof(t->text);
	const json_t *element;
	size_t i;

	/* What does not fit is in the file that the line names. */
	(void)snprintf(t->text + used, size - used, "%s%s =", used ? "; " : "", name);
	if (json_is_string(value) || json_is_true(value) || json_is_integer(value)) {
		used = strlen(t->text);
		if (json_is_integer(value))
			(void)snprintf(t->text + used, size - used, " %lld",
				       (long long)json_integer_value(value));
		else
			(void)snprintf(t->text + used, size - used, " %s",
				       json_is_true(value) ? "true" : json_string_value(value));
	}
	json_array_foreach((json_t *)(uintptr_t)value, i, element)
	{
		used = strlen(t->text);
		(void)snprintf(t->text + used, size - used, "%s %s", i ? "," : "",
			       json_string_value(element));
	}
}

void trait_set_network(struct trait *t, const struct pol_image *image,
		       const struct pol_network *net)
{
	if (!net)
		return;
	t->json = json_object();
	for (size_t i = 0; i < NET_KEYS; i++) {
		json_t *value = value_of(image, &net_keys[i], net);

		if (!value)
			continue;
		append(t, net_keys[i].name, value);
		(void)json_object_set_new(t->json, net_keys[i].name, value);
	}
}
