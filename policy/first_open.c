/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the folders whose files wait for a verdict before they are read. */
#include <errno.h>
#include <string.h>

#include "internal.h"

int take_first_opens(struct weir_policy *policy, const Weir__V1__Policy *wire)
{
	struct weir_first_open *list =
		arena_alloc(&policy->arena, WEIR_FIRST_OPEN_MAX * sizeof(*list));
	unsigned n = 0;

	if (!list)
		return -ENOMEM;
	for (size_t i = 0; i < wire->n_rules; i++) {
		const Weir__V1__PolicyRule *rule = wire->rules[i];

		for (size_t k = 0; rule->first_open && k < rule->first_open->n_folders; k++)
			list[n++] = (struct weir_first_open){
				.folder = rule->first_open->folders[k],
				.budget_ms = rule->first_open->budget_ms,
				.closed = rule->fail_closed,
				.rule = rule->id,
				.message_zh = rule->message_zh,
				.message_en = rule->message_en,
			};
	}
	policy->first_opens = list;
	policy->n_first_opens = n;
	return 0;
}

const struct weir_first_open *weir_policy_first_open(const struct weir_policy *policy, unsigned i)
{
	return i < policy->n_first_opens ? &policy->first_opens[i] : NULL;
}

static bool is_below(const char *path, const char *folder)
{
	size_t len = strlen(folder);

	return strncmp(path, folder, len) == 0 && (path[len] == '/' || path[len] == '\0');
}

/* What the machine itself reads to start and to run. */
static bool is_system(const char *path)
{
	static const char *const folders[] = {
		"/bin", "/boot", "/etc", "/lib",	  "/lib32",	  "/lib64",
		"/run", "/sbin", "/usr", "/var/lib/dpkg", "/var/lib/rpm", "/var/log"};

	for (size_t i = 0; i < ARRAY_SIZE(folders); i++)
		if (is_below(path, folders[i]))
			return true;
	return strcmp(path, "/") == 0 || strcmp(path, "/var") == 0 || strcmp(path, "/var/lib") == 0;
}

bool warn_first_open(const struct weir_policy *policy, unsigned index, struct weir_error *ret)
{
	const struct weir_first_open *first = &policy->first_opens[index];

	for (unsigned i = 0; i < index; i++) {
		const struct weir_first_open *other = &policy->first_opens[i];

		if (strcmp(other->folder, "/") != 0 && !is_below(first->folder, other->folder))
			continue;
		(void)weir_error_set(ret, 0, 0, 0,
				     "rule \"%s\": \"%.128s\" never waits under it: rule \"%s\" "
				     "takes all in \"%.128s\" before it",
				     first->rule, first->folder, other->rule, other->folder);
		return true;
	}
	if (!is_system(first->folder))
		return false;
	(void)weir_error_set(ret, 0, 0, 0,
			     "rule \"%s\": the system itself reads in \"%.128s\", and everything "
			     "that it starts waits there%s",
			     first->rule, first->folder, first->closed ? " or is refused" : "");
	weir_error_hint(ret, "name the folders that hold customer data");
	return true;
}
