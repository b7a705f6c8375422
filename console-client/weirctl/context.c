/* SPDX-License-Identifier: Apache-2.0 */
#include "context.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "weir/base/fd.h"
#include "weir/console_client/http.h"

#define TOKEN_MAX    1024
#define RESPONSE_MAX (16 * 1024 * 1024)

void weirctl_json_freep(json_t **json)
{
	json_decref(*json);
}

void weirctl_context_done(struct weirctl_context *context)
{
	weir_http_free(context->http);
	free(context->token);
}

bool weirctl_context_option(struct weirctl_context *context, int option, const char *value)
{
	switch (option) {
	case 'C':
		context->console = value;
		return true;
	case 'T':
		context->token_file = value;
		return true;
	case 'j':
		context->format = WEIRCTL_JSON;
		return true;
	case 'o':
		if (weirctl_format_parse(value, &context->format) == 0)
			return true;
		fprintf(stderr, "weirctl: --output takes table, tsv or json\n");
		return false;
	default:
		return false;
	}
}

int weirctl_context_options(struct weirctl_context *context, int argc, char **argv,
			    const char *usage)
{
	static const struct option options[] = {WEIRCTL_COMMON_OPTIONS, {}};
	int c;

	while ((c = getopt_long(argc, argv, "ho:", options, NULL)) != -1) {
		if (c == 'h') {
			fputs(usage, stdout);
			return -1;
		}
		if (!weirctl_context_option(context, c, optarg))
			return WEIRCTL_USAGE;
	}
	return WEIRCTL_OK;
}

static int read_token(struct weirctl_context *context)
{
	struct weir_buf text _cleanup_(weir_buf_done) = WEIR_BUF_INIT(TOKEN_MAX);
	int r = weir_read_file(AT_FDCWD, context->token_file, &text);

	if (r < 0) {
		errno = -r;
		fprintf(stderr, "weirctl: cannot read the token file %s: %m\n",
			context->token_file);
		return r == -EACCES || r == -ENOENT ? WEIRCTL_AUTH : WEIRCTL_ERROR;
	}
	while (text.len && isspace((unsigned char)text.data[text.len - 1]))
		text.data[--text.len] = '\0';
	for (size_t i = 0; i < text.len; i++)
		if (text.data[i] <= ' ' || text.data[i] > '~')
			text.len = 0;
	if (text.len == 0) {
		fprintf(stderr, "weirctl: %s does not hold a token\n", context->token_file);
		return WEIRCTL_AUTH;
	}
	context->token = TAKE_PTR(text.data);
	return WEIRCTL_OK;
}

static int connect_console(struct weirctl_context *context)
{
	const struct weir_http_options options = {.base = context->console,
						  .max_response = RESPONSE_MAX};
	struct weir_error err = {};
	int r;

	if (context->http)
		return WEIRCTL_OK;
	if (context->token_file) {
		r = read_token(context);
		if (r != WEIRCTL_OK)
			return r;
	}
	r = weir_http_new(&options, &context->http, &err);
	if (r < 0) {
		fprintf(stderr, "weirctl: %s%s%s\n", err.text[0] ? err.text : "out of memory",
			err.hint[0] ? "; " : "", err.hint);
		return r == -EINVAL ? WEIRCTL_USAGE : WEIRCTL_ERROR;
	}
	return WEIRCTL_OK;
}

static const char *member(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));

	return text ? text : "";
}

/* The console's own words, cleaned, and the exit status. */
static int tell_refusal(int status, const json_t *answer)
{
	const json_t *error = json_object_get(answer, "error");
	const char *message = member(error, "message"), *hint = member(error, "hint");

	fprintf(stderr, "weirctl: ");
	if (*message)
		weirctl_print_clean(stderr, message);
	else
		fprintf(stderr, "the console answered with status %d", status);
	if (*hint) {
		fprintf(stderr, "; ");
		weirctl_print_clean(stderr, hint);
	}
	if (status == 401)
		fprintf(stderr, " (weirctl: --token-file FILE or $WEIR_TOKEN_FILE)");
	fprintf(stderr, "\n");
	switch (status) {
	case 400:
		return WEIRCTL_USAGE;
	case 401:
	case 403:
		return WEIRCTL_AUTH;
	case 404:
		return WEIRCTL_NOT_FOUND;
	default:
		return WEIRCTL_ERROR;
	}
}

int weirctl_get(struct weirctl_context *context, const char *target, json_t **ret)
{
	struct weir_http_response response _cleanup_(weir_http_response_done) = {};
	json_t *answer _cleanup_(weirctl_json_freep) = NULL;
	struct weir_http_request request = {.method = "GET", .path = target};
	int r = connect_console(context);

	if (r != WEIRCTL_OK)
		return r;
	request.bearer = context->token;
	r = weir_http_perform(context->http, &request, &response);
	if (r < 0) {
		fprintf(stderr, "weirctl: ");
		weirctl_print_clean(stderr, context->console);
		fprintf(stderr, ": ");
		weirctl_print_clean(stderr, weir_http_error(context->http));
		fprintf(stderr, "\n");
		return r == -EACCES ? WEIRCTL_AUTH : WEIRCTL_ERROR;
	}
	answer = json_loadb(response.body.data ? response.body.data : "", response.body.len,
			    JSON_REJECT_DUPLICATES, NULL);
	if (response.status != 200)
		return tell_refusal(response.status, answer);
	if (!json_is_object(answer)) {
		fprintf(stderr,
			"weirctl: the console's answer is not the JSON that was expected\n");
		return WEIRCTL_ERROR;
	}
	*ret = TAKE_PTR(answer);
	return WEIRCTL_OK;
}

int weirctl_add_param(struct weir_buf *target, const char *name, const char *value)
{
	int r;

	r = weir_buf_printf(target, "%c%s=", target->data && strchr(target->data, '?') ? '&' : '?',
			    name);
	for (; r == 0 && *value; value++) {
		unsigned char c = (unsigned char)*value;

		if (c < 0x80 && (isalnum(c) || strchr("-._~:", c)))
			r = weir_buf_append(target, value, 1);
		else
			r = weir_buf_printf(target, "%%%02X", c);
	}
	return r;
}
