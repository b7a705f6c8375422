/* SPDX-License-Identifier: Apache-2.0 */
#include "corpora.h"

#include <errno.h>
#include <fts.h>
#include <iconv.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "generate.h"

#define MARGIN	 64
#define FILE_MAX (1 << 20)

const char *corpus_name(enum corpus_kind kind)
{
	static const char *const names[CORPORA] = {"text",   "csv",	"logs",	  "source",
						   "random", "gb18030", "utf16le"};

	return names[kind];
}

static int corpus_new(size_t len, struct corpus *ret)
{
	size_t size = (len + 3 * MARGIN - 1) / MARGIN * MARGIN;

	ret->room = aligned_alloc(MARGIN, size);
	if (!ret->room)
		return -ENOMEM;
	memset(ret->room, 0, size);
	ret->data = ret->room + MARGIN;
	ret->len = len;
	return 0;
}

void corpus_done(struct corpus *corpus)
{
	free(corpus->room);
	*corpus = (struct corpus){0};
}

static int by_name(const FTSENT **a, const FTSENT **b)
{
	return strcmp((*a)->fts_name, (*b)->fts_name);
}

static bool ends_with(const char *name, const char *end)
{
	size_t n = strlen(name), m = strlen(end);

	return n >= m && strcmp(name + n - m, end) == 0;
}

typedef bool (*wanted_fn)(const char *path);

static bool wanted_zh(const char *path)
{
	return strstr(path, "zh") && !ends_with(path, ".pdf") && !ends_with(path, ".png") &&
	       !ends_with(path, ".mo");
}

static bool wanted_en(const char *path)
{
	return !strstr(path, "zh") &&
	       (ends_with(path, ".gz") || ends_with(path, ".txt") || ends_with(path, "copyright") ||
		ends_with(path, ".md") || ends_with(path, ".rst"));
}

static bool wanted_source(const char *path)
{
	return ends_with(path, ".h") || ends_with(path, ".c") || ends_with(path, ".py");
}

/* Appends the file, unpacked, up to len bytes in all. Binary files are left out. */
static size_t append_file(const char *path, uint8_t *data, size_t used, size_t len)
{
	gzFile file = gzopen(path, "rb");
	size_t most = len - used < FILE_MAX ? len - used : FILE_MAX;
	int n;

	if (!file)
		return used;
	n = gzread(file, data + used, (unsigned)most);
	gzclose(file);
	return n <= 0 || memchr(data + used, 0, (size_t)n) ? used : used + (size_t)n;
}

static size_t append_tree(const char *const *roots, wanted_fn wanted, uint8_t *data, size_t len)
{
	FTS *tree = fts_open((char *const *)roots, FTS_PHYSICAL | FTS_NOCHDIR, by_name);
	size_t used = 0;

	if (!tree)
		return 0;
	for (FTSENT *entry; used < len && (entry = fts_read(tree));)
		if (entry->fts_info == FTS_F && wanted(entry->fts_path))
			used = append_file(entry->fts_path, data, used, len);
	fts_close(tree);
	return used;
}

/* Fills what is left by repeating, or by prose where there was next to nothing. */
static void fill(uint8_t *data, size_t used, size_t len, bool chinese)
{
	if (used < 65536 && used < len)
		used += generate_prose(data + used, len - used < 4000000 ? len - used : 4000000,
				       chinese);
	for (size_t at = used; at < len; at += used)
		memcpy(data + at, data, len - at < used ? len - at : used);
}

static int make_text(struct corpus *corpus)
{
	static const char *const roots[] = {"/usr/share/debian-reference", "/usr/share/doc",
					    "/usr/share/gnome/help", "/usr/share/man", NULL};
	size_t half = corpus->len / 2 + 8192, zh, en;
	uint8_t *text _cleanup_(freep) = malloc(2 * half);

	if (!text)
		return -ENOMEM;
	zh = append_tree(roots, wanted_zh, text, half);
	fill(text, zh, half, true);
	en = append_tree(roots, wanted_en, text + half, half);
	fill(text + half, en, half, false);
	corpus->unique = zh + en;
	for (size_t at = 0; at < corpus->len; at += 16384) {
		size_t from = at / 2, left = corpus->len - at;
		size_t first = left < 8192 ? left : 8192;
		size_t second = left - first < 8192 ? left - first : 8192;

		memcpy(corpus->data + at, text + from, first);
		memcpy(corpus->data + at + first, text + half + from, second);
	}
	return 0;
}

static int make_source(struct corpus *corpus)
{
	static const char *const roots[] = {"/usr/src", "/usr/include", "/usr/lib/python3.11",
					    NULL};
	size_t used = append_tree(roots, wanted_source, corpus->data, corpus->len);

	fill(corpus->data, used, corpus->len, false);
	corpus->unique = used;
	return 0;
}

int corpus_make(enum corpus_kind kind, size_t len, struct corpus *ret)
{
	int r = corpus_new(len, ret);

	if (r < 0)
		return r;
	switch (kind) {
	case CORPUS_TEXT:
		r = make_text(ret);
		break;
	case CORPUS_SOURCE:
		r = make_source(ret);
		break;
	case CORPUS_CSV:
		generate_csv(ret->data, len);
		break;
	case CORPUS_LOGS:
		generate_logs(ret->data, len);
		break;
	default:
		generate_random(ret->data, len);
		break;
	}
	return r;
}

int corpus_encode(const struct corpus *text, const char *charset, struct corpus *ret)
{
	iconv_t converter = iconv_open(charset, "UTF-8");
	char *in = (char *)text->data, *out;
	size_t in_left = text->len, out_left = text->len;
	int r;

	if (converter == (iconv_t)-1)
		return -errno;
	r = corpus_new(text->len, ret);
	if (r < 0) {
		iconv_close(converter);
		return r;
	}
	out = (char *)ret->data;
	/* what is malformed (a character cut by the alternation) is left out */
	while (in_left > 0 && iconv(converter, &in, &in_left, &out, &out_left) == (size_t)-1 &&
	       errno != E2BIG) {
		in++;
		in_left--;
	}
	ret->len -= out_left;
	iconv_close(converter);
	return 0;
}
