/* SPDX-License-Identifier: Apache-2.0 */
/* Messages from the other side of a socketpair, taken as hostile. */

#include "weir/ipc/worker.h"

#include <errno.h>
#include <string.h>

#include "weir/base/utf8.h"

/* More than any limit on unpacking allows. */
#define PART_BYTES_MAX (UINT64_C(1) << 48)
#define ANSWER_HEAD \
	(offsetof(struct weir_worker_answer, findings) + offsetof(struct weir_findings, findings))

int weir_worker_parse_hello(const void *data, size_t len, struct weir_worker_hello *ret)
{
	struct weir_worker_hello hello;

	if (len != sizeof(hello))
		return -EPROTO;
	memcpy(&hello, data, sizeof(hello));
	if (hello.version != WEIR_WORKER_VERSION || hello.type != WEIR_WORKER_HELLO)
		return -EPROTO;
	if (hello.detectors == 0 || hello.detectors > WEIR_FINDINGS_DETECTORS ||
	    hello.sandbox & ~(uint32_t)_WEIR_WORKER_SANDBOX_ALL)
		return -EPROTO;
	*ret = hello;
	return 0;
}

int weir_worker_parse_request(const void *data, size_t len, struct weir_worker_request *ret)
{
	struct weir_worker_request request;

	if (len != sizeof(request))
		return -EPROTO;
	memcpy(&request, data, sizeof(request));
	if (request.version != WEIR_WORKER_VERSION || request.type != WEIR_WORKER_REQUEST)
		return -EPROTO;
	if (request.max_bytes == 0 || request.budget_ns == 0 || request.min_confidence > 100 ||
	    request.excerpt_bytes > WEIR_EXCERPTS_BYTES_MAX)
		return -EPROTO;
	*ret = request;
	return 0;
}

static bool good_text(const char *text, size_t size)
{
	size_t len = strnlen(text, size);

	if (len == size || weir_utf8_valid(text, len) != len)
		return false;
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)
			return false;
	return true;
}

/* Offsets in a part count in what was unpacked, which the object's size does not bound. */
static bool good_finding(const struct weir_finding *f, const struct weir_findings *all,
			 uint32_t detectors)
{
	uint64_t end = f->part == 0 ? all->bytes : PART_BYTES_MAX;

	if (f->detector >= detectors || f->confidence > 100 || f->length == 0)
		return false;
	if (f->part > 0 && f->part >= all->parts_count)
		return false;
	if (f->offset > end || f->length > end - f->offset)
		return false;
	return all->total[f->detector] > 0 && good_text(f->masked, sizeof(f->masked));
}

static bool good_steps(const struct weir_findings *f, size_t detector)
{
	uint32_t before = f->distinct[detector];

	for (size_t i = 0; i < WEIR_CONFIDENCE_STEPS; i++) {
		if (f->distinct_from[detector][i] > before)
			return false;
		before = f->distinct_from[detector][i];
	}
	return true;
}

static bool good_counts(const struct weir_findings *f, uint32_t detectors)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < WEIR_FINDINGS_DETECTORS; i++) {
		if (i >= detectors && (f->total[i] || f->distinct[i] || f->best[i]))
			return false;
		if (f->total[i] > PART_BYTES_MAX || f->distinct[i] > f->total[i] ||
		    f->best[i] > 100)
			return false;
		if ((f->total[i] == 0) != (f->distinct[i] == 0) || (f->total[i] == 0 && f->best[i]))
			return false;
		if (!good_steps(f, i))
			return false;
		sum += f->total[i];
	}
	return f->records <= sum && f->count <= sum && (f->records > 0) == (sum > 0) &&
	       f->customers <= f->records;
}

static bool good_parts(const struct weir_findings *f)
{
	if (f->parts_count > WEIR_FINDINGS_PARTS)
		return false;
	for (uint32_t i = 0; i < f->parts_count; i++)
		if (!good_text(f->parts[i], sizeof(f->parts[i])))
			return false;
	return f->parts_count == 0 || !f->parts[0][0];
}

/* In order, so that none is told twice, and never more of a detector than it counted. */
static bool good_values(const struct weir_findings *f, uint32_t detectors)
{
	uint32_t n = 0;

	if (f->values_count > WEIR_FINDINGS_VALUES)
		return false;
	for (uint32_t i = 0; i < f->values_count; i++) {
		const struct weir_value *v = &f->values[i], *before = i > 0 ? v - 1 : NULL;
		const bool same = before && before->detector == v->detector;

		n = same ? n + 1 : 1;
		if (v->detector >= detectors || v->step >= WEIR_CONFIDENCE_STEPS ||
		    n > f->distinct[v->detector])
			return false;
		if (before && (v->detector < before->detector || (same && v->hash <= before->hash)))
			return false;
	}
	return true;
}

static bool good_findings(const struct weir_findings *f, const struct weir_worker_expect *expect)
{
	if (f->status < WEIR_SCAN_COMPLETE || f->status >= _WEIR_SCAN_STATUS_MAX ||
	    f->bytes > expect->max_bytes)
		return false;
	if (!good_text(f->reason, sizeof(f->reason)) || !good_text(f->type, sizeof(f->type)))
		return false;
	if ((f->status == WEIR_SCAN_COMPLETE) != (f->reason[0] == '\0') || f->encrypted > 1)
		return false;
	if (f->recalled > 1 || (f->recalled && (f->status != WEIR_SCAN_COMPLETE || f->records > 0)))
		return false;
	if (!good_parts(f) || !good_counts(f, expect->detectors) ||
	    !good_values(f, expect->detectors))
		return false;
	for (uint32_t i = 0; i < f->count; i++)
		if (!good_finding(&f->findings[i], f, expect->detectors))
			return false;
	return true;
}

int weir_worker_parse_answer(const void *data, size_t len, const struct weir_worker_expect *expect,
			     const struct weir_findings **ret)
{
	const struct weir_worker_answer *answer = data;

	if (len < ANSWER_HEAD)
		return -EPROTO;
	if (answer->version != WEIR_WORKER_VERSION || answer->type != WEIR_WORKER_ANSWER ||
	    answer->sequence != expect->sequence || answer->findings.count > WEIR_FINDINGS_MAX)
		return -EPROTO;
	if (len != weir_worker_answer_len(answer) || !good_findings(&answer->findings, expect))
		return -EPROTO;
	*ret = &answer->findings;
	return 0;
}

size_t weir_worker_answer_len(const struct weir_worker_answer *answer)
{
	return ANSWER_HEAD + answer->findings.count * sizeof(answer->findings.findings[0]);
}

int weir_worker_parse_excerpt(const void *data, size_t len, uint64_t sequence,
			      const struct weir_worker_excerpt **ret)
{
	const struct weir_worker_excerpt *excerpt = data;

	if (len <= offsetof(struct weir_worker_excerpt, data))
		return -EPROTO;
	if (excerpt->version != WEIR_WORKER_VERSION || excerpt->type != WEIR_WORKER_EXCERPT ||
	    excerpt->sequence != sequence || excerpt->part >= WEIR_FINDINGS_PARTS ||
	    excerpt->len > WEIR_EXCERPT_BYTES_MAX || len != weir_worker_excerpt_len(excerpt))
		return -EPROTO;
	*ret = excerpt;
	return 0;
}

int weir_worker_check_excerpts(const struct weir_excerpts *excerpts,
			       const struct weir_findings *findings)
{
	uint64_t end = 0;

	for (uint32_t i = 0; i < excerpts->count; i++) {
		const struct weir_excerpt *e = &excerpts->list[i];
		const uint64_t most = e->part == 0 ? findings->bytes : PART_BYTES_MAX;

		if (i > 0 && e->part < excerpts->list[i - 1].part)
			return -EPROTO;
		if (i == 0 || e->part != excerpts->list[i - 1].part)
			end = 0;
		if (e->part >= findings->parts_count || e->offset < end || e->offset > most ||
		    e->len > most - e->offset)
			return -EPROTO;
		end = e->offset + e->len;
	}
	return 0;
}

size_t weir_worker_excerpt_len(const struct weir_worker_excerpt *excerpt)
{
	return offsetof(struct weir_worker_excerpt, data) + excerpt->len;
}
