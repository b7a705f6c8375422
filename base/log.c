/* SPDX-License-Identifier: Apache-2.0 */
#include "weir/base/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The variable is inherited also by those whose stderr was redirected, so it names the stream's
 * device and inode. */
static bool stderr_is_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	char here[48];
	struct stat st;

	if (!stream || fstat(STDERR_FILENO, &st) < 0)
		return false;
	(void)snprintf(here, sizeof(here), "%ju:%ju", (uintmax_t)st.st_dev, (uintmax_t)st.st_ino);
	return strcmp(stream, here) == 0;
}

struct weir_log weir_log_stderr(const char *ident)
{
	return (struct weir_log){.fd = STDERR_FILENO,
				 .level = WEIR_LOG_INFO,
				 .ident = ident,
				 .prefix = stderr_is_journal()};
}

/* A file name may hold anything: nothing in it may start a line of its own or drive a terminal. */
static void make_one_line(char *line, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)line[i] < 0x20 || line[i] == 0x7f)
			line[i] = '?';
}

int weir_log_line(const struct weir_log *log, enum weir_log_level level, int error, const char *fmt,
		  ...)
{
	int saved = errno;
	char line[1024];
	size_t len = 0;
	va_list args;
	int n;

	if (!log || log->fd < 0 || level > log->level)
		return error;
	if (log->prefix)
		len += (size_t)snprintf(line, sizeof(line), "<%d>", (int)level);
	len += (size_t)snprintf(line + len, sizeof(line) - len, "%.64s: ", log->ident);
	va_start(args, fmt);
	n = vsnprintf(line + len, sizeof(line) - len - 1, fmt, args);
	va_end(args);
	if (n > 0)
		len = WEIR_MIN(len + (size_t)n, sizeof(line) - 2);
	if (error < 0) {
		char text[128];

		n = snprintf(line + len, sizeof(line) - len - 1, ": %s",
			     strerror_r(-error, text, sizeof(text)));
		if (n > 0)
			len = WEIR_MIN(len + (size_t)n, sizeof(line) - 2);
	}
	make_one_line(line, len);
	line[len++] = '\n';
	/* One write, so that lines of several processes do not mix. A reader that is gone costs the
	 * line alone. */
	(void)!write(log->fd, line, len);
	errno = saved;
	return error;
}
