/* SPDX-License-Identifier: Apache-2.0 */
/* What a worker may send. The input is laid over an answer that is right, from the start, or from
 * the place its first two bytes name, so that inputs need not be large to get past the first
 * checks. */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "weir/ipc/worker.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int holds)
{
	if (!holds)
		abort();
}

static void parse(const struct weir_worker_answer *answer, size_t len)
{
	const struct weir_worker_expect expect = {.sequence = 1, .max_bytes = 4096, .detectors = 3};
	const struct weir_findings *f;

	if (weir_worker_parse_answer(answer, len, &expect, &f) < 0)
		return;
	require(f->count <= WEIR_FINDINGS_MAX && f->bytes <= expect.max_bytes);
	require(memchr(f->reason, 0, sizeof(f->reason)) && memchr(f->type, 0, sizeof(f->type)));
	for (uint32_t i = 0; i < f->count; i++)
		require(f->findings[i].detector < expect.detectors &&
			f->findings[i].confidence <= 100 &&
			f->findings[i].offset + f->findings[i].length <= f->bytes &&
			memchr(f->findings[i].masked, 0, sizeof(f->findings[i].masked)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct weir_worker_answer answer;
	struct weir_worker_hello hello;
	size_t at, n;

	(void)!weir_worker_parse_hello(data, size, &hello);
	memset(&answer, 0, sizeof(answer));
	memcpy(&answer, data, WEIR_MIN(size, sizeof(answer)));
	parse(&answer, WEIR_MIN(size, sizeof(answer)));
	if (size < 2)
		return 0;
	memset(&answer, 0, sizeof(answer));
	answer.version = WEIR_WORKER_VERSION;
	answer.type = WEIR_WORKER_ANSWER;
	answer.sequence = 1;
	answer.findings.status = WEIR_SCAN_COMPLETE;
	answer.findings.bytes = 100;
	answer.findings.records = answer.findings.total[0] = answer.findings.distinct[0] = 1;
	answer.findings.count = 1;
	answer.findings.findings[0] = (struct weir_finding){.length = 18, .masked = "*"};
	at = (data[0] | (size_t)data[1] << 8) % weir_worker_answer_len(&answer);
	n = WEIR_MIN(size - 2, sizeof(answer) - at);
	memcpy((char *)&answer + at, data + 2, n);
	if (answer.findings.count <= WEIR_FINDINGS_MAX)
		parse(&answer, weir_worker_answer_len(&answer));
	return 0;
}
