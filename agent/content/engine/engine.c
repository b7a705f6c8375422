/* SPDX-License-Identifier: Apache-2.0 */
#include "weir/engine/engine.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "look.h"
#include "pick.h"
#include "tally.h"
#include "text.h"
#include "weir/base/utf8.h"
#include "weir/validate/validate.h"

#define SHOWN_DIGITS 6 /* so many in a row are not shown in a path */

struct weir_engine {
	uint8_t key[WEIR_HASH_KEY_LEN];
	struct weir_look *look;
	struct weir_tally *tally;
	struct weir_text *text;

	struct weir_engine_request request;
	uint64_t bytes; /* of the object */
	bool over;	/* more than max_bytes came */
	bool limited;
	bool texts; /* a text was looked at */
	int error;
	bool encrypted; /* some gap is */
	/* the gravest gap so far */
	enum weir_scan_status status;
	char reason[WEIR_REASON_MAX];
};

int weir_engine_new(const struct weir_engine_options *options, struct weir_engine **ret)
{
	struct weir_engine *e _cleanup_(weir_engine_freep) = calloc(1, sizeof(*e));
	const struct weir_catalogue *catalogue = weir_catalogue_builtin();
	int r;

	if (!e)
		return -ENOMEM;
	if (options && options->catalogue)
		catalogue = options->catalogue;
	if (options && options->key)
		memcpy(e->key, options->key, sizeof(e->key));
	else if (getrandom(e->key, sizeof(e->key), 0) != (ssize_t)sizeof(e->key))
		return -EIO;
	r = weir_look_new(catalogue, &e->look);
	if (r == 0)
		r = weir_tally_new(catalogue, &e->tally);
	if (r == 0)
		r = weir_text_new(e->look, e->tally, &e->text);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(e);
	return 0;
}

void weir_engine_free(struct weir_engine *e)
{
	if (!e)
		return;
	weir_text_free(e->text);
	weir_tally_free(e->tally);
	weir_look_free(e->look);
	free(e);
}

static void object_begins(struct weir_engine *e, const struct weir_engine_request *request)
{
	e->request = *request;
	e->bytes = 0;
	e->over = e->limited = e->texts = false;
	e->error = 0;
	e->encrypted = false;
	e->status = WEIR_SCAN_COMPLETE;
	e->reason[0] = '\0';
	weir_look_begin(e->look, weir_check_today(request->now_ns),
			request->key ? request->key : e->key);
	weir_tally_begin(e->tally, request->min_confidence);
}

void weir_engine_begin(struct weir_engine *e, const struct weir_engine_request *request)
{
	object_begins(e, request);
	weir_text_begin(e->text, WEIR_PART_BYTES, request->charset, WEIR_CHARSET_BYTES);
}

static void note_error(struct weir_engine *e, int r)
{
	if (r < 0 && e->error == 0)
		e->error = r;
}

static void text_ends(struct weir_engine *e)
{
	note_error(e, weir_text_end(e->text));
	e->limited |= weir_text_limited(e->text);
	e->texts = true;
}

int weir_engine_feed(struct weir_engine *e, const void *data, size_t len)
{
	if (e->request.max_bytes && len > e->request.max_bytes - e->bytes) {
		len = (size_t)(e->request.max_bytes - e->bytes);
		e->over = true;
	}
	e->bytes += len;
	note_error(e, weir_text_feed(e->text, data, len));
	return e->error < 0 ? e->error : !e->over;
}

/* A part's path without long numbers: names of members may hold what the members do, and damage may
 * make a name of content. ASCII digits become '*' where 6 or more stand in a row. */
static void plain_path(const char *path, char ret[static WEIR_UNPACK_PATH])
{
	size_t n = 0, row = 0;

	for (; path[n] && n + 1 < WEIR_UNPACK_PATH; n++) {
		row = path[n] >= '0' && path[n] <= '9' ? row + 1 : 0;
		ret[n] = row < SHOWN_DIGITS ? path[n] : '*';
		for (size_t i = 1; row == SHOWN_DIGITS && i < SHOWN_DIGITS; i++)
			ret[n - i] = '*';
	}
	ret[n] = '\0';
}

/* What is said first of the same gravity stays. */
static void outcome(struct weir_engine *e, enum weir_scan_status status, const char *path,
		    const char *reason)
{
	char plain[WEIR_UNPACK_PATH];

	if (status <= e->status)
		return;
	e->status = status;
	plain_path(path ? path : "", plain);
	if (plain[0])
		(void)snprintf(e->reason, sizeof(e->reason), "%.*s: %s",
			       (int)weir_utf8_cut(plain, strlen(plain), 40), plain, reason);
	else
		(void)snprintf(e->reason, sizeof(e->reason), "%s", reason);
}

static void object_ends(struct weir_engine *e, const char *type, struct weir_findings *ret)
{
	if (e->over)
		outcome(e, WEIR_SCAN_PARTIAL, NULL,
			"too large: only the first bytes up to the limit were searched");
	if (e->limited)
		outcome(e, WEIR_SCAN_PARTIAL, NULL, "a pattern or a count reached its limit");
	if (e->error == -ETIMEDOUT)
		outcome(e, WEIR_SCAN_PARTIAL, NULL,
			"the time for one file was over before its end");
	else if (e->error == -ENOMEM)
		outcome(e, WEIR_SCAN_ERROR, NULL, "out of memory");
	else if (e->error < 0)
		outcome(e, WEIR_SCAN_ERROR, NULL, "the engine failed");
	weir_tally_finish(e->tally, ret);
	ret->status = e->status;
	ret->encrypted = e->encrypted;
	ret->bytes = e->bytes;
	memset(ret->reason, 0, sizeof(ret->reason));
	memcpy(ret->reason, e->reason, strlen(e->reason));
	memset(ret->type, 0, sizeof(ret->type));
	(void)snprintf(ret->type, sizeof(ret->type), "%s", type);
}

void weir_engine_finish(struct weir_engine *e, struct weir_findings *ret)
{
	text_ends(e);
	object_ends(e, e->bytes ? "text/plain" : "application/x-empty", ret);
}

static int part_begins(void *context, const struct weir_part *part)
{
	struct weir_engine *e = context;
	enum weir_charset declared =
		part->charset ? weir_charset_named(part->charset, strlen(part->charset))
			      : WEIR_CHARSET_BYTES;
	char path[WEIR_UNPACK_PATH];

	plain_path(part->path, path);
	/* offsets of the object itself are its own; what was taken out of it has a name, even where
	 * a member has none */
	if (!path[0] && (part->depth > 0 || part->form != WEIR_PART_BYTES))
		(void)snprintf(path, sizeof(path), "content");
	weir_tally_part(e->tally, path);
	weir_text_begin(e->text, part->form, e->request.charset, declared);
	return 0;
}

static int part_text(void *context, const void *data, size_t len)
{
	struct weir_engine *e = context;
	int r = weir_text_feed(e->text, data, len);

	note_error(e, r);
	return r;
}

static int part_ends(void *context)
{
	struct weir_engine *e = context;

	text_ends(e);
	return e->error;
}

static void gap(void *context, enum weir_scan_status status, const char *path, const char *reason)
{
	struct weir_engine *e = context;

	/* the object itself can't be read; what lies in it leaves a part unread */
	if (status == WEIR_SCAN_UNSCANNABLE && path[0])
		status = WEIR_SCAN_PARTIAL;
	e->encrypted |= strcmp(reason, WEIR_UNPACK_ENCRYPTED) == 0;
	outcome(e, status, path, reason);
}

static int tick(void *context)
{
	struct weir_engine *e = context;
	int r = e->request.tick ? e->request.tick(e->request.tick_context) : 0;

	note_error(e, r);
	return r;
}

/* The object, no further than the limit. */
struct bounded {
	struct weir_engine *engine;
	const struct weir_bytes *bytes;
	uint64_t max;
};

static ssize_t read_bounded(void *context, void *data, size_t len, uint64_t offset)
{
	struct bounded *b = context;
	ssize_t n;

	if (offset >= b->max) {
		b->engine->over |= b->bytes->size == UINT64_MAX || b->bytes->size > b->max;
		return 0;
	}
	n = b->bytes->read_at(b->bytes->context, data, (size_t)WEIR_MIN(len, b->max - offset),
			      offset);
	if (n > 0)
		b->engine->bytes = WEIR_MAX(b->engine->bytes, offset + (uint64_t)n);
	return n;
}

static struct weir_bytes bound(struct weir_engine *e, const struct weir_engine_request *request,
			       const struct weir_bytes *bytes, struct bounded *ret)
{
	*ret = (struct bounded){.engine = e,
				.bytes = bytes,
				.max = request->max_bytes ? request->max_bytes : UINT64_MAX - 1};
	return (struct weir_bytes){
		.read_at = read_bounded,
		.context = ret,
		.size = bytes->size == UINT64_MAX ? UINT64_MAX : WEIR_MIN(bytes->size, ret->max)};
}

void weir_engine_scan(struct weir_engine *e, const struct weir_engine_request *request,
		      const struct weir_bytes *bytes, struct weir_findings *ret)
{
	struct bounded bounded;
	const struct weir_bytes source = bound(e, request, bytes, &bounded);
	const struct weir_unpack_sink sink = {.context = e,
					      .begin = part_begins,
					      .text = part_text,
					      .end = part_ends,
					      .gap = gap,
					      .tick = tick};
	const char *type = "application/octet-stream";

	object_begins(e, request);
	if (bytes->size != UINT64_MAX && bytes->size > bounded.max)
		e->over = true;
	note_error(e, weir_unpack(&source, &request->unpack, &sink, &type));
	object_ends(e, type, ret);
}

void weir_engine_excerpts(struct weir_engine *e, const struct weir_engine_request *request,
			  const struct weir_bytes *bytes, const struct weir_findings *findings,
			  struct weir_excerpts *ret)
{
	uint32_t text_of[WEIR_FINDINGS_PARTS];
	struct bounded bounded;
	const struct weir_bytes source = bound(e, request, bytes, &bounded);

	for (size_t i = 0; i < WEIR_FINDINGS_PARTS; i++)
		text_of[i] = weir_tally_text_of(e->tally, (uint8_t)i);
	weir_pick(request, &source, findings, text_of, ret);
}
