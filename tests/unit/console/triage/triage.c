/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "fake.h"
#include "place.h"
#include "weir/console_ingest/ingest.h"
#include "weir/console_triage/triage.h"

#define NOW (FAKE_TIME + UINT64_C(3600) * 1000000000)
#define DAY (UINT64_C(86400) * 1000000000)

static void put_in(struct weir_store *store, const struct fake_batch *batch, const char *group,
		   uint64_t now_ns)
{
	struct weir_buf bytes _cleanup_(weir_buf_done) = WEIR_BUF_INIT(1024 * 1024);
	struct weir_ingest_reply reply = {.ack = WEIR_BUF_INIT(WEIR_INGEST_ACK_MAX)};
	struct weir_ingest_request request = {
		.group = group, .content_type = "application/x-protobuf", .now_ns = now_ns};

	fake_batch(batch, &bytes);
	request.body = bytes.data;
	request.len = bytes.len;
	weir_ingest_batch(store, &request, &reply);
	assert_int_equal(reply.status, 200);
	weir_buf_done(&reply.ack);
}

static void put(struct weir_store *store, const struct fake_batch *batch, uint64_t now_ns)
{
	put_in(store, batch, NULL, now_ns);
}

static int setup(void **state)
{
	struct weir_error err = {};
	int r = place_open(state, NULL);

	return r < 0 ? r : weir_triage_init(place_store(state), &err);
}

static int teardown(void **state)
{
	return place_close(state);
}

/* Copies of what a list gave. */
struct row {
	struct weir_alert alert;
	char rule[64], user[64], destination[32], assignee[80], host[64], process[32], target[128];
};

struct rows {
	struct row row[16];
	size_t n;
};

static int keep(void *context, const struct weir_alert *alert,
		const struct weir_alert_newest *newest)
{
	struct rows *rows = context;
	struct row *row = &rows->row[rows->n++];

	assert_true(rows->n <= ARRAY_SIZE(rows->row));
	row->alert = *alert;
	(void)snprintf(row->rule, sizeof(row->rule), "%s", alert->rule);
	(void)snprintf(row->user, sizeof(row->user), "%s", alert->user);
	(void)snprintf(row->destination, sizeof(row->destination), "%s", alert->destination);
	(void)snprintf(row->assignee, sizeof(row->assignee), "%s", alert->assignee);
	(void)snprintf(row->host, sizeof(row->host), "%s", newest->host);
	(void)snprintf(row->process, sizeof(row->process), "%s", newest->process);
	(void)snprintf(row->target, sizeof(row->target), "%s", newest->target);
	return 0;
}

static void list(struct weir_store *store, const char *line, struct rows *rows)
{
	struct weir_db_tx *tx _cleanup_(weir_db_endp) = NULL;
	struct weir_alert_filter filter;
	struct weir_error err = {};

	rows->n = 0;
	weir_alert_filter_init(&filter);
	assert_int_equal(weir_alert_filter_add_line(&filter, line, NOW, &err), 0);
	assert_int_equal(weir_db_read(store, &tx), 0);
	assert_int_equal(weir_triage_list(tx, &filter, 0, 16, keep, rows), 0);
}

static size_t count(struct weir_store *store, const char *line)
{
	struct rows rows;

	list(store, line, &rows);
	return rows.n;
}

struct lines {
	struct weir_alert_log line[64];
	char person[64][32], text[64][64], assignee[64][32];
	size_t n;
};

static int keep_line(void *context, const struct weir_alert_log *line)
{
	struct lines *lines = context;

	assert_true(lines->n < ARRAY_SIZE(lines->line));
	(void)snprintf(lines->person[lines->n], 32, "%s", line->person);
	(void)snprintf(lines->text[lines->n], 64, "%s", line->text);
	(void)snprintf(lines->assignee[lines->n], 32, "%s", line->alert.assignee);
	lines->line[lines->n++] = *line;
	return 0;
}

static void follow(struct weir_store *store, uint64_t after, struct lines *lines)
{
	struct weir_db_tx *tx _cleanup_(weir_db_endp) = NULL;

	lines->n = 0;
	assert_int_equal(weir_db_read(store, &tx), 0);
	assert_int_equal(weir_triage_follow(tx, after, 64, keep_line, lines), 0);
}

static int change(struct weir_store *store, uint64_t id, uint64_t version,
		  const struct weir_triage_change *what)
{
	struct weir_db_tx *tx _cleanup_(weir_db_endp) = NULL;
	struct weir_triage_change full = *what;
	int r;

	full.person = "wang.wu";
	full.person_id = 7;
	full.now_ns = full.now_ns ? full.now_ns : NOW;
	full.text = full.text ? full.text : "";
	full.assignee = full.assignee ? full.assignee : "";
	assert_int_equal(weir_db_write(store, &tx), 0);
	r = weir_triage_change(tx, id, version, &full);
	return r < 0 ? r : weir_db_commit(tx);
}

static void triage__one_copy_job_is_one_alert(void **state)
{
	struct weir_store *store = place_store(state);
	struct rows rows;
	const struct row *row = &rows.row[0];

	put(store, &(struct fake_batch){.agent = 1, .epoch = 1, .first = 1, .n = 400}, NOW);
	put(store, &(struct fake_batch){.agent = 1, .epoch = 1, .first = 401, .n = 100}, NOW + 5);
	list(store, "", &rows);
	assert_int_equal(rows.n, 1);
	assert_int_equal(row->alert.id, 1);
	assert_int_equal(row->alert.version, 1);
	assert_int_equal(row->alert.state, WEIR_ALERT_NEW);
	assert_int_equal(row->alert.verdict, WEIR_VERDICT_NONE);
	assert_int_equal(row->alert.channel, WEIR__V1__CHANNEL__CHANNEL_REMOVABLE);
	assert_int_equal(row->alert.action, WEIR__V1__ACTION__ACTION_BLOCK);
	assert_int_equal(row->alert.n_events, 500);
	assert_int_equal(row->alert.n_let_through, 0);
	assert_int_equal(row->alert.identifiers, 10000);
	assert_int_equal(row->alert.severity, WEIR_SEVERITY_HIGH);
	assert_int_equal(row->alert.first_ns, FAKE_TIME + UINT64_C(1000000000));
	assert_int_equal(row->alert.last_ns, FAKE_TIME + UINT64_C(500000000000));
	assert_int_equal(row->alert.created_ns, NOW);
	assert_int_equal(row->alert.changed_ns, NOW + 5);
	assert_string_equal(row->rule, "stick-bulk-identity");
	assert_string_equal(row->user, "li.na");
	assert_string_equal(row->destination, "removable");
	assert_string_equal(row->assignee, "");
	assert_string_equal(row->host, "ws-1");
	assert_string_equal(row->process, "cp");
	assert_string_equal(row->target, "/home/li/list.csv");
}

/* Sent again, in pieces, and late: the sums stay those of the events. */
static void triage__counts_an_event_once(void **state)
{
	static const struct fake_event early = {.time_ns = FAKE_TIME - 5};
	struct weir_store *store = place_store(state);
	struct rows rows;

	put(store, &(struct fake_batch){.agent = 1, .epoch = 1, .first = 1, .n = 3}, NOW);
	put(store, &(struct fake_batch){.agent = 1, .epoch = 1, .first = 1, .n = 3}, NOW + 1);
	put(store, &(struct fake_batch){.agent = 1, .epoch = 1, .first = 2, .n = 4}, NOW + 2);
	put(store,
	    &(struct fake_batch){.agent = 1, .epoch = 1, .first = 6, .n = 1, .model = &early},
	    NOW + 3);
	list(store, "", &rows);
	assert_int_equal(rows.n, 1);
	assert_int_equal(rows.row[0].alert.n_events, 6);
	assert_int_equal(rows.row[0].alert.identifiers, 120);
	assert_int_equal(rows.row[0].alert.first_ns, FAKE_TIME - 5);
	assert_int_equal(rows.row[0].alert.last_ns, FAKE_TIME + UINT64_C(5000000000));
}

static void triage__groups_apart_what_is_apart(void **state)
{
	static const struct fake_event rule = {.rule = "other"};
	static const struct fake_event network = {.channel = 4, .action = 2};
	static const struct fake_event later = {.time_ns = FAKE_TIME + DAY};
	static const struct fake_event quiet = {.no_alert = true, .rule = "third"};
	struct weir_store *store = place_store(state);
	struct rows rows;

	put(store, &(struct fake_batch){.agent = 1, .epoch = 1, .first = 1, .n = 2}, NOW);
	put(store, &(struct fake_batch){.agent = 1, .epoch = 1, .first = 3, .n = 2, .model = &rule},
	    NOW);
	put(store,
	    &(struct fake_batch){.agent = 1, .epoch = 1, .first = 5, .n = 2, .model = &network},
	    NOW);
	put(store,
	    &(struct fake_batch){.agent = 1, .epoch = 1, .first = 7, .n = 2, .model = &later}, NOW);
	put(store,
	    &(struct fake_batch){.agent = 1, .epoch = 1, .first = 9, .n = 2, .model = &quiet}, NOW);
	list(store, "", &rows);
	assert_int_equal(rows.n, 4);
	for (size_t i = 0; i < rows.n; i++)
		assert_int_equal(rows.row[i].alert.n_events, 2);
	assert_string_equal(rows.row[1].destination, "internet");
	assert_string_equal(rows.row[1].target, "192.0.2.7:80");
	assert_int_equal(rows.row[1].alert.n_let_through, 2);
	/* The account is one of each machine here, so another machine is another alert. */
	put(store, &(struct fake_batch){.agent = 2, .epoch = 1, .first = 1, .n = 1}, NOW);
	assert_int_equal(count(store, ""), 5);
}

static int sum_seen(void *context, enum weir_alert_seen kind, const char *value, uint64_t n)
{
	char *text = context;

	(void)snprintf(text + strlen(text), 512 - strlen(text), "%d %s %u\n", kind, value,
		       (unsigned)n);
	return 0;
}

static void triage__keeps_what_it_has_seen(void **state)
{
	struct weir_store *store = place_store(state);
	struct weir_db_tx *tx _cleanup_(weir_db_endp) = NULL;
	char text[512] = "";

	put(store, &(struct fake_batch){.agent = 1, .epoch = 1, .first = 1, .n = 3}, NOW);
	put(store, &(struct fake_batch){.agent = 1, .epoch = 1, .first = 4, .n = 1}, NOW);
	assert_int_equal(weir_db_read(store, &tx), 0);
	assert_int_equal(weir_triage_seen(tx, 1, sum_seen, text), 0);
	assert_string_equal(text, "1 ws-1 4\n2 SYN-0001 4\n3 01010101010101010101010101010101 4\n"
				  "4 cn_resident_id 80\n5  4\n");
}

static void triage__finds(void **state)
{
	static const struct {
		const char *line;
		size_t n;
	} cases[] = {
		{"", 2},
		{"user:li.na channel:usb", 1},
		{"user:li.na -channel:usb", 1},
		{"user:wang.wu", 0},
		{"-user:li.na", 0},
		{"rule:stick-bulk-identity", 2},
		{"-rule:stick-bulk-identity", 0},
		{"rule:\"x' OR 1=1 --\"", 0},
		{"destination:internet", 1},
		{"-destination:internet", 1},
		{"host:ws-1", 1},
		{"-host:ws-1", 1},
		{"device:SYN-0001", 2},
		{"agent:02020202020202020202020202020202", 1},
		{"detector:cn_resident_id", 2},
		{"-detector:cn_resident_id", 0},
		{"state:new", 2},
		{"state:resolved", 0},
		{"verdict:none", 2},
		{"severity:>=medium", 1},
		{"severity:low", 1},
		{"action:audit", 1},
		{"since:2026-11-18T11:06:42Z", 1},
		{"since:20000d", 2},
		{"-assignee:wang.wu", 2},
	};
	static const struct fake_event network = {.channel = 4, .action = 2};
	struct weir_store *store = place_store(state);

	put(store, &(struct fake_batch){.agent = 1, .epoch = 1, .first = 1, .n = 1}, NOW);
	put(store,
	    &(struct fake_batch){.agent = 2, .epoch = 1, .first = 1, .n = 3, .model = &network},
	    NOW);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		if (count(store, cases[i].line) != cases[i].n)
			fail_msg("%s: %zu", cases[i].line, count(store, cases[i].line));
}

static void triage__goes_from_new_to_resolved(void **state)
{
	struct weir_store *store = place_store(state);
	struct rows rows;
	const struct row *row = &rows.row[0];

	put(store, &(struct fake_batch){.agent = 1, .epoch = 1, .first = 1, .n = 1}, NOW);
	assert_int_equal(change(store, 1, 1,
				&(struct weir_triage_change){.verb = WEIR_TRIAGE_ASSIGN,
							     .assignee = "wang.wu"}),
			 0);
	list(store, "assignee:wang.wu state:in_progress", &rows);
	assert_int_equal(rows.n, 1);
	assert_int_equal(row->alert.version, 2);
	assert_int_equal(
		change(store, 1, 2,
		       &(struct weir_triage_change){.verb = WEIR_TRIAGE_CLOSE,
						    .verdict = WEIR_VERDICT_BENIGN_AUTHORISED,
						    .text = "agreed with the branch"}),
		0);
	list(store, "state:resolved verdict:benign_authorised", &rows);
	assert_int_equal(rows.n, 1);
	assert_int_equal(row->alert.version, 3);
	assert_string_equal(row->assignee, "wang.wu");
}

static void triage__refuses_what_does_not_fit(void **state)
{
	const struct weir_triage_change close = {.verb = WEIR_TRIAGE_CLOSE,
						 .verdict = WEIR_VERDICT_TEST};
	const struct weir_triage_change assign = {.verb = WEIR_TRIAGE_ASSIGN, .assignee = "a"};
	const struct weir_triage_change reopen = {.verb = WEIR_TRIAGE_REOPEN};
	const struct weir_triage_change bad[] = {
		{.verb = WEIR_TRIAGE_CLOSE, .verdict = WEIR_VERDICT_NONE},
		{.verb = WEIR_TRIAGE_CLOSE},
		{.verb = WEIR_TRIAGE_COMMENT},
		{.verb = WEIR_TRIAGE_COMMENT, .text = "\x1b[31m"},
		{.verb = WEIR_TRIAGE_COMMENT, .text = "\xff"},
		{.verb = WEIR_TRIAGE_ASSIGN, .assignee = "a\nb"},
		{.verb = WEIR_TRIAGE_ASSIGN, .assignee = "\xe2\x80\xae"},
		{.verb = WEIR_TRIAGE_SUPPRESS, .text = "x", .until_ns = NOW},
		{.verb = WEIR_TRIAGE_SUPPRESS, .text = "x", .until_ns = NOW + 91 * DAY},
		{.verb = WEIR_TRIAGE_SUPPRESS, .until_ns = NOW + DAY},
	};
	struct weir_store *store = place_store(state);

	put(store, &(struct fake_batch){.agent = 1, .epoch = 1, .first = 1, .n = 1}, NOW);
	assert_int_equal(change(store, 2, 0, &close), -ENOENT);
	assert_int_equal(change(store, 1, 2, &close), -ESTALE);
	assert_int_equal(change(store, 1, 1, &reopen), -EALREADY);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(change(store, 1, 0, &bad[i]), -EINVAL);
	assert_int_equal(change(store, 1, 1, &close), 0);
	assert_int_equal(change(store, 1, 2, &close), -EALREADY);
	assert_int_equal(change(store, 1, 2, &assign), -EALREADY);
	assert_int_equal(change(store, 1, 1, &close), -ESTALE);
	assert_int_equal(count(store, "state:resolved verdict:test"), 1);
}

/* What comes after the verdict is news; then the old one cannot come back beside it. */
static void triage__begins_anew_behind_a_verdict(void **state)
{
	const struct weir_triage_change close = {.verb = WEIR_TRIAGE_CLOSE,
						 .verdict = WEIR_VERDICT_FALSE_POSITIVE};
	const struct weir_triage_change reopen = {.verb = WEIR_TRIAGE_REOPEN};
	struct weir_store *store = place_store(state);
	struct rows rows;

	put(store, &(struct fake_batch){.agent = 1, .epoch = 1, .first = 1, .n = 2}, NOW);
	assert_int_equal(change(store, 1, 1, &close), 0);
	put(store, &(struct fake_batch){.agent = 1, .epoch = 1, .first = 3, .n = 1}, NOW);
	list(store, "", &rows);
	assert_int_equal(rows.n, 2);
	assert_int_equal(rows.row[0].alert.state, WEIR_ALERT_NEW);
	assert_int_equal(rows.row[0].alert.n_events, 1);
	assert_int_equal(rows.row[1].alert.n_events, 2);
	assert_int_equal(change(store, 1, 2, &reopen), -EEXIST);
	assert_int_equal(change(store, rows.row[0].alert.id, 1, &close), 0);
	assert_int_equal(change(store, 1, 2, &reopen), 0);
	assert_int_equal(count(store, "state:in_progress verdict:none"), 1);
}

static void triage__is_quiet_until_a_time(void **state)
{
	const struct weir_triage_change suppress = {.verb = WEIR_TRIAGE_SUPPRESS,
						    .text = "migration of the archive",
						    .until_ns = NOW + 2 * DAY};
	static const struct fake_event next_day = {.time_ns = FAKE_TIME + DAY};
	static const struct fake_event third_day = {.time_ns = FAKE_TIME + 2 * DAY};
	struct weir_store *store = place_store(state);
	struct rows rows;

	put(store, &(struct fake_batch){.agent = 1, .epoch = 1, .first = 1, .n = 1}, NOW);
	assert_int_equal(change(store, 1, 1, &suppress), 0);
	assert_int_equal(count(store, "state:suppressed"), 1);
	put(store, &(struct fake_batch){.agent = 1, .epoch = 1, .first = 2, .n = 1}, NOW + 1);
	put(store,
	    &(struct fake_batch){.agent = 1, .epoch = 1, .first = 3, .n = 1, .model = &next_day},
	    NOW + DAY);
	list(store, "state:suppressed", &rows);
	assert_int_equal(rows.n, 2);
	assert_int_equal(rows.row[1].alert.n_events, 2);
	/* Its end has come: what joins it makes it news, and what is new is. */
	put(store,
	    &(struct fake_batch){.agent = 1, .epoch = 1, .first = 4, .n = 1, .model = &next_day},
	    NOW + 2 * DAY);
	put(store,
	    &(struct fake_batch){.agent = 1, .epoch = 1, .first = 5, .n = 1, .model = &third_day},
	    NOW + 2 * DAY);
	assert_int_equal(count(store, "state:suppressed"), 1);
	list(store, "state:new", &rows);
	assert_int_equal(rows.n, 2);
	assert_int_equal(rows.row[1].alert.n_events, 2);
}

static void triage__writes_a_log_in_order(void **state)
{
	static const struct {
		enum weir_alert_step step;
		enum weir_alert_news news;
		uint64_t event;
		const char *person, *text, *assignee;
		uint32_t state, verdict;
		uint64_t version;
	} expected[] = {
		{WEIR_STEP_EVENT, WEIR_NEWS_CREATED, 1, "", "", "", 1, 1, 1},
		{WEIR_STEP_EVENT, WEIR_NEWS_NONE, 2, "", "", "", 1, 1, 1},
		{WEIR_STEP_ASSIGNED, WEIR_NEWS_UPDATED, 0, "wang.wu", "li.si", "li.si", 2, 1, 2},
		{WEIR_STEP_COMMENTED, WEIR_NEWS_NONE, 0, "wang.wu", "asked", "li.si", 2, 1, 2},
		{WEIR_STEP_EVENT, WEIR_NEWS_UPDATED, 3, "", "", "li.si", 2, 1, 2},
		{WEIR_STEP_CLOSED, WEIR_NEWS_CLOSED, 0, "wang.wu", "done", "li.si", 4, 2, 3},
	};
	struct weir_store *store = place_store(state);
	struct lines lines;

	put(store, &(struct fake_batch){.agent = 1, .epoch = 1, .first = 1, .n = 2}, NOW);
	assert_int_equal(change(store, 1, 1,
				&(struct weir_triage_change){.verb = WEIR_TRIAGE_ASSIGN,
							     .assignee = "li.si"}),
			 0);
	assert_int_equal(
		change(store, 1, 0,
		       &(struct weir_triage_change){.verb = WEIR_TRIAGE_COMMENT, .text = "asked"}),
		0);
	/* The fifth event's identifiers lift it above 100. */
	put(store, &(struct fake_batch){.agent = 1, .epoch = 1, .first = 3, .n = 3}, NOW);
	assert_int_equal(change(store, 1, 2,
				&(struct weir_triage_change){.verb = WEIR_TRIAGE_CLOSE,
							     .verdict = WEIR_VERDICT_TRUE_POSITIVE,
							     .text = "done"}),
			 0);
	follow(store, 0, &lines);
	assert_int_equal(lines.n, 8);
	/* Two more events between the fifth line and the last. */
	lines.line[5] = lines.line[7];
	memcpy(lines.person[5], lines.person[7], sizeof(lines.person[5]));
	memcpy(lines.text[5], lines.text[7], sizeof(lines.text[5]));
	memcpy(lines.assignee[5], lines.assignee[7], sizeof(lines.assignee[5]));
	for (size_t i = 0; i < ARRAY_SIZE(expected); i++) {
		const struct weir_alert_log *line = &lines.line[i];

		assert_true(i == 0 || line->id > lines.line[i - 1].id);
		assert_int_equal(line->step, expected[i].step);
		assert_int_equal(line->news, expected[i].news);
		assert_int_equal(line->event, expected[i].event);
		assert_string_equal(lines.person[i], expected[i].person);
		assert_string_equal(lines.text[i], expected[i].text);
		assert_string_equal(lines.assignee[i], expected[i].assignee);
		assert_int_equal(line->alert.id, 1);
		assert_int_equal(line->alert.state, expected[i].state);
		assert_int_equal(line->alert.verdict, expected[i].verdict);
		assert_int_equal(line->alert.version, expected[i].version);
	}
	follow(store, lines.line[4].id, &lines);
	assert_int_equal(lines.n, 3);
}

static void triage__selects_up_to_one(void **state)
{
	struct weir_store *store = place_store(state);
	struct weir_db_tx *tx _cleanup_(weir_db_endp) = NULL;
	static uint64_t ids[WEIR_TRIAGE_BULK_MAX];
	struct weir_alert_filter filter;

	for (uint8_t i = 1; i <= 4; i++)
		put(store, &(struct fake_batch){.agent = i, .epoch = 1, .first = 1, .n = 1}, NOW);
	weir_alert_filter_init(&filter);
	assert_int_equal(weir_db_read(store, &tx), 0);
	assert_int_equal(weir_triage_select(tx, &filter, 0, ids), 4);
	assert_int_equal(ids[0], 4);
	assert_int_equal(weir_triage_select(tx, &filter, 2, ids), 2);
	assert_int_equal(ids[0], 2);
	assert_int_equal(ids[1], 1);
}

/* The ids that a list and a selection find in a scope: "3 1 ". */
static void expect_scope(struct weir_store *store, struct weir_store_scope scope, const char *line,
			 const char *wanted)
{
	struct weir_db_tx *tx _cleanup_(weir_db_endp) = NULL;
	static uint64_t ids[WEIR_TRIAGE_BULK_MAX];
	struct weir_alert_filter filter;
	struct weir_error err = {};
	struct rows rows = {};
	char text[64] = "";
	int n;

	weir_alert_filter_init(&filter);
	assert_int_equal(weir_alert_filter_add_line(&filter, line, NOW, &err), 0);
	filter.scope = &scope;
	assert_int_equal(weir_db_read(store, &tx), 0);
	assert_int_equal(weir_triage_list(tx, &filter, 0, 16, keep, &rows), 0);
	for (size_t i = 0; i < rows.n; i++)
		(void)snprintf(text + strlen(text), sizeof(text) - strlen(text), "%d ",
			       (int)rows.row[i].alert.id);
	assert_string_equal(text, wanted);
	n = weir_triage_select(tx, &filter, 0, ids);
	assert_int_equal(n, (int)rows.n);
	for (int i = 0; i < n; i++)
		assert_int_equal(ids[i], rows.row[i].alert.id);
}

/* Alerts 1 and 2 are of one group each, 3 of an endpoint in none, and 4 of two groups. */
static void triage__lists_by_group(void **state)
{
	struct weir_store *store = place_store(state);
	struct weir_store_scope most = {.n = WEIR_STORE_GROUPS_MAX};

	put_in(store, &(struct fake_batch){.agent = 1, .epoch = 1, .first = 1, .n = 2}, "north",
	       NOW);
	put_in(store, &(struct fake_batch){.agent = 2, .epoch = 1, .first = 1, .n = 1}, "south",
	       NOW);
	put(store, &(struct fake_batch){.agent = 3, .epoch = 1, .first = 1, .n = 1}, NOW);
	put_in(store, &(struct fake_batch){.agent = 4, .epoch = 1, .first = 1, .n = 1}, "north",
	       NOW);
	put_in(store, &(struct fake_batch){.agent = 4, .epoch = 1, .first = 2, .n = 1}, "south",
	       NOW);
	expect_scope(store, (struct weir_store_scope){1, {"north"}}, "", "1 ");
	expect_scope(store, (struct weir_store_scope){1, {"south"}}, "", "2 ");
	expect_scope(store, (struct weir_store_scope){2, {"south", "north"}}, "", "4 2 1 ");
	expect_scope(store, (struct weir_store_scope){2, {"south", "north"}}, "host:ws-2", "2 ");
	expect_scope(store, (struct weir_store_scope){1, {"north"}}, "host:ws-2", "");
	expect_scope(store, (struct weir_store_scope){1, {"nort_"}}, "", "");
	expect_scope(store, (struct weir_store_scope){1, {""}}, "", "3 ");
	expect_scope(store, (struct weir_store_scope){}, "", "");
	for (size_t i = 0; i < most.n; i++)
		most.groups[i] = i == most.n - 1 ? "south" : "east";
	expect_scope(store, most, "", "2 ");
	assert_int_equal(count(store, ""), 4);
}

static void triage__expires_what_is_over(void **state)
{
	const struct weir_triage_change close = {.verb = WEIR_TRIAGE_CLOSE,
						 .verdict = WEIR_VERDICT_TEST};
	struct weir_store *store = place_store(state);
	struct lines lines;

	put(store, &(struct fake_batch){.agent = 1, .epoch = 1, .first = 1, .n = 1}, NOW);
	put(store, &(struct fake_batch){.agent = 2, .epoch = 1, .first = 1, .n = 1}, NOW);
	assert_int_equal(change(store, 1, 0, &close), 0);
	{
		struct weir_db_tx *tx _cleanup_(weir_db_endp) = NULL;

		assert_int_equal(weir_db_write(store, &tx), 0);
		assert_int_equal(weir_triage_expire(tx, NOW), 0);
		assert_int_equal(weir_triage_expire(tx, NOW + 1), 1);
		assert_int_equal(weir_db_commit(tx), 0);
	}
	assert_int_equal(count(store, ""), 1);
	follow(store, 0, &lines);
	assert_int_equal(lines.n, 1);
	assert_int_equal(lines.line[0].alert.id, 2);
}

/* Rules that nobody wrote, from one endpoint: a row each, no more. */
static void triage__bears_many_groups_in_a_batch(void **state)
{
	struct weir_store *store = place_store(state);
	struct weir_db_tx *tx _cleanup_(weir_db_endp) = NULL;
	static uint64_t ids[WEIR_TRIAGE_BULK_MAX];
	struct weir_alert_filter filter;
	char rule[32];

	for (unsigned i = 0; i < 10; i++) {
		const struct fake_event model = {.rule = rule};

		(void)snprintf(rule, sizeof(rule), "rule-%u", i);
		put(store,
		    &(struct fake_batch){
			    .agent = 1, .epoch = 1, .first = 1 + i, .n = 1, .model = &model},
		    NOW);
	}
	weir_alert_filter_init(&filter);
	assert_int_equal(weir_db_read(store, &tx), 0);
	assert_int_equal(weir_triage_select(tx, &filter, 0, ids), 10);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		TEST(triage__one_copy_job_is_one_alert),
		TEST(triage__counts_an_event_once),
		TEST(triage__groups_apart_what_is_apart),
		TEST(triage__keeps_what_it_has_seen),
		TEST(triage__finds),
		TEST(triage__goes_from_new_to_resolved),
		TEST(triage__refuses_what_does_not_fit),
		TEST(triage__begins_anew_behind_a_verdict),
		TEST(triage__is_quiet_until_a_time),
		TEST(triage__writes_a_log_in_order),
		TEST(triage__selects_up_to_one),
		TEST(triage__lists_by_group),
		TEST(triage__expires_what_is_over),
		TEST(triage__bears_many_groups_in_a_batch),
	};

	return place_run(argc, argv, tests, ARRAY_SIZE(tests));
}
