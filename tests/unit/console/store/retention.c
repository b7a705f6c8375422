/* SPDX-License-Identifier: Apache-2.0 */
/* What is destroyed, what stays, and that it is gone. */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "place.h"
#include "weir/base/buf.h"
#include "weir/base/fd.h"
#include "weir/console_store/db.h"
#include "weir/console_store/retention.h"

#define DAY  (UINT64_C(86400) * 1000000000)
#define NOW  (UINT64_C(20800) * DAY) /* a day of 2026 */
#define MARK "SYNTHETIC-CANARY"

static int setup(void **state)
{
	return place_open(state, NULL);
}

static int teardown(void **state)
{
	return place_close(state);
}

/* One event of agent `agent`, sequence 1, that came so many days ago. */
static void store_event(struct weir_store *store, uint8_t agent, bool alert, uint64_t days,
			const char *text)
{
	const struct weir_store_item item = {.time_ns = 1,
					     .alert = alert,
					     .rule = "r",
					     .hook = "h",
					     .cause = "c",
					     .blob = text,
					     .len = strlen(text)};
	struct weir_store_batch batch = {.epoch = 1,
					 .first_sequence = 1,
					 .received_ns = NOW - days * DAY,
					 .host = "ws",
					 .version = "1",
					 .items = &item,
					 .n_items = 1};
	struct weir_store_result result;

	memset(batch.agent_uid, agent, sizeof(batch.agent_uid));
	assert_int_equal(weir_store_ingest(store, &batch, &result), 0);
	assert_int_equal(result.stored, 1);
}

static int64_t ask(struct weir_store *store, const char *sql)
{
	struct weir_db_tx *tx _cleanup_(weir_db_endp) = NULL;
	int64_t n = -1;

	assert_int_equal(weir_db_read(store, &tx), 0);
	assert_int_equal(weir_db_number(tx, sql, NULL, 0, &n), 0);
	return n;
}

static const struct weir_retention least = {.alert_days = WEIR_RETENTION_ALERT_DAYS_MIN,
					    .other_days = WEIR_RETENTION_OTHER_DAYS_MIN,
					    .now_ns = NOW};

static void retention__refuses_less_than_the_least(void **state)
{
	struct weir_retention retention = least;
	struct weir_destroyed destroyed;
	struct weir_error err = {};

	store_event(place_store(state), 1, true, 2000, "a");
	retention.alert_days--;
	assert_int_equal(weir_store_retain(place_store(state), &retention, &err, &destroyed),
			 -ERANGE);
	assert_non_null(strstr(err.text, "1096"));
	retention = least;
	retention.other_days = 1;
	assert_int_equal(weir_store_retain(place_store(state), &retention, &err, &destroyed),
			 -ERANGE);
	assert_int_equal(ask(place_store(state), "SELECT count(*) FROM event"), 1);
}

static void retention__destroys_by_class_and_records_it(void **state)
{
	struct weir_store *store = place_store(state);
	struct weir_destroyed destroyed;

	store_event(store, 1, true, 1500, "old alert");
	store_event(store, 2, false, 1400, "old");
	store_event(store, 3, true, 1097, "alert just due");
	store_event(store, 4, true, 1095, "alert not due");
	store_event(store, 5, false, 367, "just due");
	store_event(store, 6, false, 365, "not due");
	store_event(store, 7, true, 0, "new");
	assert_int_equal(weir_store_retain(store, &least, NULL, &destroyed), 0);
	assert_int_equal(destroyed.alerts, 2);
	assert_int_equal(destroyed.others, 2);
	assert_int_equal(ask(store, "SELECT count(*) FROM event"), 3);
	assert_int_equal(ask(store, "SELECT count(*) FROM event AS e JOIN agent AS a"
				    " ON a.id = e.agent WHERE length(a.uid) = 16"
				    " AND e.received_ns >= 0 AND e.alert = 1"),
			 2);
	assert_int_equal(ask(store, "SELECT n_rows FROM destruction WHERE class = 'alert'"), 2);
	assert_int_equal(ask(store, "SELECT n_rows FROM destruction WHERE class = 'other'"), 2);
	assert_int_equal(ask(store, "SELECT count(*) FROM destruction"), 3);
	/* The mark stays: what was destroyed does not come back with a resend. */
	assert_int_equal(ask(store, "SELECT count(*) FROM spool WHERE committed_sequence = 1"), 7);
	assert_int_equal(weir_store_retain(store, &least, NULL, &destroyed), 0);
	assert_int_equal(destroyed.alerts + destroyed.others, 0);
}

/* A console whose clock stood in the past for a while, and one whose clock stands in the future. */
static void retention__destroys_nothing_early(void **state)
{
	struct weir_store *store = place_store(state);
	struct weir_retention retention = least;
	struct weir_destroyed destroyed;
	struct weir_error err = {};

	store_event(store, 1, true, 10, "a");
	store_event(store, 2, true, 9000, "came after it, by a wrong clock");
	assert_int_equal(weir_store_retain(store, &retention, &err, &destroyed), 0);
	assert_int_equal(destroyed.alerts, 0);
	retention.now_ns += 20000 * DAY;
	assert_int_equal(weir_store_retain(store, &retention, &err, &destroyed), -ETIME);
	assert_non_null(strstr(err.hint, "--clock-is-right"));
	assert_int_equal(ask(store, "SELECT count(*) FROM event"), 2);
	retention.clock_is_right = true;
	assert_int_equal(weir_store_retain(store, &retention, &err, &destroyed), 0);
	assert_int_equal(destroyed.alerts, 2);
	assert_int_equal(ask(store, "SELECT count(*) FROM event"), 0);
}

static void retention__keeps_a_class_without_a_time(void **state)
{
	const struct weir_retention retention = {.other_days = 400, .now_ns = NOW};
	struct weir_destroyed destroyed;

	store_event(place_store(state), 1, true, 5000, "a");
	store_event(place_store(state), 2, false, 5000, "b");
	assert_int_equal(weir_store_retain(place_store(state), &retention, NULL, &destroyed), 0);
	assert_int_equal(destroyed.alerts, 0);
	assert_int_equal(destroyed.others, 1);
}

static size_t find_bytes(const char *path, const char *suffix)
{
	struct weir_buf file _cleanup_(weir_buf_done) = WEIR_BUF_INIT(64 << 20);
	char name[160];

	(void)snprintf(name, sizeof(name), "%s%s", path, suffix);
	if (weir_read_file(-1, name, &file) < 0 || !file.data)
		return 0;
	return memmem(file.data, file.len, MARK, strlen(MARK)) != NULL;
}

/* SQLite only: the bytes are in no file any more. */
static void retention__overwrites_what_it_destroys(void **state)
{
	struct weir_destroyed destroyed;

	if (place_kind() != PLACE_SQLITE)
		skip();
	for (uint8_t i = 1; i < 60; i++)
		store_event(place_store(state), i, true, 2000, MARK);
	store_event(place_store(state), 200, true, 0, "new");
	assert_true(find_bytes(place_path(state), "") + find_bytes(place_path(state), "-wal") > 0);
	assert_int_equal(weir_store_retain(place_store(state), &least, NULL, &destroyed), 0);
	assert_int_equal(destroyed.alerts, 59);
	assert_int_equal(find_bytes(place_path(state), ""), 0);
	assert_int_equal(find_bytes(place_path(state), "-wal"), 0);
}

/* PostgreSQL only: a month that is due goes with its table. */
static void retention__drops_whole_months(void **state)
{
	struct weir_destroyed destroyed;
	static const char months[] = "SELECT count(*) FROM pg_inherits AS i JOIN pg_class AS c"
				     " ON c.oid = i.inhparent"
				     " WHERE i.inhparent = to_regclass('event_alert')";

	if (place_kind() != PLACE_POSTGRESQL)
		skip();
	store_event(place_store(state), 1, true, 2000, "a");
	store_event(place_store(state), 2, true, 1900, "b");
	store_event(place_store(state), 3, true, 1, "c");
	assert_int_equal(ask(place_store(state), months), 3);
	assert_int_equal(weir_store_retain(place_store(state), &least, NULL, &destroyed), 0);
	assert_int_equal(destroyed.alerts, 2);
	assert_int_equal(ask(place_store(state), months), 1);
	/* And comes again when something arrives for it. */
	store_event(place_store(state), 4, true, 2000, "d");
	assert_int_equal(ask(place_store(state), months), 2);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(retention__refuses_less_than_the_least, setup,
						teardown),
		cmocka_unit_test_setup_teardown(retention__destroys_by_class_and_records_it, setup,
						teardown),
		cmocka_unit_test_setup_teardown(retention__destroys_nothing_early, setup, teardown),
		cmocka_unit_test_setup_teardown(retention__keeps_a_class_without_a_time, setup,
						teardown),
		cmocka_unit_test_setup_teardown(retention__overwrites_what_it_destroys, setup,
						teardown),
		cmocka_unit_test_setup_teardown(retention__drops_whole_months, setup, teardown),
	};

	return place_run(argc, argv, tests, ARRAY_SIZE(tests));
}
