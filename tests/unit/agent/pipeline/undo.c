/* SPDX-License-Identifier: Apache-2.0 */
/* What must not stay: overwritten, kept sealed, or left alone because nobody wrote it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "fixture.h"
#include "weir/base/time.h"

static void pipeline__late_violation_is_overwritten(void **state)
{
	close_file(fake_file(&fake, "leak", "twenty customers", SINK_MOUNT));
	fake_answer(&fake, 20, WEIR_SCAN_COMPLETE);
	assert_int_equal(fake.events, 1);
	assert_true(fake.last.event.late);
	assert_true(fake.last.alert);
	assert_int_equal(fake.last.event.action, WEIR_ABI_ACTION_BLOCK);
	assert_int_equal(fake.last.event.distinct[0], 20);
	assert_string_equal(fake.last.rule, "stick");
	assert_int_equal(fake.last.scrubbed, 16);
	assert_int_equal(size_of("leak"), 0);
	assert_int_equal(fake.labels, 0);
	assert_true(fake.labels_forgotten > 0 && fake.flows_forgotten > 0);
}

/* What may take long does not hold up the loop: the event comes when the medium is clean. */
static void pipeline__large_late_violation_is_overwritten_aside(void **state)
{
	size_t len = 3 << 20;
	char *text = malloc(len + 1);

	memset(text, 'x', len);
	text[len] = '\0';
	close_file(fake_file(&fake, "large", text, SINK_MOUNT));
	free(text);
	fake_answer(&fake, 20, WEIR_SCAN_COMPLETE);
	assert_int_equal(fake.events, 0);
	/* A second answer for it changes nothing. */
	fake_answer(&fake, 0, WEIR_SCAN_COMPLETE);
	while (fake.events == 0)
		assert_true(weir_loop_step(fake.loop, -1) >= 0);
	assert_true(fake.last.event.late);
	assert_true(fake.last.alert);
	assert_int_equal(fake.last.event.action, WEIR_ABI_ACTION_BLOCK);
	assert_int_equal(fake.last.event.distinct[0], 20);
	assert_int_equal(fake.last.scrubbed, len);
	assert_int_equal(size_of("large"), 0);
}

/* A list that was there before, opened for writing and closed again: told, not destroyed. */
static void pipeline__spares_what_was_not_written(void **state)
{
	struct weir_watch_file file = fake_file(&fake, "old", "twenty customers", SINK_MOUNT);

	file.modified = false;
	file.ctime_ns -= 3600 * WEIR_NSEC_PER_SEC;
	close_file(file);
	fake_answer(&fake, 20, WEIR_SCAN_COMPLETE);
	assert_int_equal(fake.events, 1);
	assert_false(fake.last.event.late);
	assert_int_equal(fake.last.event.action, WEIR_ABI_ACTION_AUDIT);
	assert_int_equal(fake.last.scrubbed, 0);
	assert_int_equal(size_of("old"), 16);
}

/* Opened and mapped before this agent came: no opening, no event of a change, but the time of one. */
static void pipeline__older_opening_is_known_by_the_time_of_its_change(void **state)
{
	struct weir_watch_file file = fake_file(&fake, "mapped", "twenty customers", SINK_MOUNT);

	file.modified = false;
	close_file(file);
	fake_answer(&fake, 20, WEIR_SCAN_COMPLETE);
	assert_true(fake.last.event.late);
	assert_int_equal(fake.last.event.action, WEIR_ABI_ACTION_BLOCK);
	assert_int_equal(size_of("mapped"), 0);
}

/* A change that was seen makes an entry of the opening that was not: a later change is one all the same. */
static void pipeline__older_opening_that_wrote_before(void **state)
{
	struct weir_watch_file file = fake_file(&fake, "mapped", "four", SINK_MOUNT);

	weir_pipeline_modified(fake.pipeline, &file);
	close_file(file);
	fake_answer(&fake, 4, WEIR_SCAN_COMPLETE);
	assert_int_equal(size_of("mapped"), 4);
	file = fake_file(&fake, "mapped", "twenty customers", SINK_MOUNT);
	file.modified = false;
	close_file(file);
	fake_answer(&fake, 20, WEIR_SCAN_COMPLETE);
	assert_int_equal(size_of("mapped"), 0);
}

/* The change and the close come as two events, the change first. */
static void pipeline__remembers_that_a_file_was_written(void **state)
{
	struct weir_watch_file file = fake_file(&fake, "new", "twenty customers", SINK_MOUNT);

	weir_pipeline_modified(fake.pipeline, &file);
	file.modified = false;
	close_file(file);
	fake_answer(&fake, 20, WEIR_SCAN_COMPLETE);
	assert_true(fake.last.event.late);
	assert_int_equal(fake.last.event.action, WEIR_ABI_ACTION_BLOCK);
	assert_int_equal(size_of("new"), 0);
}

/* Whoever reads the copy with a lease on it would otherwise keep it. */
static void pipeline__lease_does_not_save_a_late_violation(void **state)
{
	struct weir_watch_file file = fake_file(&fake, "leak", "twenty customers", SINK_MOUNT);
	pid_t reader = fake_lease(file.path);

	close_file(file);
	fake_answer(&fake, 20, WEIR_SCAN_COMPLETE);
	while (fake.events == 0)
		assert_true(weir_loop_step(fake.loop, -1) >= 0);
	assert_int_equal(fake.last.event.action, WEIR_ABI_ACTION_BLOCK);
	assert_int_equal(fake.last.scrubbed, 16);
	assert_int_equal(size_of("leak"), 0);
	assert_int_equal(waitpid(reader, NULL, 0), reader);
}

static void pipeline__ends_while_the_scrubber_works(void **state)
{
	size_t len = 3 << 20;
	char *text = calloc(1, len + 1);

	memset(text, 'x', len);
	close_file(fake_file(&fake, "large", text, SINK_MOUNT));
	free(text);
	fake_answer(&fake, 20, WEIR_SCAN_COMPLETE);
	weir_pipeline_free(fake.pipeline);
	fake.pipeline = NULL;
	assert_int_equal(fake.events, 1);
	assert_true(fake.last.event.late);
	assert_true(fake.last.alert);
}

static void written_by_a_reader_of(unsigned resident_ids)
{
	fake.carried = true;
	fake.carrier = (struct weir_abi_carrier){
		.label = {.ino = 77, .dev = LOCAL_DEV}, .until_ns = 1, .labelled = {resident_ids}};
}

/* Encrypted by somebody who had the list open: the list's label speaks for it. */
static void pipeline__what_could_not_be_read_is_known_by_its_writer(void **state)
{
	written_by_a_reader_of(20);
	close_file(fake_file(&fake, "sealed", "binary", SINK_MOUNT));
	fake_answer(&fake, 0, WEIR_SCAN_UNSCANNABLE);
	assert_int_equal(fake.events, 1);
	assert_true(fake.last.event.late);
	assert_true(fake.last.alert);
	assert_int_equal(fake.last.event.action, WEIR_ABI_ACTION_BLOCK);
	assert_int_equal(fake.last.event.cause, WEIR_ABI_CAUSE_LABEL);
	assert_int_equal(fake.last.event.label.ino, 77);
	assert_int_equal(fake.last.event.labelled[0], 20);
	assert_int_equal(fake.last.event.distinct[0], 0);
	assert_string_equal(fake.last.rule, "stick");
	assert_int_equal(size_of("sealed"), 0);
	assert_int_equal(fake.carriers_forgotten, 1);
}

static void pipeline__what_told_nothing_blames_nobody(void **state)
{
	written_by_a_reader_of(20);
	fake.carrier.until_ns = 0;
	close_file(fake_file(&fake, "sealed", "binary", SINK_MOUNT));
	fake_answer(&fake, 0, WEIR_SCAN_UNSCANNABLE);
	assert_int_equal(fake.last.event.action, WEIR_ABI_ACTION_AUDIT);
	assert_int_equal(fake.last.event.label.ino, 0);
	assert_int_equal(size_of("sealed"), 6);
}

static void pipeline__few_values_behind_what_could_not_be_read_are_kept(void **state)
{
	written_by_a_reader_of(4);
	close_file(fake_file(&fake, "sealed", "binary", SINK_MOUNT));
	fake_answer(&fake, 0, WEIR_SCAN_UNSCANNABLE);
	assert_int_equal(fake.events, 1);
	assert_int_equal(fake.last.event.action, WEIR_ABI_ACTION_AUDIT);
	assert_int_equal(size_of("sealed"), 6);
	assert_int_equal(fake.label.distinct[0], 4);
}

/* Content decides where it was seen. */
static void pipeline__what_was_read_whole_speaks_for_itself(void **state)
{
	written_by_a_reader_of(20);
	close_file(fake_file(&fake, "letter", "clean", SINK_MOUNT));
	fake_answer(&fake, 0, WEIR_SCAN_COMPLETE);
	assert_int_equal(fake.last.event.action, WEIR_ABI_ACTION_AUDIT);
	assert_int_equal(fake.last.event.label.ino, 0);
	assert_int_equal(fake.last.event.labelled[0], 0);
	assert_int_equal(size_of("letter"), 5);
	assert_true(fake.label.flags & WEIR_ABI_LABEL_CLEAN);
	assert_int_equal(fake.carriers_forgotten, 1);
}

static void pipeline__sealed_local_file_gets_its_writers_label(void **state)
{
	written_by_a_reader_of(20);
	close_file(fake_file(&fake, "sealed", "binary", LOCAL_MOUNT));
	fake_answer(&fake, 0, WEIR_SCAN_UNSCANNABLE);
	assert_int_equal(fake.events, 0);
	assert_int_equal(fake.labels, 1);
	assert_int_equal(fake.label.distinct[0], 20);
	assert_int_equal(fake.label.flags, 0);
}

static const char quarantine_yaml[] =
	"apiVersion: weir/v1\n"
	"kind: Policy\n"
	"metadata: {name: test}\n"
	"classes:\n"
	"  id: {level: C2, detectors: [cn_resident_id], min_confidence: 70}\n"
	"rules:\n"
	"  - {id: stick, channel: [removable], content: {class: id, distinct: '>=5'}, action: "
	"block}\n"
	"  - {id: desk, channel: [file], content: {class: id, distinct: '>=5'}, action: "
	"quarantine}\n";

static void with_quarantine(struct weir_quarantine **ret)
{
	char store[160];

	snprintf(store, sizeof(store), "%s/quarantine", fake.dir);
	assert_int_equal(weir_quarantine_open(store, ret), 0);
	fake.options.quarantine = *ret;
	fake_restart(&fake, quarantine_yaml);
}

static void wait_for_event(void)
{
	while (fake.events == 0)
		assert_true(weir_loop_step(fake.loop, -1) >= 0);
}

/* What was moved to a stick, and not copied, comes back from here. */
static void pipeline__late_violation_is_kept_sealed(void **state)
{
	struct weir_quarantine *quarantine = NULL;
	struct weir_quarantine_entry entry;
	struct weir_watch_file file;

	with_quarantine(&quarantine);
	file = fake_file(&fake, "moved", "twenty customers", SINK_MOUNT);
	close_file(file);
	fake_answer(&fake, 20, WEIR_SCAN_COMPLETE);
	wait_for_event();
	assert_true(fake.last.event.late);
	assert_int_equal(fake.last.event.action, WEIR_ABI_ACTION_BLOCK);
	assert_int_equal(fake.last.scrubbed, 16);
	assert_int_equal(size_of("moved"), 0);
	assert_int_equal(weir_quarantine_get(quarantine, fake.last.quarantine_id, &entry), 0);
	assert_string_equal(entry.path, file.path);
	assert_string_equal(entry.rule, "stick");
	assert_int_equal(entry.size, 16);
	weir_pipeline_free(fake.pipeline);
	fake.pipeline = NULL;
	weir_quarantine_free(quarantine);
}

static void pipeline__local_list_goes_into_quarantine(void **state)
{
	struct weir_quarantine *quarantine = NULL;
	struct weir_quarantine_entry entry;
	struct weir_watch_file file;
	struct stat st;

	with_quarantine(&quarantine);
	file = fake_file(&fake, "few", "four customers", LOCAL_MOUNT);
	close_file(file);
	fake_answer(&fake, 4, WEIR_SCAN_COMPLETE);
	assert_int_equal(fake.last.event.action, WEIR_ABI_ACTION_AUDIT);
	assert_string_equal(fake.last.quarantine_id, "");
	fake.events = 0;
	file = fake_file(&fake, "list", "twenty customers", LOCAL_MOUNT);
	close_file(file);
	fake_answer(&fake, 20, WEIR_SCAN_COMPLETE);
	wait_for_event();
	assert_false(fake.last.event.late);
	assert_true(fake.last.alert);
	assert_string_equal(fake.last.rule, "desk");
	assert_int_equal(fake.last.scrubbed, 16);
	assert_int_equal(stat(file.path, &st), 0);
	assert_true(st.st_size > 100);
	assert_int_equal(weir_quarantine_get(quarantine, fake.last.quarantine_id, &entry), 0);
	assert_int_equal(weir_quarantine_restore(quarantine, entry.id, NULL), 0);
	assert_int_equal(stat(file.path, &st), 0);
	assert_int_equal(st.st_size, 16);
	weir_pipeline_free(fake.pipeline);
	fake.pipeline = NULL;
	weir_quarantine_free(quarantine);
}

static void pipeline__kernel_verdict_is_joined_and_undone(void **state)
{
	struct weir_watch_file file =
		fake_file(&fake, "leak", "landed before the verdict", SINK_MOUNT);
	char path[256];

	assert_int_equal(
		verdict((struct weir_abi_inode){.ino = file.inode.ino, .dev = fake.sink_dev}, 25),
		0);
	assert_int_equal(fake.events, 1);
	assert_true(fake.last.alert);
	assert_int_equal(fake.last.event.action, WEIR_ABI_ACTION_BLOCK);
	assert_int_equal(fake.last.event.kernel_seq, 9);
	assert_int_equal(fake.last.event.process.pid, 77);
	assert_string_equal(fake.last.rule, "stick");
	snprintf(path, sizeof(path), "%s/leak", fake.sink);
	assert_string_equal(fake.last.event.path, path);
	assert_int_equal(fake.last.scrubbed, 25);
	assert_int_equal(size_of("leak"), 0);
	/* Its close is no second event. */
	file.size = 0;
	close_file(file);
	assert_int_equal(fake.events, 1);
}

static void pipeline__lease_does_not_save_what_landed(void **state)
{
	struct weir_watch_file file = fake_file(&fake, "leak", "landed", SINK_MOUNT);
	pid_t reader = fake_lease(file.path);

	assert_int_equal(
		verdict((struct weir_abi_inode){.ino = file.inode.ino, .dev = fake.sink_dev}, 6),
		0);
	while (size_of("leak") != 0)
		assert_true(weir_loop_step(fake.loop, -1) >= 0);
	close_file(file);
	assert_int_equal(waitpid(reader, NULL, 0), reader);
}

static void pipeline__name_that_leads_elsewhere_waits_for_the_close(void **state)
{
	struct weir_watch_file file = fake_file(&fake, "moved", "landed", SINK_MOUNT);

	close(fake_file(&fake, "leak", "innocent", SINK_MOUNT).fd);
	assert_int_equal(
		verdict((struct weir_abi_inode){.ino = file.inode.ino, .dev = fake.sink_dev}, 6),
		0);
	assert_int_equal(fake.last.scrubbed, 0);
	assert_int_equal(size_of("leak"), 8);
	assert_int_equal(size_of("moved"), 6);
	close_file(file);
	assert_int_equal(size_of("moved"), 0);
	assert_int_equal(size_of("leak"), 8);
}

static void opened(const struct weir_watch_file *file, uint64_t ctime_ns)
{
	struct weir_abi_sink_open record = {
		.hdr = {.seq = 3,
			.boot_ns = weir_now_boottime(),
			.size = sizeof(record),
			.abi = WEIR_ABI_VERSION,
			.type = WEIR_ABI_REC_SINK_OPEN},
		.target = {.ino = file->inode.ino, .dev = fake.sink_dev},
		.ctime_ns = ctime_ns,
		.action = WEIR_ABI_ACTION_AUDIT,
		.hook = WEIR_ABI_HOOK_FILE_OPEN,
		.tier = WEIR_ABI_TIER_LSM,
		.channel = WEIR_ABI_CHANNEL_REMOVABLE,
	};

	assert_int_equal(weir_pipeline_record(fake.pipeline, &record, sizeof(record)), 0);
}

/* Stores through a mapping, and aio, are no event: the file's times give them away. An old list that was only opened stays. */
static void pipeline__times_tell_what_no_event_does(void **state)
{
	const uint64_t second = WEIR_NSEC_PER_SEC, now = weir_now_realtime();
	const struct {
		uint64_t before, after;
		bool changed;
	} rows[] = {
		{now - 3600 * second, now - 3600 * second, false},
		{now - 3600 * second, now + second, true},
		{now / (2 * second) * 2 * second, now / (2 * second) * 2 * second, true}, /* FAT */
		{(now - second) | 1, (now - second) | 1, false},
		{now + 3600 * second, now + 3600 * second, false}, /* a server's clock */
		{0, now, false},				   /* not known */
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct weir_watch_file file = fake_file(&fake, "mapped", "customers", SINK_MOUNT);

		file.modified = false;
		opened(&file, rows[i].before);
		file.ctime_ns = rows[i].after;
		close_file(file);
		fake_answer(&fake, 20, WEIR_SCAN_COMPLETE);
		if (fake.last.event.late != rows[i].changed ||
		    size_of("mapped") != (rows[i].changed ? 0 : 9))
			fail_msg("row %zu", i);
	}
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(pipeline__late_violation_is_overwritten),
		TEST(pipeline__large_late_violation_is_overwritten_aside),
		TEST(pipeline__lease_does_not_save_a_late_violation),
		TEST(pipeline__spares_what_was_not_written),
		TEST(pipeline__older_opening_is_known_by_the_time_of_its_change),
		TEST(pipeline__older_opening_that_wrote_before),
		TEST(pipeline__remembers_that_a_file_was_written),
		TEST(pipeline__lease_does_not_save_what_landed),
		TEST(pipeline__ends_while_the_scrubber_works),
		TEST(pipeline__what_could_not_be_read_is_known_by_its_writer),
		TEST(pipeline__what_told_nothing_blames_nobody),
		TEST(pipeline__few_values_behind_what_could_not_be_read_are_kept),
		TEST(pipeline__what_was_read_whole_speaks_for_itself),
		TEST(pipeline__sealed_local_file_gets_its_writers_label),
		TEST(pipeline__late_violation_is_kept_sealed),
		TEST(pipeline__local_list_goes_into_quarantine),
		TEST(pipeline__kernel_verdict_is_joined_and_undone),
		TEST(pipeline__name_that_leads_elsewhere_waits_for_the_close),
		TEST(pipeline__times_tell_what_no_event_does),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
