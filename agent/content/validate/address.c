/* SPDX-License-Identifier: Apache-2.0 */
/* Postal addresses as a scored structure: the parts from province down to room, each worth one or
 * two points, in this order and close to each other. */

#include <string.h>

#include "checks.h"
#include "weir/base/macros.h"
#include "weir/base/utf8.h"

#define CHARACTERS_MAX 120 /* of a value that are looked at */
#define TOKENS_MAX     48
#define GAP	       15 /* characters between two parts */
#define WINDOW	       60 /* characters from the first to the last part */
#define ENOUGH	       7
#define PLENTY	       10

enum part {
	PROVINCE,
	CITY,
	COUNTY,
	TOWN,
	STREET,
	NUMBER,
	ESTATE,
	BUILDING,
	ENTRANCE,
	ROOM,
};

static const uint8_t points[] = {
	[PROVINCE] = 2, [CITY] = 2,   [COUNTY] = 2,   [TOWN] = 1,     [STREET] = 1,
	[NUMBER] = 2,	[ESTATE] = 1, [BUILDING] = 2, [ENTRANCE] = 2, [ROOM] = 2,
};

/* What comes before the word: a name of at least one hanzi, or a number of that many digits. */
static const struct ending {
	const char *word;
	uint8_t part;
	uint8_t digits; /* most digits before it; 0: a name stands there */
	uint8_t fewest;
} endings[] = {
	{"市", CITY, 0, 0},	  {"自治州", CITY, 0, 0},   {"地区", CITY, 0, 0},
	{"盟", CITY, 0, 0},	  {"市", COUNTY, 0, 0},	    {"区", COUNTY, 0, 0},
	{"县", COUNTY, 0, 0},	  {"旗", COUNTY, 0, 0},	    {"區", COUNTY, 0, 0},
	{"縣", COUNTY, 0, 0},	  {"街道", TOWN, 0, 0},	    {"镇", TOWN, 0, 0},
	{"鎮", TOWN, 0, 0},	  {"乡", TOWN, 0, 0},	    {"鄉", TOWN, 0, 0},
	{"苏木", TOWN, 0, 0},	  {"路", STREET, 0, 0},	    {"街", STREET, 0, 0},
	{"大道", STREET, 0, 0},	  {"道", STREET, 0, 0},	    {"巷", STREET, 0, 0},
	{"弄", STREET, 5, 1},	  {"胡同", STREET, 0, 0},   {"村", STREET, 0, 0},
	{"庄", STREET, 0, 0},	  {"屯", STREET, 0, 0},	    {"号", NUMBER, 5, 1},
	{"號", NUMBER, 5, 1},	  {"小区", ESTATE, 0, 0},   {"花园", ESTATE, 0, 0},
	{"苑", ESTATE, 0, 0},	  {"公寓", ESTATE, 0, 0},   {"大厦", ESTATE, 0, 0},
	{"广场", ESTATE, 0, 0},	  {"新村", ESTATE, 0, 0},   {"家园", ESTATE, 0, 0},
	{"栋", BUILDING, 3, 1},	  {"棟", BUILDING, 3, 1},   {"幢", BUILDING, 3, 1},
	{"座", BUILDING, 3, 1},	  {"号楼", BUILDING, 3, 1}, {"號樓", BUILDING, 3, 1},
	{"单元", ENTRANCE, 2, 1}, {"單元", ENTRANCE, 2, 1}, {"室", ROOM, 4, 3},
	{"房", ROOM, 4, 3},
};

static const char *const provinces[] = {
	"北京",	  "天津", "上海", "重庆", "河北", "山西", "内蒙古", "辽宁", "吉林",
	"黑龙江", "江苏", "浙江", "安徽", "福建", "江西", "山东",   "河南", "湖北",
	"湖南",	  "广东", "广西", "海南", "四川", "贵州", "云南",   "西藏", "陕西",
	"甘肃",	  "青海", "宁夏", "新疆", "台湾", "香港", "澳门",
};

/* By the last bits of the first character of a word: which lists have to be gone through. */
enum { IN_ENDINGS = 1, IN_PROVINCES = 2 };

#define BEGINS	  1024
#define SLOT(c)	  [(c) % BEGINS]
#define ENDING(c) SLOT(c) = IN_ENDINGS
#define NAME(c)	  SLOT(c) = IN_PROVINCES
#define BOTH(c)	  SLOT(c) = IN_ENDINGS | IN_PROVINCES

static const uint8_t begins[BEGINS] = {
	ENDING(u'乡'), ENDING(u'公'), ENDING(u'区'), ENDING(u'區'), ENDING(u'单'), ENDING(u'县'),
	ENDING(u'号'), ENDING(u'單'), ENDING(u'地'), ENDING(u'大'), ENDING(u'室'), ENDING(u'家'),
	ENDING(u'小'), ENDING(u'屯'), ENDING(u'巷'), ENDING(u'市'), ENDING(u'幢'), BOTH(u'广'),
	ENDING(u'庄'), ENDING(u'座'), ENDING(u'弄'), ENDING(u'房'), BOTH(u'新'),   ENDING(u'旗'),
	ENDING(u'村'), ENDING(u'栋'), ENDING(u'棟'), ENDING(u'盟'), ENDING(u'縣'), ENDING(u'胡'),
	ENDING(u'自'), ENDING(u'花'), ENDING(u'苏'), BOTH(u'苑'),   ENDING(u'號'), ENDING(u'街'),
	ENDING(u'路'), ENDING(u'道'), ENDING(u'鄉'), ENDING(u'鎮'), ENDING(u'镇'), NAME(u','),
	NAME(u'上'),   NAME(u'云'),   NAME(u'内'),   NAME(u'北'),   NAME(u'台'),   NAME(u'吉'),
	NAME(u'四'),   NAME(u'天'),   NAME(u'宁'),   NAME(u'安'),   NAME(u'山'),   NAME(u'江'),
	NAME(u'河'),   NAME(u'浙'),   NAME(u'海'),   NAME(u'湖'),   NAME(u'澳'),   NAME(u'甘'),
	NAME(u'福'),   NAME(u'西'),   NAME(u'贵'),   NAME(u'辽'),   NAME(u'重'),   NAME(u'陕'),
	NAME(u'青'),   NAME(u'香'),
};

struct text {
	const char *at;
	size_t count;
	uint16_t offset[CHARACTERS_MAX + 1]; /* of each character */
	uint32_t point[CHARACTERS_MAX];
};

struct token {
	uint8_t part, from, to; /* in characters */
};

static void split(struct text *t, const char *value, size_t len)
{
	size_t at = 0;

	t->at = value;
	t->count = 0;
	while (at < len && t->count < CHARACTERS_MAX) {
		t->offset[t->count] = (uint16_t)at;
		at += weir_utf8_decode(value + at, len - at, &t->point[t->count]);
		t->count++;
	}
	t->offset[t->count] = (uint16_t)at;
}

static bool word_at(const struct text *t, size_t i, const char *word, size_t *ret_characters)
{
	const char *at = t->at + t->offset[i];
	size_t n;

	/* most differ in the last byte of the first hanzi */
	if (t->offset[t->count] - t->offset[i] < 3 || at[2] != word[2] || at[1] != word[1])
		return false;
	n = strlen(word);
	if ((size_t)(t->offset[t->count] - t->offset[i]) < n || memcmp(at, word, n) != 0)
		return false;
	*ret_characters = n / 3;
	return true;
}

static bool hanzi(const struct text *t, size_t i)
{
	return (unsigned char)t->at[t->offset[i]] >= 0xe4 &&
	       (unsigned char)t->at[t->offset[i]] <= 0xe9;
}

/* How many digits, hyphens or single letters stand before character i. */
static size_t digits_before(const struct text *t, size_t i)
{
	size_t n = 0;

	while (n < i && n < 8) {
		char c = t->at[t->offset[i - n - 1]];

		if (!weir_is_digit(c))
			break;
		n++;
	}
	return n;
}

static bool fits(const struct text *t, size_t i, const struct ending *e)
{
	size_t n;

	if (i == 0)
		return false;
	if (e->digits == 0)
		return hanzi(t, i - 1) || weir_is_digit(t->at[t->offset[i - 1]]);
	n = digits_before(t, i);
	/* "A座", and buildings with numbers in hanzi */
	if (n == 0 && e->part == BUILDING)
		return weir_is_upper(t->at[t->offset[i - 1]]) ||
		       memchr("\xe4\xe5", t->at[t->offset[i - 1]], 2) != NULL;
	if (e->part == NUMBER && i < t->count) {
		size_t length;

		/* of a building */
		if (i + 1 < t->count &&
		    (word_at(t, i + 1, "楼", &length) || word_at(t, i + 1, "樓", &length)))
			return false;
	}
	return n >= e->fewest && n <= e->digits;
}

static size_t tokens_at(const struct text *t, size_t i, struct token *out, size_t max)
{
	uint8_t lists = begins[t->point[i] % BEGINS];
	size_t n = 0, length;

	for (size_t k = 0; lists & IN_PROVINCES && k < ARRAY_SIZE(provinces) && n < max; k++)
		if (word_at(t, i, provinces[k], &length))
			out[n++] = (struct token){PROVINCE, (uint8_t)i, (uint8_t)(i + length)};
	for (size_t k = 0; lists & IN_ENDINGS && k < ARRAY_SIZE(endings) && n < max; k++)
		if (word_at(t, i, endings[k].word, &length) && fits(t, i, &endings[k]))
			out[n++] =
				(struct token){endings[k].part, (uint8_t)i, (uint8_t)(i + length)};
	return n;
}

struct best {
	uint8_t score, first; /* character of the first part */
};

/* The highest score of parts in order whose last is `last`; with and without a house number,
 * building or room among them. */
static void extend(const struct token *tokens, struct best best[][2], size_t last)
{
	const struct token *t = &tokens[last];
	bool number = t->part == NUMBER || t->part == BUILDING || t->part == ROOM;

	best[last][number] = (struct best){points[t->part], t->from};
	for (size_t i = 0; i < last; i++) {
		if (tokens[i].part >= t->part || tokens[i].to > t->from ||
		    t->from - tokens[i].to > GAP)
			continue;
		for (unsigned with = 0; with < 2; with++) {
			struct best *to = &best[last][number || with];
			unsigned score = best[i][with].score + points[t->part];

			if (best[i][with].score == 0 || t->to - best[i][with].first > WINDOW)
				continue;
			if (score > to->score)
				*to = (struct best){(uint8_t)score, best[i][with].first};
		}
	}
}

enum weir_check weir_check_cn_address(const char *value, size_t len, uint32_t today)
{
	struct text text;
	struct token tokens[TOKENS_MAX];
	struct best best[TOKENS_MAX][2];
	size_t n = 0;
	unsigned score = 0;

	(void)today;
	if (len < 12 || len > 1024)
		return WEIR_CHECK_REFUSED;
	split(&text, value, len);
	for (size_t i = 0; i < text.count; i++)
		n += tokens_at(&text, i, tokens + n, TOKENS_MAX - n);
	memset(best, 0, sizeof(best));
	for (size_t i = 0; i < n; i++) {
		extend(tokens, best, i);
		score = WEIR_MAX(score, (unsigned)best[i][true].score);
	}
	if (score < ENOUGH)
		return WEIR_CHECK_REFUSED;
	return score >= PLENTY ? WEIR_CHECK_STRONG : WEIR_CHECK_ACCEPTED;
}
