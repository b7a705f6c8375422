/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "weir/dsse/policy.h"
#include "weir/policy/compile.h"

static const struct weir_policy_plan everywhere = {.ring = WEIR_POLICY_RINGS - 1};

static int publish(struct fixture *f, uint64_t id, size_t by)
{
	return weir_policy_publish(f->store, &f->rules, &f->person[by], id, &everywhere, NOW, NULL);
}

static int check_payload(void *context, const struct weir_policy_version *v)
{
	struct weir_buf compiled _cleanup_(weir_buf_done) = WEIR_BUF_INIT(WEIR_DSSE_BYTES_MAX);
	struct weir_wire *wire _cleanup_(weir_wire_freep) = NULL;
	struct weir_signed_policy policy;

	assert_int_equal(weir_signed_policy_decode(v->payload, v->payload_len, &wire, &policy), 0);
	assert_string_equal(policy.tenant, "insurer");
	assert_string_equal(policy.group, "branch-sh");
	assert_int_equal(policy.revision, v->revision);
	assert_int_equal(policy.not_before_s, NOW_S);
	assert_int_equal(policy.expires_s, NOW_S + UINT64_C(30) * 86400);
	assert_int_equal(policy.cases_len, strlen(CASES));
	assert_false(policy.has_prev);
	/* What a signer does: the same bytes from the text. */
	assert_int_equal(weir_policy_compile(v->text, strlen(v->text), &compiled, NULL), 0);
	assert_int_equal(policy.policy_len, compiled.len);
	assert_memory_equal(policy.policy, compiled.data, compiled.len);
	assert_string_equal(v->source, SOURCE);
	assert_non_null(strstr(v->text, "\nrevision: 1\n"));
	assert_string_equal(v->author_name, "li.na");
	assert_string_equal(v->group, "branch-sh");
	*(bool *)context = true;
	return 0;
}

static void version__payload_is_what_the_text_says(void **state)
{
	struct fixture *f = *state;
	struct weir_policy_version v;
	bool seen = false;
	uint64_t id = fixture_create(f, "branch-sh");

	assert_int_equal(weir_policy_get(f->store, id, check_payload, &seen), 0);
	assert_true(seen);
	fixture_version(f, id, &v);
	assert_int_equal(v.state, WEIR_POLICY_READY);
	assert_int_equal(v.signatures, 0);
	assert_int_equal(v.author, f->person[0].id);
	assert_int_equal(weir_policy_get(f->store, id + 1, check_payload, &seen), -ENOENT);
	assert_int_equal(fixture_audited(f, "policy.create"), 1);
}

static void version__that_is_wrong_is_not_made(void **state)
{
	static const struct {
		const char *source, *cases, *group, *min_agent, *why;
		uint32_t days;
	} bad[] = {
		{SOURCE "rule: []\n", "", "", "", "rule", 30},
		{SOURCE "revision: 3\n", "", "", "", "", 30},
		{SOURCE "grants: []\n", "cases: [\n", "", "", "", 30},
		{SOURCE,
		 "cases:\n  - name: none\n    channel: network\n    expect: {action: block}\n", "",
		 "", "\"none\": action is \"audit\"", 30},
		{SOURCE, "", "two words", "", "group", 30},
		{SOURCE, "", "", "1", "min_agent", 30},
		{SOURCE, "", "", "", "expire", 0},
		{SOURCE, "", "", "", "expire", WEIR_POLICY_DAYS_MAX + 1},
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct weir_error err = {0};
		uint64_t id = 77;

		assert_int_equal(weir_policy_create(
					 f->store, &f->rules, &f->person[0],
					 &(struct weir_policy_draft){bad[i].group, bad[i].source,
								     bad[i].cases, "",
								     bad[i].min_agent, bad[i].days},
					 NOW, &id, &err),
				 -EINVAL);
		assert_int_equal(id, 77);
		assert_true(err.text[0]);
		if (!strstr(err.text, bad[i].why))
			fail_msg("%zu: %s", i, err.text);
	}
	assert_int_equal(fixture_audited(f, "policy.create"), 0);
}

static void publish__needs_two_people_and_another_than_the_author(void **state)
{
	struct fixture *f = *state;
	struct weir_policy_version v;
	uint64_t id = fixture_create(f, "");

	assert_int_equal(publish(f, id, 1), -EKEYREJECTED);
	assert_int_equal(fixture_sign(f, id, 0), 0);
	assert_int_equal(publish(f, id, 1), -EKEYREJECTED);
	assert_int_equal(fixture_sign(f, id, 0), -EEXIST);	 /* once more is not two */
	assert_int_equal(fixture_sign(f, id, 3), -EKEYREJECTED); /* nobody said that it is his */
	assert_int_equal(publish(f, id, 1), -EKEYREJECTED);
	assert_int_equal(fixture_sign(f, id, 2), 0);
	fixture_version(f, id, &v);
	assert_int_equal(v.signatures, 2);
	assert_int_equal(publish(f, id, 0), -EPERM);
	fixture_version(f, id, &v);
	assert_int_equal(v.state, WEIR_POLICY_READY);
	assert_int_equal(publish(f, id, 1), 0);
	fixture_version(f, id, &v);
	assert_int_equal(v.state, WEIR_POLICY_PUBLISHED);
	assert_int_equal(v.publisher, f->person[1].id);
	assert_int_equal(v.published_ns, NOW);
	assert_int_equal(v.rollout, WEIR_POLICY_ROLLOUT_DONE);
	assert_int_equal(publish(f, id, 1), -ESTALE);
	assert_int_equal(fixture_sign(f, id, 1), -ESTALE);
	assert_int_equal(fixture_audited(f, "policy.publish"), 1);
	assert_int_equal(fixture_audited(f, "policy.sign"), 2);
}

/* Two keys of one person are one person. */
static void publish__two_keys_of_one_person(void **state)
{
	struct fixture *f = *state;
	struct weir_buf pem _cleanup_(weir_buf_done) = WEIR_BUF_INIT(WEIR_DSSE_PEM_MAX);
	struct weir_dsse_signer *second;
	struct weir_policy_version v;
	uint64_t key, id = fixture_create(f, "");
	char path[96];

	snprintf(path, sizeof(path), "%s/second", f->dir);
	assert_int_equal(weir_dsse_signer_make(path, &second), 0);
	assert_int_equal(weir_dsse_signer_public(second, &pem), 0);
	assert_int_equal(
		weir_policy_key_add(f->store, &f->person[0], pem.data, pem.len, &key, NULL), 0);
	assert_int_equal(weir_policy_key_approve(f->store, &f->person[0], key, NULL), -EPERM);
	assert_int_equal(weir_policy_key_approve(f->store, &f->person[1], key, NULL), 0);
	weir_dsse_signer_free(f->signer[3]);
	f->signer[3] = second;
	assert_int_equal(fixture_sign(f, id, 0), 0);
	assert_int_equal(fixture_sign(f, id, 3), 0);
	fixture_version(f, id, &v);
	assert_int_equal(v.signatures, 1);
	assert_int_equal(publish(f, id, 1), -EKEYREJECTED);
}

static void publish__revoked_key_counts_no_more(void **state)
{
	struct fixture *f = *state;
	uint64_t id = fixture_create(f, "");

	assert_int_equal(fixture_sign(f, id, 0), 0);
	assert_int_equal(fixture_sign(f, id, 2), 0);
	assert_int_equal(weir_policy_key_revoke(f->store, &f->person[1], f->key[2], NULL), 0);
	assert_int_equal(publish(f, id, 1), -EKEYREJECTED);
	assert_int_equal(weir_policy_key_approve(f->store, &f->person[1], f->key[2], NULL),
			 -ESTALE); /* and is not brought back */
}

static void sign__something_else(void **state)
{
	struct fixture *f = *state;
	struct weir_buf envelope _cleanup_(weir_buf_done) = WEIR_BUF_INIT(WEIR_DSSE_BYTES_MAX);
	uint64_t id = fixture_create(f, "");

	assert_int_equal(
		weir_dsse_sign(WEIR_SIGNED_POLICY_TYPE, "other", 5, f->signer[1], &envelope), 0);
	assert_int_equal(
		weir_policy_sign(f->store, &f->person[1], id, envelope.data, envelope.len, NULL),
		-EINVAL);
	assert_int_equal(weir_policy_sign(f->store, &f->person[1], id, "x", 1, NULL), -EINVAL);
	assert_int_equal(weir_policy_sign(f->store, &f->person[1], id + 9, envelope.data,
					  envelope.len, NULL),
			 -ENOENT);
}

static int steal(void *context, const struct weir_policy_version *version)
{
	return weir_buf_append(context, version->payload, version->payload_len);
}

/* Two sign at the same time: the second must not drop the first one's. */
static void sign__drops_nobodys_signature(void **state)
{
	struct fixture *f = *state;
	struct weir_buf payload _cleanup_(weir_buf_done) = WEIR_BUF_INIT(WEIR_DSSE_BYTES_MAX);
	struct weir_buf envelope _cleanup_(weir_buf_done) = WEIR_BUF_INIT(WEIR_DSSE_BYTES_MAX);
	uint64_t id = fixture_create(f, "");

	assert_int_equal(weir_policy_get(f->store, id, steal, &payload), 0);
	assert_int_equal(weir_dsse_sign(WEIR_SIGNED_POLICY_TYPE, payload.data, payload.len,
					f->signer[1], &envelope),
			 0);
	assert_int_equal(fixture_sign(f, id, 0), 0);
	assert_int_equal(
		weir_policy_sign(f->store, &f->person[1], id, envelope.data, envelope.len, NULL),
		-ESTALE);
}

static void version__revisions_grow_and_undoing_is_a_new_one(void **state)
{
	struct fixture *f = *state;
	uint64_t first = fixture_publish(f, "", 3, 0), late = fixture_create(f, ""), again = 0;
	struct weir_policy_version v;

	(void)fixture_publish(f, "", 3, 0);
	assert_int_equal(fixture_sign(f, late, 0), 0);
	assert_int_equal(fixture_sign(f, late, 1), 0);
	assert_int_equal(publish(f, late, 1), -ESTALE); /* 3 was published before 2 */
	assert_int_equal(
		weir_policy_again(f->store, &f->rules, &f->person[2], first, NOW, &again, NULL), 0);
	fixture_version(f, again, &v);
	assert_int_equal(v.revision, 4);
	assert_int_equal(v.state, WEIR_POLICY_READY);
	assert_int_equal(
		weir_policy_again(f->store, &f->rules, &f->person[2], again, NOW, &again, NULL),
		-ESTALE);
	assert_int_equal(weir_policy_withdraw(f->store, &f->person[0], late, NULL), 0);
	assert_int_equal(weir_policy_withdraw(f->store, &f->person[0], late, NULL), -ESTALE);
	assert_int_equal(weir_policy_withdraw(f->store, &f->person[0], first, NULL), -ESTALE);
}

static void version__that_expired_is_not_published(void **state)
{
	struct fixture *f = *state;
	uint64_t id = fixture_create(f, "");

	assert_int_equal(fixture_sign(f, id, 0), 0);
	assert_int_equal(fixture_sign(f, id, 1), 0);
	assert_int_equal(weir_policy_publish(f->store, &f->rules, &f->person[1], id, &everywhere,
					     NOW + UINT64_C(31) * 86400 * 1000000000, NULL),
			 -ESTALE);
}

struct listed {
	unsigned n;
	uint64_t last;
};

static int note(void *context, const struct weir_policy_version *version)
{
	struct listed *listed = context;

	assert_string_equal(version->source, "");
	assert_true(listed->last == 0 || version->id < listed->last);
	listed->last = version->id;
	listed->n++;
	return 0;
}

static void list__newest_first_by_pages(void **state)
{
	struct fixture *f = *state;
	struct listed listed = {0};

	for (int i = 0; i < 5; i++)
		(void)fixture_create(f, "");
	assert_int_equal(weir_policy_list(f->store, 0, 3, note, &listed), 0);
	assert_int_equal(listed.n, 3);
	assert_int_equal(weir_policy_list(f->store, listed.last, 3, note, &listed), 0);
	assert_int_equal(listed.n, 5);
}

int main(int argc, char **argv)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		TEST(version__payload_is_what_the_text_says),
		TEST(version__that_is_wrong_is_not_made),
		TEST(publish__needs_two_people_and_another_than_the_author),
		TEST(publish__two_keys_of_one_person),
		TEST(publish__revoked_key_counts_no_more),
		TEST(sign__something_else),
		TEST(sign__drops_nobodys_signature),
		TEST(version__revisions_grow_and_undoing_is_a_new_one),
		TEST(version__that_expired_is_not_published),
		TEST(list__newest_first_by_pages),
	};

	return place_run(argc, argv, tests, ARRAY_SIZE(tests));
}
