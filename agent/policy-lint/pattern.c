/* SPDX-License-Identifier: Apache-2.0 */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "pattern.h"

#include <errno.h>
#include <pcre2.h>
#include <stdlib.h>
#include <string.h>

#include "weir/base/time.h"

#define MATCH_LIMIT    2000000 /* of one search, as in the engine */
#define DEPTH_LIMIT    1000
#define HEAP_LIMIT_KIB 1024
#define VALUE_MAX      1024
#define PROBE_BYTES    4096
#define PROBE_LIMIT    400000 /* about a hundred steps for each byte */

struct pattern {
	pcre2_code *code;
	pcre2_match_data *data;
	pcre2_match_context *context;
	uint32_t today;
};

int pattern_new(const char *text, struct pattern **ret)
{
	struct pattern *p _cleanup_(pattern_freep) = calloc(1, sizeof(*p));
	PCRE2_SIZE at = 0;
	int code = 0;

	if (!p)
		return -ENOMEM;
	p->code = pcre2_compile((PCRE2_SPTR)text, PCRE2_ZERO_TERMINATED,
				PCRE2_NEVER_UTF | PCRE2_NEVER_UCP | PCRE2_NEVER_BACKSLASH_C, &code,
				&at, NULL);
	if (!p->code)
		return code == PCRE2_ERROR_HEAP_FAILED ? -ENOMEM : -EINVAL;
	p->data = pcre2_match_data_create(2, NULL);
	p->context = pcre2_match_context_create(NULL);
	if (!p->data || !p->context)
		return -ENOMEM;
	pcre2_set_depth_limit(p->context, DEPTH_LIMIT);
	pcre2_set_heap_limit(p->context, HEAP_LIMIT_KIB);
	p->today = weir_check_today(weir_now_realtime());
	*ret = TAKE_PTR(p);
	return 0;
}

void pattern_free(struct pattern *p)
{
	if (!p)
		return;
	pcre2_code_free(p->code);
	pcre2_match_data_free(p->data);
	pcre2_match_context_free(p->context);
	free(p);
}

/* Letters and digits in capitals: the form in which checks take a value. */
static bool accepted(const struct pattern *p, const char *text, size_t len, weir_check_fn check)
{
	char value[VALUE_MAX];
	size_t n = 0;

	for (size_t i = 0; i < len && n < sizeof(value); i++) {
		char c = text[i];

		if (c >= 'a' && c <= 'z')
			c = (char)(c - 'a' + 'A');
		if ((c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'))
			value[n++] = c;
	}
	return !check || check(value, n, p->today) != WEIR_CHECK_REFUSED;
}

static int match(const struct pattern *p, const char *text, size_t len, size_t from, uint32_t limit)
{
	pcre2_set_match_limit(p->context, limit);
	return pcre2_match(p->code, (PCRE2_SPTR)text, len, from, 0, p->data, p->context);
}

enum outcome pattern_search(const struct pattern *p, const char *text, size_t len,
			    weir_check_fn check)
{
	const PCRE2_SIZE *at = pcre2_get_ovector_pointer(p->data);
	enum outcome ret = OUTCOME_NONE;

	for (size_t from = 0; from <= len;) {
		int r = match(p, text, len, from, MATCH_LIMIT);
		/* more groups than there is room for: the first one is there all the same */
		size_t group = (r == 0 || r > 1) && at[2] != PCRE2_UNSET ? 2 : 0;

		if (r == PCRE2_ERROR_NOMATCH)
			return ret;
		if (r < 0)
			return OUTCOME_LIMIT;
		if (at[group + 1] > at[group] &&
		    accepted(p, text + at[group], at[group + 1] - at[group], check))
			return OUTCOME_FOUND;
		ret = OUTCOME_REFUSED;
		from = WEIR_MAX(at[0] + 1, from + 1);
	}
	return ret;
}

const char *pattern_slow_on(const struct pattern *p)
{
	static const struct {
		const char *name, *unit;
	} kinds[] = {
		{"digits", "1"},
		{"letters", "a"},
		{"capital letters", "A"},
		{"spaces", " "},
		{"letters and digits", "A1"},
		{"groups of digits", "11-"},
		{"hanzi", "\xe5\x8f\xb7"},
	};
	char text[PROBE_BYTES];

	for (size_t k = 0; k < ARRAY_SIZE(kinds); k++) {
		size_t unit = strlen(kinds[k].unit);
		int r;

		for (size_t i = 0; i < sizeof(text); i++)
			text[i] = kinds[k].unit[i % unit];
		r = match(p, text, sizeof(text), 0, PROBE_LIMIT);
		if (r < 0 && r != PCRE2_ERROR_NOMATCH)
			return kinds[k].name;
	}
	return NULL;
}
