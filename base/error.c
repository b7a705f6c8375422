/* SPDX-License-Identifier: Apache-2.0 */
#include "weir/base/error.h"

#include <stdarg.h>
#include <stdio.h>

int weir_error_set(struct weir_error *err, int code, unsigned line, unsigned column,
		   const char *fmt, ...)
{
	if (err) {
		va_list args;

		err->code = code;
		err->line = line;
		err->column = column;
		err->hint[0] = '\0';
		va_start(args, fmt);
		(void)vsnprintf(err->text, sizeof(err->text), fmt, args);
		va_end(args);
	}
	return code;
}

void weir_error_hint(struct weir_error *err, const char *fmt, ...)
{
	va_list args;

	if (!err)
		return;
	va_start(args, fmt);
	(void)vsnprintf(err->hint, sizeof(err->hint), fmt, args);
	va_end(args);
}
