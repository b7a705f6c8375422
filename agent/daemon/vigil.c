/* SPDX-License-Identifier: Apache-2.0 */
#include "weir/daemon/vigil.h"

#include <errno.h>
#include <stdlib.h>

#include "weir/base/time.h"
#include "weir/daemon/presence.h"

struct weir_vigil {
	struct weir_vigil_options options;
	struct weir_presence *presence;
	struct weir_presence_before away; /* to be reported, when known */
	int timer;
	bool leaving;
};

/* Until it is in the report nothing is vouched for, and the next agent would report it. */
static void report_away(struct weir_vigil *vigil)
{
	const char *text =
		vigil->away.orderly ? "the agent was ended" : "the agent was killed or stopped";
	int r;

	if (!vigil->away.known)
		return;
	r = weir_pipeline_away_event(vigil->options.pipeline, vigil->away.since_ns,
				     vigil->away.orderly, text);
	if (r < 0)
		weir_log_warning(vigil->options.log, r,
				 "that the agent was not there cannot be reported");
	else
		vigil->away.known = false;
}

static int on_beat(void *context, uint32_t events)
{
	struct weir_vigil *vigil = context;
	uint64_t judged = 0;

	report_away(vigil);
	if (!vigil->away.known)
		judged = weir_pipeline_judged_until(vigil->options.pipeline);
	weir_presence_beat(vigil->presence, weir_now_boottime(), judged);
	return 0;
}

int weir_vigil_new(const struct weir_vigil_options *options, struct weir_vigil **ret)
{
	struct weir_vigil *vigil _cleanup_(weir_vigil_freep) = calloc(1, sizeof(*vigil));
	int r;

	if (!vigil)
		return -ENOMEM;
	vigil->options = *options;
	vigil->timer = -1;
	r = weir_presence_new(options->runtime_dir, &vigil->presence, &vigil->away);
	if (r < 0) {
		weir_log_warning(options->log, r, "no presence in %s", options->runtime_dir);
		*ret = NULL;
		return 0;
	}
	if (vigil->away.known)
		weir_pipeline_look_back(options->pipeline, vigil->away.since_ns);
	report_away(vigil);
	r = weir_loop_add_timer(options->loop, WEIR_PRESENCE_BEAT_NS, on_beat, vigil,
				&vigil->timer);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(vigil);
	return 0;
}

void weir_vigil_free(struct weir_vigil *vigil)
{
	if (!vigil)
		return;
	weir_loop_remove(vigil->options.loop, vigil->timer);
	if (vigil->leaving)
		weir_presence_end(vigil->presence, weir_now_boottime());
	weir_presence_free(vigil->presence);
	free(vigil);
}

void weir_vigil_continued(struct weir_vigil *vigil)
{
	uint64_t since;

	if (!vigil || vigil->away.known)
		return;
	since = weir_presence_stopped_since(vigil->presence, weir_now_boottime());
	if (since == 0)
		return;
	vigil->away = (struct weir_presence_before){.known = true, .since_ns = since};
	report_away(vigil);
}

/* What is still to be reported is for the next agent to tell. */
void weir_vigil_leave(struct weir_vigil *vigil)
{
	if (vigil)
		vigil->leaving = !vigil->away.known;
}
