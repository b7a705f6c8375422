/* SPDX-License-Identifier: Apache-2.0 */
/* Readers that are not written yet: the bytes alone are searched, and a gap says so. Each goes away
 * from here with its own file. */
#include "core.h"
#include "ooxml.h"

static int not_yet(struct weir_unpack *u, const struct weir_bytes *bytes)
{
	int r = weir_emit_raw(u, bytes, NULL);

	if (r == 0)
		weir_emit_gap(u, WEIR_SCAN_UNSCANNABLE, NULL, "not read yet");
	return r;
}

#define STUB(name)                                                                    \
	int weir_reader_##name(struct weir_unpack *u, const struct weir_bytes *bytes) \
	{                                                                             \
		return not_yet(u, bytes);                                             \
	}                                                                             \
	_Static_assert(1, "needs a semicolon")

STUB(xml);
STUB(pdf);
STUB(image);

int weir_reader_ooxml(struct weir_unpack *u, struct weir_zip *zip)
{
	return weir_zip_emit_rest(u, zip, NULL);
}

int weir_reader_odf(struct weir_unpack *u, struct weir_zip *zip)
{
	return weir_zip_emit_rest(u, zip, NULL);
}
