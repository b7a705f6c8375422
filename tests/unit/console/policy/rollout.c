/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define SECOND	UINT64_C(1000000000)
#define APPLIED 1
#define FAILED	3

/* The revision that an agent of this group is offered; 0: none. */
static uint64_t offered(struct fixture *f, uint32_t number, const char *group,
			const uint8_t have[static WEIR_FLEET_HASH_LEN], size_t *ret_len)
{
	const struct weir_fleet_offers port = weir_policy_offers_port(f->offers);
	struct weir_fleet_asker asker = {.group = group};
	struct weir_fleet_offer offer = {0};
	int r;

	memcpy(asker.uid, &number, sizeof(number));
	r = port.get(port.context, &asker, have, &offer);
	assert_true(r == 0 || r == 1);
	if (ret_len)
		*ret_len = offer.body.len;
	weir_buf_done(&offer.body);
	return r ? offer.revision : 0;
}

static const uint8_t nothing[WEIR_FLEET_HASH_LEN];

/* RFC-like vector by hand: SHA-256 of 32 zero bytes is 66687aadf862bd77..., its first eight bytes mod 10,000. */
static void place__is_the_hash(void **state)
{
	const uint8_t seed[WEIR_POLICY_SEED_LEN] = {0}, uid[16] = {0};
	unsigned place = 0, in = 0;

	assert_int_equal(weir_policy_place(seed, uid, &place), 0);
	assert_int_equal(place, UINT64_C(0x66687aadf862bd77) % 10000);
	for (uint32_t i = 0; i < 20000; i++) {
		uint8_t other[16] = {0};

		memcpy(other, &i, sizeof(i));
		assert_int_equal(weir_policy_place(seed, other, &place), 0);
		assert_true(place < WEIR_POLICY_PLACES);
		in += place < weir_policy_rings[1];
	}
	assert_in_range(in, 1800, 2200); /* a tenth of 20,000; the input is fixed */
}

static void offer__grows_with_the_rings(void **state)
{
	struct fixture *f = *state;
	unsigned n[WEIR_POLICY_RINGS] = {0};
	uint64_t id;

	assert_int_equal(offered(f, 1, "", nothing, NULL), 0);
	id = fixture_publish(f, "", 0, 0);
	for (unsigned ring = 0; ring < WEIR_POLICY_RINGS; ring++) {
		for (uint32_t i = 0; i < 2000; i++)
			n[ring] += offered(f, i, "", nothing, NULL) == 1;
		if (ring + 1 < WEIR_POLICY_RINGS)
			assert_int_equal(
				weir_policy_promote(f->store, &f->person[1], id, NOW, NULL), 0);
	}
	assert_true(n[0] > 0 && n[0] < 60); /* seeds differ: 20 expected */
	assert_true(n[1] > 130 && n[1] < 270);
	assert_true(n[2] > 850 && n[2] < 1150);
	assert_int_equal(n[3], 2000);
	assert_int_equal(weir_policy_promote(f->store, &f->person[1], id, NOW, NULL), -ESTALE);
	assert_int_equal(fixture_audited(f, "policy.promote"), 3);
}

static void offer__is_for_a_group_and_never_older(void **state)
{
	struct fixture *f = *state;
	struct weir_policy_version v;
	size_t len = 0;
	uint64_t id;

	(void)fixture_publish(f, "", 3, 0);
	id = fixture_publish(f, "branch-sh", 3, 0);
	fixture_version(f, id, &v);
	assert_int_equal(offered(f, 5, "", nothing, &len), 1);
	assert_true(len > 0);
	assert_int_equal(offered(f, 5, "branch-bj", nothing, NULL), 1);
	assert_int_equal(offered(f, 5, "branch-sh", nothing, &len), 2);
	assert_int_equal(len, v.envelope_len);
	assert_int_equal(offered(f, 5, "branch-sh", v.hash, &len), 2); /* it has it */
	assert_int_equal(len, 0);
	(void)fixture_publish(f, "", 3, 0);
	assert_int_equal(offered(f, 5, "branch-sh", v.hash, NULL), 3); /* the newest one for it */
}

static void offer__halted_spreads_no_further(void **state)
{
	struct fixture *f = *state;
	struct weir_policy_version v;
	uint64_t id;

	(void)fixture_publish(f, "", 3, 0);
	id = fixture_publish(f, "", 3, 0);
	fixture_version(f, id, &v);
	assert_int_equal(offered(f, 1, "", nothing, NULL), 2);
	assert_int_equal(weir_policy_halt(f->store, &f->person[1], id, "", NOW, NULL), -EINVAL);
	assert_int_equal(weir_policy_halt(f->store, &f->person[1], id, "users call", NOW, NULL), 0);
	assert_int_equal(offered(f, 1, "", nothing, NULL), 1);
	assert_int_equal(offered(f, 1, "", v.hash, NULL), 2); /* stays where it is */
	assert_int_equal(weir_policy_halt(f->store, &f->person[1], id + 1, "x", NOW, NULL),
			 -ENOENT);
	assert_int_equal(
		weir_policy_halt(f->store, &f->person[1], fixture_create(f, ""), "x", NOW, NULL),
		-ESTALE);
}

static void offer__envelope_by_hash(void **state)
{
	struct fixture *f = *state;
	const struct weir_fleet_offers port = weir_policy_offers_port(f->offers);
	struct weir_buf got _cleanup_(weir_buf_done) = WEIR_BUF_INIT(WEIR_DSSE_BYTES_MAX);
	struct weir_policy_version v;
	uint8_t hash[WEIR_SHA256_LEN];

	fixture_version(f, fixture_publish(f, "", 0, 0), &v);
	assert_int_equal(port.read(port.context, nothing, &got), -ENOENT);
	assert_int_equal(port.read(port.context, v.hash, &got), 0);
	assert_int_equal(weir_sha256(got.data, got.len, hash), 0);
	assert_memory_equal(hash, v.hash, sizeof(hash));
}

static int copy_reason(void *context, const struct weir_policy_version *version)
{
	(void)snprintf(context, 200, "%s", version->reason);
	return 0;
}

static void expect_halted(struct fixture *f, uint64_t id, uint64_t now_ns, const char *why)
{
	struct weir_policy_version v;
	char reason[200];

	assert_true(weir_policy_tend(f->store, now_ns) >= 1);
	fixture_version(f, id, &v);
	assert_int_equal(v.rollout, WEIR_POLICY_ROLLOUT_HALTED);
	assert_int_equal(weir_policy_get(f->store, id, copy_reason, reason), 0);
	assert_string_equal(reason, why);
	assert_int_equal(fixture_audited(f, "policy.halt"), 1);
	assert_int_equal(weir_policy_tend(f->store, now_ns), 0);
}

static void tend__halts_on_failures(void **state)
{
	struct fixture *f = *state;
	struct weir_policy_version v;
	struct weir_policy_progress progress;
	uint64_t id = fixture_publish(f, "", 0, 60);

	fixture_version(f, id, &v);
	for (uint8_t i = 0; i < 100; i++)
		fixture_agent(f, i, v.hash, i == 0 ? FAILED : APPLIED, NOW);
	assert_int_equal(weir_policy_tend(f->store, NOW + SECOND),
			 0); /* one of 100: not over 1 % */
	fixture_agent(f, 1, v.hash, FAILED, NOW);
	assert_int_equal(weir_policy_progress(f->store, id, NOW, &progress), 0);
	assert_int_equal(progress.applied, 98);
	assert_int_equal(progress.failed, 2);
	assert_int_equal(progress.silent, 0);
	expect_halted(f, id, NOW + SECOND, "2 of 100 endpoints refused it");
}

static void tend__halts_when_they_fall_silent(void **state)
{
	struct fixture *f = *state;
	struct weir_policy_version v;
	uint64_t id = fixture_publish(f, "", 0, 0);

	fixture_version(f, id, &v);
	fixture_agent(f, 1, v.hash, APPLIED, NOW);
	fixture_agent(f, 2, NULL, 0, NOW); /* never had it */
	assert_int_equal(weir_policy_tend(f->store, NOW + 299 * SECOND), 0);
	expect_halted(f, id, NOW + 301 * SECOND, "1 of 1 endpoints with it are not heard of");
}

static void add_blocks(struct fixture *f, uint8_t number, uint64_t first, uint64_t n,
		       uint64_t time_ns)
{
	struct weir_store_item items[64];
	struct weir_store_batch batch = {.agent_uid = {number},
					 .epoch = 1,
					 .first_sequence = first,
					 .received_ns = NOW,
					 .host = "h",
					 .version = "0.1.0",
					 .items = items,
					 .n_items = n};
	struct weir_store_result result;

	for (size_t i = 0; i < n; i++)
		items[i] = (struct weir_store_item){.time_ns = time_ns,
						    .channel = 2,
						    .action = 4,
						    .rule = "r",
						    .hook = "",
						    .cause = "",
						    .blob = "",
						    .len = 0};
	assert_int_equal(weir_store_ingest(f->store, &batch, &result), 0);
	assert_int_equal(result.stored, n);
}

static void tend__halts_on_a_jump_of_blocks(void **state)
{
	struct fixture *f = *state;
	struct weir_policy_version v;
	struct weir_policy_progress progress;
	uint64_t id = fixture_publish(f, "", 0, 0);

	fixture_version(f, id, &v);
	fixture_agent(f, 1, v.hash, APPLIED, NOW + 60 * SECOND);
	add_blocks(f, 1, 1, 5, NOW - 30 * SECOND);
	add_blocks(f, 1, 6, 20, NOW + 30 * SECOND);
	assert_int_equal(weir_policy_progress(f->store, id, NOW + 60 * SECOND, &progress), 0);
	assert_int_equal(progress.blocked, 20);
	assert_int_equal(progress.blocked_before, 5);
	assert_int_equal(weir_policy_tend(f->store, NOW + 60 * SECOND),
			 0); /* four times is not more */
	add_blocks(f, 1, 26, 1, NOW + 31 * SECOND);
	expect_halted(f, id, NOW + 60 * SECOND, "21 blocks, 5 in as long before");
}

static void tend__promotes_after_the_soak_time(void **state)
{
	struct fixture *f = *state;
	struct weir_policy_version v;
	uint64_t now = NOW, id = fixture_publish(f, "", 0, 60);

	fixture_version(f, id, &v);
	assert_int_equal(weir_policy_tend(f->store, now + 61 * SECOND), 0); /* nobody tried it */
	for (unsigned ring = 1; ring < WEIR_POLICY_RINGS; ring++) {
		fixture_agent(f, 1, v.hash, APPLIED, now);
		assert_int_equal(weir_policy_tend(f->store, now + 59 * SECOND), 0);
		now += 60 * SECOND;
		assert_int_equal(weir_policy_tend(f->store, now), 1);
		fixture_version(f, id, &v);
		assert_int_equal(v.ring, ring);
	}
	assert_int_equal(v.rollout, WEIR_POLICY_ROLLOUT_DONE);
	assert_int_equal(weir_policy_tend(f->store, now + 600 * SECOND), 0);
}

int main(int argc, char **argv)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		TEST(place__is_the_hash),
		TEST(offer__grows_with_the_rings),
		TEST(offer__is_for_a_group_and_never_older),
		TEST(offer__halted_spreads_no_further),
		TEST(offer__envelope_by_hash),
		TEST(tend__halts_on_failures),
		TEST(tend__halts_when_they_fall_silent),
		TEST(tend__halts_on_a_jump_of_blocks),
		TEST(tend__promotes_after_the_soak_time),
	};

	return place_run(argc, argv, tests, ARRAY_SIZE(tests));
}
