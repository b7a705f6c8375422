/* SPDX-License-Identifier: Apache-2.0 */
/* Owns: the mapping of the agent's structs to weir.v1.Event. Must not decide anything, nor know the
 * spool. */

#include "weir/report/encode.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "weir/event/decode.h"
#include "weir/proto/wire.h"
#include "weir/report/text.h"
#include "weir/v1/event.pb-c.h"

#define TEXT_MAX    (36 * 1024)
#define ID_MAX	    64
#define MESSAGE_MAX 1024
#define COUNTS_MAX  64 /* the console takes no more */

#define EVIDENCE_HASH_LEN 32

_Static_assert((int)WEIR_ACTION_ALLOW == WEIR__V1__ACTION__ACTION_ALLOW, "actions");
_Static_assert((int)WEIR_ACTION_QUARANTINE == WEIR__V1__ACTION__ACTION_QUARANTINE, "actions");
_Static_assert((int)WEIR_ABI_CHANNEL_NETWORK == WEIR__V1__CHANNEL__CHANNEL_NETWORK, "channels");
_Static_assert((int)WEIR_ABI_CHANNEL_AGENT == WEIR__V1__CHANNEL__CHANNEL_AGENT, "channels");
_Static_assert((int)WEIR_ABI_TIER_SCAN == WEIR__V1__TIER__TIER_SCAN, "tiers");
_Static_assert((int)WEIR_SCAN_ERROR == WEIR__V1__SCAN_STATUS__SCAN_STATUS_ERROR, "scan status");

/* The message under way and all that it points to. */
struct encoder {
	Weir__V1__Event event;
	Weir__V1__Process process;
	Weir__V1__File file;
	Weir__V1__Device device;
	Weir__V1__Endpoint destination;
	Weir__V1__Justification justification;
	char *classes[WEIR_POLICY_CLASSES];
	Weir__V1__DetectorCount counts[COUNTS_MAX];
	Weir__V1__DetectorCount *count_slots[COUNTS_MAX];
	Weir__V1__Finding findings[WEIR_REPORT_FINDINGS_MAX];
	Weir__V1__Finding *finding_slots[WEIR_REPORT_FINDINGS_MAX];
	size_t used;
	char text[TEXT_MAX];
};

/* Keeps a copy of text in the encoder; what finds no room is left out. The bounds of all fields add
 * up to less. */
static char *put(struct encoder *e, const char *text, size_t in_max, size_t out_max)
{
	char *at = e->text + e->used;
	size_t room = WEIR_MIN(sizeof(e->text) - e->used, out_max + 1);

	if (!text || room <= 1)
		return (char *)protobuf_c_empty_string;
	e->used += weir_text_copy(at, room, text, in_max) + 1;
	return at;
}

#define PUT_ARRAY(e, array) put(e, array, sizeof(array), sizeof(array))

static char *put_id(struct encoder *e, const char *id)
{
	return put(e, id, ID_MAX, ID_MAX);
}

/* For names that anybody on the machine may choose, and what a worker says that has read hostile
 * bytes. */
static char *put_name(struct encoder *e, const char *text, size_t max)
{
	char *copy = put(e, text, max, max);

	if (*copy)
		weir_text_mask_numbers(copy);
	return copy;
}

enum weir_action weir_report_action(const struct weir_event *event,
				    const struct weir_verdict *verdict)
{
	if (event->action == WEIR_ABI_ACTION_BLOCK)
		return WEIR_ACTION_BLOCK;
	if (event->action == WEIR_ABI_ACTION_WARN)
		return WEIR_ACTION_WARN;
	if (verdict->action >= WEIR_ACTION_WARN)
		return WEIR_ACTION_AUDIT;
	return verdict->action;
}

static void put_process(struct encoder *e, const struct weir_report_input *input)
{
	const struct weir_process *from = &input->event->process;

	weir__v1__process__init(&e->process);
	e->process.pid = from->pid;
	e->process.start_time_ns = from->start_boot_ns;
	e->process.parent_pid = from->parent_pid;
	e->process.name = put_name(e, from->name, sizeof(from->name));
	e->process.executable = put_name(e, from->executable, sizeof(from->executable));
	e->process.uid = from->uid;
	e->process.gid = from->gid;
	e->process.login_uid = from->login_uid;
	e->process.user_name = put_id(e, input->user_name);
	e->event.process = &e->process;
}

static void put_file(struct encoder *e, const struct weir_report_input *input)
{
	const struct weir_event *from = input->event;

	weir__v1__file__init(&e->file);
	e->file.path = put_name(e, from->path, sizeof(from->path));
	e->file.size = input->file_size;
	e->file.device_major = WEIR_ABI_DEV_MAJOR(from->target.dev);
	e->file.device_minor = WEIR_ABI_DEV_MINOR(from->target.dev);
	e->file.inode = from->target.ino;
	if (input->findings)
		e->file.type = put_name(e, input->findings->type, sizeof(input->findings->type));
	e->event.file = &e->file;
}

static void put_device(struct encoder *e, const struct weir_device *from)
{
	weir__v1__device__init(&e->device);
	e->device.bus = PUT_ARRAY(e, from->bus);
	e->device.vendor_id = PUT_ARRAY(e, from->vendor_id);
	e->device.product_id = PUT_ARRAY(e, from->product_id);
	e->device.vendor = PUT_ARRAY(e, from->vendor);
	e->device.product = PUT_ARRAY(e, from->product);
	e->device.serial_number = PUT_ARRAY(e, from->serial_number);
	e->device.filesystem = PUT_ARRAY(e, from->filesystem);
	e->device.mount_point = put_name(e, from->mount_point, sizeof(from->mount_point));
	e->event.device = &e->device;
}

static void put_destination(struct encoder *e, const struct weir_abi_address *from)
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
	char text[INET6_ADDRSTRLEN] = "", protocol[16];
	bool v4 = memcmp(from->addr, mapped, sizeof(mapped)) == 0;

	weir__v1__endpoint__init(&e->destination);
	if (inet_ntop(v4 ? AF_INET : AF_INET6, from->addr + (v4 ? 12 : 0), text, sizeof(text)))
		e->destination.ip = PUT_ARRAY(e, text);
	e->destination.port = from->port;
	if (from->protocol == IPPROTO_TCP || from->protocol == IPPROTO_UDP)
		(void)snprintf(protocol, sizeof(protocol), "%s",
			       from->protocol == IPPROTO_TCP ? "tcp" : "udp");
	else
		(void)snprintf(protocol, sizeof(protocol), "%u", from->protocol);
	e->destination.protocol = PUT_ARRAY(e, protocol);
	e->event.destination = &e->destination;
}

/* One entry a detector, whoever counted: the kernel and user space look at the same content, so the
 * larger count holds. */
static void add_count(struct encoder *e, const char *detector, uint64_t distinct, uint64_t total)
{
	Weir__V1__DetectorCount *count;
	size_t i = 0;

	if (!detector || (distinct == 0 && total == 0))
		return;
	while (i < e->event.n_counts && strcmp(e->counts[i].detector, detector) != 0)
		i++;
	if (i == COUNTS_MAX)
		return;
	count = &e->counts[i];
	if (i == e->event.n_counts) {
		weir__v1__detector_count__init(count);
		count->detector = put_id(e, detector);
		e->count_slots[e->event.n_counts++] = count;
	}
	count->distinct = WEIR_MAX(count->distinct, distinct);
	count->total = WEIR_MAX(count->total, total);
}

static const char *detector_id(const struct weir_report_input *input, size_t i)
{
	return i < input->n_detectors ? input->detectors[i] : NULL;
}

static void put_counts(struct encoder *e, const struct weir_report_input *input)
{
	static const char *const kernel[_WEIR_ABI_DET_MAX] = {
		[WEIR_ABI_DET_CN_RESIDENT_ID] = "cn_resident_id",
		[WEIR_ABI_DET_PAYMENT_CARD] = "payment_card",
		[WEIR_ABI_DET_CN_MOBILE] = "cn_mobile",
	};

	e->event.counts = e->count_slots;
	for (size_t i = 0; input->findings && i < WEIR_FINDINGS_DETECTORS; i++)
		add_count(e, detector_id(input, i), input->findings->distinct[i],
			  input->findings->total[i]);
	for (size_t i = 0; i < _WEIR_ABI_DET_MAX; i++)
		add_count(e, kernel[i],
			  WEIR_MAX(input->event->distinct[i], input->event->labelled[i]), 0);
}

static void put_finding(struct encoder *e, const struct weir_report_input *input,
			const struct weir_finding *from)
{
	Weir__V1__Finding *finding = &e->findings[e->event.n_findings];

	weir__v1__finding__init(finding);
	finding->detector = put_id(e, detector_id(input, from->detector));
	finding->confidence = from->confidence;
	finding->offset = from->offset;
	finding->length = from->length;
	finding->masked = PUT_ARRAY(e, from->masked);
	if (weir_text_shows_too_much(finding->masked))
		finding->masked = (char *)protobuf_c_empty_string;
	e->finding_slots[e->event.n_findings++] = finding;
}

/* The surest findings first, in the order of the content among equals. */
static void put_findings(struct encoder *e, const struct weir_report_input *input)
{
	const struct weir_findings *from = input->findings;
	uint32_t kept = from ? WEIR_MIN(from->count, (uint32_t)WEIR_FINDINGS_MAX) : 0;

	e->event.findings = e->finding_slots;
	for (int confidence = 100; confidence >= 0; confidence--) {
		for (uint32_t i = 0; i < kept; i++) {
			if (e->event.n_findings == WEIR_REPORT_FINDINGS_MAX)
				return;
			if (WEIR_MIN(from->findings[i].confidence, (uint8_t)100) == confidence)
				put_finding(e, input, &from->findings[i]);
		}
	}
}

static void put_scan(struct encoder *e, const struct weir_report_input *input)
{
	if (input->findings) {
		e->event.scan_status = (Weir__V1__ScanStatus)input->findings->status;
		e->event.scan_reason =
			put_name(e, input->findings->reason, sizeof(input->findings->reason));
		return;
	}
	switch (input->event->cause) {
	case WEIR_ABI_CAUSE_UNREADABLE:
	case WEIR_ABI_CAUSE_TOO_LONG:
	case WEIR_ABI_CAUSE_OPAQUE:
	case WEIR_ABI_CAUSE_NO_STATE:
		e->event.scan_status = WEIR__V1__SCAN_STATUS__SCAN_STATUS_UNSCANNABLE;
		e->event.scan_reason = put_id(e, weir_event_cause_name(input->event->cause));
		break;
	default:
		break;
	}
}

static void put_verdict(struct encoder *e, const struct weir_report_input *input)
{
	const struct weir_verdict *verdict = input->verdict;

	e->event.action =
		(Weir__V1__Action)(input->done ? input->done
					       : weir_report_action(input->event, verdict));
	e->event.rule = put_id(e, verdict->rule);
	e->event.grant = put_id(e, verdict->grant);
	e->event.policy_revision = input->policy_revision;
	e->event.message_zh = put(e, verdict->message_zh, MESSAGE_MAX, MESSAGE_MAX);
	e->event.message_en = put(e, verdict->message_en, MESSAGE_MAX, MESSAGE_MAX);
	e->event.alert = verdict->alert;
	e->event.within_seconds = verdict->within_seconds;
	e->event.within_values = verdict->within_values;
	e->event.classes = e->classes;
	for (size_t i = 0; i < WEIR_MIN(input->n_classes, (size_t)WEIR_POLICY_CLASSES); i++)
		if ((verdict->classes >> i & 1) && input->classes[i])
			e->classes[e->event.n_classes++] = put_id(e, input->classes[i]);
}

static void put_justification(struct encoder *e, const struct weir_justification *from)
{
	weir__v1__justification__init(&e->justification);
	e->justification.refusal = from->refusal;
	e->justification.time_ns = from->time_ns;
	e->justification.uid = from->uid;
	e->justification.reason = put_name(e, from->reason, sizeof(from->reason));
	e->event.justification = &e->justification;
}

static void put_event(struct encoder *e, const struct weir_report_input *input)
{
	const struct weir_event *from = input->event;

	e->event.sequence = input->sequence;
	e->event.time_ns = from->time_ns;
	e->event.since_ns = from->since_ns;
	e->event.channel = (Weir__V1__Channel)from->channel;
	e->event.activity = put_id(e, weir_event_activity_name(from->activity));
	e->event.cause = put_id(e, weir_event_cause_name(from->cause));
	e->event.hook = put_id(e, weir_event_hook_name(from->hook, from->tier));
	e->event.tier = (Weir__V1__Tier)from->tier;
	e->event.late = from->late;
	e->event.bytes = from->length;
	e->event.suppressed = from->suppressed;
	e->event.kernel_sequence = from->kernel_seq;
	e->event.scrubbed_bytes = input->scrubbed_bytes;
	if (input->evidence_sha256)
		e->event.evidence_sha256 = (ProtobufCBinaryData){
			.len = EVIDENCE_HASH_LEN, .data = (uint8_t *)input->evidence_sha256};
	e->event.quarantine_id = put_id(e, input->quarantine_id ? input->quarantine_id : "");
}

static bool in_range(const struct weir_report_input *input)
{
	int channel = (int)input->event->channel, tier = (int)input->event->tier;
	int action =
		(int)(input->done ? input->done : weir_report_action(input->event, input->verdict));
	int status = input->findings ? (int)input->findings->status : 0;

	return channel >= 0 && channel <= WEIR__V1__CHANNEL__CHANNEL_AGENT && tier >= 0 &&
	       tier <= WEIR__V1__TIER__TIER_SCAN && action > 0 && action < _WEIR_ACTION_MAX &&
	       status >= 0 && status < _WEIR_SCAN_STATUS_MAX;
}

int weir_report_encode(const struct weir_report_input *input, struct weir_buf *buf)
{
	struct encoder *e _cleanup_(freep) = NULL;

	if (!in_range(input))
		return -EINVAL;
	e = calloc(1, sizeof(*e));
	if (!e)
		return -ENOMEM;
	weir__v1__event__init(&e->event);
	put_event(e, input);
	put_verdict(e, input);
	put_process(e, input);
	if (input->event->channel == WEIR_ABI_CHANNEL_NETWORK)
		put_destination(e, &input->event->remote);
	else
		put_file(e, input);
	if (input->device)
		put_device(e, input->device);
	if (input->justification)
		put_justification(e, input->justification);
	put_counts(e, input);
	put_findings(e, input);
	put_scan(e, input);
	return weir_wire_pack(&e->event.base, buf);
}
