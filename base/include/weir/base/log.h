/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_BASE_LOG_H
#define WEIR_BASE_LOG_H

/* Lines for the operator. Libraries return errors and do not log; the layer that knows the context
 * logs once. A log is a value that main() owns and passes down; several threads may use one.
 * Nothing on a decision path logs. Matched content is never logged: rule ids, offsets, counts and
 * keyed hashes are. */

#include <stdbool.h>
#include <stdint.h>

#include "weir/base/macros.h"

/* The numbers of syslog, which journald understands as a "<n>" prefix. */
enum weir_log_level {
	WEIR_LOG_ERROR = 3,
	WEIR_LOG_WARNING = 4,
	WEIR_LOG_INFO = 6,
	WEIR_LOG_DEBUG = 7,
};

struct weir_log {
	int fd;			   /* borrowed; usually 2; -1 drops everything */
	enum weir_log_level level; /* lines above it are dropped */
	const char *ident;	   /* program name, static */
	bool prefix;		   /* "<n>" for journald */
};

/* What main() starts from: stderr, info, prefix when the journal is the reader. */
struct weir_log weir_log_stderr(const char *ident);

/* Writes one line of at most 1,023 bytes; control characters in it become '?'. Returns error (0 or
 * negative errno) unchanged, and appends its text when negative, so that "return
 * weir_log_error(log, r, "cannot open %s", path)" logs and returns. log may be NULL. errno is kept.
 */
int weir_log_line(const struct weir_log *log, enum weir_log_level level, int error, const char *fmt,
		  ...) _printf_(4, 5);

#define weir_log_error(log, error, ...)	  weir_log_line(log, WEIR_LOG_ERROR, error, __VA_ARGS__)
#define weir_log_warning(log, error, ...) weir_log_line(log, WEIR_LOG_WARNING, error, __VA_ARGS__)
#define weir_log_info(log, ...)		  ((void)weir_log_line(log, WEIR_LOG_INFO, 0, __VA_ARGS__))
#define weir_log_debug(log, ...)	  ((void)weir_log_line(log, WEIR_LOG_DEBUG, 0, __VA_ARGS__))

#endif
