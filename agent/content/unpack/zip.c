/* SPDX-License-Identifier: Apache-2.0 */
/* Zip archives, and what zip archives are used for. */
#include "zip.h"

#include <errno.h>
#include <string.h>

#include "core.h"
#include "ooxml.h"
#include "zip_inside.h"

#define OUTSIDE_MIN 30 /* less than a member's header: descriptors, padding */

static int emit_member(struct weir_unpack *u, struct weir_zip *zip, size_t index)
{
	struct weir_zip_stream *s _cleanup_(weir_zip_stream_freep) = NULL;
	const struct weir_zip_member *m = weir_zip_member(zip, index);
	int r;

	if (m->directory)
		return weir_read_member(u);
	r = weir_zip_stream_new(zip, index, &s);
	if (r < 0) {
		int member = weir_read_member(u);

		if (member < 0)
			return member;
		if (m->overlapped) {
			if (!zip->overlaps)
				weir_emit_gap(u, WEIR_SCAN_PARTIAL, NULL,
					      "members of the archive overlap");
			zip->overlaps = true;
			return weir_read_tick(u);
		}
		return weir_read_failed(u, r, m->name);
	}
	return weir_emit_object(u, m->name, weir_zip_stream_bytes(s));
}

static bool all_zero(const struct weir_bytes *bytes, uint64_t start, uint64_t end)
{
	uint8_t b[4096];

	/* padding to a block or a page; more than that is worth a look of its own */
	if (end - start > sizeof(b) || weir_read_exact(bytes, start, b, (size_t)(end - start)) < 0)
		return false;
	for (size_t i = 0; i < end - start; i++)
		if (b[i])
			return false;
	return true;
}

/* Bytes that the directory does not speak of: a program in front, members taken out of the directory,
 * what was appended. */
static int emit_outside(struct weir_unpack *u, struct weir_zip *zip, uint64_t start, uint64_t end)
{
	struct weir_range range = {zip->bytes, start, end - start};
	struct weir_bytes bytes;

	if (end < start + OUTSIDE_MIN || all_zero(zip->bytes, start, end))
		return 0;
	bytes = weir_bytes_range(&range);
	return weir_emit_object(u, "outside of members", &bytes);
}

int weir_zip_emit_rest(struct weir_unpack *u, struct weir_zip *zip, const bool *taken)
{
	/* a tail behind something else has that in front */
	uint64_t done = weir_read_kind(u)->read == weir_reader_zip ? 0 : UINT64_MAX;
	int r = 0;

	for (size_t i = 0; r == 0 && i < zip->count; i++) {
		size_t index = zip->by_offset[i];
		const struct zip_entry *e = &zip->entries[index];

		if (!e->member.overlapped && done < e->member.offset)
			r = emit_outside(u, zip, done, e->member.offset);
		if (r == 0 && !(taken && taken[index]))
			r = emit_member(u, zip, index);
		if (!e->member.overlapped)
			done = e->end;
	}
	if (r == 0 && zip->cut) {
		weir_emit_gap(u, WEIR_SCAN_PARTIAL, NULL, "more members than the limit");
		return 0;
	}
	if (r == 0 && done != UINT64_MAX)
		r = emit_outside(u, zip, done, zip->directory);
	if (r == 0)
		r = emit_outside(u, zip, zip->end, zip->bytes->size);
	return r;
}

/* The first member of OpenDocument and EPUB names the type, stored. */
static bool mimetype_is(struct weir_zip *zip, const char *prefix)
{
	size_t len = strlen(prefix), got;
	uint8_t *data _cleanup_(freep) = NULL;
	ssize_t i = weir_zip_find(zip, "mimetype");

	return i >= 0 && weir_zip_member(zip, (size_t)i)->size < 256 &&
	       weir_zip_read_all(zip, (size_t)i, 256, &data, &got) == 0 && got >= len &&
	       memcmp(data, prefix, len) == 0;
}

static int read_zip(struct weir_unpack *u, struct weir_zip *zip)
{
	if (weir_zip_find(zip, "[Content_Types].xml") >= 0)
		return weir_reader_ooxml(u, zip);
	if (mimetype_is(zip, "application/vnd.oasis.opendocument.") ||
	    mimetype_is(zip, "application/vnd.sun.xml."))
		return weir_reader_odf(u, zip);
	if (mimetype_is(zip, "application/epub+zip")) {
		weir_read_type(u, "application/epub+zip");
		weir_read_document(u);
	} else if (weir_zip_find(zip, "META-INF/MANIFEST.MF") >= 0) {
		weir_read_type(u, "application/java-archive");
	}
	return weir_zip_emit_rest(u, zip, NULL);
}

/* Without a directory, members are found by going from one to the next. */
static int read_streamed(struct weir_unpack *u, const struct weir_bytes *bytes)
{
	u->frame->kind = &weir_kind_zip_stream;
	weir_emit_gap(u, WEIR_SCAN_PARTIAL, NULL, "the archive has no directory that can be used");
	return weir_reader_archive(u, bytes);
}

int weir_reader_zip(struct weir_unpack *u, const struct weir_bytes *bytes)
{
	struct weir_zip *zip _cleanup_(weir_zip_freep) = NULL;
	int r = weir_zip_open(u, bytes, &zip);

	if (r == -EBADMSG)
		return read_streamed(u, bytes);
	return r < 0 ? r : read_zip(u, zip);
}
