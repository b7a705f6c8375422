/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "weir/pipeline/ports.h"
#include "weir/report/encode.h"

#define EVENT_MAX (64u << 10)

static size_t detector_names(const struct weir_policy *policy,
			     const char *names[static WEIR_FINDINGS_DETECTORS])
{
	size_t n = 0;

	while (n < WEIR_FINDINGS_DETECTORS && weir_policy_detector_id(policy, (unsigned)n)) {
		names[n] = weir_policy_detector_id(policy, (unsigned)n);
		n++;
	}
	return n;
}

static int append(void *report, const struct weir_report_item *item)
{
	struct weir_buf event _cleanup_(weir_buf_done) = WEIR_BUF_INIT(EVENT_MAX);
	const char *classes[WEIR_POLICY_CLASSES], *detectors[WEIR_FINDINGS_DETECTORS];
	struct weir_report_input input = {
		.sequence = weir_spool_next_sequence(report),
		.event = item->event,
		.device = item->device,
		.findings = item->findings,
		.verdict = item->verdict,
		.policy_revision = weir_policy_revision(item->policy),
		.classes = classes,
		.n_classes = ARRAY_SIZE(classes),
		.detectors = detectors,
		.n_detectors = detector_names(item->policy, detectors),
		.file_size = item->size,
		.scrubbed_bytes = item->scrubbed,
		.quarantine_id = item->quarantine_id,
		.justification = item->justification,
		.evidence_sha256 = item->evidence_sha256,
		.done = item->quarantine_id[0] && item->verdict->action == WEIR_ACTION_QUARANTINE
				? WEIR_ACTION_QUARANTINE
				: 0,
	};
	int r;

	for (unsigned i = 0; i < ARRAY_SIZE(classes); i++)
		classes[i] = weir_policy_class_name(item->policy, i);
	r = weir_report_encode(&input, &event);
	if (r < 0)
		return r;
	return weir_spool_append(report, event.data, event.len, item->event->kernel_seq,
				 item->verdict->alert);
}

static int maintain(void *report)
{
	return weir_spool_maintain(report);
}

static void drop(void *report, const char *cause, uint64_t n)
{
	weir_spool_count_drop(report, cause, n);
}

struct weir_report_port weir_report_port(struct weir_spool *spool)
{
	static const struct weir_report_ops ops = {
		.append = append, .maintain = maintain, .count_drop = drop};

	return (struct weir_report_port){.ops = &ops, .context = spool};
}
