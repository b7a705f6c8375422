/* SPDX-License-Identifier: Apache-2.0 */
#include "words.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "output.h"

bool weirctl_in_chinese(void)
{
	static const char *const names[] = {"LC_ALL", "LC_MESSAGES", "LANG"};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		const char *value = getenv(names[i]);

		if (value && *value)
			return strncmp(value, "zh", 2) == 0;
	}
	return false;
}

const char *weirctl_pick(struct weirctl_words words)
{
	const char *text = weirctl_in_chinese() && words.zh ? words.zh : words.en;

	return text ? text : "";
}

void weirctl_say(const char *en, const char *zh, ...)
{
	char *text _cleanup_(freep) = NULL;
	va_list values;
	int n;

	va_start(values, zh);
	n = vasprintf(&text, weirctl_in_chinese() ? zh : en, values);
	va_end(values);
	fputs("weirctl: ", stderr);
	if (n >= 0)
		weirctl_print_clean(stderr, text);
	fputc('\n', stderr);
}
