/* SPDX-License-Identifier: Apache-2.0 */
#include "context.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config.h"
#include "weir/base/fd.h"

#define TOKEN_MAX    4096
#define RESPONSE_MAX (64 * 1024 * 1024)

/* An empty variable says nothing. */
static const char *from_environment(const char *name)
{
	const char *value = getenv(name);

	return value && *value ? value : NULL;
}

/* The first that is said, copied; *ret stays NULL when none is. */
static int take_first(char **ret, const char *a, const char *b, const char *c)
{
	const char *value = a ? a : b ? b : c;

	if (!value)
		return WEIRCTL_OK;
	*ret = strdup(value);
	return *ret ? WEIRCTL_OK : WEIRCTL_ERROR;
}

static const char *member(const json_t *object, const char *name)
{
	return json_string_value(json_object_get(object, name));
}

/* A token of a context goes to the console of this context, to no other. */
static int take_place(struct weirctl_context *context, const struct weirctl_args *args,
		      const json_t *config)
{
	const char *console = weirctl_value(args, "console");
	const char *token_file = weirctl_value(args, "token-file");
	const json_t *chosen;
	int r = WEIRCTL_OK;

	if (!console && !context->name)
		console = from_environment("WEIR_CONSOLE");
	if (!token_file)
		token_file = from_environment("WEIR_TOKEN_FILE");
	chosen = console ? NULL : weirctl_config_get(config, context->name);
	if (context->name && !console && !chosen) {
		weirctl_say("there is no context %s; weirctl context ls lists them",
			    "没有上下文 %s;weirctl context ls 列出全部上下文", context->name);
		return WEIRCTL_NOT_FOUND;
	}
	if (chosen && !context->name)
		r = take_first(&context->name, weirctl_config_current(config), NULL, NULL);
	if (r == WEIRCTL_OK)
		r = take_first(&context->console, console, member(chosen, "console"),
			       WEIRCTL_CONSOLE);
	if (r == WEIRCTL_OK)
		r = take_first(&context->ca_file, member(chosen, "ca_file"), NULL, NULL);
	if (r == WEIRCTL_OK)
		r = take_first(&context->token_file, token_file, member(chosen, "token_file"),
			       NULL);
	return r;
}

static int take_format(struct weirctl_context *context, const struct weirctl_args *args)
{
	const char *format = weirctl_value(args, "output");

	context->fields = weirctl_value(args, "json");
	context->jq = weirctl_value(args, "jq");
	if (format && weirctl_format_parse(format, &context->format) < 0)
		return WEIRCTL_USAGE; /* not reached: the choices were checked */
	if (context->fields && !format)
		context->format = WEIRCTL_JSON;
	return WEIRCTL_OK;
}

int weirctl_context_init(struct weirctl_context *context, const struct weirctl_args *args)
{
	json_t *config _cleanup_(weirctl_json_freep) = NULL;
	int r;

	*context = (struct weirctl_context){
		.out = stdout,
		.dry_run = weirctl_value(args, "dry-run") != NULL,
		.yes = weirctl_value(args, "yes") != NULL,
		.no_input = weirctl_value(args, "no-input") != NULL,
		.watch = weirctl_value(args, "watch") != NULL,
	};
	if (weirctl_config_load(&config) < 0)
		return WEIRCTL_ERROR;
	r = take_first(&context->name, weirctl_value(args, "context"),
		       from_environment("WEIR_CONTEXT"), NULL);
	if (r == WEIRCTL_OK)
		r = take_place(context, args, config);
	return r == WEIRCTL_OK ? take_format(context, args) : r;
}

void weirctl_context_done(struct weirctl_context *context)
{
	weir_http_free(context->http);
	free(context->name);
	free(context->console);
	free(context->ca_file);
	free(context->token_file);
	if (context->token)
		explicit_bzero(context->token, strlen(context->token));
	free(context->token);
}

static int read_text(const char *path, struct weir_buf *text)
{
	char part[512];
	ssize_t n;
	int r = 0;

	if (strcmp(path, "-") != 0)
		return weir_read_file(AT_FDCWD, path, text);
	while (r == 0 && (n = weir_read_full(STDIN_FILENO, part, sizeof(part))) != 0)
		r = n < 0 ? (int)n : weir_buf_append(text, part, (size_t)n);
	explicit_bzero(part, sizeof(part));
	return r;
}

static int read_token(struct weirctl_context *context)
{
	struct weir_buf text _cleanup_(weir_buf_done) = WEIR_BUF_INIT(TOKEN_MAX);
	int r = read_text(context->token_file, &text);

	if (r < 0) {
		weirctl_say("cannot read the token file %s: %s", "无法读取令牌文件 %s:%s",
			    context->token_file, strerror(-r));
		return r == -EACCES || r == -ENOENT ? WEIRCTL_AUTH : WEIRCTL_ERROR;
	}
	while (text.len && isspace((unsigned char)text.data[text.len - 1]))
		text.data[--text.len] = '\0';
	for (size_t i = 0; i < text.len; i++)
		if (text.data[i] <= ' ' || text.data[i] > '~')
			text.len = 0;
	if (text.len == 0) {
		weirctl_say("%s does not hold a token", "%s 中没有令牌", context->token_file);
		return WEIRCTL_AUTH;
	}
	context->token = TAKE_PTR(text.data);
	return WEIRCTL_OK;
}

static int connect_console(struct weirctl_context *context)
{
	const struct weir_http_options options = {
		.base = context->console,
		.ca_file = context->ca_file,
		.max_response = RESPONSE_MAX,
	};
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
		weirctl_say("%s%s%s", "%s%s%s", err.text[0] ? err.text : strerror(-r),
			    err.hint[0] ? "; " : "", err.hint);
		return r == -EINVAL ? WEIRCTL_USAGE : WEIRCTL_ERROR;
	}
	return WEIRCTL_OK;
}

static int exit_of(int status)
{
	switch (status) {
	case 400:
		return WEIRCTL_USAGE;
	case 401:
	case 403:
		return WEIRCTL_AUTH;
	case 404:
		return WEIRCTL_NOT_FOUND;
	case 409:
	case 412:
		return WEIRCTL_CONFLICT;
	default:
		return WEIRCTL_ERROR;
	}
}

/* The console's own words, and the exit status. */
static int tell_refusal(const struct weir_http_response *response)
{
	json_t *answer _cleanup_(weirctl_json_freep) =
		json_loadb(response->body.data ? response->body.data : "", response->body.len,
			   JSON_REJECT_DUPLICATES, NULL);
	const json_t *error = json_object_get(answer, "error");
	const char *message = member(error, "message"), *hint = member(error, "hint");

	if (message)
		weirctl_say("%s%s%s", "%s%s%s", message, hint && *hint ? "; " : "",
			    hint ? hint : "");
	else
		weirctl_say("the console answered with status %d", "控制台返回状态码 %d",
			    response->status);
	if (response->status == 401)
		weirctl_say("log in with weirctl login, or name a token by --token-file FILE or "
			    "$WEIR_TOKEN_FILE",
			    "请用 weirctl login 登录,或用 --token-file FILE 或 "
			    "$WEIR_TOKEN_FILE 指定令牌");
	return exit_of(response->status);
}

int weirctl_perform(struct weirctl_context *context, const struct weir_http_request *request,
		    struct weir_http_response *ret)
{
	struct weir_http_response response _cleanup_(weir_http_response_done) = {};
	struct weir_http_request with_token = *request;
	int r = connect_console(context);

	if (r != WEIRCTL_OK)
		return r;
	with_token.bearer = context->token;
	r = weir_http_perform(context->http, &with_token, &response);
	if (r < 0) {
		weirctl_say("%s: %s", "%s:%s", context->console, weir_http_error(context->http));
		return r == -EACCES ? WEIRCTL_AUTH : WEIRCTL_ERROR;
	}
	if (response.status >= 400)
		return tell_refusal(&response);
	*ret = response;
	response.body = WEIR_BUF_INIT(0);
	return WEIRCTL_OK;
}

/* *ret is NULL when there is no body. */
static int ask(struct weirctl_context *context, const struct weir_http_request *request,
	       json_t **ret)
{
	struct weir_http_response response _cleanup_(weir_http_response_done) = {};
	int r = weirctl_perform(context, request, &response);

	*ret = NULL;
	if (r != WEIRCTL_OK)
		return r;
	if (response.body.len)
		*ret = json_loadb(response.body.data, response.body.len, JSON_REJECT_DUPLICATES,
				  NULL);
	if (response.status < 300 && (*ret || response.body.len == 0))
		return WEIRCTL_OK;
	weirctl_say("the console's answer is not the JSON that was expected",
		    "控制台的回答不是预期的 JSON");
	weirctl_json_freep(ret);
	*ret = NULL;
	return WEIRCTL_ERROR;
}

int weirctl_get(struct weirctl_context *context, const char *target, json_t **ret)
{
	const struct weir_http_request request = {.method = "GET", .path = target};
	json_t *answer _cleanup_(weirctl_json_freep) = NULL;
	int r = ask(context, &request, &answer);

	if (r != WEIRCTL_OK)
		return r;
	if (!json_is_object(answer)) {
		weirctl_say("the console's answer is not the JSON that was expected",
			    "控制台的回答不是预期的 JSON");
		return WEIRCTL_ERROR;
	}
	*ret = TAKE_PTR(answer);
	return WEIRCTL_OK;
}

static void print_request(struct weirctl_context *context, const char *method, const char *target,
			  const json_t *body)
{
	fprintf(context->out, "%s ", method);
	weirctl_print_clean(context->out, target);
	fputc('\n', context->out);
	if (body && weirctl_print_json(context->out, body) < 0)
		fputc('\n', context->out);
}

int weirctl_send(struct weirctl_context *context, const char *method, const char *target,
		 const json_t *body, json_t **ret)
{
	static const char *const headers[] = {"Content-Type: application/json", NULL};
	char *text _cleanup_(freep) = NULL;
	struct weir_http_request request = {.method = method, .path = target};

	if (context->dry_run) {
		print_request(context, method, target, body);
		*ret = NULL;
		return WEIRCTL_OK;
	}
	if (body) {
		text = json_dumps(body, JSON_COMPACT);
		if (!text)
			return WEIRCTL_ERROR;
		request.headers = headers;
		request.body = text;
		request.body_len = strlen(text);
	}
	return ask(context, &request, ret);
}
