/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_UNPACK_FLOW_H
#define WEIR_UNPACK_FLOW_H

/* The text of a document with markup as a reader of it sees it: pieces joined within a line, lines for
 * blocks, tabs between cells; what stands beside the text (attributes, comments, field codes) on lines of
 * its own after the line that it belongs to. One part at a time; a part without text is none. Errors of the
 * sink stay in r and end nothing by themselves: loops look at r, weir_flow_end() returns it. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "reader.h"
#include "weir/base/buf.h"
#include "xml.h"

#define WEIR_FLOW_SIZE	65536
#define WEIR_FLOW_PAD	64
#define WEIR_FLOW_APART 256
#define WEIR_FLOW_CELL	512 /* a cell with more text than this is a page: its blocks are lines */

struct weir_flow {
	struct weir_unpack *u;
	const char *name; /* borrowed until the end */
	enum weir_part_form form;
	int r;
	bool begun;
	bool line;	/* the line has something */
	bool cell;	/* within a cell */
	bool space;	/* one is due before the next text */
	bool keep;	/* line breaks in text are line breaks */
	bool hold;	/* a table: what stands beside waits for its end */
	bool aside;	/* within a long comment */
	unsigned cells; /* of the row */
	uint64_t written, cell_at;
	uint64_t line_at; /* where the line began */
	uint8_t *out;	  /* owned */
	size_t len;
	struct weir_buf side;
};

/* 0 or -ENOMEM. */
int weir_flow_init(struct weir_flow *f, struct weir_unpack *u) _must_use_;
void weir_flow_done(struct weir_flow *f);

void weir_flow_begin(struct weir_flow *f, const char *name, enum weir_part_form form);
/* r; the next part may begin. */
int weir_flow_end(struct weir_flow *f) _must_use_;

/* Gives what is held to the sink. */
void weir_flow_flush(struct weir_flow *f);

/* Any number of bytes as they are. */
void weir_flow_long(struct weir_flow *f, const void *data, size_t len);

/* A text token: entities resolved, control characters as spaces. */
void weir_flow_marked(struct weir_flow *f, const uint8_t *data, size_t len, unsigned flags);

/* The end of a line, if there is something on it; and then what stands beside it. */
void weir_flow_break(struct weir_flow *f);
/* Between blocks: a line break, or in a cell a space. */
void weir_flow_block(struct weir_flow *f);
/* At a cell's start and end, and a row's end. */
void weir_flow_cell(struct weir_flow *f);
void weir_flow_cell_end(struct weir_flow *f);
void weir_flow_row_end(struct weir_flow *f);

/* Beside the text, entities in it: a cell of the line that weir_flow_side_end() ends; more: what goes on. */
void weir_flow_side(struct weir_flow *f, const uint8_t *label, size_t label_len,
		    const uint8_t *data, size_t len);
void weir_flow_side_more(struct weir_flow *f, const uint8_t *data, size_t len);
void weir_flow_side_end(struct weir_flow *f);

/* A comment or the like, as it is; done: to its end. */
void weir_flow_aside(struct weir_flow *f, const uint8_t *data, size_t len, bool done);

/* A part of form TABLE, then a text again. */
void weir_flow_table(struct weir_flow *f);
void weir_flow_table_end(struct weir_flow *f);
/* In a table: from column *at to column to, at most 256 apart, else they are neighbours. */
void weir_flow_column(struct weir_flow *f, unsigned *at, unsigned to);

/* Control characters become spaces, several one; keep: but not line breaks. Returns the length. */
size_t weir_flow_tidy(uint8_t *data, size_t len, bool keep);

/* True when a value that nobody asked for may be one of a person: digits in a row, '@', other scripts. */
bool weir_flow_telling(const uint8_t *data, size_t len);

/* data has WEIR_XML_PAD readable bytes behind it. */
static inline void weir_flow_put(struct weir_flow *f, const uint8_t *data, size_t len)
{
	uint8_t *to;

	if (len > WEIR_FLOW_SIZE - f->len || f->space) {
		weir_flow_long(f, data, len);
		return;
	}
	to = f->out + f->len;
	memcpy(to, data, 32);
	if (len > 32)
		memcpy(to + 32, data + 32, len - 32);
	f->len += len;
	f->line |= len > 0;
}

static inline void weir_flow_char(struct weir_flow *f, char c)
{
	if (f->len == WEIR_FLOW_SIZE || f->space)
		weir_flow_long(f, &c, 1);
	else
		f->out[f->len++] = (uint8_t)c;
	f->line = c != '\n';
}

/* The text token t. */
static inline void weir_flow_text(struct weir_flow *f, const struct weir_xml_token *t)
{
	if (t->flags & (WEIR_XML_AMP | WEIR_XML_CTRL))
		weir_flow_marked(f, t->data, t->len, t->flags);
	else
		weir_flow_put(f, t->data, t->len);
}

#endif
