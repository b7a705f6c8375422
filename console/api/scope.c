/* SPDX-License-Identifier: Apache-2.0 */
#include "scope.h"

#include <errno.h>

#include "weir/console_triage/triage.h"

_Static_assert(WEIR_STORE_GROUPS_MAX == WEIR_GROUPS_MAX, "a person's groups fit");

static const struct weir_store_scope *write_scope(const struct weir_principal *by,
						  struct weir_store_scope *buf)
{
	*buf = (struct weir_store_scope){};
	for (unsigned i = 0; by->id && i < by->n_groups && i < WEIR_GROUPS_MAX; i++)
		buf->groups[buf->n++] = by->groups[i];
	return buf;
}

const struct weir_store_scope *weir_api_scope(const struct weir_principal *by,
					      struct weir_store_scope *buf)
{
	return by->id && by->every_group ? NULL : write_scope(by, buf);
}

const struct weir_store_scope *weir_api_endpoint_scope(const struct weir_principal *by,
						       struct weir_store_scope *buf)
{
	return weir_principal_may(by, WEIR_PERMIT_AGENT_MANAGE) && !weir_principal_is_bound(by)
		       ? NULL
		       : weir_api_scope(by, buf);
}

bool weir_api_manages(const struct weir_principal *by, const char *group)
{
	return !weir_principal_is_bound(by) || weir_principal_sees(by, group);
}

struct look {
	const struct weir_principal *by;
	bool any, hidden;
};

static int look_at(void *context, enum weir_alert_seen kind, const char *value, uint64_t n)
{
	struct look *look = context;

	if (kind != WEIR_SEEN_GROUP)
		return 0;
	look->any = true;
	look->hidden |= !weir_principal_sees(look->by, value);
	return 0;
}

int weir_api_alert_seen_by(struct weir_db_tx *tx, uint64_t id, const struct weir_principal *by)
{
	struct look look = {.by = by};
	int r;

	if (by->id && by->every_group)
		return 0;
	r = weir_triage_seen(tx, id, look_at, &look);
	if (r < 0)
		return r;
	return look.any && !look.hidden ? 0 : -ENOENT;
}
