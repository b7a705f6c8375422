/* SPDX-License-Identifier: Apache-2.0 */
/* Any text as a line of terms: what is taken stays within its bounds, what is refused says why. */

#include <stdlib.h>
#include <string.h>

#include "weir/base/utf8.h"
#include "weir/console_triage/filter.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_texts(const struct weir_alert_filter *filter)
{
	for (size_t i = 0; i < _WEIR_FILTER_TEXT_MAX; i++) {
		for (size_t negated = 0; negated < 2; negated++) {
			const char *text = filter->texts[i][negated];
			size_t len = strnlen(text, WEIR_FILTER_TEXT_MAX);

			if (len == WEIR_FILTER_TEXT_MAX || weir_utf8_valid(text, len) != len)
				abort();
		}
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct weir_alert_filter filter;
	struct weir_error err = {};
	char *text = strndup((const char *)data, size);

	if (!text)
		abort();
	weir_alert_filter_init(&filter);
	if (weir_alert_filter_add_line(&filter, text, UINT64_C(1795000000000000000), &err) < 0 &&
	    (!err.text[0] || !err.hint[0]))
		abort();
	check_texts(&filter);
	free(text);
	return 0;
}
