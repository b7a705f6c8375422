/* SPDX-License-Identifier: Apache-2.0 */
/* What a report or a draft is asked for with. */

#include <stdio.h>
#include <string.h>

#include "params.h"
#include "query.h"
#include "weir/base/parse.h"
#include "weir/base/time.h"

#define REPORT_NS (UINT64_C(28) * 86400 * WEIR_NSEC_PER_SEC)

/* What the page or the lines are in. */
struct form_query {
	bool html, text, chinese;
};

/* What the functions of a report fill. */
struct report_query {
	struct weir_api_report_query result;
	struct form_query form;
	uint64_t now_ns;
};

/* A time, or a span back from now. */
static int read_moment(const char *value, uint64_t now_ns, uint64_t *ret, struct weir_error *err)
{
	uint64_t back;

	if (weir_parse_duration(value, &back) == 0 && back < now_ns) {
		*ret = now_ns - back;
		return 0;
	}
	if (weir_time_parse(value, ret) < 0)
		return weir_api_fault(err, "from and until take a time or a span",
				      "write 2026-11-22T00:00:00+08:00, or a span like 14d");
	return 0;
}

static int report_from(void *context, const char *value, struct weir_error *err)
{
	struct report_query *query = context;

	return read_moment(value, query->now_ns, &query->result.from_ns, err);
}

static int report_until(void *context, const char *value, struct weir_error *err)
{
	struct report_query *query = context;

	return read_moment(value, query->now_ns, &query->result.until_ns, err);
}

static int read_form(void *context, const char *value, struct weir_error *err)
{
	struct form_query *form = context;

	form->html = strcmp(value, "html") == 0;
	form->text = strcmp(value, "text") == 0;
	return form->html || form->text || strcmp(value, "json") == 0
		       ? 0
		       : weir_api_fault(err, "form is not known", "use json, html or text");
}

static int read_language(void *context, const char *value, struct weir_error *err)
{
	struct form_query *form = context;

	form->chinese = strcmp(value, "zh") == 0;
	return form->chinese || strcmp(value, "en") == 0
		       ? 0
		       : weir_api_fault(err, "lang is not known", "use zh or en");
}

static enum weir_report_form form_of(const struct form_query *form)
{
	if (form->html)
		return form->chinese ? WEIR_REPORT_HTML_ZH : WEIR_REPORT_HTML_EN;
	if (form->text)
		return form->chinese ? WEIR_REPORT_TEXT_ZH : WEIR_REPORT_TEXT_EN;
	return WEIR_REPORT_JSON;
}

/* What the functions of a draft fill. */
struct draft_query {
	struct weir_api_draft_query result;
	struct form_query form;
};

static int draft_notice(void *context, const char *value, struct weir_error *err)
{
	struct draft_query *query = context;

	if (strlen(value) >= sizeof(query->result.notice))
		return weir_api_fault(err, "notice is not known",
				      "use first, cyberspace, written, progress, closing, "
				      "authority or persons");
	(void)snprintf(query->result.notice, sizeof(query->result.notice), "%s", value);
	return 0;
}

static int draft_form(void *context, const char *value, struct weir_error *err)
{
	return read_form(&((struct draft_query *)context)->form, value, err);
}

static int draft_language(void *context, const char *value, struct weir_error *err)
{
	return read_language(&((struct draft_query *)context)->form, value, err);
}

int weir_api_query_draft(const char *query, struct weir_api_draft_query *ret,
			 struct weir_error *err)
{
	static const struct weir_api_param params[] = {
		{"notice", draft_notice}, {"form", draft_form}, {"lang", draft_language}};
	struct draft_query result = {};
	int r = weir_api_read_params(query, params, ARRAY_SIZE(params), &result, err);

	if (r == 0) {
		result.result.form = form_of(&result.form);
		*ret = result.result;
	}
	return r;
}

static int report_form(void *context, const char *value, struct weir_error *err)
{
	return read_form(&((struct report_query *)context)->form, value, err);
}

static int report_language(void *context, const char *value, struct weir_error *err)
{
	return read_language(&((struct report_query *)context)->form, value, err);
}

int weir_api_query_report(const char *query, uint64_t now_ns, struct weir_api_report_query *ret,
			  struct weir_error *err)
{
	static const struct weir_api_param params[] = {
		{"from", report_from},
		{"until", report_until},
		{"form", report_form},
		{"lang", report_language},
	};
	struct report_query result = {
		.now_ns = now_ns,
		.result = {.from_ns = now_ns > REPORT_NS ? now_ns - REPORT_NS : 0,
			   .until_ns = now_ns},
	};
	int r = weir_api_read_params(query, params, ARRAY_SIZE(params), &result, err);

	if (r == 0) {
		result.result.form = form_of(&result.form);
		*ret = result.result;
	}
	return r;
}
