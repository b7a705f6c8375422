/* SPDX-License-Identifier: Apache-2.0 */
/* What a rule of warn refuses passes once a reason was given: the kernel's records, the close, and who may give one. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "fakes.h"
#include "weir/base/fd.h"

#define WANG 1001
#define LI   1002

static const char warn_yaml[] =
	"apiVersion: weir/v1\n"
	"kind: Policy\n"
	"metadata: {name: test}\n"
	"classes:\n"
	"  identity: {level: C2, detectors: [cn_resident_id], min_confidence: 50}\n"
	"rules:\n"
	"  - id: bulk\n"
	"    channel: [removable]\n"
	"    content: {class: identity, distinct: \">=50\"}\n"
	"    action: block\n"
	"  - id: some\n"
	"    channel: [removable, network]\n"
	"    content: {class: identity, distinct: \">=5\"}\n"
	"    action: warn\n"
	"    message: {zh: \"请说明理由\", en: \"give the reason\"}\n";

static const char reason[] = "treaty settlement";
static struct fake fake;

static int setup(void **state)
{
	fake_new(&fake);
	assert_int_equal(weir_pipeline_set_policy(fake.pipeline, fake_policy(warn_yaml)), 0);
	return 0;
}

static int teardown(void **state)
{
	fake_done(&fake);
	return 0;
}

static uint64_t seq;

static struct weir_abi_verdict warning(uint32_t uid, uint64_t ino)
{
	return (struct weir_abi_verdict){
		.hdr = {.seq = ++seq,
			.size = sizeof(struct weir_abi_verdict),
			.abi = WEIR_ABI_VERSION,
			.type = WEIR_ABI_REC_VERDICT},
		.process = {.tgid = 77, .uid = uid, .comm = "cp"},
		.target = {.ino = ino, .dev = fake.sink_dev},
		.distinct = {20},
		.action = WEIR_ABI_ACTION_WARN,
		.cause = WEIR_ABI_CAUSE_CONTENT,
		.hook = WEIR_ABI_HOOK_FILE_PERMISSION,
		.tier = WEIR_ABI_TIER_LSM,
		.channel = WEIR_ABI_CHANNEL_REMOVABLE,
		.profile = WEIR_ABI_PROFILE_REMOVABLE,
	};
}

static void record(const struct weir_abi_verdict *verdict)
{
	assert_int_equal(weir_pipeline_record(fake.pipeline, verdict, sizeof(*verdict)), 0);
}

/* The number of the only refusal of this user. */
static uint64_t refused(uint32_t uid)
{
	const struct weir_refusal *list[WEIR_REFUSALS_OF_ONE];

	assert_int_equal(weir_pipeline_refusals(fake.pipeline, uid, list), 1);
	return list[0]->id;
}

static uint64_t refused_last(uint32_t uid)
{
	const struct weir_refusal *list[WEIR_REFUSALS_OF_ONE];

	assert_true(weir_pipeline_refusals(fake.pipeline, uid, list) > 0);
	return list[0]->id;
}

static uint64_t refuse(uint32_t uid, uint64_t ino)
{
	struct weir_abi_verdict verdict = warning(uid, ino);

	record(&verdict);
	return refused(uid);
}

static void passes__refusal_is_explained_to_its_person(void **state)
{
	const struct weir_refusal *list[WEIR_REFUSALS_OF_ONE];
	struct weir_abi_verdict verdict = warning(WANG, 12);

	record(&verdict);
	assert_int_equal(fake.events, 1);
	assert_int_equal(fake.last.event.action, WEIR_ABI_ACTION_WARN);
	assert_true(fake.last.alert);
	assert_string_equal(fake.last.rule, "some");
	assert_string_equal(fake.last.reason, "");
	record(&verdict);
	assert_int_equal(weir_pipeline_refusals(fake.pipeline, LI, list), 0);
	assert_int_equal(weir_pipeline_refusals(fake.pipeline, WANG, list), 1);
	assert_true(list[0]->warned);
	assert_false(list[0]->justified);
	assert_int_equal(list[0]->seen, 2);
	assert_string_equal(list[0]->rule, "some");
	assert_string_equal(list[0]->message_en, "give the reason");
	assert_int_equal(list[0]->n_classes, 1);
	assert_string_equal(list[0]->classes[0], "identity");
	assert_int_equal(list[0]->n_counts, 1);
	assert_string_equal(list[0]->counts[0].detector, "cn_resident_id");
	assert_int_equal(list[0]->counts[0].distinct, 20);
}

static void passes__reason_is_reported_and_brought_to_the_kernel(void **state)
{
	uint64_t id = refuse(WANG, 12);

	assert_int_equal(weir_pipeline_justify(fake.pipeline, WANG, id, reason), 0);
	assert_int_equal(fake.passes_set, 1);
	assert_int_equal(fake.pass_uid, WANG);
	assert_int_equal(fake.pass_profile, WEIR_ABI_PROFILE_REMOVABLE);
	assert_true(fake.pass_until_ns > 0);
	assert_int_equal(fake.events, 2);
	assert_int_equal(fake.last.event.activity, WEIR_ACTIVITY_JUSTIFY);
	assert_int_equal(fake.last.event.action, WEIR_ABI_ACTION_WARN);
	assert_int_equal(fake.last.event.kernel_seq, 0);
	assert_string_equal(fake.last.rule, "some");
	assert_string_equal(fake.last.reason, reason);
	assert_int_equal(fake.last.reason_uid, WANG);
	assert_int_equal(fake.last.reason_refusal, id);
	assert_true(fake.last.alert);
}

static void passes__who_may_give_a_reason(void **state)
{
	struct weir_abi_verdict block = warning(LI, 13);
	uint64_t id = refuse(WANG, 12);

	block.action = WEIR_ABI_ACTION_BLOCK;
	block.distinct[0] = 60;
	record(&block);
	assert_int_equal(weir_pipeline_justify(fake.pipeline, LI, id, reason), -ENOENT);
	assert_int_equal(weir_pipeline_justify(fake.pipeline, 0, id, reason), -ENOENT);
	assert_int_equal(weir_pipeline_justify(fake.pipeline, WANG, id + 100, reason), -ENOENT);
	assert_int_equal(weir_pipeline_justify(fake.pipeline, WANG, id, "no"), -EINVAL);
	assert_int_equal(weir_pipeline_justify(fake.pipeline, LI, refused(LI), reason), -EPERM);
	assert_int_equal(fake.passes_set, 0);
	assert_int_equal(fake.events, 2);
	assert_int_equal(weir_pipeline_justify(fake.pipeline, WANG, id, reason), 0);
	assert_int_equal(weir_pipeline_justify(fake.pipeline, WANG, id, reason), -EALREADY);
	assert_int_equal(fake.passes_set, 1);
}

/* What the disk did not take holds nothing open. */
static void passes__no_pass_without_its_event(void **state)
{
	uint64_t id = refuse(WANG, 12);

	fake.append_result = -EIO;
	assert_int_equal(weir_pipeline_justify(fake.pipeline, WANG, id, reason), -EIO);
	assert_int_equal(fake.passes_set, 0);
	fake.append_result = 0;
	fake.set_pass_result = -E2BIG;
	assert_int_equal(weir_pipeline_justify(fake.pipeline, WANG, id, reason), -E2BIG);
	fake.set_pass_result = 0;
	assert_int_equal(weir_pipeline_justify(fake.pipeline, WANG, id, reason), 0);
}

static void passes__one_at_a_time_and_ten_an_hour(void **state)
{
	struct weir_abi_verdict verdict;
	const struct weir_refusal *list[WEIR_REFUSALS_OF_ONE];

	for (uint64_t i = 0; i <= WEIR_REASONS_PER_HOUR; i++) {
		int wanted = i < WEIR_REASONS_PER_HOUR ? 0 : -EDQUOT;

		verdict = warning(WANG, 20 + i);
		record(&verdict);
		(void)weir_pipeline_refusals(fake.pipeline, WANG, list);
		assert_int_equal(weir_pipeline_justify(fake.pipeline, WANG, list[0]->id, reason),
				 wanted);
		verdict = warning(WANG, 60 + i);
		record(&verdict);
		(void)weir_pipeline_refusals(fake.pipeline, WANG, list);
		assert_int_equal(weir_pipeline_justify(fake.pipeline, WANG, list[0]->id, reason),
				 wanted ? wanted : -EBUSY);
		verdict = warning(WANG, 20 + i);
		verdict.passed = 1;
		record(&verdict);
	}
	/* Somebody else's hour is his own. */
	assert_int_equal(weir_pipeline_justify(fake.pipeline, LI, refuse(LI, 12), reason), 0);
}

static struct weir_watch_file copy(uint32_t uid, uint64_t *ret_ino)
{
	struct weir_watch_file file = fake_file(&fake, "copy", "twenty customers", SINK_MOUNT);
	struct weir_abi_sink_open open = {
		.hdr = {.seq = ++seq,
			.size = sizeof(open),
			.abi = WEIR_ABI_VERSION,
			.type = WEIR_ABI_REC_SINK_OPEN},
		.process = {.tgid = 77, .uid = uid, .comm = "cp"},
		.target = {.ino = file.inode.ino, .dev = fake.sink_dev},
		.hook = WEIR_ABI_HOOK_FILE_OPEN,
		.tier = WEIR_ABI_TIER_LSM,
		.channel = WEIR_ABI_CHANNEL_REMOVABLE,
		.profile = WEIR_ABI_PROFILE_REMOVABLE,
	};

	assert_int_equal(weir_pipeline_record(fake.pipeline, &open, sizeof(open)), 0);
	*ret_ino = file.inode.ino;
	return file;
}

static void close_file(struct weir_watch_file file)
{
	weir_pipeline_closed(fake.pipeline, &file);
	weir_close(file.fd);
}

static struct weir_watch_file copy_with_a_reason(uint32_t uid, uint64_t *ret_ino)
{
	uint64_t id = refuse(uid, 12);

	assert_int_equal(weir_pipeline_justify(fake.pipeline, uid, id, reason), 0);
	return copy(uid, ret_ino);
}

static void record_passed(uint32_t uid, uint64_t ino)
{
	struct weir_abi_verdict verdict = warning(uid, ino);

	verdict.passed = 1;
	record(&verdict);
}

static off_t size_of_copy(void)
{
	char path[256];
	struct stat st;

	snprintf(path, sizeof(path), "%s/copy", fake.sink);
	return stat(path, &st) < 0 ? -1 : st.st_size;
}

/* The kernel let it by with a pass: the close finds the same values and lets it be, and both tell the reason. */
static void passes__what_the_kernel_let_by_stays(void **state)
{
	uint64_t ino;
	struct weir_watch_file file = copy_with_a_reason(WANG, &ino);

	record_passed(WANG, ino);
	assert_int_equal(fake.events, 3);
	assert_string_equal(fake.last.reason, reason);
	assert_int_equal(fake.last.event.activity, WEIR_ACTIVITY_WRITE);
	assert_true(fake.last.event.passed);
	assert_int_equal(fake.passes_forgotten, 1);
	close_file(file);
	fake_answer(&fake, 20, WEIR_SCAN_COMPLETE);
	assert_int_equal(fake.events, 4);
	assert_int_equal(fake.last.event.activity, WEIR_ACTIVITY_CLOSE);
	assert_int_equal(fake.last.event.action, WEIR_ABI_ACTION_WARN);
	assert_true(fake.last.event.passed);
	assert_string_equal(fake.last.reason, reason);
	assert_int_equal(fake.last.scrubbed, 0);
	assert_int_equal(size_of_copy(), 16);
	/* The same file, opened anew, has no pass. */
	close_file(copy(WANG, &ino));
	fake_answer(&fake, 20, WEIR_SCAN_COMPLETE);
	assert_int_equal(size_of_copy(), 0);
	assert_int_equal(fake.last.event.action, WEIR_ABI_ACTION_WARN);
	assert_false(fake.last.event.passed);
	assert_string_equal(fake.last.reason, "");
	assert_true(fake.last.event.late);
}

/* Records, closes and answers come by ways of their own. */
static void passes__record_may_come_after_the_close(void **state)
{
	uint64_t ino;
	struct weir_watch_file file = copy_with_a_reason(WANG, &ino);

	close_file(file);
	record_passed(WANG, ino);
	fake_answer(&fake, 20, WEIR_SCAN_COMPLETE);
	assert_int_equal(size_of_copy(), 16);
	assert_string_equal(fake.last.reason, reason);
	/* And after the answer: the reason was counted for the close already. */
	close_file(copy(WANG, &ino));
	fake_answer(&fake, 20, WEIR_SCAN_COMPLETE);
	assert_int_equal(size_of_copy(), 0);
	assert_int_equal(weir_pipeline_justify(fake.pipeline, WANG, refused_last(WANG), reason), 0);
	close_file(copy(WANG, &ino));
	fake_answer(&fake, 20, WEIR_SCAN_COMPLETE);
	assert_int_equal(size_of_copy(), 16);
	assert_string_equal(fake.last.reason, reason);
	record_passed(WANG, ino);
	assert_true(fake.last.event.passed);
	assert_int_equal(fake.last.reason_uid, (uint32_t)-1);
}

/* A block above is no matter of reasons. */
static void passes__block_undoes_what_a_pass_let_by(void **state)
{
	uint64_t ino;
	struct weir_watch_file file = copy_with_a_reason(WANG, &ino);

	record_passed(WANG, ino);
	close_file(file);
	fake_answer(&fake, 50, WEIR_SCAN_COMPLETE);
	assert_int_equal(size_of_copy(), 0);
	assert_int_equal(fake.last.event.action, WEIR_ABI_ACTION_BLOCK);
	assert_string_equal(fake.last.rule, "bulk");
	assert_string_equal(fake.last.reason, "");
}

/* Found at the close alone: undone without a pass, and its own pass is used up at the close. */
static void passes__close_uses_one_up(void **state)
{
	uint64_t ino, id;

	close_file(copy(WANG, &ino));
	fake_answer(&fake, 20, WEIR_SCAN_COMPLETE);
	assert_int_equal(size_of_copy(), 0);
	id = refused(WANG);
	assert_int_equal(weir_pipeline_justify(fake.pipeline, WANG, id, reason), 0);
	/* Not another user's. */
	close_file(copy(LI, &ino));
	fake_answer(&fake, 20, WEIR_SCAN_COMPLETE);
	assert_int_equal(size_of_copy(), 0);
	close_file(copy(WANG, &ino));
	fake_answer(&fake, 20, WEIR_SCAN_COMPLETE);
	assert_int_equal(size_of_copy(), 16);
	assert_string_equal(fake.last.reason, reason);
	assert_int_equal(fake.passes_forgotten, 1);
	close_file(copy(WANG, &ino));
	fake_answer(&fake, 20, WEIR_SCAN_COMPLETE);
	assert_int_equal(size_of_copy(), 0);
}

/* A profile's number means something else under another policy. */
static void passes__end_with_the_policy(void **state)
{
	const struct weir_refusal *list[WEIR_REFUSALS_OF_ONE];
	uint64_t id = refuse(WANG, 12), ino;

	assert_int_equal(weir_pipeline_justify(fake.pipeline, WANG, id, reason), 0);
	assert_int_equal(weir_pipeline_set_policy(fake.pipeline, fake_policy(warn_yaml)), 0);
	assert_int_equal(fake.passes_forgotten, 1);
	assert_int_equal(weir_pipeline_refusals(fake.pipeline, WANG, list), 0);
	close_file(copy(WANG, &ino));
	fake_answer(&fake, 20, WEIR_SCAN_COMPLETE);
	assert_int_equal(size_of_copy(), 0);
}

/* The gate saw a labelled source, and a pass. */
static void passes__gate_says_which(void **state)
{
	struct weir_gate_record opened = {.kind = WEIR_GATE_REFUSED,
					  .warned = true,
					  .cause = WEIR_ABI_CAUSE_LABEL,
					  .boot_ns = 1,
					  .target = {.ino = 5, .dev = fake.sink_dev},
					  .labelled = {20},
					  .channel = WEIR_ABI_CHANNEL_REMOVABLE,
					  .profile = WEIR_ABI_PROFILE_REMOVABLE,
					  .process = {.pid = 77, .uid = WANG}};
	struct weir_watch_file file;
	uint64_t ino;

	weir_pipeline_gate_record(fake.pipeline, &opened);
	assert_int_equal(fake.last.event.action, WEIR_ABI_ACTION_WARN);
	assert_int_equal(weir_pipeline_justify(fake.pipeline, WANG, refused(WANG), reason), 0);
	file = copy(WANG, &ino);
	opened.kind = WEIR_GATE_PASSED;
	opened.target.ino = ino;
	weir_pipeline_gate_record(fake.pipeline, &opened);
	assert_string_equal(fake.last.reason, reason);
	assert_true(fake.last.event.passed);
	close_file(file);
	fake_answer(&fake, 20, WEIR_SCAN_COMPLETE);
	assert_int_equal(size_of_copy(), 16);
	assert_string_equal(fake.last.reason, reason);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(passes__refusal_is_explained_to_its_person),
		TEST(passes__reason_is_reported_and_brought_to_the_kernel),
		TEST(passes__who_may_give_a_reason),
		TEST(passes__no_pass_without_its_event),
		TEST(passes__one_at_a_time_and_ten_an_hour),
		TEST(passes__what_the_kernel_let_by_stays),
		TEST(passes__record_may_come_after_the_close),
		TEST(passes__block_undoes_what_a_pass_let_by),
		TEST(passes__close_uses_one_up),
		TEST(passes__end_with_the_policy),
		TEST(passes__gate_says_which),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
