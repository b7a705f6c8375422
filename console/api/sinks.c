/* SPDX-License-Identifier: Apache-2.0 */
#include "weir/console_api/sinks.h"

#include <errno.h>
#include <stdio.h>

#include "json.h"
#include "query.h"
#include "weir/console_audit/audit.h"
#include "weir/console_export/export.h"

static json_t *make_sink(const struct weir_sink *sink)
{
	return json_pack("{s:s,s:s,s:I,s:I,s:I,s:s}", "name", sink->name, "kind",
			 weir_sink_kind_name(sink->kind), "position", (json_int_t)sink->position,
			 "behind", (json_int_t)(sink->newest - sink->position), "failures",
			 (json_int_t)sink->failures, "error", sink->error);
}

static int add_row(void *context, const struct weir_sink *sink)
{
	return json_array_append_new(context, make_sink(sink)) < 0 ? -ENOMEM : 0;
}

void weir_api_list_sinks(struct weir_store *store, const char *query, struct weir_api_reply *reply)
{
	struct weir_db_tx *tx _cleanup_(weir_db_endp) = NULL;
	json_t *sinks _cleanup_(weir_api_json_freep) = json_array();
	struct weir_error err = {};
	int r;

	if (weir_api_query_none(query, &err) < 0) {
		weir_api_fail(reply, 400, "query", err.text, err.hint);
		return;
	}
	r = sinks ? weir_db_read(store, &tx) : -ENOMEM;
	if (r == 0)
		r = weir_sink_list(tx, add_row, sinks);
	if (r < 0)
		weir_api_fail_store(reply, r);
	else
		weir_api_answer(reply, 200, json_pack("{s:O}", "sinks", sinks));
}

static void fail_sink(struct weir_api_reply *reply, int error)
{
	if (error == -EEXIST)
		weir_api_fail(reply, 409, "exists", "there is a sink of this name",
			      "choose another, or remove it first");
	else if (error == -ENOSPC)
		weir_api_fail(reply, 409, "full", "there are as many sinks as there can be",
			      "remove one first");
	else if (error == -ENOENT)
		weir_api_fail(reply, 404, "not_found", "there is no sink of this name",
			      "list them to see the names");
	else
		weir_api_fail_store(reply, error);
}

static int add_sink(struct weir_store *store, const struct weir_principal *by,
		    const struct weir_sink *sink)
{
	struct weir_db_tx *tx _cleanup_(weir_db_endp) = NULL;
	char object[64], detail[64];
	uint64_t id = 0;
	int r = weir_db_write(store, &tx);

	(void)snprintf(object, sizeof(object), "sink %s", sink->name);
	(void)snprintf(detail, sizeof(detail), "{\"kind\":\"%s\"}",
		       weir_sink_kind_name(sink->kind));
	if (r == 0)
		r = weir_sink_add(tx, sink, &id);
	if (r == 0)
		r = weir_audit_write(tx, by, "sink.add", object, detail);
	return r < 0 ? r : weir_db_commit(tx);
}

void weir_api_add_sink(struct weir_store *store, const struct weir_principal *by, const void *body,
		       size_t len, struct weir_api_reply *reply)
{
	json_t *object _cleanup_(weir_api_json_freep) = NULL;
	json_t *name, *kind;
	const struct weir_api_member members[] = {
		{"name", WEIR_API_STRING, true, &name},
		{"kind", WEIR_API_STRING, true, &kind},
	};
	struct weir_error err = {};
	struct weir_sink sink = {.error = ""};
	const char *fault;
	int r;

	if (weir_api_read_body(body, len, members, ARRAY_SIZE(members), &object, &err) < 0) {
		weir_api_fail_input(reply, &err);
		return;
	}
	sink.name = json_string_value(name);
	fault = weir_sink_kind_parse(json_string_value(kind), &sink.kind) < 0
			? "the kind of sink is not known"
			: weir_sink_fault(&sink);
	if (fault) {
		weir_api_fail(reply, 400, "input", fault, "see the API's description");
		return;
	}
	r = add_sink(store, by, &sink);
	if (r < 0)
		fail_sink(reply, r);
	else
		weir_api_answer(reply, 201, json_pack("{s:o}", "sink", make_sink(&sink)));
}

void weir_api_remove_sink(struct weir_store *store, const struct weir_principal *by,
			  const char *name, struct weir_api_reply *reply)
{
	struct weir_db_tx *tx _cleanup_(weir_db_endp) = NULL;
	const struct weir_sink sink = {.name = name, .kind = WEIR_SINK_FILE};
	char object[64];
	int r = weir_sink_fault(&sink) ? -ENOENT : weir_db_write(store, &tx);

	if (r == 0)
		r = weir_sink_remove(tx, name);
	(void)snprintf(object, sizeof(object), "sink %.32s", name);
	if (r == 0)
		r = weir_audit_write(tx, by, "sink.remove", object, "");
	if (r == 0)
		r = weir_db_commit(tx);
	if (r < 0)
		fail_sink(reply, r);
	else
		weir_api_answer(reply, 200, json_pack("{s:s}", "removed", name));
}
