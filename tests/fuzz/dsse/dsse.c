/* SPDX-License-Identifier: Apache-2.0 */
/* An envelope from anybody: nothing comes out of it that its key did not sign, and what a policy's payload says lies within its
 * bounds. The seeds are signed by the key of RFC 8032, 7.1, test 1. */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "weir/dsse/policy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint8_t raw[WEIR_DSSE_KEY_LEN] = {0xd7, 0x5a, 0x98, 0x01, 0x82, 0xb1, 0x0a, 0xb7,
					       0xd5, 0x4b, 0xfe, 0xd3, 0xc9, 0x64, 0x07, 0x3a,
					       0x0e, 0xe1, 0x72, 0xf3, 0xda, 0xa6, 0x23, 0x25,
					       0xaf, 0x02, 0x1a, 0x68, 0xf7, 0x07, 0x51, 0x1a};

static void require(int holds)
{
	if (!holds)
		abort();
}

static void look_into(const struct weir_dsse *envelope)
{
	struct weir_wire *wire _cleanup_(weir_wire_freep) = NULL;
	struct weir_signed_policy policy;
	size_t len;
	const void *payload = weir_dsse_payload(envelope, &len);

	require(len > 0 && len < WEIR_DSSE_BYTES_MAX);
	require(weir_dsse_signatures(envelope) > 0 &&
		weir_dsse_signatures(envelope) <= WEIR_DSSE_SIGNATURES_MAX);
	if (weir_signed_policy_decode(payload, len, &wire, &policy) < 0)
		return;
	require(policy.revision > 0 && policy.expires_s > policy.not_before_s);
	require(policy.tenant[0] && strlen(policy.tenant) <= WEIR_SIGNED_POLICY_NAME_MAX);
	require(strlen(policy.group) <= WEIR_SIGNED_POLICY_NAME_MAX);
	require(policy.policy_len > 0 && policy.cases_len <= WEIR_SIGNED_POLICY_CASES_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct weir_dsse_keys *keys _cleanup_(weir_dsse_keys_freep) = NULL;
	struct weir_dsse *seen _cleanup_(weir_dsse_freep) = NULL;
	struct weir_dsse *opened _cleanup_(weir_dsse_freep) = NULL;
	size_t seen_len = 0, len = 0;
	uint32_t vouched;

	if (weir_dsse_peek(data, size, WEIR_SIGNED_POLICY_TYPE, &seen) < 0)
		return 0;
	look_into(seen);
	require(weir_dsse_keys_new(&keys) == 0 && weir_dsse_keys_add(keys, raw) == 0);
	if (weir_dsse_open(data, size, WEIR_SIGNED_POLICY_TYPE, keys, 1, &opened) < 0)
		return 0;
	require(weir_dsse_vouched(opened, keys, &vouched) == 0 && vouched == 1);
	require(weir_dsse_payload(opened, &len) && weir_dsse_payload(seen, &seen_len));
	require(len == seen_len &&
		memcmp(weir_dsse_payload(opened, &len), weir_dsse_payload(seen, &len), len) == 0);
	return 0;
}
