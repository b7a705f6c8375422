/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "event.h"

#define TARGET_MAX 512

static const char usage_text[] = "Usage: weirctl alert show ID [--json]\n"
				 "\n"
				 "Shows one alert (A-0004C) or other event (E-0004C).\n";

static int add_value(struct weirctl_table *table, const char *name, const json_t *value)
{
	struct weir_buf text _cleanup_(weir_buf_done) = WEIR_BUF_INIT(WEIRCTL_TEXT_MAX);
	int r = weirctl_scalar(value, &text);

	return r < 0 ? r : weirctl_table_add(table, (const char *const[]){name, text.data});
}

static int add_member(struct weirctl_table *table, const char *prefix, const char *name,
		      const json_t *value, unsigned depth);

static int add_array(struct weirctl_table *table, const char *path, const json_t *array,
		     unsigned depth)
{
	char number[24];
	int r = 0;

	for (size_t i = 0; r == 0 && i < json_array_size(array); i++) {
		(void)snprintf(number, sizeof(number), "%zu", i);
		r = add_member(table, path, number, json_array_get(array, i), depth);
	}
	return r;
}

/* The API's objects are three deep; a server that sends more gets no more. */
static int add_member(struct weirctl_table *table, const char *prefix, const char *name,
		      const json_t *value, unsigned depth)
{
	struct weir_buf path _cleanup_(weir_buf_done) = WEIR_BUF_INIT(1024);
	const char *member;
	json_t *inner;
	int r = weir_buf_printf(&path, "%s%s%s", prefix, *prefix ? "." : "", name);

	if (r < 0 || depth == 0)
		return r;
	if (json_is_array(value))
		return add_array(table, path.data, value, depth - 1);
	if (!json_is_object(value))
		return add_value(table, path.data, value);
	json_object_foreach((json_t *)value, member, inner)
	{
		r = add_member(table, path.data, member, inner, depth - 1);
		if (r < 0)
			return r;
	}
	return 0;
}

static int print_event(const struct weirctl_context *context, const json_t *event)
{
	static const char *const headings[] = {"FIELD", "VALUE"};
	struct weirctl_table *table _cleanup_(weirctl_table_freep) = NULL;
	const char *member;
	json_t *value;
	int r = weirctl_table_new(headings, ARRAY_SIZE(headings), false, &table);

	json_object_foreach((json_t *)event, member, value)
	{
		if (r == 0)
			r = add_member(table, "", member, value, 4);
	}
	if (r == 0)
		weirctl_table_print(table, context->format, stdout);
	return r;
}

static int parse(struct weirctl_context *context, int argc, char **argv, const char **ret_id)
{
	int r = weirctl_context_options(context, argc, argv, usage_text);

	if (r != WEIRCTL_OK)
		return r;
	if (optind + 1 == argc && argv[optind][0]) {
		*ret_id = argv[optind];
		return WEIRCTL_OK;
	}
	fprintf(stderr, "weirctl alert show: takes one ID, as in A-0004C\n");
	return WEIRCTL_USAGE;
}

/* An id is of letters, digits and dashes: anything else would be another path. */
static int write_target(const char *id, bool alert, struct weir_buf *target)
{
	static const char allowed[] =
		"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-";

	if (id[strspn(id, allowed)] != '\0')
		return -EINVAL;
	return weir_buf_printf(target, "/api/v1/%s/%s", alert ? "alerts" : "events", id);
}

int weirctl_alert_show(struct weirctl_context *context, int argc, char **argv)
{
	struct weir_buf target _cleanup_(weir_buf_done) = WEIR_BUF_INIT(TARGET_MAX);
	json_t *answer _cleanup_(weirctl_json_freep) = NULL;
	const char *id = NULL;
	bool alert;
	int r = parse(context, argc, argv, &id);

	if (r != WEIRCTL_OK)
		return r < 0 ? WEIRCTL_OK : r;
	alert = strchr("Ee", id[0]) == NULL;
	if (write_target(id, alert, &target) < 0) {
		fprintf(stderr, "weirctl alert show: this is not an id; ids look like A-0004C\n");
		return WEIRCTL_USAGE;
	}
	r = weirctl_get(context, target.data, &answer);
	if (r != WEIRCTL_OK)
		return r;
	if (context->format == WEIRCTL_JSON)
		r = weirctl_print_json(stdout, answer);
	else
		r = print_event(context, json_object_get(answer, alert ? "alert" : "event"));
	if (r < 0) {
		fprintf(stderr, "weirctl: %s\n", strerror(-r));
		return WEIRCTL_ERROR;
	}
	return WEIRCTL_OK;
}
