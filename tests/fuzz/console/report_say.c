/* SPDX-License-Identifier: Apache-2.0 */
/* Any JSON as the cell of a report, in both languages, as weir-report-pdf may be given it: it ends, within its bound, and is well-formed
 * text. The first byte chooses the column. */

#include <stdlib.h>
#include <string.h>

#include "weir/base/utf8.h"
#include "weir/console_report/say.h"

#define BYTES_MAX (64 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void say(const char *column, const json_t *value, bool chinese)
{
	struct weir_buf text _cleanup_(weir_buf_done) = WEIR_BUF_INIT(BYTES_MAX);

	if (weir_report_say(column, value, chinese, &text) == 0 && text.len &&
	    weir_utf8_valid(text.data, text.len) != text.len)
		abort();
	if (text.len > BYTES_MAX)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const columns[] = {"paragraph", "level", "content", "item"};
	json_t *value;

	if (size == 0)
		return 0;
	value = json_loadb((const char *)data + 1, size - 1,
			   JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, NULL);
	if (value) {
		say(columns[data[0] % 4], value, true);
		say(columns[data[0] % 4], value, false);
		json_decref(value);
	}
	return 0;
}
