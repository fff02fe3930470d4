/* SPDX-License-Identifier: MIT */
#include "state/facts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

/* Copies @text to *@at, which moves on, if it is not NULL.  Returns the room that it takes. */
static size_t facts_put(char **at, const char *text, const char **ret)
{
	const size_t size = strlen(text) + 1;

	if (!*at)
		return size;
	memcpy(*at, text, size);
	*ret = *at;
	*at += size;
	return size;
}

/* Places all texts of @rec at @at; with NULL, only counts the bytes. */
static size_t facts_put_all(struct set_facts *f, const struct set_record *rec, char *at)
{
	size_t size = facts_put(&at, rec->on_end.run, &f->on_end.run);

#define FACTS_PUT(name) size += facts_put(&at, rec->name, &f->name);
	FACTS_TEXTS(FACTS_PUT)
#undef FACTS_PUT
	for (uint32_t i = 0; i < f->dir_count; i++)
		size += facts_put(&at, rec->dirs[i].path, &f->dirs[i].path);
	return size;
}

int facts_load(struct set_facts *f, const struct set_record *rec)
{
	struct set_facts made = {
#define FACTS_COPY(name) .name = rec->name,
		FACTS_SAME(FACTS_COPY)
#undef FACTS_COPY
	};
	size_t rows;

	if (made.dir_count > RECORD_DIRS)
		made.dir_count = RECORD_DIRS;
	rows = made.dir_count * sizeof(made.dirs[0]);
	if (made.user_count > RECORD_USERS)
		made.user_count = RECORD_USERS;
	memcpy(made.users, rec->users, sizeof(made.users));
	made.on_end.timeout = rec->on_end.timeout;
	made.on_end.is_inside = rec->on_end.is_inside;
	made.dirs = malloc(rows + facts_put_all(&made, rec, NULL));
	if (!made.dirs)
		return -ENOMEM;
	for (uint32_t i = 0; i < made.dir_count; i++)
		made.dirs[i] = (struct facts_dir){
			.method = rec->dirs[i].method,
			.retain = rec->dirs[i].retain,
			.retain_age = rec->dirs[i].retain_age,
			.dev = rec->dirs[i].dev,
			.wd = rec->dirs[i].wd,
		};
	(void)facts_put_all(&made, rec, (char *)made.dirs + rows);
	facts_free(f);
	*f = made;
	return 0;
}

/* The texts come from fields of these sizes: they fit. */
void facts_store(const struct set_facts *f, const char *boot_id, struct set_record *ret)
{
	memset(ret, 0, sizeof(*ret));
#define FACTS_COPY(name) ret->name = f->name;
	FACTS_SAME(FACTS_COPY)
#undef FACTS_COPY
#define FACTS_COPY(name) (void)text_copy(ret->name, sizeof(ret->name), f->name);
	FACTS_TEXTS(FACTS_COPY)
#undef FACTS_COPY
	(void)text_copy(ret->boot_id, sizeof(ret->boot_id), boot_id);
	(void)text_copy(ret->on_end.run, sizeof(ret->on_end.run), f->on_end.run);
	memcpy(ret->users, f->users, sizeof(ret->users));
	ret->on_end.timeout = f->on_end.timeout;
	ret->on_end.is_inside = f->on_end.is_inside;
	for (uint32_t i = 0; i < f->dir_count; i++) {
		struct record_dir *dir = &ret->dirs[i];

		(void)text_copy(dir->path, sizeof(dir->path), f->dirs[i].path);
		dir->method = f->dirs[i].method;
		dir->retain = f->dirs[i].retain;
		dir->retain_age = f->dirs[i].retain_age;
		dir->dev = f->dirs[i].dev;
		dir->wd = f->dirs[i].wd;
	}
}

void facts_free(struct set_facts *f)
{
	free(f->dirs);
	*f = (struct set_facts){0};
}
