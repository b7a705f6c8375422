/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "learn.h"
#include "weir/base/buf.h"

static bool has(const struct weir_learn_set *set, unsigned c)
{
	return set->bits[c / 64] >> (c % 64) & 1;
}

static bool same(const struct weir_learn_set *a, const struct weir_learn_set *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

static int put_char(struct weir_buf *buf, unsigned c, bool in_class)
{
	const char *special = in_class ? "\\]^-[" : "\\^$.[|()?*+{}#";

	return weir_buf_printf(buf, strchr(special, (int)c) ? "\\%c" : "%c", (int)c);
}

static int put_class(struct weir_buf *buf, const struct weir_learn_set *set)
{
	int r = weir_buf_puts(buf, "[");

	for (unsigned c = 0x20; r >= 0 && c < 0x7f; c++) {
		unsigned last = c;

		if (!has(set, c))
			continue;
		while (last + 1 < 0x7f && has(set, last + 1))
			last++;
		r = put_char(buf, c, true);
		if (r >= 0 && last > c + 1)
			r = weir_buf_puts(buf, "-");
		if (r >= 0 && last > c)
			r = put_char(buf, last, true);
		c = last;
	}
	return r < 0 ? r : weir_buf_puts(buf, "]");
}

static int put_set(struct weir_buf *buf, const struct weir_learn_set *set)
{
	unsigned n = 0, only = 0;

	for (unsigned c = 0; c < 128; c++)
		if (has(set, c)) {
			only = c;
			n++;
		}
	return n == 1 ? put_char(buf, only, false) : put_class(buf, set);
}

bool learn_pattern(const struct weir_learn_form *form, char *ret, size_t size)
{
	struct weir_buf buf _cleanup_(weir_buf_done) = WEIR_BUF_INIT(size - 1);
	struct weir_learn_set tail = {0};
	int r = 0;

	for (unsigned i = 0; r >= 0 && i < form->min;) {
		unsigned next = i + 1;

		while (next < form->min && same(&form->at[i], &form->at[next]))
			next++;
		r = put_set(&buf, &form->at[i]);
		if (r >= 0 && next > i + 1)
			r = weir_buf_printf(&buf, "{%u}", next - i);
		i = next;
	}
	for (unsigned i = form->min; i < form->max; i++) {
		tail.bits[0] |= form->at[i].bits[0];
		tail.bits[1] |= form->at[i].bits[1];
	}
	if (r >= 0 && form->max > form->min)
		r = put_set(&buf, &tail);
	if (r >= 0 && form->max > form->min)
		r = weir_buf_printf(&buf, "{0,%u}", form->max - form->min);
	if (r < 0 || !buf.data)
		return false;
	(void)snprintf(ret, size, "%s", buf.data);
	return true;
}
