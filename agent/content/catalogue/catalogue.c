/* SPDX-License-Identifier: Apache-2.0 */
/* The table of detectors: the built-in rows in the order of their numbers, custom ones behind. */

#include "weir/catalogue/catalogue.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "catalogue.h"
#include "rows.h"
#include "weir/findings/detectors.h"
#include "weir/findings/findings.h"

static const struct weir_detector *const builtin_rows[] = {
#define WEIR_ROW(name) &weir_row_##name,
	WEIR_CATALOGUE_ROWS(WEIR_ROW)
#undef WEIR_ROW
};

_Static_assert(ARRAY_SIZE(builtin_rows) == WEIR_DETECTOR_COUNT, "a row for each id");

static const struct weir_catalogue builtin;

const struct weir_catalogue *weir_catalogue_builtin(void)
{
	return &builtin;
}

size_t weir_catalogue_count(const struct weir_catalogue *catalogue)
{
	return ARRAY_SIZE(builtin_rows) + catalogue->count;
}

const struct weir_detector *weir_catalogue_at(const struct weir_catalogue *catalogue, size_t number)
{
	if (number < ARRAY_SIZE(builtin_rows))
		return builtin_rows[number];
	number -= ARRAY_SIZE(builtin_rows);
	return number < catalogue->count ? &catalogue->custom[number] : NULL;
}

int weir_catalogue_find(const struct weir_catalogue *catalogue, const char *id)
{
	for (size_t i = 0; i < weir_catalogue_count(catalogue); i++)
		if (strcmp(weir_catalogue_at(catalogue, i)->id, id) == 0)
			return (int)i;
	return -ENOENT;
}

int weir_catalogue_new(const struct weir_custom *custom, size_t n, struct weir_catalogue **ret,
		       struct weir_error *ret_error)
{
	struct weir_catalogue *c _cleanup_(weir_catalogue_freep) = NULL;
	int r;

	if (n > WEIR_FINDINGS_DETECTORS - WEIR_DETECTOR_COUNT)
		return weir_error_set(ret_error, -E2BIG, 0, 0,
				      "%zu custom detectors, but at most %d fit", n,
				      WEIR_FINDINGS_DETECTORS - WEIR_DETECTOR_COUNT);
	c = calloc(1, sizeof(*c));
	if (!c)
		return -ENOMEM;
	c->custom = calloc(n + 1, sizeof(*c->custom));
	if (!c->custom)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		r = weir_catalogue_add(c, &custom[i], ret_error);
		if (r < 0)
			return r;
	}
	*ret = TAKE_PTR(c);
	return 0;
}

void weir_catalogue_free(struct weir_catalogue *catalogue)
{
	if (!catalogue)
		return;
	for (size_t i = 0; i < catalogue->owned_count; i++)
		free(catalogue->owned[i]);
	free(catalogue->owned);
	free(catalogue->custom);
	free(catalogue);
}
