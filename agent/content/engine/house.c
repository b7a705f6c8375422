/* SPDX-License-Identifier: Apache-2.0 */
#include "house.h"

#include <string.h>

#include "weir/base/macros.h"
#include "weir/validate/validate.h"

#define BACK 180 /* bytes before a house number: the start of its address */

/* The bounds of the patterns in the catalogue. */
#define NAMES_MAX     40 /* before the province */
#define BEHIND_LEAST  3	 /* characters between the province and the mark */
#define STRETCH_LEAST 4
#define STRETCH_MOST  80

_Static_assert(WEIR_HOUSE_CHARACTERS >= NAMES_MAX + 3 + STRETCH_MOST + 1,
	       "the longest form with the longest name of a province");

static bool is_alnum(uint8_t c)
{
	return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
}

static bool is_hanzi(const uint8_t *p, size_t left)
{
	return left >= 3 && p[0] >= 0xe4 && p[0] <= 0xe9 && (p[1] & 0xc0) == 0x80 &&
	       (p[2] & 0xc0) == 0x80;
}

/* The three bytes before at are a punctuation mark of full width or of Chinese text. */
static bool punctuation_before(const uint8_t *data, size_t at)
{
	if (at < 3)
		return false;
	return (data[at - 3] == 0xe3 && data[at - 2] == 0x80) ||
	       (data[at - 3] == 0xef && (data[at - 2] == 0xbc || data[at - 2] == 0xbd) &&
		data[at - 1] >= 0x80);
}

/* Hanzi, ASCII letters and digits and the dashes of flat numbers, without a break before at. */
size_t weir_house_start(const uint8_t *data, size_t at)
{
	size_t lowest = at > BACK ? at - BACK : 0, start = at;

	while (start > lowest && !punctuation_before(data, start) &&
	       (is_alnum(data[start - 1]) || data[start - 1] >= 0x80 || data[start - 1] == '-'))
		start--;
	while (start < at && (data[start] & 0xc0) == 0x80)
		start++;
	return start;
}

/* The bytes of what may stand in an address; 0: something else. */
static size_t character(const uint8_t *p, size_t left, bool *ret_name)
{
	*ret_name = true;
	if (left == 0)
		return 0;
	if (is_hanzi(p, left))
		return 3;
	if (is_alnum(p[0]))
		return 1;
	*ret_name = false;
	if (p[0] && p[0] < 0x80)
		return strchr("#()- ", p[0]) != NULL;
	if (left >= 2 && memcmp(p, "·", 2) == 0)
		return 2;
	return left >= 3 && (memcmp(p, "（", 3) == 0 || memcmp(p, "）", 3) == 0) ? 3 : 0;
}

/* The bytes of the mark of a house, a flat or a floor; 0: none. */
static size_t mark(const uint8_t *p, size_t left)
{
	static const char marks[][4] = {"號", "室", "栋", "棟", "幢", "座", "房", "楼", "层"};

	if (left < 3)
		return 0;
	if (memcmp(p, "号", 3) == 0)
		return left >= 6 && memcmp(p + 3, "楼", 3) == 0 ? 6 : 3;
	if (left >= 6 && memcmp(p, "单元", 6) == 0)
		return 6;
	for (size_t i = 0; i < ARRAY_SIZE(marks); i++)
		if (memcmp(p, marks[i], 3) == 0)
			return 3;
	return 0;
}

void weir_house_read(struct weir_house *h, const uint8_t *data, size_t len)
{
	size_t at = 0, n = 0, names = 0;
	int16_t last = -1;

	for (; n < WEIR_HOUSE_CHARACTERS; n++) {
		bool name;
		size_t bytes = character(data + at, len - at, &name);

		if (bytes == 0)
			break;
		if (bytes == 3 && mark(data + at, len - at))
			last = (int16_t)n;
		names += name && names == n;
		h->at[n] = (uint16_t)at;
		h->last[n] = last;
		at += bytes;
	}
	h->data = data;
	h->len = len;
	h->at[n] = (uint16_t)at;
	h->count = (uint8_t)n;
	h->names = (uint8_t)names;
}

/* From `least` to STRETCH_MOST characters behind character `from`, then a mark: where it ends. 0: no. */
static size_t ends(const struct weir_house *h, size_t from, size_t least)
{
	int last;
	size_t at;

	if (from >= h->count)
		return 0;
	last = h->last[WEIR_MIN(from + STRETCH_MOST, h->count - (size_t)1)];
	if (last < (int)(from + least))
		return 0;
	at = h->at[last];
	return at + mark(h->data + at, h->len - at);
}

/* As few names as there can be before the province. */
static bool from_province(const struct weir_house *h, size_t *ret_start, size_t *ret_end)
{
	for (size_t i = 0; i < h->count && i <= WEIR_MIN((size_t)h->names, (size_t)NAMES_MAX);
	     i++) {
		size_t at = h->at[i];
		size_t n = weir_check_province((const char *)h->data + at, h->len - at);

		*ret_start = at;
		*ret_end = n > 0 ? ends(h, i + n / 3, BEHIND_LEAST) : 0;
		if (*ret_end > 0)
			return true;
	}
	return false;
}

bool weir_house_match(const struct weir_house *h, enum weir_form_reader reader, size_t *ret_start,
		      size_t *ret_end)
{
	if (reader == WEIR_READER_ADDRESS_PROVINCE)
		return from_province(h, ret_start, ret_end);
	*ret_start = 0;
	*ret_end = ends(h, 0, STRETCH_LEAST);
	return *ret_end > 0;
}
