/* SPDX-License-Identifier: Apache-2.0 */
/* What comes in as records and closed files, and what goes out as labels and events. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "fixture.h"

static void pipeline__local_file_gets_a_label(void **state)
{
	struct weir_watch_file file = fake_file(&fake, "src", "customers", LOCAL_MOUNT);

	close_file(file);
	assert_int_equal(fake.submitted, 1);
	fake_answer(&fake, 20, WEIR_SCAN_COMPLETE);
	assert_int_equal(fake.labels, 1);
	assert_int_equal(fake.label_inode.ino, file.inode.ino);
	assert_int_equal(fake.label_inode.dev, LOCAL_DEV);
	assert_int_equal(fake.label.distinct[WEIR_ABI_DET_CN_RESIDENT_ID], 20);
	assert_int_equal(fake.label.flags, 0);
	assert_int_equal(fake.label.size, 9);
	assert_int_not_equal(fake.label.classes, 0);
	assert_int_equal(fake.events, 1);
	assert_int_equal(fake.last.event.channel, WEIR_ABI_CHANNEL_FILE);
	assert_int_equal(fake.last.event.action, WEIR_ABI_ACTION_AUDIT);
	assert_string_equal(fake.last.rule, "local");
	assert_false(fake.last.event.late);
}

static void pipeline__clean_local_file_is_no_event(void **state)
{
	close_file(fake_file(&fake, "src", "nothing", LOCAL_MOUNT));
	fake_answer(&fake, 0, WEIR_SCAN_COMPLETE);
	assert_int_equal(fake.events, 0);
	assert_int_equal(fake.label.flags, WEIR_ABI_LABEL_CLEAN);
}

static void pipeline__not_complete_is_not_clean(void **state)
{
	close_file(fake_file(&fake, "src", "nothing", LOCAL_MOUNT));
	fake_answer(&fake, 0, WEIR_SCAN_PARTIAL);
	assert_int_equal(fake.labels, 0);
	assert_int_equal(fake.labels_forgotten, 1);
}

static void pipeline__files_elsewhere_are_left_alone(void **state)
{
	struct weir_watch_file file = fake_file(&fake, "src", "x", LOCAL_MOUNT);

	snprintf(file.path, sizeof(file.path), "/elsewhere/src");
	close_file(file);
	file = fake_file(&fake, "src", "x", LOCAL_MOUNT);
	snprintf(file.path, sizeof(file.path), "%sx/src", fake.dir);
	close_file(file);
	assert_int_equal(fake.submitted, 0);
}

static void pipeline__clean_copy_on_a_sink_is_an_event(void **state)
{
	close_file(fake_file(&fake, "copy", "nothing", SINK_MOUNT));
	assert_int_equal(fake.events, 0);
	fake_answer(&fake, 0, WEIR_SCAN_COMPLETE);
	assert_int_equal(fake.events, 1);
	assert_int_equal(fake.last.event.activity, WEIR_ACTIVITY_CLOSE);
	assert_int_equal(fake.last.event.channel, WEIR_ABI_CHANNEL_REMOVABLE);
	assert_int_equal(fake.last.event.action, WEIR_ABI_ACTION_AUDIT);
	assert_int_equal(fake.last.event.process.pid, getpid());
	assert_string_equal(fake.last.mount_point, fake.sink);
	assert_int_equal(fake.last.size, 7);
	assert_false(fake.last.alert);
	assert_int_equal(size_of("copy"), 7);
}

static void pipeline__ends_while_files_are_inspected(void **state)
{
	close_file(fake_file(&fake, "src", "local", LOCAL_MOUNT));
	close_file(fake_file(&fake, "copy", "text", SINK_MOUNT));
	weir_pipeline_free(fake.pipeline);
	fake.pipeline = NULL;
	assert_int_equal(fake.events, 1);
	assert_int_equal(fake.last.status, WEIR_SCAN_ERROR);
	assert_int_equal(fake.drops, 2);
	assert_string_equal(fake.drop_cause, "agent_ended");
	assert_int_equal(size_of("copy"), 4);
}

/* What was found in a file as it was says nothing of what has been written to it since. */
static void pipeline__changed_file_that_is_not_asked_for_again(void **state)
{
	close_file(fake_file(&fake, "src", "clean", LOCAL_MOUNT));
	close_file(fake_file(&fake, "src", "customers", LOCAL_MOUNT));
	close_file(fake_file(&fake, "copy", "clean", SINK_MOUNT));
	close_file(fake_file(&fake, "copy", "customers", SINK_MOUNT));
	fake.submit_result = -EAGAIN;
	fake_answer(&fake, 0, WEIR_SCAN_COMPLETE);
	assert_int_equal(fake.labels, 0);
	assert_int_equal(fake.events, 1);
	assert_int_equal(fake.last.status, WEIR_SCAN_ERROR);
	fake.cookie--; /* the one before */
	fake_answer(&fake, 0, WEIR_SCAN_COMPLETE);
	assert_int_equal(fake.labels, 0);
	assert_int_equal(fake.drops, 2);
}

static void pipeline__below_the_limit_stays_and_is_labelled(void **state)
{
	close_file(fake_file(&fake, "few", "four", SINK_MOUNT));
	fake_answer(&fake, 4, WEIR_SCAN_COMPLETE);
	assert_int_equal(fake.events, 1);
	assert_false(fake.last.event.late);
	assert_int_equal(size_of("few"), 4);
	assert_int_equal(fake.label.distinct[0], 4);
}

static void pipeline__what_could_not_be_read_is_told_but_kept(void **state)
{
	close_file(fake_file(&fake, "photo", "binary", SINK_MOUNT));
	fake_answer(&fake, 0, WEIR_SCAN_UNSCANNABLE);
	assert_int_equal(fake.events, 1);
	assert_int_equal(fake.last.status, WEIR_SCAN_UNSCANNABLE);
	assert_int_equal(fake.last.event.action, WEIR_ABI_ACTION_AUDIT);
	assert_false(fake.last.alert);
	assert_int_equal(size_of("photo"), 6);
	close_file(fake_file(&fake, "stuck", "worker died", SINK_MOUNT));
	fake_answer(&fake, 0, WEIR_SCAN_ERROR);
	assert_int_equal(fake.events, 2);
	assert_int_equal(fake.last.status, WEIR_SCAN_ERROR);
	assert_true(fake.last.alert);
	assert_int_equal(size_of("stuck"), 11);
}

static void pipeline__what_somebody_has_hidden_is_an_alert(void **state)
{
	fake.encrypted = true;
	close_file(fake_file(&fake, "archive", "binary", SINK_MOUNT));
	fake_answer(&fake, 0, WEIR_SCAN_PARTIAL);
	assert_int_equal(fake.events, 1);
	assert_true(fake.last.alert);
	assert_int_equal(fake.last.event.action, WEIR_ABI_ACTION_AUDIT);
	assert_int_equal(size_of("archive"), 6);
}

static void pipeline__empty_file_on_a_sink_is_no_event(void **state)
{
	close_file(fake_file(&fake, "empty", "", SINK_MOUNT));
	assert_int_equal(fake.submitted, 0);
	assert_int_equal(fake.events, 0);
}

static void pipeline__burst_of_closes_is_one_event(void **state)
{
	for (unsigned i = 0; i < 5; i++)
		close_file(fake_file(&fake, "log", "line", SINK_MOUNT));
	assert_int_equal(fake.submitted, 1);
	fake_answer(&fake, 0, WEIR_SCAN_COMPLETE);
	assert_int_equal(fake.events, 0);
	assert_int_equal(fake.submitted, 2);
	fake_answer(&fake, 0, WEIR_SCAN_COMPLETE);
	assert_int_equal(fake.events, 1);
}

static void pipeline__full_inspector_is_reported(void **state)
{
	fake.submit_result = -EAGAIN;
	close_file(fake_file(&fake, "copy", "text", SINK_MOUNT));
	assert_int_equal(fake.events, 1);
	assert_int_equal(fake.last.status, WEIR_SCAN_ERROR);
	assert_int_equal(fake.drops, 1);
	assert_string_equal(fake.drop_cause, "inspect_queue");
	assert_int_equal(size_of("copy"), 4);
	close_file(fake_file(&fake, "src", "text", LOCAL_MOUNT));
	assert_int_equal(fake.events, 1);
	assert_int_equal(fake.drops, 2);
}

static void pipeline__answers_nobody_waits_for(void **state)
{
	struct weir_findings *findings = calloc(1, sizeof(*findings));

	findings->status = WEIR_SCAN_COMPLETE;
	weir_pipeline_inspected(fake.pipeline, 0, findings);
	weir_pipeline_inspected(fake.pipeline, UINT64_MAX, findings);
	close_file(fake_file(&fake, "copy", "text", SINK_MOUNT));
	fake_answer(&fake, 0, WEIR_SCAN_COMPLETE);
	fake_answer(&fake, 20, WEIR_SCAN_COMPLETE);
	assert_int_equal(fake.events, 1);
	assert_int_equal(size_of("copy"), 4);
	free(findings);
}

static void pipeline__writer_that_is_gone(void **state)
{
	struct weir_watch_file file = fake_file(&fake, "copy", "text", SINK_MOUNT);

	file.pid = 4000000; /* above any pid: only the kernel's table knows it */
	close_file(file);
	fake_answer(&fake, 0, WEIR_SCAN_COMPLETE);
	assert_int_equal(fake.last.event.process.uid, 4242);
	assert_string_equal(fake.last.event.process.name, "gone");
}

static void pipeline__sink_open_names_the_writer(void **state)
{
	struct weir_watch_file file = fake_file(&fake, "copy", "text", SINK_MOUNT);
	struct weir_abi_sink_open record = {
		.hdr = {.seq = 3,
			.boot_ns = 1,
			.size = sizeof(record),
			.abi = WEIR_ABI_VERSION,
			.type = WEIR_ABI_REC_SINK_OPEN},
		.process = kernel_process(),
		.target = {.ino = file.inode.ino, .dev = fake.sink_dev},
		.action = WEIR_ABI_ACTION_AUDIT,
		.hook = WEIR_ABI_HOOK_FILE_OPEN,
		.tier = WEIR_ABI_TIER_LSM,
		.channel = WEIR_ABI_CHANNEL_REMOVABLE,
	};

	assert_int_equal(weir_pipeline_record(fake.pipeline, &record, sizeof(record)), 0);
	assert_int_equal(fake.events, 0);
	file.pid = 0;
	close_file(file);
	fake_answer(&fake, 0, WEIR_SCAN_COMPLETE);
	assert_int_equal(fake.last.event.process.pid, 77);
	assert_string_equal(fake.last.event.process.executable, "/usr/bin/cp");
}

static void pipeline__record_is_kept_until_it_is_reported(void **state)
{
	struct weir_abi_inode target = {.ino = 1, .dev = fake.sink_dev};

	fake.append_result = -EIO;
	assert_int_equal(verdict(target, 0), -EIO);
	fake.append_result = 0;
	assert_int_equal(verdict(target, 0), 0);
	assert_int_equal(fake.events, 1);
	/* What the spool has already, or refuses by its bound, does not hold up the ring. */
	fake.append_result = -EEXIST;
	assert_int_equal(verdict(target, 0), 0);
	fake.append_result = -ENOSPC;
	assert_int_equal(verdict(target, 0), 0);
}

static void pipeline__hostile_records(void **state)
{
	uint8_t noise[sizeof(struct weir_abi_verdict)];

	memset(noise, 0xa5, sizeof(noise));
	assert_int_equal(weir_pipeline_record(fake.pipeline, noise, sizeof(noise)), 0);
	assert_int_equal(weir_pipeline_record(fake.pipeline, noise, 0), 0);
	assert_int_equal(fake.events, 0);
	assert_int_equal(fake.drops, 2);
	assert_string_equal(fake.drop_cause, "records_bad");
}

static void pipeline__gate_refusal_is_an_alert(void **state)
{
	struct weir_gate_record record = {
		.kind = WEIR_GATE_REFUSED,
		.cause = WEIR_ABI_CAUSE_LABEL,
		.boot_ns = 1,
		.at_source = true,
		.held = {.ino = 5, .dev = fake.sink_dev},
		.target = {.ino = 6, .dev = LOCAL_DEV},
		.label = {.ino = 6, .dev = LOCAL_DEV},
		.labelled = {20},
		.channel = WEIR_ABI_CHANNEL_REMOVABLE,
		.profile = WEIR_ABI_PROFILE_REMOVABLE,
		.process = {.pid = 12, .name = "cat"},
		.path = "/media/stick/out",
	};

	fake.tier = WEIR_ABI_TIER_SCAN;
	weir_pipeline_gate_record(fake.pipeline, &record);
	assert_int_equal(fake.events, 1);
	assert_true(fake.last.alert);
	assert_int_equal(fake.last.event.hook, WEIR_ABI_HOOK_FANOTIFY_OPEN);
	assert_int_equal(fake.last.event.target.ino, 5);
	assert_int_equal(fake.last.event.labelled[0], 20);
	assert_int_equal(fake.last.event.tier, WEIR_ABI_TIER_SCAN);
	assert_string_equal(fake.last.event.path, "/media/stick/out");
	assert_string_equal(fake.last.mount_point, fake.sink);
}

static void pipeline__repetition_is_suppressed_and_counted(void **state)
{
	struct weir_abi_inode target = {.ino = 1, .dev = fake.sink_dev};
	struct weir_pipeline_status *status = malloc(sizeof(*status));

	for (unsigned i = 0; i < 100; i++)
		assert_int_equal(verdict(target, 0), 0);
	assert_true(fake.events < 20);
	weir_pipeline_status(fake.pipeline, status);
	assert_int_equal(status->counts[WEIR_COUNT_SUPPRESSED] + fake.events, 100);
	assert_string_equal(fake.drop_cause, "repeated");
	/* Another file is another matter. */
	target.ino = 2;
	assert_int_equal(verdict(target, 0), 0);
	assert_int_equal(fake.last.event.target.ino, 2);
	free(status);
}

static uint64_t suppressed_count(void)
{
	struct weir_pipeline_status *status = malloc(sizeof(*status));
	uint64_t n;

	weir_pipeline_status(fake.pipeline, status);
	n = status->counts[WEIR_COUNT_SUPPRESSED];
	free(status);
	return n;
}

static void pipeline__what_was_left_out_is_told_at_the_end(void **state)
{
	for (unsigned i = 0; i < 100; i++)
		assert_int_equal(verdict((struct weir_abi_inode){1, fake.sink_dev, 0}, 0), 0);
	assert_true(suppressed_count() > 80);
	weir_pipeline_free(fake.pipeline);
	fake.pipeline = NULL;
	assert_int_equal(fake.events + fake.suppressed, 100);
	assert_true(fake.last.alert);
	assert_string_equal(fake.last.rule, "stick");
	assert_string_equal(fake.last.mount_point, fake.sink);
}

/* More kinds of events than are kept apart: none takes away the count of another. */
static void pipeline__what_was_left_out_survives_other_events(void **state)
{
	const unsigned others = 20000;

	for (unsigned i = 0; i < 100; i++)
		assert_int_equal(verdict((struct weir_abi_inode){1, fake.sink_dev, 0}, 0), 0);
	for (unsigned i = 0; i < others; i++)
		assert_int_equal(verdict((struct weir_abi_inode){2 + i, fake.sink_dev, 0}, 0), 0);
	assert_int_equal(fake.events + fake.suppressed, 100 + others);
}

static void pipeline__other_labelled_data_is_another_matter(void **state)
{
	struct weir_gate_record record = {
		.kind = WEIR_GATE_REFUSED,
		.cause = WEIR_ABI_CAUSE_LABEL,
		.target = {.ino = 5, .dev = fake.sink_dev},
		.labelled = {20},
		.channel = WEIR_ABI_CHANNEL_REMOVABLE,
		.profile = WEIR_ABI_PROFILE_REMOVABLE,
		.process = {.pid = 12, .name = "cp"},
	};

	for (unsigned i = 0; i < 100; i++) {
		record.label = (struct weir_abi_inode){.ino = 100 + i, .dev = LOCAL_DEV};
		weir_pipeline_gate_record(fake.pipeline, &record);
	}
	assert_int_equal(fake.events, 100);
}

static void pipeline__retries_are_no_repetition(void **state)
{
	struct weir_abi_inode target = {.ino = 1, .dev = fake.sink_dev};

	fake.append_result = -EIO;
	for (unsigned i = 0; i < 100; i++)
		assert_int_equal(verdict(target, 0), -EIO);
	fake.append_result = 0;
	assert_int_equal(verdict(target, 0), 0);
	assert_int_equal(fake.events, 1);
	assert_int_equal(suppressed_count(), 0);
}

static void pipeline__record_that_can_never_be_reported(void **state)
{
	fake.append_result = -EINVAL;
	assert_int_equal(verdict((struct weir_abi_inode){1, fake.sink_dev, 0}, 0), 0);
	assert_string_equal(fake.drop_cause, "report_refused");
}

static void pipeline__full_label_map_gives_up_clean_ones(void **state)
{
	close_file(fake_file(&fake, "a", "x", LOCAL_MOUNT));
	fake_answer(&fake, 0, WEIR_SCAN_COMPLETE);
	fake.set_label_result = -E2BIG;
	close_file(fake_file(&fake, "b", "x", LOCAL_MOUNT));
	fake_answer(&fake, 20, WEIR_SCAN_COMPLETE);
	assert_int_equal(fake.labels_forgotten, 1);
	assert_string_equal(fake.drop_cause, "labels_refused");
}

static struct weir_hook_evidence closes_evidence(void)
{
	struct weir_pipeline_status *status = malloc(sizeof(*status));
	struct weir_hook_evidence evidence = {0};

	weir_pipeline_status(fake.pipeline, status);
	for (size_t i = 0; i < status->n_evidence; i++)
		if (status->evidence[i].hook == WEIR_ABI_HOOK_FANOTIFY_CLOSE)
			evidence = status->evidence[i];
	free(status);
	return evidence;
}

static void fill(size_t n, uint64_t cookies[])
{
	char name[32];

	for (size_t i = 0; i < n; i++) {
		(void)snprintf(name, sizeof(name), "file-%zu", i);
		close_file(fake_file(&fake, name, "text", SINK_MOUNT));
		cookies[i] = fake.cookie;
	}
}

static void answer_all(size_t n, const uint64_t cookies[])
{
	for (size_t i = 0; i < n; i++) {
		fake.cookie = cookies[i];
		fake_answer(&fake, 0, WEIR_SCAN_COMPLETE);
	}
}

/* So many files that nothing is read any more: that says nothing of what would be seen. No file of this machine but that of the
 * self-test is listened to, whoever else is busy on it. */
static void pipeline__self_test_without_room_shows_nothing(void **state)
{
	const size_t most = 512;
	uint64_t *cookies = calloc(most, sizeof(*cookies));
	struct weir_hook_evidence before, after;

	fake_sink_at(&fake, "/nowhere");
	fake.options.fanotify = true;
	fake.options.n_watch_paths = 0;
	fake_restart(&fake, NULL);
	before = closes_evidence();
	if (before.attached) { /* who is not root has no fanotify group */
		assert_true(before.passed_clean && before.at_ns > 0);
		assert_int_equal(before.untried_ns, 0);
		fill(most, cookies);
		assert_int_equal(fake.submitted, most);
		weir_pipeline_self_test(fake.pipeline);
		after = closes_evidence();
		assert_true(after.untried_ns >= before.at_ns);
		assert_int_equal(after.at_ns, before.at_ns);
		assert_true(after.attached && after.passed_clean);
		assert_int_equal(after.error, 0);
		assert_string_equal(after.text, before.text);
		answer_all(most, cookies);
		weir_pipeline_self_test(fake.pipeline);
		after = closes_evidence();
		assert_int_equal(after.untried_ns, 0);
		assert_true(after.passed_clean && after.at_ns >= before.at_ns);
	}
	free(cookies);
}

/* When so many wait that files from here are left in the kernel's queue, files from sinks are still taken. */
static void pipeline__local_files_leave_room_for_sinks(void **state)
{
	static const char *const quiet[] = {"/sys"};
	const size_t many = 512 - WEIR_WATCH_BATCH;
	uint64_t *cookies = calloc(many, sizeof(*cookies));

	fake_sink_at(&fake, "/nowhere");
	fake.options.fanotify = true;
	for (size_t n = 0; n < 2; n++) {
		fake.options.watch_paths = quiet;
		fake.options.n_watch_paths = n;
		fake_restart(&fake, NULL);
		if (!closes_evidence().attached) /* who is not root has no fanotify group */
			break;
		assert_true(closes_evidence().passed_clean);
		fill(many, cookies);
		weir_pipeline_self_test(fake.pipeline);
		assert_int_equal(closes_evidence().untried_ns > 0, n > 0);
		answer_all(many, cookies);
		weir_pipeline_self_test(fake.pipeline);
		assert_int_equal(closes_evidence().untried_ns, 0);
		assert_true(closes_evidence().passed_clean);
	}
	free(cookies);
}

/* What lies on a sink may be carried away; nobody waits for what stays here. */
static void pipeline__what_stays_here_has_time(void **state)
{
	close_file(fake_file(&fake, "here", "x", LOCAL_MOUNT));
	assert_int_equal(fake.submitted, 1);
	assert_int_equal(fake.leisurely, 1);
	close_file(fake_file(&fake, "there", "x", SINK_MOUNT));
	assert_int_equal(fake.submitted, 2);
	assert_int_equal(fake.leisurely + fake.urgent, 1);
}

static void pipeline__policy_that_the_kernel_refuses_changes_nothing(void **state)
{
	static const char allow[] = "apiVersion: weir/v1\nkind: Policy\nmetadata: {name: open}\n";
	struct weir_policy *policy = fake_policy(allow);

	fake.apply_result = -EIO;
	assert_int_equal(weir_pipeline_set_policy(fake.pipeline, policy), -EIO);
	assert_string_equal(weir_policy_name(weir_pipeline_policy(fake.pipeline)), "test");
	fake.apply_result = 0;
	assert_int_equal(weir_pipeline_set_policy(fake.pipeline, policy), 0);
	close_file(fake_file(&fake, "leak", "twenty", SINK_MOUNT));
	fake_answer(&fake, 20, WEIR_SCAN_COMPLETE);
	assert_int_equal(fake.last.event.action, WEIR_ABI_ACTION_AUDIT);
	assert_int_equal(size_of("leak"), 6);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(pipeline__local_file_gets_a_label),
		TEST(pipeline__clean_local_file_is_no_event),
		TEST(pipeline__not_complete_is_not_clean),
		TEST(pipeline__files_elsewhere_are_left_alone),
		TEST(pipeline__clean_copy_on_a_sink_is_an_event),
		TEST(pipeline__ends_while_files_are_inspected),
		TEST(pipeline__changed_file_that_is_not_asked_for_again),
		TEST(pipeline__below_the_limit_stays_and_is_labelled),
		TEST(pipeline__what_could_not_be_read_is_told_but_kept),
		TEST(pipeline__what_somebody_has_hidden_is_an_alert),
		TEST(pipeline__empty_file_on_a_sink_is_no_event),
		TEST(pipeline__burst_of_closes_is_one_event),
		TEST(pipeline__full_inspector_is_reported),
		TEST(pipeline__answers_nobody_waits_for),
		TEST(pipeline__writer_that_is_gone),
		TEST(pipeline__sink_open_names_the_writer),
		TEST(pipeline__record_is_kept_until_it_is_reported),
		TEST(pipeline__hostile_records),
		TEST(pipeline__gate_refusal_is_an_alert),
		TEST(pipeline__repetition_is_suppressed_and_counted),
		TEST(pipeline__what_was_left_out_is_told_at_the_end),
		TEST(pipeline__what_was_left_out_survives_other_events),
		TEST(pipeline__other_labelled_data_is_another_matter),
		TEST(pipeline__retries_are_no_repetition),
		TEST(pipeline__record_that_can_never_be_reported),
		TEST(pipeline__full_label_map_gives_up_clean_ones),
		TEST(pipeline__self_test_without_room_shows_nothing),
		TEST(pipeline__local_files_leave_room_for_sinks),
		TEST(pipeline__what_stays_here_has_time),
		TEST(pipeline__policy_that_the_kernel_refuses_changes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
