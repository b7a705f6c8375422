/* SPDX-License-Identifier: Apache-2.0 */
/* Detectors that a policy brings: checked, copied, given an anchor. */

#define PCRE2_CODE_UNIT_WIDTH 8
#include "custom.h"

#include <errno.h>
#include <pcre2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "catalogue.h"
#include "weir/base/utf8.h"
#include "weir/findings/findings.h"
#include "weir/validate/validate.h"

#define CUSTOM_RANK 100

static void code_free(pcre2_code **code)
{
	pcre2_code_free(*code);
}

/* Takes what malloc gave, also when it fails. */
static int own(struct weir_catalogue *c, void *memory)
{
	if (c->owned_count == c->owned_size) {
		size_t size = c->owned_size ? c->owned_size * 2 : 16;
		void **grown = reallocarray(c->owned, size, sizeof(*grown));

		if (!grown) {
			free(memory);
			return -ENOMEM;
		}
		c->owned = grown;
		c->owned_size = size;
	}
	c->owned[c->owned_count++] = memory;
	return 0;
}

static int copy(struct weir_catalogue *c, const char *text, const char **ret)
{
	char *copied = strdup(text);
	int r;

	if (!copied)
		return -ENOMEM;
	r = own(c, copied);
	if (r == 0)
		*ret = copied;
	return r;
}

static int refuse(struct weir_error *err, const struct weir_custom *custom, size_t column,
		  const char *reason, const char *hint)
{
	weir_error_set(err, -EINVAL, 0, (unsigned)column, "custom detector \"%.31s\": %s",
		       custom->id ? custom->id : "", reason);
	if (hint)
		weir_error_hint(err, "%s", hint);
	return -EINVAL;
}

static bool good_id(const char *id)
{
	size_t n = id ? strlen(id) : 0;

	if (n == 0 || n >= WEIR_DETECTOR_ID_MAX)
		return false;
	return strspn(id, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") == n;
}

static bool good_level(const char *level)
{
	return !level || strcmp(level, "C1") == 0 || strcmp(level, "C2") == 0 ||
	       strcmp(level, "C3") == 0 || strcmp(level, "-") == 0;
}

static int check_fields(const struct weir_catalogue *c, const struct weir_custom *custom,
			struct weir_error *err)
{
	if (!good_id(custom->id))
		return refuse(err, custom, 0, "bad id", "use 1 to 31 letters, digits, '_' or '-'");
	if (weir_catalogue_find(c, custom->id) >= 0)
		return refuse(err, custom, 0, "there is a detector of this id already",
			      "choose another id");
	if (custom->base < 1 || custom->base > 100)
		return refuse(err, custom, 0, "confidence out of range", "use 1 to 100");
	if (!good_level(custom->level))
		return refuse(err, custom, 0, "unknown level", "use C1, C2, C3 or -");
	if (custom->check && !weir_check_find(custom->check))
		return refuse(err, custom, 0, "there is no check of this name",
			      "one of the built-in detectors' ids, luhn, mod11_2, mod11_10, mod31, "
			      "mod97, verhoeff");
	if (!custom->pattern || !*custom->pattern)
		return refuse(err, custom, 0, "no pattern", NULL);
	if (strlen(custom->pattern) > WEIR_CUSTOM_PATTERN_MAX)
		return refuse(err, custom, 0, "the pattern is longer than 1024 bytes",
			      "split it into several detectors");
	return 0;
}

/* Patterns see bytes: a hanzi in a class would be three unrelated ones, and a quantifier behind a
 * hanzi would repeat its last byte. Returns where such a thing stands, or NULL. */
static const char *character_as_bytes(const char *pattern, bool *ret_class)
{
	bool in_class = false, quoted = false;

	for (const char *p = pattern; *p; p++) {
		if (quoted) {
			quoted = strncmp(p, "\\E", 2) != 0;
			continue;
		}
		if (*p == '\\' && p[1]) {
			quoted = p[1] == 'Q';
			p++;
			continue;
		}
		if ((unsigned char)*p >= 0x80 && in_class) {
			*ret_class = true;
			return p;
		}
		if (in_class) {
			in_class = *p != ']';
		} else if (*p == '[') {
			in_class = true;
			if (p[1] == '^')
				p++;
			if (p[1] == ']')
				p++;
		} else if ((unsigned char)*p >= 0x80 && p[1] && strchr("?*+{", p[1])) {
			*ret_class = false;
			return p;
		}
	}
	return NULL;
}

static size_t column_of(const char *pattern, size_t offset)
{
	offset = WEIR_MIN(offset, strlen(pattern));
	while (offset > 0 && ((unsigned char)pattern[offset] & 0xc0) == 0x80)
		offset--;
	return weir_utf8_count(pattern, offset) + 1;
}

static pcre2_code *compile(const char *pattern, int *ret_error, size_t *ret_offset)
{
	PCRE2_SIZE offset = 0;
	pcre2_code *code =
		pcre2_compile((PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED,
			      PCRE2_NEVER_UTF | PCRE2_NEVER_UCP | PCRE2_NEVER_BACKSLASH_C,
			      ret_error, &offset, NULL);

	*ret_offset = offset;
	return code;
}

static int refuse_pattern(struct weir_error *err, const struct weir_custom *custom, int code,
			  size_t offset)
{
	unsigned char reason[128] = "";

	if (code == PCRE2_ERROR_HEAP_FAILED)
		return -ENOMEM;
	pcre2_get_error_message(code, reason, sizeof(reason));
	return refuse(err, custom, column_of(custom->pattern, offset), (const char *)reason,
		      "PCRE2 syntax over bytes, without UTF mode");
}

/* How many groups it has. */
static int check_pattern(const struct weir_custom *custom, struct weir_error *err,
			 uint32_t *ret_groups)
{
	pcre2_code *code _cleanup_(code_free) = NULL;
	bool in_class = false;
	const char *place;
	uint32_t empty = 0;
	size_t offset;
	int error;

	if (weir_utf8_valid(custom->pattern, strlen(custom->pattern)) != strlen(custom->pattern))
		return refuse(err, custom, 0, "the pattern is not UTF-8", NULL);
	if (strncmp(custom->pattern, "(*", 2) == 0)
		return refuse(err, custom, 1, "a pattern may not begin with an option verb",
			      "leave (*...) out; (?i) is allowed");
	place = character_as_bytes(custom->pattern, &in_class);
	if (place)
		return refuse(err, custom,
			      column_of(custom->pattern, (size_t)(place - custom->pattern)),
			      in_class ? "a character beyond ASCII in [...]"
				       : "a quantifier behind a character beyond ASCII",
			      "write the characters as a group: (?:a|b) instead of [ab], (?:a)? "
			      "instead of a?");
	code = compile(custom->pattern, &error, &offset);
	if (!code)
		return refuse_pattern(err, custom, error, offset);
	(void)pcre2_pattern_info(code, PCRE2_INFO_CAPTURECOUNT, ret_groups);
	(void)pcre2_pattern_info(code, PCRE2_INFO_MATCHEMPTY, &empty);
	if (empty)
		return refuse(err, custom, 1, "the pattern also matches nothing at all",
			      "at least one part must not be optional");
	return 0;
}

/* Group 1 has to be the value. Without any group the whole pattern becomes one. */
static int wrap(struct weir_catalogue *c, const struct weir_custom *custom, uint32_t groups,
		struct weir_error *err, const char **ret)
{
	char wrapped[WEIR_CUSTOM_PATTERN_MAX + 3];
	pcre2_code *code _cleanup_(code_free) = NULL;
	size_t offset;
	int error;

	if (groups > 0)
		return copy(c, custom->pattern, ret);
	snprintf(wrapped, sizeof(wrapped), "(%s)", custom->pattern);
	code = compile(wrapped, &error, &offset);
	if (!code)
		return refuse(err, custom, 0, "the pattern does not stand in a group",
			      "end it without a comment");
	return copy(c, wrapped, ret);
}

/* Words in lower case, without what is too short or too long to be found. */
static int copy_words(struct weir_catalogue *c, const struct weir_custom *custom,
		      const char *const *words, struct weir_error *err, const char *const **ret)
{
	const char **copied;
	size_t n = 0;
	int r;

	if (!words)
		return 0;
	while (n <= WEIR_CUSTOM_WORDS_MAX && words[n])
		n++;
	if (n > WEIR_CUSTOM_WORDS_MAX)
		return refuse(err, custom, 0, "more than 64 words", NULL);
	copied = calloc(n + 1, sizeof(*copied));
	if (!copied)
		return -ENOMEM;
	r = own(c, copied);
	for (size_t i = 0; r == 0 && i < n; i++) {
		char lower[WEIR_CUSTOM_WORD_MAX + 1];
		size_t len = strlen(words[i]);

		if (len < 2 || len > WEIR_CUSTOM_WORD_MAX || weir_utf8_valid(words[i], len) != len)
			return refuse(err, custom, 0, "a word has to be UTF-8 of 2 to 32 bytes",
				      NULL);
		for (size_t k = 0; k <= len; k++)
			lower[k] = (char)(words[i][k] >= 'A' && words[i][k] <= 'Z'
						  ? words[i][k] - 'A' + 'a'
						  : words[i][k]);
		r = copy(c, lower, &copied[i]);
	}
	if (r == 0)
		*ret = copied;
	return r;
}

/* True when group 1 opens at the very start, or will. */
static bool first_is_value(const char *pattern, uint32_t groups)
{
	if (groups == 0)
		return true;
	return pattern[0] == '(' && pattern[1] != '?' && pattern[1] != '*';
}

static int add_forms(struct weir_catalogue *c, const struct weir_custom *custom,
		     struct weir_detector *row, struct weir_error *err)
{
	char word[WEIR_CUSTOM_WORD_MAX + 1];
	const char *pattern, **anchors;
	uint32_t groups = 0;
	size_t n;
	int r;

	r = check_pattern(custom, err, &groups);
	if (r < 0)
		return r;
	r = wrap(c, custom, groups, err, &pattern);
	if (r < 0)
		return r;
	n = weir_anchor_derive(custom->pattern, first_is_value(custom->pattern, groups), row->forms,
			       word);
	for (size_t i = 0; i < n; i++)
		row->forms[i].pattern = pattern;
	if (row->forms[0].anchor != WEIR_ANCHOR_WORD)
		return 0;
	anchors = calloc(2, sizeof(*anchors));
	if (!anchors)
		return -ENOMEM;
	r = own(c, anchors);
	if (r < 0)
		return r;
	row->anchors = anchors;
	return copy(c, word, &anchors[0]);
}

static struct weir_labels labels(const char *level)
{
	if (strcmp(level, "C3") == 0)
		return (struct weir_labels){level, 4, "sensitive", NULL, true};
	if (strcmp(level, "C2") == 0)
		return (struct weir_labels){level, 3, "sensitive", NULL, false};
	return (struct weir_labels){level, 2, "general", NULL, false};
}

static const char *known_level(const char *level)
{
	static const char *const levels[] = {"C3", "C2", "C1"};

	for (size_t i = 0; level && i < ARRAY_SIZE(levels); i++)
		if (strcmp(levels[i], level) == 0)
			return levels[i];
	return "-";
}

int weir_catalogue_add(struct weir_catalogue *c, const struct weir_custom *custom,
		       struct weir_error *err)
{
	static const char *const none[] = {NULL};
	struct weir_detector row = {
		.words = none,
		.negatives = none,
		.confidence = {.accepted = custom->base,
			       .near_word = 20,
			       .far_word = 10,
			       .negative = 30,
			       .placeholder = 30,
			       .column = 10},
		.mask = {.head = 1, .tail = 1},
		.labels = labels(known_level(custom->level)),
		.normal = custom->check ? WEIR_NORMAL_CODE : WEIR_NORMAL_TEXT,
		.rank = (uint8_t)(CUSTOM_RANK + c->count),
	};
	int r = check_fields(c, custom, err);

	if (r == 0)
		r = add_forms(c, custom, &row, err);
	if (r == 0)
		r = copy(c, custom->id, &row.id);
	if (r == 0)
		r = copy(c, custom->name_zh ? custom->name_zh : custom->id, &row.name_zh);
	if (r == 0)
		r = copy(c, custom->name_en ? custom->name_en : custom->id, &row.name_en);
	if (r == 0 && custom->check)
		r = copy(c, custom->check, &row.check);
	if (r == 0)
		r = copy_words(c, custom, custom->words, err, &row.words);
	if (r == 0)
		r = copy_words(c, custom, custom->negatives, err, &row.negatives);
	if (r == 0)
		c->custom[c->count++] = row;
	return r;
}
