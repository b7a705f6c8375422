/* SPDX-License-Identifier: Apache-2.0 */
#include <stdint.h>
#include <stdlib.h>

#include "weir/daemon/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct weir_config *config = NULL;
	struct weir_error error = {0};

	if (weir_config_new(&config) < 0)
		return 0;
	/* Every refusal says why. */
	if (weir_config_load(config, (const char *)data, size, &error) < 0 &&
	    (error.code == 0 || !error.text[0]))
		abort();
	weir_config_free(config);
	return 0;
}
