/* SPDX-License-Identifier: Apache-2.0 */
#include "params.h"

#include <errno.h>
#include <string.h>

#include "weir/console_api/api.h"
#include "weir/console_triage/filter.h"

#define VALUE_MAX (WEIR_FILTER_LINE_MAX + 1)

int weir_api_fault(struct weir_error *err, const char *message, const char *hint)
{
	weir_error_set(err, -EINVAL, 0, 0, "%s", message);
	weir_error_hint(err, "%s", hint);
	return -EINVAL;
}

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* Decodes len bytes into text. No NUL, no stray "%". */
static int decode(const char *data, size_t len, char text[static VALUE_MAX], struct weir_error *err)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		char c = data[i] == '+' ? ' ' : data[i];

		if (c == '%') {
			int high = i + 2 < len ? hex_value(data[i + 1]) : -1;
			int low = i + 2 < len ? hex_value(data[i + 2]) : -1;

			if (high < 0 || low < 0 || (high == 0 && low == 0))
				return weir_api_fault(
					err, "the query has a malformed percent sign",
					"write % as %25 and follow it by two hexadecimal digits");
			c = (char)(high << 4 | low);
			i += 2;
		}
		if (n + 1 >= VALUE_MAX)
			return weir_api_fault(err, "a parameter of the query is too long",
					      "use up to 1024 bytes");
		text[n++] = c;
	}
	text[n] = '\0';
	return 0;
}

static int read_param(const char *data, size_t len, const struct weir_api_param *params,
		      size_t n_params, unsigned *seen, void *context, struct weir_error *err)
{
	const char *equals = memchr(data, '=', len);
	size_t name_len = equals ? (size_t)(equals - data) : len;
	char value[VALUE_MAX] = "";

	for (size_t i = 0; i < n_params; i++) {
		if (strlen(params[i].name) != name_len ||
		    memcmp(params[i].name, data, name_len) != 0)
			continue;
		if (*seen & 1u << i)
			return weir_api_fault(err, "a parameter of the query is given twice",
					      "give each parameter once");
		*seen |= 1u << i;
		if (!equals || equals + 1 == data + len)
			return weir_api_fault(err, "a parameter of the query has no value",
					      "write NAME=VALUE, or leave it out");
		if (decode(equals + 1, len - name_len - 1, value, err) < 0)
			return -EINVAL;
		return params[i].read(context, value, err);
	}
	return weir_api_fault(err, "the query has an unknown parameter",
			      "see the API's description for those of this call");
}

int weir_api_read_params(const char *query, const struct weir_api_param *params, size_t n_params,
			 void *context, struct weir_error *err)
{
	unsigned seen = 0;
	int r = 0;

	if (strlen(query) > WEIR_API_QUERY_MAX)
		return weir_api_fault(err, "the query is over 2048 bytes", "use fewer parameters");
	while (r == 0 && *query) {
		size_t len = strcspn(query, "&");

		r = read_param(query, len, params, n_params, &seen, context, err);
		query += len;
		if (*query == '&' && *++query == '\0' && r == 0)
			r = weir_api_fault(err, "the query ends with \"&\"",
					   "leave the last \"&\" out");
	}
	return r;
}
