/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h" /* of console/fleet: its tables */
#include "place.h"
#include "weir/base/macros.h"
#include "weir/console_audit/audit.h"
#include "weir/console_evidence/evidence.h"
#include "weir/console_policy/policy.h"
#include "weir/console_triage/triage.h"

struct fleet fixture_fleet;
static void *place;

int fixture_setup(void **state)
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
	fleet_make(&fixture_fleet, store);
	assert_true(fixture_fleet.n_events > 1000);
	*state = store;
	return 0;
}

int fixture_teardown(void **state)
{
	return place_close(&place);
}

int run_at(struct weir_store *store, const char *name, enum weir_report_form form, uint64_t now,
	   struct weir_buf *ret)
{
	const struct weir_report_request request = {
		.name = name, .from_ns = FLEET_FROM, .until_ns = FLEET_UNTIL, .now_ns = now};

	return weir_report_run(store, &request, form, ret);
}

/* The rows of one section; *ret_report owns them. */
const json_t *rows_at(struct weir_store *store, const char *name, const char *section, uint64_t now,
		      json_t **ret_report)
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

uint64_t number(const json_t *row, const char *name)
{
	assert_true(json_is_integer(json_object_get(row, name)));
	return (uint64_t)json_integer_value(json_object_get(row, name));
}

const char *text(const json_t *row, const char *name)
{
	const char *value = json_string_value(json_object_get(row, name));

	if (!value)
		fail_msg("no text %s", name);
	return value;
}

void assert_real(const json_t *row, const char *name, double wanted)
{
	const json_t *value = json_object_get(row, name);

	if (!json_is_real(value) || fabs(json_real_value(value) - wanted) > 0.00051)
		fail_msg("%s is %f, not %f", name, json_real_value(value), wanted);
}

struct weir_db_tx *begin(struct weir_store *store)
{
	struct weir_db_tx *tx = NULL;

	assert_int_equal(weir_db_write(store, &tx), 0);
	return tx;
}

void commit(struct weir_db_tx *tx)
{
	assert_int_equal(weir_db_commit(tx), 0);
	weir_db_end(tx);
}

static unsigned count(const char *haystack, const char *needle)
{
	unsigned n = 0;

	for (; (haystack = strstr(haystack, needle)) != NULL; haystack++)
		n++;
	return n;
}

void assert_page(struct weir_store *store, const char *name, enum weir_report_form form)
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
