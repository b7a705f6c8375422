/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "weir/abi/map.h"
#include "weir/base/utf8.h"
#include "weir/event/decode.h"

#define BAD "\xef\xbf\xbd"

static struct weir_abi_verdict verdict(void)
{
	return (struct weir_abi_verdict){
		.hdr = {.seq = 7,
			.boot_ns = 1000,
			.size = sizeof(struct weir_abi_verdict),
			.abi = WEIR_ABI_VERSION,
			.type = WEIR_ABI_REC_VERDICT},
		.process = {.start_boot_ns = 5,
			    .tgid = 10,
			    .tid = 11,
			    .ppid = 9,
			    .uid = 1000,
			    .gid = 1001,
			    .loginuid = 1002,
			    .comm = "cp",
			    .exe = "/usr/bin/cp"},
		.target = {.ino = 42, .dev = WEIR_ABI_DEV(8, 17)},
		.label = {.ino = 43, .dev = WEIR_ABI_DEV(8, 1)},
		.offset = 100,
		.length = 200,
		.landed_start = 1,
		.landed_end = 99,
		.suppressed = 3,
		.distinct = {5, 1},
		.labelled = {20, 2, 9},
		.names_len = 6,
		.action = WEIR_ABI_ACTION_BLOCK,
		.cause = WEIR_ABI_CAUSE_CONTENT,
		.hook = WEIR_ABI_HOOK_FILE_PERMISSION,
		.tier = WEIR_ABI_TIER_LSM,
		.channel = WEIR_ABI_CHANNEL_REMOVABLE,
		.profile = 4,
		.names = "c\0b\0a",
	};
}

static struct weir_event decoded(const struct weir_abi_verdict *record)
{
	struct weir_event event;

	assert_int_equal(weir_event_decode(record, sizeof(*record), 5000, &event), 0);
	return event;
}

static void decode__every_field(void **state)
{
	struct weir_abi_verdict record = verdict();
	struct weir_event event = decoded(&record);

	(void)state;
	assert_int_equal(event.kernel_seq, 7);
	assert_int_equal(event.boot_ns, 1000);
	assert_int_equal(event.time_ns, 6000);
	assert_int_equal(event.activity, WEIR_ACTIVITY_WRITE);
	assert_int_equal(event.channel, WEIR_ABI_CHANNEL_REMOVABLE);
	assert_int_equal(event.action, WEIR_ABI_ACTION_BLOCK);
	assert_int_equal(event.cause, WEIR_ABI_CAUSE_CONTENT);
	assert_int_equal(event.hook, WEIR_ABI_HOOK_FILE_PERMISSION);
	assert_int_equal(event.tier, WEIR_ABI_TIER_LSM);
	assert_int_equal(event.profile, 4);
	assert_false(event.selftest);
	assert_false(event.late);
	assert_int_equal(event.process.start_boot_ns, 5);
	assert_int_equal(event.process.pid, 10);
	assert_int_equal(event.process.tid, 11);
	assert_int_equal(event.process.parent_pid, 9);
	assert_int_equal(event.process.uid, 1000);
	assert_int_equal(event.process.gid, 1001);
	assert_int_equal(event.process.login_uid, 1002);
	assert_string_equal(event.process.name, "cp");
	assert_string_equal(event.process.executable, "/usr/bin/cp");
	assert_int_equal(event.target.ino, 42);
	assert_int_equal(event.target.dev, WEIR_ABI_DEV(8, 17));
	assert_int_equal(event.label.ino, 43);
	assert_string_equal(event.path, "a/b/c");
	assert_int_equal(event.offset, 100);
	assert_int_equal(event.length, 200);
	assert_int_equal(event.landed_start, 1);
	assert_int_equal(event.landed_end, 99);
	assert_int_equal(event.suppressed, 3);
	assert_int_equal(event.distinct[0], 5);
	assert_int_equal(event.distinct[1], 1);
	assert_int_equal(event.labelled[0], 20);
	assert_int_equal(event.labelled[2], 9);
}

static void decode__network(void **state)
{
	struct weir_abi_verdict record = verdict();
	struct weir_event event;

	(void)state;
	record.hdr.flags = WEIR_ABI_HDR_SELFTEST;
	record.channel = WEIR_ABI_CHANNEL_NETWORK;
	record.hook = WEIR_ABI_HOOK_SOCKET_SENDMSG;
	record.remote = (struct weir_abi_address){.addr = {[15] = 9}, .port = 80, .family = 10};
	record.local = (struct weir_abi_address){.addr = {[15] = 8}, .port = 40000, .family = 10};
	record.names_len = 0;
	event = decoded(&record);
	assert_int_equal(event.activity, WEIR_ACTIVITY_SEND);
	assert_int_equal(event.remote.addr[15], 9);
	assert_int_equal(event.remote.port, 80);
	assert_int_equal(event.local.port, 40000);
	assert_string_equal(event.path, "");
	assert_true(event.selftest);
}

static void decode__sink_open(void **state)
{
	struct weir_abi_sink_open record = {
		.hdr = {.seq = 8,
			.size = sizeof(record),
			.abi = WEIR_ABI_VERSION,
			.type = WEIR_ABI_REC_SINK_OPEN},
		.target = {.ino = 1},
		.ctime_ns = 1234567890123456789,
		.names_len = 2,
		.action = WEIR_ABI_ACTION_BLOCK,
		.hook = WEIR_ABI_HOOK_FILE_OPEN,
		.tier = WEIR_ABI_TIER_FMOD_RET,
		.channel = WEIR_ABI_CHANNEL_SHARE,
		.profile = 3,
		.names_cut = 1,
		.names = "x",
	};
	struct weir_event event;

	(void)state;
	assert_int_equal(weir_event_decode(&record, sizeof(record), 0, &event), 0);
	assert_int_equal(event.activity, WEIR_ACTIVITY_OPEN);
	assert_int_equal(event.cause, WEIR_ABI_CAUSE_OPEN);
	assert_int_equal(event.ctime_ns, 1234567890123456789);
	assert_int_equal(event.channel, WEIR_ABI_CHANNEL_SHARE);
	assert_string_equal(event.path, "\xe2\x80\xa6/x");
	record.action = WEIR_ABI_ACTION_AUDIT;
	assert_int_equal(weir_event_decode(&record, sizeof(record), 0, &event), 0);
	assert_int_equal(event.cause, WEIR_ABI_CAUSE_NONE);
}

static void decode__activity(void **state)
{
	const struct {
		unsigned hook, cause, channel;
		enum weir_activity activity;
	} table[] = {
		{WEIR_ABI_HOOK_FILE_OPEN, WEIR_ABI_CAUSE_OPEN, WEIR_ABI_CHANNEL_REMOVABLE,
		 WEIR_ACTIVITY_OPEN},
		{WEIR_ABI_HOOK_FANOTIFY_OPEN, WEIR_ABI_CAUSE_LABEL, WEIR_ABI_CHANNEL_REMOVABLE,
		 WEIR_ACTIVITY_OPEN},
		{WEIR_ABI_HOOK_CGROUP_DEVICE, WEIR_ABI_CAUSE_OPAQUE, WEIR_ABI_CHANNEL_REMOVABLE,
		 WEIR_ACTIVITY_OPEN},
		{WEIR_ABI_HOOK_FANOTIFY_CLOSE, WEIR_ABI_CAUSE_CONTENT, WEIR_ABI_CHANNEL_FILE,
		 WEIR_ACTIVITY_CLOSE},
		{WEIR_ABI_HOOK_CGROUP_EGRESS, WEIR_ABI_CAUSE_CONTENT, WEIR_ABI_CHANNEL_NETWORK,
		 WEIR_ACTIVITY_SEND},
		{WEIR_ABI_HOOK_FILE_PERMISSION, WEIR_ABI_CAUSE_OPAQUE, WEIR_ABI_CHANNEL_SHARE,
		 WEIR_ACTIVITY_WRITE},
		{WEIR_ABI_HOOK_VOLUME_MOUNT, WEIR_ABI_CAUSE_DEVICE, WEIR_ABI_CHANNEL_REMOVABLE,
		 WEIR_ACTIVITY_MOUNT},
		{WEIR_ABI_HOOK_VOLUME_CHANGE, WEIR_ABI_CAUSE_DEVICE, WEIR_ABI_CHANNEL_REMOVABLE,
		 WEIR_ACTIVITY_CHANGE},
		{WEIR_ABI_HOOK_NODE_IOCTL, WEIR_ABI_CAUSE_DEVICE, WEIR_ABI_CHANNEL_REMOVABLE,
		 WEIR_ACTIVITY_COMMAND},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		struct weir_abi_verdict record = verdict();

		record.hook = (uint8_t)table[i].hook;
		record.cause = (uint8_t)table[i].cause;
		record.channel = (uint8_t)table[i].channel;
		assert_int_equal(decoded(&record).activity, table[i].activity);
	}
}

static void decode__paths(void **state)
{
	const struct {
		const char *names;
		uint32_t len;
		uint16_t cut;
		const char *path;
	} table[] = {
		{"", 0, 0, ""},
		{"", 0, 1, "\xe2\x80\xa6/"},
		{"c\0b\0a\0", 6, 0, "a/b/c"},
		{"c\0b\0a", 5, 0, "a/b/c"},
		{"c\0b\0a\0", 6, 1, "\xe2\x80\xa6/a/b/c"},
		{"c\0\0a\0", 5, 0, "a/c"},
		{"c\0/\0", 4, 0, "c"},
		{"..\0..\0a\0", 8, 0, "a/" BAD "/" BAD},
		{".\0a\0", 4, 0, "a/" BAD},
		{"c/d\0a\0", 6, 0, "a/c" BAD "d"},
		{"a\nb\0", 4, 0, "a" BAD "b"},
		{"\x1b[2J\0", 5, 0, BAD "[2J"},
		{"a\x80z\0", 4, 0, "a" BAD "z"},
		{"\xe4\xb8\xad\xe6\x96\x87\0", 7, 0, "\xe4\xb8\xad\xe6\x96\x87"},
		{"\xe4\xb8\0", 3, 0, BAD BAD},
		{"\xe2\x80\xaegpj\0", 7, 0, BAD "gpj"},
		{"\xc2\x9b"
		 "1m\0",
		 5, 0, BAD "1m"},
		{"...\0", 4, 0, "..."},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		struct weir_abi_verdict record = verdict();

		memset(record.names, 'Z', sizeof(record.names));
		memcpy(record.names, table[i].names, table[i].len);
		record.names_len = table[i].len;
		record.names_cut = table[i].cut;
		assert_string_equal(decoded(&record).path, table[i].path);
	}
}

static void decode__strings_without_end(void **state)
{
	struct weir_abi_verdict record = verdict();
	struct weir_event event;

	(void)state;
	memset(record.process.comm, 0xff, sizeof(record.process.comm));
	memset(record.process.exe, 'e', sizeof(record.process.exe));
	memset(record.names, 0x80, sizeof(record.names));
	record.names_len = sizeof(record.names);
	event = decoded(&record);
	/* 16 bad bytes make 48 bytes of replacements, which leaves no room for the end: one less.
	 */
	assert_int_equal(strlen(event.process.name), 45);
	assert_int_equal(strlen(event.process.executable), WEIR_ABI_EXE_LEN);
	assert_int_equal(strlen(event.path), 3 * WEIR_ABI_NAME_LEN);
	assert_int_equal(weir_utf8_valid(event.path, strlen(event.path)), strlen(event.path));
}

static void assert_refused(const struct weir_abi_verdict *record, size_t len)
{
	struct weir_event event, before;

	memset(&event, 0x5a, sizeof(event));
	before = event;
	assert_int_equal(weir_event_decode(record, len, 0, &event), -EPROTO);
	assert_memory_equal(&event, &before, sizeof(event));
}

static void decode__refuses_wrong_numbers(void **state)
{
	const size_t bytes[] = {
		offsetof(struct weir_abi_verdict, action),
		offsetof(struct weir_abi_verdict, cause),
		offsetof(struct weir_abi_verdict, hook),
		offsetof(struct weir_abi_verdict, tier),
		offsetof(struct weir_abi_verdict, channel),
		offsetof(struct weir_abi_verdict, profile),
		offsetof(struct weir_abi_verdict, hdr.abi),
		offsetof(struct weir_abi_verdict, hdr.type),
		offsetof(struct weir_abi_verdict, hdr.size),
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bytes); i++) {
		struct weir_abi_verdict record = verdict();

		((uint8_t *)&record)[bytes[i]] = 200;
		assert_refused(&record, sizeof(record));
	}
}

/* Only a warning can be passed. */
static void decode__pass(void **state)
{
	struct weir_abi_verdict record = verdict();
	struct weir_event event;

	(void)state;
	record.passed = 1;
	record.action = WEIR_ABI_ACTION_WARN;
	assert_int_equal(weir_event_decode(&record, sizeof(record), 0, &event), 0);
	assert_true(event.passed);
	assert_false(weir_event_refused(&event));
	record.passed = 0;
	assert_int_equal(weir_event_decode(&record, sizeof(record), 0, &event), 0);
	assert_false(event.passed);
	assert_true(weir_event_refused(&event));
	record.passed = 1;
	record.action = WEIR_ABI_ACTION_BLOCK;
	assert_int_equal(weir_event_decode(&record, sizeof(record), 0, &event), 0);
	assert_false(event.passed);
	assert_true(weir_event_refused(&event));
}

static void decode__refuses_just_out_of_range(void **state)
{
	struct weir_abi_verdict record = verdict();

	(void)state;
	record.action = WEIR_ABI_ACTION_WARN + 1;
	assert_refused(&record, sizeof(record));
	record = verdict();
	record.cause = _WEIR_ABI_CAUSE_MAX;
	assert_refused(&record, sizeof(record));
	record = verdict();
	record.hook = _WEIR_ABI_HOOK_MAX;
	assert_refused(&record, sizeof(record));
	record = verdict();
	record.names_len = WEIR_ABI_NAME_LEN + 1;
	assert_refused(&record, sizeof(record));
	record = verdict();
	record.profile = WEIR_ABI_PROFILES;
	assert_refused(&record, sizeof(record));
}

static void decode__refuses_wrong_sizes(void **state)
{
	struct weir_abi_verdict record = verdict();

	(void)state;
	for (size_t len = 0; len < sizeof(record); len++) {
		/* Of exactly this length, so that a sanitizer sees a read beyond. */
		void *copy = malloc(len ? len : 1);

		memcpy(copy, &record, len);
		assert_refused(copy, len);
		free(copy);
	}
	record.hdr.size--;
	assert_refused(&record, sizeof(record));
}

static void decode__volume(void **state)
{
	struct weir_abi_volume_seen record = {
		.hdr = {.size = sizeof(record),
			.abi = WEIR_ABI_VERSION,
			.type = WEIR_ABI_REC_VOLUME},
		.dev = 77,
		.tgid = 78,
		.channel = WEIR_ABI_CHANNEL_REMOVABLE,
	};
	enum weir_abi_channel channel = WEIR_ABI_CHANNEL_NONE;
	struct weir_event event;
	uint32_t dev = 1, pid = 1;

	(void)state;
	assert_int_equal(weir_event_record_type(&record, sizeof(record)), WEIR_ABI_REC_VOLUME);
	assert_int_equal(weir_event_decode_volume(&record, sizeof(record), &dev, &pid, &channel),
			 0);
	assert_int_equal(dev, 77);
	assert_int_equal(pid, 78);
	assert_int_equal(channel, WEIR_ABI_CHANNEL_REMOVABLE);
	assert_int_equal(weir_event_decode(&record, sizeof(record), 0, &event), -EPROTO);
	record.channel = WEIR_ABI_CHANNEL_NETWORK + 1;
	record.dev = 78;
	assert_int_equal(weir_event_decode_volume(&record, sizeof(record), &dev, &pid, &channel),
			 -EPROTO);
	assert_int_equal(dev, 77);
}

static void decode__unaligned(void **state)
{
	struct weir_abi_verdict record = verdict();
	char bytes[sizeof(record) + 1];
	struct weir_event event;

	(void)state;
	memcpy(bytes + 1, &record, sizeof(record));
	assert_int_equal(weir_event_decode(bytes + 1, sizeof(record), 0, &event), 0);
	assert_string_equal(event.path, "a/b/c");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(decode__every_field),
		cmocka_unit_test(decode__network),
		cmocka_unit_test(decode__sink_open),
		cmocka_unit_test(decode__activity),
		cmocka_unit_test(decode__paths),
		cmocka_unit_test(decode__strings_without_end),
		cmocka_unit_test(decode__refuses_wrong_numbers),
		cmocka_unit_test(decode__pass),
		cmocka_unit_test(decode__refuses_just_out_of_range),
		cmocka_unit_test(decode__refuses_wrong_sizes),
		cmocka_unit_test(decode__volume),
		cmocka_unit_test(decode__unaligned),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
