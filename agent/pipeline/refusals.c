/* SPDX-License-Identifier: Apache-2.0 */
/* Owns refusals and reasons. Knows no clock and no kernel: whoever carries a pass there asks here. */

#include "weir/pipeline/refusals.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "weir/base/time.h"
#include "weir/base/utf8.h"

#define HOUR_NS (3600 * WEIR_NSEC_PER_SEC)

struct weir_refusals {
	uint64_t next;
	struct weir_refusal list[WEIR_REFUSALS_MAX];
	struct weir_pass passes[WEIR_REASONS_MAX];
};

int weir_refusals_new(uint64_t first, struct weir_refusals **ret)
{
	struct weir_refusals *refusals = calloc(1, sizeof(*refusals));

	if (!refusals)
		return -ENOMEM;
	refusals->next = first;
	*ret = refusals;
	return 0;
}

void weir_refusals_free(struct weir_refusals *refusals)
{
	free(refusals);
}

static bool alike(const struct weir_refusal *a, const struct weir_refused *b)
{
	const struct weir_event *x = &a->event, *y = b->event;

	return a->id && !a->justified && x->process.uid == y->process.uid &&
	       x->channel == y->channel && x->profile == y->profile && x->late == y->late &&
	       x->target.ino == y->target.ino && x->target.dev == y->target.dev &&
	       memcmp(&x->remote, &y->remote, sizeof(x->remote)) == 0 &&
	       strcmp(x->path, y->path) == 0 && strcmp(a->rule, b->verdict->rule) == 0 &&
	       a->warned == (b->verdict->action == WEIR_ACTION_WARN);
}

/* The entry of the same refusal, else a free one, else the user's oldest when there are many, else
 * the oldest. */
static struct weir_refusal *place(struct weir_refusals *refusals,
				  const struct weir_refused *refused)
{
	struct weir_refusal *oldest = NULL, *own = NULL, *empty = NULL;
	size_t n = 0;

	for (size_t i = 0; i < WEIR_REFUSALS_MAX; i++) {
		struct weir_refusal *entry = &refusals->list[i];

		if (!entry->id) {
			empty = entry;
			continue;
		}
		if (alike(entry, refused))
			return entry;
		if (!oldest || entry->id < oldest->id)
			oldest = entry;
		if (entry->event.process.uid != refused->event->process.uid)
			continue;
		n++;
		if (!own || entry->id < own->id)
			own = entry;
	}
	if (n >= WEIR_REFUSALS_OF_ONE)
		return own;
	return empty ? empty : oldest;
}

static void copy_words(char to[static WEIR_REFUSAL_WORDS], const char *from)
{
	size_t len = weir_utf8_cut(from, strlen(from), WEIR_REFUSAL_WORDS - 1);

	memcpy(to, from, len);
	to[len] = '\0';
}

static void add_count(struct weir_refusal *entry, const char *detector, uint64_t distinct)
{
	if (!detector || !distinct || entry->n_counts == WEIR_REFUSAL_KINDS)
		return;
	(void)snprintf(entry->counts[entry->n_counts].detector, WEIR_REFUSAL_NAME, "%s", detector);
	entry->counts[entry->n_counts++].distinct = distinct;
}

static void take_kinds(struct weir_refusal *entry, const struct weir_refused *refused)
{
	const struct weir_event *event = refused->event;
	const struct weir_findings *findings = refused->findings;

	entry->n_classes = entry->n_counts = 0;
	for (unsigned i = 0; i < WEIR_POLICY_CLASSES && entry->n_classes < WEIR_REFUSAL_KINDS; i++)
		if (refused->verdict->classes >> i & 1)
			(void)snprintf(entry->classes[entry->n_classes++], WEIR_REFUSAL_NAME, "%s",
				       weir_policy_class_name(refused->policy, i));
	for (unsigned i = 0; i < WEIR_FINDINGS_DETECTORS; i++) {
		uint64_t distinct = findings ? findings->distinct[i] : 0;

		if (i < _WEIR_ABI_DET_MAX) {
			distinct = WEIR_MAX(distinct, (uint64_t)event->distinct[i]);
			distinct = WEIR_MAX(distinct, (uint64_t)event->labelled[i]);
		}
		add_count(entry, weir_policy_detector_id(refused->policy, i), distinct);
	}
}

void weir_refusals_note(struct weir_refusals *refusals, const struct weir_refused *refused)
{
	struct weir_refusal *entry = place(refusals, refused);
	bool again = alike(entry, refused);

	if (!again)
		*entry = (struct weir_refusal){
			.id = refusals->next++,
			.warned = refused->verdict->action == WEIR_ACTION_WARN,
		};
	entry->seen += 1 + refused->event->suppressed;
	entry->event = *refused->event;
	(void)snprintf(entry->rule, sizeof(entry->rule), "%s", refused->verdict->rule);
	copy_words(entry->message_zh, refused->verdict->message_zh);
	copy_words(entry->message_en, refused->verdict->message_en);
	take_kinds(entry, refused);
}

size_t weir_refusals_of(const struct weir_refusals *refusals, uint32_t uid,
			const struct weir_refusal *ret[static WEIR_REFUSALS_OF_ONE])
{
	size_t n = 0;

	for (size_t i = 0; i < WEIR_REFUSALS_MAX; i++) {
		const struct weir_refusal *entry = &refusals->list[i];
		size_t at = n;

		if (!entry->id || entry->event.process.uid != uid)
			continue;
		for (; at > 0 && ret[at - 1]->id < entry->id; at--)
			if (at < WEIR_REFUSALS_OF_ONE)
				ret[at] = ret[at - 1];
		if (at < WEIR_REFUSALS_OF_ONE)
			ret[at] = entry;
		n = WEIR_MIN(n + 1, (size_t)WEIR_REFUSALS_OF_ONE);
	}
	return n;
}

static struct weir_refusal *find(struct weir_refusals *refusals, uint64_t id)
{
	for (size_t i = 0; i < WEIR_REFUSALS_MAX; i++)
		if (id && refusals->list[i].id == id)
			return &refusals->list[i];
	return NULL;
}

/* A place for one more reason; NULL when this user, or all together, gave too many lately. */
static struct weir_pass *room(struct weir_refusals *refusals, uint32_t uid, uint64_t boot_ns)
{
	struct weir_pass *ret = NULL;
	unsigned own = 0;

	for (size_t i = 0; i < WEIR_REASONS_MAX; i++) {
		struct weir_pass *pass = &refusals->passes[i];
		bool recent = pass->justification.refusal && boot_ns - pass->given_ns < HOUR_NS;

		if (!recent)
			ret = pass;
		else if (pass->justification.uid == uid)
			own++;
	}
	return own < WEIR_REASONS_PER_HOUR ? ret : NULL;
}

static struct weir_pass *unused(struct weir_refusals *refusals, uint32_t uid, uint8_t profile,
				uint64_t boot_ns)
{
	for (size_t i = 0; i < WEIR_REASONS_MAX; i++) {
		struct weir_pass *pass = &refusals->passes[i];

		if (pass->justification.refusal && !pass->used && pass->justification.uid == uid &&
		    pass->profile == profile && pass->until_ns > boot_ns)
			return pass;
	}
	return NULL;
}

int weir_refusals_justify(struct weir_refusals *refusals, const struct weir_justification *given,
			  uint64_t boot_ns, const struct weir_pass **ret,
			  const struct weir_refusal **ret_refusal)
{
	struct weir_refusal *entry = find(refusals, given->refusal);
	struct weir_pass *pass;

	if (!weir_reason_valid(given->reason))
		return -EINVAL;
	if (!entry || entry->event.process.uid != given->uid)
		return -ENOENT;
	if (!entry->warned)
		return -EPERM;
	if (entry->justified)
		return -EALREADY;
	if (unused(refusals, given->uid, entry->event.profile, boot_ns))
		return -EBUSY;
	pass = room(refusals, given->uid, boot_ns);
	if (!pass)
		return -EDQUOT;
	*pass = (struct weir_pass){.justification = *given,
				   .given_ns = boot_ns,
				   .until_ns = boot_ns + WEIR_PASS_NS,
				   .profile = entry->event.profile};
	entry->justified = true;
	*ret = pass;
	*ret_refusal = entry;
	return 0;
}

static struct weir_pass *pass_of(const struct weir_refusals *refusals, uint64_t id)
{
	for (size_t i = 0; i < WEIR_REASONS_MAX; i++)
		if (id && refusals->passes[i].justification.refusal == id)
			return (struct weir_pass *)&refusals->passes[i];
	return NULL;
}

void weir_refusals_withdraw(struct weir_refusals *refusals, uint64_t id)
{
	struct weir_refusal *entry = find(refusals, id);
	struct weir_pass *pass = pass_of(refusals, id);

	if (entry)
		entry->justified = false;
	if (pass)
		*pass = (struct weir_pass){0};
}

const struct weir_justification *weir_refusals_use(struct weir_refusals *refusals, uint32_t uid,
						   uint8_t profile, uint64_t boot_ns)
{
	struct weir_pass *found = unused(refusals, uid, profile, boot_ns);

	if (!found)
		return NULL;
	found->used = true;
	return &found->justification;
}

const struct weir_justification *weir_refusals_reason(const struct weir_refusals *refusals,
						      uint64_t id)
{
	const struct weir_pass *pass = pass_of(refusals, id);

	return pass ? &pass->justification : NULL;
}

void weir_refusals_forget(struct weir_refusals *refusals, weir_pass_fn fn, void *context)
{
	for (size_t i = 0; i < WEIR_REASONS_MAX; i++) {
		struct weir_pass *pass = &refusals->passes[i];

		if (pass->justification.refusal && !pass->used) {
			pass->used = true; /* it still counts for the hour */
			fn(context, pass);
		}
	}
	memset(refusals->list, 0, sizeof(refusals->list));
}
