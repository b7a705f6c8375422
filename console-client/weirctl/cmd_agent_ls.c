/* SPDX-License-Identifier: Apache-2.0 */
#include "commands.h"
#include "event.h"
#include "view.h"

/* "ring_full:3,spool_full:1" */
static int write_drops(const json_t *agent, struct weir_buf *buf)
{
	const json_t *drops = json_object_get(agent, "dropped");
	int r = 0;

	for (size_t i = 0; r == 0 && i < json_array_size(drops); i++) {
		const json_t *drop = json_array_get(drops, i);

		r = weir_buf_printf(buf, "%s%s:%" JSON_INTEGER_FORMAT, i ? "," : "",
				    weirctl_text(drop, "cause"),
				    json_integer_value(json_object_get(drop, "count")));
	}
	return r;
}

/* clang-format off */
static const struct weirctl_column columns[] = {
	{"AGENT", "agent_uid", NULL},
	{"HOST", "host_name", NULL},
	{"VERSION", "agent_version", NULL},
	{"LAST SEEN", "last_seen", NULL},
	{"COMMITTED", "committed_sequence", NULL},
	{"EVENTS", "events", NULL},
	{"REJECTS", "rejects", NULL},
	{"DROPPED", NULL, write_drops},
};

static const char *const fields[] = {
	"agent_uid", "host_name", "agent_version", "first_seen", "last_seen", "spool_epoch",
	"committed_sequence", "events", "rejects", "dropped", NULL,
};
/* clang-format on */

static const struct weirctl_view view = {
	.member = "agents",
	.columns = columns,
	.n_columns = ARRAY_SIZE(columns),
	.fields = fields,
};

static int run(struct weirctl_context *context, const struct weirctl_args *args)
{
	json_t *answer _cleanup_(weirctl_json_freep) = NULL;
	int r = weirctl_get_list(context, "/api/v1/agents", view.member, "after", 0, &answer);

	return r == WEIRCTL_OK ? weirctl_print(context, &view, answer) : r;
}

const struct weirctl_command weirctl_cmd_agent_ls = {
	.noun = "agent",
	.verb = "ls",
	.flags = WEIRCTL_WATCH,
	.summary = {"list the agents that have reported, and what they say they dropped",
		    "列出上报过的终端,以及它们自报的丢弃数"},
	.view = &view,
	.run = run,
};
