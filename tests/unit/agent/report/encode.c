/* SPDX-License-Identifier: Apache-2.0 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "weir/proto/wire.h"
#include "weir/report/encode.h"
#include "weir/v1/event.pb-c.h"

static const char *const detectors[] = {"cn_resident_id", "payment_card", "email"};
static const char *const classes[] = {"customer-identity", NULL, "payment"};

struct fixture {
	struct weir_event event;
	struct weir_device device;
	struct weir_findings findings;
	struct weir_verdict verdict;
	struct weir_report_input input;
	struct weir_buf buf;
	struct weir_wire *wire;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	f->buf = WEIR_BUF_INIT(65536);
	f->event = (struct weir_event){
		.kernel_seq = 99,
		.time_ns = 1700000000000000000ULL,
		.since_ns = 1600000000000000000ULL,
		.activity = WEIR_ACTIVITY_WRITE,
		.channel = WEIR_ABI_CHANNEL_REMOVABLE,
		.action = WEIR_ABI_ACTION_BLOCK,
		.cause = WEIR_ABI_CAUSE_CONTENT,
		.hook = WEIR_ABI_HOOK_FILE_PERMISSION,
		.tier = WEIR_ABI_TIER_LSM,
		.process = {.pid = 4,
			    .parent_pid = 3,
			    .start_boot_ns = 5,
			    .uid = 1000,
			    .gid = 1001,
			    .login_uid = UINT32_MAX,
			    .name = "cp",
			    .executable = "/usr/bin/cp"},
		.target = {.ino = 12, .dev = WEIR_ABI_DEV(8, 17)},
		.path = "/media/stick/a.csv",
		.length = 4096,
		.suppressed = 6,
		.distinct = {[WEIR_ABI_DET_CN_RESIDENT_ID] = 20, [WEIR_ABI_DET_PAYMENT_CARD] = 2},
		.labelled = {[WEIR_ABI_DET_CN_MOBILE] = 9},
	};
	f->device = (struct weir_device){.bus = "usb",
					 .vendor_id = "0951",
					 .product_id = "1666",
					 .vendor = "V",
					 .product = "P",
					 .serial_number = "S1",
					 .filesystem = "vfat",
					 .mount_point = "/media/stick"};
	f->findings = (struct weir_findings){.status = WEIR_SCAN_PARTIAL,
					     .reason = "limit",
					     .type = "text/plain",
					     .distinct = {[0] = 18, [2] = 4},
					     .total = {[0] = 30, [2] = 4}};
	f->verdict = (struct weir_verdict){.action = WEIR_ACTION_BLOCK,
					   .rule = "r1",
					   .message_zh = "停",
					   .message_en = "stop",
					   .grant = "",
					   .classes = 5,
					   .alert = true,
					   .within_seconds = 86400,
					   .within_values = 23};
	f->input = (struct weir_report_input){.sequence = 17,
					      .event = &f->event,
					      .device = &f->device,
					      .findings = &f->findings,
					      .verdict = &f->verdict,
					      .policy_revision = 3,
					      .classes = classes,
					      .n_classes = 3,
					      .detectors = detectors,
					      .n_detectors = 3,
					      .user_name = "wang",
					      .file_size = 5000,
					      .scrubbed_bytes = 8,
					      .quarantine_id = "q-0123456789abcdef"};
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	weir_wire_free(f->wire);
	weir_buf_done(&f->buf);
	free(f);
	return 0;
}

static const Weir__V1__Event *encode(struct fixture *f)
{
	weir_wire_free(f->wire);
	f->wire = NULL;
	weir_buf_clear(&f->buf);
	assert_int_equal(weir_report_encode(&f->input, &f->buf), 0);
	assert_int_equal(
		weir_wire_unpack(&weir__v1__event__descriptor, f->buf.data, f->buf.len, &f->wire),
		0);
	return weir_wire_message(f->wire);
}

static const Weir__V1__DetectorCount *count_of(const Weir__V1__Event *event, const char *detector)
{
	for (size_t i = 0; i < event->n_counts; i++)
		if (strcmp(event->counts[i]->detector, detector) == 0)
			return event->counts[i];
	fail_msg("no count of %s", detector);
	return NULL;
}

static void encode__every_field(void **state)
{
	const Weir__V1__Event *e = encode(*state);

	assert_int_equal(e->sequence, 17);
	assert_true(e->time_ns == 1700000000000000000ULL);
	assert_true(e->since_ns == 1600000000000000000ULL);
	assert_int_equal(e->channel, WEIR__V1__CHANNEL__CHANNEL_REMOVABLE);
	assert_int_equal(e->action, WEIR__V1__ACTION__ACTION_BLOCK);
	assert_string_equal(e->activity, "write");
	assert_string_equal(e->rule, "r1");
	assert_int_equal(e->policy_revision, 3);
	assert_int_equal(e->n_classes, 2);
	assert_string_equal(e->classes[0], "customer-identity");
	assert_string_equal(e->classes[1], "payment");
	assert_string_equal(e->cause, "content");
	assert_string_equal(e->hook, "lsm/file_permission");
	assert_int_equal(e->tier, WEIR__V1__TIER__TIER_LSM);
	assert_false(e->late);
	assert_int_equal(e->process->pid, 4);
	assert_int_equal(e->process->parent_pid, 3);
	assert_int_equal(e->process->start_time_ns, 5);
	assert_string_equal(e->process->name, "cp");
	assert_string_equal(e->process->executable, "/usr/bin/cp");
	assert_int_equal(e->process->uid, 1000);
	assert_int_equal(e->process->gid, 1001);
	assert_true(e->process->login_uid == UINT32_MAX);
	assert_string_equal(e->process->user_name, "wang");
	assert_string_equal(e->file->path, "/media/stick/a.csv");
	assert_int_equal(e->file->size, 5000);
	assert_int_equal(e->file->device_major, 8);
	assert_int_equal(e->file->device_minor, 17);
	assert_int_equal(e->file->inode, 12);
	assert_string_equal(e->file->type, "text/plain");
	assert_string_equal(e->device->serial_number, "S1");
	assert_string_equal(e->device->mount_point, "/media/stick");
	assert_null(e->destination);
	assert_int_equal(e->scan_status, WEIR__V1__SCAN_STATUS__SCAN_STATUS_PARTIAL);
	assert_string_equal(e->scan_reason, "limit");
	assert_int_equal(e->bytes, 4096);
	assert_int_equal(e->suppressed, 6);
	assert_int_equal(e->kernel_sequence, 99);
	assert_string_equal(e->message_zh, "停");
	assert_string_equal(e->message_en, "stop");
	assert_int_equal(e->scrubbed_bytes, 8);
	assert_string_equal(e->quarantine_id, "q-0123456789abcdef");
	assert_int_equal(e->evidence_sha256.len, 0);
	assert_true(e->alert);
	assert_int_equal(e->within_seconds, 86400);
	assert_int_equal(e->within_values, 23);
}

static void encode__counts_of_kernel_and_user_space(void **state)
{
	const Weir__V1__Event *e = encode(*state);

	assert_int_equal(e->n_counts, 4);
	assert_int_equal(count_of(e, "cn_resident_id")->distinct, 20);
	assert_int_equal(count_of(e, "cn_resident_id")->total, 30);
	assert_int_equal(count_of(e, "payment_card")->distinct, 2);
	assert_int_equal(count_of(e, "payment_card")->total, 0);
	assert_int_equal(count_of(e, "cn_mobile")->distinct, 9);
	assert_int_equal(count_of(e, "email")->distinct, 4);
}

static void encode__keeps_the_surest_findings(void **state)
{
	struct fixture *f = *state;
	const Weir__V1__Event *e;

	f->findings.count = 100;
	for (unsigned i = 0; i < 100; i++)
		f->findings.findings[i] = (struct weir_finding){.offset = i,
								.length = 18,
								.confidence = i == 77 ? 99 : 60,
								.masked = "9***2"};
	e = encode(f);
	assert_int_equal(e->n_findings, WEIR_REPORT_FINDINGS_MAX);
	assert_int_equal(e->findings[0]->offset, 77);
	assert_int_equal(e->findings[1]->offset, 0);
	assert_string_equal(e->findings[1]->detector, "cn_resident_id");
	assert_string_equal(e->findings[1]->masked, "9***2");
	/* A count that claims more than there are. */
	f->findings.count = UINT32_MAX;
	(void)encode(f);
}

static void encode__never_in_the_clear(void **state)
{
	struct fixture *f = *state;
	const Weir__V1__Event *e;

	f->findings.count = 1;
	f->findings.findings[0] =
		(struct weir_finding){.length = 18, .confidence = 90, .detector = 999};
	(void)snprintf(f->findings.findings[0].masked, WEIR_MASKED_MAX, "987654321098765432");
	(void)snprintf(f->event.path, sizeof(f->event.path), "/media/987654321098765432/x");
	(void)snprintf(f->event.process.executable, sizeof(f->event.process.executable),
		       "/tmp/13987654321");
	(void)snprintf(f->findings.reason, sizeof(f->findings.reason), "987654321098765432");
	(void)snprintf(f->findings.type, sizeof(f->findings.type), "x/13987654321");
	e = encode(f);
	assert_string_equal(e->findings[0]->masked, "");
	assert_string_equal(e->findings[0]->detector, "");
	assert_null(strstr(e->file->path, "54321"));
	assert_null(strstr(e->process->executable, "87654"));
	assert_null(strstr(e->file->type, "87654"));
	f->buf.data[f->buf.len] = '\0';
	assert_null(memmem(f->buf.data, f->buf.len, "98765432", 8));
}

static void encode__network(void **state)
{
	struct fixture *f = *state;
	const Weir__V1__Event *e;

	f->event.channel = WEIR_ABI_CHANNEL_NETWORK;
	f->event.activity = WEIR_ACTIVITY_SEND;
	f->event.remote = (struct weir_abi_address){.addr = {[10] = 0xff, 0xff, 192, 0, 2, 1},
						    .port = 80,
						    .family = AF_INET,
						    .protocol = IPPROTO_TCP};
	f->input.device = NULL;
	e = encode(f);
	assert_null(e->file);
	assert_null(e->device);
	assert_string_equal(e->destination->ip, "192.0.2.1");
	assert_int_equal(e->destination->port, 80);
	assert_string_equal(e->destination->protocol, "tcp");
	(void)inet_pton(AF_INET6, "2001:db8::7", f->event.remote.addr);
	f->event.remote.protocol = 132;
	e = encode(f);
	assert_string_equal(e->destination->ip, "2001:db8::7");
	assert_string_equal(e->destination->protocol, "132");
}

static void encode__what_was_done(void **state)
{
	struct fixture *f = *state;

	f->event.action = WEIR_ABI_ACTION_AUDIT;
	assert_int_equal(encode(f)->action,
			 WEIR__V1__ACTION__ACTION_AUDIT); /* block was decided, too late */
	f->input.done = WEIR_ACTION_QUARANTINE;
	assert_int_equal(encode(f)->action, WEIR__V1__ACTION__ACTION_QUARANTINE);
	f->input.done = 0;
	f->verdict.action = WEIR_ACTION_WARN;
	assert_int_equal(encode(f)->action, WEIR__V1__ACTION__ACTION_AUDIT);
	f->event.action = WEIR_ABI_ACTION_WARN;
	assert_int_equal(encode(f)->action, WEIR__V1__ACTION__ACTION_WARN);
	f->event.action = WEIR_ABI_ACTION_BLOCK;
	assert_int_equal(encode(f)->action, WEIR__V1__ACTION__ACTION_BLOCK);
}

/* Whoever talks to the agent past weir justify may write anything into a reason. */
static void encode__evidence(void **state)
{
	static const uint8_t hash[32] = {1, [31] = 2};
	struct fixture *f = *state;
	const Weir__V1__Event *e;

	f->input.evidence_sha256 = hash;
	e = encode(f);
	assert_int_equal(e->evidence_sha256.len, sizeof(hash));
	assert_memory_equal(e->evidence_sha256.data, hash, sizeof(hash));
}

static void encode__justification(void **state)
{
	static const struct weir_justification given = {
		.refusal = 4711,
		.time_ns = 1700000000000000009ULL,
		.uid = 1000,
		.reason = "结算 110000199001011008 asked by 13800138000"};
	struct fixture *f = *state;
	const Weir__V1__Event *e = encode(f);

	assert_null(e->justification);
	f->input.justification = &given;
	e = encode(f);
	assert_int_equal(e->justification->refusal, 4711);
	assert_true(e->justification->time_ns == 1700000000000000009ULL);
	assert_int_equal(e->justification->uid, 1000);
	assert_string_equal(e->justification->reason,
			    "结算 1***************08 asked by 138****8000");
}

static void encode__unscannable_without_findings(void **state)
{
	struct fixture *f = *state;
	const Weir__V1__Event *e;

	f->input.findings = NULL;
	f->event.cause = WEIR_ABI_CAUSE_UNREADABLE;
	e = encode(f);
	assert_int_equal(e->scan_status, WEIR__V1__SCAN_STATUS__SCAN_STATUS_UNSCANNABLE);
	assert_string_equal(e->scan_reason, "unreadable");
	f->event.cause = WEIR_ABI_CAUSE_CONTENT;
	assert_int_equal(encode(f)->scan_status, WEIR__V1__SCAN_STATUS__SCAN_STATUS_UNSPECIFIED);
}

/* Everything as large as it can be, and not even text, still fits the spool's record. */
static void encode__worst_case(void **state)
{
	struct fixture *f = *state;
	static char message[100000];
	static struct weir_justification justification;
	const char *names[64];

	memset(message, '\x80', sizeof(message) - 1);
	memset(f->event.path, '\x80', sizeof(f->event.path));
	memset(&f->device, '\x80', sizeof(f->device));
	memset(f->event.process.name, '\x80', sizeof(f->event.process.name));
	memset(f->event.process.executable, '\x80', sizeof(f->event.process.executable));
	memset(f->findings.reason, '\x80', sizeof(f->findings.reason));
	for (unsigned i = 0; i < 64; i++) {
		names[i] = message + i; /* all differ */
		f->findings.distinct[i] = f->findings.total[i] = UINT32_MAX;
	}
	f->findings.count = WEIR_FINDINGS_MAX;
	memset(f->findings.findings, '\xff', sizeof(f->findings.findings));
	f->verdict = (struct weir_verdict){.action = WEIR_ACTION_BLOCK,
					   .rule = message,
					   .message_zh = message,
					   .message_en = message,
					   .grant = message,
					   .classes = UINT64_MAX};
	f->input.classes = f->input.detectors = names;
	f->input.n_classes = f->input.n_detectors = 64;
	f->input.user_name = message;
	memset(justification.reason, '\x80', sizeof(justification.reason));
	f->input.justification = &justification;
	assert_int_equal(encode(f)->n_classes, 64);
	assert_true(f->buf.len < 65536);
}

static void encode__refuses_numbers_out_of_range(void **state)
{
	struct fixture *f = *state;

	f->event.channel = (enum weir_abi_channel)77;
	assert_int_equal(weir_report_encode(&f->input, &f->buf), -EINVAL);
	f->event.channel = WEIR_ABI_CHANNEL_FILE;
	f->findings.status = (enum weir_scan_status)9;
	assert_int_equal(weir_report_encode(&f->input, &f->buf), -EINVAL);
	f->findings.status = WEIR_SCAN_COMPLETE;
	f->input.done = (enum weir_action)6;
	assert_int_equal(weir_report_encode(&f->input, &f->buf), -EINVAL);
	f->input.done = 0;
	f->buf.max = 10;
	assert_int_equal(weir_report_encode(&f->input, &f->buf), -ENOBUFS);
	assert_int_equal(f->buf.len, 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(encode__every_field),
		TEST(encode__counts_of_kernel_and_user_space),
		TEST(encode__keeps_the_surest_findings),
		TEST(encode__never_in_the_clear),
		TEST(encode__network),
		TEST(encode__what_was_done),
		TEST(encode__evidence),
		TEST(encode__justification),
		TEST(encode__unscannable_without_findings),
		TEST(encode__worst_case),
		TEST(encode__refuses_numbers_out_of_range),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
