/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>

#include "weir/daemon/quarantine.h"

#define RESTORE_MAX (UINT64_C(1) << 30) /* bytes: restoring holds up the agent's loop */

struct listing {
	json_t *entries;
	bool more;
};

static json_t *refusal(const char *why)
{
	return json_pack("{s:s}", "error", why);
}

static const char *reason(int error)
{
	switch (error) {
	case -ENOENT:
		return "there is no such entry";
	case -EINVAL:
		return "that is no id of an entry";
	case -EBADMSG:
		return "the sealed content or its description is damaged";
	case -ESTALE:
		return "the placeholder was moved or changed: name another place with --to";
	case -EEXIST:
		return "there is a file of that name already";
	default:
		return strerror(-error);
	}
}

static int add(void *context, const struct weir_quarantine_entry *entry)
{
	struct listing *listing = context;

	if (json_array_size(listing->entries) >= WEIR_QUARANTINE_LIST_MAX) {
		listing->more = true;
		return 0;
	}
	return json_array_append_new(listing->entries,
				     json_pack("{s:s, s:s, s:s, s:I, s:I, s:i}", "id", entry->id,
					       "path", entry->path, "rule", entry->rule, "time_ns",
					       (json_int_t)entry->time_ns, "size",
					       (json_int_t)entry->size, "uid", (int)entry->uid));
}

static json_t *list(struct weir_quarantine *quarantine)
{
	struct listing listing = {.entries = json_array()};
	int r = weir_quarantine_list(quarantine, add, &listing);

	if (r < 0) {
		json_decref(listing.entries);
		return refusal(reason(r));
	}
	return json_pack("{s:o, s:b}", "entries", listing.entries, "more", listing.more);
}

static int restore(struct weir_quarantine *quarantine, const char *id, const char *to)
{
	struct weir_quarantine_entry entry;
	int r = weir_quarantine_get(quarantine, id, &entry);

	if (r < 0)
		return r;
	if (entry.size > RESTORE_MAX)
		return -EFBIG;
	if (to && to[0] != '/')
		return -ENOTSUP;
	return weir_quarantine_restore(quarantine, id, to);
}

json_t *weir_answer_quarantine(struct weir_quarantine *quarantine,
			       const struct weir_control_request *request)
{
	const char *what = json_string_value(json_object_get(request->arguments, "do"));
	const char *id = json_string_value(json_object_get(request->arguments, "id"));
	const char *to = json_string_value(json_object_get(request->arguments, "to"));
	int r;

	if (request->uid != 0)
		return refusal("only root may");
	if (!quarantine)
		return refusal("this agent has no quarantine");
	if (what && strcmp(what, "list") == 0)
		return list(quarantine);
	if (!what || !id)
		return refusal("name an entry");
	if (strcmp(what, "restore") == 0)
		r = restore(quarantine, id, to);
	else if (strcmp(what, "forget") == 0)
		r = weir_quarantine_forget(quarantine, id);
	else
		return refusal("list, restore or forget");
	return r < 0 ? refusal(reason(r)) : json_pack("{s:s}", "done", id);
}
