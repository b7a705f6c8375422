/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIRCTL_WORDS_H
#define WEIRCTL_WORDS_H

/* What people read, in English and in Chinese. The language is the locale's for messages: the first
 * of $LC_ALL, $LC_MESSAGES and $LANG that is set; Chinese when it begins with "zh". What scripts
 * read (field names, values, exit statuses) is the same in every language. */

#include <stdbool.h>

#include "weir/base/macros.h"

struct weirctl_words {
	const char *en, *zh; /* static */
};

bool weirctl_in_chinese(void);

/* The one of the two that is to be read; "" for words that were left out. */
const char *weirctl_pick(struct weirctl_words words);

/* "weirctl: ...", a line on stderr. What the values put into it is cleaned like all output, so that
 * a server's or a file's text may be among them. */
void weirctl_say(const char *en, const char *zh, ...) _printf_(1, 3) _printf_(2, 3);

#endif
