/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "weir/dsse/policy.h"
#include "weir/v1/envelope.pb-c.h"

#define NOW UINT64_C(2000000000)

static struct weir_signed_policy sample(void)
{
	return (struct weir_signed_policy){
		.tenant = "insurer",
		.group = "branch-sh",
		.revision = 7,
		.not_before_s = NOW - 10,
		.expires_s = NOW + 100,
		.min_agent = "0.2.0",
		.has_prev = true,
		.prev_sha256 = {1, 2, 3},
		.policy = "POLICY",
		.policy_len = 6,
		.cases = "cases: []",
		.cases_len = 9,
	};
}

static const struct weir_signed_policy_agent agent = {
	.tenant = "insurer", .group = "branch-sh", .version = "0.2.0", .revision = 6};

static void policy__says_what_was_put_in(void **state)
{
	const struct weir_signed_policy policy = sample();
	struct weir_buf buf _cleanup_(weir_buf_done) = WEIR_BUF_INIT(WEIR_DSSE_BYTES_MAX);
	struct weir_signed_policy got;
	struct weir_wire *wire;

	assert_int_equal(weir_signed_policy_encode(&policy, &buf), 0);
	assert_int_equal(weir_signed_policy_decode(buf.data, buf.len, &wire, &got), 0);
	assert_string_equal(got.tenant, "insurer");
	assert_string_equal(got.group, "branch-sh");
	assert_int_equal(got.revision, 7);
	assert_int_equal(got.not_before_s, NOW - 10);
	assert_int_equal(got.expires_s, NOW + 100);
	assert_string_equal(got.min_agent, "0.2.0");
	assert_true(got.has_prev);
	assert_memory_equal(got.prev_sha256, policy.prev_sha256, WEIR_SHA256_LEN);
	assert_int_equal(got.policy_len, 6);
	assert_memory_equal(got.policy, "POLICY", 6);
	assert_int_equal(got.cases_len, 9);
	assert_memory_equal(got.cases, "cases: []", 9);
	weir_wire_free(wire);
}

static void policy__out_of_bounds(void **state)
{
	struct weir_buf buf _cleanup_(weir_buf_done) = WEIR_BUF_INIT(WEIR_DSSE_BYTES_MAX);
	static char large[WEIR_SIGNED_POLICY_CASES_MAX + 1];
	struct weir_signed_policy p[13];
	size_t i = 0;

	for (size_t k = 0; k < ARRAY_SIZE(p); k++)
		p[k] = sample();
	p[i++].tenant = "";
	p[i++].tenant = "two words";
	p[i++].group = "a/b";
	p[i++].group = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
	p[i++].revision = 0;
	p[i++].revision = (uint64_t)INT64_MAX + 1;
	p[i++].expires_s = NOW - 10;
	p[i++].expires_s = NOW - 10 + WEIR_SIGNED_POLICY_VALID_MAX_S + 1;
	p[i++].min_agent = "1.2";
	p[i++].min_agent = "1.2.x";
	p[i++].min_agent = "99999999999999999999.0.0";
	p[i++].policy_len = 0;
	p[i].cases = large;
	p[i++].cases_len = sizeof(large);
	assert_int_equal(i, ARRAY_SIZE(p));
	for (size_t k = 0; k < ARRAY_SIZE(p); k++)
		assert_int_equal(weir_signed_policy_encode(&p[k], &buf), -EINVAL);
	assert_int_equal(buf.len, 0);
	p[0] = sample();
	p[0].group = p[0].min_agent = "";
	p[0].has_prev = false;
	p[0].cases_len = 0;
	assert_int_equal(weir_signed_policy_encode(&p[0], &buf), 0);
}

/* What nobody of ours would write, decoded: each field alone makes it no policy. */
static void policy__malformed_is_refused(void **state)
{
	Weir__V1__PolicyPayload m[5];

	for (size_t i = 0; i < ARRAY_SIZE(m); i++) {
		struct weir_buf buf _cleanup_(weir_buf_done) = WEIR_BUF_INIT(WEIR_DSSE_BYTES_MAX);
		struct weir_signed_policy got = {.revision = 99};
		struct weir_wire *wire = NULL;

		weir__v1__policy_payload__init(&m[i]);
		m[i].schema = i == 1 ? 2 : 1;
		m[i].tenant = i == 2 ? "" : "insurer";
		m[i].revision = i == 3 ? 0 : 1;
		m[i].expires_s = 5;
		m[i].policy = (ProtobufCBinaryData){.len = 1, .data = (uint8_t *)"p"};
		m[i].prev_sha256 =
			(ProtobufCBinaryData){.len = i == 4 ? 31 : 0, .data = (uint8_t[31]){0}};
		assert_int_equal(weir_wire_pack(&m[i].base, &buf), 0);
		assert_int_equal(weir_signed_policy_decode(buf.data, buf.len, &wire, &got),
				 i == 0 ? 0 : -EBADMSG);
		assert_int_equal(got.revision, i == 0 ? 1 : 99);
		weir_wire_free(wire);
	}
}

static int fits(const struct weir_signed_policy *policy, uint64_t now_s)
{
	struct weir_error error = {0};
	int r = weir_signed_policy_fits(policy, &agent, now_s, &error);

	assert_int_equal(error.code, r);
	assert_int_equal(error.text[0] != '\0', r != 0);
	return r;
}

static void policy__fits_its_audience_and_its_time(void **state)
{
	struct weir_signed_policy_agent none = agent;
	struct weir_signed_policy p = sample();

	assert_int_equal(fits(&p, NOW), 0);
	assert_int_equal(fits(&p, NOW - 11), -EAGAIN);
	assert_int_equal(fits(&p, NOW - 10), 0);
	assert_int_equal(fits(&p, NOW + 99), 0);
	assert_int_equal(fits(&p, NOW + 100), -EKEYEXPIRED);
	p.tenant = "another";
	assert_int_equal(fits(&p, NOW), -ENODEV);
	p = sample();
	p.group = "branch-bj";
	assert_int_equal(fits(&p, NOW), -ENODEV);
	p.group = "";
	assert_int_equal(fits(&p, NOW), 0);
	/* in no group: what is for everyone, and nobody's else */
	none.group = "";
	assert_int_equal(weir_signed_policy_fits(&p, &none, NOW, NULL), 0);
	p.group = "branch-sh";
	assert_int_equal(weir_signed_policy_fits(&p, &none, NOW, NULL), -ENODEV);
	p.group = "b";
	none.group = "branch";
	assert_int_equal(weir_signed_policy_fits(&p, &none, NOW, NULL), -ENODEV);
}

static void policy__revision_only_grows(void **state)
{
	struct weir_signed_policy p = sample();

	p.revision = 6;
	assert_int_equal(fits(&p, NOW), -ESTALE);
	p.revision = 1;
	assert_int_equal(fits(&p, NOW), -ESTALE);
	p.revision = 60;
	assert_int_equal(fits(&p, NOW), 0);
}

static void policy__needs_an_agent_new_enough(void **state)
{
	static const struct {
		const char *min;
		int expected;
	} cases[] = {{"", 0},
		     {"0.1.99", 0},
		     {"0.2.0", 0},
		     {"0.2.1", -EPROTONOSUPPORT},
		     {"0.10.0", -EPROTONOSUPPORT},
		     {"1.0.0", -EPROTONOSUPPORT},
		     {"0.2.0-rc1", 0}};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct weir_signed_policy p = sample();

		p.min_agent = cases[i].min;
		assert_int_equal(fits(&p, NOW), cases[i].expected);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(policy__says_what_was_put_in),
		cmocka_unit_test(policy__out_of_bounds),
		cmocka_unit_test(policy__malformed_is_refused),
		cmocka_unit_test(policy__fits_its_audience_and_its_time),
		cmocka_unit_test(policy__revision_only_grows),
		cmocka_unit_test(policy__needs_an_agent_new_enough),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
