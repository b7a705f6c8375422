/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "check_state.h"
#include "internal.h"

/* Paths are compared byte by byte with what the kernel calls a file: they are written as it writes them. */
static bool is_plain_path(const char *path)
{
	if (path[0] != '/')
		return false;
	if (path[1] == '\0')
		return true;
	for (const char *at = path; *at;) {
		size_t len = strcspn(++at, "/");

		if (len == 0 || (len == 1 && at[0] == '.') ||
		    (len == 2 && at[0] == '.' && at[1] == '.'))
			return false;
		at += len;
	}
	return true;
}

static int check_folder(struct check *c, const Weir__V1__FirstOpen *first, size_t i)
{
	const char *path = first->folders[i];
	int r = check_text(c, "first_open.folders", path, WEIR_FIRST_OPEN_PATH_MAX - 1, true);

	at(c, "first_open.folders", (int)i);
	if (r < 0)
		return r;
	if (!is_plain_path(path)) {
		fail(c, "\"%.64s\" is no folder's full path", path);
		weir_error_hint(c->err,
				"write /srv/cases: from the root, without \".\", \"..\", double "
				"slashes or one at the end");
		return -EINVAL;
	}
	for (size_t k = 0; k < i; k++)
		if (strcmp(first->folders[k], path) == 0)
			return fail(c, "folder \"%.64s\" is there twice", path);
	return 0;
}

static bool is_for_files(const Weir__V1__PolicyRule *rule)
{
	for (size_t i = 0; i < rule->n_channels; i++)
		if (rule->channels[i] == WEIR__V1__CHANNEL__CHANNEL_FILE)
			return true;
	return rule->n_channels == 0;
}

int check_first_open(struct check *c, const Weir__V1__PolicyRule *rule)
{
	const Weir__V1__FirstOpen *first = rule->first_open;

	at(c, "first_open", -1);
	if (!is_for_files(rule)) {
		fail(c, "\"first_open\" is for files on local disk, which this rule is not about");
		weir_error_hint(c->err, "write channel: file");
		return -EINVAL;
	}
	at(c, "first_open.folders", -1);
	if (first->n_folders == 0)
		return fail(c, "\"folders\" names none");
	for (size_t i = 0; i < first->n_folders; i++) {
		int r = check_folder(c, first, i);

		if (r < 0)
			return r;
	}
	at(c, "first_open.budget_ms", -1);
	if (first->budget_ms < WEIR_FIRST_OPEN_MS_MIN || first->budget_ms > WEIR_FIRST_OPEN_MS_MAX)
		return fail(c, "\"budget_ms\" is %u; it is %d to %d", first->budget_ms,
			    WEIR_FIRST_OPEN_MS_MIN, WEIR_FIRST_OPEN_MS_MAX);
	return 0;
}

int check_first_folders(struct check *c)
{
	const Weir__V1__Policy *p = c->policy;
	size_t n = 0;

	for (size_t i = 0; i < p->n_rules; i++)
		n += p->rules[i]->first_open ? p->rules[i]->first_open->n_folders : 0;
	at(c, "rules", -1);
	return n > WEIR_FIRST_OPEN_MAX
		       ? fail(c, "more than %d folders under \"first_open\" in all rules together",
			      WEIR_FIRST_OPEN_MAX)
		       : 0;
}
