/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence.h"

#include <inttypes.h>
#include <string.h>

#include "event.h"
#include "weir/base/time.h"
#include "weir/base/utf8.h"

/* The code point of len bytes at text; what acts on a terminal is written out. keep: line feeds and tabs act as they should. */
static int add_point(struct weir_buf *buf, const char *text, size_t len, bool keep)
{
	uint32_t c;

	(void)weir_utf8_decode(text, len, &c);
	if (c == '\\')
		return weir_buf_puts(buf, "\\\\");
	if (!weir_utf8_acts(c) || (keep && (c == '\n' || c == '\t')))
		return weir_buf_append(buf, text, len);
	if (len == 1) /* also what is no UTF-8 */
		return weir_buf_printf(buf, "\\x%02x", (unsigned char)*text);
	return weir_buf_printf(buf, c > 0xffff ? "\\U%08x" : "\\u%04x", c);
}

static int add_clean(struct weir_buf *buf, const char *text, size_t len, bool keep)
{
	int r = 0;

	while (r == 0 && len > 0) {
		uint32_t c;
		const size_t n = weir_utf8_decode(text, len, &c);

		r = add_point(buf, text, n, keep);
		text += n;
		len -= n;
	}
	return r;
}

static int add_field(struct weir_buf *buf, const char *name, const char *text)
{
	int r = weir_buf_printf(buf, "%s: ", name);

	if (r == 0)
		r = add_clean(buf, text, strlen(text), false);
	return r < 0 ? r : weir_buf_puts(buf, "\n");
}

/* "li.na (3) request 7 2026-11-22T08:15:30.123Z", without a line feed. */
static int make_mark(const json_t *watermark, struct weir_buf *mark)
{
	const char *reader = weirctl_text(watermark, "reader");
	const char *time = weirctl_text(watermark, "time");
	int r = add_clean(mark, reader, strlen(reader), false);

	if (r == 0)
		r = weir_buf_printf(mark,
				    " (%" JSON_INTEGER_FORMAT ") request %" JSON_INTEGER_FORMAT " ",
				    json_integer_value(json_object_get(watermark, "reader_id")),
				    json_integer_value(json_object_get(watermark, "request")));
	return r < 0 ? r : add_clean(mark, time, strlen(time), false);
}

static int add_head(const json_t *watermark, const struct weir_evidence *evidence,
		    struct weir_buf *ret)
{
	static const char *const told[] = {"reason", "approver",  "until",
					   "event",  "agent_uid", "sha256"};
	char time[WEIR_TIME_TEXT];
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(told); i++)
		r = add_field(ret, told[i], weirctl_text(watermark, told[i]));
	weir_time_format(evidence->time_ns, time);
	if (r == 0)
		r = add_field(ret, "time", time);
	if (r == 0)
		r = add_field(ret, "rule", evidence->rule);
	return r < 0 ? r : add_field(ret, "name", evidence->name);
}

static int add_piece(const struct weir_evidence_piece *piece, const char *mark,
		     struct weir_buf *ret)
{
	int r = weir_buf_printf(ret, "---- %s ---- %zu bytes from %" PRIu64, mark, piece->len,
				piece->offset);

	if (r == 0 && *piece->part)
		r = weir_buf_puts(ret, " of ");
	if (r == 0)
		r = add_clean(ret, piece->part, strlen(piece->part), false);
	if (r == 0)
		r = weir_buf_puts(ret, "\n");
	if (r == 0)
		r = add_clean(ret, piece->data, piece->len, true);
	return r < 0 ? r : weir_buf_puts(ret, "\n");
}

int weirctl_evidence_text(const json_t *watermark, const struct weir_evidence *evidence,
			  struct weir_buf *ret)
{
	struct weir_buf mark _cleanup_(weir_buf_done) = WEIR_BUF_INIT(1024);
	int r = make_mark(watermark, &mark);

	if (r == 0)
		r = weir_buf_printf(ret, "==== %s\n", mark.data);
	if (r == 0)
		r = add_head(watermark, evidence, ret);
	for (size_t i = 0; r == 0 && i < evidence->n_pieces; i++)
		r = add_piece(&evidence->pieces[i], mark.data, ret);
	return r < 0 ? r : weir_buf_printf(ret, "==== %s\n", mark.data);
}
