/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as HTML and as XML: the text is never much longer than they are, and the same however they are
 * cut. The first byte chooses. */

#include <stdlib.h>
#include <string.h>

#include "take.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const leads[] = {"<html>", "<?xml version=\"1.0\"?>",
					    "<?xml version=\"1.0\"?><w:document>",
					    "<?xml version=\"1.0\"?><office:document>"};
	const char *lead = leads[size ? data[0] & 3 : 0];
	size_t at = strlen(lead), repeat = size && data[0] & 4 ? 600 : 1;
	struct take whole, cut;
	uint8_t *document;

	if (size > 0) {
		data++;
		size--;
	}
	if (size > 4096)
		repeat = 1;
	document = malloc(at + size * repeat + 1);
	if (!document)
		return 0;
	memcpy(document, lead, at);
	/* over and over, so that a token meets the end of what is held in memory */
	for (size_t i = 0; i < repeat; i++, at += size)
		memcpy(document + at, data, size);
	take_all(&whole, document, at, 0);
	take_all(&cut, document, at, at > 4096 ? 4093 : 3);
	if (whole.hash != cut.hash || whole.gaps != cut.gaps || whole.bytes > 16 * at + 4096)
		abort();
	free(document);
	return 0;
}
