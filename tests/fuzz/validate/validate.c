/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes to every check: no read outside them, the same answer twice, one of the three answers. */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "weir/validate/validate.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *value = malloc(size + 1);

	if (!value)
		return 0;
	memcpy(value, data, size);
	/* a copy of just this size, for the sanitizer; not terminated */
	value = realloc(value, size ? size : 1);
	for (size_t i = 0; value && weir_check_name(i); i++) {
		weir_check_fn fn = weir_check_find(weir_check_name(i));
		enum weir_check check;

		if (!fn)
			abort();
		check = fn(value, size, 20251124);
		if (check > WEIR_CHECK_STRONG || check != fn(value, size, 20251124))
			abort();
		/* nobody is born later when it is earlier */
		if (strncmp(weir_check_name(i), "cn_resident", 11) == 0 &&
		    check == WEIR_CHECK_REFUSED && fn(value, size, 19500101) != WEIR_CHECK_REFUSED)
			abort();
	}
	if (value)
		(void)weir_check_placeholder(value, size);
	free(value);
	return 0;
}
