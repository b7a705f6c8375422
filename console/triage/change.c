/* SPDX-License-Identifier: Apache-2.0 */
/* What people do with an alert. Each change is one guarded statement and a line of the log, in the
 * caller's transaction. */

#include <errno.h>
#include <string.h>

#include "schema.h"
#include "weir/base/utf8.h"

static const char *const step_names[] = {
	[WEIR_STEP_EVENT] = "event",	   [WEIR_STEP_ASSIGNED] = "assigned",
	[WEIR_STEP_COMMENTED] = "comment", [WEIR_STEP_CLOSED] = "closed",
	[WEIR_STEP_REOPENED] = "reopened", [WEIR_STEP_SUPPRESSED] = "suppressed",
};

const char *weir_alert_step_name(enum weir_alert_step step)
{
	return step > 0 && step < ARRAY_SIZE(step_names) ? step_names[step] : "unknown";
}

int weir_triage_note(struct weir_db_tx *tx, const struct weir_alert_log *line, uint64_t person_id,
		     uint64_t *ret_id)
{
	struct weir_db_rows *rows _cleanup_(weir_db_rows_freep) = NULL;
	uint64_t id;
	int r;

	r = WEIR_DB_QUERY(
		tx, &rows,
		"INSERT INTO alert_log (alert, time_ns, step, news, event, person_id, person, text,"
		" version, state, verdict, severity, assignee, n_events, n_let_through,"
		" identifiers, last_ns)"
		" SELECT id, $2, $3, $4, $5, $6, $7, $8, version, state, verdict, severity,"
		"  assignee, n_events, n_let_through, identifiers, last_ns"
		" FROM alert WHERE id = $1 RETURNING id",
		weir_db_int((int64_t)line->alert.id), weir_db_int((int64_t)line->time_ns),
		weir_db_int(line->step), weir_db_int(line->news), weir_db_int((int64_t)line->event),
		weir_db_int((int64_t)person_id), weir_db_text(line->person),
		weir_db_text(line->text));
	if (r == 0)
		r = weir_db_next(rows);
	if (r <= 0)
		return r < 0 ? r : -ENOENT;
	id = (uint64_t)weir_db_get_int(rows, 0);
	r = weir_db_next(rows);
	if (r == 0)
		*ret_id = id;
	return r > 0 ? -EIO : r;
}

/* Texts go to terminals, chats and other systems. */
static bool is_clean(const char *text, size_t max, bool lines)
{
	size_t len = strlen(text);

	if (len > max || weir_utf8_valid(text, len) != len)
		return false;
	for (size_t at = 0; at < len;) {
		uint32_t c;

		at += weir_utf8_decode(text + at, len - at, &c);
		if (weir_utf8_acts(c) && !(lines && c == '\n'))
			return false;
	}
	return true;
}

const char *weir_triage_fault(const struct weir_triage_change *change)
{
	if (!is_clean(change->assignee, WEIR_TRIAGE_NAME_MAX, false))
		return "the assignee is too long or has control characters";
	if (!is_clean(change->text, WEIR_TRIAGE_TEXT_MAX, true))
		return "the text is too long or has control characters";
	switch (change->verb) {
	case WEIR_TRIAGE_COMMENT:
		return *change->text ? NULL : "a comment needs a text";
	case WEIR_TRIAGE_CLOSE:
		return change->verdict > WEIR_VERDICT_NONE ? NULL : "closing needs a verdict";
	case WEIR_TRIAGE_SUPPRESS:
		if (!*change->text)
			return "suppressing needs a reason";
		if (change->until_ns <= change->now_ns ||
		    change->until_ns - change->now_ns > WEIR_TRIAGE_SUPPRESS_MAX)
			return "suppressing needs an end within 90 days";
		return NULL;
	default:
		return NULL;
	}
}

/* 0, -ENOENT or -ESTALE. */
static int check_version(struct weir_db_tx *tx, uint64_t id, uint64_t version, uint32_t *ret_state)
{
	struct weir_db_rows *rows _cleanup_(weir_db_rows_freep) = NULL;
	int r = WEIR_DB_QUERY(tx, &rows, "SELECT version, state FROM alert WHERE id = $1",
			      weir_db_int((int64_t)id));

	if (r == 0)
		r = weir_db_next(rows);
	if (r <= 0)
		return r < 0 ? r : -ENOENT;
	*ret_state = (uint32_t)weir_db_get_int(rows, 1);
	return version && version != (uint64_t)weir_db_get_int(rows, 0) ? -ESTALE : 0;
}

static int set_state(struct weir_db_tx *tx, uint64_t id, const struct weir_triage_change *change,
		     uint32_t state, uint32_t verdict)
{
	int r = WEIR_DB_RUN(
		tx,
		"UPDATE alert SET state = $2, verdict = $3, quiet_until_ns = $4, changed_ns = $5,"
		" version = version + 1 WHERE id = $1",
		weir_db_int((int64_t)id), weir_db_int(state), weir_db_int(verdict),
		weir_db_int(state == WEIR_ALERT_SUPPRESSED ? (int64_t)change->until_ns : 0),
		weir_db_int((int64_t)change->now_ns));

	return r < 0 ? r : 0;
}

static int assign(struct weir_db_tx *tx, uint64_t id, const struct weir_triage_change *change,
		  uint32_t state)
{
	int r;

	if (state == WEIR_ALERT_RESOLVED)
		return -EALREADY;
	if (state == WEIR_ALERT_NEW && *change->assignee)
		state = WEIR_ALERT_IN_PROGRESS;
	r = WEIR_DB_RUN(tx,
			"UPDATE alert SET assignee = $2, state = $3, changed_ns = $4,"
			" version = version + 1 WHERE id = $1",
			weir_db_int((int64_t)id), weir_db_text(change->assignee),
			weir_db_int(state), weir_db_int((int64_t)change->now_ns));
	return r < 0 ? r : 0;
}

/* Another that is open under the same key may have begun meanwhile; asked first, because a
 * statement that fails ends the transaction. */
static int reopen(struct weir_db_tx *tx, uint64_t id, const struct weir_triage_change *change,
		  uint32_t state)
{
	int64_t others = 0;
	int r;

	if (state != WEIR_ALERT_RESOLVED)
		return -EALREADY;
	r = WEIR_DB_NUMBER(tx, &others,
			   "SELECT count(*) FROM alert AS a JOIN alert AS b"
			   " ON a.rule = b.rule AND a.user_name = b.user_name"
			   "  AND a.machine = b.machine AND a.destination = b.destination"
			   "  AND a.window_ns = b.window_ns AND b.state <> 4"
			   " WHERE a.id = $1",
			   weir_db_int((int64_t)id));
	if (r == 0 && others > 0)
		return -EEXIST;
	return r < 0 ? r : set_state(tx, id, change, WEIR_ALERT_IN_PROGRESS, WEIR_VERDICT_NONE);
}

static int suppress(struct weir_db_tx *tx, uint64_t id, const struct weir_triage_change *change,
		    uint32_t state)
{
	int r = WEIR_DB_RUN(
		tx,
		"INSERT INTO suppression (rule, user_name, machine, destination, owner_id, owner,"
		" reason, created_ns, expires_ns)"
		" SELECT rule, user_name, machine, destination, $2, $3, $4, $5, $6"
		" FROM alert WHERE id = $1",
		weir_db_int((int64_t)id), weir_db_int((int64_t)change->person_id),
		weir_db_text(change->person), weir_db_text(change->text),
		weir_db_int((int64_t)change->now_ns), weir_db_int((int64_t)change->until_ns));

	if (r < 0 || state == WEIR_ALERT_RESOLVED)
		return r < 0 ? r : 0;
	return set_state(tx, id, change, WEIR_ALERT_SUPPRESSED, WEIR_VERDICT_NONE);
}

static int apply(struct weir_db_tx *tx, uint64_t id, const struct weir_triage_change *change,
		 uint32_t state, struct weir_alert_log *line)
{
	switch (change->verb) {
	case WEIR_TRIAGE_ASSIGN:
		line->step = WEIR_STEP_ASSIGNED;
		line->news = WEIR_NEWS_UPDATED;
		line->text = change->assignee;
		return assign(tx, id, change, state);
	case WEIR_TRIAGE_COMMENT:
		line->step = WEIR_STEP_COMMENTED;
		return 0;
	case WEIR_TRIAGE_CLOSE:
		line->step = WEIR_STEP_CLOSED;
		line->news = WEIR_NEWS_CLOSED;
		return state == WEIR_ALERT_RESOLVED
			       ? -EALREADY
			       : set_state(tx, id, change, WEIR_ALERT_RESOLVED, change->verdict);
	case WEIR_TRIAGE_REOPEN:
		line->step = WEIR_STEP_REOPENED;
		line->news = WEIR_NEWS_UPDATED;
		return reopen(tx, id, change, state);
	case WEIR_TRIAGE_SUPPRESS:
		line->step = WEIR_STEP_SUPPRESSED;
		line->news = WEIR_NEWS_UPDATED;
		return suppress(tx, id, change, state);
	default:
		return -EINVAL;
	}
}

int weir_triage_change(struct weir_db_tx *tx, uint64_t id, uint64_t version,
		       const struct weir_triage_change *change)
{
	struct weir_alert_log line = {
		.time_ns = change->now_ns,
		.person = change->person,
		.text = change->text,
		.alert.id = id,
	};
	uint32_t state = 0;
	int r;

	if (weir_triage_fault(change))
		return -EINVAL;
	r = weir_triage_turn(tx);
	if (r == 0)
		r = check_version(tx, id, version, &state);
	if (r == 0)
		r = apply(tx, id, change, state, &line);
	if (r == 0)
		r = weir_triage_note(tx, &line, change->person_id, &line.id);
	return r < 0 ? r : weir_db_announce(tx, WEIR_TRIAGE_TOPIC, line.id);
}

static int run_expire(struct weir_db_tx *tx, const char *sql, uint64_t before_ns)
{
	return WEIR_DB_RUN(tx, sql, weir_db_int((int64_t)before_ns),
			   weir_db_int(WEIR_TRIAGE_BULK_MAX));
}

/* The same ones each time: the turn keeps everyone else from changing an alert meanwhile. */
#define EXPIRED                                                              \
	"(SELECT id FROM alert WHERE changed_ns < $1 AND (state & 12) <> 0 " \
	"ORDER BY id LIMIT $2)"

int weir_triage_expire(struct weir_db_tx *tx, uint64_t before_ns)
{
	int r = weir_triage_turn(tx);

	if (r == 0)
		r = run_expire(tx, "DELETE FROM alert_seen WHERE alert IN " EXPIRED, before_ns);
	if (r >= 0)
		r = run_expire(tx, "DELETE FROM alert_log WHERE alert IN " EXPIRED, before_ns);
	return r < 0 ? r : run_expire(tx, "DELETE FROM alert WHERE id IN " EXPIRED, before_ns);
}
