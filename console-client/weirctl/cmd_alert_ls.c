/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "event.h"
#include "weir/base/parse.h"

#define LIMIT	   50
#define LIMIT_MAX  100000
#define PAGE_MAX   500 /* the console's own */
#define TARGET_MAX 4096

static const char usage_text[] =
	"Usage: weirctl alert ls [OPTION]...\n"
	"\n"
	"  --limit N          at most N, newest first (50)\n"
	"  --since WHEN       24h, 14d, 30min, or 2026-11-22T08:00:00Z\n"
	"  --channel CHANNEL  file, removable, share, network or at_rest\n"
	"  --action ACTION    allow, audit, warn, block or quarantine\n"
	"  --agent UID        of one agent\n"
	"  --all              also events that are no alert\n"
	"  --json             the console's JSON; also --output table|tsv|json\n";

struct listing {
	uint32_t limit;
	bool all;
	const char *since, *channel, *action, *agent; /* NULL: any */
};

static const char *array_name(const struct listing *listing)
{
	return listing->all ? "events" : "alerts";
}

static int write_target(const struct listing *listing, uint32_t limit, const char *before,
			struct weir_buf *target)
{
	const struct {
		const char *name, *value;
	} params[] = {
		{"before", before},
		{"since", listing->since},
		{"channel", listing->channel},
		{"action", listing->action},
		{"agent", listing->agent},
	};
	char number[16];
	int r;

	(void)snprintf(number, sizeof(number), "%" PRIu32, WEIR_MIN(limit, (uint32_t)PAGE_MAX));
	weir_buf_clear(target);
	r = weir_buf_printf(target, "/api/v1/%s", array_name(listing));
	if (r == 0)
		r = weirctl_add_param(target, "limit", number);
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(params); i++)
		if (params[i].value)
			r = weirctl_add_param(target, params[i].name, params[i].value);
	return r;
}

/* Asks for pages until limit rows are there; *ret looks like one page of the API. */
static int collect(struct weirctl_context *context, const struct listing *listing, json_t **ret)
{
	json_t *all _cleanup_(weirctl_json_freep) = NULL;
	struct weir_buf target _cleanup_(weir_buf_done) = WEIR_BUF_INIT(TARGET_MAX);
	const char *name = array_name(listing), *before = NULL;

	do {
		json_t *page _cleanup_(weirctl_json_freep) = NULL;
		size_t have = json_array_size(json_object_get(all, name));
		int r;

		if (write_target(listing, listing->limit - (uint32_t)have, before, &target) < 0) {
			fprintf(stderr, "weirctl: an option's value is too long\n");
			return WEIRCTL_USAGE;
		}
		r = weirctl_get(context, target.data, &page);
		if (r != WEIRCTL_OK)
			return r;
		if (!all) {
			all = TAKE_PTR(page);
		} else {
			/* A page that adds nothing would go on for ever. */
			if (json_array_size(json_object_get(page, name)) == 0)
				break;
			json_array_extend(json_object_get(all, name), json_object_get(page, name));
			json_object_set(all, "next_before", json_object_get(page, "next_before"));
		}
		before = json_string_value(json_object_get(all, "next_before"));
	} while (before && json_array_size(json_object_get(all, name)) < listing->limit);
	*ret = TAKE_PTR(all);
	return WEIRCTL_OK;
}

static int add_row(struct weirctl_table *table, const json_t *event)
{
	struct weir_buf actor _cleanup_(weir_buf_done) = WEIR_BUF_INIT(WEIRCTL_TEXT_MAX);
	struct weir_buf target _cleanup_(weir_buf_done) = WEIR_BUF_INIT(WEIRCTL_TEXT_MAX);
	struct weir_buf counts _cleanup_(weir_buf_done) = WEIR_BUF_INIT(WEIRCTL_TEXT_MAX);
	int r;

	r = weirctl_event_actor(event, &actor);
	if (r == 0)
		r = weirctl_event_target(event, &target);
	if (r == 0)
		r = weirctl_event_counts(event, &counts);
	if (r < 0)
		return r;
	return weirctl_table_add(table, (const char *const[]){
						weirctl_text(event, "id"),
						weirctl_text(event, "time"),
						weirctl_text(event, "host_name"),
						weirctl_text(event, "channel"),
						weirctl_text(event, "action"),
						weirctl_text(event, "rule"),
						actor.data,
						target.data,
						counts.data,
						weirctl_text(event, "tier"),
						weirctl_text(event, "hook"),
					});
}

static int print_rows(const struct weirctl_context *context, const json_t *events)
{
	static const char *const headings[] = {"ID",	 "TIME", "HOST",  "CHANNEL",
					       "ACTION", "RULE", "ACTOR", "TARGET",
					       "COUNTS", "TIER", "HOOK"};
	struct weirctl_table *table _cleanup_(weirctl_table_freep) = NULL;
	int r = weirctl_table_new(headings, ARRAY_SIZE(headings), true, &table);

	for (size_t i = 0; r == 0 && i < json_array_size(events); i++)
		r = add_row(table, json_array_get(events, i));
	if (r == 0)
		weirctl_table_print(table, context->format, stdout);
	return r;
}

static int parse(struct weirctl_context *context, int argc, char **argv, struct listing *listing)
{
	static const struct option options[] = {
		{"limit", required_argument, NULL, 'n'},
		{"since", required_argument, NULL, 's'},
		{"channel", required_argument, NULL, 'c'},
		{"action", required_argument, NULL, 'a'},
		{"agent", required_argument, NULL, 'A'},
		{"all", no_argument, NULL, 'l'},
		WEIRCTL_COMMON_OPTIONS,
		{},
	};
	int c;

	while ((c = getopt_long(argc, argv, "hn:o:", options, NULL)) != -1) {
		switch (c) {
		case 'n':
			if (weir_parse_u32(optarg, &listing->limit) == 0 && listing->limit > 0 &&
			    listing->limit <= LIMIT_MAX)
				break;
			fprintf(stderr, "weirctl alert ls: --limit takes 1 to %d\n", LIMIT_MAX);
			return WEIRCTL_USAGE;
		case 's':
			listing->since = optarg;
			break;
		case 'c':
			listing->channel = optarg;
			break;
		case 'a':
			listing->action = optarg;
			break;
		case 'A':
			listing->agent = optarg;
			break;
		case 'l':
			listing->all = true;
			break;
		case 'h':
			fputs(usage_text, stdout);
			return -1;
		default:
			if (!weirctl_context_option(context, c, optarg))
				return WEIRCTL_USAGE;
		}
	}
	if (optind == argc)
		return WEIRCTL_OK;
	fprintf(stderr,
		"weirctl alert ls: takes options only; weirctl alert ls --help lists them\n");
	return WEIRCTL_USAGE;
}

int weirctl_alert_ls(struct weirctl_context *context, int argc, char **argv)
{
	struct listing listing = {.limit = LIMIT};
	json_t *page _cleanup_(weirctl_json_freep) = NULL;
	int r = parse(context, argc, argv, &listing);

	if (r != WEIRCTL_OK)
		return r < 0 ? WEIRCTL_OK : r;
	r = collect(context, &listing, &page);
	if (r != WEIRCTL_OK)
		return r;
	if (context->format == WEIRCTL_JSON)
		r = weirctl_print_json(stdout, page);
	else
		r = print_rows(context, json_object_get(page, array_name(&listing)));
	if (r < 0) {
		fprintf(stderr, "weirctl: %s\n", strerror(-r));
		return WEIRCTL_ERROR;
	}
	return WEIRCTL_OK;
}
