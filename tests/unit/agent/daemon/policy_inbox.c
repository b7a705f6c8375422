/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "keys.h"
#include "scratch.h"
#include "weir/base/fd.h"
#include "weir/base/time.h"
#include "weir/daemon/policy_inbox.h"
#include "weir/daemon/policy_store.h"
#include "weir/dsse/policy.h"
#include "weir/dsse/status.h"
#include "weir/policy/compile.h"

#define WAIT_S 60
#define CASES                                                                     \
	"cases:\n  - name: nothing matches\n    channel: removable\n    expect: " \
	"{action: audit}\n"
#define WRONG_CASES                                                               \
	"cases:\n  - name: nothing matches\n    channel: removable\n    expect: " \
	"{action: block}\n"

static char dir[64], state_dir[80], key_path[3][96];
static struct weir_config *config;
static struct weir_log quiet = {.level = -1};
static struct weir_loop *loop;
static struct weir_policy_inbox *inbox;

/* What came into force, as the agent would hold it. */
static struct {
	struct weir_policy *policy;
	unsigned count;
	int refuse; /* what the kernel says */
} force;

static int apply(void *context, struct weir_policy *policy)
{
	force.count++;
	if (force.refuse < 0)
		return force.refuse;
	weir_policy_free(force.policy);
	force.policy = policy;
	return 0;
}

static void set(const char *key, const char *value)
{
	assert_int_equal(weir_config_set(config, key, value, true, NULL), 0);
}

static int setup(void **state)
{
	char path[128];

	scratch_make(dir);
	snprintf(state_dir, sizeof(state_dir), "%s/state", dir);
	assert_int_equal(mkdir(state_dir, 0755), 0);
	assert_int_equal(weir_config_new(&config), 0);
	set("state_dir", state_dir);
	set("spool_dir", dir);
	snprintf(path, sizeof(path), "%s/keys", dir);
	assert_int_equal(mkdir(path, 0700), 0);
	set("signed_policy.keys", path);
	set("signed_policy.tenant", "insurer");
	for (size_t i = 0; i < ARRAY_SIZE(key_path); i++) {
		snprintf(key_path[i], sizeof(key_path[i]), "%s/key%zu", dir, i);
		snprintf(path, sizeof(path), "%s/keys/%zu.pem", dir, i);
		keys_make(key_path[i], i < 2 ? path : NULL);
	}
	return 0;
}

static void end(void)
{
	weir_policy_inbox_free(inbox);
	weir_loop_free(loop);
	weir_policy_free(force.policy);
	inbox = NULL;
	loop = NULL;
	force.policy = NULL;
	force.count = 0;
	force.refuse = 0;
}

static int teardown(void **state)
{
	end();
	weir_config_free(config);
	scratch_remove(dir);
	return 0;
}

static void begin(void)
{
	struct weir_policy_inbox_options options = {.config = config, .log = &quiet};

	assert_int_equal(weir_loop_new(&loop), 0);
	assert_int_equal(weir_policy_inbox_new(&options, &inbox), 0);
}

static void watch(void)
{
	begin();
	assert_int_equal(weir_policy_inbox_watch(inbox, loop, apply, NULL), 0);
}

static uint64_t now_s(void)
{
	return weir_now_realtime() / WEIR_NSEC_PER_SEC;
}

static struct weir_signed_policy sample(uint64_t revision)
{
	return (struct weir_signed_policy){.tenant = "insurer",
					   .group = "",
					   .revision = revision,
					   .not_before_s = now_s() - 10,
					   .expires_s = now_s() + 3600,
					   .min_agent = "",
					   .cases = CASES,
					   .cases_len = strlen(CASES)};
}

/* The envelope of policy, which compiles with inner_revision, signed by keys first to first + n - 1. */
static struct weir_buf make(struct weir_signed_policy policy, uint64_t inner_revision, size_t first,
			    size_t n)
{
	struct weir_buf compiled _cleanup_(weir_buf_done) = WEIR_BUF_INIT(1 << 20);
	struct weir_buf payload _cleanup_(weir_buf_done) = WEIR_BUF_INIT(1 << 20);
	struct weir_buf envelope = WEIR_BUF_INIT(WEIR_DSSE_BYTES_MAX);
	char yaml[200];

	snprintf(yaml, sizeof(yaml),
		 "apiVersion: weir/v1\nkind: Policy\nmetadata: {name: r%llu}\nrevision: %llu\n",
		 (unsigned long long)inner_revision, (unsigned long long)inner_revision);
	assert_int_equal(weir_policy_compile(yaml, strlen(yaml), &compiled, NULL), 0);
	policy.policy = compiled.data;
	policy.policy_len = compiled.len;
	assert_int_equal(weir_signed_policy_encode(&policy, &payload), 0);
	for (size_t i = 0; i < n; i++) {
		struct weir_buf more = WEIR_BUF_INIT(WEIR_DSSE_BYTES_MAX);
		struct weir_dsse_signer *signer;
		struct weir_dsse *before;

		assert_int_equal(weir_dsse_signer_load(key_path[first + i], &signer), 0);
		if (i == 0) {
			assert_int_equal(weir_dsse_sign(WEIR_SIGNED_POLICY_TYPE, payload.data,
							payload.len, signer, &more),
					 0);
		} else {
			assert_int_equal(weir_dsse_peek(envelope.data, envelope.len,
							WEIR_SIGNED_POLICY_TYPE, &before),
					 0);
			assert_int_equal(weir_dsse_cosign(before, signer, &more), 0);
			weir_dsse_free(before);
		}
		weir_buf_done(&envelope);
		envelope = more;
		weir_dsse_signer_free(signer);
	}
	return envelope;
}

static void lay(const void *data, size_t len)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/inbox/policy.dsse", state_dir);
	assert_int_equal(weir_write_file_atomic(AT_FDCWD, path, data, len, 0640), 0);
}

static struct weir_policy_status read_status(void)
{
	struct weir_policy_status status;
	char path[128];

	snprintf(path, sizeof(path), "%s/policy.status", state_dir);
	assert_int_equal(weir_policy_status_read(AT_FDCWD, path, &status), 0);
	return status;
}

/* Until the status speaks of these bytes. */
static struct weir_policy_status await(const void *data, size_t len)
{
	uint64_t until = weir_now_monotonic() + WAIT_S * WEIR_NSEC_PER_SEC;
	struct weir_policy_status status;
	uint8_t hash[WEIR_SHA256_LEN];

	assert_int_equal(weir_sha256(data, len, hash), 0);
	do {
		assert_true(weir_loop_step(loop, 100) >= 0);
		status = read_status();
	} while (
		(!status.has_envelope || memcmp(hash, status.envelope_sha256, sizeof(hash)) != 0) &&
		weir_now_monotonic() < until);
	assert_memory_equal(hash, status.envelope_sha256, sizeof(hash));
	return status;
}

static struct weir_policy_status bring(struct weir_buf envelope)
{
	struct weir_policy_status status;

	lay(envelope.data, envelope.len);
	status = await(envelope.data, envelope.len);
	weir_buf_done(&envelope);
	return status;
}

static void expect_refused(struct weir_buf envelope, const char *why)
{
	unsigned before = force.count;
	struct weir_policy_status was = read_status(), status = bring(envelope);

	assert_int_equal(status.outcome, WEIR_POLICY_OUTCOME_FAILED);
	assert_non_null(strstr(status.message, why));
	assert_string_equal(weir_policy_inbox_problem(inbox), status.message);
	assert_int_equal(force.count, before);
	assert_int_equal(status.applied_revision, was.applied_revision);
	assert_memory_equal(status.applied_sha256, was.applied_sha256, WEIR_SHA256_LEN);
}

static void expect_applied(struct weir_buf envelope, uint64_t revision)
{
	struct weir_policy_status status = bring(envelope);

	assert_string_equal(status.message, "");
	assert_int_equal(status.outcome, WEIR_POLICY_OUTCOME_APPLIED);
	assert_true(status.has_applied);
	assert_memory_equal(status.applied_sha256, status.envelope_sha256, WEIR_SHA256_LEN);
	assert_int_equal(status.applied_revision, revision);
	assert_non_null(force.policy);
	assert_int_equal(weir_policy_revision(force.policy), revision);
	assert_string_equal(weir_policy_inbox_problem(inbox), "");
	assert_true(weir_policy_inbox_rules(inbox));
}

static void inbox__is_made_for_the_spools_group(void **state)
{
	struct weir_policy_status status;
	char path[128];
	struct stat st;

	watch();
	snprintf(path, sizeof(path), "%s/inbox", state_dir);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0770);
	status = read_status();
	assert_false(status.has_envelope || status.has_applied);
	assert_int_equal(status.outcome, WEIR_POLICY_OUTCOME_NONE);
	assert_false(weir_policy_inbox_rules(inbox));
	assert_int_equal(weir_policy_inbox_expires(inbox), 0);
	assert_int_equal(force.count, 0);
}

static void inbox__signed_by_two_comes_into_force(void **state)
{
	struct weir_signed_policy policy = sample(5);
	char path[128];
	struct stat st;

	watch();
	expect_applied(make(policy, 5, 0, 2), 5);
	assert_int_equal(force.count, 1);
	assert_int_equal(weir_policy_inbox_expires(inbox), policy.expires_s);
	assert_false(weir_policy_inbox_expired(inbox));
	snprintf(path, sizeof(path), "%s/policy.dsse", state_dir);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	expect_applied(make(sample(9), 9, 0, 2), 9); /* not every revision comes this way */
	assert_int_equal(force.count, 2);
}

static void inbox__refuses(void **state)
{
	struct weir_signed_policy other = sample(6), late = sample(6), wrong = sample(6),
				  newer = sample(6);

	watch();
	expect_refused(make(sample(1), 1, 0, 1), "fewer than 2 of this host's 2 keys");
	expect_applied(make(sample(5), 5, 0, 2), 5);
	expect_refused(make(sample(6), 6, 0, 1), "fewer than 2");
	expect_refused(make(sample(6), 6, 1, 2), "fewer than 2"); /* one is a stranger */
	expect_refused(make(sample(4), 4, 0, 2), "revision 4 is not above 5");
	other.min_agent = "0.0.1";
	expect_refused(make((struct weir_signed_policy){.tenant = "insurer",
							.group = "",
							.min_agent = "",
							.revision = 5,
							.not_before_s = 1,
							.expires_s = 2},
			    5, 0, 2),
		       "revision 5 is not above 5");
	late.not_before_s = now_s() - 100;
	late.expires_s = now_s() - 1;
	expect_refused(make(late, 6, 0, 2), "expired at");
	other.tenant = "somebody";
	expect_refused(make(other, 6, 0, 2), "tenant \"somebody\"");
	newer.min_agent = "99.0.0";
	expect_refused(make(newer, 6, 0, 2), "version 99.0.0");
	wrong.cases = WRONG_CASES;
	wrong.cases_len = strlen(WRONG_CASES);
	expect_refused(make(wrong, 6, 0, 2), "case \"nothing matches\"");
	expect_refused(make(sample(7), 6, 0, 2),
		       "envelope is of revision 7, the policy in it of 6");
	assert_int_equal(force.count, 1);
	assert_int_equal(weir_policy_revision(force.policy), 5);
	expect_applied(make(sample(6), 6, 0, 2), 6); /* nothing of this used the revision up */
}

static void inbox__of_another_group(void **state)
{
	struct weir_signed_policy ours = sample(2), theirs = sample(1);

	set("signed_policy.group", "branch-sh");
	ours.group = "branch-sh";
	theirs.group = "branch-bj";
	watch();
	expect_refused(make(theirs, 1, 0, 2), "group \"branch-bj\"");
	expect_applied(make(ours, 2, 0, 2), 2);
	expect_applied(make(sample(3), 3, 0, 2), 3); /* for all of the tenant */
}

/* Else whoever holds the console could choose among all that was ever signed. */
static void inbox__of_a_group_to_an_agent_in_none(void **state)
{
	struct weir_signed_policy theirs = sample(1);

	theirs.group = "branch-bj";
	watch();
	expect_refused(make(theirs, 1, 0, 2), "group \"branch-bj\"");
	expect_applied(make(sample(1), 1, 0, 2), 1);
}

static void inbox__garbage(void **state)
{
	static char large[WEIR_DSSE_BYTES_MAX];
	char path[128];

	watch();
	lay("nonsense", 8);
	assert_int_equal(await("nonsense", 8).outcome, WEIR_POLICY_OUTCOME_FAILED);
	memset(large, 0xa5, sizeof(large));
	lay(large, sizeof(large));
	assert_string_equal(await(large, sizeof(large)).message, "it is no signed policy");
	/* A link out of the folder is not followed, a pipe is not waited for. */
	snprintf(path, sizeof(path), "%s/inbox/policy.dsse", state_dir);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(symlink(key_path[0], path), 0);
	assert_true(weir_loop_step(loop, 0) >= 0);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_true(weir_loop_step(loop, 0) >= 0);
	assert_int_equal(unlink(path), 0);
	assert_string_equal(read_status().message, "it is no signed policy");
	expect_applied(make(sample(1), 1, 0, 2), 1);
}

/* What the kernel or the engine would not take is not kept either. */
static void inbox__that_cannot_be_put_into_force(void **state)
{
	struct weir_policy_status status;

	watch();
	expect_applied(make(sample(1), 1, 0, 2), 1);
	force.refuse = -E2BIG;
	status = bring(make(sample(2), 2, 0, 2));
	assert_int_equal(status.outcome, WEIR_POLICY_OUTCOME_FAILED);
	assert_non_null(strstr(status.message, "cannot be put into force"));
	assert_int_equal(status.applied_revision, 1);
	assert_int_equal(weir_policy_revision(force.policy), 1);
	force.refuse = 0;
	expect_applied(make(sample(3), 3, 0, 2), 3);
}

static void inbox__revision_outlives_the_agent(void **state)
{
	struct weir_policy *kept;
	struct weir_error error = {0};
	struct weir_buf old = make(sample(4), 4, 0, 2);

	watch();
	expect_applied(make(sample(5), 5, 0, 2), 5);
	end();
	begin();
	assert_true(weir_policy_inbox_rules(inbox));
	assert_int_equal(weir_policy_inbox_kept(inbox, &kept, &error), 0);
	assert_int_equal(weir_policy_revision(kept), 5);
	weir_policy_free(kept);
	assert_int_equal(weir_policy_inbox_watch(inbox, loop, apply, NULL), 0);
	assert_int_equal(force.count, 0); /* what lies in the inbox is what is in force */
	assert_int_equal(read_status().outcome, WEIR_POLICY_OUTCOME_APPLIED);
	assert_int_equal(read_status().applied_revision, 5);
	expect_refused(old, "revision 4 is not above 5");
}

/* It came while no agent ran. */
static void inbox__is_looked_at_at_the_start(void **state)
{
	struct weir_buf envelope = make(sample(1), 1, 0, 2);

	watch();
	end();
	lay(envelope.data, envelope.len);
	watch();
	assert_int_equal(force.count, 1);
	assert_int_equal(read_status().applied_revision, 1);
	weir_buf_done(&envelope);
}

static void inbox__expired_goes_on(void **state)
{
	struct weir_signed_policy old = sample(1);
	struct weir_buf envelope;
	struct weir_policy *kept;
	struct weir_error error = {0};
	char path[128];

	old.not_before_s = now_s() - 100;
	old.expires_s = now_s() - 1;
	envelope = make(old, 1, 0, 2);
	snprintf(path, sizeof(path), "%s/policy.dsse", state_dir);
	assert_int_equal(weir_write_file_atomic(AT_FDCWD, path, envelope.data, envelope.len, 0600),
			 0);
	weir_buf_done(&envelope);
	watch();
	assert_true(weir_policy_inbox_expired(inbox));
	assert_int_equal(read_status().applied_expires_s, old.expires_s);
	assert_int_equal(weir_policy_inbox_kept(inbox, &kept, &error), 0);
	assert_int_equal(weir_policy_revision(kept), 1);
	weir_policy_free(kept);
	expect_applied(make(sample(2), 2, 0, 2), 2);
	assert_false(weir_policy_inbox_expired(inbox));
}

/* Keys that were taken away vouch for nothing any more; what had been taken over is still the last good one. */
static void inbox__keys_that_changed(void **state)
{
	struct weir_policy *policy = NULL;
	struct weir_error error = {0};
	char path[128];

	watch();
	expect_applied(make(sample(5), 5, 0, 2), 5);
	end();
	snprintf(path, sizeof(path), "%s/keys/1.pem", dir);
	assert_int_equal(unlink(path), 0);
	watch();
	assert_int_equal(weir_policy_inbox_kept(inbox, &policy, &error), -EINVAL);
	assert_null(policy);
	assert_int_equal(weir_policy_store_last_good(state_dir, &policy), 0);
	assert_int_equal(weir_policy_revision(policy), 5);
	weir_policy_free(policy);
	expect_refused(make(sample(6), 6, 0, 2), "fewer than 2 of this host's 1 keys");
}

static void inbox__damaged_state_lets_nothing_old_back(void **state)
{
	struct weir_policy_status status;
	char path[128];

	watch();
	expect_applied(make(sample(5), 5, 0, 2), 5);
	end();
	snprintf(path, sizeof(path), "%s/policy.dsse", state_dir);
	assert_int_equal(truncate(path, 40), 0);
	watch();
	assert_true(weir_policy_inbox_rules(inbox));
	status = bring(make(sample(4), 4, 0, 2));
	assert_int_equal(status.outcome, WEIR_POLICY_OUTCOME_FAILED);
	assert_non_null(strstr(status.message, "is damaged"));
	assert_int_equal(force.count, 0);
}

static void inbox__threshold_zero_takes_nothing(void **state)
{
	set("signed_policy.threshold", "0");
	watch();
	expect_refused(make(sample(1), 1, 0, 2), "no signed policy");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(inbox__is_made_for_the_spools_group),
		TEST(inbox__signed_by_two_comes_into_force),
		TEST(inbox__refuses),
		TEST(inbox__of_another_group),
		TEST(inbox__of_a_group_to_an_agent_in_none),
		TEST(inbox__garbage),
		TEST(inbox__that_cannot_be_put_into_force),
		TEST(inbox__revision_outlives_the_agent),
		TEST(inbox__is_looked_at_at_the_start),
		TEST(inbox__expired_goes_on),
		TEST(inbox__keys_that_changed),
		TEST(inbox__damaged_state_lets_nothing_old_back),
		TEST(inbox__threshold_zero_takes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
