/* SPDX-License-Identifier: Apache-2.0 */
/* Reports of what people told the console, and of what other modules keep: deadlines, the register, evidence,
 * policies, and the clauses that all of it speaks for. */

#include "fixture.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "place.h"
#include "weir/base/macros.h"
#include "weir/base/time.h"
#include "weir/console_report/incident.h"

/* The row of one incident's notice at a moment. */
static void assert_clock(struct weir_store *store, int64_t incident, const char *notice,
			 uint64_t now, const char *due, const char *state)
{
	json_t *report;
	const json_t *rows = rows_at(store, "clocks", "clocks", now, &report);
	bool found = false;

	for (size_t i = 0; i < json_array_size(rows); i++) {
		const json_t *row = json_array_get(rows, i);

		if (number(row, "incident") != (uint64_t)incident ||
		    strcmp(text(row, "notice"), notice) != 0)
			continue;
		if (due)
			assert_string_equal(text(row, "due"), due);
		if (state)
			assert_string_equal(text(row, "state"), state);
		found = true;
	}
	json_decref(report);
	assert_int_equal(found, state != NULL);
}

static int tell(struct weir_db_tx *tx, int64_t incident, const char *kind, uint64_t time_ns)
{
	return weir_report_notice(
		tx, incident,
		&(struct weir_report_notice){
			.kind = kind, .time_ns = time_ns, .to = "", .person = "li"});
}

/* Discovered on Monday the 9th at 10:00 in China. */
#define FOUND (FLEET_FROM + 7 * FLEET_DAY + 10 * HOUR)

static void told__runs_the_clocks(void **state)
{
	struct weir_store *store = *state;
	struct weir_db_tx *tx = begin(store);
	int64_t id, special;

	assert_int_equal(
		weir_report_open(tx,
				 &(struct weir_report_incident){.title = "lost stick <1>",
								.level = WEIR_REPORT_GENERAL,
								.discovered_ns = FOUND,
								.person = "li"},
				 &id),
		0);
	assert_int_equal(
		weir_report_open(tx,
				 &(struct weir_report_incident){.title = "extract",
								.level = WEIR_REPORT_SPECIAL,
								.discovered_ns = FOUND,
								.person = "li"},
				 &special),
		0);
	commit(tx);
	assert_clock(store, id, "first", FOUND + HOUR, "2026-11-09T04:00:00.000Z", "running");
	assert_clock(store, id, "first", FOUND + 90 * MINUTE, NULL, "remind");
	assert_clock(store, id, "first", FOUND + 2 * HOUR, NULL, "remind");
	assert_clock(store, id, "first", FOUND + 2 * HOUR + 1, NULL, "overdue");
	assert_clock(store, id, "written", FOUND + HOUR, "2026-11-10T02:00:00.000Z", "running");
	assert_clock(store, id, "closing", FOUND + HOUR, "2026-11-16T16:00:00.000Z", "running");
	assert_clock(store, id, "cyberspace", FOUND, NULL, NULL);
	assert_clock(store, id, "progress", FOUND, NULL, NULL);
	assert_clock(store, special, "cyberspace", FOUND, "2026-11-09T06:00:00.000Z", "running");
	assert_clock(store, special, "progress", FOUND, "2026-11-09T04:00:00.000Z", "running");
	tx = begin(store);
	assert_int_equal(tell(tx, id, "first", FOUND + 3 * HOUR), 0);
	assert_int_equal(tell(tx, id, "written", FOUND + 3 * HOUR), 0);
	assert_int_equal(tell(tx, special, "progress", FOUND + HOUR), 0);
	assert_int_equal(tell(tx, special, "nonsense", FOUND), -EINVAL);
	assert_int_equal(tell(tx, 4711, "first", FOUND), -ENOENT);
	/* Wednesday is free by decree: the closing report has until the end of Tuesday. */
	assert_int_equal(weir_report_day(tx, 20759 + 9, false, "holiday"), 0);
	commit(tx);
	assert_clock(store, id, "first", NOW, NULL, "done_late");
	assert_clock(store, id, "written", NOW, NULL, "done");
	assert_clock(store, id, "closing", NOW, "2026-11-17T16:00:00.000Z", "remind");
	assert_clock(store, special, "progress", FOUND + 3 * HOUR, "2026-11-09T05:00:00.000Z",
		     "remind");
	assert_clock(store, special, "progress", FOUND + 4 * HOUR, NULL, "overdue");
	tx = begin(store);
	assert_int_equal(tell(tx, special, "closing", FOUND + 2 * HOUR), 0);
	commit(tx);
	assert_clock(store, special, "progress", NOW, NULL, "done");
	assert_clock(store, special, "closing", NOW, NULL, "done");
	/* A third of which nothing went out: overdue, and once it is closed still shown as such. */
	tx = begin(store);
	assert_int_equal(
		weir_report_open(tx,
				 &(struct weir_report_incident){.title = "nothing after all",
								.level = WEIR_REPORT_GENERAL,
								.discovered_ns = FOUND,
								.person = "li"},
				 &id),
		0);
	commit(tx);
	assert_clock(store, id, "written", NOW, NULL, "overdue");
	tx = begin(store);
	assert_int_equal(weir_report_close(tx, id, "test data", "li", NOW), 0);
	commit(tx);
	assert_clock(store, id, "written", NOW, NULL, "closed_unsent");
}

#define ENTRY                                                                                   \
	"INSERT INTO register_entry (state, recipient, classes, purpose, agreement, channel, "  \
	"to_group, from_ns, until_ns, requester, requester_name, approver, approver_name, "     \
	"created_ns, decided_ns, reminded_ns, ended_ns) VALUES ($1, $2, 'identity', 'claims', " \
	"'N-1', 'network', 'tpa', $3, $4, 7, 'li', 8, 'wang', 1, 1, 0, $5)"

static void add_entry(struct weir_db_tx *tx, int state, const char *recipient, uint64_t from,
		      uint64_t until, uint64_t ended)
{
	assert_int_equal(WEIR_DB_RUN(tx, ENTRY, weir_db_int(state), weir_db_text(recipient),
				     weir_db_int((int64_t)from), weir_db_int((int64_t)until),
				     weir_db_int((int64_t)ended)),
			 1);
}

static void add_transfer(struct weir_db_tx *tx, int64_t entry, int64_t event, uint64_t time_ns)
{
	assert_int_equal(
		WEIR_DB_RUN(
			tx,
			"INSERT INTO register_transfer (entry, event, time_ns) VALUES ($1, $2, $3)",
			weir_db_int(entry), weir_db_int(event), weir_db_int((int64_t)time_ns)),
		1);
}

static void told__shows_the_register(void **state)
{
	struct weir_db_tx *tx = begin(*state);
	json_t *report;
	const json_t *rows, *row;

	add_entry(tx, 1, "<tpa> & 查勘", FLEET_FROM - HOUR, FLEET_UNTIL + HOUR, 0);
	add_entry(tx, 2, "ended early", FLEET_FROM, FLEET_UNTIL, FLEET_FROM + HOUR);
	add_entry(tx, 2, "long ago", 1, FLEET_FROM - 1, 0);
	add_entry(tx, 3, "to come", FLEET_UNTIL, FLEET_UNTIL + HOUR, 0);
	add_transfer(tx, 1, 1, FLEET_FROM - 1);
	add_transfer(tx, 1, 2, FLEET_FROM);
	add_transfer(tx, 1, 3, FLEET_FROM + HOUR);
	add_transfer(tx, 1, 4, FLEET_UNTIL);
	commit(tx);
	rows = ROWS(*state, "register", "entries", &report);
	assert_int_equal(json_array_size(rows), 2);
	row = json_array_get(rows, 0);
	assert_string_equal(text(row, "recipient"), "<tpa> & 查勘");
	assert_string_equal(text(row, "state"), "active");
	assert_string_equal(text(row, "requester"), "li");
	assert_string_equal(text(row, "approver"), "wang");
	assert_int_equal(number(row, "transfers"), 2);
	assert_string_equal(text(row, "latest"), "2026-11-01T17:00:00.000Z");
	assert_string_equal(text(row, "begins"), "2026-11-01T15:00:00.000Z");
	row = json_array_get(rows, 1);
	assert_string_equal(text(row, "state"), "ended");
	assert_string_equal(text(row, "ends"), "2026-11-01T17:00:00.000Z");
	assert_int_equal(number(row, "transfers"), 0);
	assert_true(json_is_null(json_object_get(row, "latest")));
	json_decref(report);
}

static void add_request(struct weir_db_tx *tx, int state, uint64_t created, uint64_t decided,
			uint64_t read)
{
	assert_int_equal(
		WEIR_DB_RUN(
			tx,
			"INSERT INTO evidence_request (state, event, alert, agent, sha256, reason, "
			"minutes, requester, requester_name, decider, decider_name, created_ns, "
			"decided_ns, until_ns, reads, read_ns) VALUES ($1, 7, 0, $2, $2, "
			"'<complaint> 7', 30, 7, 'li', $3, $4, $5, $6, 0, $7, $8)",
			weir_db_int(state), weir_db_blob("", 0), weir_db_int(decided ? 8 : 0),
			weir_db_text(decided ? "wang" : ""), weir_db_int((int64_t)created),
			weir_db_int((int64_t)decided), weir_db_int(read ? 2 : 0),
			weir_db_int((int64_t)read)),
		1);
}

static void told__shows_who_looked_at_evidence(void **state)
{
	struct weir_db_tx *tx = begin(*state);
	const json_t *rows, *row;
	json_t *report;

	add_request(tx, 1, FLEET_FROM - HOUR, FLEET_FROM - 1, FLEET_FROM);
	add_request(tx, 2, FLEET_FROM - HOUR, FLEET_FROM, 0);
	add_request(tx, 0, FLEET_UNTIL - 1, 0, 0);
	add_request(tx, 1, FLEET_FROM - HOUR, FLEET_FROM - 1, FLEET_FROM - 1);
	add_request(tx, 1, FLEET_UNTIL, FLEET_UNTIL, FLEET_UNTIL);
	commit(tx);
	rows = ROWS(*state, "evidence", "requests", &report);
	assert_int_equal(json_array_size(rows), 3);
	row = json_array_get(rows, 0);
	assert_int_equal(number(row, "request"), 1);
	assert_string_equal(text(row, "state"), "approved");
	assert_string_equal(text(row, "event"), "E-0007E");
	assert_string_equal(text(row, "requester"), "li");
	assert_string_equal(text(row, "reason"), "<complaint> 7");
	assert_string_equal(text(row, "asked"), "2026-11-01T15:00:00.000Z");
	assert_string_equal(text(row, "decider"), "wang");
	assert_string_equal(text(row, "decided"), "2026-11-01T15:59:59.999Z");
	assert_int_equal(number(row, "minutes"), 30);
	assert_int_equal(number(row, "reads"), 2);
	assert_string_equal(text(row, "latest"), "2026-11-01T16:00:00.000Z");
	row = json_array_get(rows, 1);
	assert_string_equal(text(row, "state"), "denied");
	assert_int_equal(number(row, "reads"), 0);
	assert_true(json_is_null(json_object_get(row, "latest")));
	row = json_array_get(rows, 2);
	assert_int_equal(number(row, "request"), 3);
	assert_string_equal(text(row, "state"), "requested");
	assert_string_equal(text(row, "decider"), "");
	assert_true(json_is_null(json_object_get(row, "decided")));
	json_decref(report);
}

static void add_endpoint(struct weir_db_tx *tx, unsigned n, const char *hash, int status,
			 bool healthy)
{
	uint8_t uid[16];
	char host[16];

	memset(uid, (int)n, sizeof(uid));
	(void)snprintf(host, sizeof(host), "host-%u", n);
	assert_int_equal(
		WEIR_DB_RUN(
			tx,
			"INSERT INTO fleet_agents (uid, group_name, host, version, enrolled_ns,"
			" last_seen_ns, healthy, last_error, policy_hash, policy_status,"
			" policy_error) VALUES ($1, '', $2, '0.2.0', 1, $3, $4, $5, $6, $7, '')",
			weir_db_blob(uid, sizeof(uid)), weir_db_text(host),
			weir_db_int((int64_t)(FLEET_FROM + n)), weir_db_int(healthy),
			weir_db_text(healthy ? "" : "network: blind <no cgroup>"),
			hash ? weir_db_blob(hash, 32) : weir_db_null(), weir_db_int(status)),
		1);
}

static void told__shows_who_has_which_policy(void **state)
{
	static const char hash[] = "0123456789abcdef0123456789abcdef";
	struct weir_db_tx *tx = begin(*state);
	json_t *report;
	const json_t *rows, *row;

	assert_int_equal(
		WEIR_DB_RUN(
			tx,
			"INSERT INTO policy_version (revision, state, group_name, note, min_agent,"
			" source, cases, rendered, payload, envelope, hash, not_before_s, "
			"expires_s,"
			" author, author_name, created_ns, publisher, publisher_name, published_ns,"
			" rollout, seed, ring, ring_since_ns, soak_s, reason) VALUES (17, 1, '', "
			"'',"
			" '', '', '', '', $1, $1, $1, 0, 0, 3, 'a', 1, 4, 'b', 1, 0, $1, 0, 0, 0, "
			"'')",
			weir_db_blob(hash, 32)),
		1);
	for (unsigned n = 1; n <= 5; n++)
		add_endpoint(tx, n, n < 5 ? hash : NULL, n == 4 ? 3 : n == 5 ? 0 : 1, n != 4);
	commit(tx);
	rows = ROWS(*state, "coverage", "policies", &report);
	assert_int_equal(json_array_size(rows), 3);
	row = json_array_get(rows, 0);
	assert_int_equal(number(row, "policy_revision"), 17);
	assert_string_equal(text(row, "policy_status"), "policy_applied");
	assert_int_equal(number(row, "endpoints"), 3);
	assert_string_equal(text(json_array_get(rows, 1), "policy_status"), "policy_failed");
	assert_int_equal(number(json_array_get(rows, 2), "policy_revision"), 0);
	json_decref(report);
	rows = ROWS(*state, "coverage", "unhealthy_endpoints", &report);
	assert_int_equal(json_array_size(rows), 1);
	assert_string_equal(text(json_array_get(rows, 0), "host_name"), "host-4");
	assert_string_equal(text(json_array_get(rows, 0), "last_error"),
			    "network: blind <no cgroup>");
	json_decref(report);
}

static const json_t *find_clause(const json_t *rows, const char *instrument, const char *article,
				 const char *figure)
{
	for (size_t i = 0; i < json_array_size(rows); i++) {
		const json_t *row = json_array_get(rows, i);

		if (strcmp(text(row, "instrument"), instrument) == 0 &&
		    strcmp(text(row, "article"), article) == 0 &&
		    strcmp(text(row, "figure"), figure) == 0)
			return row;
	}
	fail_msg("no clause %s %s %s", instrument, article, figure);
	return NULL;
}

/* What the generator remembers, and what the tests before this one told. */
struct truth {
	uint64_t refused, alerts, oldest_ns, endpoints;
};

static struct truth recount(void)
{
	struct truth truth = {.oldest_ns = UINT64_MAX};

	for (unsigned i = 0; i < fixture_fleet.n_events; i++) {
		const struct fleet_event *event = &fixture_fleet.events[i];

		truth.refused += event->channel == 2 && event->action >= 3;
		truth.alerts += event->alert;
		truth.oldest_ns = WEIR_MIN(truth.oldest_ns, event->time_ns);
	}
	for (unsigned i = 0; i < FLEET_AGENTS; i++)
		truth.endpoints += fixture_fleet.agents[i].first_seen_ns != 0;
	return truth;
}

static void told__shows_evidence_by_clause(void **state)
{
	const struct truth truth = recount();
	const struct {
		const char *instrument, *article, *figure, *certainty;
		uint64_t value; /* of a time: its nanoseconds */
	} clauses[] = {
		{"nfra_2024", "15", "acknowledgements", "confirm", 2},
		{"nfra_2024", "43", "events_kept", "confirm", fixture_fleet.n_events},
		{"nfra_2024", "43", "oldest_event", "confirm", truth.oldest_ns},
		{"nfra_2024", "46", "removable_refused", "confirm", truth.refused},
		{"nfra_2024", "46", "endpoints", "confirm", truth.endpoints},
		{"nfra_2024", "65", "alerts", "confirm", truth.alerts},
		{"nfra_2024", "69", "incidents_recorded", "confirm", 3},
		{"nfra_2024", "69", "notices_sent", "confirm", 4},
		{"cac_incidents_2025", "4", "larger_incidents", "confirm", 1},
		{"nfra_2024", "34", "register_entries", "confirm", 4},
		{"nfra_2024", "34", "register_transfers", "confirm", 4},
		{"nfra_2024", "43", "policies_by_two", "confirm", 1},
		{"pipl", "23", "register_entries", "read", 4},
		{"pipl", "54", "audit_entries", "read", 0},
		{"pipl", "51", "acknowledgements", "read", 2},
		{"pipl", "57", "incidents_recorded", "read", 3},
		{"dsl", "27", "acknowledgements", "read", 2},
		{"csl", "21", "oldest_event", "confirm", truth.oldest_ns},
	};
	struct weir_db_tx *tx = begin(*state);
	char time[WEIR_TIME_TEXT];
	const json_t *rows;
	json_t *report;

	assert_int_equal(weir_report_trained(tx, "li.na", "privacy", FLEET_FROM), 0);
	assert_int_equal(weir_report_trained(tx, "wang.wei", "privacy", FLEET_FROM), 0);
	commit(tx);
	rows = ROWS(*state, "compliance", "clauses", &report);
	assert_int_equal(json_array_size(rows), ARRAY_SIZE(clauses));
	weir_time_format(truth.oldest_ns, time);
	for (size_t i = 0; i < ARRAY_SIZE(clauses); i++) {
		const json_t *row = find_clause(rows, clauses[i].instrument, clauses[i].article,
						clauses[i].figure);

		assert_string_equal(text(row, "certainty"), clauses[i].certainty);
		if (clauses[i].value == truth.oldest_ns)
			assert_string_equal(text(row, "value"), time);
		else
			assert_int_equal(number(row, "value"), clauses[i].value);
	}
	json_decref(report);
}

static void told__writes_pages_of_what_was_told(void **state)
{
	const char *name;

	for (size_t i = 0; (name = weir_report_name(i)) != NULL; i++) {
		assert_page(*state, name, WEIR_REPORT_HTML_EN);
		assert_page(*state, name, WEIR_REPORT_HTML_ZH);
	}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(told__runs_the_clocks),
		cmocka_unit_test(told__shows_the_register),
		cmocka_unit_test(told__shows_who_looked_at_evidence),
		cmocka_unit_test(told__shows_who_has_which_policy),
		cmocka_unit_test(told__shows_evidence_by_clause),
		cmocka_unit_test(told__writes_pages_of_what_was_told),
	};

	return place_run_group(argc, argv, tests, ARRAY_SIZE(tests), fixture_setup,
			       fixture_teardown);
}
