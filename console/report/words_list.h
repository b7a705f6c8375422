/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CONSOLE_REPORT_WORDS_LIST_H
#define WEIR_CONSOLE_REPORT_WORDS_LIST_H

#include <stddef.h>

struct report_words {
	const char *name, *en, *zh;
};

/* Of the drafts of notices: what they are called, what they say, and kinds of data. */
extern const struct report_words report_draft_words[];
extern const size_t report_draft_words_n;

#endif
