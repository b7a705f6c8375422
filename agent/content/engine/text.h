/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_ENGINE_TEXT_H
#define WEIR_ENGINE_TEXT_H

/* One text as a stream: pieces in any encoding become UTF-8, are looked at a segment at a time with
 * enough before and behind it, and counted. Segments begin at fixed places of the text, so nothing
 * depends on how it was cut. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "look.h"
#include "tally.h"
#include "weir/base/macros.h"
#include "weir/unpack/unpack.h"
#include "weir/view/charset.h"

struct weir_text;

/* Borrows both. */
int weir_text_new(struct weir_look *look, struct weir_tally *tally,
		  struct weir_text **ret) _must_use_;
void weir_text_free(struct weir_text *text);
DEFINE_CLEANUP(weir_text_free, struct weir_text *);

/* charset: WEIR_CHARSET_BYTES to find out, given what is declared. */
void weir_text_begin(struct weir_text *text, enum weir_part_form form, enum weir_charset charset,
		     enum weir_charset declared);
/* 0 or -ENOMEM. */
int weir_text_feed(struct weir_text *text, const uint8_t *data, size_t len) _must_use_;
int weir_text_end(struct weir_text *text) _must_use_;

/* A limit was met since the last weir_text_begin(). */
bool weir_text_limited(const struct weir_text *text);

#endif
