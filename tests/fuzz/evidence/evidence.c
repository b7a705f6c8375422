/* SPDX-License-Identifier: Apache-2.0 */
/* Sealed evidence from anybody, opened by a reviewer whose key is known; and what is in it, as if it had been sealed well. The seeds are sealed to this
 * key, which is nobody's. */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "weir/evidence/record.h"
#include "weir/evidence/sealed.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char pem[] = "-----BEGIN PRIVATE KEY-----\n"
			  "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgewSYb+Fbt4b2FGS9\n"
			  "6LcqnHkDtk6USQTVCBKGW/e4UFKhRANCAAQ0RJmDfsKUwQNDKqbvbPxakJ3l+Mar\n"
			  "Rs2Iu51w/nr9coKCxFf9UHibr91FCwBykD6qeXBCSaekXCdUh/ki3yBG\n"
			  "-----END PRIVATE KEY-----\n"
			  "-----BEGIN CERTIFICATE-----\n"
			  "MIIBUjCB+aADAgECAhAxzjviLHoNs33+U7R/QFt6MAoGCCqGSM49BAMCMBExDzAN\n"
			  "BgNVBAMMBm5vYm9keTAgFw0yNjExMjMxMTQwNTVaGA85OTk5MTIzMTIzNTk1OVow\n"
			  "ETEPMA0GA1UEAwwGbm9ib2R5MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAENESZ\n"
			  "g37ClMEDQyqm72z8WpCd5fjGq0bNiLudcP56/XKCgsRX/VB4m6/dRQsAcpA+qnlw\n"
			  "QkmnpFwnVIf5It8gRqMxMC8wDgYDVR0PAQH/BAQDAgMIMB0GA1UdDgQWBBRulazS\n"
			  "Du67V6IqheXUBCKS4OQwMjAKBggqhkjOPQQDAgNIADBFAiEAg/EmZiUY7Q7W3gD0\n"
			  "vF9fW+UmwO++EQbJJbpRlT2iEuQCIACSqonqHMlMDSy2E7ccI3caE60gHz1dzA7I\n"
			  "IvuUln7o\n"
			  "-----END CERTIFICATE-----\n";

static void require(int holds)
{
	if (!holds)
		abort();
}

static void look_into(const void *data, size_t len)
{
	struct weir_wire *wire _cleanup_(weir_wire_wipep) = NULL;
	struct weir_buf again _cleanup_(weir_buf_wipe) = WEIR_BUF_INIT(WEIR_WIRE_BYTES_MAX);
	struct weir_evidence evidence;
	uint64_t end = 0;

	if (weir_evidence_decode(data, len, &wire, &evidence) < 0)
		return;
	require(evidence.n_pieces > 0 && evidence.n_pieces <= WEIR_EVIDENCE_PIECES_MAX);
	require(strlen(evidence.rule) <= WEIR_EVIDENCE_TEXT_MAX &&
		strlen(evidence.name) <= WEIR_EVIDENCE_TEXT_MAX);
	for (size_t i = 0; i < evidence.n_pieces; i++) {
		if (i > 0 && strcmp(evidence.pieces[i].part, evidence.pieces[i - 1].part) != 0)
			end = 0;
		require(evidence.pieces[i].len > 0 && evidence.pieces[i].offset >= end);
		end = evidence.pieces[i].offset + evidence.pieces[i].len;
		require(end > evidence.pieces[i].offset);
	}
	/* What is taken can be said again. */
	require(weir_evidence_encode(&evidence, &again) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct weir_reviewer *reviewer; /* lives as long as the fuzzer */
	struct weir_buf plain _cleanup_(weir_buf_wipe) = WEIR_BUF_INIT(WEIR_EVIDENCE_SEALED_MAX);
	int r;

	look_into(data, size);
	if (!reviewer)
		require(weir_reviewer_parse(pem, sizeof(pem) - 1, &reviewer) == 0);
	if (weir_evidence_check(data, size) < 0) {
		require(weir_evidence_open(data, size, reviewer, &plain) < 0 && !plain.data);
		return 0;
	}
	require(size <= WEIR_EVIDENCE_SEALED_MAX);
	r = weir_evidence_open(data, size, reviewer, &plain);
	require(r == 0 ? plain.len > 0 && plain.len < size : !plain.data);
	if (r == 0)
		look_into(plain.data, plain.len);
	return 0;
}
