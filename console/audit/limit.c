/* SPDX-License-Identifier: Apache-2.0 */
#include "weir/console_audit/limit.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

/* One person's minute. */
struct minute {
	uint64_t begun_ns;
	unsigned n;	  /* written or about to be; 0: this place is free */
	uint64_t counted; /* and not written */
	struct weir_principal by;
};

struct weir_audit_limit {
	struct weir_store *store;
	const char *action;
	pthread_mutex_t lock; /* guards what follows; nobody waits for the database with it */
	struct minute minute[WEIR_AUDIT_LIMIT_PEOPLE];
};

int weir_audit_limit_new(struct weir_store *store, const char *action,
			 struct weir_audit_limit **ret)
{
	struct weir_audit_limit *limit = calloc(1, sizeof(*limit));

	if (!limit)
		return -ENOMEM;
	limit->store = store;
	limit->action = action;
	pthread_mutex_init(&limit->lock, NULL);
	*ret = limit;
	return 0;
}

void weir_audit_limit_free(struct weir_audit_limit *limit)
{
	if (!limit)
		return;
	pthread_mutex_destroy(&limit->lock);
	free(limit);
}

static bool is_over(const struct minute *minute, uint64_t now_ns)
{
	return now_ns - minute->begun_ns >= WEIR_AUDIT_LIMIT_NS;
}

/* The person's own place, else a free one, else that which began first. */
static struct minute *find(struct weir_audit_limit *limit, uint64_t id)
{
	struct minute *found = &limit->minute[0];

	for (size_t i = 0; i < WEIR_AUDIT_LIMIT_PEOPLE; i++) {
		struct minute *minute = &limit->minute[i];

		if (minute->n && minute->by.id == id)
			return minute;
		if (found->n && (!minute->n || minute->begun_ns < found->begun_ns))
			found = minute;
	}
	return found;
}

/* Makes the place free. */
static struct minute take(struct minute *minute)
{
	struct minute taken = *minute;

	*minute = (struct minute){};
	return taken;
}

static int write_count(struct weir_audit_limit *limit, const struct minute *minute)
{
	char detail[40];

	if (!minute->counted)
		return 0;
	(void)snprintf(detail, sizeof(detail), "{\"count\":%" PRIu64 "}", minute->counted);
	return weir_audit_note(limit->store, &minute->by, limit->action, "others", detail);
}

/* True when this one is to be written. *ret_before: a minute that had to end for it. */
static bool count(struct weir_audit_limit *limit, const struct weir_principal *by, uint64_t now_ns,
		  struct minute *ret_before)
{
	struct minute *minute = find(limit, by->id);

	*ret_before = (struct minute){};
	if (minute->n && (minute->by.id != by->id || is_over(minute, now_ns)))
		*ret_before = take(minute);
	if (!minute->n)
		minute->begun_ns = now_ns;
	minute->by = *by;
	if (minute->n < WEIR_AUDIT_LIMIT_ENTRIES) {
		minute->n++;
		return true;
	}
	minute->counted++;
	return false;
}

int weir_audit_limit_note(struct weir_audit_limit *limit, const struct weir_principal *by,
			  const char *object, uint64_t now_ns)
{
	struct minute before;
	bool write;
	int r;

	pthread_mutex_lock(&limit->lock);
	write = count(limit, by, now_ns, &before);
	pthread_mutex_unlock(&limit->lock);
	r = write_count(limit, &before);
	if (r == 0 && write)
		r = weir_audit_note(limit->store, by, limit->action, object, "");
	return r;
}

int weir_audit_limit_flush(struct weir_audit_limit *limit, uint64_t now_ns, bool all)
{
	int first = 0;

	for (size_t i = 0; i < WEIR_AUDIT_LIMIT_PEOPLE; i++) {
		struct minute over = {};
		int r;

		pthread_mutex_lock(&limit->lock);
		if (limit->minute[i].n && (all || is_over(&limit->minute[i], now_ns)))
			over = take(&limit->minute[i]);
		pthread_mutex_unlock(&limit->lock);
		r = write_count(limit, &over);
		first = first < 0 ? first : r;
	}
	return first;
}
