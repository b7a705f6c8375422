/* SPDX-License-Identifier: Apache-2.0 */
/* What was written to a volume after it was mounted and before it was marked, or while there was no agent: looked at afterwards, or
 * told that it was not. */

#include <errno.h>

#include "internal.h"
#include "weir/base/fd.h"
#include "weir/base/time.h"

#define BUDGET_NS (10 * WEIR_NSEC_PER_SEC)

static const char text[] =
	"not all that was written to a volume before it was guarded was looked at";

/* Kernel programs judge volumes that nobody has told them of; what changes on a share is also what others write. */
static bool wanted(const struct weir_pipeline *p, const struct weir_pipeline_volume *volume)
{
	enum weir_abi_tier tier = p->options.kernel.ops->file_tier(p->options.kernel.context);

	return volume->channel == WEIR_ABI_CHANNEL_REMOVABLE && tier != WEIR_ABI_TIER_LSM &&
	       tier != WEIR_ABI_TIER_FMOD_RET;
}

/* From a boottime until now, by the clock. */
static struct weir_lookback_range range_since(uint64_t boot_ns)
{
	uint64_t now = weir_now_realtime();

	return (struct weir_lookback_range){.since_ns = now - (weir_now_boottime() - boot_ns),
					    .until_ns = now};
}

static void begin(struct weir_pipeline *p, struct weir_pipeline_volume *volume, int fd)
{
	int r = -ENOSYS;

	volume->unseen = range_since(volume->unseen_ns);
	volume->unseen_cookie = ++p->unseen_cookies;
	if (p->lookback)
		r = weir_lookback_start(p->lookback, fd, &volume->unseen, BUDGET_NS,
					volume->unseen_cookie);
	if (r < 0)
		unseen_end(p, volume, r);
}

void unseen_begin(struct weir_pipeline *p, struct weir_pipeline_volume *volume, int fd)
{
	/* What was before this agent is looked at when it is known since when there was none. */
	if (p->mounts_known_ns == 0 || !wanted(p, volume))
		return;
	if (volume->unseen_ns == 0)
		volume->unseen_ns = p->mounts_known_ns;
	begin(p, volume, fd);
}

/* What was plugged later was written elsewhere before: nobody's copy from here. */
static void begin_away(struct weir_pipeline *p, struct weir_pipeline_volume *volume,
		       uint64_t since_boot_ns)
{
	int fd _cleanup_(weir_closep) = volume_open(volume);

	volume->unseen_ns =
		WEIR_MAX(since_boot_ns, weir_device_plugged(&p->options.sinks, volume->dev));
	if (fd < 0)
		unseen_end(p, volume, fd);
	else
		begin(p, volume, fd);
}

void weir_pipeline_look_back(struct weir_pipeline *p, uint64_t since_boot_ns)
{
	for (size_t i = 0; i < WEIR_PIPELINE_VOLUMES; i++) {
		struct weir_pipeline_volume *volume = &p->volumes[i];

		if (weir_pipeline_volume_is_there(volume) && wanted(p, volume))
			begin_away(p, volume, since_boot_ns);
	}
}

bool unseen_written(const struct weir_pipeline *p, const struct weir_pipeline_volume *volume,
		    uint64_t ctime_ns)
{
	struct weir_lookback_range here = range_since(p->started_boot_ns);

	return weir_lookback_within(&volume->unseen, ctime_ns) ||
	       weir_lookback_within(&here, ctime_ns);
}

void unseen_end(struct weir_pipeline *p, struct weir_pipeline_volume *volume, int result)
{
	volume->unseen_cookie = 0;
	if (volume->unseen_ns == 0)
		return;
	if (result < 0) {
		weir_log_warning(p->options.log, result, "%s: %s", volume->device.mount_point,
				 text);
		result = weir_pipeline_away_event(p, volume->unseen_ns, false, text);
	}
	if (result < 0)
		weir_log_warning(p->options.log, result, "that cannot be reported");
	else
		volume->unseen_ns = 0;
}

/* Those that are not being looked at. */
void unseen_report(struct weir_pipeline *p)
{
	for (size_t i = 0; i < WEIR_PIPELINE_VOLUMES; i++)
		if (p->volumes[i].unseen_ns && p->volumes[i].unseen_cookie == 0)
			unseen_end(p, &p->volumes[i], -EAGAIN);
}

uint64_t unseen_since(const struct weir_pipeline *p)
{
	uint64_t since = UINT64_MAX;

	for (size_t i = 0; i < WEIR_PIPELINE_VOLUMES; i++)
		if (p->volumes[i].unseen_ns)
			since = WEIR_MIN(since, p->volumes[i].unseen_ns);
	return since;
}

static bool ready(void *context)
{
	return pending_has_room(context, 1);
}

/* As if it were closed now, by nobody knows whom. */
static void found(void *context, uint64_t cookie, int fd)
{
	struct weir_pipeline *p = context;
	struct weir_watch_file file;

	if (weir_watch_describe(fd, &file) < 0) {
		weir_close(fd);
		return;
	}
	file.fd = fd;
	file.modified = true;
	weir_pipeline_closed(p, &file);
	weir_close(file.fd);
}

static void ended(void *context, uint64_t cookie, int result)
{
	struct weir_pipeline *p = context;

	for (size_t i = 0; i < WEIR_PIPELINE_VOLUMES; i++)
		if (p->volumes[i].unseen_cookie == cookie)
			unseen_end(p, &p->volumes[i], result);
}

static const struct weir_lookback_ops lookback_ops = {
	.ready = ready,
	.found = found,
	.ended = ended,
};

int unseen_start(struct weir_pipeline *p)
{
	return weir_lookback_new(&lookback_ops, p, &p->lookback);
}

void unseen_stop(struct weir_pipeline *p)
{
	weir_lookback_free(p->lookback);
	p->lookback = NULL;
	for (size_t i = 0; i < WEIR_PIPELINE_VOLUMES; i++)
		unseen_end(p, &p->volumes[i], -ECANCELED);
}
