/* SPDX-License-Identifier: Apache-2.0 */
/* What readers say to the sink, and the limits that all of them share. Knows no format. */
#include <errno.h>
#include <string.h>

#include "core.h"
#include "weir/base/utf8.h"

/* From here on ratio counts; small objects may be as dense as they like. */
#define RATIO_FROM (16u << 20)

int weir_core_state(const struct weir_unpack *u)
{
	return u->stopped < 0 ? u->stopped : u->spent ? -EDQUOT : 0;
}

int weir_core_stop(struct weir_unpack *u, int r)
{
	if (r < 0 && u->stopped == 0)
		u->stopped = r;
	return u->stopped;
}

int weir_read_tick(struct weir_unpack *u)
{
	u->quiet = 0;
	if (u->stopped == 0 && u->sink->tick)
		weir_core_stop(u, u->sink->tick(u->sink->context));
	return weir_core_state(u);
}

int weir_core_bytes_passed(struct weir_unpack *u, size_t n)
{
	u->quiet += n;
	return u->quiet >= PIECE ? weir_read_tick(u) : weir_core_state(u);
}

static void report(struct weir_unpack *u, enum weir_scan_status status, const char *name,
		   const char *reason)
{
	size_t before = weir_path_push(u, name);

	u->sink->gap(u->sink->context, status, u->path, reason);
	weir_path_pop(u, before);
}

void weir_emit_gap(struct weir_unpack *u, enum weir_scan_status status, const char *name,
		   const char *reason)
{
	if (weir_core_state(u) == 0)
		report(u, status, name, reason);
}

/* The first limit passed is reported, then nothing more happens. */
static int spend(struct weir_unpack *u, const char *reason)
{
	if (weir_core_state(u) == 0)
		report(u, WEIR_SCAN_PARTIAL, NULL, reason);
	u->spent = true;
	return weir_core_state(u);
}

int weir_read_member(struct weir_unpack *u)
{
	int r = weir_read_tick(u);

	if (r < 0)
		return r;
	if (u->members >= u->limits.members)
		return spend(u, "more members than the limit");
	u->members++;
	return 0;
}

int weir_read_unpacked(struct weir_unpack *u, uint64_t packed, uint64_t unpacked)
{
	int r = weir_core_state(u);

	if (r < 0)
		return r;
	u->packed += WEIR_MIN(packed, UINT64_MAX - u->packed);
	u->unpacked += WEIR_MIN(unpacked, UINT64_MAX - u->unpacked);
	if (u->unpacked > u->limits.bytes)
		return spend(u, "more bytes unpacked than the limit");
	if (u->unpacked > RATIO_FROM && u->unpacked / u->limits.ratio > u->packed)
		return spend(u, "packed more densely than the limit");
	return weir_core_bytes_passed(u, (size_t)WEIR_MIN(unpacked, (uint64_t)PIECE));
}

int weir_emit_begin(struct weir_unpack *u, const char *name, const char *charset,
		    enum weir_part_form form)
{
	int r = u->open ? weir_emit_end(u) : weir_core_state(u);
	struct weir_part part = {.path = u->path,
				 .type = u->frame->type,
				 .charset = charset,
				 .form = form,
				 .depth = u->depth};

	if (r < 0)
		return r;
	u->part_len = weir_path_push(u, name);
	u->form = form;
	u->open = true;
	u->cell = false;
	u->cells_len = 0;
	r = u->sink->begin(u->sink->context, &part);
	return r < 0 ? weir_core_stop(u, r) : 0;
}

static int give(struct weir_unpack *u, const uint8_t *data, size_t len)
{
	/* what a reader took out may be more than what it read: strings that are shared */
	if (u->form != WEIR_PART_BYTES) {
		u->emitted += len;
		if (u->emitted > u->limits.bytes)
			return spend(u, "more text than the limit");
	}
	while (len > 0) {
		size_t n = WEIR_MIN(len, (size_t)PIECE);
		int r = u->sink->text(u->sink->context, data, n);

		if (r < 0)
			return weir_core_stop(u, r);
		r = weir_core_bytes_passed(u, n);
		if (r < 0)
			return r;
		data += n;
		len -= n;
	}
	return 0;
}

static int flush_cells(struct weir_unpack *u)
{
	size_t n = u->cells_len;

	u->cells_len = 0;
	return n > 0 ? give(u, u->cells, n) : 0;
}

int weir_emit_text(struct weir_unpack *u, const void *data, size_t len)
{
	int r = weir_core_state(u);

	if (r < 0)
		return r;
	if (!u->open)
		return -EINVAL;
	r = flush_cells(u);
	return r < 0 ? r : give(u, data, len);
}

int weir_emit_end(struct weir_unpack *u)
{
	int r;

	if (!u->open)
		return weir_core_state(u);
	if (weir_core_state(u) == 0)
		(void)!flush_cells(u);
	u->open = false;
	/* a text that a limit cut short is ended all the same, one that the sink refused is not */
	if (u->stopped == 0) {
		r = u->sink->end(u->sink->context);
		if (r < 0)
			weir_core_stop(u, r);
	}
	weir_path_pop(u, u->part_len);
	return weir_core_state(u);
}

static int cells_put(struct weir_unpack *u, const uint8_t *data, size_t len)
{
	while (len > 0) {
		size_t n = WEIR_MIN(len, sizeof(u->cells) - u->cells_len);

		memcpy(u->cells + u->cells_len, data, n);
		u->cells_len += n;
		data += n;
		len -= n;
		if (u->cells_len == sizeof(u->cells)) {
			int r = flush_cells(u);

			if (r < 0)
				return r;
		}
	}
	return 0;
}

int weir_emit_cell(struct weir_unpack *u, const void *data, size_t len)
{
	const uint8_t *p = data, *end = p + len;
	int r = weir_core_state(u);

	if (r == 0 && !u->open)
		r = -EINVAL;
	if (r == 0 && u->cell)
		r = cells_put(u, (const uint8_t *)"\t", 1);
	u->cell = true;
	while (r == 0 && p < end) {
		const uint8_t *q = p;

		while (q < end && *q != '\t' && *q != '\r' && *q != '\n')
			q++;
		r = cells_put(u, p, (size_t)(q - p));
		if (r == 0 && q < end)
			r = cells_put(u, (const uint8_t *)" ", 1);
		p = q + 1;
	}
	return r;
}

int weir_emit_row(struct weir_unpack *u)
{
	int r = weir_core_state(u);

	if (r == 0 && !u->open)
		r = -EINVAL;
	u->cell = false;
	return r < 0 ? r : cells_put(u, (const uint8_t *)"\n", 1);
}

int weir_core_flush_names(struct weir_unpack *u)
{
	struct weir_buf *names = &u->frame->names;
	int r = weir_core_state(u);

	if (r < 0 || names->len == 0)
		return r;
	r = weir_emit_begin(u, "names", "utf-8", WEIR_PART_TEXT);
	if (r == 0)
		r = weir_emit_text(u, names->data, names->len);
	weir_buf_clear(names);
	return r < 0 ? r : weir_emit_end(u);
}

int weir_emit_name(struct weir_unpack *u, const char *name, size_t len)
{
	struct weir_buf *names = &u->frame->names;
	int r = weir_core_state(u);

	/* in slices: a name has no limit but its own length field, paths have */
	for (size_t at = 0; r == 0 && at < len;) {
		size_t n = len - at, clean;

		if (n > WEIR_UNPACK_PATH / 2)
			n = WEIR_MAX(weir_utf8_cut(name + at, n, WEIR_UNPACK_PATH / 2), (size_t)1);
		r = weir_buf_reserve(names, WEIR_UNPACK_PATH * 2);
		if (r == -ENOBUFS && (r = weir_core_flush_names(u)) == 0)
			r = weir_buf_reserve(names, WEIR_UNPACK_PATH * 2);
		if (r < 0)
			return r;
		clean = weir_path_clean(name + at, n, names->data + names->len,
					WEIR_UNPACK_PATH * 2 - 1);
		names->len += clean;
		at += n;
	}
	if (r == 0 && len > 0)
		r = weir_buf_append(names, "\n", 1);
	return r;
}

int weir_read_failed(struct weir_unpack *u, int r, const char *name)
{
	enum weir_scan_status status = WEIR_SCAN_PARTIAL;
	const char *reason;
	int state = weir_core_state(u);

	if (state < 0)
		return state;
	if (r == -ENOMEM || r >= 0)
		return WEIR_MIN(r, 0);
	switch (r) {
	case -EBADMSG:
	case -EILSEQ:
		reason = "damaged; what could be read was searched";
		break;
	case -EKEYREJECTED:
		status = WEIR_SCAN_UNSCANNABLE;
		reason = WEIR_UNPACK_ENCRYPTED;
		break;
	case -EOPNOTSUPP:
		status = WEIR_SCAN_UNSCANNABLE;
		reason = "packed by a method that is not supported";
		break;
	case -ENODATA:
		reason = "cut off; what is there was searched";
		break;
	case -EFBIG:
		reason = "too large to be held in memory";
		break;
	case -ENOSYS:
		status = WEIR_SCAN_UNSCANNABLE;
		reason = "the program that reads it is not there";
		break;
	default:
		reason = "could not be read to its end";
		break;
	}
	weir_emit_gap(u, status, name, reason);
	return 0;
}
