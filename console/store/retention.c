/* SPDX-License-Identifier: Apache-2.0 */
/* What is due, its end, and the record of that. */

#include "weir/console_store/retention.h"

#include <errno.h>

#include "internal.h"
#include "weir/base/time.h"

#define DAY_NS	(UINT64_C(86400) * WEIR_NSEC_PER_SEC)
#define CHUNK	2000	  /* ids looked at in one statement */
#define NO_ID	INT64_MAX /* behind every id */
#define REJECTS 2	  /* where an event's `alert` says 0 or 1 */

static const char *const class_names[] = {"other", "alert", "reject"};

/* One row for each class and time it was looked at: also when there was nothing to destroy. */
static const char *const migrations[] = {
	"CREATE TABLE destruction ("
	" id {id},"
	" done_ns {int} NOT NULL,"
	" class {text} NOT NULL CHECK (class IN ('alert', 'other', 'reject')),"
	" before_ns {int} NOT NULL," /* of arrival; not included */
	" below_id {int} NOT NULL,"  /* of events; not included */
	" n_rows {int} NOT NULL"
	") {strict}",
};

/* The first event of the class that is not due; all before it are, by their own stamps. */
static int find_end(struct weir_db_tx *tx, int64_t class, int64_t before, int64_t *ret)
{
	int r = WEIR_DB_NUMBER(tx, ret,
			       "SELECT id FROM event WHERE alert = $1 AND received_ns >= $2"
			       " ORDER BY id LIMIT 1",
			       weir_db_int(class), weir_db_int(before));

	if (r == -ENOENT)
		*ret = NO_ID;
	return r == -ENOENT ? 0 : r;
}

static int first_id(struct weir_db_tx *tx, int64_t class, int64_t from, int64_t *ret)
{
	int r = WEIR_DB_NUMBER(
		tx, ret, "SELECT id FROM event WHERE alert = $1 AND id >= $2 ORDER BY id LIMIT 1",
		weir_db_int(class), weir_db_int(from));

	if (r == -ENOENT)
		*ret = NO_ID;
	return r == -ENOENT ? 0 : r;
}

static int delete_below(struct weir_db_tx *tx, int64_t class, int64_t end, uint64_t *n)
{
	int64_t from = 0;
	int r = first_id(tx, class, 0, &from);

	while (r >= 0 && from < end) {
		const int64_t to = end - from > CHUNK ? from + CHUNK : end;

		r = WEIR_DB_RUN(tx, "DELETE FROM event WHERE alert = $1 AND id >= $2 AND id < $3",
				weir_db_int(class), weir_db_int(from), weir_db_int(to));
		if (r >= 0) {
			*n += (uint64_t)r;
			r = first_id(tx, class, to, &from);
		}
	}
	return r < 0 ? r : 0;
}

static int destroy_events(struct weir_db_tx *tx, int64_t class, int64_t before, int64_t *ret_end,
			  uint64_t *n)
{
	int64_t left = 0;
	int r = find_end(tx, class, before, ret_end);

	if (r == 0 && tx->store->ops->drop_events)
		r = tx->store->ops->drop_events(tx, class, *ret_end, n);
	if (r == 0)
		r = delete_below(tx, class, *ret_end, n);
	if (r == 0)
		r = WEIR_DB_NUMBER(tx, &left,
				   "SELECT count(*) FROM event WHERE alert = $1 AND id < $2",
				   weir_db_int(class), weir_db_int(*ret_end));
	return r < 0 ? r : left > 0 ? -EBADMSG : 0;
}

static int destroy_rejects(struct weir_db_tx *tx, int64_t before, uint64_t *n)
{
	int r = WEIR_DB_RUN(tx, "DELETE FROM reject WHERE received_ns < $1", weir_db_int(before));

	if (r < 0)
		return r;
	*n = (uint64_t)r;
	return 0;
}

static int destroy_class(struct weir_store *store, int64_t class, uint32_t days, uint64_t now_ns,
			 uint64_t *ret_n)
{
	struct weir_db_tx *tx _cleanup_(weir_db_endp) = NULL;
	const uint64_t age = days * DAY_NS;
	const int64_t before = (int64_t)(now_ns > age ? now_ns - age : 0);
	int64_t end = 0;
	uint64_t n = 0;
	int r = weir_db_begin(store, WEIR_DB_INGEST, &tx);

	if (r < 0)
		return r;
	r = class == REJECTS ? destroy_rejects(tx, before, &n)
			     : destroy_events(tx, class, before, &end, &n);
	if (r == 0)
		r = WEIR_DB_RUN(tx,
				"INSERT INTO destruction (done_ns, class, before_ns, below_id,"
				" n_rows) VALUES ($1, $2, $3, $4, $5)",
				weir_db_int((int64_t)now_ns), weir_db_text(class_names[class]),
				weir_db_int(before), weir_db_int(end), weir_db_int((int64_t)n));
	if (r >= 0)
		r = weir_db_commit(tx);
	if (r == 0)
		*ret_n = n;
	return r;
}

static int check_times(const struct weir_retention *retention, struct weir_error *err)
{
	if (retention->alert_days && retention->alert_days < WEIR_RETENTION_ALERT_DAYS_MIN)
		return weir_error_set(err, -ERANGE, 0, 0, "alerts are kept for %u days at least",
				      WEIR_RETENTION_ALERT_DAYS_MIN);
	if (retention->other_days && retention->other_days < WEIR_RETENTION_OTHER_DAYS_MIN)
		return weir_error_set(err, -ERANGE, 0, 0,
				      "events that are no alerts are kept for %u days at least",
				      WEIR_RETENTION_OTHER_DAYS_MIN);
	return retention->now_ns <= WEIR_STORE_NUMBER_MAX ? 0 : -ERANGE;
}

/* Done every day, the last time is a day ago. When it is not, either nobody did it or the clock is
 * ahead, and with that clock all would be due. */
static int check_clock(struct weir_store *store, const struct weir_retention *retention,
		       struct weir_error *err)
{
	struct weir_db_tx *tx _cleanup_(weir_db_endp) = NULL;
	int64_t last = 0;
	int r = weir_db_read(store, &tx);

	if (r == 0)
		r = WEIR_DB_NUMBER(tx, &last, "SELECT coalesce(max(done_ns), 0) FROM destruction");
	if (r < 0 || last == 0 || retention->clock_is_right)
		return r;
	if (retention->now_ns < (uint64_t)last + WEIR_RETENTION_PAUSE_MAX_DAYS * DAY_NS)
		return 0;
	weir_error_set(err, -ETIME, 0, 0,
		       "more than %u days went by since events were last destroyed, or the clock "
		       "is wrong",
		       WEIR_RETENTION_PAUSE_MAX_DAYS);
	weir_error_hint(err, "look at the clock, then: weir-console retention --clock-is-right");
	return -ETIME;
}

int weir_store_retain(struct weir_store *store, const struct weir_retention *retention,
		      struct weir_error *err, struct weir_destroyed *ret)
{
	const struct weir_db_schema schema = {"retention", migrations, ARRAY_SIZE(migrations)};
	const struct {
		int64_t class;
		uint32_t days;
		uint64_t *n;
	} classes[] = {
		{1, retention->alert_days, &ret->alerts},
		{0, retention->other_days, &ret->others},
		{REJECTS, retention->other_days, &ret->rejects},
	};
	int r = check_times(retention, err);

	*ret = (struct weir_destroyed){};
	if (r == 0)
		r = weir_db_migrate(store, &schema, err);
	if (r == 0 && (retention->alert_days || retention->other_days))
		r = check_clock(store, retention, err);
	if (r < 0)
		return r;
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(classes); i++)
		if (classes[i].days)
			r = destroy_class(store, classes[i].class, classes[i].days,
					  retention->now_ns, classes[i].n);
	if (r == 0 && store->ops->scrub)
		r = store->ops->scrub(store->backend);
	errno = -r;
	return r < 0 ? weir_error_set(err, r, 0, 0, "cannot destroy what is due: %m") : 0;
}
