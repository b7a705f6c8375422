/* SPDX-License-Identifier: Apache-2.0 */
#include "sample.h"

static void init_event(struct sample *sample)
{
	weir__v1__event__init(&sample->event);
	weir__v1__process__init(&sample->process);
	weir__v1__file__init(&sample->file);
	weir__v1__endpoint__init(&sample->destination);
	weir__v1__justification__init(&sample->justification);
	weir__v1__finding__init(&sample->finding);
	for (size_t i = 0; i < 2; i++) {
		weir__v1__detector_count__init(&sample->counts[i]);
		sample->count_slots[i] = &sample->counts[i];
	}
	sample->counts[0].detector = (char *)"cn_resident_id";
	sample->counts[0].distinct = 20;
	sample->counts[1].detector = (char *)"payment_card";
	sample->counts[1].total = 3;
	sample->finding.masked = (char *)"11************1X";
	sample->finding_slot = &sample->finding;
	sample->process.pid = 4711;
	sample->process.uid = 1000;
	sample->process.name = (char *)"cp";
	sample->process.executable = (char *)"/usr/bin/cp";
	sample->process.user_name = (char *)"li.na";
	sample->file.path = (char *)"/media/stick/list.csv";
	sample->file.size = 4096;
	sample->file.type = (char *)"text/csv";
	sample->event.time_ns = SAMPLE_TIME - 1000000000;
	sample->event.channel = WEIR__V1__CHANNEL__CHANNEL_REMOVABLE;
	sample->event.action = WEIR__V1__ACTION__ACTION_BLOCK;
	sample->event.tier = WEIR__V1__TIER__TIER_LSM;
	sample->event.activity = (char *)"write";
	sample->event.rule = (char *)"stick-bulk-identity";
	sample->event.cause = (char *)"content";
	sample->event.hook = (char *)"lsm/file_permission";
	sample->event.process = &sample->process;
	sample->event.file = &sample->file;
	sample->event.counts = sample->count_slots;
	sample->event.n_counts = 2;
	sample->event.findings = &sample->finding_slot;
	sample->event.n_findings = 1;
}

void sample_init(struct sample *sample)
{
	*sample = (struct sample){};
	init_event(sample);
	sample->alert = (struct weir_alert){
		.id = 32,
		.version = 1,
		.state = WEIR_ALERT_NEW,
		.verdict = WEIR_VERDICT_NONE,
		.severity = WEIR_SEVERITY_MEDIUM,
		.channel = WEIR__V1__CHANNEL__CHANNEL_REMOVABLE,
		.action = WEIR__V1__ACTION__ACTION_BLOCK,
		.rule = "stick-bulk-identity",
		.user = "li.na",
		.destination = "removable",
		.assignee = "",
		.n_events = 5000,
		.identifiers = 23,
		.first_ns = SAMPLE_TIME - UINT64_C(60000000000),
		.last_ns = SAMPLE_TIME - UINT64_C(1000000000),
		.created_ns = SAMPLE_TIME - UINT64_C(59000000000),
		.changed_ns = SAMPLE_TIME,
	};
	sample->record = (struct weir_export_record){
		.position = 77,
		.time_ns = SAMPLE_TIME,
		.step = WEIR_EXPORT_CREATE,
		.alert = &sample->alert,
		.event = &sample->event,
		.event_id = 31,
		.host = "ws-7",
		.agent_uid = "01010101-0101-0101-0101-010101010101",
	};
}

void sample_network(struct sample *sample)
{
	sample_init(sample);
	sample->event.channel = WEIR__V1__CHANNEL__CHANNEL_NETWORK;
	sample->event.action = WEIR__V1__ACTION__ACTION_AUDIT;
	sample->event.activity = (char *)"send";
	sample->event.file = NULL;
	sample->destination.ip = (char *)"192.0.2.7";
	sample->destination.port = 443;
	sample->destination.protocol = (char *)"tcp";
	sample->event.destination = &sample->destination;
	sample->alert.channel = WEIR__V1__CHANNEL__CHANNEL_NETWORK;
	sample->alert.destination = "internet";
}

void sample_hostile(struct sample *sample)
{
	sample_init(sample);
	sample->process.name = (char *)HOSTILE;
	sample->process.executable = (char *)HOSTILE;
	sample->process.user_name = (char *)HOSTILE;
	sample->file.path = (char *)"/tmp/" HOSTILE;
	sample->file.type = (char *)HOSTILE;
	sample->event.cause = (char *)HOSTILE;
	sample->event.hook = (char *)HOSTILE;
	sample->event.rule = (char *)HOSTILE;
	sample->counts[0].detector = (char *)HOSTILE;
	sample->finding.masked = (char *)HOSTILE;
	sample->alert.rule = HOSTILE;
	sample->alert.user = HOSTILE;
	sample->alert.assignee = HOSTILE;
	sample->record.host = HOSTILE;
}
