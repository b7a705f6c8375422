/* SPDX-License-Identifier: Apache-2.0 */
/* What is kept for reviewers, and that no event depends on it. */
#include <dirent.h>
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
#include "reviewers.h"
#include "weir/base/parse.h"
#include "weir/evidence/record.h"

#define CONTENT "nobody, no number\n"
#define POLICY                                                                       \
	"apiVersion: weir/v1\n"                                                      \
	"kind: Policy\n"                                                             \
	"metadata: {name: test}\n"                                                   \
	"classes:\n"                                                                 \
	"  identity: {level: C2, detectors: [cn_resident_id], min_confidence: 50}\n" \
	"rules:\n"                                                                   \
	"  - id: stick\n"                                                            \
	"    channel: [removable]\n"                                                 \
	"    content: {class: identity, distinct: \">=5\"}\n"                        \
	"    action: block\n"                                                        \
	"  - id: local\n"                                                            \
	"    channel: [file]\n"                                                      \
	"    content: {class: identity, distinct: \">=2\"}\n"                        \
	"    action: audit\n"

static struct weir_evidence_folder *folder;
static struct weir_reviewer *reviewer;
static struct weir_buf yaml;

/* A pipeline whose policy seals, of these rules. */
static void begin(uint64_t max_bytes, const char *rules)
{
	struct weir_buf pem _cleanup_(weir_buf_done) = WEIR_BUF_INIT(0);

	fake_new(&fake);
	reviewer = reviewer_new(fake.dir, "key", &pem);
	assert_int_equal(weir_evidence_folder_new(fake.dir, max_bytes, &folder), 0);
	yaml = WEIR_BUF_INIT(1 << 20);
	assert_int_equal(weir_buf_printf(&yaml, POLICY "evidence:\n%s  recipients:\n", rules), 0);
	reviewer_list(&yaml, pem.data, 4);
	fake.options.evidence = folder;
	fake.options.agent_uid[0] = 9;
	fake_restart(&fake, yaml.data);
	fake.excerpt = CONTENT;
}

static int setup_sealing(void **state)
{
	begin(0, "");
	return 0;
}

static int teardown_sealing(void **state)
{
	weir_pipeline_free(TAKE_PTR(fake.pipeline));
	weir_evidence_folder_free(TAKE_PTR(folder));
	weir_reviewer_free(TAKE_PTR(reviewer));
	weir_buf_done(&yaml);
	return teardown(state);
}

static unsigned files(void)
{
	char path[128];
	unsigned n = 0;
	DIR *dir;

	snprintf(path, sizeof(path), "%s/evidence", fake.dir);
	dir = opendir(path);
	assert_non_null(dir);
	for (const struct dirent *e; (e = readdir(dir));)
		n += e->d_name[0] != '.';
	closedir(dir);
	return n;
}

static void wait_for_event(unsigned n)
{
	while (fake.events < n)
		assert_true(weir_loop_step(fake.loop, -1) >= 0);
}

static uint64_t counted(enum weir_pipeline_count what)
{
	static struct weir_pipeline_status status;

	weir_pipeline_status(fake.pipeline, &status);
	return status.counts[what];
}

static void find_on_sink(const char *name)
{
	close_file(fake_file(&fake, name, "twenty customers", SINK_MOUNT));
	fake_answer(&fake, 20, WEIR_SCAN_COMPLETE);
}

static void read_evidence(struct weir_buf *plain, struct weir_wire **ret_wire,
			  struct weir_evidence *ret)
{
	struct weir_buf sealed _cleanup_(weir_buf_done) = WEIR_BUF_INIT(WEIR_EVIDENCE_SEALED_MAX);
	char name[65], path[200];

	weir_hex(fake.last.evidence_sha256, WEIR_CAPTURE_HASH_LEN, name);
	snprintf(path, sizeof(path), "%s/evidence/%s", fake.dir, name);
	assert_int_equal(weir_read_file(AT_FDCWD, path, &sealed), 0);
	assert_null(memmem(sealed.data, sealed.len, "nobody", 6));
	assert_int_equal(weir_evidence_open(sealed.data, sealed.len, reviewer, plain), 0);
	assert_int_equal(weir_evidence_decode(plain->data, plain->len, ret_wire, ret), 0);
}

static void evidence__is_named_by_its_event(void **state)
{
	struct weir_buf plain _cleanup_(weir_buf_wipe) = WEIR_BUF_INIT(WEIR_EVIDENCE_SEALED_MAX);
	struct weir_wire *wire _cleanup_(weir_wire_wipep) = NULL;
	struct weir_evidence read;

	find_on_sink("leak");
	wait_for_event(1);
	assert_true(fake.last.has_evidence);
	assert_true(fake.last.alert);
	assert_int_equal(fake.last.event.action, WEIR_ABI_ACTION_BLOCK);
	assert_string_equal(fake.last.rule, "stick");
	assert_int_equal(size_of("leak"), 0); /* gone from there before anything was sealed */
	read_evidence(&plain, &wire, &read);
	assert_int_equal(read.agent_uid[0], 9);
	assert_int_equal(read.time_ns, fake.last.event.time_ns);
	assert_string_equal(read.rule, "stick");
	assert_non_null(strstr(read.name, "/sink/leak"));
	assert_int_equal(read.n_pieces, 1);
	assert_int_equal(read.pieces[0].offset, 3);
	assert_memory_equal(read.pieces[0].data, CONTENT, sizeof(CONTENT) - 1);
	assert_int_equal(counted(WEIR_COUNT_EVIDENCE), 1);
	assert_int_equal(counted(WEIR_COUNT_EVIDENCE_DROPPED), 0);
}

/* What is decided holds while the event waits: the label of a file on local disk is there at once. */
static void evidence__label_does_not_wait(void **state)
{
	close_file(fake_file(&fake, "list", "three customers", LOCAL_MOUNT));
	fake_answer(&fake, 3, WEIR_SCAN_COMPLETE);
	assert_int_equal(fake.events, 0);
	assert_int_equal(fake.labels, 1);
	assert_int_equal(fake.label.distinct[0], 3);
	wait_for_event(1);
	assert_true(fake.last.has_evidence);
	assert_string_equal(fake.last.rule, "local");
}

/* Neither of what is no alert, nor of rules that are not named, nor without a policy or a folder for it. */
static void evidence__is_not_kept_unasked(void **state)
{
	close_file(fake_file(&fake, "few", "one customer", LOCAL_MOUNT));
	fake_answer(&fake, 1, WEIR_SCAN_COMPLETE);
	assert_int_equal(fake.events, 1);
	assert_false(fake.last.has_evidence);
	teardown_sealing(state);
	begin(0, "  rules: [local]\n");
	find_on_sink("leak");
	assert_int_equal(fake.events, 1);
	assert_false(fake.last.has_evidence);
	fake_restart(&fake, NULL);
	find_on_sink("leak2");
	assert_int_equal(fake.events, 2);
	assert_false(fake.last.has_evidence);
	fake.options.evidence = NULL;
	fake_restart(&fake, yaml.data);
	find_on_sink("leak3");
	assert_int_equal(fake.events, 3);
	assert_false(fake.last.has_evidence);
	assert_int_equal(fake.excerpts_taken, 3);
	assert_int_equal(files(), 0);
}

/* A worker that tells nothing, as under the policy before. */
static void evidence__without_excerpts(void **state)
{
	fake.excerpt = NULL;
	find_on_sink("leak");
	assert_int_equal(fake.events, 1);
	assert_false(fake.last.has_evidence);
}

static void evidence__no_room_costs_no_event(void **state)
{
	teardown_sealing(state);
	begin(10, "");
	find_on_sink("leak");
	wait_for_event(1);
	assert_false(fake.last.has_evidence);
	assert_true(fake.last.alert);
	assert_string_equal(fake.drop_cause, "evidence_full");
	assert_int_equal(counted(WEIR_COUNT_EVIDENCE_DROPPED), 1);
	assert_int_equal(counted(WEIR_COUNT_EVIDENCE), 0);
}

static void evidence__failure_costs_no_event(void **state)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/evidence", fake.dir);
	assert_int_equal(rmdir(path), 0);
	find_on_sink("leak");
	wait_for_event(1);
	assert_false(fake.last.has_evidence);
	assert_true(fake.last.alert);
	assert_string_equal(fake.drop_cause, "evidence_failed");
	assert_int_equal(mkdir(path, 0700), 0);
}

/* More at once than may wait: the rest is reported at once, without. */
static void evidence__full_queue_costs_no_event(void **state)
{
	const unsigned n = WEIR_CAPTURE_QUEUE + 5;
	char name[16];

	for (unsigned i = 0; i < n; i++) {
		snprintf(name, sizeof(name), "leak%u", i);
		find_on_sink(name);
	}
	assert_int_equal(fake.events, 5);
	assert_string_equal(fake.drop_cause, "evidence_queue");
	wait_for_event(n);
	assert_int_equal(counted(WEIR_COUNT_EVIDENCE), WEIR_CAPTURE_QUEUE);
	assert_int_equal(counted(WEIR_COUNT_EVIDENCE_DROPPED), 5);
	assert_int_equal(files(), WEIR_CAPTURE_QUEUE);
}

/* Events that are left out as like the last one leave nothing behind that no event names. */
static void evidence__goes_with_its_event(void **state)
{
	for (unsigned i = 0; i < 12; i++) {
		find_on_sink("leak");
		while (counted(WEIR_COUNT_EVIDENCE) + counted(WEIR_COUNT_SUPPRESSED) <= i)
			assert_true(weir_loop_step(fake.loop, -1) >= 0);
	}
	assert_true(counted(WEIR_COUNT_SUPPRESSED) > 0);
	assert_int_equal(files(), counted(WEIR_COUNT_EVIDENCE));
	assert_int_equal(fake.events, counted(WEIR_COUNT_EVIDENCE));
}

/* The policy that it was decided by may be gone. */
static void evidence__outlives_its_policy(void **state)
{
	find_on_sink("leak");
	assert_int_equal(weir_pipeline_set_policy(fake.pipeline, fake_policy(POLICY)), 0);
	wait_for_event(1);
	assert_true(fake.last.has_evidence);
	assert_string_equal(fake.last.rule, "stick");
}

static void evidence__ends_while_sealing(void **state)
{
	for (unsigned i = 0; i < 20; i++) {
		char name[16];

		snprintf(name, sizeof(name), "leak%u", i);
		find_on_sink(name);
	}
	weir_pipeline_free(TAKE_PTR(fake.pipeline));
	assert_int_equal(fake.events, 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(evidence__is_named_by_its_event, setup_sealing,
						teardown_sealing),
		cmocka_unit_test_setup_teardown(evidence__label_does_not_wait, setup_sealing,
						teardown_sealing),
		cmocka_unit_test_setup_teardown(evidence__is_not_kept_unasked, setup_sealing,
						teardown_sealing),
		cmocka_unit_test_setup_teardown(evidence__without_excerpts, setup_sealing,
						teardown_sealing),
		cmocka_unit_test_setup_teardown(evidence__no_room_costs_no_event, setup_sealing,
						teardown_sealing),
		cmocka_unit_test_setup_teardown(evidence__failure_costs_no_event, setup_sealing,
						teardown_sealing),
		cmocka_unit_test_setup_teardown(evidence__full_queue_costs_no_event, setup_sealing,
						teardown_sealing),
		cmocka_unit_test_setup_teardown(evidence__goes_with_its_event, setup_sealing,
						teardown_sealing),
		cmocka_unit_test_setup_teardown(evidence__outlives_its_policy, setup_sealing,
						teardown_sealing),
		cmocka_unit_test_setup_teardown(evidence__ends_while_sealing, setup_sealing,
						teardown_sealing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
