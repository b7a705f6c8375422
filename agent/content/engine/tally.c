/* SPDX-License-Identifier: Apache-2.0 */
#include "tally.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "distinct.h"
#include "weir/base/utf8.h"

#define DISTINCT_MAX 65536
#define NONE	     (-1)
#define ANY_IDENTITY (-2)
#define PENDING_MAX  128	/* values that wait for their column, or for a companion */
#define MIXED	     UINT32_MAX /* findings of a part in several texts */
#define RECORD_SPAN  900	/* bytes that a record without rows may be long: 300 hanzi */

/* A value that counts only when something follows. */
struct pending {
	struct weir_scored scored;
	struct weir_cell cell;
	uint64_t offset;
	uint32_t length;
	uint8_t confidence; /* as a companion's: what it would be reported with */
	bool column;	    /* waits for its column, else for its companion */
};

/* Where roles were last seen in the text; UINT64_MAX: nowhere. */
struct roles {
	uint64_t contact, identity;
	uint64_t row; /* of the last value */
	bool counted; /* the row is a customer already */
};

struct weir_tally {
	const struct weir_catalogue *catalogue;
	size_t detectors;
	struct weir_distinct distinct[WEIR_FINDINGS_DETECTORS];
	int16_t companions[WEIR_FINDINGS_DETECTORS]; /* number; NONE; ANY_IDENTITY */
	uint64_t seen[WEIR_FINDINGS_DETECTORS];	     /* last place in this text; UINT64_MAX */
	struct pending pending[PENDING_MAX];
	size_t pending_count;
	struct roles roles;
	uint64_t record; /* row with a finding that was counted last */
	uint8_t min_confidence, part;
	uint32_t texts;			       /* begun so far */
	uint32_t text_of[WEIR_FINDINGS_PARTS]; /* 0: none yet, or MIXED */
	struct weir_findings out;
};

int weir_tally_new(const struct weir_catalogue *catalogue, struct weir_tally **ret)
{
	struct weir_tally *t _cleanup_(weir_tally_freep) = calloc(1, sizeof(*t));

	if (!t)
		return -ENOMEM;
	t->catalogue = catalogue;
	t->detectors = weir_catalogue_count(catalogue);
	if (t->detectors > WEIR_FINDINGS_DETECTORS)
		return -EINVAL;
	for (size_t i = 0; i < t->detectors; i++) {
		const char *companion = weir_catalogue_at(catalogue, i)->companion;
		int number = companion ? weir_catalogue_find(catalogue, companion) : NONE;

		if (companion && strcmp(companion, "@identity") == 0)
			number = ANY_IDENTITY;
		else if (companion && number < 0)
			return -EINVAL;
		t->companions[i] = (int16_t)number;
		t->distinct[i].max = DISTINCT_MAX;
	}
	*ret = TAKE_PTR(t);
	return 0;
}

void weir_tally_free(struct weir_tally *t)
{
	if (!t)
		return;
	for (size_t i = 0; i < t->detectors; i++)
		weir_distinct_done(&t->distinct[i]);
	free(t);
}

static void text_begins(struct weir_tally *t)
{
	for (size_t i = 0; i < t->detectors; i++)
		t->seen[i] = UINT64_MAX;
	t->roles = (struct roles){UINT64_MAX, UINT64_MAX, UINT64_MAX, false};
	t->record = UINT64_MAX;
	t->pending_count = 0;
}

void weir_tally_begin(struct weir_tally *t, uint8_t min_confidence)
{
	memset(&t->out, 0, offsetof(struct weir_findings, findings));
	t->out.parts_count = 1;
	t->part = 0;
	t->texts = 0;
	memset(t->text_of, 0, sizeof(t->text_of));
	t->min_confidence = WEIR_MAX(min_confidence, (uint8_t)WEIR_CONFIDENCE_FLOOR);
	for (size_t i = 0; i < t->detectors; i++)
		weir_distinct_clear(&t->distinct[i]);
	text_begins(t);
}

/* Paths beyond the table share its last entry. */
void weir_tally_part(struct weir_tally *t, const char *path)
{
	struct weir_findings *out = &t->out;
	size_t len;
	char *name;

	text_begins(t);
	t->texts++;
	t->part = 0;
	if (!path[0])
		return;
	len = weir_utf8_cut(path, strlen(path), WEIR_PART_MAX - 1);
	for (uint32_t i = 1; i < out->parts_count; i++)
		if (strlen(out->parts[i]) == len && memcmp(out->parts[i], path, len) == 0)
			t->part = (uint8_t)i;
	if (t->part)
		return;
	if (out->parts_count >= WEIR_FINDINGS_PARTS) {
		t->part = WEIR_FINDINGS_PARTS - 1;
		(void)snprintf(out->parts[t->part], WEIR_PART_MAX, "...");
		return;
	}
	t->part = (uint8_t)out->parts_count;
	name = out->parts[t->part];
	memset(name, 0, WEIR_PART_MAX);
	memcpy(name, path, len);
	/* the entry is kept only when a finding is put into it: see report() */
}

static void count_roles(struct weir_tally *t, const struct weir_detector *d, uint64_t at,
			struct weir_cell cell)
{
	struct roles *r = &t->roles;
	bool row = cell.column != WEIR_COLUMN_NONE;

	if (d->role == WEIR_ROLE_NONE)
		return;
	if (row && cell.row != r->row)
		*r = (struct roles){UINT64_MAX, UINT64_MAX, cell.row, false};
	r->row = cell.row;
	*(d->role == WEIR_ROLE_CONTACT ? &r->contact : &r->identity) = at;
	if (r->contact == UINT64_MAX || r->identity == UINT64_MAX || (row && r->counted))
		return;
	if (!row &&
	    WEIR_MAX(r->contact, r->identity) - WEIR_MIN(r->contact, r->identity) > RECORD_SPAN)
		return;
	t->out.customers++;
	r->counted = true;
	r->contact = r->identity = UINT64_MAX;
}

static void note_text(struct weir_tally *t)
{
	uint32_t *text = &t->text_of[t->part];

	*text = *text == 0 || *text == t->texts ? t->texts : MIXED;
}

uint32_t weir_tally_text_of(const struct weir_tally *t, uint8_t part)
{
	return part >= WEIR_FINDINGS_PARTS || t->text_of[part] == MIXED ? 0 : t->text_of[part];
}

static int report(struct weir_tally *t, const struct weir_scored *s, struct weir_cell cell,
		  uint64_t offset, uint32_t length, int confidence)
{
	struct weir_findings *out = &t->out;
	const struct weir_detector *d = weir_catalogue_at(t->catalogue, s->detector);
	struct weir_finding *f;
	uint16_t n = s->detector;

	t->seen[n] = s->start;
	if (confidence < t->min_confidence)
		return 0;
	count_roles(t, d, s->start, cell);
	out->records += t->record != cell.row;
	t->record = cell.row;
	out->total[n]++;
	out->best[n] = WEIR_MAX(out->best[n], (uint8_t)confidence);
	if (out->count < WEIR_FINDINGS_MAX) {
		if (t->part >= out->parts_count)
			out->parts_count = t->part + 1U;
		note_text(t);
		f = &out->findings[out->count++];
		*f = (struct weir_finding){.offset = offset,
					   .length = length,
					   .detector = n,
					   .confidence = (uint8_t)confidence,
					   .part = t->part};
		memcpy(f->masked, s->masked, sizeof(f->masked));
	}
	return weir_distinct_add(&t->distinct[n], s->hash, (unsigned)confidence);
}

/* True when values of `other` are the company that those of `detector` need. */
static bool company(const struct weir_tally *t, unsigned detector, unsigned other)
{
	if (t->companions[detector] == ANY_IDENTITY)
		return weir_catalogue_at(t->catalogue, other)->role == WEIR_ROLE_IDENTITY;
	return t->companions[detector] == (int)other;
}

static bool near(uint64_t a, uint64_t b, uint64_t within)
{
	return a != UINT64_MAX && b != UINT64_MAX && (a > b ? a - b : b - a) <= within;
}

static void hold(struct weir_tally *t, const struct pending *p)
{
	if (t->pending_count == PENDING_MAX) {
		memmove(&t->pending[0], &t->pending[1], (PENDING_MAX - 1) * sizeof(*p));
		t->pending_count--;
	}
	t->pending[t->pending_count++] = *p;
}

/* Reports what waited for this: the values of the same column and kind, or those that the value is a
 * companion of. */
static int release(struct weir_tally *t, const struct weir_scored *s, struct weir_cell cell,
		   bool column)
{
	size_t kept = 0, n = t->pending_count;
	int r = 0;

	for (size_t i = 0; i < n; i++) {
		struct pending *p = &t->pending[i];
		const struct weir_detector *d = weir_catalogue_at(t->catalogue, p->scored.detector);
		bool due = p->column ? column && p->cell.column == cell.column &&
					       p->scored.detector == s->detector
				     : company(t, p->scored.detector, s->detector) &&
					       near(p->scored.start, s->start, d->companion_within);
		int one = due ? report(t, &p->scored, p->cell, p->offset, p->length, p->confidence)
			      : 0;

		r = r < 0 ? r : one;
		if (!due)
			t->pending[kept++] = *p;
	}
	t->pending_count = kept;
	return r;
}

/* Counts an accepted value in its column; true when the column is of one kind with it. */
static bool column_of(struct weir_columns *columns, const struct weir_scored *s,
		      struct weir_cell cell, bool *ret_now)
{
	uint8_t *accepted;

	*ret_now = false;
	if (!columns || cell.column >= WEIR_COLUMNS_MAX || !s->accepted)
		return false;
	accepted = &columns->accepted[cell.column][s->detector];
	if (*accepted < WEIR_COLUMN_WHOLE)
		*ret_now = ++*accepted == WEIR_COLUMN_WHOLE;
	return *accepted >= WEIR_COLUMN_WHOLE;
}

static bool has_company(const struct weir_tally *t, const struct weir_scored *s)
{
	const struct weir_detector *d = weir_catalogue_at(t->catalogue, s->detector);

	for (unsigned i = 0; i < t->detectors; i++)
		if (company(t, s->detector, i) && near(t->seen[i], s->start, d->companion_within))
			return true;
	return false;
}

int weir_tally_add(struct weir_tally *t, struct weir_columns *columns, const struct weir_scored *s,
		   struct weir_cell cell, uint64_t offset, uint32_t length)
{
	const struct weir_detector *d = weir_catalogue_at(t->catalogue, s->detector);
	const struct weir_context_heads *heads =
		cell.column != WEIR_COLUMN_NONE ? &columns->heads[cell.column] : NULL;
	bool head = heads && heads->positive >> s->detector & 1, now;
	bool negative = heads && heads->negative >> s->detector & 1;
	bool column = column_of(columns, s, cell, &now);
	struct pending p = {.scored = *s, .cell = cell, .offset = offset, .length = length};
	int confidence = weir_score_confidence(d, s, head, negative, column), r = 0;

	if (now)
		r = release(t, s, cell, true);
	if (confidence < WEIR_CONFIDENCE_FLOOR || confidence < t->min_confidence) {
		p.confidence = (uint8_t)weir_score_confidence(d, s, head, negative, true);
		p.column = true;
		if (!column && cell.column != WEIR_COLUMN_NONE && s->accepted &&
		    p.confidence >= t->min_confidence)
			hold(t, &p);
		else if (confidence >= WEIR_CONFIDENCE_FLOOR)
			r = r < 0 ? r : report(t, s, cell, offset, length, confidence);
		return r;
	}
	p.confidence = (uint8_t)confidence;
	if (d->companion && d->companion_within && !has_company(t, s)) {
		hold(t, &p);
		return r;
	}
	if (r == 0)
		r = report(t, s, cell, offset, length, confidence);
	return r < 0 ? r : release(t, s, cell, false);
}

bool weir_tally_full(const struct weir_tally *t)
{
	return t->out.count == WEIR_FINDINGS_MAX;
}

void weir_tally_expect(const struct weir_tally *t, const struct weir_scored *s)
{
	weir_distinct_expect(&t->distinct[s->detector], s->hash);
}

static void forget(struct weir_findings *out, unsigned detector)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < out->count; i++)
		if (out->findings[i].detector != detector)
			out->findings[kept++] = out->findings[i];
	out->count = kept;
	out->total[detector] = 0;
	out->best[detector] = 0;
}

static int by_place(const void *a, const void *b)
{
	const struct weir_finding *x = a, *y = b;

	if (x->part != y->part)
		return x->part < y->part ? -1 : 1;
	if (x->offset != y->offset)
		return x->offset < y->offset ? -1 : 1;
	return x->detector < y->detector ? -1 : x->detector > y->detector;
}

/* They come nearly always in order. */
static void sort(struct weir_findings *out)
{
	for (uint32_t i = 1; i < out->count; i++)
		if (by_place(&out->findings[i - 1], &out->findings[i]) > 0) {
			qsort(out->findings, out->count, sizeof(out->findings[0]), by_place);
			return;
		}
}

static bool in_company(const struct weir_tally *t, unsigned detector)
{
	for (unsigned i = 0; i < t->detectors; i++)
		if (t->out.total[i] > 0 && company(t, detector, i))
			return true;
	return false;
}

/* What needs company in the same object, or several different values, and has none, is nothing. */
static void weed(struct weir_tally *t)
{
	for (unsigned i = 0; i < t->detectors; i++) {
		const struct weir_detector *d = weir_catalogue_at(t->catalogue, i);

		if (t->out.total[i] == 0)
			continue;
		if ((d->companion && d->companion_within == 0 && !in_company(t, i)) ||
		    t->distinct[i].count < d->min_distinct) {
			weir_distinct_clear(&t->distinct[i]);
			forget(&t->out, i);
		}
	}
}

/* Every detector that found something has the same room. */
static void tell_values(const struct weir_tally *t, struct weir_findings *out)
{
	uint64_t hashes[WEIR_FINDINGS_VALUES];
	uint8_t steps[WEIR_FINDINGS_VALUES];
	size_t kinds = 0, room;

	for (unsigned i = 0; i < t->detectors; i++)
		kinds += out->distinct[i] > 0;
	room = WEIR_FINDINGS_VALUES / WEIR_MAX(kinds, (size_t)1);
	for (unsigned i = 0; i < t->detectors; i++) {
		size_t n = out->distinct[i] == 0
				   ? 0
				   : weir_distinct_lowest(&t->distinct[i], hashes, steps, room);

		for (size_t k = 0; k < n; k++)
			out->values[out->values_count++] =
				(struct weir_value){hashes[k], (uint8_t)i, steps[k]};
	}
}

void weir_tally_finish(struct weir_tally *t, struct weir_findings *ret)
{
	struct weir_findings *out = &t->out;
	uint64_t sum = 0;

	weed(t);
	for (unsigned i = 0; i < t->detectors; i++) {
		weir_distinct_steps(&t->distinct[i], out->distinct_from[i]);
		/* an estimate may say more than there is */
		for (unsigned k = 0; k < WEIR_CONFIDENCE_STEPS; k++)
			out->distinct_from[i][k] = (uint32_t)WEIR_MIN(
				(uint64_t)out->distinct_from[i][k], out->total[i]);
		out->distinct[i] = out->distinct_from[i][0];
		sum += out->total[i];
	}
	tell_values(t, out);
	out->records = WEIR_MIN(out->records, sum);
	out->customers = WEIR_MIN(out->customers, out->records);
	sort(out);
	memcpy(ret, out,
	       offsetof(struct weir_findings, findings) + out->count * sizeof(out->findings[0]));
}
