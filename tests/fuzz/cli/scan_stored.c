/* SPDX-License-Identifier: Apache-2.0 */
/* Remembered findings, as the database may give them: what is taken is in bounds and stays the same. */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "weir/cli/scan_stored.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct weir_findings f, again;
	char *text _cleanup_(freep) = NULL;

	if (weir_stored_read((const char *)data, size, &f) < 0)
		return 0;
	if (f.count > WEIR_FINDINGS_MAX || f.parts_count > WEIR_FINDINGS_PARTS ||
	    f.status >= _WEIR_SCAN_STATUS_MAX)
		abort();
	text = weir_stored_write(&f);
	if (!text)
		return 0;
	if (weir_stored_read(text, strlen(text), &again) < 0 || again.count != f.count)
		abort();
	return 0;
}
