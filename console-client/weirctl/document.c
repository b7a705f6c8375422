/* SPDX-License-Identifier: Apache-2.0 */
#include "document.h"

#include <fcntl.h>
#include <string.h>

#include "weir/base/fd.h"

/* A terminal gets it cleaned like all else; a file and a pipe get it byte by byte. */
static int write_out(struct weirctl_context *context, const struct weir_buf *page, const char *file)
{
	int r;

	if (!file && weirctl_on_terminal()) {
		weirctl_print_clean(context->out, page->data);
		return WEIRCTL_OK;
	}
	if (!file)
		return fwrite(page->data, 1, page->len, context->out) == page->len ? WEIRCTL_OK
										   : WEIRCTL_ERROR;
	r = weir_write_file_atomic(AT_FDCWD, file, page->data, page->len, 0600);
	if (r == 0)
		return WEIRCTL_OK;
	weirctl_say("%s: %s", "%s:%s", file, strerror(-r));
	return WEIRCTL_ERROR;
}

int weirctl_get_document(struct weirctl_context *context, const char *target, const char *type,
			 const char *file)
{
	const struct weir_http_request request = {.method = "GET", .path = target};
	struct weir_http_response response _cleanup_(weir_http_response_done) = {};
	int r = weirctl_perform(context, &request, &response);

	if (r != WEIRCTL_OK)
		return r;
	if (strcmp(response.content_type, type) == 0 && response.body.len)
		return write_out(context, &response.body, file);
	weirctl_say("the console's answer is not what was asked for", "控制台的回答与请求不符");
	return WEIRCTL_ERROR;
}

int weirctl_add_form(struct weir_buf *target, const struct weirctl_args *args, const char *form)
{
	const char *language = weirctl_value(args, "lang");
	int r = weirctl_add_param(target, "form", form);

	if (!language)
		language = weirctl_in_chinese() ? "zh" : "en";
	return r < 0 ? r : weirctl_add_param(target, "lang", language);
}
