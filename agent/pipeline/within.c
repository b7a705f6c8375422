/* SPDX-License-Identifier: Apache-2.0 */
/* Lists in pieces: whose file on which volume it is, and when it counts. What is refused and taken away has brought nothing, and neither
 * has what a rule or a grant allows. */

#include <string.h>

#include "internal.h"
#include "weir/base/time.h"

/* A policy's own detectors are numbered by each policy anew: what another one counted under a number is no part of its sum. */
static uint64_t still_meant(const struct weir_policy *now, const struct weir_policy *before)
{
	uint64_t ret = UINT64_MAX;

	for (unsigned d = 0; before && d < WEIR_FINDINGS_DETECTORS; d++) {
		const char *is = weir_policy_detector_id(now, d);
		const char *was = weir_policy_detector_id(before, d);

		if (!is || !was || strcmp(is, was) != 0)
			ret &= ~(UINT64_C(1) << d);
	}
	return ret;
}

void within_apply(struct weir_pipeline *p, const struct weir_policy *before)
{
	const uint64_t detectors = weir_policy_within_detectors(p->policy);
	uint32_t seconds[WEIR_WITHIN_TIMES];
	unsigned n = 0;

	while (n < WEIR_WITHIN_TIMES && weir_policy_within(p->policy, n) > 0) {
		seconds[n] = weir_policy_within(p->policy, n);
		n++;
	}
	/* What a number meant before is forgotten first. */
	weir_brought_set(p->brought, seconds, n, detectors & still_meant(p->policy, before));
	weir_brought_set(p->brought, seconds, n, detectors);
}

static uint64_t text_hash(const struct weir_pipeline *p, const char *text)
{
	return weir_siphash(text, strlen(text), p->hash_key);
}

/* A stick is known by its number, plugged wherever; a share by where it is mounted. */
static uint64_t volume_id(const struct weir_pipeline *p, const struct weir_pipeline_volume *volume)
{
	const struct weir_device *device = &volume->device;
	uint64_t key[4] = {volume->channel};

	if (device->serial_number[0]) {
		key[1] = text_hash(p, device->vendor_id);
		key[2] = text_hash(p, device->product_id);
		key[3] = text_hash(p, device->serial_number);
	} else if (volume->channel == WEIR_ABI_CHANNEL_SHARE && device->mount_point[0]) {
		key[1] = text_hash(p, device->mount_point);
	} else {
		key[2] = volume->dev;
	}
	return weir_siphash(key, sizeof(key), p->hash_key);
}

static struct weir_brought_file file_of(const struct weir_pipeline *p,
					const struct emission *emission)
{
	const struct weir_event *event = &emission->event;
	const uint64_t inode[2] = {event->target.ino, event->target.dev};

	/* Who has logged in stays the same person by sudo. */
	return (struct weir_brought_file){.volume = volume_id(p, emission->volume),
					  .file = weir_siphash(inode, sizeof(inode), p->hash_key),
					  .person = event->process.login_uid != (uint32_t)-1
							    ? event->process.login_uid
							    : event->process.uid,
					  .now_ns = weir_now_boottime()};
}

const struct weir_within *within_before(struct weir_pipeline *p, const struct emission *emission)
{
	struct weir_brought_file file;

	if (!emission->brought || !emission->volume || !emission->findings)
		return NULL;
	file = file_of(p, emission);
	return weir_brought_look(p->brought, &file, emission->findings);
}

/* What could not be taken away yet is tried again. */
static bool stays(const struct emission *emission)
{
	const struct weir_verdict *verdict = &emission->verdict;

	return !weir_event_refused(&emission->event) &&
	       !(verdict->refused && !verdict->unscannable) && verdict->action != WEIR_ACTION_ALLOW;
}

void within_keep(struct weir_pipeline *p, const struct emission *emission)
{
	struct weir_brought_file file;
	uint64_t dropped;

	if (!emission->brought || !emission->volume || !stays(emission))
		return;
	file = file_of(p, emission);
	weir_brought_keep(p->brought, &file, emission->findings);
	dropped = weir_brought_take_dropped(p->brought);
	if (dropped > 0)
		count_drop(p, WEIR_COUNT_BROUGHT_DROPPED, "brought_dropped", dropped);
}
