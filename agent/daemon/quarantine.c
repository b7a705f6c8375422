/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>

#include "weir/daemon/quarantine.h"

#define RESTORE_MAX (UINT64_C(1) << 30) /* bytes: restoring holds up the agent's loop */

struct listing {
	json_t *entries;
	bool more;
};

static json_t *refusal(int error)
{
	switch (error) {
	case -ENOENT:
		return weir_control_refusal("there is no such entry", "没有这个条目");
	case -EINVAL:
		return weir_control_refusal("that is no id of an entry", "不是有效的条目编号");
	case -EBADMSG:
		return weir_control_refusal("the sealed content or its description is damaged",
					    "封存的内容或其描述已损坏");
	case -ESTALE:
		return weir_control_refusal(
			"the placeholder was moved or changed: name another place with --to",
			"占位文件已被移动或更改：请用 --to 指定其他位置");
	case -EEXIST:
		return weir_control_refusal("there is a file of that name already",
					    "已存在同名文件");
	case -EFBIG:
		return weir_control_refusal("it is too large to be put back", "文件过大，无法恢复");
	case -ENOTSUP:
		return weir_control_refusal("--to wants an absolute path", "--to 需要绝对路径");
	default:
		return weir_control_refusal(strerror(-error), strerror(-error));
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
		return refusal(r);
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
		return weir_control_refusal("only root may", "仅限 root");
	if (!quarantine)
		return weir_control_refusal("this agent has no quarantine", "此代理没有隔离区");
	if (what && strcmp(what, "list") == 0)
		return list(quarantine);
	if (!what || !id)
		return weir_control_refusal("name an entry", "请指定条目");
	if (strcmp(what, "restore") == 0)
		r = restore(quarantine, id, to);
	else if (strcmp(what, "forget") == 0)
		r = weir_quarantine_forget(quarantine, id);
	else
		return weir_control_refusal("list, restore or forget",
					    "只能是 list、restore 或 forget");
	return r < 0 ? refusal(r) : json_pack("{s:s}", "done", id);
}
