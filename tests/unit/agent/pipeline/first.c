/* SPDX-License-Identifier: Apache-2.0 */
/* Who waits at the gate for what the inspector says. There is no gate here: what a process is known to have read shows at the kernel. */
#include <errno.h>
#include <fcntl.h>
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

static const char policy[] = "apiVersion: weir/v1\n"
			     "kind: Policy\n"
			     "metadata: {name: t}\n"
			     "classes:\n"
			     "  c: {level: C2, detectors: [cn_resident_id]}\n"
			     "rules:\n"
			     "  - {id: first, channel: file, action: audit, on_failure: closed,\n"
			     "     first_open: {folders: [/srv, /home]}, message: {en: later}}\n";

/* The sink is elsewhere: files here are on local disk by their own device number. */
static int setup_first(void **state)
{
	fake_new(&fake);
	fake_sink_at(&fake, "/nowhere");
	fake_restart(&fake, NULL);
	return 0;
}

/* As the gate asks; the descriptor is the pipeline's. */
static void ask_about(const struct weir_watch_file *file, uint32_t pid, uint32_t wait)
{
	struct weir_gate_record record = {
		.kind = WEIR_GATE_ASKED,
		.wait = wait,
		.fd = fcntl(file->fd, F_DUPFD_CLOEXEC, 3),
		.target = file->inode,
		.process = {.pid = pid, .login_uid = (uint32_t)-1, .name = "cat"}};

	assert_true(record.fd >= 0);
	weir_pipeline_gate_record(fake.pipeline, &record);
}

static struct weir_watch_file ask(const char *name, uint32_t pid, uint32_t wait)
{
	struct weir_watch_file file = fake_file(&fake, name, "text", 0);

	ask_about(&file, pid, wait);
	weir_close(file.fd);
	return file;
}

static uint64_t counted(enum weir_pipeline_count what)
{
	static struct weir_pipeline_status status;

	weir_pipeline_status(fake.pipeline, &status);
	return status.counts[what];
}

static void first__found_is_label_and_taint(void **state)
{
	struct weir_watch_file file = ask("list", 4711, 1);

	assert_int_equal(fake.submitted, 1);
	assert_int_equal(fake.urgent, 1);
	fake_answer(&fake, 20, WEIR_SCAN_COMPLETE);
	assert_int_equal(fake.labels, 1);
	assert_int_equal(fake.label_inode.ino, file.inode.ino);
	assert_int_equal(fake.taints, 1);
	assert_int_equal(fake.taint_pid, 4711);
	assert_int_equal(fake.taint_inode.ino, file.inode.ino);
	assert_int_equal(fake.taint_inode.dev, fake.label_inode.dev);
	assert_int_equal(fake.taint_label.distinct[WEIR_ABI_DET_CN_RESIDENT_ID], 20);
	assert_int_equal(fake.events, 1);
	assert_int_equal(fake.last.event.activity, WEIR_ACTIVITY_OPEN);
	assert_int_equal(fake.last.event.hook, WEIR_ABI_HOOK_FANOTIFY_OPEN);
	assert_int_equal(fake.last.event.process.pid, 4711);
	assert_int_equal(counted(WEIR_COUNT_FIRST_ASKED), 1);
}

static void first__clean_is_no_event(void **state)
{
	ask("clean", 4711, 1);
	fake_answer(&fake, 0, WEIR_SCAN_COMPLETE);
	assert_int_equal(fake.label.flags, WEIR_ABI_LABEL_CLEAN);
	assert_int_equal(fake.taints, 0);
	assert_int_equal(fake.events, 0);
}

/* Ten that wait for one file are one request. */
static void first__one_file_is_asked_about_once(void **state)
{
	struct weir_watch_file file = fake_file(&fake, "list", "text", 0);

	for (uint32_t i = 0; i < 10; i++)
		ask_about(&file, 100 + i, i);
	weir_close(file.fd);
	assert_int_equal(fake.submitted, 1);
	assert_int_equal(fake.hurried, 9); /* who closed it may not have been in a hurry */
	fake_answer(&fake, 20, WEIR_SCAN_COMPLETE);
	assert_int_equal(fake.labels, 1);
	assert_int_equal(fake.taints, 10);
	assert_int_equal(fake.taint_pid, 109);
}

/* It was just closed, and lies in the inspector's queue already. */
static void first__joins_what_is_under_way(void **state)
{
	struct weir_watch_file file = fake_file(&fake, "list", "text", 0), closed = file;

	closed.fd = fcntl(file.fd, F_DUPFD_CLOEXEC, 3);
	close_file(closed);
	assert_int_equal(fake.leisurely, 1);
	ask_about(&file, 4711, 1);
	weir_close(file.fd);
	assert_int_equal(fake.submitted, 1);
	assert_int_equal(fake.hurried, 1);
	fake_answer(&fake, 20, WEIR_SCAN_COMPLETE);
	assert_int_equal(fake.taints, 1);
	assert_int_equal(fake.submitted, 1);
}

/* What it said before is no answer to whoever opens what it says now, though nobody has told of another close yet. */
static void first__what_changed_meanwhile_is_looked_at_again(void **state)
{
	close_file(fake_file(&fake, "list", "nothing", 0));
	ask("list", 4711, 1);
	fake_answer(&fake, 0, WEIR_SCAN_COMPLETE);
	assert_int_equal(fake.labels, 0);
	assert_int_equal(fake.submitted, 2);
	assert_int_equal(fake.urgent, 1); /* he still waits */
	fake_answer(&fake, 20, WEIR_SCAN_COMPLETE);
	assert_int_equal(fake.labels, 1);
	assert_int_equal(fake.label.size, 4);
	assert_int_equal(fake.taints, 1);
}

/* Where somebody waits for the one look, he waits for the next one too. */
static void first__closed_once_more_is_urgent_still(void **state)
{
	struct weir_watch_file file = fake_file(&fake, "list", "text", 0), closed = file;

	closed.fd = fcntl(file.fd, F_DUPFD_CLOEXEC, 3);
	close_file(closed);
	ask_about(&file, 4711, 1);
	close_file(file);
	fake_answer(&fake, 0, WEIR_SCAN_COMPLETE);
	assert_int_equal(fake.submitted, 2);
	assert_int_equal(fake.urgent, 1);
	fake_answer(&fake, 0, WEIR_SCAN_COMPLETE);
	close_file(fake_file(&fake, "list", "text", 0)); /* and nobody for what comes after */
	assert_int_equal(fake.submitted, 3);
	assert_int_equal(fake.urgent, 1);
}

static void first__failure_tells_nothing(void **state)
{
	ask("list", 4711, 1);
	fake_answer(&fake, 0, WEIR_SCAN_ERROR);
	assert_int_equal(fake.taints, 0);
	assert_int_equal(fake.labels, 0);
	fake.submit_result = -EAGAIN;
	ask("other", 4711, 2);
	assert_int_equal(fake.drops, 1);
	assert_int_equal(fake.events, 0);
	fake.submit_result = 0;
	ask("other", 4711, 3); /* nothing is left of what failed */
	fake_answer(&fake, 20, WEIR_SCAN_COMPLETE);
	assert_int_equal(fake.taints, 1);
}

/* The kernel's label from before this agent holds, while size and time are the same when it says clean. */
static void first__kernel_may_know(void **state)
{
	fake.labelled = true;
	fake.label = (struct weir_abi_label){.distinct = {7}};
	ask("list", 4711, 1);
	assert_int_equal(fake.submitted, 0);
	assert_int_equal(fake.taints, 1);
	fake.label = (struct weir_abi_label){.flags = WEIR_ABI_LABEL_CLEAN, .size = 1};
	ask("list", 4711, 2);
	assert_int_equal(fake.submitted, 1);
}

/* More than there is room for: the file is looked at, and who waits hears that nobody will tell him. */
static void first__asks_are_bounded(void **state)
{
	struct weir_watch_file file = fake_file(&fake, "list", "text", 0);

	for (uint32_t i = 0; i < 600; i++)
		ask_about(&file, 100 + i, i);
	weir_close(file.fd);
	assert_int_equal(fake.submitted, 1);
	fake_answer(&fake, 20, WEIR_SCAN_COMPLETE);
	assert_int_equal(fake.taints, 512);
}

/* Openings come in the middle of a batch that was taken from the kernel: each of its files has its place. */
static void first__leaves_room_for_a_batch(void **state)
{
	char name[32];

	for (uint32_t i = 0; i < 600; i++) {
		(void)snprintf(name, sizeof(name), "opened-%u", i);
		ask(name, 100 + i, i);
	}
	assert_in_range(fake.submitted, 256, 512 - WEIR_WATCH_BATCH);
	fake.submitted = 0;
	for (unsigned i = 0; i < WEIR_WATCH_BATCH; i++) {
		(void)snprintf(name, sizeof(name), "closed-%u", i);
		close_file(fake_file(&fake, name, "text", SINK_MOUNT));
	}
	assert_int_equal(fake.submitted, WEIR_WATCH_BATCH);
	assert_int_equal(counted(WEIR_COUNT_INSPECT_DROPPED), 0);
}

static void first__unjudged_is_told(void **state)
{
	struct weir_gate_record record = {.kind = WEIR_GATE_UNJUDGED,
					  .cause = WEIR_ABI_CAUSE_NO_STATE,
					  .fd = -1,
					  .refused = true,
					  .process = {.pid = 5, .name = "cat"},
					  .path = "/srv/list"};

	fake_restart(&fake, policy);
	weir_pipeline_gate_record(fake.pipeline, &record);
	assert_int_equal(fake.events, 1);
	assert_true(fake.last.alert);
	assert_int_equal(fake.last.event.action, WEIR_ABI_ACTION_BLOCK);
	assert_int_equal(fake.last.event.cause, WEIR_ABI_CAUSE_NO_STATE);
	assert_string_equal(fake.last.event.path, "/srv/list");
	assert_string_equal(fake.last.rule, "first");
	record.refused = false;
	record.folder = 1;
	(void)snprintf(record.path, sizeof(record.path), "%s", "/home/list");
	weir_pipeline_gate_record(fake.pipeline, &record);
	assert_int_equal(fake.events, 2);
	assert_false(fake.last.alert);
	assert_int_equal(fake.last.event.action, WEIR_ABI_ACTION_AUDIT);
	record.edition = 9; /* of folders that are no more */
	(void)snprintf(record.path, sizeof(record.path), "%s", "/home/other");
	weir_pipeline_gate_record(fake.pipeline, &record);
	assert_string_equal(fake.last.rule, "");
	assert_int_equal(counted(WEIR_COUNT_FIRST_UNJUDGED), 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(first__found_is_label_and_taint, setup_first,
						teardown),
		cmocka_unit_test_setup_teardown(first__clean_is_no_event, setup_first, teardown),
		cmocka_unit_test_setup_teardown(first__one_file_is_asked_about_once, setup_first,
						teardown),
		cmocka_unit_test_setup_teardown(first__joins_what_is_under_way, setup_first,
						teardown),
		cmocka_unit_test_setup_teardown(first__what_changed_meanwhile_is_looked_at_again,
						setup_first, teardown),
		cmocka_unit_test_setup_teardown(first__closed_once_more_is_urgent_still,
						setup_first, teardown),
		cmocka_unit_test_setup_teardown(first__failure_tells_nothing, setup_first,
						teardown),
		cmocka_unit_test_setup_teardown(first__kernel_may_know, setup_first, teardown),
		cmocka_unit_test_setup_teardown(first__asks_are_bounded, setup_first, teardown),
		cmocka_unit_test_setup_teardown(first__leaves_room_for_a_batch, setup_first,
						teardown),
		cmocka_unit_test_setup_teardown(first__unjudged_is_told, setup_first, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
