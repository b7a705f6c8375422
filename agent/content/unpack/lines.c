/* SPDX-License-Identifier: Apache-2.0 */
#include "lines.h"

#include <string.h>

static bool digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

/* "From somebody Sat Nov 21 10:02:11 2026": by the time of day, since a text may begin so too. */
bool weir_lines_from(const uint8_t *data, size_t len)
{
	if (len < 16 || memcmp(data, "From ", 5) != 0)
		return false;
	for (size_t i = 5; i + 5 <= len; i++)
		if (digit(data[i]) && digit(data[i + 1]) && data[i + 2] == ':' &&
		    digit(data[i + 3]) && digit(data[i + 4]))
			return true;
	return false;
}

static bool is_boundary(struct weir_lines *l, const uint8_t *data, size_t len)
{
	if (len < 3 || data[0] != '-' || data[1] != '-')
		return false;
	while (data[len - 1] == ' ' || data[len - 1] == '\t')
		len--;
	for (unsigned i = l->levels; i-- > 0;) {
		size_t n = l->boundaries[i].len;
		bool last;

		if (len < n + 2 || memcmp(data + 2, l->boundaries[i].text, n) != 0)
			continue;
		last = len == n + 4 && data[n + 2] == '-' && data[n + 3] == '-';
		if (!last && len != n + 2)
			continue;
		l->stop = WEIR_LINES_BOUNDARY;
		l->stop_level = i;
		l->stop_last = last;
		return true;
	}
	return false;
}

/* The end of the piece at data, of n bytes, of which more may follow. */
static void cut(struct weir_line *line, const uint8_t *data, size_t n, bool more)
{
	const uint8_t *end = memchr(data, '\n', n);

	line->data = data;
	line->end = 0;
	line->len = n;
	if (end) {
		line->len = (size_t)(end - data);
		line->end = 1;
		if (line->len > 0 && data[line->len - 1] == '\r') {
			line->len--;
			line->end = 2;
		}
	} else if (more && n > 1 && data[n - 1] == '\r') {
		line->len--;
	}
}

int weir_lines_next(struct weir_lines *l, struct weir_line *ret)
{
	const uint8_t *data = NULL;
	ssize_t n;

	if (l->stop != WEIR_LINES_GO)
		return 0;
	n = weir_window_get(l->window, l->at, WEIR_LINE, &data);
	if (n < 0)
		return (int)n;
	if (n == 0) {
		l->stop = WEIR_LINES_END;
		return 0;
	}
	cut(ret, data, (size_t)n, n == WEIR_LINE);
	ret->start = !l->inside;
	if (ret->start) {
		if (l->mbox && l->blank && weir_lines_from(ret->data, ret->len)) {
			l->stop = WEIR_LINES_FROM;
			return 0;
		}
		if (is_boundary(l, ret->data, ret->len)) {
			l->at += ret->len + ret->end;
			l->blank = false;
			return 0;
		}
	}
	l->at += ret->len + ret->end;
	l->inside = ret->end == 0;
	l->blank = ret->start && ret->len == 0;
	return 1;
}

void weir_lines_back(struct weir_lines *l, const struct weir_line *line)
{
	l->at -= line->len + line->end;
	l->inside = !line->start;
	l->blank = false;
}
