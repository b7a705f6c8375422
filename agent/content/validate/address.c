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
#define LONGEST	       3  /* characters of a part's word */
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

/* By the first character of the word. What comes before the word: a name of at least one hanzi, or a number of that many digits. */
static const struct ending {
	uint16_t first;
	const char *word;
	uint8_t part;
	uint8_t digits; /* most digits before it; 0: a name stands there */
	uint8_t fewest;
} endings[] = {
	{u'乡', "乡", TOWN, 0, 0},	 {u'公', "公寓", ESTATE, 0, 0},
	{u'区', "区", COUNTY, 0, 0},	 {u'區', "區", COUNTY, 0, 0},
	{u'单', "单元", ENTRANCE, 2, 1}, {u'县', "县", COUNTY, 0, 0},
	{u'号', "号", NUMBER, 5, 1},	 {u'号', "号楼", BUILDING, 3, 1},
	{u'單', "單元", ENTRANCE, 2, 1}, {u'地', "地区", CITY, 0, 0},
	{u'大', "大道", STREET, 0, 0},	 {u'大', "大厦", ESTATE, 0, 0},
	{u'室', "室", ROOM, 4, 3},	 {u'家', "家园", ESTATE, 0, 0},
	{u'小', "小区", ESTATE, 0, 0},	 {u'屯', "屯", STREET, 0, 0},
	{u'巷', "巷", STREET, 0, 0},	 {u'市', "市", CITY, 0, 0},
	{u'市', "市", COUNTY, 0, 0},	 {u'幢', "幢", BUILDING, 3, 1},
	{u'广', "广场", ESTATE, 0, 0},	 {u'庄', "庄", STREET, 0, 0},
	{u'座', "座", BUILDING, 3, 1},	 {u'弄', "弄", STREET, 5, 1},
	{u'房', "房", ROOM, 4, 3},	 {u'新', "新村", ESTATE, 0, 0},
	{u'旗', "旗", COUNTY, 0, 0},	 {u'村', "村", STREET, 0, 0},
	{u'栋', "栋", BUILDING, 3, 1},	 {u'棟', "棟", BUILDING, 3, 1},
	{u'盟', "盟", CITY, 0, 0},	 {u'縣', "縣", COUNTY, 0, 0},
	{u'胡', "胡同", STREET, 0, 0},	 {u'自', "自治州", CITY, 0, 0},
	{u'花', "花园", ESTATE, 0, 0},	 {u'苏', "苏木", TOWN, 0, 0},
	{u'苑', "苑", ESTATE, 0, 0},	 {u'號', "號", NUMBER, 5, 1},
	{u'號', "號樓", BUILDING, 3, 1}, {u'街', "街道", TOWN, 0, 0},
	{u'街', "街", STREET, 0, 0},	 {u'路', "路", STREET, 0, 0},
	{u'道', "道", STREET, 0, 0},	 {u'鄉', "鄉", TOWN, 0, 0},
	{u'鎮', "鎮", TOWN, 0, 0},	 {u'镇', "镇", TOWN, 0, 0},
};

static const char *const provinces[] = {
	"北京",	  "天津", "上海", "重庆", "河北", "山西", "内蒙古", "辽宁", "吉林",
	"黑龙江", "江苏", "浙江", "安徽", "福建", "江西", "山东",   "河南", "湖北",
	"湖南",	  "广东", "广西", "海南", "四川", "贵州", "云南",   "西藏", "陕西",
	"甘肃",	  "青海", "宁夏", "新疆", "台湾", "香港", "澳门",
};

size_t weir_check_province(const char *text, size_t len)
{
	for (size_t i = 0; len >= 3 && i < ARRAY_SIZE(provinces); i++) {
		size_t n;

		/* most differ in the last byte of the first hanzi */
		if (text[2] != provinces[i][2])
			continue;
		n = strlen(provinces[i]);
		if (len >= n && memcmp(text, provinces[i], n) == 0)
			return n;
	}
	return 0;
}

/* By the last bits of the first character of a word: which words have to be looked for. (Those of 苑 and
 * 黑 are the same.) */
enum { IN_ENDINGS = 1, IN_PROVINCES = 2 };

#define BEGINS	  1024
#define SLOT(c)	  [(c) % BEGINS]
#define ENDING(c) SLOT(c) = IN_ENDINGS
#define NAME(c)	  SLOT(c) = IN_PROVINCES
#define BOTH(c)	  SLOT(c) = IN_ENDINGS | IN_PROVINCES

static const uint8_t begins[BEGINS] = {
	ENDING(u'乡'), ENDING(u'公'), ENDING(u'区'), ENDING(u'區'), ENDING(u'单'), ENDING(u'县'),
	ENDING(u'号'), ENDING(u'單'), ENDING(u'地'), ENDING(u'大'), ENDING(u'室'), ENDING(u'家'),
	ENDING(u'小'), ENDING(u'屯'), ENDING(u'巷'), ENDING(u'市'), ENDING(u'幢'), ENDING(u'庄'),
	ENDING(u'座'), ENDING(u'弄'), ENDING(u'房'), ENDING(u'旗'), ENDING(u'村'), ENDING(u'栋'),
	ENDING(u'棟'), ENDING(u'盟'), ENDING(u'縣'), ENDING(u'胡'), ENDING(u'自'), ENDING(u'花'),
	ENDING(u'苏'), ENDING(u'號'), ENDING(u'街'), ENDING(u'路'), ENDING(u'道'), ENDING(u'鄉'),
	ENDING(u'鎮'), ENDING(u'镇'), NAME(u'上'),   NAME(u'云'),   NAME(u'内'),   NAME(u'北'),
	NAME(u'台'),   NAME(u'吉'),   NAME(u'四'),   NAME(u'天'),   NAME(u'宁'),   NAME(u'安'),
	NAME(u'山'),   NAME(u'江'),   NAME(u'河'),   NAME(u'浙'),   NAME(u'海'),   NAME(u'湖'),
	NAME(u'澳'),   NAME(u'甘'),   NAME(u'福'),   NAME(u'西'),   NAME(u'贵'),   NAME(u'辽'),
	NAME(u'重'),   NAME(u'陕'),   NAME(u'青'),   NAME(u'香'),   BOTH(u'广'),   BOTH(u'新'),
	BOTH(u'黑'),
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

/* The first ending that begins with this character; behind the last when none does. */
static size_t endings_from(uint32_t first)
{
	size_t low = 0, high = ARRAY_SIZE(endings);

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (endings[middle].first < first)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static size_t tokens_at(const struct text *t, size_t i, struct token *out, size_t max)
{
	uint8_t lists = begins[t->point[i] % BEGINS];
	size_t n = 0, length = 0, at = t->offset[i];

	if (lists & IN_PROVINCES && max > 0)
		length = weir_check_province(t->at + at, t->offset[t->count] - at) / 3;
	if (length > 0)
		out[n++] = (struct token){PROVINCE, (uint8_t)i, (uint8_t)(i + length)};
	for (size_t k = lists & IN_ENDINGS ? endings_from(t->point[i]) : ARRAY_SIZE(endings);
	     k < ARRAY_SIZE(endings) && endings[k].first == t->point[i] && n < max; k++)
		if (word_at(t, i, endings[k].word, &length) && fits(t, i, &endings[k]))
			out[n++] =
				(struct token){endings[k].part, (uint8_t)i, (uint8_t)(i + length)};
	return n;
}

struct best {
	uint8_t score, first; /* character of the first part */
};

/* The highest score of parts in order whose last is `last`; with and without a house number,
 * building or room among them. first: the one before which all are too far from here. */
static void extend(const struct token *tokens, struct best best[][2], size_t first, size_t last)
{
	const struct token *t = &tokens[last];
	bool number = t->part == NUMBER || t->part == BUILDING || t->part == ROOM;

	best[last][number] = (struct best){points[t->part], t->from};
	for (size_t i = first; i < last; i++) {
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
	size_t n = 0, near = 0;
	unsigned score = 0;

	(void)today;
	if (len < 12 || len > 1024)
		return WEIR_CHECK_REFUSED;
	split(&text, value, len);
	for (size_t i = 0; i < text.count; i++)
		n += tokens_at(&text, i, tokens + n, TOKENS_MAX - n);
	memset(best, 0, sizeof(best));
	for (size_t i = 0; i < n; i++) {
		while (tokens[near].from + LONGEST + GAP < tokens[i].from)
			near++;
		extend(tokens, best, near, i);
		score = WEIR_MAX(score, (unsigned)best[i][true].score);
	}
	if (score < ENOUGH)
		return WEIR_CHECK_REFUSED;
	return score >= PLENTY ? WEIR_CHECK_STRONG : WEIR_CHECK_ACCEPTED;
}
