/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CATALOGUE_INNER_H
#define WEIR_CATALOGUE_INNER_H

#include <stddef.h>

#include "weir/catalogue/catalogue.h"

struct weir_catalogue {
	struct weir_detector *custom; /* owned; room for all that are added */
	size_t count;
	void **owned; /* what the custom rows point to */
	size_t owned_count, owned_size;
};

/* Checks and copies one custom detector into the next row. 0, -ENOMEM, or -EINVAL with the reason. */
int weir_catalogue_add(struct weir_catalogue *catalogue, const struct weir_custom *custom,
		       struct weir_error *err) _must_use_;

#endif
