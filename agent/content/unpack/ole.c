/* SPDX-License-Identifier: Apache-2.0 */
/* Which document a storage of a compound file holds, and what all of them have: properties, embedded
 * objects. */
#include "ole.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "little.h"

#define LOAD_MAX       (UINT64_C(64) << 20)
#define PROPERTIES_MAX (1 << 20)
#define DAMAGED	       "the compound file is damaged; what hung together was read"

const char *weir_ole_name(const struct weir_ole *o, const char *name,
			  char buf[static WEIR_OLE_PATH])
{
	if (!o->path)
		return name;
	if (!name)
		return o->path;
	(void)snprintf(buf, WEIR_OLE_PATH, "%s/%s", o->path, name);
	return buf;
}

void weir_ole_gap(const struct weir_ole *o, enum weir_scan_status status, const char *reason)
{
	weir_emit_gap(o->u, status, o->path, reason);
}

int weir_ole_load(const struct weir_ole *o, uint32_t stream, size_t max, uint8_t **ret_data,
		  size_t *ret_len)
{
	struct weir_cfb_stream s;
	struct weir_bytes bytes;
	uint8_t *data;
	size_t len, done = 0;
	int r = weir_cfb_open(o->cfb, stream, &s, &bytes);

	if (r < 0)
		return r;
	len = (size_t)WEIR_MIN(bytes.size, (uint64_t)max);
	data = malloc(len + 16);
	if (!data)
		return -ENOMEM;
	while (done < len) {
		ssize_t n = bytes.read_at(bytes.context, data + done, WEIR_MIN(len - done, 65536U),
					  done);

		if (n <= 0)
			break;
		done += (size_t)n;
		r = weir_read_tick(o->u);
		if (r < 0) {
			free(data);
			return r;
		}
	}
	memset(data + done, 0, len + 16 - done);
	*ret_data = data;
	*ret_len = done;
	return 0;
}

int weir_ole_object(const struct weir_ole *o, uint32_t stream, const char *name)
{
	char path[WEIR_OLE_PATH];
	struct weir_cfb_stream s;
	struct weir_bytes bytes;
	int r = weir_cfb_open(o->cfb, stream, &s, &bytes);

	if (r < 0)
		return r;
	if (bytes.size == 0)
		return 0;
	return weir_emit_object(o->u, weir_ole_name(o, name, path), &bytes);
}

static int raw_as(const struct weir_ole *o, uint32_t stream, const char *charset)
{
	char path[WEIR_OLE_PATH];
	uint8_t block[8192];
	struct weir_cfb_stream s;
	struct weir_bytes bytes;
	uint64_t at = 0;
	int r = weir_cfb_open(o->cfb, stream, &s, &bytes);

	if (r < 0 || bytes.size == 0)
		return r;
	r = weir_emit_begin(o->u, weir_ole_name(o, weir_cfb_entry(o->cfb, stream)->name, path),
			    charset, WEIR_PART_BYTES);
	while (r == 0) {
		ssize_t n = bytes.read_at(bytes.context, block, sizeof(block), at);

		if (n <= 0)
			return weir_emit_end(o->u);
		at += (uint64_t)n;
		r = weir_read_tick(o->u);
		if (r == 0)
			r = weir_emit_text(o->u, block, (size_t)n);
	}
	return r;
}

int weir_ole_raw(const struct weir_ole *o, uint32_t stream, const char *reason)
{
	int r;

	weir_ole_gap(o, WEIR_SCAN_PARTIAL, reason);
	if (stream == WEIR_CFB_NONE)
		return 0;
	r = raw_as(o, stream, NULL);
	return r < 0 ? r : raw_as(o, stream, "utf-16le");
}

/* ---- property sets ---- */

struct properties {
	const uint8_t *data;
	size_t len;
	enum weir_charset charset;
	struct weir_words words;
};

/* One string at *at, which moves behind it; false when it does not fit. */
static bool property_string(struct properties *p, unsigned type, size_t *at)
{
	size_t n, unit = type == 0x1f ? 2 : 1;

	if (p->len - *at < 4)
		return false;
	n = weir_le32(p->data + *at);
	*at += 4;
	if (n > (p->len - *at) / unit)
		return false;
	if (n > 0 && unit == 2) {
		weir_words_utf16(&p->words, p->data + *at, n * 2);
	} else if (n > 0) {
		const uint8_t *end = memchr(p->data + *at, 0, n);

		weir_words_coded(&p->words, p->charset, p->data + *at,
				 end && p->charset != WEIR_CHARSET_UTF16LE
					 ? (size_t)(end - (p->data + *at))
					 : n);
	}
	weir_words_code(&p->words, '\n');
	*at = WEIR_MIN(p->len, (*at + n * unit + 3) & ~(size_t)3);
	return true;
}

static void property_value(struct properties *p, size_t at)
{
	unsigned type;
	uint32_t count = 1;

	if (at > p->len || p->len - at < 8)
		return;
	type = weir_le32(p->data + at);
	at += 4;
	if (type & 0x1000) {
		count = weir_le32(p->data + at);
		at += 4;
	}
	for (; count > 0 && p->words.r == 0; count--) {
		unsigned one = type & 0xfff;

		if (one == 0x0c && (type & 0x1000)) {
			if (p->len - at < 8)
				return;
			one = weir_le32(p->data + at);
			at += 4;
			if (one == 3) {
				at += 4;
				continue;
			}
		}
		if ((one != 0x1e && one != 0x1f) || !property_string(p, one, &at))
			return;
	}
}

/* Values may overlap in a hostile file: a section is read for no longer than budget. */
static void property_section(struct properties *p, size_t section)
{
	size_t count, budget;

	if (section > p->len || p->len - section < 8)
		return;
	count = WEIR_MIN((size_t)weir_le32(p->data + section + 4), (p->len - section - 8) / 8);
	budget = WEIR_MIN(count, (size_t)256);
	p->charset = WEIR_CHARSET_LATIN1;
	for (size_t i = 0; i < budget; i++) {
		const uint8_t *id = p->data + section + 8 + i * 8;
		size_t at = section + weir_le32(id + 4);

		if (weir_le32(id) == 1 && at <= p->len && p->len - at >= 8)
			p->charset = weir_words_codepage(weir_le16(p->data + at + 4));
	}
	for (size_t i = 0; i < budget && p->words.r == 0; i++) {
		const uint8_t *id = p->data + section + 8 + i * 8;

		if (weir_le32(id) > 1)
			property_value(p, section + weir_le32(id + 4));
	}
}

static int read_properties(const struct weir_ole *o, uint32_t stream, const char *name)
{
	struct properties p;
	char path[WEIR_OLE_PATH];
	uint8_t *data _cleanup_(freep) = NULL;
	uint32_t sections;
	int r = weir_ole_load(o, stream, PROPERTIES_MAX, &data, &p.len);

	if (r < 0)
		return r;
	if (p.len < 48 || weir_le16(data) != 0xfffe)
		return 0;
	p.data = data;
	weir_words_init(&p.words, o->u, weir_ole_name(o, name, path));
	sections = WEIR_MIN(weir_le32(data + 24), 2U);
	for (uint32_t i = 0; i < sections && 28 + (size_t)(i + 1) * 20 <= p.len; i++)
		property_section(&p, weir_le32(data + 28 + (size_t)i * 20 + 16));
	return weir_words_end(&p.words);
}

/* ---- embedded objects ---- */

static bool skip_string(const uint8_t *data, size_t len, size_t *at)
{
	const uint8_t *end = *at < len ? memchr(data + *at, 0, len - *at) : NULL;

	if (!end)
		return false;
	*at = (size_t)(end - data) + 1;
	return true;
}

int weir_ole_package(struct weir_unpack *u, const uint8_t *data, size_t len, bool size_first)
{
	size_t at = (size_first ? 4U : 0U) + 2, label = at;
	struct weir_memory memory;
	struct weir_bytes bytes;
	uint32_t n;
	bool strings = skip_string(data, len, &at);

	/* label and source path, four bytes of flags, length and text of a third path, length and bytes
	 * of the payload */
	strings = strings && skip_string(data, len, &at);
	if (strings && len - at >= 8) {
		n = weir_le32(data + at + 4);
		at += 8;
		if (n <= len - at && len - at - n >= 4) {
			at += n;
			n = weir_le32(data + at);
			at += 4;
			memory = (struct weir_memory){data + at, WEIR_MIN((size_t)n, len - at)};
			bytes = weir_bytes_of(&memory);
			return weir_emit_object(u, (const char *)data + label, &bytes);
		}
	}
	at = size_first ? WEIR_MIN(len, (size_t)4) : 0;
	memory = (struct weir_memory){data + at, len - at};
	bytes = weir_bytes_of(&memory);
	return len > at ? weir_emit_object(u, "object", &bytes) : 0;
}

static int read_native(const struct weir_ole *o, uint32_t stream)
{
	uint8_t *data _cleanup_(freep) = NULL;
	size_t len = 0;
	int r;

	if (weir_cfb_entry(o->cfb, stream)->size > LOAD_MAX)
		weir_ole_gap(o, WEIR_SCAN_PARTIAL, "an embedded object is too large to hold");
	r = weir_ole_load(o, stream, LOAD_MAX, &data, &len);
	return r < 0 ? r : weir_ole_package(o->u, data, len, true);
}

/* ---- storages ---- */

static bool starts(const char *name, const char *with)
{
	return strncasecmp(name, with, strlen(with)) == 0;
}

static bool has(const struct weir_ole *o, const char *name)
{
	return weir_cfb_find(o->cfb, o->storage, name) != WEIR_CFB_NONE;
}

static void type(const struct weir_ole *o, const char *media)
{
	if (o->depth == 0)
		weir_read_type(o->u, media);
}

/* The document that the storage is, if it is one. */
static int read_document(const struct weir_ole *o, bool *ret_known)
{
	uint32_t workbook = weir_cfb_find(o->cfb, o->storage, "Workbook");

	*ret_known = true;
	if (workbook == WEIR_CFB_NONE)
		workbook = weir_cfb_find(o->cfb, o->storage, "Book");
	if (has(o, "EncryptedPackage") || has(o, "\tDRMContent")) {
		type(o, "application/x-ole-encrypted");
		weir_ole_gap(o, WEIR_SCAN_UNSCANNABLE, WEIR_UNPACK_ENCRYPTED);
		return 0;
	}
	if (has(o, "WordDocument")) {
		type(o, "application/msword");
		return weir_doc_read(o);
	}
	if (workbook != WEIR_CFB_NONE) {
		type(o, "application/vnd.ms-excel");
		return weir_xls_read(o, workbook);
	}
	if (has(o, "PowerPoint Document")) {
		type(o, "application/vnd.ms-powerpoint");
		return weir_ppt_read(o);
	}
	*ret_known = false;
	return 0;
}

static int read_stream(const struct weir_ole *o, uint32_t id, bool known)
{
	const char *name = weir_cfb_entry(o->cfb, id)->name;

	if (starts(name, "\5SummaryInformation"))
		return read_properties(o, id, "properties");
	if (starts(name, "\5DocumentSummaryInformation"))
		return read_properties(o, id, "more properties");
	if (starts(name, "\1Ole10Native"))
		return read_native(o, id);
	if (known || (unsigned char)name[0] < ' ')
		return 0;
	return weir_ole_object(o, id, name);
}

static int read_storage(const struct weir_ole *o)
{
	bool known;
	int r;

	if (has(o, "__properties_version1.0")) {
		type(o, "application/vnd.ms-outlook");
		return weir_msg_read(o);
	}
	r = read_document(o, &known);
	for (uint32_t id = weir_cfb_entry(o->cfb, o->storage)->child; id != WEIR_CFB_NONE && r == 0;
	     id = weir_cfb_entry(o->cfb, id)->next) {
		if (weir_cfb_entry(o->cfb, id)->kind == WEIR_CFB_STORAGE)
			r = weir_ole_storage(o, id);
		else
			r = read_stream(o, id, known);
	}
	return r;
}

int weir_ole_storage(const struct weir_ole *o, uint32_t storage)
{
	char path[WEIR_OLE_PATH];
	struct weir_ole inner = {o->u, o->cfb, storage, NULL, o->depth + 1};

	inner.path = weir_ole_name(o, weir_cfb_entry(o->cfb, storage)->name, path);
	if (inner.depth > WEIR_OLE_DEPTH) {
		weir_ole_gap(o, WEIR_SCAN_PARTIAL, "storages are nested too deep");
		return 0;
	}
	return read_storage(&inner);
}

int weir_reader_cfb(struct weir_unpack *u, const struct weir_bytes *bytes)
{
	struct weir_cfb *cfb _cleanup_(weir_cfb_freep) = NULL;
	struct weir_ole o = {.u = u};
	int r = weir_cfb_new(bytes, &cfb);

	if (r == -ENOMEM)
		return r;
	if (r < 0) {
		weir_emit_gap(u, WEIR_SCAN_PARTIAL, NULL,
			      r == -EFBIG ? "the compound file is too large" : DAMAGED);
		return weir_emit_raw(u, bytes, NULL);
	}
	o.cfb = cfb;
	r = read_storage(&o);
	if (r == 0 && weir_cfb_damaged(cfb))
		weir_emit_gap(u, WEIR_SCAN_PARTIAL, NULL, DAMAGED);
	return r;
}
