/* SPDX-License-Identifier: Apache-2.0 */
/* What the fleet covers: by what its endpoints have reported, and since when they are silent. */

#include "internal.h"
#include "weir/proto/enums.h"
#include "weir/v1/common.pb-c.h"

static const struct {
	const char *name;
	uint64_t up_to_ns; /* silent for less than this */
} buckets[] = {
	{"silent_under_1_hour", UINT64_C(3600) * 1000000000},
	{"silent_under_1_day", CALENDAR_DAY_NS},
	{"silent_under_1_week", CALENDAR_WEEK_NS},
	{"silent_longer", UINT64_MAX},
};

static int64_t ago(const struct run *run, uint64_t ns)
{
	return run->request->now_ns > ns ? (int64_t)(run->request->now_ns - ns) : 0;
}

static int add_silence(struct run *run)
{
	json_t *rows = run_section(run, "last_seen");
	int64_t newer = INT64_MAX;
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(buckets); i++) {
		int64_t since = ago(run, buckets[i].up_to_ns), n = 0;

		r = WEIR_DB_NUMBER(run->tx, &n,
				   "SELECT count(*) FROM agent"
				   " WHERE last_seen_ns > $1 AND last_seen_ns <= $2",
				   weir_db_int(since), weir_db_int(newer));
		run_row(run, rows,
			json_pack("{s:s, s:I}", "silence", buckets[i].name, "endpoints",
				  (json_int_t)n));
		newer = since;
	}
	return r;
}

static int add_versions(struct run *run)
{
	struct weir_db_rows *found _cleanup_(weir_db_rows_freep) = NULL;
	json_t *rows = run_section(run, "versions");
	int r = WEIR_DB_QUERY(run->tx, &found,
			      "SELECT version, count(*) FROM agent GROUP BY version"
			      " ORDER BY count(*) DESC, version LIMIT $1",
			      weir_db_int(WEIR_REPORT_ROWS_MAX));

	while (r >= 0 && (r = weir_db_next(found)) == 1)
		run_row(run, rows,
			json_pack("{s:s, s:I}", "agent_version", weir_db_get_text(found, 0),
				  "endpoints", (json_int_t)weir_db_get_int(found, 1)));
	return r;
}

/* An endpoint that shows several tiers in a channel counts in each. */
static int add_tiers(struct run *run)
{
	static const char sql[] = "SELECT channel, tier, count(DISTINCT agent), count(*)"
				  " FROM event WHERE time_ns >= $1 AND time_ns < $2"
				  " GROUP BY channel, tier ORDER BY channel, tier";
	struct weir_db_rows *found _cleanup_(weir_db_rows_freep) = NULL;
	json_t *rows = run_section(run, "tiers");
	int r = WEIR_DB_QUERY(run->tx, &found, sql, weir_db_int((int64_t)run->request->from_ns),
			      weir_db_int((int64_t)run->request->until_ns));

	while (r >= 0 && (r = weir_db_next(found)) == 1) {
		char channel[WEIR_ENUM_TEXT], tier[WEIR_ENUM_TEXT];

		weir_enum_format(&weir__v1__channel__descriptor, (int)weir_db_get_int(found, 0),
				 channel);
		weir_enum_format(&weir__v1__tier__descriptor, (int)weir_db_get_int(found, 1), tier);
		run_row(run, rows,
			json_pack("{s:s, s:s, s:I, s:I}", "channel", channel, "tier", tier,
				  "endpoints", (json_int_t)weir_db_get_int(found, 2), "events",
				  (json_int_t)weir_db_get_int(found, 3)));
	}
	return r;
}

/* Longest silence first: those to look after. */
static int add_silent(struct run *run)
{
	static const char sql[] = "SELECT host, version, last_seen_ns FROM agent"
				  " WHERE last_seen_ns <= $1"
				  " ORDER BY last_seen_ns, host LIMIT $2";
	struct weir_db_rows *found _cleanup_(weir_db_rows_freep) = NULL;
	json_t *rows = run_section(run, "silent_endpoints");
	int r = WEIR_DB_QUERY(run->tx, &found, sql, weir_db_int(ago(run, CALENDAR_DAY_NS)),
			      weir_db_int(WEIR_REPORT_ROWS_MAX));

	while (r >= 0 && (r = weir_db_next(found)) == 1)
		run_row(run, rows,
			json_pack("{s:s, s:s, s:o}", "host_name", weir_db_get_text(found, 0),
				  "agent_version", weir_db_get_text(found, 1), "last_seen",
				  run_time((uint64_t)weir_db_get_int(found, 2))));
	return r;
}

static int add_drops(struct run *run)
{
	struct weir_db_rows *found _cleanup_(weir_db_rows_freep) = NULL;
	json_t *rows = run_section(run, "dropped");
	int r = WEIR_DB_QUERY(run->tx, &found,
			      "SELECT cause, count(*), CAST(sum(count) AS bigint) FROM drop_count"
			      " WHERE count > 0 GROUP BY cause ORDER BY cause LIMIT $1",
			      weir_db_int(WEIR_REPORT_ROWS_MAX));

	while (r >= 0 && (r = weir_db_next(found)) == 1)
		run_row(run, rows,
			json_pack("{s:s, s:I, s:I}", "cause", weir_db_get_text(found, 0),
				  "endpoints", (json_int_t)weir_db_get_int(found, 1), "events",
				  (json_int_t)weir_db_get_int(found, 2)));
	return r;
}

static const char *status_name(int64_t status)
{
	static const char *const names[] = {"policy_unset", "policy_applied", "policy_applying",
					    "policy_failed"};

	return status >= 0 && status < (int64_t)ARRAY_SIZE(names) ? names[status] : "unknown";
}

/* By what each endpoint last took; revision 0: nothing that is known here. */
static int add_policies(struct run *run)
{
	static const char sql[] =
		"SELECT coalesce(v.revision, 0), a.policy_status, count(*) FROM fleet_agents a"
		" LEFT JOIN policy_version v ON v.hash = a.policy_hash"
		" GROUP BY coalesce(v.revision, 0), a.policy_status"
		" ORDER BY coalesce(v.revision, 0) DESC, a.policy_status LIMIT $1";
	struct weir_db_rows *found _cleanup_(weir_db_rows_freep) = NULL;
	json_t *rows = run_section(run, "policies");
	int r = WEIR_DB_QUERY(run->tx, &found, sql, weir_db_int(WEIR_REPORT_ROWS_MAX));

	while (r >= 0 && (r = weir_db_next(found)) == 1)
		run_row(run, rows,
			json_pack("{s:I, s:s, s:I}", "policy_revision",
				  (json_int_t)weir_db_get_int(found, 0), "policy_status",
				  status_name(weir_db_get_int(found, 1)), "endpoints",
				  (json_int_t)weir_db_get_int(found, 2)));
	return r;
}

/* With what they say about themselves: which channel is blind, and why. */
static int add_unhealthy(struct run *run)
{
	static const char sql[] = "SELECT host, last_error, policy_error, last_seen_ns"
				  " FROM fleet_agents WHERE healthy = 0"
				  " ORDER BY last_seen_ns DESC, host LIMIT $1";
	struct weir_db_rows *found _cleanup_(weir_db_rows_freep) = NULL;
	json_t *rows = run_section(run, "unhealthy_endpoints");
	int r = WEIR_DB_QUERY(run->tx, &found, sql, weir_db_int(WEIR_REPORT_ROWS_MAX));

	while (r >= 0 && (r = weir_db_next(found)) == 1)
		run_row(run, rows,
			json_pack("{s:s, s:s, s:s, s:o}", "host_name", weir_db_get_text(found, 0),
				  "last_error", weir_db_get_text(found, 1), "policy_error",
				  weir_db_get_text(found, 2), "last_seen",
				  run_time((uint64_t)weir_db_get_int(found, 3))));
	return r;
}

int run_coverage(struct run *run)
{
	static int (*const parts[])(struct run * run) = {add_silence,  add_versions, add_tiers,
							 add_policies, add_drops,    add_unhealthy,
							 add_silent};
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(parts); i++)
		r = parts[i](run);
	return r;
}
