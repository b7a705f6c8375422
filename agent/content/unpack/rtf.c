/* SPDX-License-Identifier: Apache-2.0 */
/* RTF: braces make groups, backslashes make control words. All text is taken but that of tables which
 * describe (fonts, colours, styles); also hidden and deleted text, and destinations nobody knows.
 * rtf_word.c knows the words. */
#include "rtf.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "little.h"
#include "ole.h"
#include "weir/base/buf.h"
#include "window.h"
#include "words.h"

#define GROUPS	    1024
#define FONTS	    4096
#define OBJECTS_MAX (32U << 20)
#define OBJECT_MAX  4096U /* of them */
#define HELD	    1024

struct group {
	uint8_t place; /* enum weir_rtf_place */
	uint8_t charset;
	bool apart;    /* its end is the end of a text that stands for itself */
	uint16_t skip; /* characters after each \u that are for readers without Unicode */
};

struct rtf {
	struct weir_unpack *u;
	struct weir_window *window;
	uint64_t at;
	const uint8_t *p, *end; /* at points behind them */
	int r;
	struct weir_words words;
	struct group groups[GROUPS];
	size_t depth;	 /* groups[depth] is the present one */
	uint64_t beyond; /* groups open below the deepest that has a state of its own */
	uint8_t page;	 /* charset of the document */
	int32_t deff;	 /* its font */
	uint8_t fonts[FONTS];
	uint32_t font;	    /* that the font table is at */
	unsigned skipping;  /* characters left to skip */
	bool asian;	    /* \dbch */
	uint8_t held[HELD]; /* bytes of text that wait for their charset's other half */
	size_t held_len;
	struct weir_buf objects; /* OLE objects, decoded from hex, one behind the other */
	size_t object_ends[OBJECT_MAX], object_count;
	int nibble;
	bool lost; /* an object did not fit */
};

static struct group *now(struct rtf *f)
{
	return &f->groups[f->depth];
}

/* ---- bytes in ---- */

static int refill(struct rtf *f)
{
	const uint8_t *p = NULL;
	ssize_t n;

	if (f->r == 0)
		f->r = f->words.r;
	if (f->r < 0)
		return -1;
	n = weir_window_get(f->window, f->at, 16384, &p);
	if (n <= 0) {
		f->r = (int)n;
		return -1;
	}
	f->p = p;
	f->end = p + n;
	f->at += (uint64_t)n;
	return 0;
}

/* The next byte, -1 at the end or when f->r says so. */
static int peek(struct rtf *f)
{
	if (f->p == f->end && refill(f) < 0)
		return -1;
	return *f->p;
}

static int next(struct rtf *f)
{
	int c = peek(f);

	if (c >= 0)
		f->p++;
	return c;
}

/* ---- text out ---- */

/* Converts what is held; half a character stays unless all. */
static void settle(struct rtf *f, bool all)
{
	enum weir_charset charset = (enum weir_charset)now(f)->charset;
	uint8_t out[HELD * 4];
	size_t used = 0, n;

	if (f->held_len == 0)
		return;
	if (charset == WEIR_CHARSET_GB18030 || charset == WEIR_CHARSET_BIG5) {
		n = weir_charset_decode(charset, f->held, f->held_len, all, out, sizeof(out),
					&used);
		weir_words_bytes(&f->words, out, n);
	} else {
		weir_words_coded(&f->words, charset, f->held, f->held_len);
		used = f->held_len;
	}
	if (all || used == 0)
		used = f->held_len;
	memmove(f->held, f->held + used, f->held_len - used);
	f->held_len -= used;
}

static void hold(struct rtf *f, uint8_t c)
{
	if (f->held_len == HELD)
		settle(f, false);
	f->held[f->held_len++] = c;
}

static void put_code(struct rtf *f, uint32_t code)
{
	settle(f, true);
	weir_words_code(&f->words, code);
}

static void object_byte(struct rtf *f, uint8_t c)
{
	int r = weir_buf_append(&f->objects, &c, 1);

	if (r == -ENOBUFS)
		f->lost = true;
	else if (r < 0)
		f->r = r;
}

static int hex(int c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* One byte of content, wherever the present group puts it. */
static void content(struct rtf *f, uint8_t c, bool digits)
{
	int v;

	switch (now(f)->place) {
	case WEIR_RTF_TEXT:
		if (f->skipping > 0)
			f->skipping--;
		else
			hold(f, c);
		return;
	case WEIR_RTF_OBJECT:
		if (!digits) {
			object_byte(f, c);
			return;
		}
		v = hex(c);
		if (v < 0)
			return;
		if (f->nibble < 0) {
			f->nibble = v;
			return;
		}
		object_byte(f, (uint8_t)(f->nibble << 4 | v));
		f->nibble = -1;
		return;
	default:
		return;
	}
}

/* ---- groups ---- */

static void open_group(struct rtf *f)
{
	settle(f, true);
	f->skipping = 0;
	if (f->depth + 1 < GROUPS && f->beyond == 0) {
		f->groups[f->depth + 1] = f->groups[f->depth];
		f->depth++;
		now(f)->apart = false;
	} else {
		f->beyond++;
	}
}

static void end_object(struct rtf *f)
{
	size_t from = f->object_count ? f->object_ends[f->object_count - 1] : 0;

	f->nibble = -1;
	if (f->objects.len == from)
		return;
	if (f->object_count == OBJECT_MAX)
		f->lost = true;
	else
		f->object_ends[f->object_count++] = f->objects.len;
}

/* ---- control words ---- */

static uint8_t of_font(const struct rtf *f, int32_t number)
{
	uint8_t charset = number >= 0 && number < FONTS ? f->fonts[number] : 0;

	return charset == WEIR_RTF_PAGE ? f->page : charset;
}

static void close_group(struct rtf *f)
{
	const struct group *left = now(f);

	settle(f, true);
	f->skipping = 0;
	if (f->beyond > 0) {
		f->beyond--;
		return;
	}
	if (f->depth == 0)
		return;
	f->depth--;
	if (left->place == WEIR_RTF_OBJECT && now(f)->place != WEIR_RTF_OBJECT)
		end_object(f);
	if (left->apart)
		put_code(f, '\n');
	/* behind the table of fonts, the default one is known */
	if (left->place == WEIR_RTF_DROP && f->depth == 1 && now(f)->charset == f->page)
		now(f)->charset = of_font(f, f->deff);
}

static void font_charset(struct rtf *f, int32_t number)
{
	uint8_t charset = WEIR_CHARSET_BYTES;

	if (number == 0 || number == 1)
		charset = WEIR_RTF_PAGE;
	else if (number == 2)
		charset = WEIR_CHARSET_LATIN1;
	else if (number == 134)
		charset = WEIR_CHARSET_GB18030;
	else if (number == 136)
		charset = WEIR_CHARSET_BIG5;
	if (f->font < FONTS)
		f->fonts[f->font] = charset;
}

static void unicode(struct rtf *f, int32_t number)
{
	if (now(f)->place != WEIR_RTF_TEXT)
		return;
	settle(f, true);
	if (number >= -32768 && number <= 65535)
		weir_words_unit(&f->words, (uint16_t)number);
	else
		weir_words_code(&f->words, (uint32_t)number);
	f->skipping = now(f)->skip;
}

/* Bytes as they are. */
static void binary(struct rtf *f, int32_t number)
{
	for (int32_t left = number; left > 0; left--) {
		int c = next(f);

		if (c < 0)
			return;
		content(f, (uint8_t)c, false);
	}
}

/* Where the present group's text goes from here on. */
static void place(struct rtf *f, uint8_t where)
{
	settle(f, true);
	if (f->beyond > 0 || f->depth == 0)
		return;
	if (where == WEIR_RTF_APART) {
		if (now(f)->place == WEIR_RTF_TEXT && !now(f)->apart) {
			put_code(f, '\n');
			now(f)->apart = true;
		}
	} else if (now(f)->place == WEIR_RTF_TEXT || where == WEIR_RTF_OBJECT) {
		now(f)->place = where;
	}
}

static void page(struct rtf *f, int32_t number)
{
	settle(f, true);
	f->page = (uint8_t)weir_words_codepage((unsigned)number);
	now(f)->charset = f->page;
}

static void do_font(struct rtf *f, int32_t number)
{
	settle(f, true);
	f->font = number >= 0 ? (uint32_t)number : FONTS;
	if (now(f)->place == WEIR_RTF_TEXT)
		now(f)->charset = of_font(f, number);
}

static void act(struct rtf *f, const struct weir_rtf_word *word, int32_t number, bool has)
{
	switch (word->act) {
	case WEIR_RTF_CODE:
		if (now(f)->place == WEIR_RTF_TEXT && f->skipping == 0)
			put_code(f, word->value);
		else if (f->skipping > 0)
			f->skipping--;
		break;
	case WEIR_RTF_PLACE:
		place(f, (uint8_t)word->value);
		break;
	case WEIR_RTF_UNICODE:
		unicode(f, number);
		break;
	case WEIR_RTF_SKIP:
		now(f)->skip = (uint16_t)(has && number >= 0 && number < 16 ? number : 1);
		break;
	case WEIR_RTF_BIN:
		binary(f, number);
		break;
	case WEIR_RTF_CODEPAGE:
		page(f, word->value ? (int32_t)word->value : number);
		break;
	case WEIR_RTF_FONT:
		do_font(f, has ? number : 0);
		break;
	case WEIR_RTF_FONT_ASIAN:
		if (f->asian)
			do_font(f, number);
		break;
	case WEIR_RTF_ASIAN:
		f->asian = word->value != 0;
		break;
	case WEIR_RTF_FONT_CHARSET:
		font_charset(f, number);
		break;
	case WEIR_RTF_FONT_CODEPAGE:
		if (f->font < FONTS)
			f->fonts[f->font] = (uint8_t)weir_words_codepage((unsigned)number);
		break;
	case WEIR_RTF_PLAIN:
		settle(f, true);
		now(f)->charset = of_font(f, f->deff);
		break;
	case WEIR_RTF_DEFAULT:
		f->deff = number;
		break;
	default:
		break;
	}
}

static void control_word(struct rtf *f)
{
	char name[32];
	size_t len = 0;
	bool has = false, minus = false;
	int64_t number = 0;
	int c = peek(f);
	const struct weir_rtf_word *word;

	for (; (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); c = peek(f)) {
		if (len < sizeof(name) - 1)
			name[len++] = (char)c;
		f->p++;
	}
	name[len] = '\0';
	if (c == '-') {
		minus = true;
		f->p++;
		c = peek(f);
	}
	for (; c >= '0' && c <= '9'; c = peek(f)) {
		has = true;
		if (number < INT32_MAX / 16)
			number = number * 10 + (c - '0');
		f->p++;
	}
	if (c == ' ')
		f->p++;
	word = weir_rtf_word(name);
	if (!word)
		return;
	act(f, word, (int32_t)(minus ? -number : number), has);
}

/* Behind a backslash. */
static void control(struct rtf *f)
{
	int c = peek(f), high, low;

	if (c < 0)
		return;
	if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) {
		control_word(f);
		return;
	}
	f->p++;
	switch (c) {
	case '\'':
		high = hex(next(f));
		low = high < 0 ? -1 : hex(next(f));
		if (low >= 0)
			content(f, (uint8_t)(high << 4 | low), false);
		break;
	case '~':
		content(f, ' ', true);
		break;
	case '_':
		content(f, '-', true);
		break;
	case '\r':
	case '\n':
		if (now(f)->place == WEIR_RTF_TEXT)
			put_code(f, '\n');
		break;
	case '\\':
	case '{':
	case '}':
		content(f, (uint8_t)c, true);
		break;
	default: /* marks for the layout: optional hyphens, index entries */
		break;
	}
}

/* To the next byte that means something. */
static void drop(struct rtf *f)
{
	while (f->p < f->end && *f->p != '{' && *f->p != '}' && *f->p != '\\')
		f->p++;
}

static void tokens(struct rtf *f)
{
	for (int c = next(f); c >= 0; c = next(f)) {
		switch (c) {
		case '{':
			open_group(f);
			break;
		case '}':
			close_group(f);
			break;
		case '\\':
			control(f);
			break;
		case '\r':
		case '\n':
			break;
		default:
			if (now(f)->place == WEIR_RTF_DROP)
				drop(f);
			else
				content(f, (uint8_t)c, true);
		}
	}
}

/* ---- objects ---- */

/* A string with its length before it. */
static bool pass(const uint8_t *data, size_t len, size_t *at)
{
	uint32_t n;

	if (len - *at < 4)
		return false;
	n = weir_le32(data + *at);
	*at += 4;
	if (n > len - *at)
		return false;
	*at += n;
	return true;
}

/* The object as OLE 1 wraps it: version, format, class, topic, item, length, data. */
static int emit_ole1(struct weir_unpack *u, const uint8_t *data, size_t len)
{
	size_t at = 8, class_at = 12;
	struct weir_memory memory = {data, len};
	struct weir_bytes bytes;

	if (len >= 12 && pass(data, len, &at) && pass(data, len, &at) && pass(data, len, &at) &&
	    len - at >= 4) {
		size_t n = weir_le32(data + at);

		at += 4;
		n = WEIR_MIN(n, len - at);
		if (weir_le32(data + 8) >= 7 && memcmp(data + class_at, "Package", 7) == 0)
			return weir_ole_package(u, data + at, n, false);
		if (n > 0)
			memory = (struct weir_memory){data + at, n};
	}
	bytes = weir_bytes_of(&memory);
	return weir_emit_object(u, "object", &bytes);
}

static int emit_objects(struct rtf *f)
{
	size_t from = 0;
	int r = 0;

	end_object(f);
	for (size_t i = 0; i < f->object_count && r == 0; i++) {
		r = emit_ole1(f->u, (const uint8_t *)f->objects.data + from,
			      f->object_ends[i] - from);
		from = f->object_ends[i];
	}
	return r;
}

static void rtf_free(struct rtf *f)
{
	weir_buf_done(&f->objects);
	weir_window_free(f->window);
	free(f);
}
DEFINE_CLEANUP(rtf_free, struct rtf *);

int weir_reader_rtf(struct weir_unpack *u, const struct weir_bytes *bytes)
{
	struct rtf *f _cleanup_(rtf_freep) = calloc(1, sizeof(*f));
	int r;

	if (!f)
		return -ENOMEM;
	f->u = u;
	f->nibble = -1;
	f->page = WEIR_CHARSET_LATIN1;
	f->groups[0] = (struct group){WEIR_RTF_TEXT, WEIR_CHARSET_LATIN1, false, 1};
	memset(f->fonts, WEIR_RTF_PAGE, sizeof(f->fonts));
	f->objects = WEIR_BUF_INIT(OBJECTS_MAX);
	weir_words_init(&f->words, u, NULL);
	r = weir_window_new(u, bytes, &f->window);
	if (r < 0)
		return r;
	tokens(f);
	settle(f, true);
	r = weir_words_end(&f->words);
	if (f->r < 0 || r < 0)
		return f->r < 0 ? f->r : r;
	r = emit_objects(f);
	if (r == 0 && f->lost)
		weir_emit_gap(u, WEIR_SCAN_PARTIAL, NULL, "embedded objects are too large to hold");
	if (r == 0 && (f->depth > 0 || f->window->broken))
		weir_emit_gap(u, WEIR_SCAN_PARTIAL, NULL, "the document breaks off");
	return r;
}
