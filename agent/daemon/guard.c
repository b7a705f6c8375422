/* SPDX-License-Identifier: Apache-2.0 */
#include "weir/daemon/guard.h"

#include <errno.h>
#include <stdlib.h>

#include "weir/base/parse.h"
#include "weir/base/time.h"

struct weir_guard {
	struct weir_guard_options options;
	struct weir_pipeline *pipeline;
	int timer; /* while it is open; -1: it is not */
};

static void guard_things(const struct weir_guard *guard)
{
	const struct weir_guard_options *o = &guard->options;
	int r;

	if (!o->kernel || !weir_protect_wanted(o->protect))
		return;
	r = weir_protect_apply(o->protect, o->kernel);
	if (r < 0)
		weir_log_error(o->log, 0, "what is the agent's own is not guarded: %s",
			       weir_protect_error(r));
	else if (weir_protect_keys(o->protect) == 0)
		weir_log_warning(o->log, 0, "the guard is on and there is no key to open it by");
}

int weir_guard_new(const struct weir_guard_options *options, struct weir_guard **ret)
{
	struct weir_guard *guard = calloc(1, sizeof(*guard));

	if (!guard)
		return -ENOMEM;
	guard->options = *options;
	guard->timer = -1;
	guard_things(guard);
	*ret = guard;
	return 0;
}

void weir_guard_free(struct weir_guard *guard)
{
	if (!guard)
		return;
	weir_loop_remove(guard->options.loop, guard->timer);
	free(guard);
}

enum weir_abi_tier weir_guard_tier(const struct weir_guard *guard)
{
	return guard->options.kernel ? weir_kernel_guard_tier(guard->options.kernel)
				     : WEIR_ABI_TIER_SCAN;
}

static bool refuses(const struct weir_guard *guard)
{
	return weir_guard_tier(guard) <= WEIR_ABI_TIER_FMOD_RET;
}

bool weir_guard_is_open(const struct weir_guard *guard)
{
	return guard->timer >= 0;
}

bool weir_guard_is_closed(const struct weir_guard *guard)
{
	return refuses(guard) && weir_protect_wanted(guard->options.protect) &&
	       !weir_guard_is_open(guard);
}

static void report(const struct weir_guard *guard, enum weir_activity activity, const char *text)
{
	int r = weir_pipeline_guard_event(guard->pipeline, activity, text);

	if (r < 0)
		weir_log_warning(guard->options.log, r, "the guard's event cannot be reported");
}

/* What was replaced meanwhile is guarded from here on. */
static void note_closed(struct weir_guard *guard)
{
	weir_loop_remove(guard->options.loop, guard->timer);
	guard->timer = -1;
	guard_things(guard);
	weir_log_info(guard->options.log, "the guard is closed");
	report(guard, WEIR_ACTIVITY_LOCK, "");
}

/* The kernel closes by itself. */
static int on_open(void *context, uint32_t events)
{
	struct weir_guard *guard = context;

	if (weir_now_boottime() >= weir_kernel_guard_open_until(guard->options.kernel))
		note_closed(guard);
	return 0;
}

static int mind_open(struct weir_guard *guard)
{
	return weir_guard_is_open(guard)
		       ? 0
		       : weir_loop_add_timer(guard->options.loop, WEIR_NSEC_PER_SEC, on_open, guard,
					     &guard->timer);
}

int weir_guard_attach(struct weir_guard *guard, struct weir_pipeline *pipeline)
{
	const struct weir_guard_options *o = &guard->options;

	guard->pipeline = pipeline;
	if (!o->kernel || !weir_protect_wanted(o->protect) ||
	    weir_kernel_guard_open_until(o->kernel) <= weir_now_boottime())
		return 0;
	return mind_open(guard);
}

static int open_for(struct weir_guard *guard, const struct weir_unlock *unlock)
{
	uint64_t ns = unlock->minutes * 60 * WEIR_NSEC_PER_SEC;
	int r = weir_kernel_guard_open(guard->options.kernel, ns);

	if (r < 0)
		return r;
	weir_log_info(guard->options.log, "the guard is open for %u minutes: %s", unlock->minutes,
		      unlock->purpose);
	report(guard, WEIR_ACTIVITY_UNLOCK, unlock->purpose);
	return mind_open(guard);
}

json_t *weir_guard_lock(struct weir_guard *guard, const struct weir_control_request *request)
{
	int r;

	if (request->uid != 0)
		return weir_control_refusal("only root may", "仅限 root");
	if (!weir_guard_is_open(guard))
		return weir_control_refusal("the guard is not open", "自我保护并未开放");
	r = weir_kernel_guard_open(guard->options.kernel, 0);
	if (r < 0)
		return weir_protect_refusal(r);
	note_closed(guard);
	return json_pack("{s:i, s:i}", "schema", 1, "minutes", 0);
}

json_t *weir_guard_unlock(struct weir_guard *guard, const struct weir_control_request *request)
{
	const struct weir_guard_options *o = &guard->options;
	const char *text = json_string_value(json_object_get(request->arguments, "unlock"));
	uint8_t bytes[WEIR_UNLOCK_BYTES_MAX];
	struct weir_unlock unlock;
	int n = text ? weir_unhex(text, bytes, sizeof(bytes)) : -EBADMSG, r = n;

	if (n >= 0)
		r = refuses(guard) ? 0 : -ENOTSUP;
	if (r >= 0)
		r = weir_protect_unlock(o->protect, bytes, (size_t)n, o->agent_uid, &unlock);
	if (r >= 0)
		r = open_for(guard, &unlock);
	if (r < 0) {
		weir_log_warning(o->log, 0, "an unlock was refused: %s", weir_protect_error(r));
		return weir_protect_refusal(r);
	}
	return json_pack("{s:i, s:i, s:s}", "schema", 1, "minutes", (int)unlock.minutes, "purpose",
			 unlock.purpose);
}
