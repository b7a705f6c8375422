/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a custom detector: refused with a reason, or a row that is whole. Lines are the id, the
 * pattern, the check and a word. */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "weir/catalogue/catalogue.h"
#include "weir/findings/detectors.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int holds)
{
	if (!holds)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = calloc(1, size + 1), *rest = text, *fields[4] = {0};
	struct weir_catalogue *c = NULL;
	struct weir_error error = {0};
	const char *words[2] = {NULL, NULL};
	struct weir_custom one = {.base = 75};

	if (!text)
		return 0;
	memcpy(text, data, size);
	for (size_t i = 0; i < 4; i++)
		fields[i] = strsep(&rest, "\n");
	one.id = fields[0];
	one.pattern = fields[1];
	one.check = fields[2] && *fields[2] ? fields[2] : NULL;
	words[0] = fields[3];
	one.words = words;
	if (weir_catalogue_new(&one, 1, &c, &error) < 0) {
		require(!c && error.code < 0 && memchr(error.text, 0, sizeof(error.text)));
	} else {
		const struct weir_detector *d = weir_catalogue_at(c, WEIR_DETECTOR_COUNT);

		require(d && d->id && d->forms[0].anchor && d->forms[0].pattern && d->words &&
			d->negatives);
		require((d->forms[0].anchor == WEIR_ANCHOR_WORD) == (d->anchors != NULL));
		require(!d->anchors || (strlen(d->anchors[0]) >= 2 && strlen(d->anchors[0]) <= 32));
	}
	weir_catalogue_free(c);
	free(text);
	return 0;
}
