/* SPDX-License-Identifier: Apache-2.0 */
/* audit tail, audit export and audit verify. */

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>

#include "audit.h"
#include "commands.h"
#include "view.h"
#include "weir/base/fd.h"

#define EXPORT_MAX (1024UL * 1024 * 1024)

static const struct weirctl_column columns[] = {
	{"#", "sequence", NULL},    {"TIME", "time", NULL},	{"WHO", "actor_name", NULL},
	{"VIA", "via", NULL},	    {"ACTION", "action", NULL}, {"OBJECT", "object", NULL},
	{"DETAIL", "detail", NULL},
};

static const char *const fields[] = {
	"sequence", "time",   "time_ns", "actor",  "actor_name", "via",
	"action",   "object", "detail",	 "before", "hash",	 NULL,
};

static const struct weirctl_view view = {.member = "entries",
					 .columns = columns,
					 .n_columns = ARRAY_SIZE(columns),
					 .fields = fields};

static const struct weirctl_option tail_options[] = {
	{"limit", 'n', "N", NULL, {"how many, 50 when not said", "条数,缺省 50"}},
};

static int run_tail(struct weirctl_context *context, const struct weirctl_args *args)
{
	json_t *answer _cleanup_(weirctl_json_freep) = NULL;
	unsigned limit = 50;
	int r = weirctl_number(args, "limit", 1, 100000, &limit);

	if (r == WEIRCTL_OK)
		r = weirctl_get_list(context, "/api/v1/audit", view.member, "before", limit,
				     &answer);
	return r == WEIRCTL_OK ? weirctl_print(context, &view, answer) : r;
}

const struct weirctl_command weirctl_cmd_audit_tail = {
	.noun = "audit",
	.verb = "tail",
	.flags = WEIRCTL_WATCH,
	.summary = {"list who did what, newest first", "按时间倒序列出审计记录"},
	.options = tail_options,
	.n_options = ARRAY_SIZE(tail_options),
	.view = &view,
	.run = run_tail,
};

/* The whole log: arrays of entries and of heads. */
struct log {
	json_t *entries, *heads;
};

static void log_done(struct log *log)
{
	json_decref(log->entries);
	json_decref(log->heads);
}

static int fetch_log(struct weirctl_context *context, struct log *log)
{
	json_t *entries _cleanup_(weirctl_json_freep) = NULL;
	json_t *heads _cleanup_(weirctl_json_freep) = NULL;
	/* Heads first: no entry that they have seen can be missing from what is fetched later. */
	int r = weirctl_get_list(context, "/api/v1/audit/heads", "heads", "after", 0, &heads);

	if (r == WEIRCTL_OK)
		r = weirctl_get_list(context, "/api/v1/audit?order=oldest", "entries", "after", 0,
				     &entries);
	if (r != WEIRCTL_OK)
		return r;
	log->heads = json_incref(json_object_get(heads, "heads"));
	log->entries = json_incref(json_object_get(entries, "entries"));
	return WEIRCTL_OK;
}

static int print_rows(struct weirctl_context *context, const json_t *rows)
{
	for (size_t i = 0; i < json_array_size(rows); i++)
		if (json_dumpf(json_array_get(rows, i), context->out, JSON_COMPACT) < 0 ||
		    fputc('\n', context->out) == EOF)
			return WEIRCTL_ERROR;
	return WEIRCTL_OK;
}

static int run_export(struct weirctl_context *context, const struct weirctl_args *args)
{
	struct log log _cleanup_(log_done) = {};
	int r = fetch_log(context, &log);

	if (r == WEIRCTL_OK)
		r = print_rows(context, log.heads);
	return r == WEIRCTL_OK ? print_rows(context, log.entries) : r;
}

const struct weirctl_command weirctl_cmd_audit_export = {
	.noun = "audit",
	.verb = "export",
	.summary = {"print the whole audit log with its signed heads, for audit verify --file",
		    "输出完整审计日志及签名链头,供 audit verify --file 核验"},
	.run = run_export,
};

static const struct weirctl_option verify_options[] = {
	{"key",
	 '\0',
	 "FILE",
	 NULL,
	 {"a public key (PEM) that heads may be signed with; may be given several times",
	  "签名公钥(PEM),可多次给出"}},
	{"file",
	 '\0',
	 "FILE",
	 NULL,
	 {"check an export instead of the console", "核验导出文件,不连接控制台"}},
};

static int add_key(struct weir_dsse_keys *keys, const char *pem, size_t len)
{
	uint8_t raw[WEIR_DSSE_KEY_LEN];
	char id[WEIR_DSSE_KEY_ID_LEN + 1];
	int r = weir_dsse_key_parse(pem, len, raw, id);

	return r < 0 ? r : weir_dsse_keys_add(keys, raw);
}

static int read_keys(const struct weirctl_args *args, struct weir_dsse_keys *keys)
{
	size_t at = 0;

	for (const char *file; (file = weirctl_next_value(args, "key", &at));) {
		struct weir_buf pem _cleanup_(weir_buf_done) = WEIR_BUF_INIT(WEIR_DSSE_PEM_MAX);
		int r = weir_read_file(AT_FDCWD, file, &pem);

		if (r == 0)
			r = add_key(keys, pem.data, pem.len);
		if (r < 0) {
			weirctl_say("%s is no public key: %s", "%s 不是公钥:%s", file,
				    strerror(-r));
			return WEIRCTL_USAGE;
		}
	}
	return WEIRCTL_OK;
}

/* The console vouches for itself: that finds a damaged database, not a dishonest console. */
static int fetch_key(struct weirctl_context *context, struct weir_dsse_keys *keys)
{
	const struct weir_http_request request = {.method = "GET", .path = "/api/v1/audit/key"};
	struct weir_http_response response _cleanup_(weir_http_response_done) = {};
	int r = weirctl_perform(context, &request, &response);

	if (r != WEIRCTL_OK)
		return r;
	if (!response.body.data || add_key(keys, response.body.data, response.body.len) < 0)
		return WEIRCTL_ERROR;
	weirctl_say("the console's own key is used; give --key FILE to trust nobody",
		    "使用的是控制台自己的公钥;如需独立核验请用 --key FILE");
	return WEIRCTL_OK;
}

static int add_line(struct log *log, const char *line, size_t len)
{
	json_t *row = json_loadb(line, len, JSON_REJECT_DUPLICATES, NULL);

	if (!json_is_object(row)) {
		json_decref(row);
		return -EBADMSG;
	}
	return json_array_append_new(json_object_get(row, "envelope") ? log->heads : log->entries,
				     row);
}

static int read_export(const char *file, struct log *log)
{
	struct weir_buf text _cleanup_(weir_buf_done) = WEIR_BUF_INIT(EXPORT_MAX);
	int r = weir_read_file(AT_FDCWD, file, &text);
	const char *line = text.data, *end = text.data ? text.data + text.len : NULL;

	log->entries = json_array();
	log->heads = json_array();
	while (r == 0 && line && line < end) {
		const char *feed = memchr(line, '\n', (size_t)(end - line));

		r = add_line(log, line, (size_t)((feed ? feed : end) - line));
		line = feed ? feed + 1 : end;
	}
	if (r == 0)
		return WEIRCTL_OK;
	weirctl_say("%s can't be read: %s", "无法读取 %s:%s", file, strerror(-r));
	return WEIRCTL_ERROR;
}

static int check(struct weirctl_context *context, const struct log *log,
		 const struct weir_dsse_keys *keys)
{
	uint64_t count = 0, uncovered = 0;
	struct weir_error err = {};

	if (weirctl_audit_check(log->entries, log->heads, keys, &count, &uncovered, &err) < 0) {
		weirctl_say("the audit log is not whole: %s", "审计日志不完整:%s", err.text);
		return WEIRCTL_ERROR;
	}
	fprintf(context->out, "ok\t%" PRIu64 "\t%zu\t%" PRIu64 "\n", count,
		json_array_size(log->heads), uncovered);
	return WEIRCTL_OK;
}

static int run_verify(struct weirctl_context *context, const struct weirctl_args *args)
{
	struct weir_dsse_keys *keys _cleanup_(weir_dsse_keys_freep) = NULL;
	const char *file = weirctl_value(args, "file");
	struct log log _cleanup_(log_done) = {};
	int r = weir_dsse_keys_new(&keys) < 0 ? WEIRCTL_ERROR : read_keys(args, keys);

	if (r == WEIRCTL_OK && file && weir_dsse_keys_count(keys) == 0) {
		weirctl_say("--file needs --key", "--file 需要同时给出 --key");
		return WEIRCTL_USAGE;
	}
	if (r == WEIRCTL_OK && weir_dsse_keys_count(keys) == 0)
		r = fetch_key(context, keys);
	if (r == WEIRCTL_OK)
		r = file ? read_export(file, &log) : fetch_log(context, &log);
	return r == WEIRCTL_OK ? check(context, &log, keys) : r;
}

const struct weirctl_command weirctl_cmd_audit_verify = {
	.noun = "audit",
	.verb = "verify",
	.summary = {"check that nobody has changed the audit log", "核验审计日志未被篡改"},
	.about =
		{"Checks every entry against the one before it, and all of them against the signed "
		 "heads. Prints ok, the entries, the heads, and how many entries no head covers "
		 "yet.",
		 "逐条核验哈希链,并与签名链头比对。输出 "
		 "ok、记录数、链头数及尚无链头覆盖的记录数。"},
	.options = verify_options,
	.n_options = ARRAY_SIZE(verify_options),
	.run = run_verify,
};
