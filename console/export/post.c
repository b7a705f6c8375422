/* SPDX-License-Identifier: Apache-2.0 */
#include "post.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "weir/base/time.h"
#include "weir/console_client/http.h"

#define TIMEOUT_NS (UINT64_C(30) * WEIR_NSEC_PER_SEC)
#define ANSWER_MAX (64 * 1024)

struct weir_post {
	struct weir_http *http;
	char *path; /* and query */
	int end_fd;
};

size_t weir_post_origin(const char *address)
{
	const char *host = strstr(address, "://");

	return host ? (size_t)(host + 3 - address) + strcspn(host + 3, "/?#") : 0;
}

static bool is_ending(void *context)
{
	const struct weir_post *post = context;
	struct pollfd end = {.fd = post->end_fd, .events = POLLIN};

	return poll(&end, 1, 0) > 0;
}

static int fault(struct weir_error *err, const char *text)
{
	weir_error_set(err, -EINVAL, 0, 0, "%s", text);
	weir_error_hint(err, "write https://HOST[:PORT]/PATH");
	return -EINVAL;
}

static int open_http(struct weir_post *post, const char *origin, const char *ca)
{
	const struct weir_http_options options = {
		.base = origin,
		.ca_pem = *ca ? ca : NULL,
		.timeout_ns = TIMEOUT_NS,
		.max_response = ANSWER_MAX,
		.cancelled = is_ending,
		.cancelled_context = post,
	};

	return weir_http_new(&options, &post->http, NULL);
}

/* Printable, without blanks, and nothing that only browsers see. */
static bool is_path(const char *path)
{
	for (const char *c = path; *c; c++)
		if (*c <= ' ' || *c > '~' || *c == '#')
			return false;
	return *path == '/';
}

int weir_post_new(const struct weir_sink_settings *settings, const char *path, int end_fd,
		  struct weir_error *err, struct weir_post **ret)
{
	struct weir_post *post _cleanup_(weir_post_freep) = calloc(1, sizeof(*post));
	const size_t len = weir_post_origin(settings->address);
	char *origin _cleanup_(freep) = strndup(settings->address, len);
	const char *own = settings->address + len;
	int r;

	if (!post || !origin)
		return -ENOMEM;
	post->end_fd = end_fd;
	post->path = strdup(*own && strcmp(own, "/") != 0 ? own : path);
	if (!post->path)
		return -ENOMEM;
	if (strncmp(origin, "http", 4) != 0 || !is_path(post->path))
		return fault(err, "the address is no URL");
	r = open_http(post, origin, settings->ca);
	if (r == -EINVAL)
		return fault(err, "the address is no URL, or goes out without TLS");
	if (r < 0)
		return r;
	*ret = TAKE_PTR(post);
	return 0;
}

void weir_post_free(struct weir_post *post)
{
	if (!post)
		return;
	weir_http_free(post->http);
	free(post->path);
	free(post);
}

static int error_of(int status)
{
	switch (status) {
	case 400:
	case 422:
		return -EBADMSG;
	case 401:
	case 403:
		return -EACCES;
	case 404:
	case 410:
		return -ENOENT;
	case 413:
		return -EMSGSIZE;
	case 429:
	case 502:
	case 503:
	case 504:
		return -EAGAIN;
	default:
		return status / 100 == 2 ? 0 : -EREMOTEIO;
	}
}

int weir_post_send(struct weir_post *post, const struct weir_post_body *body,
		   struct weir_buf *answer, uint64_t *ret_later_ns)
{
	struct weir_http_response response _cleanup_(weir_http_response_done) = {};
	char *target _cleanup_(freep) = NULL;
	struct weir_http_request request = {.method = "POST",
					    .path = post->path,
					    .headers = body->headers,
					    .bearer = body->bearer,
					    .body = body->data,
					    .body_len = body->len};
	int r;

	*ret_later_ns = 0;
	if (body->query) {
		if (asprintf(&target, "%s%c%s", post->path, strchr(post->path, '?') ? '&' : '?',
			     body->query) < 0)
			return -ENOMEM;
		request.path = target;
	}
	r = weir_http_perform(post->http, &request, &response);
	if (r < 0)
		return r;
	*ret_later_ns = response.retry_after_s * WEIR_NSEC_PER_SEC;
	r = error_of(response.status);
	if (r == 0 && response.body.len)
		r = weir_buf_append(answer, response.body.data, response.body.len);
	return r;
}
