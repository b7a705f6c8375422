/* SPDX-License-Identifier: Apache-2.0 */
#include "input.h"

#include <string.h>

#include "weir/base/macros.h"

const char *const input_words[] = {
	"身份证", "身份证号", "身份",	    "保单号",	"客户",	   "客户姓名", "密码",
	"一一",	  "一一一",   "passport",   "ssn",	"id card", "id",       "pass",
	"e-mail", "\1akia\1", "-----begin", "\1密码箱", "vip客户", "ab",       "abab",
	"ababab", "abababab", "ababababab", "no.",	"7zip",	   "·号",
};
const size_t input_words_count = ARRAY_SIZE(input_words);

static const char *const snippets[] = {
	"0",
	"1",
	"7",
	"12",
	"138",
	"2024-01-02",
	"10.0.0.1",
	" ",
	"  ",
	",",
	"-",
	".",
	"_",
	"/",
	"\n",
	"\r\n",
	"\t",
	"=",
	"==",
	"=\n",
	"=\r\n",
	"a",
	"Z",
	"Ab",
	"x9",
	"@",
	"a@b",
	".@-",
	"<",
	"<<<",
	"P<CHN",
	"京A",
	"沪B1",
	"琼C",
	"瓊C",
	"中A",
	"号",
	"3号",
	"12栋",
	"室",
	"单",
	"层",
	"０",
	"１２３",
	"Ｘ",
	"٣",
	"०",
	"①",
	"²",
	"一",
	"二",
	"三四",
	"七八九",
	"〇",
	"○",
	"零",
	"陆",
	"，",
	"–",
	" ",
	"·",
	"\xc2\xad",
	"\xe2\x80\x8b",
	"\xe2\x80\xae",
	"\xef\xbb\xbf",
	"\xef\xb8\x8f",
	"О",
	"х",
	"×",
	"𝟎",
	"\\u0031",
	"\\u",
	"\\",
	"%31",
	"%",
	"=31",
	"=E4",
	"&#49;",
	"&#x31;",
	"&",
	"&#",
	"=?utf-8?B?",
	"=?gb2312?q?",
	"=?",
	"O",
	"l",
	"I",
	"|",
	"+",
	"/",
	"4a",
	"4a 6f 68 6e ",
	"00:",
	"ff\r\n",
	"ff\n",
	"abcdefghijklmnop",
	"QWxhZGRpbjpvcGVuIHNlc2FtZQ",
	"AB12",
	"GB82",
	"身份证",
	"身份证号",
	"身份",
	"保单号",
	"客户姓名",
	"密码",
	"passport",
	"Passport",
	"SSN",
	"ssn",
	"id card",
	"idCard",
	"ID",
	"no.",
	"akia",
	"xAKIAx",
	"-----BEGIN",
	"vip客户",
	"7zip",
	"ababababab",
	"e-mail",
	"\xff",
	"\xe4\xb8",
	"\x80",
	"\xf0\x9f\x98\x80",
	"的",
	"了",
	"是",
	"国",
	"the ",
	"and ",
	"1234567890",
	"12345678901234567890",
};

uint64_t input_random(uint64_t *state)
{
	uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15));

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

static size_t put(uint8_t *data, size_t len, size_t at, const char *text)
{
	size_t n = WEIR_MIN(strlen(text), len - at);

	memcpy(data + at, text, n);
	return at + n;
}

/* A handful of snippets in any order: long chains of the same few things. */
static void from_few(uint64_t *state, uint8_t *data, size_t len)
{
	const char *few[6];
	size_t n = 1 + input_random(state) % ARRAY_SIZE(few), at = 0;

	for (size_t i = 0; i < n; i++)
		few[i] = snippets[input_random(state) % ARRAY_SIZE(snippets)];
	while (at < len)
		at = put(data, len, at, few[input_random(state) % n]);
}

static void from_all(uint64_t *state, uint8_t *data, size_t len)
{
	for (size_t at = 0; at < len;)
		at = put(data, len, at, snippets[input_random(state) % ARRAY_SIZE(snippets)]);
}

/* Lines of one alphabet, of nearly the same length. */
static void from_lines(uint64_t *state, uint8_t *data, size_t len)
{
	static const char *const alphabets[] = {
		"0123456789abcdef", "0123456789",     "ABCDEFGHabcdefgh01+/", "abcdefghijkl",
		"0123456789 -",	    "0123456789OlI|", "0123456789ABCDEFGHIJ"};
	const char *alphabet = alphabets[input_random(state) % ARRAY_SIZE(alphabets)];
	size_t width = 20 + input_random(state) % 70, n = strlen(alphabet);
	uint64_t breaks = input_random(state) % 3;

	for (size_t at = 0; at < len;) {
		size_t line = width - (input_random(state) % 8 == 0 ? input_random(state) % 20 : 0);

		for (size_t i = 0; i < line && at < len; i++)
			data[at++] = (uint8_t)alphabet[input_random(state) % n];
		at = put(data, len, at, breaks == 0 ? "\n" : breaks == 1 ? "\r\n" : "");
	}
}

static void from_bytes(uint64_t *state, uint8_t *data, size_t len)
{
	uint8_t mask = input_random(state) & 1 ? 0xff : 0x7f;

	for (size_t at = 0; at < len; at++)
		data[at] = (uint8_t)input_random(state) & mask;
}

void input_make(uint64_t seed, uint8_t *data, size_t len)
{
	uint64_t state = seed;

	switch (input_random(&state) % 8) {
	case 0:
		from_bytes(&state, data, len);
		break;
	case 1 ... 2:
		from_lines(&state, data, len);
		break;
	case 3 ... 5:
		from_few(&state, data, len);
		break;
	default:
		from_all(&state, data, len);
		break;
	}
}
