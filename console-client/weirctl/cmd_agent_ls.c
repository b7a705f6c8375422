/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "event.h"

#define PAGES_MAX  2000
#define TARGET_MAX 256

static const char usage_text[] =
	"Usage: weirctl agent ls [--json]\n"
	"\n"
	"Lists the agents that have reported, and what they say they dropped.\n";

static int parse(struct weirctl_context *context, int argc, char **argv)
{
	int r = weirctl_context_options(context, argc, argv, usage_text);

	if (r != WEIRCTL_OK)
		return r;
	if (optind == argc)
		return WEIRCTL_OK;
	fprintf(stderr, "weirctl agent ls: takes options only\n");
	return WEIRCTL_USAGE;
}

/* "ring_full:3,spool_full:1" */
static int write_drops(const json_t *agent, struct weir_buf *buf)
{
	const json_t *drops = json_object_get(agent, "dropped");
	int r = weir_buf_puts(buf, "");

	for (size_t i = 0; r == 0 && i < json_array_size(drops); i++) {
		const json_t *drop = json_array_get(drops, i);

		r = weir_buf_printf(buf, "%s%s:%" JSON_INTEGER_FORMAT, i ? "," : "",
				    weirctl_text(drop, "cause"),
				    json_integer_value(json_object_get(drop, "count")));
	}
	return r;
}

static int add_row(struct weirctl_table *table, const json_t *agent)
{
	static const char *const names[] = {"committed_sequence", "events", "rejects"};
	struct weir_buf numbers[ARRAY_SIZE(names)] = {};
	struct weir_buf drops _cleanup_(weir_buf_done) = WEIR_BUF_INIT(WEIRCTL_TEXT_MAX);
	int r = write_drops(agent, &drops);

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		numbers[i] = WEIR_BUF_INIT(WEIRCTL_TEXT_MAX);
		if (r == 0)
			r = weirctl_scalar(json_object_get(agent, names[i]), &numbers[i]);
	}
	if (r == 0)
		r = weirctl_table_add(table, (const char *const[]){
						     weirctl_text(agent, "agent_uid"),
						     weirctl_text(agent, "host_name"),
						     weirctl_text(agent, "agent_version"),
						     weirctl_text(agent, "last_seen"),
						     numbers[0].data,
						     numbers[1].data,
						     numbers[2].data,
						     drops.data,
					     });
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		weir_buf_done(&numbers[i]);
	return r;
}

static int print_rows(const struct weirctl_context *context, const json_t *agents)
{
	static const char *const headings[] = {"AGENT",	    "HOST",   "VERSION", "LAST SEEN",
					       "COMMITTED", "EVENTS", "REJECTS", "DROPPED"};
	struct weirctl_table *table _cleanup_(weirctl_table_freep) = NULL;
	int r = weirctl_table_new(headings, ARRAY_SIZE(headings), true, &table);

	for (size_t i = 0; r == 0 && i < json_array_size(agents); i++)
		r = add_row(table, json_array_get(agents, i));
	if (r == 0)
		weirctl_table_print(table, context->format, stdout);
	return r;
}

static int collect(struct weirctl_context *context, json_t **ret)
{
	json_t *all _cleanup_(weirctl_json_freep) = NULL;
	const char *after = NULL;

	for (unsigned pages = 0; pages == 0 || (after && pages < PAGES_MAX); pages++) {
		struct weir_buf target _cleanup_(weir_buf_done) = WEIR_BUF_INIT(TARGET_MAX);
		json_t *page _cleanup_(weirctl_json_freep) = NULL;
		int r = weir_buf_puts(&target, "/api/v1/agents?limit=500");

		if (r == 0 && after)
			r = weirctl_add_param(&target, "after", after);
		if (r < 0)
			return WEIRCTL_ERROR;
		r = weirctl_get(context, target.data, &page);
		if (r != WEIRCTL_OK)
			return r;
		if (!all) {
			all = TAKE_PTR(page);
		} else {
			json_array_extend(json_object_get(all, "agents"),
					  json_object_get(page, "agents"));
			json_object_set(all, "next_after", json_object_get(page, "next_after"));
		}
		after = json_string_value(json_object_get(all, "next_after"));
	}
	*ret = TAKE_PTR(all);
	return WEIRCTL_OK;
}

int weirctl_agent_ls(struct weirctl_context *context, int argc, char **argv)
{
	json_t *page _cleanup_(weirctl_json_freep) = NULL;
	int r = parse(context, argc, argv);

	if (r != WEIRCTL_OK)
		return r < 0 ? WEIRCTL_OK : r;
	r = collect(context, &page);
	if (r != WEIRCTL_OK)
		return r;
	if (context->format == WEIRCTL_JSON)
		r = weirctl_print_json(stdout, page);
	else
		r = print_rows(context, json_object_get(page, "agents"));
	if (r < 0) {
		fprintf(stderr, "weirctl: %s\n", strerror(-r));
		return WEIRCTL_ERROR;
	}
	return WEIRCTL_OK;
}
