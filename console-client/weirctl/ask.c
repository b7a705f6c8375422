/* SPDX-License-Identifier: Apache-2.0 */
/* What is asked of the person at the terminal. */

#include <errno.h>
#include <termios.h>
#include <unistd.h>

#include "context.h"
#include "weir/base/fd.h"

/* A line from fd, its line feed taken off; byte by byte, so that what follows it is left to others. */
static int read_line(int fd, struct weir_buf *line)
{
	char c = '\0';
	int r = 0;

	while (r == 0) {
		ssize_t n = weir_read_full(fd, &c, 1);

		if (n < 0)
			return (int)n;
		if (n == 0 || c == '\n')
			break;
		r = weir_buf_append(line, &c, 1);
	}
	return r;
}

bool weirctl_confirm(const struct weirctl_context *context, struct weirctl_words question)
{
	struct weir_buf line _cleanup_(weir_buf_done) = WEIR_BUF_INIT(64);

	if (context->yes || context->dry_run)
		return true;
	if (context->no_input || !isatty(STDIN_FILENO) || !isatty(STDERR_FILENO)) {
		weirctl_say("%s This needs --yes where nobody can be asked.",
			    "%s 无法提问时需要 --yes。", weirctl_pick(question));
		return false;
	}
	weirctl_print_clean(stderr, weirctl_pick(question));
	fputs(" [y/N] ", stderr);
	return read_line(STDIN_FILENO, &line) == 0 && line.len == 1 &&
	       (line.data[0] == 'y' || line.data[0] == 'Y');
}

static int read_hidden(struct weirctl_words prompt, struct weir_buf *ret)
{
	struct termios old, hidden;
	int r;

	if (tcgetattr(STDIN_FILENO, &old) < 0)
		return -errno;
	hidden = old;
	hidden.c_lflag &= ~(tcflag_t)ECHO;
	if (tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden) < 0)
		return -errno;
	fputs(weirctl_pick(prompt), stderr);
	r = read_line(STDIN_FILENO, ret);
	(void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &old);
	fputc('\n', stderr);
	return r;
}

int weirctl_read_secret(const struct weirctl_context *context, struct weirctl_words prompt,
			struct weir_buf *ret)
{
	int r;

	if (!isatty(STDIN_FILENO))
		r = read_line(STDIN_FILENO, ret);
	else if (context->no_input)
		r = -EAGAIN;
	else
		r = read_hidden(prompt, ret);
	if (r == 0 && ret->len)
		return WEIRCTL_OK;
	weirctl_say("nothing was entered (%s)", "没有输入内容(%s)", weirctl_pick(prompt));
	return WEIRCTL_USAGE;
}
