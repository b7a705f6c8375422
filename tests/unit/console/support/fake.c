/* SPDX-License-Identifier: Apache-2.0 */
#include "fake.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "weir/proto/wire.h"

static void must(bool ok)
{
	if (!ok)
		abort();
}

static char *padding(size_t len)
{
	char *text = malloc(len + 1);

	must(text);
	memset(text, 'x', len);
	text[len] = '\0';
	return text;
}

void fake_event(const struct fake_event *model, struct weir_buf *buf)
{
	Weir__V1__Event event = WEIR__V1__EVENT__INIT;
	Weir__V1__Process process = WEIR__V1__PROCESS__INIT;
	Weir__V1__File file = WEIR__V1__FILE__INIT;
	Weir__V1__Device device = WEIR__V1__DEVICE__INIT;
	Weir__V1__Endpoint destination = WEIR__V1__ENDPOINT__INIT;
	Weir__V1__DetectorCount count = WEIR__V1__DETECTOR_COUNT__INIT, *counts[] = {&count};
	Weir__V1__Finding finding = WEIR__V1__FINDING__INIT, *findings[] = {&finding};
	char *classes[] = {(char *)"customer-identity"};
	char *pad = padding(model->padding);

	event.sequence = model->sequence;
	event.time_ns = model->time_ns ? model->time_ns
				       : FAKE_TIME + model->sequence * UINT64_C(1000000000);
	event.channel = model->channel ? (Weir__V1__Channel)model->channel
				       : WEIR__V1__CHANNEL__CHANNEL_REMOVABLE;
	event.action =
		model->action ? (Weir__V1__Action)model->action : WEIR__V1__ACTION__ACTION_BLOCK;
	event.alert = !model->no_alert;
	event.activity = (char *)"write";
	event.rule = (char *)(model->rule ? model->rule : "stick-bulk-identity");
	event.hook = (char *)"lsm/file_permission";
	event.cause = (char *)"content";
	event.tier = WEIR__V1__TIER__TIER_LSM;
	event.kernel_sequence = UINT64_C(18000000000000000002);
	event.message_en = pad;
	if (model->evidence)
		event.evidence_sha256 =
			(ProtobufCBinaryData){.len = 32, .data = (uint8_t *)model->evidence};
	process.pid = 4711;
	process.name = (char *)"cp";
	process.executable = (char *)"/usr/bin/cp";
	process.user_name = (char *)"li.na";
	event.process = &process;
	file.path = (char *)(model->path ? model->path : "/home/li/list.csv");
	file.inode = UINT64_C(18000000000000000001);
	event.file = &file;
	device.bus = (char *)"usb";
	device.serial_number = (char *)"SYN-0001";
	event.device = &device;
	if (event.channel == WEIR__V1__CHANNEL__CHANNEL_NETWORK) {
		destination.ip = (char *)"192.0.2.7";
		destination.port = 80;
		destination.protocol = (char *)"tcp";
		event.destination = &destination;
	}
	count.detector = (char *)"cn_resident_id";
	count.distinct = 20;
	event.counts = counts;
	event.n_counts = 1;
	finding.detector = (char *)"cn_resident_id";
	finding.masked = (char *)"11************1X";
	event.findings = findings;
	event.n_findings = 1;
	event.classes = classes;
	event.n_classes = 1;
	must(weir_wire_pack(&event.base, buf) == 0);
	free(pad);
}

static void add_events(const struct fake_batch *model, Weir__V1__EventBatch *batch,
		       struct weir_buf *bytes)
{
	struct fake_event event = model->model ? *model->model : (struct fake_event){};

	for (size_t i = 0; i < model->n; i++) {
		bytes[i] = WEIR_BUF_INIT(WEIR_WIRE_BYTES_MAX);
		event.sequence = model->first + i;
		if (i == 0 && model->raw)
			must(weir_buf_append(&bytes[i], model->raw->data, model->raw->len) == 0);
		else
			fake_event(&event, &bytes[i]);
		batch->events[i].data = (uint8_t *)bytes[i].data;
		batch->events[i].len = bytes[i].len;
	}
	batch->n_events = model->n;
}

void fake_batch(const struct fake_batch *model, struct weir_buf *buf)
{
	Weir__V1__EventBatch batch = WEIR__V1__EVENT_BATCH__INIT;
	Weir__V1__DropCount drops[100], *pointers[100];
	struct weir_buf *bytes = calloc(model->n + 1, sizeof(*bytes));
	uint8_t uid[64];
	char host[32], causes[100][32];

	batch.events = calloc(model->n + 1, sizeof(*batch.events));
	must(bytes && batch.events && model->n_drops <= 100);
	memset(uid, model->agent, sizeof(uid));
	if (model->one_of_many)
		memcpy(uid + 4, &model->one_of_many, sizeof(model->one_of_many));
	(void)snprintf(host, sizeof(host), "ws-%u",
		       model->one_of_many ? model->one_of_many : model->agent);
	batch.schema = model->schema ? model->schema : 1;
	batch.agent_uid.data = uid;
	batch.agent_uid.len = model->uid_len ? model->uid_len : 16;
	batch.spool_epoch = model->epoch;
	batch.first_sequence = model->first;
	batch.host_name = (char *)(model->host ? model->host : host);
	batch.agent_version = (char *)"0.1.0";
	add_events(model, &batch, bytes);
	for (size_t i = 0; i < model->n_drops; i++) {
		weir__v1__drop_count__init(&drops[i]);
		(void)snprintf(causes[i], sizeof(causes[i]), "cause-%zu", i);
		drops[i].cause = causes[i];
		drops[i].count = i + 1;
		pointers[i] = &drops[i];
	}
	batch.dropped = pointers;
	batch.n_dropped = model->n_drops;
	must(weir_wire_pack(&batch.base, buf) == 0);
	for (size_t i = 0; i < model->n; i++)
		weir_buf_done(&bytes[i]);
	free(bytes);
	free(batch.events);
}
