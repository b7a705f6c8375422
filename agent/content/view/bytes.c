/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes that are escaped one by one: what charset they are in shows only in a run of them. */
#include "escape.h"
#include "tables.h"
#include "weir/base/utf8.h"

size_t weir_escape_digits(const struct weir_escape *job, size_t at, uint8_t kind)
{
	size_t digits = at + 1;

	if (weir_escape_at(job, at) != kind)
		return 0;
	if (kind == '\\') {
		while (weir_escape_at(job, digits) == '\\' && digits - at < 3)
			digits++;
		if (weir_escape_at(job, digits++) != 'x')
			return 0;
	}
	return weir_escape_hex_at(job, digits, 2) >= 0 ? digits : 0;
}

size_t weir_escape_soft(const struct weir_escape *job, size_t at)
{
	size_t end = at + 1;

	while ((weir_escape_at(job, end) == ' ' || weir_escape_at(job, end) == '\t') &&
	       end - at < 8)
		end++;
	if (weir_escape_at(job, end) == '\r')
		end++;
	return weir_escape_at(job, end) == '\n' ? end + 1 : 0;
}

size_t weir_escape_gather(const struct weir_escape *job, size_t at, uint8_t kind,
			  struct weir_escape_bytes *ret)
{
	ret->count = 0;
	while (ret->count < ESCAPE_RUN_MAX) {
		size_t digits = weir_escape_digits(job, at, kind);
		size_t next = kind == '=' && digits == 0 && ret->count > 0 &&
					      weir_escape_at(job, at) == '='
				      ? weir_escape_soft(job, at)
				      : 0;

		if (next > 0 && weir_escape_digits(job, next, kind) > 0) {
			at = next;
			continue;
		}
		if (digits == 0)
			break;
		ret->byte[ret->count] = (uint8_t)weir_escape_hex_at(job, digits, 2);
		ret->at[ret->count++] = (uint32_t)at;
		at = digits + 2;
	}
	ret->at[ret->count] = (uint32_t)at;
	return at;
}

/* A GB18030 pair whose second byte is an ASCII letter is often written with that letter bare. */
static void add_bare(const struct weir_escape *job, struct weir_escape_bytes *run)
{
	size_t next = run->at[run->count];
	uint8_t c = weir_escape_at(job, next);

	if (run->count == 0 || run->byte[run->count - 1] < 0x81 || c < 0x40 || c >= 0x7f)
		return;
	run->byte[run->count++] = c;
	run->at[run->count] = (uint32_t)(next + 1);
}

static bool all_characters(enum weir_charset charset, const struct weir_escape_bytes *run,
			   size_t *ret_common)
{
	size_t common = 0;

	for (size_t i = 0; i < run->count;) {
		const uint8_t *p = run->byte + i;
		struct weir_view_char c = weir_view_step(charset, p, run->count - i, true);

		if (c.utf8 == VIEW_BAD || (p[0] < 0x80 && !weir_escape_character(p[0])))
			return false;
		if (c.in == 2) {
			unsigned pair = VIEW_PAIR(p[0], p[1]);

			common += weir_view_gb_common[pair / 8] >> (pair % 8) & 1;
		}
		i += c.in;
	}
	*ret_common = common;
	return true;
}

/* UTF-8 first. GB18030 takes nearly anything: a single pair must be a usual character. */
static enum weir_charset charset_of_run(const struct weir_escape *job,
					struct weir_escape_bytes *run)
{
	size_t valid = weir_utf8_valid((const char *)run->byte, run->count);
	size_t common = 0, before = run->count;

	if (valid == run->count || (run->count == ESCAPE_RUN_MAX && run->count - valid < 4)) {
		for (size_t i = 0; i < valid; i++)
			if (run->byte[i] < 0x80 && !weir_escape_character(run->byte[i]))
				return WEIR_CHARSET_BYTES;
		run->count = valid;
		return WEIR_CHARSET_UTF8;
	}
	if (all_characters(WEIR_CHARSET_GB18030, run, &common) && (common > 0 || before > 4))
		return WEIR_CHARSET_GB18030;
	add_bare(job, run);
	if (run->count > before && all_characters(WEIR_CHARSET_GB18030, run, &common) && common > 0)
		return WEIR_CHARSET_GB18030;
	run->count = before;
	return WEIR_CHARSET_BYTES;
}

/* A byte that belongs to no character is a question mark: what is written is well-formed. */
static size_t put_utf8(struct weir_escape *job, const struct weir_escape_bytes *run, size_t i)
{
	uint32_t point;
	size_t n = weir_utf8_decode((const char *)run->byte + i, run->count - i, &point);

	if (n == 1) {
		uint8_t byte = run->byte[i] >= 0x80 ? '?' : run->byte[i];

		weir_view_put(job->out, job->in, byte, run->at[i]);
		return 1;
	}
	for (size_t k = i; k < i + n; k++)
		weir_view_put(job->out, job->in, run->byte[k], run->at[k]);
	return n;
}

void weir_escape_put(struct weir_escape *job, enum weir_charset charset,
		     const struct weir_escape_bytes *run)
{
	for (size_t i = 0; i < run->count;) {
		struct weir_view_char c;

		if (charset == WEIR_CHARSET_UTF8) {
			i += put_utf8(job, run, i);
			continue;
		}
		c = weir_view_step(charset, run->byte + i, run->count - i, true);
		for (uint8_t k = 0; k < c.out; k++)
			weir_view_put(job->out, job->in, (uint8_t)(c.utf8 >> (8 * k)), run->at[i]);
		i += c.in;
	}
}

/* What is ASCII of a run that is no text as a whole. */
static void put_ascii_of(struct weir_escape *job, const struct weir_escape_bytes *run)
{
	for (size_t i = 0; i < run->count; i++)
		if (run->byte[i] < 0x80)
			weir_escape_resolve(job, run->byte[i], run->at[i],
					    run->at[i + 1] - run->at[i]);
}

size_t weir_escape_run(struct weir_escape *job, size_t at, struct weir_escape_bytes *run)
{
	enum weir_charset charset = charset_of_run(job, run);
	size_t end = run->at[run->count];

	if (run->count == 0)
		return 0;
	if (charset == WEIR_CHARSET_BYTES) {
		put_ascii_of(job, run);
		return end - at;
	}
	weir_escape_flush(job, at);
	weir_escape_put(job, charset, run);
	job->kept = end;
	job->rules |= WEIR_NORMAL_ESCAPE;
	return end - at;
}
