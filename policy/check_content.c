/* SPDX-License-Identifier: Apache-2.0 */
/* Detectors, classes and what rules ask of content. Patterns are only held against their size here:
 * whether they compile and match is for tools that have a matcher. */
#include <string.h>

#include "check_state.h"
#include "internal.h"
#include "names.h"
#include "weir/base/macros.h"
#include "weir/base/utf8.h"
#include "weir/findings/detectors.h"

#define IDS_MAX (WEIR_DETECTOR_COUNT + WEIR_CUSTOM_MAX)

static int find_class(const Weir__V1__Policy *p, const char *name)
{
	for (size_t i = 0; i < p->n_classes; i++)
		if (strcmp(p->classes[i]->name, name) == 0)
			return (int)i;
	return -1;
}

int check_class_exists(struct check *c, const char *name)
{
	const char *names[WEIR_POLICY_CLASSES];
	int r;

	if (find_class(c->policy, name) >= 0)
		return 0;
	r = fail(c, "there is no class \"%s\"", name);
	for (size_t i = 0; i < c->policy->n_classes; i++)
		names[i] = c->policy->classes[i]->name;
	hint_names(c->err, name, names, c->policy->n_classes);
	return r;
}

static int check_detector_exists(struct check *c, const char *id)
{
	const char *ids[IDS_MAX];
	size_t n = 0;
	int r;

	if (wire_detector_number(c->policy, id) >= 0)
		return 0;
	r = fail(c, "there is no detector \"%s\"", id);
	for (size_t i = 0; i < c->policy->n_detectors; i++)
		ids[n++] = c->policy->detectors[i]->name;
	for (unsigned i = 0; i < WEIR_DETECTOR_COUNT; i++)
		ids[n++] = weir_detector_id(i);
	hint_names(c->err, id, ids, n);
	return r;
}

static int check_level(struct check *c, const char *level)
{
	static const char *const levels[] = {"C1", "C2", "C3"};
	int r;

	at(c, "level", -1);
	for (size_t i = 0; i < ARRAY_SIZE(levels); i++)
		if (strcmp(level, levels[i]) == 0)
			return 0;
	r = *level ? fail(c, "\"%s\" is no level", level) : fail(c, "\"level\" is missing");
	hint_names(c->err, "", levels, ARRAY_SIZE(levels));
	return r;
}

static int check_custom_id(struct check *c, const char *id)
{
	size_t len = strlen(id);
	int r;

	at(c, NULL, -1);
	if (len == 0 || len > WEIR_CUSTOM_ID_MAX || id[0] < 'a' || id[0] > 'z' ||
	    strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789_-") != len) {
		r = fail(c, "the name of this detector is not a valid name");
		weir_error_hint(
			c->err,
			"small letters, digits, \"_\" and \"-\", at most %d, a letter first",
			WEIR_CUSTOM_ID_MAX);
		return r;
	}
	if (weir_detector_number(id) >= 0) {
		r = fail(c, "\"%s\" is the name of a built-in detector", id);
		weir_error_hint(c->err, "give yours another name, such as my_%.24s", id);
		return r;
	}
	if (wire_detector_number(c->policy, id) - WEIR_DETECTOR_COUNT < (int)c->place.index)
		return fail(c, "detector \"%s\" is there twice", id);
	return 0;
}

static int check_words(struct check *c, const char *key, char *const *words, size_t n)
{
	at(c, key, -1);
	if (n > WEIR_CUSTOM_WORDS_MAX)
		return fail(c, "\"%s\" has more than %d words", key, WEIR_CUSTOM_WORDS_MAX);
	for (size_t i = 0; i < n; i++) {
		size_t len = strlen(words[i]);

		at(c, key, (int)i);
		if (len < 2 || len > WEIR_CUSTOM_WORD_MAX || weir_utf8_valid(words[i], len) != len)
			return fail(c, "a word has 2 to %d bytes of UTF-8", WEIR_CUSTOM_WORD_MAX);
		for (size_t j = 0; j < len; j++) {
			char b = words[i][j];

			if ((unsigned char)b < 0x20 || b == 0x7f)
				return fail(c, "a word has a control character");
			if (b >= 'A' && b <= 'Z')
				return fail(c, "words are kept in small letters");
		}
	}
	return 0;
}

static int check_utf8(struct check *c, const char *key, const char *text, size_t max, bool needed)
{
	size_t len = strlen(text);
	int r = check_text(c, key, text, max, needed);

	return r >= 0 && weir_utf8_valid(text, len) != len ? fail(c, "\"%s\" is not UTF-8", key)
							   : r;
}

int check_custom(struct check *c, const Weir__V1__PolicyDetector *detector)
{
	int r = check_custom_id(c, detector->name);

	if (r >= 0)
		r = check_utf8(c, "pattern", detector->pattern, WEIR_CUSTOM_PATTERN_MAX, true);
	if (r >= 0)
		r = check_utf8(c, "check", detector->check, WEIR_CUSTOM_ID_MAX, false);
	if (r >= 0)
		r = check_words(c, "words", detector->words, detector->n_words);
	if (r >= 0)
		r = check_words(c, "negative_words", detector->negative_words,
				detector->n_negative_words);
	if (r >= 0)
		r = check_level(c, detector->level);
	if (r >= 0)
		r = check_utf8(c, "name.zh", detector->name_zh, WEIR_CUSTOM_NAME_MAX, true);
	if (r >= 0)
		r = check_utf8(c, "name.en", detector->name_en, WEIR_CUSTOM_NAME_MAX, true);
	if (r < 0)
		return r;
	at(c, "confidence", -1);
	if (detector->confidence < 1 || detector->confidence > 100)
		return fail(c, "the confidence of a detector is between 1 and 100");
	return 0;
}

int check_class(struct check *c, const Weir__V1__PolicyClass *class)
{
	int r = check_name(c, NULL, class->name, "the name of this class");

	if (r < 0)
		return r;
	if (find_class(c->policy, class->name) < (int)c->place.index)
		return fail(c, "class \"%s\" is there twice", class->name);
	r = check_level(c, class->level);
	if (r < 0)
		return r;
	at(c, "detectors", -1);
	if (class->n_detectors == 0)
		return fail(c, "class \"%s\" has no detectors", class->name);
	for (size_t i = 0; i < class->n_detectors; i++) {
		at(c, "detectors", (int)i);
		r = check_detector_exists(c, class->detectors[i]);
		if (r < 0)
			return r;
		for (size_t j = 0; j < i; j++)
			if (strcmp(class->detectors[i], class->detectors[j]) == 0)
				return fail(c, "detector \"%s\" is there twice",
					    class->detectors[i]);
	}
	at(c, "min_confidence", -1);
	if (class->min_confidence > 100)
		return fail(c, "a confidence is between 0 and 100");
	return 0;
}

static int check_distinct(struct check *c, const Weir__V1__ContentCondition *content)
{
	uint64_t least = content->distinct +
			 (content->comparison == WEIR__V1__COMPARISON__COMPARISON_MORE_THAN);

	at(c, "content.distinct", -1);
	if (content->comparison != WEIR__V1__COMPARISON__COMPARISON_AT_LEAST &&
	    content->comparison != WEIR__V1__COMPARISON__COMPARISON_MORE_THAN)
		return fail(c, "comparison number %d is not known", (int)content->comparison);
	if (least < 1 || least > MAX_DISTINCT || content->distinct > MAX_DISTINCT)
		return fail(c, "the number of distinct values is between 1 and %d", MAX_DISTINCT);
	return 0;
}

uint64_t common_multiple(Weir__V1__ContentLimit *const *limits, size_t n)
{
	uint64_t ret = 1;

	for (size_t i = 0; i < n; i++) {
		uint64_t a = ret, b = limits[i]->limit;

		while (b) {
			uint64_t rest = a % b;

			a = b;
			b = rest;
		}
		if (ret / a > MAX_COMMON / limits[i]->limit)
			return 0;
		ret = ret / a * limits[i]->limit;
	}
	return ret;
}

/* An exact sum needs the limits to have a multiple in common that leaves room for adding. */
static int check_limits(struct check *c, const char *key, Weir__V1__ContentLimit *const *limits,
			size_t n, int (*exists)(struct check *, const char *))
{
	at(c, key, -1);
	if (n > MAX_LIMITS)
		return fail(c, "more than %d limits", MAX_LIMITS);
	for (size_t i = 0; i < n; i++) {
		int r = exists(c, limits[i]->name);

		if (r < 0)
			return r;
		if (limits[i]->limit < 1 || limits[i]->limit > MAX_DISTINCT)
			return fail(c, "the limit of \"%s\" is not between 1 and %d",
				    limits[i]->name, MAX_DISTINCT);
		for (size_t j = 0; j < i; j++)
			if (strcmp(limits[i]->name, limits[j]->name) == 0)
				return fail(c, "\"%s\" is there twice", limits[i]->name);
	}
	if (!common_multiple(limits, n)) {
		int r = fail(c, "these limits cannot be added up exactly");

		weir_error_hint(c->err, "take round numbers: 5, 25, 50, 250, 500, 2500, 5000");
		return r;
	}
	return 0;
}

int check_content(struct check *c, const Weir__V1__ContentCondition *content)
{
	int r = 0;

	at(c, "content", -1);
	if (!*content->class_name && !content->n_limits && !content->n_share && !content->customers)
		return fail(c, "\"content\" asks for nothing");
	at(c, "content.class", -1);
	if (*content->class_name)
		r = check_class_exists(c, content->class_name);
	if (r >= 0 && *content->class_name)
		r = check_distinct(c, content);
	if (r >= 0)
		r = check_limits(c, "content.limits", content->limits, content->n_limits,
				 check_detector_exists);
	if (r >= 0)
		r = check_limits(c, "content.share", content->share, content->n_share,
				 check_class_exists);
	if (r < 0)
		return r;
	at(c, "content.min_confidence", -1);
	if (content->limits_confidence > 100)
		return fail(c, "a confidence is between 0 and 100");
	at(c, "content.customers", -1);
	if (content->customers > MAX_DISTINCT)
		return fail(c, "the number of customers is between 1 and %d", MAX_DISTINCT);
	return 0;
}
