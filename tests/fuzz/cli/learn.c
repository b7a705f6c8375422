/* SPDX-License-Identifier: Apache-2.0 */
/* A table of samples: the first byte chooses the column. What is learnt is a detector that the engine
 * takes, and its made-up values are what it says they are. */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "weir/cli/column.h"
#include "weir/cli/learn.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const columns[] = {NULL, "1", "2", "no"};
	struct weir_column column _cleanup_(weir_column_done) = {0};
	struct weir_learned learned;
	struct weir_error error = {0};

	if (size == 0 ||
	    weir_column_read((const char *)data + 1, size - 1, columns[data[0] % 4], &column) < 0)
		return 0;
	if (weir_learn((const char *const *)column.cells, column.n, &learned, &error) < 0)
		return 0;
	if (!learned.pattern[0] || learned.recall < 0 || learned.recall > 1)
		abort();
	for (size_t i = 0; i < WEIR_LEARN_MADE; i++)
		if ((learned.made[i][0] && !weir_learn_accepts(&learned.form, learned.made[i])) ||
		    (learned.unmade[i][0] && weir_learn_accepts(&learned.form, learned.unmade[i])))
			abort();
	return 0;
}
