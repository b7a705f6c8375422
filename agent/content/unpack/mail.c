/* SPDX-License-Identifier: Apache-2.0 */
/* Mails (EML, MHTML) and folders of them (mbox), read once from the start to the end and never held:
 * heads as text, bodies as text or as objects that are pulled from the lines as they are asked for. */
#include "mail.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mime.h"
#include "weir/base/buf.h"

#define DEPTH	  WEIR_LINES_LEVELS
#define FIELD_MAX (64 << 10)

struct mail {
	struct weir_unpack *u;
	struct weir_lines lines;
	struct weir_words words;
	struct weir_mime_body body;
	struct weir_buf field;
	char path[256]; /* of the entity: "message 3/1.2", empty for the mail itself */
	size_t path_len;
	bool broken; /* a delimiter that was to come did not */
};

static int entity(struct mail *m, unsigned depth);

/* ---- paths ---- */

static const char *leaf(struct mail *m, const char *name, char *buf, size_t size)
{
	(void)snprintf(buf, size, "%s%s%s", m->path, m->path_len ? "/" : "", name);
	return buf;
}

/* Goes a step down; returns the length to go back to. */
static size_t step(struct mail *m, const char *text, unsigned number)
{
	const char *slash = strrchr(m->path, '/');
	const char *last = slash ? slash + 1 : m->path;
	size_t before = m->path_len;
	int n;

	/* numbers of parts follow each other as in "1.2" */
	if (number > 0 && !*text && *last >= '0' && *last <= '9')
		n = snprintf(m->path + before, sizeof(m->path) - before, ".%u", number);
	else if (number > 0)
		n = snprintf(m->path + before, sizeof(m->path) - before, "%s%s%u",
			     before ? "/" : "", text, number);
	else
		n = snprintf(m->path + before, sizeof(m->path) - before, "%s%s", before ? "/" : "",
			     text);
	if (n > 0)
		m->path_len = WEIR_MIN(before + (size_t)n, sizeof(m->path) - 1);
	return before;
}

static void back(struct mail *m, size_t len)
{
	m->path_len = len;
	m->path[len] = '\0';
}

/* ---- heads ---- */

/* "Name:" or the line that begins an mbox message. */
static bool is_field(const struct weir_line *line)
{
	for (size_t i = 0; i < line->len; i++) {
		uint8_t c = line->data[i];

		if (c == ':')
			return i > 0;
		if (c <= ' ' && !(c == ' ' && i + 1 < line->len && line->data[i + 1] == ':'))
			return false;
	}
	return false;
}

static bool is_multipart(const struct weir_mime_head *head)
{
	size_t n = strlen(head->boundary);

	/* a delimiter may not end with a blank: what follows it could not be told from it */
	return strncmp(head->type, "multipart/", 10) == 0 && n > 0 && n < WEIR_BOUNDARY - 1 &&
	       head->boundary[n - 1] != ' ';
}

/* The field's text, without the delimiter that it names: mail programs draw that by chance, often as a
 * long number, and one in ten of those has a valid check digit. The lines with it are no text either. */
static void put_field(struct mail *m, const char *delimiter)
{
	const char *data = m->field.data, *at = NULL;
	size_t len = m->field.len, n = strlen(delimiter);

	if (n > 0)
		at = memmem(data, len, delimiter, n);
	if (at) {
		weir_mime_decode_words(&m->words, (const uint8_t *)data, (size_t)(at - data));
		len -= (size_t)(at - data) + n;
		data = at + n;
	}
	weir_mime_decode_words(&m->words, (const uint8_t *)data, len);
	weir_words_code(&m->words, '\n');
}

static int end_field(struct mail *m, struct weir_mime_head *head)
{
	bool parted = is_multipart(head);

	if (m->field.len == 0)
		return m->words.r;
	weir_mime_field(head, m->field.data, m->field.len);
	put_field(m, !parted && is_multipart(head) ? head->boundary : "");
	weir_buf_clear(&m->field);
	return m->words.r;
}

/* What is longer than a field may be is text all the same. */
static int append(struct mail *m, const uint8_t *data, size_t len)
{
	int r = weir_buf_append(&m->field, data, len);

	if (r != -ENOBUFS)
		return r;
	weir_mime_decode_words(&m->words, (const uint8_t *)m->field.data, m->field.len);
	m->field.len = 0;
	return weir_buf_append(&m->field, data, len);
}

static int head_line(struct mail *m, struct weir_mime_head *head, const struct weir_line *line)
{
	int r = 0;

	if (line->start && line->len > 0 && line->data[0] != ' ' && line->data[0] != '\t')
		r = end_field(m, head);
	return r < 0 ? r : append(m, line->data, line->len);
}

/* Fields up to an empty line, a line that is none, or where the lines stop. */
static int read_head(struct mail *m, struct weir_mime_head *head)
{
	char path[WEIR_UNPACK_PATH];
	struct weir_line line;
	bool first = true;
	int r, end;

	weir_words_init(&m->words, m->u, leaf(m, "headers", path, sizeof(path)));
	weir_buf_clear(&m->field);
	while ((r = weir_lines_next(&m->lines, &line)) > 0) {
		bool from = first && weir_lines_from(line.data, line.len);

		if (line.start && line.len == 0)
			break;
		if (line.start && !from && !is_field(&line) &&
		    (first || (line.data[0] != ' ' && line.data[0] != '\t'))) {
			weir_lines_back(&m->lines, &line);
			break;
		}
		first = first && from;
		r = head_line(m, head, &line);
		if (r < 0)
			break;
	}
	if (r >= 0)
		r = end_field(m, head);
	end = weir_words_end(&m->words);
	return r < 0 ? r : end;
}

/* ---- bodies ---- */

/* Reads to where the lines stop. */
static int drain(struct mail *m)
{
	struct weir_line line;
	int r;

	while ((r = weir_lines_next(&m->lines, &line)) > 0)
		continue;
	return r;
}

struct flow { /* format=flowed (RFC 3676): lines that end with a blank go on */
	bool on, delete_space;
	bool space, start;
};

static size_t unflow(struct flow *f, const uint8_t *in, size_t len, uint8_t *out)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		uint8_t c = in[i];

		if (c == '\r' && f->space)
			continue;
		if (c == '\n' && f->space) {
			if (!f->delete_space)
				out[n++] = ' ';
			f->space = false;
			f->start = true;
			continue;
		}
		if (f->space)
			out[n++] = ' ';
		f->space = c == ' ' && !f->start;
		/* a blank in front of a line only protects what follows it */
		if (c != ' ')
			out[n++] = c;
		f->start = c == '\n';
	}
	return n;
}

static int emit_text(struct mail *m, const struct weir_mime_head *head, const char *name)
{
	enum weir_charset charset = weir_charset_named(head->charset, strlen(head->charset));
	struct flow flow = {.on = head->flowed && charset < WEIR_CHARSET_UTF16LE,
			    .delete_space = head->delete_space,
			    .start = true};
	char path[WEIR_UNPACK_PATH];
	uint8_t in[8192], out[2 * sizeof(in) + 2];
	int r = weir_emit_begin(m->u, leaf(m, name, path, sizeof(path)),
				head->charset[0] ? head->charset : NULL, WEIR_PART_BYTES);

	while (r == 0) {
		ssize_t n = weir_mime_read(&m->body, in, sizeof(in));

		if (n < 0)
			return (int)n;
		if (n == 0)
			return weir_emit_end(m->u);
		if (flow.on)
			r = weir_emit_text(m->u, out, unflow(&flow, in, (size_t)n, out));
		else
			r = weir_emit_text(m->u, in, (size_t)n);
	}
	return r;
}

/* The body as an object; what its reader left over is passed by. */
static int emit_object(struct mail *m, const char *name)
{
	char path[WEIR_UNPACK_PATH];
	struct weir_bytes bytes = weir_mime_bytes(&m->body);
	int r = weir_emit_object(m->u, leaf(m, name, path, sizeof(path)), &bytes);
	uint8_t rest[4096];
	ssize_t n = 1;

	while (r == 0 && n > 0)
		n = weir_mime_read(&m->body, rest, sizeof(rest));
	return r < 0 ? r : (int)n;
}

/* A text, and the files written into it by uuencode. */
static int read_text(struct mail *m, const struct weir_mime_head *head, const char *name)
{
	int r;

	for (;;) {
		char file[WEIR_MIME_NAME];

		r = m->body.len > m->body.at ? emit_text(m, head, name) : m->body.r;
		if (r < 0 || !m->body.found_uuencode)
			return r;
		memcpy(file, m->body.uuencode_name, sizeof(file));
		weir_mime_begin(&m->body, &m->lines, WEIR_MIME_UUENCODE);
		r = emit_object(m, file);
		if (r < 0)
			return r;
		weir_mime_begin(&m->body, &m->lines, WEIR_MIME_IDENTITY);
		m->body.find_uuencode = true;
		weir_mime_fill(&m->body);
	}
}

/* A part that says it is text and begins like something else is taken as what it is. */
static bool is_text(const struct weir_mime_head *head, const uint8_t *data, size_t len)
{
	enum weir_charset charset = weir_charset_named(head->charset, strlen(head->charset));

	if (head->typed && strncmp(head->type, "text/", 5) != 0 &&
	    strcmp(head->type, "message/delivery-status") != 0)
		return false;
	if (strcmp(head->type, "text/html") == 0 || strcmp(head->type, "text/rtf") == 0 ||
	    strcmp(head->type, "text/richtext") == 0 || strcmp(head->type, "text/xml") == 0)
		return false;
	if (charset >= WEIR_CHARSET_UTF16LE && charset <= WEIR_CHARSET_UTF32BE)
		return true;
	if (len > 5 && (memcmp(data, "%PDF-", 5) == 0 || memcmp(data, "{\\rtf", 5) == 0))
		return false;
	for (size_t i = 0; i < len; i++)
		if (data[i] < 0x07 || (data[i] > 0x0d && data[i] < 0x20 && data[i] != 0x1b))
			return false;
	return len == 0 || data[0] != '<';
}

static bool is_smime(const char *type)
{
	return strcmp(type, "application/pkcs7-mime") == 0 ||
	       strcmp(type, "application/x-pkcs7-mime") == 0;
}

static int read_leaf(struct mail *m, const struct weir_mime_head *head)
{
	const char *name = head->name[0] ? head->name : m->path_len ? "text" : "body";
	char path[WEIR_UNPACK_PATH];

	weir_mime_begin(&m->body, &m->lines, head->coding);
	m->body.find_uuencode = head->coding == WEIR_MIME_IDENTITY;
	weir_mime_fill(&m->body);
	if (m->body.r < 0)
		return m->body.r;
	if (m->body.at == m->body.len && !m->body.found_uuencode)
		return 0;
	if (strcmp(head->type, "message/partial") == 0)
		weir_emit_gap(m->u, WEIR_SCAN_PARTIAL, leaf(m, "body", path, sizeof(path)),
			      "a fragment of a message that is sent in pieces");
	if (!is_text(head, m->body.data + m->body.at, m->body.len - m->body.at))
		weir_mime_ignore_uuencode(&m->body);
	if (is_smime(head->type)) {
		struct weir_bytes bytes = weir_mime_bytes(&m->body);
		int r = weir_smime_read(m->u, leaf(m, "smime.p7m", path, sizeof(path)), &bytes);

		return r < 0 ? r : drain(m);
	}
	if (memmem(m->body.data, m->body.len, "-----BEGIN PGP MESSAGE", 22))
		weir_emit_gap(m->u, WEIR_SCAN_UNSCANNABLE, leaf(m, name, path, sizeof(path)),
			      WEIR_UNPACK_ENCRYPTED);
	if (is_text(head, m->body.data + m->body.at, m->body.len - m->body.at))
		return read_text(m, head, name);
	if (!head->name[0] && strcmp(head->type, "text/html") == 0)
		name = "body.html";
	return emit_object(m, head->name[0] || name[0] == 'b' ? name : "object");
}

/* ---- parts ---- */

/* Text between the parts, which mail readers do not show. */
static int read_between(struct mail *m, const char *name)
{
	char path[WEIR_UNPACK_PATH];
	struct weir_line line;
	bool any = false;
	int r, end;

	weir_words_init(&m->words, m->u, leaf(m, name, path, sizeof(path)));
	while ((r = weir_lines_next(&m->lines, &line)) > 0) {
		any = any || line.len > 0;
		if (!any)
			continue;
		weir_words_bytes(&m->words, line.data, line.len);
		if (line.end > 0)
			weir_words_code(&m->words, '\n');
		if (m->words.r < 0)
			break;
	}
	end = weir_words_end(&m->words);
	return r < 0 ? r : end;
}

static bool mine(const struct mail *m, unsigned level)
{
	return m->lines.stop == WEIR_LINES_BOUNDARY && m->lines.stop_level == level;
}

static int read_parts(struct mail *m, const struct weir_mime_head *head, unsigned depth)
{
	unsigned level = m->lines.levels++, number = 0;
	size_t n = strlen(head->boundary);
	int r;

	memcpy(m->lines.boundaries[level].text, head->boundary, n);
	m->lines.boundaries[level].len = (uint8_t)n;
	r = read_between(m, "preamble");
	while (r == 0 && mine(m, level) && !m->lines.stop_last) {
		size_t before = step(m, "", ++number);

		m->lines.stop = WEIR_LINES_GO;
		r = entity(m, depth + 1);
		back(m, before);
	}
	m->lines.levels = level;
	if (r < 0)
		return r;
	if (!mine(m, level)) {
		m->broken = true;
		return 0;
	}
	m->lines.stop = WEIR_LINES_GO;
	return read_between(m, "epilogue");
}

static bool is_message(const struct weir_mime_head *head)
{
	return (strcmp(head->type, "message/rfc822") == 0 ||
		strcmp(head->type, "message/global") == 0) &&
	       head->coding == WEIR_MIME_IDENTITY;
}

static int entity(struct mail *m, unsigned depth)
{
	struct weir_mime_head *head _cleanup_(freep) = calloc(1, sizeof(*head));
	bool deep = depth >= DEPTH;
	int r;

	if (!head)
		return -ENOMEM;
	r = weir_read_tick(m->u);
	if (r == 0)
		r = read_head(m, head);
	if (r < 0)
		return r;
	if (deep && (is_multipart(head) || is_message(head)))
		weir_emit_gap(m->u, WEIR_SCAN_PARTIAL, NULL, "parts are nested too deep");
	if (strcmp(head->type, "multipart/encrypted") == 0)
		weir_emit_gap(m->u, WEIR_SCAN_UNSCANNABLE, m->path_len ? m->path : NULL,
			      WEIR_UNPACK_ENCRYPTED);
	if (!deep && is_multipart(head))
		return read_parts(m, head, depth);
	if (!deep && is_message(head)) {
		size_t before = step(m, "message", 0);

		r = entity(m, depth + 1);
		back(m, before);
		return r;
	}
	return read_leaf(m, head);
}

static int read_messages(struct mail *m)
{
	int r = 0;

	for (unsigned number = 1; r == 0; number++) {
		size_t before = step(m, "message ", number);

		m->lines.stop = WEIR_LINES_GO;
		m->lines.blank = false;
		r = entity(m, 0);
		while (r == 0 && m->lines.stop != WEIR_LINES_FROM &&
		       m->lines.stop != WEIR_LINES_END) {
			m->lines.stop = WEIR_LINES_GO;
			r = drain(m);
		}
		back(m, before);
		if (m->lines.stop == WEIR_LINES_END)
			break;
	}
	return r;
}

static void mail_free(struct mail *m)
{
	weir_window_free(m->lines.window);
	weir_buf_done(&m->field);
	free(m);
}
DEFINE_CLEANUP(mail_free, struct mail *);

int weir_reader_mail(struct weir_unpack *u, const struct weir_bytes *bytes)
{
	struct mail *m _cleanup_(mail_freep) = calloc(1, sizeof(*m));
	const uint8_t *head;
	size_t len = 0;
	int r;

	if (!m)
		return -ENOMEM;
	m->u = u;
	m->field = WEIR_BUF_INIT(FIELD_MAX);
	r = weir_window_new(u, bytes, &m->lines.window);
	if (r < 0)
		return r;
	head = weir_read_head(u, &len);
	m->lines.mbox = len > 5 && memcmp(head, "From ", 5) == 0;
	r = m->lines.mbox ? read_messages(m) : entity(m, 0);
	if (r == 0 && (m->broken || m->lines.window->broken))
		weir_emit_gap(u, WEIR_SCAN_PARTIAL, NULL, "the message breaks off");
	return r;
}
