/* SPDX-License-Identifier: Apache-2.0 */
/* Incidents from their opening to their end, and the drafts of what is told of them. */

#include "weir/console_report/incident.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fake.h"
#include "fixture.h"
#include "place.h"
#include "weir/base/macros.h"
#include "weir/console_ingest/ingest.h"
#include "weir/console_triage/id.h"

#define ARRIVED (FAKE_TIME + HOUR)

/* What the alerts below are made of, and no draft may say: a person, hosts, files, devices, masked values. */
static const char *const secrets[] = {"li.na",	  "ws-77",  "ws-78", "/media/",	 "list",
				      "SYN-0001", "11****", "cp",    "192.0.2.7"};

static void send(struct weir_store *store, const struct fake_batch *batch)
{
	struct weir_buf bytes _cleanup_(weir_buf_done) = WEIR_BUF_INIT(1024 * 1024);
	struct weir_ingest_reply reply = {.ack = WEIR_BUF_INIT(WEIR_INGEST_ACK_MAX)};
	struct weir_ingest_request request = {.content_type = "application/x-protobuf",
					      .now_ns = ARRIVED};

	fake_batch(batch, &bytes);
	request.body = bytes.data;
	request.len = bytes.len;
	weir_ingest_batch(store, &request, &reply);
	assert_int_equal(reply.status, 200);
	weir_buf_done(&reply.ack);
}

/* The alert that a rule's events became. */
static uint64_t alert_of(struct weir_store *store, const char *rule)
{
	struct weir_db_tx *tx = begin(store);
	int64_t id = 0;

	assert_int_equal(
		WEIR_DB_NUMBER(tx, &id, "SELECT id FROM alert WHERE rule = $1", weir_db_text(rule)),
		0);
	weir_db_end(tx);
	return (uint64_t)id;
}

/* Two endpoints: one with three blocked copies to a stick, one with two sent off after an audit. */
static int setup(void **state)
{
	static const struct fake_event stick = {.rule = "lost-stick", .path = "/media/li/list.csv"};
	static const struct fake_event sent = {.rule = "sent-off", .channel = 4, .action = 2};

	fixture_setup(state);
	send(*state,
	     &(struct fake_batch){.agent = 77, .epoch = 1, .first = 1, .n = 3, .model = &stick});
	send(*state,
	     &(struct fake_batch){.agent = 78, .epoch = 1, .first = 1, .n = 2, .model = &sent});
	return 0;
}

static int64_t open_incident(struct weir_store *store, const char *title, const uint64_t *alerts,
			     size_t n)
{
	const struct weir_report_incident incident = {.title = title,
						      .level = WEIR_REPORT_LARGER,
						      .person = "wang",
						      .alerts = alerts,
						      .n_alerts = n};
	struct weir_db_tx *tx = begin(store);
	int64_t id = 0;

	assert_int_equal(weir_report_open(tx, &incident, &id), 0);
	commit(tx);
	return id;
}

static json_t *show(struct weir_store *store, int64_t id)
{
	struct weir_buf buf _cleanup_(weir_buf_done) = WEIR_BUF_INIT(WEIR_REPORT_SIZE_MAX);
	json_t *json;

	assert_int_equal(weir_report_show(store, id, &buf), 0);
	json = json_loadb(buf.data, buf.len, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(json);
	return json;
}

static void incident__is_opened_from_alerts(void **state)
{
	const uint64_t alerts[] = {alert_of(*state, "lost-stick"), alert_of(*state, "sent-off")};
	int64_t id = open_incident(*state, "list lost", alerts, 1);
	struct weir_db_tx *tx = begin(*state);
	char first[WEIR_ID_TEXT], second[WEIR_ID_TEXT];
	json_t *json;
	const json_t *incident, *ids;

	assert_int_equal(weir_report_join(tx, id, alerts, 2), 0);
	assert_int_equal(weir_report_join(tx, id, alerts, 2), 0);
	assert_int_equal(weir_report_join(tx, id, (const uint64_t[]){999999}, 1), -ENOENT);
	weir_db_end(tx);
	tx = begin(*state);
	assert_int_equal(weir_report_join(tx, id + 100, alerts, 2), -ENOENT);
	weir_db_end(tx);
	tx = begin(*state);
	assert_int_equal(weir_report_join(tx, id, alerts, 2), 0);
	commit(tx);
	json = show(*state, id);
	incident = json_object_get(json, "incident");
	ids = json_object_get(incident, "alerts");
	weir_id_format(WEIR_ID_ALERT, alerts[0], first);
	weir_id_format(WEIR_ID_ALERT, alerts[1], second);
	assert_int_equal(json_array_size(ids), 2);
	assert_string_equal(json_string_value(json_array_get(ids, 0)), first);
	assert_string_equal(json_string_value(json_array_get(ids, 1)), second);
	assert_string_equal(text(incident, "title"), "list lost");
	assert_string_equal(text(incident, "level"), "larger");
	assert_string_equal(text(incident, "opened_by"), "wang");
	/* When the console raised the alert, not when the endpoint says that it happened. */
	assert_string_equal(text(incident, "discovered"), "2026-11-18T12:06:40.000Z");
	assert_true(json_is_null(json_object_get(incident, "closed")));
	json_decref(json);
}

static int try_open(struct weir_store *store, struct weir_report_incident incident)
{
	struct weir_db_tx *tx = begin(store);
	int64_t id;
	int r;

	incident.person = "wang";
	r = weir_report_open(tx, &incident, &id);
	weir_db_end(tx);
	return r;
}

#define TRY(...) try_open(*state, (struct weir_report_incident){__VA_ARGS__})

static void incident__is_not_opened_from_what_is_none(void **state)
{
	const uint64_t missing = 999999;

	assert_int_equal(TRY(.title = "t", .level = WEIR_REPORT_MAJOR, .discovered_ns = 1), 0);
	assert_int_equal(TRY(.title = "t", .level = WEIR_REPORT_MAJOR), -EINVAL);
	assert_int_equal(TRY(.title = "", .level = WEIR_REPORT_MAJOR, .discovered_ns = 1), -EINVAL);
	assert_int_equal(TRY(.title = "t", .level = 0, .discovered_ns = 1), -EINVAL);
	assert_int_equal(TRY(.title = "t", .level = 5, .discovered_ns = 1), -EINVAL);
	assert_int_equal(TRY(.title = "a\nb", .level = 1, .discovered_ns = 1), -EINVAL);
	assert_int_equal(TRY(.title = "t", .level = 1, .discovered_ns = 1, .alerts = &missing,
			     .n_alerts = 1),
			 -ENOENT);
	/* As long as a card's or an identity number. */
	assert_int_equal(TRY(.title = "card 110101190001011", .level = 1, .discovered_ns = 1),
			 -EPERM);
	assert_int_equal(
		TRY(.title = "2026-11-23 10:00, 01234567890123", .level = 1, .discovered_ns = 1),
		0);
}

static int state_it(struct weir_db_tx *tx, int64_t id, const char *item, const char *words)
{
	return weir_report_state(
		tx, id,
		&(struct weir_report_statement){
			.item = item, .text = words, .person = "wang", .time_ns = NOW});
}

static int tell(struct weir_db_tx *tx, int64_t id, const char *kind, uint64_t time, const char *to)
{
	return weir_report_notice(
		tx, id,
		&(struct weir_report_notice){
			.kind = kind, .time_ns = time, .to = to, .person = "zhao"});
}

static void incident__keeps_what_was_said_and_told(void **state)
{
	int64_t id =
		open_incident(*state, "x", (const uint64_t[]){alert_of(*state, "sent-off")}, 1);
	struct weir_db_tx *tx = begin(*state);
	json_t *json;
	const json_t *incident, *row;

	assert_int_equal(state_it(tx, id, "cause", "first thought"), 0);
	assert_int_equal(state_it(tx, id, "cause", "一份客户名单"), 0);
	assert_int_equal(state_it(tx, id, "nonsense", "x"), -EINVAL);
	assert_int_equal(state_it(tx, id, "harm", ""), -EINVAL);
	assert_int_equal(state_it(tx, id, "harm", "of 110101190001011234"), -EPERM);
	assert_int_equal(state_it(tx, id + 100, "harm", "x"), -ENOENT);
	assert_int_equal(tell(tx, id, "persons", NOW + 1, "post"), 0);
	assert_int_equal(tell(tx, id, "first", NOW, "NFRA, local office"), 0);
	assert_int_equal(tell(tx, id, "nonsense", NOW, ""), -EINVAL);
	assert_int_equal(tell(tx, id, "first", 0, ""), -EINVAL);
	assert_int_equal(tell(tx, id, "first", NOW, "110101190001011234"), -EPERM);
	commit(tx);
	json = show(*state, id);
	incident = json_object_get(json, "incident");
	assert_int_equal(json_array_size(json_object_get(incident, "statements")), 1);
	row = json_array_get(json_object_get(incident, "statements"), 0);
	assert_string_equal(text(row, "item"), "cause");
	assert_string_equal(text(row, "text"), "一份客户名单");
	assert_string_equal(text(row, "by"), "wang");
	assert_int_equal(json_array_size(json_object_get(incident, "notices")), 2);
	row = json_array_get(json_object_get(incident, "notices"), 0);
	assert_string_equal(text(row, "notice"), "first");
	assert_string_equal(text(row, "to"), "NFRA, local office");
	assert_string_equal(text(row, "by"), "zhao");
	json_decref(json);
}

static void incident__takes_nothing_once_it_is_closed(void **state)
{
	uint64_t alert = alert_of(*state, "sent-off");
	int64_t id = open_incident(*state, "x", &alert, 1);
	struct weir_db_tx *tx = begin(*state);
	json_t *json;

	assert_int_equal(weir_report_close(tx, id, "", "zhao", NOW), -EINVAL);
	assert_int_equal(weir_report_close(tx, id + 100, "over", "zhao", NOW), -ENOENT);
	assert_int_equal(weir_report_close(tx, id, "handled", "zhao", NOW), 0);
	assert_int_equal(weir_report_close(tx, id, "again", "zhao", NOW), -EALREADY);
	assert_int_equal(weir_report_join(tx, id, &alert, 1), -EALREADY);
	assert_int_equal(state_it(tx, id, "cause", "x"), -EALREADY);
	assert_int_equal(tell(tx, id, "first", NOW, ""), -EALREADY);
	commit(tx);
	json = show(*state, id);
	assert_string_equal(text(json_object_get(json, "incident"), "closed_by"), "zhao");
	assert_string_equal(text(json_object_get(json, "incident"), "reason"), "handled");
	json_decref(json);
}

static char *draft(struct weir_store *store, int64_t id, const char *kind,
		   enum weir_report_form form)
{
	struct weir_buf buf = WEIR_BUF_INIT(WEIR_REPORT_SIZE_MAX);

	assert_int_equal(weir_report_draft(store, id, kind, ARRIVED + HOUR, form, &buf), 0);
	return buf.data;
}

static void assert_has(const char *haystack, const char *needle)
{
	if (!strstr(haystack, needle))
		fail_msg("no \"%s\" in:\n%s", needle, haystack);
}

static int64_t make_incident(struct weir_store *store)
{
	const uint64_t alerts[] = {alert_of(store, "lost-stick"), alert_of(store, "sent-off")};
	int64_t id = open_incident(store, "名单外泄 <1>", alerts, 2);
	struct weir_db_tx *tx = begin(store);

	assert_int_equal(state_it(tx, id, "sender", "示例保险"), 0);
	assert_int_equal(state_it(tx, id, "cause", "a folder <shared> by mistake"), 0);
	assert_int_equal(state_it(tx, id, "advice", "beware of calls"), 0);
	commit(tx);
	return id;
}

static void draft__tells_the_regulator_what_is_known(void **state)
{
	int64_t id = make_incident(*state);
	char *zh = draft(*state, id, "written", WEIR_REPORT_TEXT_ZH);
	char *en = draft(*state, id, "written", WEIR_REPORT_TEXT_EN);
	char number_zh[160];

	(void)snprintf(number_zh, sizeof(number_zh),
		       "示例保险书面报告一起数据安全事件(编号 %d):名单外泄 <1>。级别:较大。",
		       (int)id);
	assert_has(zh, number_zh);
	assert_has(zh, "发现时间:2026-11-18 20:06 UTC+8。");
	assert_has(zh, "涉及或可能涉及的个人信息种类:居民身份证号码。");
	/* 3 and 2 events of 2 alerts on 2 endpoints, from the first to the last; two were let through. */
	assert_has(zh, "告警 2 条、事件 5 条,涉及终端 2 台,时间自 2026-11-18 19:06 UTC+8 至 "
		       "2026-11-18 19:06 UTC+8;其中数据未被阻止的事件 2 条。");
	assert_has(zh, "原因:a folder <shared> by mistake\n");
	assert_has(zh, "已采取的补救措施:【待填写】\n");
	assert_has(zh,
		   "依据\t银行保险机构数据安全管理办法 第六十九条\n条文\t条号须与官方文本核对\n");
	assert_has(zh, "截止时间\t2026-11-19 20:06 UTC+8\n状态\t计时中\n");
	assert_has(zh, "涉及通道\t移动存储、网络\n");
	/* 5 events with 20 each: the sum, which counts a value again in each event. */
	assert_has(zh, "居民身份证号码\t100\n");
	assert_has(en, "resident identity number\t100\n");
	assert_has(en, "Measures taken: [to be filled in]\n");
	assert_has(en, "Channels\tremovable, network\n");
	free(zh);
	free(en);
}

static void draft__tells_persons_no_more_than_concerns_them(void **state)
{
	int64_t id = make_incident(*state);
	char *zh = draft(*state, id, "persons", WEIR_REPORT_TEXT_ZH);
	char *en = draft(*state, id, "persons", WEIR_REPORT_TEXT_EN);

	assert_has(zh, "您好!示例保险现就一起涉及或可能涉及您个人信息的安全事件向您告知如下。");
	assert_has(zh, "个人信息保护法 第五十七条\n条文\t已核对全文\n截止时间\t未设时限\n");
	assert_has(zh, "个人可以采取的减轻危害的措施:beware of calls\n");
	assert_has(zh, "联系方式:【待填写】\n");
	assert_has(en, "Kinds of personal information that are or may be concerned: resident "
		       "identity number.\n");
	assert_null(strstr(zh, "名单外泄"));
	assert_null(strstr(zh, "告警"));
	assert_null(strstr(en, "alerts"));
	free(zh);
	free(en);
}

/* Whatever the alerts are made of. */
static void draft__names_nobody(void **state)
{
	static const char *const kinds[] = {"first",   "cyberspace", "written", "progress",
					    "closing", "authority",  "persons"};
	int64_t id = make_incident(*state);

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		assert_true(weir_report_is_notice(kinds[i]));
		for (int form = WEIR_REPORT_JSON; form <= WEIR_REPORT_TEXT_ZH; form++) {
			char *written = draft(*state, id, kinds[i], (enum weir_report_form)form);

			for (size_t at = 0; at < ARRAY_SIZE(secrets); at++)
				if (strstr(written, secrets[at]))
					fail_msg("%s says %s:\n%s", kinds[i], secrets[at], written);
			free(written);
		}
	}
}

static void draft__is_a_page_in_which_nothing_acts(void **state)
{
	int64_t id = make_incident(*state);
	char *page = draft(*state, id, "written", WEIR_REPORT_HTML_ZH);

	assert_has(page, "<h1>草稿:事件书面报告</h1>");
	assert_has(page, "名单外泄 &lt;1&gt;");
	assert_has(page, "a folder &lt;shared&gt; by mistake");
	assert_null(strstr(page, "<shared>"));
	assert_null(strstr(page, "<1>"));
	assert_null(strchr(page, '_'));
	assert_null(strstr(page, "期间"));
	free(page);
	page = draft(*state, id, "closing", WEIR_REPORT_HTML_EN);
	assert_has(page, "<html lang=\"en\">");
	assert_has(page, "closing report");
	assert_null(strchr(page, '_'));
	free(page);
}

static void draft__runs_with_the_clock(void **state)
{
	int64_t id = make_incident(*state);
	struct weir_db_tx *tx = begin(*state);
	char *written;

	assert_int_equal(tell(tx, id, "first", ARRIVED + 3 * HOUR, "x"), 0);
	commit(tx);
	written = draft(*state, id, "first", WEIR_REPORT_TEXT_EN);
	assert_has(written, "Due\t2026-11-18 22:06 UTC+8\nState\tsent late\nWent out\t2026-11-18 "
			    "23:06 UTC+8\n");
	free(written);
	/* Of a lower level than what asks for progress. */
	written = draft(*state, id, "progress", WEIR_REPORT_TEXT_EN);
	assert_has(written, "Due\tno deadline is kept here\n");
	free(written);
}

static void draft__is_refused_of_what_is_none(void **state)
{
	struct weir_buf buf _cleanup_(weir_buf_done) = WEIR_BUF_INIT(WEIR_REPORT_SIZE_MAX);
	struct weir_buf small _cleanup_(weir_buf_done) = WEIR_BUF_INIT(64);
	int64_t id = make_incident(*state);

	assert_int_equal(weir_report_draft(*state, id + 100, "first", NOW, WEIR_REPORT_JSON, &buf),
			 -ENOENT);
	assert_int_equal(weir_report_draft(*state, id, "second", NOW, WEIR_REPORT_JSON, &buf),
			 -EINVAL);
	assert_int_equal(weir_report_draft(*state, id, "first", NOW, WEIR_REPORT_JSON, &small),
			 -ENOBUFS);
	assert_int_equal(weir_report_show(*state, id + 100, &buf), -ENOENT);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(incident__is_opened_from_alerts),
		cmocka_unit_test(incident__is_not_opened_from_what_is_none),
		cmocka_unit_test(incident__keeps_what_was_said_and_told),
		cmocka_unit_test(incident__takes_nothing_once_it_is_closed),
		cmocka_unit_test(draft__tells_the_regulator_what_is_known),
		cmocka_unit_test(draft__tells_persons_no_more_than_concerns_them),
		cmocka_unit_test(draft__names_nobody),
		cmocka_unit_test(draft__is_a_page_in_which_nothing_acts),
		cmocka_unit_test(draft__runs_with_the_clock),
		cmocka_unit_test(draft__is_refused_of_what_is_none),
	};

	return place_run_group(argc, argv, tests, ARRAY_SIZE(tests), setup, fixture_teardown);
}
