/* SPDX-License-Identifier: Apache-2.0 */
/* A message of Outlook: each property is a stream, whose name tells what it is and of which type.
 * Recipients and attachments are storages of the same make. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "little.h"
#include "ole.h"
#include "weir/base/buf.h"

#define LOAD_MAX (64U << 20)

enum {
	T_BINARY = 0x0102,
	T_NARROW = 0x001e,
	T_WIDE = 0x001f,
	T_MANY = 0x1000,

	P_BODY = 0x1000,
	P_RTF = 0x1009,
	P_HTML = 0x1013,
	P_DATA = 0x3701,
	P_SHORT_NAME = 0x3704,
	P_LONG_NAME = 0x3707,
	P_CPID = 0x3fde,
	P_CODEPAGE = 0x3ffd,
};

struct message {
	struct weir_ole o;
	enum weir_charset charset; /* of 8-bit strings; BYTES: to be guessed */
	struct weir_words words;   /* of the properties */
};

/* "__substg1.0_PPPPTTTT", also with "-00000001" behind it; false for other names. */
static bool property_of(const char *name, unsigned *ret_id, unsigned *ret_type)
{
	unsigned id, type;

	if (strncasecmp(name, "__substg1.0_", 12) != 0 ||
	    sscanf(name + 12, "%4x%4x", &id, &type) != 2)
		return false;
	*ret_id = id;
	*ret_type = type;
	return true;
}

/* A number among the fixed properties, 0 when it is not there. */
static int fixed(const struct weir_ole *o, unsigned first, unsigned second, uint32_t *ret)
{
	uint32_t id = weir_cfb_find(o->cfb, o->storage, "__properties_version1.0");
	uint8_t *data _cleanup_(freep) = NULL;
	size_t len = 0;
	int r;

	*ret = 0;
	if (id == WEIR_CFB_NONE)
		return 0;
	r = weir_ole_load(o, id, 65536, &data, &len);
	for (size_t at = len % 16 == 8 ? 8 : 0; r == 0 && at + 16 <= len; at += 16) {
		unsigned property = weir_le16(data + at + 2);

		if (weir_le16(data + at) == 3 && (property == first || property == second)) {
			*ret = weir_le32(data + at + 8);
			if (property == first)
				break;
		}
	}
	return r;
}

static void string(struct message *m, unsigned type, const uint8_t *data, size_t len)
{
	enum weir_charset charset = m->charset;
	size_t bom = 0;

	if (type == T_WIDE) {
		weir_words_utf16(&m->words, data, len);
	} else {
		if (charset == WEIR_CHARSET_BYTES)
			charset = weir_charset_guess(data, len, true, WEIR_CHARSET_BYTES, &bom);
		weir_words_coded(&m->words, charset, data + bom, len - bom);
	}
	weir_words_code(&m->words, '\n');
}

static int read_string(struct message *m, uint32_t id, unsigned type)
{
	uint8_t *data _cleanup_(freep) = NULL;
	size_t len = 0;
	int r = weir_ole_load(&m->o, id, LOAD_MAX, &data, &len);

	if (r < 0)
		return r;
	if (weir_cfb_entry(m->o.cfb, id)->size > LOAD_MAX)
		weir_ole_gap(&m->o, WEIR_SCAN_PARTIAL, "a property is too large to hold");
	string(m, type & 0xfff, data, len);
	return m->words.r;
}

/* Texts of one storage but the body, which is a part of its own. */
static int read_strings(struct message *m)
{
	const struct weir_cfb *cfb = m->o.cfb;
	char path[WEIR_OLE_PATH];
	int r = 0;

	weir_words_init(&m->words, m->o.u, weir_ole_name(&m->o, "properties", path));
	for (uint32_t id = weir_cfb_entry(cfb, m->o.storage)->child; id != WEIR_CFB_NONE && r == 0;
	     id = weir_cfb_entry(cfb, id)->next) {
		unsigned property, type;

		if (!property_of(weir_cfb_entry(cfb, id)->name, &property, &type) ||
		    property == P_BODY)
			continue;
		if ((type & ~(unsigned)T_MANY) == T_NARROW || (type & ~(unsigned)T_MANY) == T_WIDE)
			r = read_string(m, id, type);
	}
	return r < 0 ? r : weir_words_end(&m->words);
}

static uint32_t property(const struct weir_ole *o, unsigned id, unsigned type)
{
	char name[32];

	(void)snprintf(name, sizeof(name), "__substg1.0_%04X%04X", id, type);
	return weir_cfb_find(o->cfb, o->storage, name);
}

static int read_body(struct message *m)
{
	unsigned type = T_WIDE;
	uint32_t id = property(&m->o, P_BODY, type);
	int r;

	if (id == WEIR_CFB_NONE)
		id = property(&m->o, P_BODY, type = T_NARROW);
	if (id == WEIR_CFB_NONE)
		return 0;
	weir_words_init(&m->words, m->o.u, m->o.path);
	r = read_string(m, id, type);
	return r < 0 ? r : weir_words_end(&m->words);
}

static int read_rtf(const struct weir_ole *o)
{
	uint32_t id = property(o, P_RTF, T_BINARY);
	uint8_t *data _cleanup_(freep) = NULL, *rtf _cleanup_(freep) = NULL;
	struct weir_memory memory = {0};
	struct weir_bytes bytes;
	char path[WEIR_OLE_PATH];
	size_t len = 0;
	int r;

	if (id == WEIR_CFB_NONE)
		return 0;
	r = weir_ole_load(o, id, LOAD_MAX, &data, &len);
	if (r < 0 || len == 0)
		return r;
	r = weir_lzfu(data, len, &rtf, &memory.len);
	if (r == -ENOMEM)
		return r;
	if (r < 0)
		weir_ole_gap(o, WEIR_SCAN_PARTIAL, "the packed text is damaged");
	r = weir_read_unpacked(o->u, len, memory.len);
	if (r < 0 || memory.len == 0)
		return r;
	memory.data = rtf;
	bytes = weir_bytes_of(&memory);
	return weir_emit_object(o->u, weir_ole_name(o, "body.rtf", path), &bytes);
}

/* HTML that is a string is read among the properties. */
static int read_html(const struct weir_ole *o)
{
	uint32_t id = property(o, P_HTML, T_BINARY);

	return id == WEIR_CFB_NONE ? 0 : weir_ole_object(o, id, "body.html");
}

/* The attachment's file name as UTF-8 in name. */
static int attachment_name(const struct message *m, char *name, size_t size)
{
	static const struct {
		unsigned id, type;
	} names[] = {{P_LONG_NAME, T_WIDE},
		     {P_LONG_NAME, T_NARROW},
		     {P_SHORT_NAME, T_WIDE},
		     {P_SHORT_NAME, T_NARROW}};
	uint8_t *data _cleanup_(freep) = NULL;
	size_t len = 0, used = 0, n;
	uint32_t id = WEIR_CFB_NONE;
	size_t i = 0;
	int r;

	(void)snprintf(name, size, "attachment");
	for (; i < ARRAY_SIZE(names); i++) {
		id = property(&m->o, names[i].id, names[i].type);
		if (id != WEIR_CFB_NONE)
			break;
	}
	if (id == WEIR_CFB_NONE)
		return 0;
	r = weir_ole_load(&m->o, id, 512, &data, &len);
	if (r < 0 || len == 0)
		return r;
	if (names[i].type == T_WIDE) {
		n = weir_charset_decode(WEIR_CHARSET_UTF16LE, data, WEIR_MIN(len, size / 4), true,
					(uint8_t *)name, size - 1, &used);
	} else {
		n = WEIR_MIN(len, size - 1);
		memcpy(name, data, n);
	}
	name[n] = '\0';
	return 0;
}

static int read_attachment(const struct message *outer, uint32_t storage)
{
	struct message m = {.o = outer->o, .charset = outer->charset};
	char name[WEIR_OLE_PATH / 2], path[WEIR_OLE_PATH];
	uint32_t data;
	int r;

	m.o.storage = storage;
	r = attachment_name(&m, name, sizeof(name));
	if (r == 0)
		r = read_strings(&m);
	if (r < 0)
		return r;
	data = property(&m.o, P_DATA, T_BINARY);
	if (data != WEIR_CFB_NONE)
		return weir_ole_object(&m.o, data, name);
	data = property(&m.o, P_DATA, 0x000d);
	if (data == WEIR_CFB_NONE)
		return 0;
	m.o.path = weir_ole_name(&outer->o, name, path);
	return weir_ole_storage(&m.o, data);
}

static bool starts(const char *name, const char *with)
{
	return strncasecmp(name, with, strlen(with)) == 0;
}

static int read_storages(const struct message *m)
{
	const struct weir_cfb *cfb = m->o.cfb;
	int r = 0;

	for (uint32_t id = weir_cfb_entry(cfb, m->o.storage)->child; id != WEIR_CFB_NONE && r == 0;
	     id = weir_cfb_entry(cfb, id)->next) {
		const struct weir_cfb_entry *e = weir_cfb_entry(cfb, id);
		struct message inner = {.o = m->o, .charset = m->charset};

		if (e->kind != WEIR_CFB_STORAGE)
			continue;
		r = weir_read_tick(m->o.u);
		if (r < 0)
			break;
		inner.o.storage = id;
		if (starts(e->name, "__attach_version1.0"))
			r = read_attachment(m, id);
		else if (starts(e->name, "__recip_version1.0") || starts(e->name, "__nameid"))
			r = read_strings(&inner);
		else
			r = weir_ole_storage(&m->o, id);
	}
	return r;
}

int weir_msg_read(const struct weir_ole *o)
{
	struct message m = {.o = *o};
	uint32_t page = 0;
	int r = fixed(o, P_CODEPAGE, P_CPID, &page);

	if (r < 0)
		return r;
	m.charset = weir_words_codepage(page);
	r = read_strings(&m);
	if (r == 0)
		r = read_body(&m);
	if (r == 0)
		r = read_html(o);
	if (r == 0)
		r = read_rtf(o);
	return r < 0 ? r : read_storages(&m);
}
