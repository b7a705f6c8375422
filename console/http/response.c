/* SPDX-License-Identifier: Apache-2.0 */
#include "response.h"

#include <microhttpd.h>
#include <stdio.h>
#include <string.h>

static void add_headers(struct MHD_Response *response, const struct weir_buf *headers)
{
	bool cache = false;

	for (size_t at = 0; at < headers->len;) {
		const char *name = headers->data + at;
		const char *value = name + strlen(name) + 1;

		cache |= strcmp(name, "Cache-Control") == 0;
		MHD_add_response_header(response, name, value);
		at += strlen(name) + strlen(value) + 2;
	}
	if (!cache)
		MHD_add_response_header(response, "Cache-Control", "no-store");
}

struct MHD_Response *weir_http_response(struct weir_http_reply *reply, const char *allow,
					bool close)
{
	struct MHD_Response *response = MHD_create_response_from_buffer(
		reply->body.len, reply->body.data, MHD_RESPMEM_MUST_FREE);
	char number[16];

	if (!response)
		return NULL;
	reply->body = WEIR_BUF_INIT(reply->body.max);
	if (reply->content_type)
		MHD_add_response_header(response, "Content-Type", reply->content_type);
	add_headers(response, &reply->headers);
	MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
	if (reply->status == 401)
		MHD_add_response_header(response, "WWW-Authenticate", "Bearer realm=\"weir\"");
	if (allow && *allow)
		MHD_add_response_header(response, "Allow", allow);
	if (reply->retry_after_s) {
		(void)snprintf(number, sizeof(number), "%u", reply->retry_after_s);
		MHD_add_response_header(response, "Retry-After", number);
	}
	if (close)
		MHD_add_response_header(response, "Connection", "close");
	return response;
}
