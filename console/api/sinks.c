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
	return json_pack(
		"{s:s,s:s,s:s,s:s,s:I,s:I,s:I,s:I,s:I,s:s,s:I,s:I,s:s}", "name", sink->name, "kind",
		weir_sink_kind_name(sink->kind), "format", weir_sink_format_name(sink->format),
		"target", sink->target, "position", (json_int_t)sink->position, "behind",
		(json_int_t)(sink->newest - sink->position), "passed_over",
		(json_int_t)sink->passed_over, "passed_last", (json_int_t)sink->passed_last,
		"failures", (json_int_t)sink->failures, "error", sink->error, "tests_asked",
		(json_int_t)sink->tests_asked, "tests_done", (json_int_t)sink->tests_done,
		"test_error", sink->test_error);
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

/* What the log may hold: all that a list shows. */
static int audit_add(struct weir_db_tx *tx, const struct weir_principal *by,
		     const struct weir_sink_settings *settings)
{
	json_t *detail _cleanup_(weir_api_json_freep) = NULL;
	char *text _cleanup_(freep) = NULL;
	char object[64], target[WEIR_SINK_TARGET];

	weir_sink_target(settings, target);
	detail = json_pack("{s:s,s:s,s:s}", "kind", weir_sink_kind_name(settings->kind), "format",
			   weir_sink_format_name(settings->format), "target", target);
	text = detail ? json_dumps(detail, JSON_COMPACT) : NULL;
	if (!text)
		return -ENOMEM;
	(void)snprintf(object, sizeof(object), "sink %s", settings->name);
	return weir_audit_write(tx, by, "sink.add", object, text);
}

static int add_sink(struct weir_store *store, const struct weir_principal *by,
		    const struct weir_sink_settings *settings)
{
	struct weir_db_tx *tx _cleanup_(weir_db_endp) = NULL;
	uint64_t id = 0;
	int r = weir_db_write(store, &tx);

	if (r == 0)
		r = weir_sink_add(tx, settings, &id);
	if (r == 0)
		r = audit_add(tx, by, settings);
	return r < 0 ? r : weir_db_commit(tx);
}

static const char *text_of(const json_t *value)
{
	return value ? json_string_value(value) : "";
}

/* *ret borrows from *object. */
static int read_settings(const void *body, size_t len, json_t **object,
			 struct weir_sink_settings *ret, struct weir_error *err)
{
	json_t *name, *kind, *format, *language, *address, *ca, *certificate, *secret;
	const struct weir_api_member members[] = {
		{"name", WEIR_API_STRING, true, &name},
		{"kind", WEIR_API_STRING, true, &kind},
		{"format", WEIR_API_STRING, false, &format},
		{"language", WEIR_API_STRING, false, &language},
		{"address", WEIR_API_STRING, false, &address},
		{"ca", WEIR_API_STRING, false, &ca},
		{"certificate", WEIR_API_STRING, false, &certificate},
		{"secret", WEIR_API_STRING, false, &secret},
	};

	if (weir_api_read_body(body, len, members, ARRAY_SIZE(members), object, err) < 0)
		return -EINVAL;
	*ret = (struct weir_sink_settings){
		.name = text_of(name),
		.format = WEIR_SINK_OCSF,
		.address = text_of(address),
		.ca = text_of(ca),
		.certificate = text_of(certificate),
		.secret = text_of(secret),
	};
	if (weir_sink_kind_parse(text_of(kind), &ret->kind) < 0 ||
	    (format && weir_sink_format_parse(text_of(format), &ret->format) < 0) ||
	    (language && weir_sink_language_parse(text_of(language), &ret->language) < 0)) {
		weir_error_set(err, -EINVAL, 0, 0,
			       "the kind of sink, its format or language is not known");
		weir_error_hint(err, "see the API's description");
		return -EINVAL;
	}
	return weir_sink_check(ret, err);
}

void weir_api_add_sink(struct weir_store *store, const struct weir_principal *by, const void *body,
		       size_t len, struct weir_api_reply *reply)
{
	json_t *object _cleanup_(weir_api_json_freep) = NULL;
	struct weir_sink_settings settings;
	char target[WEIR_SINK_TARGET];
	struct weir_sink sink = {.target = target, .error = "", .test_error = ""};
	struct weir_error err = {};
	int r = read_settings(body, len, &object, &settings, &err);

	if (r == -EINVAL)
		return weir_api_fail_input(reply, &err);
	if (r == 0)
		r = add_sink(store, by, &settings);
	if (r < 0)
		return fail_sink(reply, r);
	sink.name = settings.name;
	sink.kind = settings.kind;
	sink.format = settings.format;
	weir_sink_target(&settings, target);
	weir_api_answer(reply, 201, json_pack("{s:o}", "sink", make_sink(&sink)));
}

void weir_api_remove_sink(struct weir_store *store, const struct weir_principal *by,
			  const char *name, struct weir_api_reply *reply)
{
	struct weir_db_tx *tx _cleanup_(weir_db_endp) = NULL;
	char object[64];
	int r = weir_sink_is_name(name) ? weir_db_write(store, &tx) : -ENOENT;

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

void weir_api_test_sink(struct weir_store *store, const struct weir_principal *by, const char *name,
			struct weir_api_reply *reply)
{
	struct weir_db_tx *tx _cleanup_(weir_db_endp) = NULL;
	uint64_t number = 0;
	char object[64];
	int r = weir_sink_is_name(name) ? weir_db_write(store, &tx) : -ENOENT;

	if (r == 0)
		r = weir_sink_ask(tx, name, &number);
	(void)snprintf(object, sizeof(object), "sink %.32s", name);
	if (r == 0)
		r = weir_audit_write(tx, by, "sink.test", object, "");
	if (r == 0)
		r = weir_db_commit(tx);
	if (r < 0)
		fail_sink(reply, r);
	else
		weir_api_answer(reply, 202, json_pack("{s:I}", "test", (json_int_t)number));
}
