/* SPDX-License-Identifier: Apache-2.0 */
/* What handlers read of a request and put into a reply. */

#include <errno.h>
#include <string.h>

#include "head.h"
#include "weir/console_http/server.h"

void weir_http_reply_error(struct weir_http_reply *reply, unsigned status, const char *code,
			   const char *message, const char *hint)
{
	reply->status = status;
	reply->content_type = "application/json";
	weir_buf_clear(&reply->body);
	if (weir_buf_printf(&reply->body,
			    "{\"error\":{\"code\":\"%s\",\"message\":\"%s\",\"hint\":\"%s\"}}\n",
			    code, message, hint) < 0)
		reply->content_type = NULL;
}

const char *weir_http_header(const struct weir_http_request *request, const char *name)
{
	return request->head ? weir_http_head_get(request->head, name) : NULL;
}

int weir_http_wildcard(const struct weir_http_request *request, unsigned i, char *text, size_t size)
{
	const char *pattern = request->pattern, *path = request->path;

	while (pattern) {
		size_t len = strcspn(path, "/");

		if (*pattern == '*' && i-- == 0) {
			if (len >= size)
				return -ENAMETOOLONG;
			memcpy(text, path, len);
			text[len] = '\0';
			return 0;
		}
		pattern += strcspn(pattern, "/");
		path += len;
		if (!*pattern++ || !*path++)
			break;
	}
	return -ENOENT;
}

/* Kept as name and value, each with its NUL. */
int weir_http_reply_header(struct weir_http_reply *reply, const char *name, const char *value)
{
	size_t before = reply->headers.len;
	int r;

	for (const char *c = value; *c; c++)
		if ((unsigned char)*c < 0x20 || *c == 0x7f)
			return -EINVAL;
	reply->headers.max = WEIR_HTTP_REPLY_HEADERS_MAX;
	r = weir_buf_append(&reply->headers, name, strlen(name) + 1);
	if (r < 0)
		return r;
	r = weir_buf_append(&reply->headers, value, strlen(value) + 1);
	if (r < 0)
		reply->headers.len = before;
	return r;
}
