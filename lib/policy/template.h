/* SPDX-License-Identifier: MIT */
/* Templates of hostnames and paths, such as "%{host}-%{user}" */
#ifndef NSI_POLICY_TEMPLATE_H
#define NSI_POLICY_TEMPLATE_H

#include <stddef.h>
#include <sys/types.h>

struct template_values {
	const char *user;
	const char *group; /* name of the primary group, or its number if it has none */
	const char *host;  /* the host's short name */
	const char *service;
	const char *home;
	uid_t uid;
	gid_t gid;
};

/*
 * Replaces %{user} %{uid} %{gid} %{group} %{host} %{service} %{home}; "%%" is "%".
 * Returns 0, -EINVAL for an unknown word or a broken "%", -ENAMETOOLONG.
 */
int template_expand(const char *template, const struct template_values *values, char *buf,
		    size_t size);

/* Whether template_expand() would know every word of @template; for the loader. */
int template_check(const char *template);

/*
 * template_expand(), then made a host name (RFC 1123): characters that it may not have
 * become "-", letters small, each label at most 63 and the whole at most 64 bytes
 * (HOST_NAME_MAX).  -EINVAL if nothing is left.
 */
int template_hostname(const char *template, const struct template_values *values, char *buf,
		      size_t size);

#endif /* NSI_POLICY_TEMPLATE_H */
