/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_UNPACK_LINES_H
#define WEIR_UNPACK_LINES_H

/* A mail as lines, which end at the delimiters of the parts that are open. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "window.h"

#define WEIR_LINE	  4096 /* longer lines come in pieces */
#define WEIR_BOUNDARY	  256
#define WEIR_LINES_LEVELS 32

enum weir_lines_stop {
	WEIR_LINES_GO = 0,
	WEIR_LINES_BOUNDARY, /* stop_level says whose, stop_last whether it is the closing one */
	WEIR_LINES_FROM,     /* the next message of an mbox; the line itself is not taken */
	WEIR_LINES_END,
};

struct weir_line {
	const uint8_t *data; /* until the next call */
	size_t len;	     /* without its end */
	uint8_t end;	     /* bytes of the end: 2, 1, 0 when it is cut here */
	bool start;	     /* begins a line */
};

struct weir_lines {
	struct weir_window *window;
	uint64_t at;
	bool mbox;
	bool inside; /* of a line that was cut */
	bool blank;  /* the line before was empty */
	enum weir_lines_stop stop;
	unsigned stop_level, levels;
	bool stop_last;
	struct {
		uint8_t len;
		char text[WEIR_BOUNDARY];
	} boundaries[WEIR_LINES_LEVELS];
};

/* 1 with *ret; 0: stop says why, and goes on saying so until the caller clears it; or negative. */
int weir_lines_next(struct weir_lines *lines, struct weir_line *ret) _must_use_;
/* Puts the line back that came last, whole or its first piece. */
void weir_lines_back(struct weir_lines *lines, const struct weir_line *line);

/* Is this the line that begins a message in an mbox? */
bool weir_lines_from(const uint8_t *data, size_t len);

#endif
