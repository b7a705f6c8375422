/* SPDX-License-Identifier: Apache-2.0 */
/* Passwords, keys and tokens: what tells one from a placeholder, a variable or a word. */

#include <math.h>
#include <string.h>
#include <strings.h>

#include "checks.h"
#include "weir/base/macros.h"

#define SECRET_MAX 4096

struct shape {
	unsigned count[256];
	unsigned digits, uppers, lowers, others, different;
};

static void look(struct shape *s, const char *value, size_t len)
{
	memset(s, 0, sizeof(*s));
	for (size_t i = 0; i < len; i++) {
		s->different += s->count[(unsigned char)value[i]]++ == 0;
		if (weir_is_digit(value[i]))
			s->digits++;
		else if (weir_is_upper(value[i]))
			s->uppers++;
		else if (weir_is_lower(value[i]))
			s->lowers++;
		else
			s->others++;
	}
}

/* Shannon's, in bits for each character. */
static double entropy(const struct shape *s, size_t len)
{
	double sum = 0;

	for (size_t i = 0; i < ARRAY_SIZE(s->count); i++)
		if (s->count[i])
			sum -= s->count[i] * log2((double)s->count[i] / (double)len);
	return len ? sum / (double)len : 0;
}

static bool contains(const char *value, size_t len, const char *word)
{
	size_t n = strlen(word);

	for (size_t i = 0; i + n <= len; i++)
		if (strncasecmp(value + i, word, n) == 0)
			return true;
	return false;
}

/* Something stands in for the secret, or it is code that fetches one. */
static bool stand_in(const char *value, size_t len)
{
	static const char *const marks[] = {
		"***",	   "...",	"\xe2\x80\xa6", "xxx",	       "your",
		"example", "changeme",	"change_me",	"placeholder", "redacted",
		"dummy",   "sample",	"secret",	"passw",       "123456",
		"abcdef",  "qwerty",	"foobar",	"username",    "null",
		"none",	   "undefined", "${",		"{{",	       "$(",
		"<",	   ">",		"%(",		"()",	       "->",
		"::",	   "==",	"os.env",	"getenv",      "process.",
		"self.",   "this.",	"config",	"string",      "token",
		"must",	   "should",	"http://",	"https://",    "\\n",
		"test",
	};

	for (size_t i = 0; i < ARRAY_SIZE(marks); i++)
		if (contains(value, len, marks[i]))
			return true;
	return false;
}

/* A number or a word of code: brackets, a call, an index, a path. */
static bool code_like(const char *value, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (strchr("()[]{}|`\\;", value[i]))
			return true;
	return value[0] == '$' || value[0] == '/' || value[0] == '-' || value[0] == '&' ||
	       value[0] == '.' || value[0] == '%' || value[0] == ':';
}

/* A password that a person assigns: letters and digits, or marks in the middle. */
enum weir_check weir_check_secret(const char *value, size_t len, uint32_t today)
{
	struct shape s;
	unsigned kinds;

	(void)today;
	if (len < 6 || len > 128 || memchr(value, 0, len) || stand_in(value, len) ||
	    code_like(value, len))
		return WEIR_CHECK_REFUSED;
	look(&s, value, len);
	kinds = (s.digits > 0) + (s.uppers > 0) + (s.lowers > 0) + (s.others > 0);
	if (s.digits == 0 || kinds < 2 || s.different < 5 || s.digits == len)
		return WEIR_CHECK_REFUSED;
	/* dotted names and numbers with units */
	if (s.others > len / 2 || entropy(&s, len) < 2.3)
		return WEIR_CHECK_REFUSED;
	if ((len >= 16 && kinds >= 3 && entropy(&s, len) >= 3.5) || (kinds == 4 && len >= 8))
		return WEIR_CHECK_STRONG;
	return WEIR_CHECK_ACCEPTED;
}

/* Behind a Chinese label digits alone will do: PINs and one-time codes. */
enum weir_check weir_check_secret_pin(const char *value, size_t len, uint32_t today)
{
	struct shape s;

	if (len >= 4 && len <= 12 && weir_all_digits(value, len)) {
		look(&s, value, len);
		return weir_accept_if(s.different > 2 && !contains(value, len, "1234"));
	}
	return weir_check_secret(value, len, today);
}

/* Behind a prefix that its issuer gave it: random enough. */
enum weir_check weir_check_secret_token(const char *value, size_t len, uint32_t today)
{
	struct shape s;

	(void)today;
	if (len < 16 || len > SECRET_MAX || contains(value, len, "example") ||
	    contains(value, len, "xxxx"))
		return WEIR_CHECK_REFUSED;
	look(&s, value, len);
	return entropy(&s, len) >= 3.0 ? WEIR_CHECK_STRONG : WEIR_CHECK_REFUSED;
}
