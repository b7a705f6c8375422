/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the trust boundary between the ring buffers and everything else in the agent: a record is
 * copied once, checked whole, and only then becomes an event. Must not resolve anything (mount
 * points, users, devices): that is the pipeline's. */
#include "weir/event/decode.h"

#include <errno.h>
#include <string.h>

#include "text.h"
#include "weir/abi/map.h"

static size_t size_of_type(unsigned type)
{
	switch (type) {
	case WEIR_ABI_REC_VERDICT:
		return sizeof(struct weir_abi_verdict);
	case WEIR_ABI_REC_SINK_OPEN:
		return sizeof(struct weir_abi_sink_open);
	case WEIR_ABI_REC_VOLUME:
		return sizeof(struct weir_abi_volume_seen);
	default:
		return 0;
	}
}

int weir_event_record_type(const void *data, size_t len)
{
	struct weir_abi_hdr hdr;

	if (len < sizeof(hdr))
		return -EPROTO;
	memcpy(&hdr, data, sizeof(hdr));
	if (hdr.abi != WEIR_ABI_VERSION || hdr.size != len || size_of_type(hdr.type) != len)
		return -EPROTO;
	return hdr.type;
}

static void take_header(struct weir_event *event, const struct weir_abi_hdr *hdr,
			uint64_t offset_ns)
{
	event->kernel_seq = hdr->seq;
	event->boot_ns = hdr->boot_ns;
	event->time_ns = hdr->boot_ns + offset_ns;
	event->selftest = hdr->flags & WEIR_ABI_HDR_SELFTEST;
}

static void take_process(struct weir_process *ret, const struct weir_abi_process *from)
{
	ret->start_boot_ns = from->start_boot_ns;
	ret->pid = from->tgid;
	ret->tid = from->tid;
	ret->parent_pid = from->ppid;
	ret->uid = from->uid;
	ret->gid = from->gid;
	ret->login_uid = from->loginuid;
	(void)weir_event_text(ret->name, sizeof(ret->name), from->comm, sizeof(from->comm));
	(void)weir_event_text(ret->executable, sizeof(ret->executable), from->exe,
			      sizeof(from->exe));
}

/* What both kinds of record say about themselves; every number is in range afterwards. */
struct facts {
	unsigned action, cause, hook, tier, channel, profile;
	uint32_t names_len;
};

static bool facts_valid(const struct facts *f)
{
	return f->action <= WEIR_ABI_ACTION_WARN && f->cause < _WEIR_ABI_CAUSE_MAX &&
	       f->hook < _WEIR_ABI_HOOK_MAX && f->tier <= WEIR_ABI_TIER_SCAN &&
	       (f->channel <= WEIR_ABI_CHANNEL_NETWORK || f->channel == WEIR_ABI_CHANNEL_AGENT) &&
	       f->profile < WEIR_ABI_PROFILES && f->names_len <= WEIR_ABI_NAME_LEN;
}

static void take_facts(struct weir_event *event, const struct facts *f)
{
	event->action = (enum weir_abi_action)f->action;
	event->cause = (enum weir_abi_cause)f->cause;
	event->hook = (enum weir_abi_hook)f->hook;
	event->tier = (enum weir_abi_tier)f->tier;
	event->channel = (enum weir_abi_channel)f->channel;
	event->profile = (uint8_t)f->profile;
}

static enum weir_activity activity_of(const struct weir_event *event)
{
	if (event->channel == WEIR_ABI_CHANNEL_AGENT)
		return WEIR_ACTIVITY_TAMPER;
	if (event->hook == WEIR_ABI_HOOK_VOLUME_MOUNT)
		return WEIR_ACTIVITY_MOUNT;
	if (event->hook == WEIR_ABI_HOOK_VOLUME_CHANGE)
		return WEIR_ACTIVITY_CHANGE;
	if (event->hook == WEIR_ABI_HOOK_NODE_IOCTL)
		return WEIR_ACTIVITY_COMMAND;
	if (event->hook == WEIR_ABI_HOOK_FILE_OPEN || event->hook == WEIR_ABI_HOOK_FANOTIFY_OPEN ||
	    event->hook == WEIR_ABI_HOOK_CGROUP_DEVICE ||
	    (event->cause == WEIR_ABI_CAUSE_OPEN && event->channel != WEIR_ABI_CHANNEL_NETWORK))
		return WEIR_ACTIVITY_OPEN;
	if (event->hook == WEIR_ABI_HOOK_FANOTIFY_CLOSE)
		return WEIR_ACTIVITY_CLOSE;
	return event->channel == WEIR_ABI_CHANNEL_NETWORK ? WEIR_ACTIVITY_SEND
							  : WEIR_ACTIVITY_WRITE;
}

static int decode_verdict(const void *data, uint64_t offset_ns, struct weir_event *ret)
{
	struct weir_abi_verdict record;
	struct weir_event event = {0};
	struct facts facts;

	memcpy(&record, data, sizeof(record));
	facts = (struct facts){record.action,  record.cause,   record.hook,	record.tier,
			       record.channel, record.profile, record.names_len};
	if (!facts_valid(&facts))
		return -EPROTO;
	take_header(&event, &record.hdr, offset_ns);
	take_process(&event.process, &record.process);
	take_facts(&event, &facts);
	event.target = record.target;
	event.label = record.label;
	event.remote = record.remote;
	event.local = record.local;
	event.offset = record.offset;
	event.length = record.length;
	event.landed_start = record.landed_start;
	event.landed_end = record.landed_end;
	event.suppressed = record.suppressed;
	event.passed = record.action == WEIR_ABI_ACTION_WARN && record.passed;
	memcpy(event.distinct, record.distinct, sizeof(event.distinct));
	memcpy(event.labelled, record.labelled, sizeof(event.labelled));
	weir_event_path(event.path, sizeof(event.path), record.names, record.names_len,
			record.names_cut);
	event.activity = activity_of(&event);
	*ret = event;
	return 0;
}

static int decode_sink_open(const void *data, uint64_t offset_ns, struct weir_event *ret)
{
	struct weir_abi_sink_open record;
	struct weir_event event = {0};
	struct facts facts;

	memcpy(&record, data, sizeof(record));
	facts = (struct facts){
		record.action,
		record.action == WEIR_ABI_ACTION_BLOCK ? WEIR_ABI_CAUSE_OPEN : WEIR_ABI_CAUSE_NONE,
		record.hook,
		record.tier,
		record.channel,
		record.profile,
		record.names_len};
	if (!facts_valid(&facts))
		return -EPROTO;
	take_header(&event, &record.hdr, offset_ns);
	take_process(&event.process, &record.process);
	take_facts(&event, &facts);
	event.target = record.target;
	event.ctime_ns = record.ctime_ns;
	event.activity = WEIR_ACTIVITY_OPEN;
	weir_event_path(event.path, sizeof(event.path), record.names, record.names_len,
			record.names_cut);
	*ret = event;
	return 0;
}

int weir_event_decode(const void *data, size_t len, uint64_t realtime_offset_ns,
		      struct weir_event *ret)
{
	switch (weir_event_record_type(data, len)) {
	case WEIR_ABI_REC_VERDICT:
		return decode_verdict(data, realtime_offset_ns, ret);
	case WEIR_ABI_REC_SINK_OPEN:
		return decode_sink_open(data, realtime_offset_ns, ret);
	default:
		return -EPROTO;
	}
}

int weir_event_decode_volume(const void *data, size_t len, uint32_t *ret_dev, uint32_t *ret_pid,
			     enum weir_abi_channel *ret_channel)
{
	struct weir_abi_volume_seen record;

	if (weir_event_record_type(data, len) != WEIR_ABI_REC_VOLUME)
		return -EPROTO;
	memcpy(&record, data, sizeof(record));
	if (record.channel > WEIR_ABI_CHANNEL_NETWORK)
		return -EPROTO;
	*ret_dev = record.dev;
	*ret_pid = record.tgid;
	*ret_channel = (enum weir_abi_channel)record.channel;
	return 0;
}
