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
	const char *job; /* name of the resource manager's job; "" outside of one */
	uid_t uid;
	gid_t gid;
};

/*
 * Copies @template to @buf with %{user} %{uid} %{gid} %{group} %{host} %{service} %{home} %{job}
 * replaced; "%%" is "%".
 * Returns 0, -EINVAL for an unknown word or a broken "%", -ENAMETOOLONG.
 */
int template_expand(const char *template, const struct template_values *values, char *buf,
		    size_t size);

/* Checks that template_expand() knows every word of @template.  Returns 0 or -EINVAL. */
int template_check(const char *template);

/*
 * As template_expand(), and makes the result a host name (RFC 1123): invalid characters become
 * "-", capitals become small letters, each label is cut at 63 bytes and the whole at 64
 * (HOST_NAME_MAX).  Returns 0, -EINVAL also if nothing is left, or -ENAMETOOLONG.
 */
int template_hostname(const char *template, const struct template_values *values, char *buf,
		      size_t size);

#endif /* NSI_POLICY_TEMPLATE_H */
