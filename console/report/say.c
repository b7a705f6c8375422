/* SPDX-License-Identifier: Apache-2.0 */
#include "weir/console_report/say.h"

#include <string.h>

#include "weir/console_report/words.h"

#define DEPTH_MAX 4 /* of values within values */

static int say(const json_t *value, bool coded, bool chinese, unsigned depth, struct weir_buf *ret);

/* The text of a name, each {} in it replaced by the next of `with`. */
static int say_word(const json_t *value, bool chinese, unsigned depth, struct weir_buf *ret)
{
	const char *name = json_string_value(json_object_get(value, "word"));
	const json_t *with = json_object_get(value, "with");
	const char *text = name ? weir_report_word(name, chinese) : "";
	const char *place;
	size_t next = 0;
	int r = 0;

	while (r == 0 && (place = strstr(text, "{}")) != NULL) {
		r = weir_buf_append(ret, text, (size_t)(place - text));
		if (r == 0)
			r = say(json_array_get(with, next++), false, chinese, depth, ret);
		text = place + strlen("{}");
	}
	return r < 0 ? r : weir_buf_puts(ret, text);
}

static int say_list(const json_t *value, bool chinese, unsigned depth, struct weir_buf *ret)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < json_array_size(value); i++) {
		if (i)
			r = weir_buf_puts(ret, chinese ? "、" : ", ");
		if (r == 0)
			r = say(json_array_get(value, i), false, chinese, depth, ret);
	}
	return r;
}

static int say(const json_t *value, bool coded, bool chinese, unsigned depth, struct weir_buf *ret)
{
	const char *text = json_string_value(value);

	if (depth > DEPTH_MAX)
		return weir_buf_puts(ret, "…");
	if (text)
		return weir_buf_puts(ret, coded ? weir_report_word(text, chinese) : text);
	if (json_is_integer(value))
		return weir_buf_printf(ret, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
	if (json_is_real(value))
		return weir_buf_printf(ret, "%.3f", json_real_value(value));
	if (json_is_object(value))
		return say_word(value, chinese, depth + 1, ret);
	if (json_array_size(value))
		return say_list(value, chinese, depth + 1, ret);
	return weir_buf_puts(ret, "–");
}

int weir_report_say(const char *column, const json_t *value, bool chinese, struct weir_buf *ret)
{
	return say(value, weir_report_is_coded(column), chinese, 0, ret);
}
