/* SPDX-License-Identifier: Apache-2.0 */
/* From what an author wrote to what is signed: the register's active entries become grants, in text, so that signers read what they
 * sign. */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "internal.h"
#include "weir/base/time.h"
#include "weir/policy/cases.h"
#include "weir/policy/compile.h"
#include "weir/policy/decide.h"

/* Texts were checked for control characters when they came in. */
static int quote(struct weir_buf *buf, const char *text)
{
	int r = weir_buf_puts(buf, "\"");

	for (; r >= 0 && *text; text++) {
		if (*text == '"' || *text == '\\')
			r = weir_buf_puts(buf, "\\");
		if (r >= 0)
			r = weir_buf_append(buf, text, 1);
	}
	return r < 0 ? r : weir_buf_puts(buf, "\"");
}

static int add_text(struct weir_buf *buf, const char *key, const char *text)
{
	int r = weir_buf_printf(buf, "    %s: ", key);

	if (r >= 0)
		r = quote(buf, text);
	return r < 0 ? r : weir_buf_puts(buf, "\n");
}

static int add_grant(struct weir_buf *buf, const struct weir_db_rows *rows)
{
	char from[WEIR_TIME_TEXT], until[WEIR_TIME_TEXT];
	int r = weir_buf_printf(buf, "  - id: G-%04" PRId64 "\n", weir_db_get_int(rows, 0));

	weir_time_format((uint64_t)weir_db_get_int(rows, 8), from);
	weir_time_format((uint64_t)weir_db_get_int(rows, 9), until);
	/* Whole seconds: what the language reads. */
	(void)snprintf(strchr(from, '.'), 2, "Z");
	(void)snprintf(strchr(until, '.'), 2, "Z");
	if (r >= 0)
		r = add_text(buf, "recipient", weir_db_get_text(rows, 1));
	if (r >= 0)
		r = weir_buf_printf(buf, "    classes: [%s]\n", weir_db_get_text(rows, 2));
	if (r >= 0)
		r = add_text(buf, "purpose", weir_db_get_text(rows, 3));
	if (r >= 0)
		r = weir_buf_printf(buf, "    method: {channel: %s, to: %s}\n",
				    weir_db_get_text(rows, 4), weir_db_get_text(rows, 5));
	if (r >= 0)
		r = add_text(buf, "agreement", weir_db_get_text(rows, 6));
	if (r >= 0)
		r = add_text(buf, "approver", weir_db_get_text(rows, 7));
	return r < 0 ? r : weir_buf_printf(buf, "    valid: {from: %s, until: %s}\n", from, until);
}

static int add_grants(struct weir_db_tx *tx, uint64_t now_ns, struct weir_buf *buf)
{
	struct weir_db_rows *rows _cleanup_(weir_db_rows_freep) = NULL;
	bool first = true;
	int r = WEIR_DB_QUERY(tx, &rows,
			      "SELECT id, recipient, classes, purpose, channel, to_group, "
			      "agreement, approver_name, from_ns, until_ns FROM register_entry "
			      "WHERE state = $1 AND until_ns > $2 ORDER BY id LIMIT 256",
			      weir_db_int(WEIR_REGISTER_ACTIVE), weir_db_int((int64_t)now_ns));

	while (r >= 0 && (r = weir_db_next(rows)) > 0) {
		if (first)
			r = weir_buf_puts(buf, "grants:\n");
		first = false;
		if (r >= 0)
			r = add_grant(buf, rows);
	}
	return r;
}

int render(struct weir_db_tx *tx, const char *source, uint64_t revision, uint64_t now_ns,
	   struct weir_buf *ret)
{
	int r = weir_buf_printf(
		ret,
		"%s\n# Added by the console: the revision, and the sharing register "
		"as it was.\nrevision: %" PRIu64 "\n",
		source, revision);

	return r < 0 ? r : add_grants(tx, now_ns, ret);
}

struct trial {
	struct weir_error *err;
	bool told;
};

static void note_case(void *context, const struct weir_policy_case *result)
{
	struct trial *trial = context;

	if (result->met || trial->told)
		return;
	trial->told = true;
	weir_error_set(trial->err, -EINVAL, 0, 0, "line %u of the cases, \"%.80s\": %.120s",
		       result->line, result->name, result->difference);
}

int try_text(const struct weir_buf *text, const char *cases, struct weir_buf *ret_compiled,
	     struct weir_error *err)
{
	struct weir_policy *policy _cleanup_(weir_policy_freep) = NULL;
	struct trial trial = {.err = err};
	int r = weir_policy_compile(text->data, text->len, ret_compiled, err);

	if (r >= 0)
		r = weir_policy_new(ret_compiled->data, ret_compiled->len, &policy, err);
	if (r >= 0 && cases[0])
		r = weir_policy_cases(policy, cases, strlen(cases), note_case, &trial, err);
	return r > 0 ? -EINVAL : r;
}
