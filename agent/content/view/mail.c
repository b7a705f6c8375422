/* SPDX-License-Identifier: Apache-2.0 */
/* Mail's ways to write any character in ASCII: RFC 2047 words in headers, quoted-printable in
 * bodies. */
#include "escape.h"
#include "weir/base/macros.h"
#include "weir/base/utf8.h"

#define LINE_MAX  80 /* of mail */
#define BREAK_MAX 10 /* '=', blanks, the end of the line */

struct word {
	const uint8_t *charset;
	size_t charset_len;
	uint8_t encoding;
	size_t text, text_end, end; /* places in the input */
};

static bool word_at(const struct weir_escape *job, size_t at, struct word *ret)
{
	size_t p = at + 2, name = p;

	if (weir_escape_at(job, at) != '=' || weir_escape_at(job, at + 1) != '?')
		return false;
	while (weir_escape_at(job, p) > ' ' && weir_escape_at(job, p) < 0x7f &&
	       weir_escape_at(job, p) != '?' && p - name < 40)
		p++;
	if (p == name || weir_escape_at(job, p) != '?' || weir_escape_at(job, p + 2) != '?')
		return false;
	*ret = (struct word){.charset = job->in->text + name,
			     .charset_len = p - name,
			     .encoding = weir_escape_at(job, p + 1) | 0x20,
			     .text = p + 3};
	for (size_t i = 0; i < ret->charset_len; i++)
		if (ret->charset[i] == '*')
			ret->charset_len = i;
	p = ret->text;
	while (p < job->in->len && job->in->text[p] != '?' && job->in->text[p] >= ' ' &&
	       p - ret->text < ESCAPE_BYTES_MAX)
		p++;
	ret->text_end = p;
	ret->end = p + 2;
	return weir_escape_at(job, p) == '?' && weir_escape_at(job, p + 1) == '=' &&
	       (ret->encoding == 'b' || ret->encoding == 'q');
}

static int six_of(uint8_t c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* False: there is more than fits. */
static bool add_byte(struct weir_escape_bytes *bytes, uint8_t byte, size_t at)
{
	if (bytes->count == ESCAPE_BYTES_MAX)
		return false;
	bytes->byte[bytes->count] = byte;
	bytes->at[bytes->count++] = (uint32_t)at;
	return true;
}

static bool add_base64(const struct weir_escape *job, const struct word *word,
		       struct weir_escape_bytes *bytes)
{
	uint32_t bits = 0;
	unsigned held = 0;
	size_t began = word->text;

	for (size_t p = word->text; p < word->text_end; p++) {
		int six = six_of(weir_escape_at(job, p));

		if (six < 0)
			continue;
		bits = bits << 6 | (uint32_t)six;
		held += 6;
		if (held >= 8) {
			held -= 8;
			if (!add_byte(bytes, (uint8_t)(bits >> held), began))
				return false;
		}
		/* what is held now begins in this very character */
		began = p;
	}
	return true;
}

static bool add_quoted(const struct weir_escape *job, const struct word *word,
		       struct weir_escape_bytes *bytes)
{
	for (size_t p = word->text; p < word->text_end; p++) {
		uint8_t c = weir_escape_at(job, p);
		int32_t value = c == '=' ? weir_escape_hex_at(job, p + 1, 2) : -1;

		if (!add_byte(bytes, value >= 0 ? (uint8_t)value : c == '_' ? ' ' : c, p))
			return false;
		p += value >= 0 ? 2 : 0;
	}
	return true;
}

static bool add_word(const struct weir_escape *job, const struct word *word,
		     struct weir_escape_bytes *bytes)
{
	size_t before = bytes->count;

	if (word->encoding == 'b' ? add_base64(job, word, bytes) : add_quoted(job, word, bytes))
		return true;
	bytes->count = before;
	return false;
}

/* The next word when only blanks stand between and a character may go on in it. */
static bool next_word(const struct weir_escape *job, const struct word *word, struct word *ret)
{
	size_t p = word->end;

	while (p - word->end < 8 &&
	       (weir_escape_at(job, p) == ' ' || weir_escape_blank(weir_escape_at(job, p))))
		p++;
	return word_at(job, p, ret) && ret->encoding == word->encoding &&
	       ret->charset_len == word->charset_len &&
	       memcmp(ret->charset, word->charset, word->charset_len) == 0;
}

static bool fits(enum weir_charset charset, const struct weir_escape_bytes *bytes, size_t len)
{
	size_t made = 0;

	if (charset == WEIR_CHARSET_UTF8)
		return true;
	for (size_t i = 0; i < bytes->count;) {
		struct weir_view_char c =
			weir_view_step(charset, bytes->byte + i, bytes->count - i, true);

		made += c.out;
		i += c.in;
	}
	return made * 10 <= len * 14;
}

static size_t mail_word(struct weir_escape *job, size_t at)
{
	struct weir_escape_bytes bytes;
	struct word word, next;
	enum weir_charset charset;

	bytes.count = 0;
	if (!word_at(job, at, &word) || !add_word(job, &word, &bytes))
		return 0;
	while (next_word(job, &word, &next) && add_word(job, &next, &bytes))
		word = next;
	charset = weir_charset_named((const char *)word.charset, word.charset_len);
	if (charset == WEIR_CHARSET_BYTES &&
	    weir_utf8_valid((const char *)bytes.byte, bytes.count) == bytes.count)
		charset = WEIR_CHARSET_UTF8;
	if (charset == WEIR_CHARSET_BYTES || !fits(charset, &bytes, word.end - at))
		return 0;
	weir_escape_flush(job, at);
	weir_escape_put(job, charset, &bytes);
	job->kept = word.end;
	job->rules |= WEIR_NORMAL_RFC2047;
	return word.end - at;
}

static bool holds_escape(const struct weir_escape *job, size_t at, size_t end)
{
	while (at < end && weir_escape_digits(job, at, '=') == 0)
		at++;
	return at < end;
}

/* A line that a mailer broke is nearly as long as it may be, or ends in an escaped byte. A line of
 * settings that ends in "=" is neither. */
static bool is_mail_break(const struct weir_escape *job, size_t at)
{
	size_t start = at;

	if (at >= 3 && weir_escape_digits(job, at - 3, '=') == at - 2)
		return true;
	while (start > 0 && at - start < 80 && job->in->text[start - 1] != '\n')
		start--;
	if (at - start < 56 || at - start >= 78)
		return false;
	return job->in->text[at - 1] != ' ' || holds_escape(job, start, at);
}

/* The '=' that breaks the line of data[at] softly, within a line of mail; at when there is none. */
static size_t break_ahead(const struct weir_escape *job, size_t at)
{
	const uint8_t *text = job->in->text;
	size_t most = WEIR_MIN(job->in->len - at, (size_t)LINE_MAX + BREAK_MAX);
	const uint8_t *end = memchr(text + at, '\n', most);
	size_t p = end ? (size_t)(end - text) : at;

	while (p > at && (text[p] == '\n' || text[p] == '\r' || text[p] == ' ' || text[p] == '\t'))
		p--;
	return p - at < LINE_MAX && text[p] == '=' && weir_escape_soft(job, p) > 0 ? p : at;
}

/* Part of a paragraph that a mailer broke: only there is a single =XX an escape. */
static bool in_mail_lines(const struct weir_escape *job, size_t at)
{
	size_t ahead;

	if (job->soft_line > 0 && at - job->soft_line < LINE_MAX &&
	    memchr(job->in->text + job->soft_line, '\n', at - job->soft_line) == NULL)
		return true;
	ahead = break_ahead(job, at);
	return ahead > at && is_mail_break(job, ahead);
}

size_t weir_escape_mail(struct weir_escape *job, size_t at)
{
	size_t end = weir_escape_soft(job, at);
	struct weir_escape_bytes run;

	if (weir_escape_at(job, at + 1) == '?')
		return mail_word(job, at);
	if (end > 0) {
		if (!is_mail_break(job, at))
			return 0;
		weir_escape_flush(job, at);
		job->kept = job->soft_line = end;
		job->rules |= WEIR_NORMAL_ESCAPE;
		return end - at;
	}
	if (weir_escape_digits(job, at, '=') == 0)
		return 0;
	weir_escape_gather(job, at, '=', &run);
	if (run.count == 1 && run.byte[0] != '=' && !in_mail_lines(job, at))
		return 0;
	return weir_escape_run(job, at, &run);
}
