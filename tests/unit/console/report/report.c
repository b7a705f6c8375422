/* SPDX-License-Identifier: Apache-2.0 */
/* Every figure of every report against one counted another way: by going through what the generator
 * remembers, event by event. */

#include "fixture.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "place.h"
#include "weir/base/macros.h"
#include "weir/console_triage/names.h"

/* Whether no event before i tells the same incident: same endpoint, rule and day, and an alert. */
static bool is_new_incident(unsigned i)
{
	const struct fleet_event *event = &fixture_fleet.events[i];

	if (!event->alert)
		return false;
	for (unsigned before = 0; before < i; before++) {
		const struct fleet_event *other = &fixture_fleet.events[before];

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

	for (unsigned i = 0; i < fixture_fleet.n_events; i++) {
		if (fixture_fleet.events[i].day / 7 != week)
			continue;
		truth.alerts += fixture_fleet.events[i].alert;
		truth.incidents += is_new_incident(i);
	}
	for (unsigned i = 0; i < FLEET_AGENTS; i++)
		truth.endpoints += fixture_fleet.agents[i].first_seen_ns &&
				   fixture_fleet.agents[i].first_seen_ns < until &&
				   fixture_fleet.agents[i].last_seen_ns >= from;
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

		for (unsigned at = 0; at < fixture_fleet.n_events; at++) {
			if (strcmp(fleet_rules[fixture_fleet.events[at].rule], text(row, "rule")) !=
			    0)
				continue;
			truth.alerts += fixture_fleet.events[at].alert;
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

	for (unsigned i = 0; i < fixture_fleet.n_events; i++) {
		const struct fleet_event *event = &fixture_fleet.events[i];

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

/* Wilson's limits are the shares that lie just so far from what was seen: found by halving, not by the
 * formula. */
static double wilson(uint64_t k, uint64_t n, bool upper)
{
	double seen = (double)k / (double)n, from = seen, to = upper ? 1 : 0;

	for (unsigned i = 0; i < 60; i++) {
		double share = (from + to) / 2;

		if (fabs(seen - share) <= 1.959963984540054 * sqrt(share * (1 - share) / (double)n))
			from = share;
		else
			to = share;
	}
	return from;
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
		uint64_t counts[7], judged_n;

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
		judged_n = counts[1] + counts[2] + counts[3];
		assert_real(row, "false_positive_share", (double)counts[3] / (double)judged_n);
		assert_real(row, "false_positive_share_low", wilson(counts[3], judged_n, false));
		assert_real(row, "false_positive_share_high", wilson(counts[3], judged_n, true));
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
		reasons = WEIR_MIN(reasons, refused);
		assert_real(row, "override_share", (double)reasons / (double)refused);
		assert_real(row, "override_share_low", wilson(reasons, refused, false));
		assert_real(row, "override_share_high", wilson(reasons, refused, true));
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
			uint64_t ago = NOW - fixture_fleet.agents[agent].last_seen_ns;

			n += fixture_fleet.agents[agent].last_seen_ns && ago >= buckets[i].from &&
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
			n += fixture_fleet.agents[agent].last_seen_ns &&
			     strcmp(fixture_fleet.agents[agent].version,
				    text(row, "agent_version")) == 0;
		assert_int_equal(number(row, "endpoints"), n);
	}
	json_decref(report);
}

static void report__counts_drops(void **state)
{
	json_t *report;
	const json_t *rows = ROWS(*state, "coverage", "dropped", &report);

	assert_int_equal(json_array_size(rows), FLEET_CAUSES);
	for (size_t i = 0; i < FLEET_CAUSES; i++) {
		uint64_t endpoints = 0, events = 0;

		for (unsigned agent = 0; agent < FLEET_AGENTS; agent++) {
			endpoints += fixture_fleet.agents[agent].dropped[i] > 0;
			events += fixture_fleet.agents[agent].dropped[i];
		}
		assert_true(endpoints > 0 && endpoints < FLEET_AGENTS && events > endpoints);
		assert_string_equal(text(json_array_get(rows, i), "cause"), fleet_causes[i]);
		assert_int_equal(number(json_array_get(rows, i), "endpoints"), endpoints);
		assert_int_equal(number(json_array_get(rows, i), "events"), events);
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
		for (unsigned at = 0; at < fixture_fleet.n_events; at++) {
			const struct fleet_event *event = &fixture_fleet.events[at];

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
		cmocka_unit_test(report__counts_drops),
		cmocka_unit_test(report__counts_tiers),
		cmocka_unit_test(report__counts_training),
		cmocka_unit_test(report__writes_pages),
		cmocka_unit_test(report__refuses_what_is_none),
	};

	return place_run_group(argc, argv, tests, ARRAY_SIZE(tests), fixture_setup,
			       fixture_teardown);
}
