/* SPDX-License-Identifier: Apache-2.0 */
/* Counts over several files: where they can be kept, and how high they may be. */
#include <string.h>

#include "check_state.h"
#include "internal.h"
#include "weir/base/macros.h"
#include "weir/policy/within.h"

static int refused(struct check *c, const char *what, const char *hint)
{
	int r = fail(c, "%s", what);

	weir_error_hint(c->err, "%s", hint);
	return r;
}

/* A person carries files to a volume; nothing of the kind is known of a connection, or of files that lie where they are. */
static int check_channel(struct check *c, const Weir__V1__PolicyRule *rule)
{
	bool volumes = rule->n_channels > 0;

	for (size_t i = 0; i < rule->n_channels; i++)
		volumes &= rule->channels[i] == WEIR__V1__CHANNEL__CHANNEL_REMOVABLE ||
			   rule->channels[i] == WEIR__V1__CHANNEL__CHANNEL_SHARE;
	return volumes ? 0
		       : refused(c,
				 "\"within\" counts what is brought to one volume, this rule "
				 "is for other channels too",
				 "write channel: [removable, share]");
}

static int check_highest(struct check *c, const char *key, Weir__V1__ContentLimit *const *limits,
			 size_t n)
{
	at(c, key, -1);
	for (size_t i = 0; i < n; i++)
		if (limits[i]->limit > WEIR_WITHIN_VALUES)
			return fail(c,
				    "with \"within\" the limit of \"%s\" is at most %d: so many "
				    "values are told apart",
				    limits[i]->name, WEIR_WITHIN_VALUES);
	return 0;
}

static int check_numbers(struct check *c, const Weir__V1__ContentCondition *content)
{
	int r;

	at(c, "content.customers", -1);
	if (content->customers)
		return refused(c, "\"customers\" are counted in one file, not \"within\" a time",
			       "a rule of its own can ask for them");
	at(c, "content.distinct", -1);
	if (*content->class_name && content->distinct > WEIR_WITHIN_VALUES)
		return fail(c,
			    "with \"within\" the number is at most %d: so many values are told "
			    "apart",
			    WEIR_WITHIN_VALUES);
	r = check_highest(c, "content.limits", content->limits, content->n_limits);
	return r < 0 ? r : check_highest(c, "content.share", content->share, content->n_share);
}

/* Each time is counted for itself. */
static int check_times(struct check *c)
{
	uint32_t times[WEIR_WITHIN_TIMES];
	unsigned n = 0;

	for (size_t i = 0; i <= c->place.index; i++) {
		const Weir__V1__ContentCondition *content = c->policy->rules[i]->content;
		unsigned known = 0;

		if (!content || !content->within_seconds)
			continue;
		while (known < n && times[known] != content->within_seconds)
			known++;
		if (known == WEIR_WITHIN_TIMES)
			return refused(c, "more than 4 different times in \"within\"",
				       "let rules have a time in common");
		times[known] = content->within_seconds;
		n = WEIR_MAX(n, known + 1);
	}
	return 0;
}

int check_within(struct check *c, const Weir__V1__PolicyRule *rule)
{
	const Weir__V1__ContentCondition *content = rule->content;
	int r;

	if (!content->within_seconds)
		return 0;
	at(c, "content.within", -1);
	if (content->within_seconds < WEIR_WITHIN_MIN_S ||
	    content->within_seconds > WEIR_WITHIN_MAX_S)
		return fail(c, "\"within\" is between 1m and 7d");
	r = check_channel(c, rule);
	if (r >= 0)
		r = check_times(c);
	return r < 0 ? r : check_numbers(c, content);
}
