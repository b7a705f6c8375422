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
	require(f->values_count <= WEIR_FINDINGS_VALUES);
	for (uint32_t i = 0; i < f->values_count; i++)
		require(f->values[i].detector < expect.detectors &&
			f->values[i].step < WEIR_CONFIDENCE_STEPS &&
			(i == 0 || f->values[i].detector > f->values[i - 1].detector ||
			 f->values[i].hash > f->values[i - 1].hash));
	for (uint32_t i = 0; i < f->count; i++)
		require(f->findings[i].detector < expect.detectors &&
			f->findings[i].confidence <= 100 &&
			f->findings[i].offset + f->findings[i].length <= f->bytes &&
			memchr(f->findings[i].masked, 0, sizeof(f->findings[i].masked)));
}

/* An excerpt, and what several of them, as the input has them, are to findings. */
static void excerpts(const uint8_t *data, size_t size)
{
	static struct weir_worker_excerpt message;
	static struct weir_findings findings = {.bytes = 4096, .parts_count = 2};
	struct weir_excerpts *all = NULL;
	const struct weir_worker_excerpt *e;

	memcpy(&message, data, WEIR_MIN(size, sizeof(message)));
	if (weir_worker_parse_excerpt(&message, WEIR_MIN(size, sizeof(message)), 1, &e) == 0)
		require(e->len > 0 && e->len <= WEIR_EXCERPT_BYTES_MAX &&
			e->part < WEIR_FINDINGS_PARTS);
	require(weir_excerpts_new(4096, &all) == 0);
	for (; size >= 4; data += 4, size -= 4)
		if (weir_excerpts_add(all, data[0], data[1] | (uint64_t)data[2] << 8, data,
				      data[3] % 5) < 0)
			break;
	if (weir_worker_check_excerpts(all, &findings) == 0)
		for (uint32_t i = 0; i < all->count; i++)
			require(all->list[i].part < findings.parts_count &&
				(all->list[i].part > 0 ||
				 all->list[i].offset + all->list[i].len <= findings.bytes) &&
				(i == 0 || all->list[i].part != all->list[i - 1].part ||
				 all->list[i].offset >=
					 all->list[i - 1].offset + all->list[i - 1].len));
	weir_excerpts_free(all);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct weir_worker_answer answer;
	struct weir_worker_hello hello;
	size_t at, n;

	(void)!weir_worker_parse_hello(data, size, &hello);
	excerpts(data, size);
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
	answer.findings.count = answer.findings.values_count = 1;
	answer.findings.findings[0] = (struct weir_finding){.length = 18, .masked = "*"};
	at = (data[0] | (size_t)data[1] << 8) % weir_worker_answer_len(&answer);
	n = WEIR_MIN(size - 2, sizeof(answer) - at);
	memcpy((char *)&answer + at, data + 2, n);
	if (answer.findings.count <= WEIR_FINDINGS_MAX)
		parse(&answer, weir_worker_answer_len(&answer));
	return 0;
}
