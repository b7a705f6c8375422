/* SPDX-License-Identifier: Apache-2.0 */
/* Drafts of notices: what the records tell of an incident and what people said of it, in sentences that
 * say.h puts into a language. Of alerts only counts, times, channels and kinds of data are read. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "facts.h"
#include "internal.h"
#include "weir/base/time.h"
#include "weir/console_report/words.h"

#define KINDS_MAX    64
#define CHANNELS_MAX 16

#define OF_INCIDENT " IN (SELECT alert FROM report_incident_alert WHERE incident = $1)"

struct draft {
	struct run run;
	struct facts facts;
	const struct notice *notice;
	size_t notice_i;
	uint64_t alerts, events, let_through, endpoints, first_ns, last_ns;
	json_t *kinds;	  /* names for a sentence */
	json_t *counts;	  /* rows: kind, distinct_values */
	json_t *channels; /* names */
	char *said[_NOTICE_ITEM_MAX];
};

static void draft_done(struct draft *draft)
{
	for (size_t i = 0; i < _NOTICE_ITEM_MAX; i++)
		free(draft->said[i]);
	facts_done(&draft->facts);
	json_decref(draft->kinds);
	json_decref(draft->counts);
	json_decref(draft->channels);
	json_decref(draft->run.sections);
}

static json_t *word(const char *name)
{
	return json_pack("{s:s}", "word", name);
}

/* As people in China read it; the database has UTC. */
static json_t *local(uint64_t time_ns)
{
	char text[WEIR_TIME_TEXT], minutes[32];

	if (!time_ns)
		return json_null();
	weir_time_format(time_ns + CALENDAR_ZONE_NS, text);
	(void)snprintf(minutes, sizeof(minutes), "%.10s %.5s UTC+8", text, text + 11);
	return json_string(minutes);
}

static int load_sums(struct draft *draft)
{
	static const char sql[] =
		"SELECT count(*), CAST(coalesce(sum(n_events), 0) AS bigint),"
		" CAST(coalesce(sum(n_let_through), 0) AS bigint), coalesce(min(first_ns), 0),"
		" coalesce(max(last_ns), 0) FROM alert WHERE id" OF_INCIDENT;
	struct weir_db_rows *rows _cleanup_(weir_db_rows_freep) = NULL;
	int r = WEIR_DB_QUERY(draft->run.tx, &rows, sql, weir_db_int(draft->facts.id));

	if (r == 0)
		r = weir_db_next(rows);
	if (r <= 0)
		return r < 0 ? r : -EBADMSG;
	draft->alerts = (uint64_t)weir_db_get_int(rows, 0);
	draft->events = (uint64_t)weir_db_get_int(rows, 1);
	draft->let_through = (uint64_t)weir_db_get_int(rows, 2);
	draft->first_ns = (uint64_t)weir_db_get_int(rows, 3);
	draft->last_ns = (uint64_t)weir_db_get_int(rows, 4);
	return 0;
}

static int load_endpoints(struct draft *draft)
{
	int64_t n = 0;
	int r = WEIR_DB_NUMBER(draft->run.tx, &n,
			       "SELECT count(DISTINCT value) FROM alert_seen"
			       " WHERE kind = 3 AND alert" OF_INCIDENT,
			       weir_db_int(draft->facts.id));

	draft->endpoints = (uint64_t)n;
	return r;
}

/* A policy's own detectors have no words, and their names are data. */
static json_t *kind_of(const char *detector)
{
	char name[96];

	(void)snprintf(name, sizeof(name), "kind_%s", detector);
	return weir_report_word(name, false) == name ? json_string(detector) : word(name);
}

static int load_kinds(struct draft *draft)
{
	static const char sql[] =
		"SELECT value, CAST(sum(n) AS bigint) FROM alert_seen WHERE kind = 4"
		" AND alert" OF_INCIDENT " GROUP BY value ORDER BY 2 DESC, value LIMIT $2";
	struct weir_db_rows *rows _cleanup_(weir_db_rows_freep) = NULL;
	int r = WEIR_DB_QUERY(draft->run.tx, &rows, sql, weir_db_int(draft->facts.id),
			      weir_db_int(KINDS_MAX));

	while (r >= 0 && (r = weir_db_next(rows)) == 1) {
		run_row(&draft->run, draft->kinds, kind_of(weir_db_get_text(rows, 0)));
		run_row(&draft->run, draft->counts,
			json_pack("{s:o, s:I}", "kind", kind_of(weir_db_get_text(rows, 0)),
				  "distinct_values", (json_int_t)weir_db_get_int(rows, 1)));
	}
	return r;
}

static int load_channels(struct draft *draft)
{
	/* By the bits of an alert's channel, which are those of weir.v1. */
	static const char *const names[] = {"unspecified", "file",    "removable", "share",
					    "network",	   "at_rest", "agent"};
	struct weir_db_rows *rows _cleanup_(weir_db_rows_freep) = NULL;
	int r = WEIR_DB_QUERY(draft->run.tx, &rows,
			      "SELECT DISTINCT channel FROM alert WHERE id" OF_INCIDENT
			      " ORDER BY channel LIMIT $2",
			      weir_db_int(draft->facts.id), weir_db_int(CHANNELS_MAX));

	while (r >= 0 && (r = weir_db_next(rows)) == 1) {
		int64_t bit = weir_db_get_int(rows, 0);
		size_t i = 0;

		while (i < ARRAY_SIZE(names) && bit != INT64_C(1) << i)
			i++;
		run_row(&draft->run, draft->channels,
			word(i < ARRAY_SIZE(names) ? names[i] : "unknown"));
	}
	return r;
}

static int load_said(struct draft *draft)
{
	struct weir_db_rows *rows _cleanup_(weir_db_rows_freep) = NULL;
	int r = WEIR_DB_QUERY(draft->run.tx, &rows,
			      "SELECT item, words FROM report_statement WHERE incident = $1"
			      " ORDER BY item LIMIT $2",
			      weir_db_int(draft->facts.id), weir_db_int(_NOTICE_ITEM_MAX));

	while (r >= 0 && (r = weir_db_next(rows)) == 1) {
		const char *item = weir_db_get_text(rows, 0);

		for (size_t i = 0; i < _NOTICE_ITEM_MAX; i++) {
			if (strcmp(notice_item_name(i), item) != 0)
				continue;
			free(draft->said[i]);
			draft->said[i] = strdup(weir_db_get_text(rows, 1));
			if (!draft->said[i])
				return -ENOMEM;
		}
	}
	return r;
}

static json_t *said(const struct draft *draft, enum notice_item item)
{
	return draft->said[item] ? json_string(draft->said[item]) : word("to_fill_in");
}

static void add_item(struct draft *draft, json_t *rows, const char *item, json_t *content)
{
	run_row(&draft->run, rows, json_pack("{s:s, s:o}", "item", item, "content", content));
}

static int add_basis(struct draft *draft)
{
	json_t *rows = run_section(&draft->run, "basis");
	struct calendar_day *days _cleanup_(freep) = NULL;
	struct calendar calendar;
	uint64_t from, due;
	int r = run_load_days(draft->run.tx, &days, &calendar);

	if (r < 0)
		return r;
	add_item(draft, rows, "addressee", word(draft->notice->to));
	add_item(draft, rows, "source", word(draft->notice->source));
	add_item(draft, rows, "certainty", word(draft->notice->certainty));
	if (facts_clock(&draft->facts, draft->notice_i, &calendar, &from, &due)) {
		add_item(draft, rows, "due", local(due));
		add_item(draft, rows, "state",
			 word(facts_state(&draft->facts, draft->notice_i, from, due,
					  draft->run.request->now_ns)));
	} else {
		add_item(draft, rows, "due", word("no_deadline"));
	}
	add_item(draft, rows, "already_sent", local(draft->facts.sent[draft->notice_i].last_ns));
	return 0;
}

static void add_paragraph(struct draft *draft, json_t *rows, const char *name, json_t *with)
{
	run_row(&draft->run, rows,
		json_pack("{s:{s:s, s:o}}", "paragraph", "word", name, "with", with));
}

/* People are told neither the title nor the level: both are of the house. */
static json_t *opening_of(const struct draft *draft)
{
	const struct facts *facts = &draft->facts;

	if (!draft->notice->figures)
		return json_pack("[o, I, o]", said(draft, NOTICE_SENDER), (json_int_t)facts->id,
				 local(facts->discovered_ns));
	return json_pack("[o, I, s, o, o]", said(draft, NOTICE_SENDER), (json_int_t)facts->id,
			 facts->title, word(facts_level(facts->level)),
			 local(facts->discovered_ns));
}

static json_t *extent_of(const struct draft *draft)
{
	return json_pack("[I, I, I, o, o, I]", (json_int_t)draft->alerts, (json_int_t)draft->events,
			 (json_int_t)draft->endpoints, local(draft->first_ns),
			 local(draft->last_ns), (json_int_t)draft->let_through);
}

static void add_text(struct draft *draft)
{
	json_t *rows = run_section(&draft->run, "text");
	char name[32];

	add_paragraph(draft, rows, draft->notice->opening, opening_of(draft));
	add_paragraph(draft, rows, "para_kinds",
		      json_array_size(draft->kinds) ? json_pack("[O]", draft->kinds)
						    : json_pack("[o]", word("to_fill_in")));
	if (draft->notice->figures && draft->alerts)
		add_paragraph(draft, rows, "para_extent", extent_of(draft));
	for (size_t i = NOTICE_SENDER + 1; i < _NOTICE_ITEM_MAX; i++) {
		if (!(draft->notice->items & 1U << i))
			continue;
		(void)snprintf(name, sizeof(name), "para_%s", notice_item_name(i));
		add_paragraph(draft, rows, name,
			      json_pack("[o]", said(draft, (enum notice_item)i)));
	}
}

static void add_figures(struct draft *draft)
{
	json_t *rows = run_section(&draft->run, "figures");
	const json_int_t counts[] = {(json_int_t)draft->alerts, (json_int_t)draft->events,
				     (json_int_t)draft->let_through, (json_int_t)draft->endpoints};
	static const char *const names[] = {"alerts", "events", "not_held_back",
					    "incident_endpoints"};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		add_item(draft, rows, names[i], json_integer(counts[i]));
	add_item(draft, rows, "first_event", local(draft->first_ns));
	add_item(draft, rows, "last_event", local(draft->last_ns));
	add_item(draft, rows, "incident_channels", json_incref(draft->channels));
	rows = run_section(&draft->run, "kinds");
	if (json_array_extend(rows, draft->counts) < 0)
		draft->run.failed = true;
}

static int load(struct draft *draft, int64_t incident)
{
	static int (*const loads[])(struct draft *) = {load_sums, load_endpoints, load_kinds,
						       load_channels, load_said};
	int r = facts_load(draft->run.tx, incident, &draft->facts);

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(loads); i++)
		r = loads[i](draft);
	return r;
}

static int put_together(struct draft *draft, enum weir_report_form form, struct weir_buf *ret)
{
	char name[32];
	json_t *report;
	int r = add_basis(draft);

	if (r < 0)
		return r;
	add_text(draft);
	if (draft->notice->figures)
		add_figures(draft);
	(void)snprintf(name, sizeof(name), "draft_%s", draft->notice->kind);
	report = json_pack("{s:{s:s, s:o, s:O}}", "report", "name", name, "generated",
			   run_time(draft->run.request->now_ns), "sections", draft->run.sections);
	r = draft->run.failed || !report ? -ENOMEM : run_write(report, form, ret);
	json_decref(report);
	return r;
}

int weir_report_draft(struct weir_store *store, int64_t incident, const char *kind, uint64_t now_ns,
		      enum weir_report_form form, struct weir_buf *ret)
{
	const struct weir_report_request request = {.name = "draft", .now_ns = now_ns};
	struct weir_db_tx *tx _cleanup_(weir_db_endp) = NULL;
	struct draft draft _cleanup_(draft_done) = {.notice_i = notice_find(kind)};
	int r;

	if (draft.notice_i == NOTICES)
		return -EINVAL;
	draft.notice = notice_at(draft.notice_i);
	draft.kinds = json_array();
	draft.counts = json_array();
	draft.channels = json_array();
	draft.run = (struct run){.request = &request, .sections = json_array()};
	if (!draft.kinds || !draft.counts || !draft.channels || !draft.run.sections)
		return -ENOMEM;
	r = weir_db_read(store, &tx);
	if (r < 0)
		return r;
	draft.run.tx = tx;
	r = load(&draft, incident);
	return r < 0 ? r : put_together(&draft, form, ret);
}
