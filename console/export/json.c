/* SPDX-License-Identifier: Apache-2.0 */
#include "json.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "weir/base/utf8.h"

void weir_json_freep(json_t **json)
{
	json_decref(*json);
}

void weir_json_put(json_t *object, const char *name, json_t *value)
{
	(void)json_object_set_new(object, name, value);
}

void weir_json_put_text(json_t *object, const char *name, const char *text)
{
	if (*text)
		weir_json_put(object, name, json_string(text));
}

void weir_json_put_number(json_t *object, const char *name, uint64_t number)
{
	weir_json_put(object, name,
		      json_integer((json_int_t)WEIR_MIN(number, (uint64_t)INT64_MAX)));
}

void weir_json_put_enum(json_t *object, const char *id_name, int id, const char *name,
			const char *caption)
{
	weir_json_put(object, id_name, json_integer(id));
	weir_json_put_text(object, name, caption);
}

/* The library escapes what is below a blank; the rest of what acts is only found inside strings,
 * where \u means the same. */
static int put_point(struct weir_buf *buf, const char *p, size_t n, uint32_t c)
{
	if (!weir_utf8_acts(c) && c != 0x7f)
		return weir_buf_append(buf, p, n);
	if (c > 0xffff)
		return weir_buf_printf(buf, "\\u%04x\\u%04x", 0xd800 + ((c - 0x10000) >> 10),
				       0xdc00 + (c & 0x3ff));
	return weir_buf_printf(buf, "\\u%04x", c);
}

int weir_json_write(const json_t *json, struct weir_buf *buf)
{
	char *text _cleanup_(freep) = NULL;
	const size_t start = buf->len;
	size_t len;
	int r = 0;

	text = json ? json_dumps(json, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
	if (!text)
		return -ENOMEM;
	len = strlen(text);
	for (size_t at = 0; r == 0 && at < len;) {
		uint32_t c;
		size_t n = weir_utf8_decode(text + at, len - at, &c);

		r = put_point(buf, text + at, n, c);
		at += n;
	}
	if (r < 0 && buf->data) {
		buf->len = start;
		buf->data[start] = '\0';
	}
	return r;
}
