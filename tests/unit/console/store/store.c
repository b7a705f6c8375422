/* SPDX-License-Identifier: Apache-2.0 */
/* What every store must do with agents and events. */

#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "place.h"
#include "weir/console_store/store.h"

#define ROWS_MAX 2048

struct rows {
	size_t n, stop_at;
	uint64_t ids[ROWS_MAX], sequences[ROWS_MAX], epochs[ROWS_MAX];
	uint8_t agents[ROWS_MAX];
	char host[64], blob[64];
	bool alerts[ROWS_MAX];
};

static int keep_event(void *context, const struct weir_store_event *event)
{
	struct rows *rows = context;

	assert_true(rows->n < ROWS_MAX);
	rows->ids[rows->n] = event->id;
	rows->sequences[rows->n] = event->sequence;
	rows->epochs[rows->n] = event->epoch;
	rows->agents[rows->n] = event->agent_uid[15];
	rows->alerts[rows->n] = event->alert;
	(void)snprintf(rows->host, sizeof(rows->host), "%s", event->host);
	(void)snprintf(rows->blob, sizeof(rows->blob), "%.*s", (int)event->len,
		       (const char *)event->blob);
	rows->n++;
	return rows->stop_at && rows->n == rows->stop_at ? 1 : 0;
}

/* n events from first on, all with the same fields as model. */
static int ingest(struct weir_store *store, uint8_t agent, uint64_t epoch, uint64_t first, size_t n,
		  const struct weir_store_item *model, struct weir_store_result *ret)
{
	static struct weir_store_item items[WEIR_STORE_EVENTS_MAX + 1];
	struct weir_store_batch batch = {
		.epoch = epoch,
		.first_sequence = first,
		.received_ns = 1000,
		.host = "ws-1",
		.version = "0.1",
		.items = items,
		.n_items = n,
	};

	memset(batch.agent_uid, agent, sizeof(batch.agent_uid));
	for (size_t i = 0; i < n && i < WEIR_STORE_EVENTS_MAX + 1; i++)
		items[i] = *model;
	return weir_store_ingest(store, &batch, ret);
}

static const struct weir_store_item plain = {
	.time_ns = 5000,
	.channel = 2,
	.action = 4,
	.tier = 1,
	.alert = true,
	.rule = "r",
	.hook = "h",
	.cause = "c",
	.blob = "bytes",
	.len = 5,
};

static void list(struct weir_store *store, const struct weir_store_filter *filter, struct rows *ret)
{
	struct weir_store_filter all = {.limit = ROWS_MAX - 1};

	*ret = (struct rows){};
	assert_int_equal(weir_store_list_events(store, filter ? filter : &all, keep_event, ret), 0);
}

static int setup(void **state)
{
	return place_open(state, NULL);
}

static int teardown(void **state)
{
	return place_close(state);
}

static void store__stores_in_order_and_commits(void **state)
{
	struct weir_store_result result;
	struct rows rows;

	assert_int_equal(ingest(place_store(state), 1, 7, 1, 3, &plain, &result), 0);
	assert_int_equal(result.committed, 3);
	assert_int_equal(result.stored, 3);
	assert_false(result.gap);
	list(place_store(state), NULL, &rows);
	assert_int_equal(rows.n, 3);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(rows.sequences[i], 3 - i);
	assert_string_equal(rows.host, "ws-1");
	assert_string_equal(rows.blob, "bytes");
	assert_int_equal(rows.epochs[0], 7);
}

static void store__skips_what_it_has(void **state)
{
	struct weir_store_result result;
	struct rows rows;

	assert_int_equal(ingest(place_store(state), 1, 7, 1, 3, &plain, &result), 0);
	assert_int_equal(ingest(place_store(state), 1, 7, 1, 3, &plain, &result), 0);
	assert_int_equal(result.committed, 3);
	assert_int_equal(result.stored, 0);
	assert_int_equal(ingest(place_store(state), 1, 7, 2, 4, &plain, &result), 0);
	assert_int_equal(result.committed, 5);
	assert_int_equal(result.stored, 2);
	/* wholly behind, and ending before the mark */
	assert_int_equal(ingest(place_store(state), 1, 7, 1, 1, &plain, &result), 0);
	assert_int_equal(result.committed, 5);
	list(place_store(state), NULL, &rows);
	assert_int_equal(rows.n, 5);
}

static void store__refuses_a_gap_and_stores_nothing(void **state)
{
	struct weir_store_result result;
	struct rows rows;

	assert_int_equal(ingest(place_store(state), 1, 7, 2, 3, &plain, &result), 0);
	assert_true(result.gap);
	assert_int_equal(result.committed, 0);
	list(place_store(state), NULL, &rows);
	assert_int_equal(rows.n, 0);
	assert_int_equal(ingest(place_store(state), 1, 7, 1, 3, &plain, &result), 0);
	assert_int_equal(ingest(place_store(state), 1, 7, 5, 1, &plain, &result), 0);
	assert_true(result.gap);
	assert_int_equal(result.committed, 3);
	assert_int_equal(result.stored, 0);
	list(place_store(state), NULL, &rows);
	assert_int_equal(rows.n, 3);
}

static void store__keeps_epochs_and_agents_apart(void **state)
{
	struct weir_store_result result;
	struct rows rows;

	assert_int_equal(ingest(place_store(state), 1, 7, 1, 2, &plain, &result), 0);
	assert_int_equal(ingest(place_store(state), 1, UINT64_MAX, 1, 2, &plain, &result), 0);
	assert_int_equal(ingest(place_store(state), 2, 7, 1, 2, &plain, &result), 0);
	assert_int_equal(result.committed, 2);
	/* an old spool goes on where it was */
	assert_int_equal(ingest(place_store(state), 1, 7, 3, 1, &plain, &result), 0);
	assert_int_equal(result.committed, 3);
	list(place_store(state), NULL, &rows);
	assert_int_equal(rows.n, 7);
	assert_true(rows.epochs[4] == UINT64_MAX);
}

static void store__counts_rejects_as_committed(void **state)
{
	const struct weir_store_item bad = {.reject = 1, .len = 9, .detail = "not an Event"};
	struct weir_store_result result;
	struct rows rows;

	assert_int_equal(ingest(place_store(state), 1, 7, 1, 2, &bad, &result), 0);
	assert_int_equal(result.committed, 2);
	assert_int_equal(ingest(place_store(state), 1, 7, 1, 2, &bad, &result), 0);
	assert_int_equal(result.stored, 0);
	assert_int_equal(ingest(place_store(state), 1, 7, 3, 1, &plain, &result), 0);
	list(place_store(state), NULL, &rows);
	assert_int_equal(rows.n, 1);
	assert_int_equal(rows.sequences[0], 3);
}

static void store__refuses_batches_beyond_its_limits(void **state)
{
	struct weir_store_result result;

	assert_int_equal(ingest(place_store(state), 1, 7, 0, 1, &plain, &result), -EINVAL);
	assert_int_equal(
		ingest(place_store(state), 1, 7, 1, WEIR_STORE_EVENTS_MAX + 1, &plain, &result),
		-EINVAL);
	assert_int_equal(ingest(place_store(state), 1, 7, UINT64_MAX, 1, &plain, &result), -EINVAL);
	assert_int_equal(
		ingest(place_store(state), 1, 7, WEIR_STORE_NUMBER_MAX, 1, &plain, &result),
		-EINVAL);
	assert_int_equal(ingest(place_store(state), 1, 7, 0, 0, &plain, &result), 0);
	assert_false(result.gap);
}

static void store__filters(void **state)
{
	struct weir_store_item item = plain;
	struct weir_store_filter filter = {.limit = 100};
	struct weir_store_result result;
	struct rows rows;

	assert_int_equal(ingest(place_store(state), 1, 7, 1, 1, &item, &result), 0);
	item.channel = 4;
	item.time_ns = 9000;
	assert_int_equal(ingest(place_store(state), 1, 7, 2, 1, &item, &result), 0);
	item.action = 2;
	item.alert = false;
	assert_int_equal(ingest(place_store(state), 2, 7, 1, 1, &item, &result), 0);

	filter.alerts_only = true;
	list(place_store(state), &filter, &rows);
	assert_int_equal(rows.n, 2);
	assert_true(rows.alerts[0] && rows.alerts[1]);
	filter = (struct weir_store_filter){.limit = 100, .channel = 4};
	list(place_store(state), &filter, &rows);
	assert_int_equal(rows.n, 2);
	filter.action = 2;
	list(place_store(state), &filter, &rows);
	assert_int_equal(rows.n, 1);
	assert_int_equal(rows.agents[0], 2);
	filter = (struct weir_store_filter){.limit = 100, .since_ns = 5001};
	list(place_store(state), &filter, &rows);
	assert_int_equal(rows.n, 2);
	filter = (struct weir_store_filter){.limit = 100, .by_agent = true};
	memset(filter.agent_uid, 1, sizeof(filter.agent_uid));
	list(place_store(state), &filter, &rows);
	assert_int_equal(rows.n, 2);
	memset(filter.agent_uid, 3, sizeof(filter.agent_uid));
	list(place_store(state), &filter, &rows);
	assert_int_equal(rows.n, 0);
}

static void store__pages_by_id(void **state)
{
	struct weir_store_filter filter = {.limit = 4};
	struct weir_store_result result;
	struct rows rows;
	uint64_t expected = 10;

	assert_int_equal(ingest(place_store(state), 1, 7, 1, 10, &plain, &result), 0);
	do {
		list(place_store(state), &filter, &rows);
		for (size_t i = 0; i < rows.n; i++)
			assert_int_equal(rows.sequences[i], expected--);
		if (rows.n)
			filter.before_id = rows.ids[rows.n - 1];
	} while (rows.n);
	assert_int_equal(expected, 0);
	filter.before_id = UINT64_MAX;
	list(place_store(state), &filter, &rows);
	assert_int_equal(rows.n, 4);
}

static void store__gets_one(void **state)
{
	struct weir_store_result result;
	struct rows rows = {}, one = {};

	assert_int_equal(ingest(place_store(state), 1, 7, 1, 2, &plain, &result), 0);
	list(place_store(state), NULL, &rows);
	assert_int_equal(weir_store_get_event(place_store(state), rows.ids[1], keep_event, &one),
			 0);
	assert_int_equal(one.n, 1);
	assert_int_equal(one.sequences[0], 1);
	assert_int_equal(
		weir_store_get_event(place_store(state), rows.ids[0] + 1, keep_event, &one),
		-ENOENT);
	assert_int_equal(weir_store_get_event(place_store(state), 0, keep_event, &one), -ENOENT);
	assert_int_equal(weir_store_get_event(place_store(state), UINT64_MAX, keep_event, &one),
			 -ENOENT);
}

static int fail_event(void *context, const struct weir_store_event *event)
{
	return -ENOMEM;
}

static void store__listens_to_the_callback(void **state)
{
	struct weir_store_filter filter = {.limit = 10};
	struct weir_store_result result;
	struct rows rows = {.stop_at = 2};

	assert_int_equal(ingest(place_store(state), 1, 7, 1, 5, &plain, &result), 0);
	assert_int_equal(weir_store_list_events(place_store(state), &filter, keep_event, &rows), 0);
	assert_int_equal(rows.n, 2);
	assert_int_equal(weir_store_list_events(place_store(state), &filter, fail_event, NULL),
			 -ENOMEM);
	filter.limit = 0;
	assert_int_equal(weir_store_list_events(place_store(state), &filter, keep_event, &rows),
			 -EINVAL);
}

struct agents {
	size_t n, n_drops;
	uint8_t uids[8];
	uint64_t committed, events, rejects, last_seen, epoch, drop;
	char host[64], cause[64];
};

static int keep_agent(void *context, const struct weir_store_agent *agent)
{
	struct agents *agents = context;

	assert_true(agents->n < 8);
	agents->uids[agents->n++] = agent->uid[0];
	agents->committed = agent->committed;
	agents->events = agent->n_events;
	agents->rejects = agent->n_rejects;
	agents->last_seen = agent->last_seen_ns;
	agents->epoch = agent->epoch;
	agents->n_drops = agent->n_drops;
	(void)snprintf(agents->host, sizeof(agents->host), "%s", agent->host);
	if (agent->n_drops) {
		agents->drop = agent->drops[0].count;
		(void)snprintf(agents->cause, sizeof(agents->cause), "%s", agent->drops[0].cause);
	}
	return 0;
}

static void store__lists_agents(void **state)
{
	const struct weir_store_item bad = {.reject = 1, .len = 9};
	struct weir_store_result result;
	struct agents agents = {};
	uint8_t after[WEIR_STORE_UID_LEN];

	assert_int_equal(ingest(place_store(state), 3, 7, 1, 2, &plain, &result), 0);
	assert_int_equal(ingest(place_store(state), 1, 7, 1, 1, &plain, &result), 0);
	assert_int_equal(ingest(place_store(state), 2, 8, 1, 1, &plain, &result), 0);
	assert_int_equal(ingest(place_store(state), 3, 7, 3, 4, &bad, &result), 0);
	assert_int_equal(
		weir_store_list_agents(place_store(state), NULL, NULL, 10, keep_agent, &agents), 0);
	assert_int_equal(agents.n, 3);
	assert_memory_equal(agents.uids, ((const uint8_t[]){1, 2, 3}), 3);
	assert_int_equal(agents.committed, 6);
	assert_int_equal(agents.events, 2);
	assert_int_equal(agents.rejects, 4);
	assert_int_equal(agents.epoch, 7);
	assert_int_equal(agents.last_seen, 1000);
	memset(after, 2, sizeof(after));
	agents = (struct agents){};
	assert_int_equal(
		weir_store_list_agents(place_store(state), NULL, after, 10, keep_agent, &agents),
		0);
	assert_int_equal(agents.n, 1);
	agents = (struct agents){};
	assert_int_equal(
		weir_store_list_agents(place_store(state), NULL, NULL, 2, keep_agent, &agents), 0);
	assert_int_equal(agents.n, 2);
}

/* One event of an agent in a group. */
static void ingest_in(struct weir_store *store, uint8_t agent, uint64_t sequence, const char *group)
{
	struct weir_store_batch batch = {
		.epoch = 7,
		.first_sequence = sequence,
		.received_ns = 1000,
		.host = "ws-1",
		.version = "0.1",
		.group = group,
		.items = &plain,
		.n_items = 1,
	};
	struct weir_store_result result;

	memset(batch.agent_uid, agent, sizeof(batch.agent_uid));
	assert_int_equal(weir_store_ingest(store, &batch, &result), 0);
	assert_int_equal(result.stored, 1);
}

static void expect_in(struct weir_store *store, struct weir_store_scope scope, size_t events,
		      size_t n_agents)
{
	const struct weir_store_filter filter = {.scope = &scope, .limit = 10};
	const struct weir_store_filter alerts = {
		.scope = &scope, .alerts_only = true, .channel = 2, .before_id = 1000, .limit = 10};
	struct agents agents = {};
	struct rows rows;

	list(store, &filter, &rows);
	assert_int_equal(rows.n, events);
	list(store, &alerts, &rows);
	assert_int_equal(rows.n, events);
	assert_int_equal(weir_store_list_agents(store, &scope, NULL, 10, keep_agent, &agents), 0);
	assert_int_equal(agents.n, n_agents);
}

static int keep_group(void *context, const struct weir_store_event *event)
{
	(void)snprintf(context, 32, "%s", event->group);
	return 0;
}

static void store__lists_by_group(void **state)
{
	struct weir_store *store = place_store(state);
	struct weir_store_scope most = {.n = WEIR_STORE_GROUPS_MAX};
	struct rows rows;
	char group[32];

	ingest_in(store, 1, 1, "north");
	ingest_in(store, 1, 2, "north");
	ingest_in(store, 2, 1, "south");
	ingest_in(store, 3, 1, NULL);
	expect_in(store, (struct weir_store_scope){1, {"north"}}, 2, 1);
	expect_in(store, (struct weir_store_scope){1, {"south"}}, 1, 1);
	expect_in(store, (struct weir_store_scope){2, {"south", "north"}}, 3, 2);
	expect_in(store, (struct weir_store_scope){1, {"nort_"}}, 0, 0);
	expect_in(store, (struct weir_store_scope){1, {"'north' OR 1"}}, 0, 0);
	expect_in(store, (struct weir_store_scope){1, {""}}, 1, 1);
	expect_in(store, (struct weir_store_scope){}, 0, 0);
	for (size_t i = 0; i < most.n; i++)
		most.groups[i] = i == most.n - 1 ? "south" : "east";
	expect_in(store, most, 1, 1);
	list(store, NULL, &rows);
	assert_int_equal(rows.n, 4);
	assert_int_equal(weir_store_get_event(store, rows.ids[3], keep_group, group), 0);
	assert_string_equal(group, "north");
	assert_int_equal(weir_store_get_event(store, rows.ids[0], keep_group, group), 0);
	assert_string_equal(group, "");
	/* it moves */
	ingest_in(store, 1, 3, "south");
	expect_in(store, (struct weir_store_scope){1, {"north"}}, 0, 0);
	expect_in(store, (struct weir_store_scope){1, {"south"}}, 4, 2);
}

static void report_drop(struct weir_store *store, const char *cause, uint64_t count)
{
	const struct weir_store_drop drop = {cause, count};
	struct weir_store_batch batch = {
		.epoch = 1, .host = "ws", .version = "", .drops = &drop, .n_drops = 1};
	struct weir_store_result result;

	assert_int_equal(weir_store_ingest(store, &batch, &result), 0);
}

static void store__keeps_the_highest_drop_counts(void **state)
{
	struct agents agents = {};
	char cause[16];

	report_drop(place_store(state), "a-ring", 5);
	report_drop(place_store(state), "a-ring", 9);
	report_drop(place_store(state), "a-ring", 2);
	assert_int_equal(
		weir_store_list_agents(place_store(state), NULL, NULL, 10, keep_agent, &agents), 0);
	assert_int_equal(agents.n_drops, 1);
	assert_int_equal(agents.drop, 9);
	assert_string_equal(agents.cause, "a-ring");
	for (unsigned i = 0; i < 2 * WEIR_STORE_DROPS_MAX; i++) {
		(void)snprintf(cause, sizeof(cause), "b-%u", i);
		report_drop(place_store(state), cause, UINT64_MAX);
	}
	report_drop(place_store(state), "a-ring", 11);
	agents = (struct agents){};
	assert_int_equal(
		weir_store_list_agents(place_store(state), NULL, NULL, 10, keep_agent, &agents), 0);
	assert_int_equal(agents.n_drops, WEIR_STORE_DROPS_MAX);
	assert_int_equal(agents.drop, 11);
}

struct feeder {
	struct weir_store *store;
	uint8_t agent;
	int failures;
};

/* Each agent's own batches, one event at a time, each sent twice. */
static void *feed(void *context)
{
	struct feeder *feeder = context;
	struct weir_store_batch batch = {
		.epoch = 1, .host = "ws", .version = "", .items = &plain, .n_items = 1};
	struct weir_store_result result;

	memset(batch.agent_uid, feeder->agent, sizeof(batch.agent_uid));
	for (uint64_t i = 1; i <= 100; i++) {
		batch.first_sequence = i;
		for (int twice = 0; twice < 2; twice++)
			if (weir_store_ingest(feeder->store, &batch, &result) < 0 ||
			    result.committed != i)
				feeder->failures++;
	}
	return NULL;
}

static void store__groups_the_batches_of_many_threads(void **state)
{
	struct feeder feeders[8];
	pthread_t threads[8];
	struct rows rows;

	for (uint8_t i = 0; i < 8; i++) {
		feeders[i] = (struct feeder){place_store(state), (uint8_t)(i + 1), 0};
		assert_int_equal(pthread_create(&threads[i], NULL, feed, &feeders[i]), 0);
	}
	for (size_t i = 0; i < 8; i++) {
		pthread_join(threads[i], NULL);
		assert_int_equal(feeders[i].failures, 0);
	}
	list(place_store(state), NULL, &rows);
	assert_int_equal(rows.n, 800);
}

static void store__takes_a_gap_that_is_explained(void **state)
{
	struct weir_store_item items[] = {plain, plain};
	struct weir_store_batch batch = {.epoch = 7,
					 .first_sequence = 9,
					 .lost_from = 5,
					 .host = "ws-1",
					 .version = "1",
					 .items = items,
					 .n_items = 2};
	struct weir_store_result result;
	struct agents agents = {};
	struct rows rows;

	memset(batch.agent_uid, 1, sizeof(batch.agent_uid));
	assert_int_equal(ingest(place_store(state), 1, 7, 1, 3, &plain, &result), 0);
	/* The hole must begin where the store ends: 4 is not said to be lost. */
	assert_int_equal(weir_store_ingest(place_store(state), &batch, &result), 0);
	assert_true(result.gap);
	assert_int_equal(result.committed, 3);
	batch.lost_from = 4;
	assert_int_equal(weir_store_ingest(place_store(state), &batch, &result), 0);
	assert_false(result.gap);
	assert_int_equal(result.committed, 10);
	assert_int_equal(result.stored, 3); /* two events, and the hole once */
	assert_int_equal(weir_store_ingest(place_store(state), &batch, &result), 0);
	assert_int_equal(result.stored, 0);
	assert_int_equal(result.committed, 10);
	list(place_store(state), NULL, &rows);
	assert_int_equal(rows.n, 5);
	assert_int_equal(rows.sequences[0], 10);
	assert_int_equal(rows.sequences[2], 3);
	assert_int_equal(
		weir_store_list_agents(place_store(state), NULL, NULL, 10, keep_agent, &agents), 0);
	assert_int_equal(agents.rejects, 1);
}

/* A machine that was set back to an older state numbers new events as it did others before. */
static void store__notes_another_event_under_a_key(void **state)
{
	struct weir_store_item other = plain;
	struct weir_store_result result;
	struct agents agents = {};
	struct rows rows;

	other.blob = "BYTES";
	assert_int_equal(ingest(place_store(state), 1, 7, 1, 3, &plain, &result), 0);
	assert_int_equal(ingest(place_store(state), 1, 7, 2, 3, &other, &result), 0);
	assert_int_equal(result.committed, 4);
	assert_int_equal(result.stored, 3); /* 4, and what 2 and 3 are said to be now */
	/* Once, and what is stored stays. */
	assert_int_equal(ingest(place_store(state), 1, 7, 2, 2, &other, &result), 0);
	assert_int_equal(result.stored, 0);
	assert_int_equal(result.committed, 4);
	list(place_store(state), NULL, &rows);
	assert_int_equal(rows.n, 4);
	assert_string_equal(rows.blob, "bytes");
	assert_int_equal(
		weir_store_list_agents(place_store(state), NULL, NULL, 10, keep_agent, &agents), 0);
	assert_int_equal(agents.rejects, 2);
	/* Another agent's events are its own. */
	assert_int_equal(ingest(place_store(state), 2, 7, 1, 3, &other, &result), 0);
	assert_int_equal(result.stored, 3);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(store__stores_in_order_and_commits, setup,
						teardown),
		cmocka_unit_test_setup_teardown(store__skips_what_it_has, setup, teardown),
		cmocka_unit_test_setup_teardown(store__refuses_a_gap_and_stores_nothing, setup,
						teardown),
		cmocka_unit_test_setup_teardown(store__takes_a_gap_that_is_explained, setup,
						teardown),
		cmocka_unit_test_setup_teardown(store__notes_another_event_under_a_key, setup,
						teardown),
		cmocka_unit_test_setup_teardown(store__keeps_epochs_and_agents_apart, setup,
						teardown),
		cmocka_unit_test_setup_teardown(store__counts_rejects_as_committed, setup,
						teardown),
		cmocka_unit_test_setup_teardown(store__refuses_batches_beyond_its_limits, setup,
						teardown),
		cmocka_unit_test_setup_teardown(store__filters, setup, teardown),
		cmocka_unit_test_setup_teardown(store__pages_by_id, setup, teardown),
		cmocka_unit_test_setup_teardown(store__gets_one, setup, teardown),
		cmocka_unit_test_setup_teardown(store__listens_to_the_callback, setup, teardown),
		cmocka_unit_test_setup_teardown(store__lists_agents, setup, teardown),
		cmocka_unit_test_setup_teardown(store__lists_by_group, setup, teardown),
		cmocka_unit_test_setup_teardown(store__keeps_the_highest_drop_counts, setup,
						teardown),
		cmocka_unit_test_setup_teardown(store__groups_the_batches_of_many_threads, setup,
						teardown),
	};

	return place_run(argc, argv, tests, ARRAY_SIZE(tests));
}
