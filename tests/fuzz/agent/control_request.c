/* SPDX-License-Identifier: Apache-2.0 */
/* What anybody sends to the control socket: a reason that is taken is one that may be shown. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "weir/base/utf8.h"
#include "weir/daemon/refusals.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int holds)
{
	if (!holds)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct weir_justify_arguments arguments;
	json_t *root;
	size_t len;

	if (size > WEIR_CONTROL_REQUEST_MAX)
		return 0;
	root = json_loadb((const char *)data, size, JSON_REJECT_DUPLICATES, NULL);
	if (weir_justify_parse(root, &arguments) == 0) {
		len = strlen(arguments.reason);
		require(arguments.event > 0);
		require(len < WEIR_JUSTIFICATION_BYTES);
		require(weir_utf8_count(arguments.reason, len) <= WEIR_JUSTIFICATION_MAX);
		for (size_t i = 0; i < len; i++)
			require((unsigned char)arguments.reason[i] >= 0x20 &&
				arguments.reason[i] != 0x7f);
	}
	json_decref(root);
	return 0;
}
