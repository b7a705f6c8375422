/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "check.h"
#include "engines.h"

struct pcre {
	pcre2_code *code[PATTERNS];
	pcre2_match_data *match;
};

static int compile(const struct pattern_text *text, pcre2_code **ret)
{
	char expression[2048];
	PCRE2_SIZE offset;
	int error;

	snprintf(expression, sizeof(expression), "%s%s%s%s%s%s%s",
		 text->not_before[0] ? "(?<![" : "", text->not_before,
		 text->not_before[0] ? "])" : "", text->core, text->not_behind[0] ? "(?![" : "",
		 text->not_behind, text->not_behind[0] ? "])" : "");
	*ret = pcre2_compile((PCRE2_SPTR)expression, PCRE2_ZERO_TERMINATED,
			     text->any_case ? PCRE2_CASELESS : 0, &error, &offset, NULL);
	if (!*ret)
		return -EINVAL;
	return pcre2_jit_compile(*ret, PCRE2_JIT_COMPLETE) < 0 ? -ENOTSUP : 0;
}

int pcre_new(struct pcre **ret)
{
	struct pcre *pcre _cleanup_(pcre_freep) = calloc(1, sizeof(*pcre));

	if (!pcre)
		return -ENOMEM;
	for (unsigned i = 0; i < PATTERNS; i++) {
		int r = compile(&pattern_texts[i], &pcre->code[i]);

		if (r < 0)
			return r;
	}
	pcre->match = pcre2_match_data_create(4, NULL);
	if (!pcre->match)
		return -ENOMEM;
	*ret = TAKE_PTR(pcre);
	return 0;
}

void pcre_free(struct pcre *pcre)
{
	if (!pcre)
		return;
	for (unsigned i = 0; i < PATTERNS; i++)
		pcre2_code_free(pcre->code[i]);
	pcre2_match_data_free(pcre->match);
	free(pcre);
}

void pcre_scan(struct pcre *pcre, const uint8_t *data, size_t len, struct hits *hits)
{
	*hits = (struct hits){0};
	for (unsigned i = 0; i < PATTERNS; i++)
		for (size_t at = 0; at < len;) {
			const PCRE2_SIZE *place;

			if (pcre2_jit_match(pcre->code[i], data, len, at, PCRE2_NO_UTF_CHECK,
					    pcre->match, NULL) < 0)
				break;
			place = pcre2_get_ovector_pointer(pcre->match);
			if (check(i, data + place[0], place[1] - place[0]))
				hit(hits, i, place[0], place[1]);
			at = place[1];
		}
}
