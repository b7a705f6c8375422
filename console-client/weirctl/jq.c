/* SPDX-License-Identifier: Apache-2.0 */
/* Owns: libjq, which nothing else here includes. */

#include <stdlib.h>
#include <string.h>
/* jv.h needs what it does not include. */
#include <stdio.h>

#include <jq.h>

#include "view.h"

static void free_jq(jq_state **state)
{
	jq_teardown(state);
}

/* jq reports a bad expression in parts; the first is the one that says what is wrong. */
static void on_error(void *context, jv message)
{
	bool *told = context;

	if (!*told && jv_get_kind(message) == JV_KIND_STRING)
		weirctl_say("%s", "%s", jv_string_value(message));
	*told = true;
	jv_free(message);
}

static void print_value(jv value, FILE *out)
{
	jv text = jv_get_kind(value) == JV_KIND_STRING ? value : jv_dump_string(value, 0);

	weirctl_print_clean(out, jv_string_value(text));
	fputc('\n', out);
	jv_free(text);
}

/* What ends the results: their end, or an error inside of them. Consumes it. */
static int finish(jv last)
{
	jv message;

	if (!jv_invalid_has_msg(jv_copy(last))) {
		jv_free(last);
		return WEIRCTL_OK;
	}
	message = jv_invalid_get_msg(last);
	if (jv_get_kind(message) != JV_KIND_STRING)
		message = jv_dump_string(message, 0);
	weirctl_say("jq: %s", "jq:%s", jv_string_value(message));
	jv_free(message);
	return WEIRCTL_ERROR;
}

int weirctl_jq(const char *expression, const json_t *json, FILE *out)
{
	jq_state *state _cleanup_(free_jq) = jq_init();
	char *text _cleanup_(freep) = json_dumps(json, JSON_COMPACT);
	bool told = false;
	jv value;

	if (!state || !text)
		return WEIRCTL_ERROR;
	jq_set_error_cb(state, on_error, &told);
	if (!jq_compile(state, expression))
		return WEIRCTL_USAGE;
	jq_start(state, jv_parse(text), 0);
	for (value = jq_next(state); jv_is_valid(value); value = jq_next(state))
		print_value(value, out);
	return finish(value);
}
