/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TEST_REVIEWERS_H
#define TEST_REVIEWERS_H

/* Reviewers with a key of their own, and policies that name them. Needs cmocka.h before it. */

#include <stdio.h>
#include <string.h>

#include "weir/evidence/sealed.h"

/* Its file is made as dir/name; pem is its certificate, to be ended with weir_buf_done(). */
static inline struct weir_reviewer *reviewer_new(const char *dir, const char *name,
						 struct weir_buf *pem)
{
	struct weir_reviewer *reviewer = NULL;
	char path[256];

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	assert_int_equal(weir_reviewer_make(path, name, &reviewer), 0);
	*pem = WEIR_BUF_INIT(WEIR_REVIEWER_PEM_MAX);
	assert_int_equal(weir_reviewer_certificate(reviewer, pem), 0);
	return reviewer;
}

/* Appends it to a policy as a list's element of so many blanks. */
static inline void reviewer_list(struct weir_buf *yaml, const char *pem, int blanks)
{
	assert_int_equal(weir_buf_printf(yaml, "%*s- |\n", blanks, ""), 0);
	for (const char *at = pem; *at;) {
		const int len = (int)strcspn(at, "\n");

		assert_int_equal(weir_buf_printf(yaml, "%*s%.*s\n", blanks + 2, "", len, at), 0);
		at += len + (at[len] == '\n');
	}
}

#endif
