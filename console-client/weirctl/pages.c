/* SPDX-License-Identifier: Apache-2.0 */
/* What a request is put together from, and lists that come in pages. */

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "context.h"
#include "view.h"

#define PAGE_MAX   500U /* the console's own */
#define PAGES_MAX  4000 /* of one list */
#define NEWEST	   50
#define NEWEST_MAX 100000

void weirctl_json_freep(json_t **json)
{
	json_decref(*json);
}

static int add_encoded(struct weir_buf *target, const char *text)
{
	int r = 0;

	for (; r == 0 && *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (c < 0x80 && (isalnum(c) || strchr("-._~:", c)))
			r = weir_buf_append(target, text, 1);
		else
			r = weir_buf_printf(target, "%%%02X", c);
	}
	return r;
}

int weirctl_add_param(struct weir_buf *target, const char *name, const char *value)
{
	int r;

	if (!value)
		return 0;
	r = weir_buf_printf(target, "%c%s=", target->data && strchr(target->data, '?') ? '&' : '?',
			    name);
	return r < 0 ? r : add_encoded(target, value);
}

int weirctl_add_segment(struct weir_buf *target, const char *text)
{
	if (!*text || strcmp(text, ".") == 0 || strcmp(text, "..") == 0)
		return -EINVAL;
	return add_encoded(target, text);
}

static int say_too_long(void)
{
	weirctl_say("an option's value is too long", "选项的值过长");
	return WEIRCTL_USAGE;
}

static int get_page(struct weirctl_context *context, const char *target, unsigned limit,
		    const char *cursor, const char *from, json_t **ret)
{
	struct weir_buf page _cleanup_(weir_buf_done) = WEIR_BUF_INIT(WEIRCTL_TARGET_MAX);
	char number[16];
	int r = weir_buf_puts(&page, target);

	(void)snprintf(number, sizeof(number), "%u", limit);
	if (r == 0)
		r = weirctl_add_param(&page, "limit", number);
	if (r == 0)
		r = weirctl_add_param(&page, cursor, from);
	return r < 0 ? say_too_long() : weirctl_get(context, page.data, ret);
}

int weirctl_get_list(struct weirctl_context *context, const char *target, const char *member,
		     const char *cursor, unsigned limit, json_t **ret)
{
	json_t *all _cleanup_(weirctl_json_freep) = NULL;
	const char *from = NULL;
	char next[16];
	size_t have = 0;

	(void)snprintf(next, sizeof(next), "next_%s", cursor);
	for (unsigned pages = 0; pages < PAGES_MAX && (!limit || have < limit); pages++) {
		json_t *page _cleanup_(weirctl_json_freep) = NULL;
		unsigned want = limit ? WEIR_MIN(limit - (unsigned)have, PAGE_MAX) : PAGE_MAX;
		int r = get_page(context, target, want, cursor, from, &page);

		if (r != WEIRCTL_OK)
			return r;
		if (!all) {
			all = json_incref(page);
		} else {
			json_array_extend(json_object_get(all, member),
					  json_object_get(page, member));
			json_object_set(all, next, json_object_get(page, next));
		}
		from = json_string_value(json_object_get(all, next));
		/* A page that adds nothing would go on for ever. */
		if (!from || json_array_size(json_object_get(all, member)) == have)
			break;
		have = json_array_size(json_object_get(all, member));
	}
	*ret = TAKE_PTR(all);
	return WEIRCTL_OK;
}

int weirctl_print_newest(struct weirctl_context *context, const struct weirctl_args *args,
			 const struct weirctl_view *view, const char *target)
{
	json_t *answer _cleanup_(weirctl_json_freep) = NULL;
	unsigned limit = NEWEST;
	int r = weirctl_number(args, "limit", 1, NEWEST_MAX, &limit);

	if (r != WEIRCTL_OK)
		return r;
	if (!target)
		return say_too_long();
	r = weirctl_get_list(context, target, view->member, "before", limit, &answer);
	return r == WEIRCTL_OK ? weirctl_print(context, view, answer) : r;
}
