/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_UNPACK_XML_H
#define WEIR_UNPACK_XML_H

/* Tokens of XML and HTML as they come: no tree, no DTD, no entities beyond the five of XML, numeric ones
 * and a few of HTML, so that nothing in a document can make it larger. Any bytes are taken: what is not
 * markup is text. Any charset in, UTF-8 out, in place: what a token points to holds until the next call and has
 * WEIR_XML_PAD readable bytes behind it. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "weir/base/macros.h"
#include "weir/unpack/unpack.h"
#include "weir/view/charset.h"

#define WEIR_XML_WINDOW 65536 /* bytes held */
#define WEIR_XML_TOKEN	32768 /* a tag longer than this is text; longer text comes in pieces */
#define WEIR_XML_NAME	255   /* the same for a longer name */
#define WEIR_XML_PAD	64

enum weir_xml_kind {
	WEIR_XML_FINISHED = 0,
	WEIR_XML_START,
	WEIR_XML_END,
	WEIR_XML_TEXT,	/* may be followed by more of the same */
	WEIR_XML_ASIDE, /* (a piece of) a comment */
	WEIR_XML_DECL,	/* (a piece of) a declaration or processing instruction */
	WEIR_XML_CODE,	/* (a piece of) what stands in <script> or <style> */
};

enum weir_xml_flag {
	WEIR_XML_AMP = 1 << 0,	 /* has a '&' that weir_xml_decode() should see */
	WEIR_XML_CTRL = 1 << 1,	 /* has bytes below 0x20 */
	WEIR_XML_INK = 1 << 2,	 /* is more than white space */
	WEIR_XML_EMPTY = 1 << 3, /* START that is its own end; no END follows */
};

struct weir_xml_token {
	enum weir_xml_kind kind;
	unsigned flags;
	uint64_t key;	     /* the first 8 bytes of the name: WEIR_XML_KEY() */
	const uint8_t *data; /* text; or the name without its prefix */
	size_t len;
	const uint8_t *prefix; /* of a name, without ':' */
	size_t prefix_len;
	const uint8_t *attrs; /* of a START: weir_xml_attr() moves it on */
	const uint8_t *attrs_end;
};

struct weir_xml_attr {
	const uint8_t *name; /* without its prefix */
	size_t name_len;
	uint64_t key;
	const uint8_t *prefix;
	size_t prefix_len;
	const uint8_t *value; /* not decoded */
	size_t len;
};

/* Key of a name: WEIR_XML_KEY('t', 'r'). A longer name has the key of its first 8 bytes. */
#define WEIR_XML_KEY(...) WEIR_XML_KEY_(__VA_ARGS__, 0, 0, 0, 0, 0, 0, 0, 0)
#define WEIR_XML_KEY_(a, b, c, d, e, f, g, h, ...)                                        \
	((uint64_t)(a) | (uint64_t)(b) << 8 | (uint64_t)(c) << 16 | (uint64_t)(d) << 24 | \
	 (uint64_t)(e) << 32 | (uint64_t)(f) << 40 | (uint64_t)(g) << 48 | (uint64_t)(h) << 56)

struct weir_unpack;

struct weir_xml {
	uint8_t *window; /* owned */
	uint8_t *at, *end;
	const struct weir_bytes *bytes; /* borrowed */
	struct weir_unpack *u;		/* borrowed; ticks; NULL: none */
	uint64_t offset;		/* of the next byte to read */
	const char *until;		/* what ends the aside, NULL: none */
	enum weir_xml_kind aside;
	unsigned options;
	bool finished;	 /* all of it is in the window */
	bool begun, dry; /* something was read; no more to read */
	int failed;	 /* what reading ended with */
	enum weir_charset charset;
	uint8_t *raw; /* owned; bytes not yet UTF-8; NULL: they are */
	size_t raw_len;
};

enum weir_xml_option {
	WEIR_XML_HTML = 1 << 0,	 /* keys in lower case; <script> and <style> hold code */
	WEIR_XML_GUESS = 1 << 1, /* any charset; otherwise UTF-8 unless it is plainly UTF-16 */
};

/* 0 or -ENOMEM. */
int weir_xml_init(struct weir_xml *x) _must_use_;
void weir_xml_done(struct weir_xml *x);

/* From the start of bytes; may be called again for the next document. */
void weir_xml_open(struct weir_xml *x, struct weir_unpack *u, const struct weir_bytes *bytes,
		   unsigned options);

/* For the scanner alone: fills the window behind what is left in it. 0, -ENOMEM or what the tick said. */
int weir_xml_fill(struct weir_xml *x) _must_use_;

/* After opening: do the bytes look like markup? An empty document does. */
bool weir_xml_begins(struct weir_xml *x);

/* The kind of *ret, 0 at the end. Negative: what the tick said; or, after all that could be read, what
 * reading gave. */
int weir_xml_next(struct weir_xml *x, struct weir_xml_token *ret) _must_use_;

/* Behind a START: when a short text (it may be empty) and then exactly its end tag follow, steps over both,
 * the text in *ret. Only saves time: weir_xml_next() says the same in two steps. */
bool weir_xml_leaf(struct weir_xml *x, const struct weir_xml_token *open,
		   struct weir_xml_token *ret);

/* Steps over an end tag of this name if it is what follows; the same. */
static inline void weir_xml_skip_end(struct weir_xml *x, const char *tag, size_t len)
{
	if ((size_t)(x->end - x->at) >= len && memcmp(x->at, tag, len) == 0)
		x->at += len;
}

/* The next attribute of a START; false after the last. */
bool weir_xml_attr(struct weir_xml_token *tag, struct weir_xml_attr *ret);

/* For names longer than a key. name in lower case when the scanner is for HTML. */
bool weir_xml_is(const uint8_t *data, size_t len, const char *name);

/* Resolves entities; out needs len bytes and may be in. Returns the length, never more than len. */
size_t weir_xml_decode(const uint8_t *in, size_t len, uint8_t *out);

#endif
