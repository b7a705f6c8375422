/* SPDX-License-Identifier: Apache-2.0 */
#include "text.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "magic.h"
#include "weir/base/macros.h"
#include "weir/view/coded.h"

static bool letter(uint8_t c)
{
	return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

static bool digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

static bool starts(const uint8_t *data, size_t len, const char *word)
{
	size_t n = strlen(word);

	return len >= n && strncasecmp((const char *)data, word, n) == 0;
}

/* Past a byte order mark, white space and XML comments. */
static size_t skip_lead(const uint8_t *data, size_t len)
{
	size_t at = len >= 3 && memcmp(data, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;

	while (at < len) {
		const uint8_t *end;

		if (data[at] == ' ' || (data[at] >= '\t' && data[at] <= '\r')) {
			at++;
			continue;
		}
		if (!starts(data + at, len - at, "<!--"))
			break;
		end = memmem(data + at, len - at, "-->", 3);
		if (!end)
			break;
		at = (size_t)(end + 3 - data);
	}
	return at;
}

/* A piece of a page: one of these elements, and any end tag. */
static bool is_fragment(const uint8_t *p, size_t len)
{
	static const char *const names[] = {
		"<p",	   "<div",  "<span", "<tr",	 "<td",	     "<th",	   "<tbody",
		"<ul",	   "<ol",   "<li",   "<dl",	 "<br",	     "<hr",	   "<h1",
		"<h2",	   "<h3",   "<h4",   "<pre",	 "<font",    "<b",	   "<strong",
		"<center", "<form", "<a",    "<section", "<article", "<blockquote"};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		size_t n = strlen(names[i]);

		if (len > n && starts(p, len, names[i]) &&
		    (p[n] == '>' || p[n] == '/' || p[n] == ' ' || p[n] == '\r' || p[n] == '\n' ||
		     p[n] == '\t'))
			return memchr(p + n, '>', len - n) && memmem(p + n, len - n, "</", 2);
	}
	return false;
}

static bool is_html(const uint8_t *p, size_t len)
{
	static const char *const begins[] = {"<!doctype html", "<html",	  "<head",
					     "<body",	       "<title",  "<meta",
					     "<table",	       "<script", "<style"};

	for (size_t i = 0; i < ARRAY_SIZE(begins); i++)
		if (starts(p, len, begins[i]))
			return true;
	if (is_fragment(p, len))
		return true;
	return starts(p, len, "<?xml") && memmem(p, WEIR_MIN(len, (size_t)1024), "<html", 5);
}

/* An element that says where its names come from needs no declaration. */
static bool has_namespace(const uint8_t *p, size_t len)
{
	const uint8_t *end = len > 1 && p[0] == '<' && letter(p[1]) ? memchr(p, '>', len) : NULL;

	return end && memmem(p, (size_t)(end - p), " xmlns", 6);
}

static bool is_xml(const uint8_t *p, size_t len)
{
	return starts(p, len, "<?xml") || starts(p, len, "<!doctype ") || starts(p, len, "<svg") ||
	       starts(p, len, "<soap") || has_namespace(p, len);
}

/* The name of a header field and its colon. Returns the length of the name, 0: none. */
static size_t field_name(const uint8_t *p, size_t len)
{
	size_t n = 0;

	while (n < len && n < 64 && (letter(p[n]) || digit(p[n]) || p[n] == '-'))
		n++;
	return n > 0 && n < len && p[n] == ':' && letter(p[0]) ? n : 0;
}

static unsigned mail_weight(const uint8_t *p, size_t name)
{
	static const struct {
		const char *name;
		unsigned weight;
	} known[] = {
		{"received", 2},     {"return-path", 2},
		{"message-id", 3},   {"mime-version", 3},
		{"content-type", 2}, {"content-transfer-encoding", 3},
		{"delivered-to", 2}, {"dkim-signature", 3},
		{"from", 1},	     {"to", 1},
		{"cc", 1},	     {"subject", 1},
		{"date", 1},	     {"reply-to", 1},
		{"x-mailer", 2},     {"content-disposition", 2},
	};

	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		if (strlen(known[i].name) == name &&
		    strncasecmp((const char *)p, known[i].name, name) == 0)
			return known[i].weight;
	return 0;
}

/* A head of fields with names that mail alone has, each on its line. */
static bool is_mail(const uint8_t *p, size_t len)
{
	unsigned weight = 0, lines = 0;

	for (size_t at = 0; at < len && lines < 100; lines++) {
		const uint8_t *end = memchr(p + at, '\n', len - at);
		size_t line = end ? (size_t)(end - p) - at : len - at;
		size_t name = field_name(p + at, line);

		if (name > 0)
			weight += mail_weight(p + at, name);
		else if (lines == 0 || (p[at] != ' ' && p[at] != '\t'))
			break;
		at += line + 1;
	}
	return weight >= 4;
}

static bool is_mbox(const uint8_t *p, size_t len)
{
	const uint8_t *end;

	if (!starts(p, len, "From ") || p[0] != 'F')
		return false;
	end = memchr(p, '\n', len);
	return end && is_mail(end + 1, len - (size_t)(end + 1 - p));
}

/* "begin 644 name" */
static bool is_uuencode(const uint8_t *p, size_t len)
{
	return len > 12 && (memcmp(p, "begin ", 6) == 0 || memcmp(p, "begin-base64 ", 13) == 0) &&
	       memchr(p, '\n', WEIR_MIN(len, (size_t)512)) &&
	       (p[5] == '-' || (digit(p[6]) && digit(p[7]) && digit(p[8])));
}

static bool is_coded(const uint8_t *p, size_t len)
{
	enum weir_coding coding;

	return weir_coded_whole(p, len, &coding);
}

enum weir_text_kind weir_text_kind(const uint8_t *data, size_t len)
{
	size_t at = skip_lead(data, len);
	const uint8_t *p = data + at;
	size_t left = len - at;

	if (is_html(p, left))
		return WEIR_TEXT_HTML;
	if (is_xml(p, left))
		return WEIR_TEXT_XML;
	if (is_mbox(p, left))
		return WEIR_TEXT_MBOX;
	if (is_mail(p, left))
		return WEIR_TEXT_MAIL;
	if (is_uuencode(p, left) || is_coded(data, len))
		return WEIR_TEXT_CODED;
	return WEIR_TEXT_PLAIN;
}

/* charset=gbk, charset="gbk", encoding='gbk' */
const char *weir_magic_charset(const uint8_t *data, size_t len, char *ret)
{
	static const char *const marks[] = {"charset", "encoding"};
	const uint8_t *end = data + WEIR_MIN(len, (size_t)1024);
	size_t lead = skip_lead(data, (size_t)(end - data)), n = 0;

	if (lead >= (size_t)(end - data) || (data[lead] != '<' && data[lead] != '@'))
		return NULL;
	for (const uint8_t *p = data + lead; p < end; p++) {
		const uint8_t *q = NULL;

		for (size_t i = 0; i < ARRAY_SIZE(marks); i++)
			if (starts(p, (size_t)(end - p), marks[i]))
				q = p + strlen(marks[i]);
		if (!q)
			continue;
		while (q < end && (*q == ' ' || *q == '=' || *q == '"' || *q == '\''))
			q++;
		while (q < end && n < 31 &&
		       (letter(*q) || digit(*q) || *q == '-' || *q == '_' || *q == ':'))
			ret[n++] = (char)*q++;
		if (n > 0)
			break;
	}
	ret[n] = '\0';
	return n > 0 ? ret : NULL;
}
