/* SPDX-License-Identifier: Apache-2.0 */
/* Every figure of every report against one counted another way: by going through what the generator
 * remembers, event by event. */

#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "fleet.h"
#include "internal.h" /* of console/fleet: its tables */
#include "place.h"
#include "weir/base/macros.h"
#include "weir/console_audit/audit.h"
#include "weir/console_evidence/evidence.h"
#include "weir/console_policy/policy.h"
#include "weir/console_report/report.h"
#include "weir/console_triage/names.h"
#include "weir/console_triage/triage.h"

#define MINUTE (UINT64_C(60) * 1000000000)
#define HOUR   (60 * MINUTE)
#define NOW    (FLEET_UNTIL + 30 * HOUR)

static struct fleet fleet;
static void *place;

static int setup(void **state)
{
	struct weir_store *store;
	struct weir_error err = {};

	assert_int_equal(place_open(&place, NULL), 0);
	store = place_store(&place);
	assert_int_equal(weir_audit_init(store, &err), 0);
	assert_int_equal(weir_triage_init(store, &err), 0);
	assert_int_equal(weir_evidence_init(store, &err), 0);
	assert_int_equal(weir_policy_init(store, &err), 0);
	assert_int_equal(weir_db_migrate(store, &weir_fleet_schema, &err), 0);
	assert_int_equal(weir_report_init(store, &err), 0);
	fleet_make(&fleet, store);
	assert_true(fleet.n_events > 1000);
	*state = store;
	return 0;
}

static int teardown(void **state)
{
	return place_close(&place);
}

static int run_at(struct weir_store *store, const char *name, enum weir_report_form form,
		  uint64_t now, struct weir_buf *ret)
{
	const struct weir_report_request request = {
		.name = name, .from_ns = FLEET_FROM, .until_ns = FLEET_UNTIL, .now_ns = now};

	return weir_report_run(store, &request, form, ret);
}

/* The rows of one section; *ret_report owns them. */
static const json_t *rows_at(struct weir_store *store, const char *name, const char *section,
			     uint64_t now, json_t **ret_report)
{
	struct weir_buf text _cleanup_(weir_buf_done) = WEIR_BUF_INIT(WEIR_REPORT_SIZE_MAX);
	const json_t *sections;

	assert_int_equal(run_at(store, name, WEIR_REPORT_JSON, now, &text), 0);
	*ret_report = json_loadb(text.data, text.len, JSON_REJECT_DUPLICATES, NULL);
	sections = json_object_get(json_object_get(*ret_report, "report"), "sections");
	for (size_t i = 0; i < json_array_size(sections); i++) {
		const json_t *one = json_array_get(sections, i);

		if (strcmp(json_string_value(json_object_get(one, "name")), section) == 0)
			return json_object_get(one, "rows");
	}
	fail_msg("%s has no section %s", name, section);
	return NULL;
}

#define ROWS(store, name, section, ret) rows_at(store, name, section, NOW, ret)

static uint64_t number(const json_t *row, const char *name)
{
	assert_true(json_is_integer(json_object_get(row, name)));
	return (uint64_t)json_integer_value(json_object_get(row, name));
}

static const char *text(const json_t *row, const char *name)
{
	const char *value = json_string_value(json_object_get(row, name));

	if (!value)
		fail_msg("no text %s", name);
	return value;
}

static void assert_real(const json_t *row, const char *name, double wanted)
{
	const json_t *value = json_object_get(row, name);

	if (!json_is_real(value) || fabs(json_real_value(value) - wanted) > 0.00051)
		fail_msg("%s is %f, not %f", name, json_real_value(value), wanted);
}

/* Whether no event before i tells the same incident: same endpoint, rule and day, and an alert. */
static bool is_new_incident(unsigned i)
{
	const struct fleet_event *event = &fleet.events[i];

	if (!event->alert)
		return false;
	for (unsigned before = 0; before < i; before++) {
		const struct fleet_event *other = &fleet.events[before];

		if (other->alert && other->agent == event->agent && other->rule == event->rule &&
		    other->day == event->day)
			return false;
	}
	return true;
}

struct truth {
	uint64_t incidents, alerts, endpoints;
};

static struct truth count_week(unsigned week)
{
	struct truth truth = {};
	uint64_t from = FLEET_FROM + week * 7 * FLEET_DAY, until = from + 7 * FLEET_DAY;

	for (unsigned i = 0; i < fleet.n_events; i++) {
		if (fleet.events[i].day / 7 != week)
			continue;
		truth.alerts += fleet.events[i].alert;
		truth.incidents += is_new_incident(i);
	}
	for (unsigned i = 0; i < FLEET_AGENTS; i++)
		truth.endpoints += fleet.agents[i].first_seen_ns &&
				   fleet.agents[i].first_seen_ns < until &&
				   fleet.agents[i].last_seen_ns >= from;
	return truth;
}

static void report__counts_incidents_by_week(void **state)
{
	json_t *report;
	const json_t *rows = ROWS(*state, "incidents", "weeks", &report);
	static const char *const weeks[] = {"2026-11-02", "2026-11-09"};

	assert_int_equal(json_array_size(rows), 2);
	for (unsigned week = 0; week < 2; week++) {
		const json_t *row = json_array_get(rows, week);
		struct truth truth = count_week(week);

		assert_true(truth.incidents > 50 && truth.alerts > truth.incidents);
		assert_true(truth.endpoints > 20 && truth.endpoints < FLEET_AGENTS);
		assert_string_equal(text(row, "week"), weeks[week]);
		assert_int_equal(number(row, "endpoints"), truth.endpoints);
		assert_int_equal(number(row, "alerts"), truth.alerts);
		assert_int_equal(number(row, "incidents"), truth.incidents);
		assert_real(row, "incidents_per_1000_endpoints",
			    1000.0 * (double)truth.incidents / (double)truth.endpoints);
	}
	json_decref(report);
}

static void report__counts_incidents_by_rule(void **state)
{
	json_t *report;
	const json_t *rows = ROWS(*state, "incidents", "rules", &report);
	uint64_t last = UINT64_MAX;

	assert_int_equal(json_array_size(rows), FLEET_RULES);
	for (size_t i = 0; i < FLEET_RULES; i++) {
		const json_t *row = json_array_get(rows, i);
		struct truth truth = {};

		for (unsigned at = 0; at < fleet.n_events; at++) {
			if (strcmp(fleet_rules[fleet.events[at].rule], text(row, "rule")) != 0)
				continue;
			truth.alerts += fleet.events[at].alert;
			truth.incidents += is_new_incident(at);
		}
		assert_true(truth.incidents > 0);
		assert_int_equal(number(row, "alerts"), truth.alerts);
		assert_int_equal(number(row, "incidents"), truth.incidents);
		assert_true(truth.incidents <= last);
		last = truth.incidents;
	}
	json_decref(report);
}

static struct weir_db_tx *begin(struct weir_store *store)
{
	struct weir_db_tx *tx = NULL;

	assert_int_equal(weir_db_write(store, &tx), 0);
	return tx;
}

static void commit(struct weir_db_tx *tx)
{
	assert_int_equal(weir_db_commit(tx), 0);
	weir_db_end(tx);
}

static void report__compares_before_and_after_a_mark(void **state)
{
	struct weir_db_tx *tx = begin(*state);
	struct truth before = count_week(0), after = count_week(1);
	json_t *report;
	const json_t *rows, *row;
	double ratio, spread;
	int64_t id;

	assert_int_equal(
		weir_report_mark(tx, FLEET_FROM + 7 * FLEET_DAY, "sticks are refused <i>", &id), 0);
	assert_int_equal(weir_report_mark(tx, FLEET_FROM + 8 * FLEET_DAY, "too late", &id), 0);
	assert_int_equal(weir_report_mark(tx, FLEET_UNTIL, "not of this period", &id), 0);
	commit(tx);
	rows = ROWS(*state, "incidents", "changes", &report);
	assert_int_equal(json_array_size(rows), 2);
	row = json_array_get(rows, 0);
	assert_string_equal(text(row, "change"), "sticks are refused <i>");
	assert_string_equal(text(row, "time"), "2026-11-08T16:00:00.000Z");
	assert_int_equal(number(row, "incidents_before"), before.incidents);
	assert_int_equal(number(row, "incidents_after"), after.incidents);
	ratio = ((double)after.incidents / (double)after.endpoints) /
		((double)before.incidents / (double)before.endpoints);
	spread = 1.959963984540054 *
		 sqrt(1.0 / (double)before.incidents + 1.0 / (double)after.incidents);
	assert_real(row, "ratio", ratio);
	assert_real(row, "ratio_low", exp(log(ratio) - spread));
	assert_real(row, "ratio_high", exp(log(ratio) + spread));
	assert_string_equal(text(row, "finding"), "lower");
	/* Its week is neither before nor after, so nothing is after. */
	row = json_array_get(rows, 1);
	assert_int_equal(number(row, "incidents_before"), before.incidents);
	assert_int_equal(number(row, "incidents_after"), 0);
	assert_true(json_is_null(json_object_get(row, "ratio")));
	assert_string_equal(text(row, "finding"), "too_little");
	json_decref(report);
}

static uint64_t count_warnings(const char *rule, enum fleet_kind kind)
{
	uint64_t n = 0;

	for (unsigned i = 0; i < fleet.n_events; i++) {
		const struct fleet_event *event = &fleet.events[i];

		if (event->action == 3 && event->kind == kind &&
		    strcmp(fleet_rules[event->rule], rule) == 0)
			n += 1 + event->suppressed;
	}
	return n;
}

#define ALERTS 400
#define JUDGED 5

/* Rules of their own: what the fleet sent has made alerts too. */
static const char *const judged_rules[JUDGED] = {"p-0", "p-1", "p-2", "p-3", "<p-4>"};

struct judged {
	unsigned rule, verdict; /* verdict: its place in verdicts[] */
	uint64_t first_ns;
};

static const uint32_t verdicts[] = {
	WEIR_VERDICT_NONE,	     WEIR_VERDICT_TRUE_POSITIVE, WEIR_VERDICT_BENIGN_AUTHORISED,
	WEIR_VERDICT_FALSE_POSITIVE, WEIR_VERDICT_TEST,		 WEIR_VERDICT_DUPLICATE};
static struct judged judged[ALERTS];

static void add_alert(struct weir_db_tx *tx, unsigned i)
{
	static const char sql[] =
		"INSERT INTO alert (rule, user_name, machine, destination, window_ns, version, "
		"state,"
		" verdict, severity, channel, action, assignee, n_events, n_let_through, "
		"identifiers,"
		" first_ns, last_ns, created_ns, changed_ns, quiet_until_ns, host, process, target)"
		" VALUES ($1, $2, $3, '', 0, 1, $4, $5, 1, 2, 4, '', 1, 0, 0, $6, $6, $6, $6, 0, "
		"'',"
		" '', '')";
	struct judged *one = &judged[i];
	char machine[16];

	(void)snprintf(machine, sizeof(machine), "m%u", i);
	*one = (struct judged){.rule = (i * 7 + i / 11) % JUDGED,
			       .verdict = (i * 13 + i / 5) % ARRAY_SIZE(verdicts),
			       .first_ns = FLEET_FROM - FLEET_DAY + i * (FLEET_DAY / 25)};
	assert_int_equal(
		WEIR_DB_RUN(tx, sql, weir_db_text(judged_rules[one->rule]),
			    weir_db_text(i % 2 ? "wang.wei" : "li.na"), weir_db_text(machine),
			    weir_db_int(one->verdict ? WEIR_ALERT_RESOLVED : WEIR_ALERT_NEW),
			    weir_db_int(verdicts[one->verdict]),
			    weir_db_int((int64_t)one->first_ns)),
		1);
}

/* Of one rule, by verdict; [6] is all. */
static void count_verdicts(const char *rule, uint64_t counts[static 7])
{
	memset(counts, 0, 7 * sizeof(*counts));
	for (unsigned i = 0; i < ALERTS; i++) {
		if (judged[i].first_ns < FLEET_FROM || judged[i].first_ns >= FLEET_UNTIL ||
		    strcmp(judged_rules[judged[i].rule], rule) != 0)
			continue;
		counts[judged[i].verdict]++;
		counts[6]++;
	}
}

static void report__counts_verdicts(void **state)
{
	struct weir_db_tx *tx = begin(*state);
	json_t *report;
	const json_t *rows;
	unsigned seen = 0;

	for (unsigned i = 0; i < ALERTS; i++)
		add_alert(tx, i);
	commit(tx);
	rows = ROWS(*state, "precision", "verdicts", &report);
	for (size_t i = 0; i < json_array_size(rows); i++) {
		const json_t *row = json_array_get(rows, i);
		uint64_t counts[7];

		count_verdicts(text(row, "rule"), counts);
		if (!counts[6])
			continue;
		seen++;
		assert_true(counts[6] > 20 && counts[6] < ALERTS && counts[3] > 0);
		assert_int_equal(number(row, "alerts"), counts[6]);
		assert_int_equal(number(row, "resolved"), counts[6] - counts[0]);
		assert_int_equal(number(row, "true_positive"), counts[1]);
		assert_int_equal(number(row, "benign_authorised"), counts[2]);
		assert_int_equal(number(row, "false_positive"), counts[3]);
		assert_int_equal(number(row, "test"), counts[4]);
		assert_int_equal(number(row, "duplicate"), counts[5]);
		assert_real(row, "false_positive_share",
			    (double)counts[3] / (double)(counts[1] + counts[2] + counts[3]));
	}
	assert_int_equal(seen, JUDGED);
	json_decref(report);
}

/* Whoever acknowledged at this time, and has alerts later in the period that stand. */
static uint64_t alerts_after(const char *person, uint64_t time_ns)
{
	uint64_t n = 0;

	for (unsigned i = 0; i < ALERTS; i++)
		n += strcmp(i % 2 ? "wang.wei" : "li.na", person) == 0 && judged[i].verdict < 3 &&
		     judged[i].first_ns > time_ns && judged[i].first_ns >= FLEET_FROM &&
		     judged[i].first_ns < FLEET_UNTIL;
	return n;
}

static void report__counts_overrides(void **state)
{
	json_t *report;
	const json_t *rows = ROWS(*state, "overrides", "rules_that_warn", &report);

	assert_int_equal(json_array_size(rows), 2);
	for (size_t i = 0; i < 2; i++) {
		const json_t *row = json_array_get(rows, i);
		const char *rule = text(row, "rule");
		uint64_t refused = count_warnings(rule, FLEET_REFUSED);
		uint64_t reasons = count_warnings(rule, FLEET_REASON);

		assert_true(refused > 20);
		assert_int_equal(number(row, "refused"), refused);
		assert_int_equal(number(row, "reasons_given"), reasons);
		assert_int_equal(number(row, "let_through"), count_warnings(rule, FLEET_PASSED));
		assert_real(row, "override_share",
			    (double)(reasons < refused ? reasons : refused) / (double)refused);
	}
	json_decref(report);
	rows = ROWS(*state, "overrides", "unreadable", &report);
	assert_int_equal(number(json_array_get(rows, 0), "events"), 0);
	json_decref(report);
}

static void report__counts_silence(void **state)
{
	static const struct {
		const char *name;
		uint64_t from, until;
	} buckets[] = {{"silent_under_1_hour", 0, HOUR},
		       {"silent_under_1_day", HOUR, 24 * HOUR},
		       {"silent_under_1_week", 24 * HOUR, 7 * 24 * HOUR},
		       {"silent_longer", 7 * 24 * HOUR, UINT64_MAX}};
	json_t *report;
	const json_t *rows = ROWS(*state, "coverage", "last_seen", &report);
	uint64_t silent = 0;

	assert_int_equal(json_array_size(rows), ARRAY_SIZE(buckets));
	for (size_t i = 0; i < ARRAY_SIZE(buckets); i++) {
		uint64_t n = 0;

		for (unsigned agent = 0; agent < FLEET_AGENTS; agent++) {
			uint64_t ago = NOW - fleet.agents[agent].last_seen_ns;

			n += fleet.agents[agent].last_seen_ns && ago >= buckets[i].from &&
			     ago < buckets[i].until;
		}
		silent += i >= 2 ? n : 0;
		assert_string_equal(text(json_array_get(rows, i), "silence"), buckets[i].name);
		assert_int_equal(number(json_array_get(rows, i), "endpoints"), n);
	}
	json_decref(report);
	assert_true(silent > 0);
	rows = ROWS(*state, "coverage", "silent_endpoints", &report);
	assert_int_equal(json_array_size(rows), silent);
	for (size_t i = 1; i < silent; i++)
		assert_true(strcmp(text(json_array_get(rows, i - 1), "last_seen"),
				   text(json_array_get(rows, i), "last_seen")) <= 0);
	json_decref(report);
}

static void report__counts_versions(void **state)
{
	json_t *report;
	const json_t *rows = ROWS(*state, "coverage", "versions", &report);

	assert_int_equal(json_array_size(rows), 2);
	for (size_t i = 0; i < 2; i++) {
		const json_t *row = json_array_get(rows, i);
		uint64_t n = 0;

		for (unsigned agent = 0; agent < FLEET_AGENTS; agent++)
			n += fleet.agents[agent].last_seen_ns &&
			     strcmp(fleet.agents[agent].version, text(row, "agent_version")) == 0;
		assert_int_equal(number(row, "endpoints"), n);
	}
	json_decref(report);
}

static void report__counts_tiers(void **state)
{
	static const char *const channels[] = {"",	"file",	   "removable",
					       "share", "network", "at_rest"};
	static const char *const tiers[] = {"", "lsm", "fmod_ret", "observe", "scan"};
	json_t *report;
	const json_t *rows = ROWS(*state, "coverage", "tiers", &report);

	assert_int_equal(json_array_size(rows), 5 * 4);
	for (size_t i = 0; i < 20; i++) {
		const json_t *row = json_array_get(rows, i);
		bool seen[FLEET_AGENTS] = {};
		uint64_t endpoints = 0, events = 0;

		assert_string_equal(text(row, "channel"), channels[1 + i / 4]);
		assert_string_equal(text(row, "tier"), tiers[1 + i % 4]);
		for (unsigned at = 0; at < fleet.n_events; at++) {
			const struct fleet_event *event = &fleet.events[at];

			if (event->channel != 1 + i / 4 || event->tier != 1 + i % 4)
				continue;
			events++;
			endpoints += !seen[event->agent];
			seen[event->agent] = true;
		}
		assert_int_equal(number(row, "events"), events);
		assert_int_equal(number(row, "endpoints"), endpoints);
	}
	json_decref(report);
}

static void report__counts_training(void **state)
{
	struct weir_db_tx *tx = begin(*state);
	json_t *report;
	const json_t *rows;

	assert_int_equal(weir_report_trained(tx, "li.na", "privacy", FLEET_FROM - 1), 0);
	assert_int_equal(weir_report_trained(tx, "wang.wei", "privacy", FLEET_FROM + HOUR), 0);
	assert_int_equal(weir_report_trained(tx, "wang.wei", "privacy", FLEET_FROM + 9 * HOUR), 0);
	assert_int_equal(weir_report_trained(tx, "wang.wei", "数据安全", FLEET_FROM + 2 * HOUR), 0);
	assert_int_equal(weir_report_trained(tx, "zhao", "数据安全", FLEET_UNTIL), 0);
	assert_int_equal(weir_report_trained(tx, "", "privacy", FLEET_FROM), -EINVAL);
	assert_int_equal(weir_report_trained(tx, "a\nb", "privacy", FLEET_FROM), -EINVAL);
	commit(tx);
	rows = ROWS(*state, "training", "courses", &report);
	assert_int_equal(json_array_size(rows), 2);
	assert_string_equal(text(json_array_get(rows, 0), "course"), "privacy");
	assert_int_equal(number(json_array_get(rows, 0), "people"), 2);
	assert_int_equal(number(json_array_get(rows, 0), "people_in_period"), 1);
	assert_string_equal(text(json_array_get(rows, 0), "latest"), "2026-11-01T17:00:00.000Z");
	assert_int_equal(number(json_array_get(rows, 1), "people"), 1);
	json_decref(report);
	rows = ROWS(*state, "training", "alerts_after_training", &report);
	assert_int_equal(json_array_size(rows), 2);
	assert_int_equal(number(json_array_get(rows, 0), "people"), 2);
	assert_int_equal(number(json_array_get(rows, 0), "alerts"),
			 alerts_after("li.na", FLEET_FROM - 1) +
				 alerts_after("wang.wei", FLEET_FROM + HOUR));
	assert_int_equal(number(json_array_get(rows, 1), "people"), 1);
	assert_int_equal(number(json_array_get(rows, 1), "alerts"),
			 alerts_after("wang.wei", FLEET_FROM + 2 * HOUR));
	json_decref(report);
	rows = ROWS(*state, "training", "acknowledgements", &report);
	assert_int_equal(json_array_size(rows), 2);
	assert_string_equal(text(json_array_get(rows, 0), "course"), "数据安全");
	assert_string_equal(text(json_array_get(rows, 1), "person"), "wang.wei");
	json_decref(report);
}

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

/* Discovered on Monday the 9th at 10:00 in China. */
#define FOUND (FLEET_FROM + 7 * FLEET_DAY + 10 * HOUR)

static void report__runs_the_clocks(void **state)
{
	struct weir_store *store = *state;
	struct weir_db_tx *tx = begin(store);
	int64_t id, special;

	assert_int_equal(
		weir_report_open(tx,
				 &(struct weir_report_incident){.title = "lost stick <1>",
								.level = WEIR_REPORT_GENERAL,
								.discovered_ns = FOUND},
				 &id),
		0);
	assert_int_equal(
		weir_report_open(tx,
				 &(struct weir_report_incident){.title = "extract",
								.level = WEIR_REPORT_SPECIAL,
								.discovered_ns = FOUND},
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
	assert_int_equal(weir_report_notice(tx, id, "first", FOUND + 3 * HOUR), 0);
	assert_int_equal(weir_report_notice(tx, id, "written", FOUND + 3 * HOUR), 0);
	assert_int_equal(weir_report_notice(tx, special, "progress", FOUND + HOUR), 0);
	assert_int_equal(weir_report_notice(tx, special, "nonsense", FOUND), -EINVAL);
	assert_int_equal(weir_report_notice(tx, 4711, "first", FOUND), -ENOENT);
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
	assert_int_equal(weir_report_notice(tx, special, "closing", FOUND + 2 * HOUR), 0);
	commit(tx);
	assert_clock(store, special, "progress", NOW, NULL, "done");
	assert_clock(store, special, "closing", NOW, NULL, "done");
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

static void report__shows_the_register(void **state)
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

static void report__shows_who_looked_at_evidence(void **state)
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

static void report__shows_who_has_which_policy(void **state)
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

static void report__shows_evidence_by_clause(void **state)
{
	json_t *report;
	const json_t *rows = ROWS(*state, "compliance", "clauses", &report), *row;
	uint64_t refused = 0, alerts = 0;

	for (unsigned i = 0; i < fleet.n_events; i++) {
		refused += fleet.events[i].channel == 2 && fleet.events[i].action >= 3;
		alerts += fleet.events[i].alert;
	}
	row = find_clause(rows, "nfra_2024", "43", "events_kept");
	assert_int_equal(number(row, "value"), fleet.n_events);
	assert_string_equal(text(row, "certainty"), "confirm");
	row = find_clause(rows, "nfra_2024", "46", "removable_refused");
	assert_int_equal(number(row, "value"), refused);
	row = find_clause(rows, "nfra_2024", "65", "alerts");
	assert_int_equal(number(row, "value"), alerts);
	row = find_clause(rows, "pipl", "51", "acknowledgements");
	assert_int_equal(number(row, "value"), 4);
	assert_string_equal(text(row, "certainty"), "read");
	row = find_clause(rows, "nfra_2024", "34", "register_transfers");
	assert_int_equal(number(row, "value"), 4);
	row = find_clause(rows, "nfra_2024", "43", "policies_by_two");
	assert_int_equal(number(row, "value"), 1);
	row = find_clause(rows, "pipl", "54", "audit_entries");
	assert_int_equal(number(row, "value"), 0);
	row = find_clause(rows, "cac_incidents_2025", "4", "larger_incidents");
	assert_int_equal(number(row, "value"), 1);
	json_decref(report);
}

static unsigned count(const char *haystack, const char *needle)
{
	unsigned n = 0;

	for (; (haystack = strstr(haystack, needle)) != NULL; haystack++)
		n++;
	return n;
}

static void assert_page(struct weir_store *store, const char *name, enum weir_report_form form)
{
	struct weir_buf page _cleanup_(weir_buf_done) = WEIR_BUF_INIT(WEIR_REPORT_SIZE_MAX);
	bool chinese = form == WEIR_REPORT_HTML_ZH;
	char head[128];

	assert_int_equal(run_at(store, name, form, NOW, &page), 0);
	(void)snprintf(head, sizeof(head), "<h1>%s</h1>", weir_report_title(name, chinese));
	assert_non_null(strstr(page.data, head));
	assert_non_null(
		strstr(page.data, chinese ? "<html lang=\"zh-CN\">" : "<html lang=\"en\">"));
	/* What the generator put into hosts, rules and marks never becomes a tag. */
	assert_null(strstr(page.data, "<b>"));
	assert_null(strstr(page.data, "<i>"));
	assert_null(strstr(page.data, "<ws-"));
	assert_null(strstr(page.data, "<1>"));
	assert_null(strstr(page.data, "<tpa>"));
	assert_null(strstr(page.data, "<no"));
	assert_null(strstr(page.data, "& "));
	assert_null(strstr(page.data, "<script"));
	assert_null(strchr(page.data, '_')); /* a name that nobody wrote words for */
	assert_null(strstr(page.data, "http:"));
	assert_null(strstr(page.data, "https:"));
	assert_int_equal(count(page.data, "<table>"), count(page.data, "</table>"));
	assert_int_equal(count(page.data, "<table>"), count(page.data, "<caption>"));
	assert_int_equal(count(page.data, "<tr>"), count(page.data, "</tr>"));
	assert_int_equal(count(page.data, "<th "), count(page.data, "scope=\"col\""));
}

static void report__writes_pages(void **state)
{
	struct weir_buf page _cleanup_(weir_buf_done) = WEIR_BUF_INIT(WEIR_REPORT_SIZE_MAX);
	const char *name;

	for (size_t i = 0; (name = weir_report_name(i)) != NULL; i++) {
		assert_page(*state, name, WEIR_REPORT_HTML_EN);
		assert_page(*state, name, WEIR_REPORT_HTML_ZH);
	}
	assert_int_equal(run_at(*state, "incidents", WEIR_REPORT_HTML_ZH, NOW, &page), 0);
	assert_non_null(strstr(page.data, "&lt;b&gt;warn &amp; &quot;quote&quot;&lt;/b&gt;"));
	assert_non_null(strstr(page.data, "审计-客户"));
	assert_non_null(strstr(page.data, "sticks are refused &lt;i&gt;"));
	assert_non_null(strstr(page.data, "每千终端每周事件数"));
	assert_non_null(strstr(page.data, "下降"));
}

static void assert_bad(struct weir_store *store, const char *name, uint64_t from, uint64_t until,
		       int wanted)
{
	struct weir_buf out _cleanup_(weir_buf_done) = WEIR_BUF_INIT(1024);
	const struct weir_report_request request = {name, from, until, NOW};

	assert_int_equal(weir_report_run(store, &request, WEIR_REPORT_JSON, &out), wanted);
}

static void report__refuses_what_is_none(void **state)
{
	assert_bad(*state, "nonsense", FLEET_FROM, FLEET_UNTIL, -ENOENT);
	assert_bad(*state, "incidents", FLEET_FROM, FLEET_FROM, -EINVAL);
	assert_bad(*state, "incidents", FLEET_UNTIL, FLEET_FROM, -EINVAL);
	assert_bad(*state, "incidents", 1, UINT64_MAX, -EINVAL);
	assert_bad(*state, "incidents", 0, UINT64_C(161) * 7 * FLEET_DAY, -EINVAL);
	assert_bad(*state, "coverage", FLEET_FROM, FLEET_UNTIL, -ENOBUFS);
	assert_string_equal(weir_report_title("nonsense", true), "");
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(report__counts_incidents_by_week),
		cmocka_unit_test(report__counts_incidents_by_rule),
		cmocka_unit_test(report__compares_before_and_after_a_mark),
		cmocka_unit_test(report__counts_verdicts),
		cmocka_unit_test(report__counts_overrides),
		cmocka_unit_test(report__counts_silence),
		cmocka_unit_test(report__counts_versions),
		cmocka_unit_test(report__counts_tiers),
		cmocka_unit_test(report__counts_training),
		cmocka_unit_test(report__runs_the_clocks),
		cmocka_unit_test(report__shows_the_register),
		cmocka_unit_test(report__shows_who_looked_at_evidence),
		cmocka_unit_test(report__shows_who_has_which_policy),
		cmocka_unit_test(report__shows_evidence_by_clause),
		cmocka_unit_test(report__writes_pages),
		cmocka_unit_test(report__refuses_what_is_none),
	};

	return place_run_group(argc, argv, tests, ARRAY_SIZE(tests), setup, teardown);
}
