/* SPDX-License-Identifier: Apache-2.0 */
/* Lines, cells and what stands beside them. Knows no format. */

#include "flow.h"

#include <errno.h>
#include <stdlib.h>

#define SIDE_MAX (256 * 1024)

int weir_flow_init(struct weir_flow *f, struct weir_unpack *u)
{
	*f = (struct weir_flow){.u = u,
				.out = malloc(WEIR_FLOW_SIZE + WEIR_FLOW_PAD),
				.side = WEIR_BUF_INIT(SIDE_MAX)};
	return f->out ? 0 : -ENOMEM;
}

void weir_flow_done(struct weir_flow *f)
{
	free(f->out);
	f->out = NULL;
	weir_buf_done(&f->side);
}

void weir_flow_begin(struct weir_flow *f, const char *name, enum weir_part_form form)
{
	f->name = name;
	f->form = form;
	f->begun = f->line = f->cell = f->space = f->keep = f->hold = f->aside = false;
	f->cells = 0;
	f->written = f->cell_at = f->line_at = 0;
	f->len = 0;
	f->r = 0;
	weir_buf_clear(&f->side);
}

static void give(struct weir_flow *f, const void *data, size_t len)
{
	if (f->r < 0 || len == 0)
		return;
	if (!f->begun)
		f->r = weir_emit_begin(f->u, f->name, "utf-8", f->form);
	f->begun = true;
	if (f->r == 0)
		f->r = weir_emit_text(f->u, data, len);
}

void weir_flow_flush(struct weir_flow *f)
{
	size_t len = f->len;

	f->len = 0;
	f->written += len;
	give(f, f->out, len);
}

static void end_part(struct weir_flow *f)
{
	int r;

	weir_flow_flush(f);
	if (!f->begun)
		return;
	f->begun = false;
	r = weir_emit_end(f->u);
	if (f->r == 0)
		f->r = r;
}

int weir_flow_end(struct weir_flow *f)
{
	f->hold = false;
	weir_flow_break(f);
	end_part(f);
	return f->r;
}

void weir_flow_long(struct weir_flow *f, const void *data, size_t len)
{
	if (f->space) {
		f->space = false;
		if (f->line)
			weir_flow_char(f, ' ');
	}
	if (len > WEIR_FLOW_SIZE - f->len)
		weir_flow_flush(f);
	if (len > WEIR_FLOW_SIZE) {
		f->written += len;
		give(f, data, len);
	} else {
		memcpy(f->out + f->len, data, len);
		f->len += len;
	}
	f->line |= len > 0;
}

size_t weir_flow_tidy(uint8_t *data, size_t len, bool keep)
{
	size_t n = 0;
	bool control = false;

	for (size_t i = 0; i < len; i++) {
		uint8_t c = data[i];

		if (c >= 0x20 || (keep && c == '\n')) {
			if (!(c == ' ' && control))
				data[n++] = c;
			control = control && c == ' ';
			continue;
		}
		if (!control && !(n && data[n - 1] == ' '))
			data[n++] = ' ';
		control = true;
	}
	return n;
}

void weir_flow_marked(struct weir_flow *f, const uint8_t *data, size_t len, unsigned flags)
{
	size_t before;

	if (f->space && len > 0) {
		f->space = false;
		if (f->line)
			weir_flow_char(f, ' ');
	}
	if (len > WEIR_FLOW_SIZE - f->len)
		weir_flow_flush(f);
	/* a token is never larger than the window, which is no larger than this */
	len = WEIR_MIN(len, (size_t)WEIR_FLOW_SIZE);
	before = f->len;
	if (flags & WEIR_XML_AMP) {
		len = weir_xml_decode(data, len, f->out + before);
	} else {
		memcpy(f->out + before, data, len);
	}
	len = weir_flow_tidy(f->out + before, len, f->keep);
	f->len += len;
	f->line |= len > 0;
}

static void drop_blank(struct weir_flow *f)
{
	while (f->len > 0 && f->out[f->len - 1] == ' ')
		f->len--;
}

static void flush_side(struct weir_flow *f)
{
	if (f->side.len == 0)
		return;
	weir_flow_side_end(f);
	weir_flow_long(f, f->side.data, f->side.len);
	f->line = false;
	weir_buf_clear(&f->side);
}

void weir_flow_break(struct weir_flow *f)
{
	f->space = false;
	if (f->line) {
		drop_blank(f);
		weir_flow_char(f, '\n');
	}
	f->line = f->cell = false;
	f->cells = 0;
	if (!f->hold)
		flush_side(f);
	f->line_at = f->written + f->len;
}

void weir_flow_block(struct weir_flow *f)
{
	uint64_t at = f->written + f->len;

	if (!f->cell || at - f->cell_at >= WEIR_FLOW_CELL)
		weir_flow_break(f);
	else if (at > f->cell_at)
		f->space = true;
}

void weir_flow_cell(struct weir_flow *f)
{
	weir_flow_cell_end(f);
	if (f->cells++ > 0)
		weir_flow_char(f, '\t');
	f->cell = true;
	f->cell_at = f->written + f->len;
}

void weir_flow_cell_end(struct weir_flow *f)
{
	f->space = false;
	if (f->cell)
		drop_blank(f);
	f->cell = false;
}

void weir_flow_row_end(struct weir_flow *f)
{
	weir_flow_cell_end(f);
	weir_flow_break(f);
}

/* Room for len bytes more beside the text, and four for what comes between. */
static bool side_room(struct weir_flow *f, size_t len)
{
	int r;

	if (f->side.len + len + 4 > SIDE_MAX) {
		if (f->hold) {
			weir_flow_table_end(f);
			weir_flow_table(f);
		} else {
			weir_flow_break(f);
		}
	}
	r = weir_buf_reserve(&f->side, len + 4);
	if (r < 0 && f->r == 0)
		f->r = r;
	return r == 0;
}

void weir_flow_side_more(struct weir_flow *f, const uint8_t *data, size_t len)
{
	uint8_t *to;

	if (!side_room(f, len))
		return;
	to = (uint8_t *)f->side.data + f->side.len;
	len = weir_xml_decode(data, len, to);
	f->side.len += weir_flow_tidy(to, len, false);
	f->side.data[f->side.len] = 0;
}

void weir_flow_side(struct weir_flow *f, const uint8_t *label, size_t label_len,
		    const uint8_t *data, size_t len)
{
	if (len == 0 || !side_room(f, label_len + len))
		return;
	if (f->side.len > 0 && f->side.data[f->side.len - 1] != '\n')
		f->side.data[f->side.len++] = '\t';
	if (label_len > 0) {
		memcpy(f->side.data + f->side.len, label, label_len);
		memcpy(f->side.data + f->side.len + label_len, ": ", 2);
		f->side.len += label_len + 2;
	}
	weir_flow_side_more(f, data, len);
}

void weir_flow_side_end(struct weir_flow *f)
{
	if (f->side.len > 0 && f->side.data[f->side.len - 1] != '\n') {
		f->side.data[f->side.len++] = '\n';
		f->side.data[f->side.len] = 0;
	}
}

bool weir_flow_telling(const uint8_t *data, size_t len)
{
	unsigned run = 0;

	for (size_t i = 0; i < len; i++) {
		run = (uint8_t)(data[i] - '0') < 10 ? run + 1 : 0;
		if (run == 8 || data[i] >= 0x80 || data[i] == '@' || data[i] == '&')
			return true;
	}
	return false;
}

void weir_flow_aside(struct weir_flow *f, const uint8_t *data, size_t len, bool done)
{
	if (done && !f->aside) {
		weir_flow_side_end(f);
		if (!side_room(f, len))
			return;
		if (len > 0)
			memcpy(f->side.data + f->side.len, data, len);
		f->side.len += len;
		weir_flow_side_end(f);
		return;
	}
	if (!f->aside)
		weir_flow_break(f);
	weir_flow_long(f, data, len);
	f->aside = !done;
	if (done)
		weir_flow_break(f);
}

void weir_flow_table(struct weir_flow *f)
{
	weir_flow_break(f);
	end_part(f);
	f->form = WEIR_PART_TABLE;
	f->hold = true;
}

void weir_flow_table_end(struct weir_flow *f)
{
	weir_flow_break(f);
	end_part(f);
	f->form = WEIR_PART_TEXT;
	f->hold = false;
	weir_flow_break(f);
}

void weir_flow_column(struct weir_flow *f, unsigned *at, unsigned to)
{
	unsigned n = to > *at ? to - *at : 0;

	if (n > WEIR_FLOW_APART)
		n = 1;
	for (unsigned i = 0; i < n; i++)
		weir_flow_char(f, '\t');
	*at = to;
}
