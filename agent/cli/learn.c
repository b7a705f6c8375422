/* SPDX-License-Identifier: Apache-2.0 */
#include "learn.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "weir/base/hash.h"
#include "weir/base/time.h"
#include "weir/validate/validate.h"

#define FOLDS 5
#ifdef FUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION
#define TRIES 100
#else
#define TRIES 200000
#endif
#define CHECK_RATE 98 /* of a hundred values: a typing error now and then is none of the check's */
#define RARE	   3  /* a character seen less often may have unseen neighbours */

struct values {
	char (*text)[WEIR_LEARN_LENGTH + 1]; /* sorted by a hash, all different */
	size_t n;
};

static const char digits[] = "0123456789", uppers[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
		  lowers[] = "abcdefghijklmnopqrstuvwxyz";

static void add(struct weir_learn_set *set, const char *chars)
{
	for (; *chars; chars++)
		set->bits[(unsigned char)*chars / 64] |= UINT64_C(1) << (*chars % 64);
}

static bool has(const struct weir_learn_set *set, char c)
{
	return (signed char)c > 0 && set->bits[(unsigned char)c / 64] >> (c % 64) & 1;
}

static unsigned size_of(const struct weir_learn_set *set)
{
	return (unsigned)(__builtin_popcountll(set->bits[0]) + __builtin_popcountll(set->bits[1]));
}

/* The digits for a digit, the capitals for a capital; other characters stand for themselves. */
static void add_kind(struct weir_learn_set *set, char c)
{
	const char one[2] = {c, '\0'};

	if (strchr(digits, c))
		add(set, digits);
	else if (strchr(uppers, c))
		add(set, uppers);
	else if (strchr(lowers, c))
		add(set, lowers);
	else
		add(set, one);
}

static uint64_t next_random(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

static int compare(const void *a, const void *b)
{
	static const uint8_t key[WEIR_HASH_KEY_LEN] = {1};
	uint64_t x = weir_siphash(a, strlen(a), key), y = weir_siphash(b, strlen(b), key);

	return x < y ? -1 : x > y ? 1 : strcmp(a, b);
}

/* The value without blanks around it; false when it is none. */
static bool trim(const char *text, char ret[static WEIR_LEARN_LENGTH + 1])
{
	size_t len;

	text += strspn(text, " \t\r\n\"'");
	len = strlen(text);
	while (len > 0 && strchr(" \t\r\n\"'", text[len - 1]))
		len--;
	if (len == 0 || len > WEIR_LEARN_LENGTH || strcspn(text, digits) >= len)
		return false;
	for (size_t i = 0; i < len; i++)
		if (text[i] < 0x20 || text[i] >= 0x7f)
			return false;
	memcpy(ret, text, len);
	ret[len] = '\0';
	return true;
}

static int take_values(const char *const *values, size_t n, struct values *ret, size_t *ret_given)
{
	size_t kept = 0;

	n = WEIR_MIN(n, (size_t)WEIR_LEARN_MAX);
	ret->text = calloc(n + 1, sizeof(*ret->text));
	if (!ret->text)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		ret->n += trim(values[i], ret->text[ret->n]);
	*ret_given = ret->n;
	qsort(ret->text, ret->n, sizeof(*ret->text), compare);
	for (size_t i = 0; i < ret->n; i++)
		if (i == 0 || strcmp(ret->text[i], ret->text[kept - 1]) != 0)
			memmove(ret->text[kept++], ret->text[i], sizeof(*ret->text));
	ret->n = kept;
	return 0;
}

/* Values of the fold are left out; FOLDS: none is. */
static bool learnt_from(size_t i, unsigned fold)
{
	return i % FOLDS != fold;
}

/* A place knows few characters when there are at most a handful and each was seen often enough that
 * another one would have been seen. */
static void learn_place(const struct values *v, unsigned fold, unsigned place,
			struct weir_learn_set *ret, bool *ret_few)
{
	unsigned seen[128] = {0}, kinds = 0, rare = 0;
	struct weir_learn_set exact = {0}, wide = {0};

	for (size_t i = 0; i < v->n; i++)
		if (learnt_from(i, fold) && strlen(v->text[i]) > place)
			seen[(unsigned char)v->text[i][place]]++;
	for (unsigned c = 0; c < 128; c++) {
		const char one[2] = {(char)c, '\0'};

		if (!seen[c])
			continue;
		kinds++;
		rare += seen[c] < RARE;
		add(&exact, one);
		add_kind(&wide, (char)c);
	}
	*ret_few = kinds <= 4 && rare == 0;
	*ret = *ret_few ? exact : wide;
}

static bool is_year(const char *at)
{
	return ((at[0] == '1' && at[1] == '9') || (at[0] == '2' && at[1] == '0' && at[2] < '5')) &&
	       strspn(at, digits) >= 4;
}

/* From 1; 0: none. Years differ between values, or they are just a constant. */
static unsigned find_year(const struct values *v, unsigned min, unsigned fold)
{
	for (unsigned place = 0; place + 4 <= min; place++) {
		bool all = true, differ = false;
		const char *first = NULL;

		for (size_t i = 0; i < v->n && all; i++) {
			if (!learnt_from(i, fold))
				continue;
			all = is_year(v->text[i] + place);
			first = first ? first : v->text[i] + place;
			differ |= memcmp(first, v->text[i] + place, 4) != 0;
		}
		if (all && differ)
			return place + 1;
	}
	return 0;
}

/* Capitals and digits alone, as the engine hands them to a check. */
static bool check_holds(weir_check_fn check, const char *value)
{
	char plain[WEIR_LEARN_LENGTH];
	size_t n = 0;

	for (; *value; value++) {
		char c = *value >= 'a' && *value <= 'z' ? (char)(*value - 32) : *value;

		if (strchr(digits, c) || strchr(uppers, c))
			plain[n++] = c;
	}
	return check(plain, n, weir_check_today(weir_now_realtime())) != WEIR_CHECK_REFUSED;
}

static const char *learn_check(const struct values *v, unsigned fold)
{
	static const char *const names[] = {"mod31",	"mod97", "mod11_2",
					    "mod11_10", "luhn",	 "verhoeff"};

	for (size_t k = 0; k < ARRAY_SIZE(names); k++) {
		weir_check_fn check = weir_check_find(names[k]);
		size_t good = 0, all = 0;

		for (size_t i = 0; check && i < v->n; i++) {
			if (!learnt_from(i, fold))
				continue;
			all++;
			good += check_holds(check, v->text[i]);
		}
		if (check && good * 100 >= all * CHECK_RATE)
			return names[k];
	}
	return NULL;
}

static void learn_form(const struct values *v, unsigned fold, struct weir_learn_form *ret,
		       uint64_t *ret_few, unsigned *ret_year)
{
	*ret = (struct weir_learn_form){.min = WEIR_LEARN_LENGTH + 1};
	*ret_few = 0;
	for (size_t i = 0; i < v->n; i++) {
		unsigned len = (unsigned)strlen(v->text[i]);

		if (!learnt_from(i, fold))
			continue;
		ret->min = WEIR_MIN(ret->min, len);
		ret->max = WEIR_MAX(ret->max, len);
	}
	for (unsigned place = 0; place < ret->max; place++) {
		bool few;

		learn_place(v, fold, place, &ret->at[place], &few);
		if (few && size_of(&ret->at[place]) > 1)
			*ret_few |= UINT64_C(1) << place;
	}
	*ret_year = find_year(v, ret->min, fold);
	for (unsigned i = 2; *ret_year && i < 4; i++) { /* next year will come */
		struct weir_learn_set *set = &ret->at[*ret_year - 1 + i];

		*set = (struct weir_learn_set){0};
		add(set, i == 2 && !has(&ret->at[*ret_year - 1], '1') ? "01234" : digits);
		*ret_few &= ~(UINT64_C(1) << (*ret_year - 1 + i));
	}
	ret->check = learn_check(v, fold);
}

bool weir_learn_accepts(const struct weir_learn_form *form, const char *value)
{
	size_t len = strlen(value);

	if (len < form->min || len > form->max)
		return false;
	for (size_t i = 0; i < len; i++)
		if (!has(&form->at[i], value[i]))
			return false;
	return !form->check || check_holds(weir_check_find(form->check), value);
}

static double measure_recall(const struct values *v)
{
	size_t good = 0;

	for (unsigned fold = 0; fold < FOLDS; fold++) {
		struct weir_learn_form form;
		unsigned year;
		uint64_t few;

		learn_form(v, fold, &form, &few, &year);
		for (size_t i = fold; i < v->n; i += FOLDS)
			good += weir_learn_accepts(&form, v->text[i]);
	}
	return (double)good / (double)v->n;
}

/* The characters of each place, for drawing many values. */
struct urn {
	unsigned min, max;
	uint8_t n[WEIR_LEARN_LENGTH];
	char chars[WEIR_LEARN_LENGTH][96];
};

static void fill_urn(const struct weir_learn_form *form, struct urn *ret)
{
	*ret = (struct urn){.min = form->min, .max = form->max};
	for (unsigned i = 0; i < form->max; i++)
		for (char c = 0x20; c < 0x7f; c++)
			if (has(&form->at[i], c))
				ret->chars[i][ret->n[i]++] = c;
}

static void random_value(const struct urn *urn, uint64_t *state,
			 char ret[static WEIR_LEARN_LENGTH + 1])
{
	unsigned len = urn->min + (unsigned)(next_random(state) % (urn->max - urn->min + 1));

	for (unsigned i = 0; i < len; i++)
		ret[i] = urn->n[i] ? urn->chars[i][next_random(state) % urn->n[i]] : '0';
	ret[len] = '\0';
}

/* The same lengths, at each place any character of the kinds that were seen there. */
static void measure_chance(const struct weir_learn_form *form, struct weir_learned *ret)
{
	struct weir_learn_form loose = {.min = form->min, .max = form->max};
	char value[WEIR_LEARN_LENGTH + 1];
	uint64_t state = 1;
	struct urn urn;

	for (unsigned i = 0; i < form->max; i++)
		for (char c = 0x20; c < 0x7f; c++)
			if (has(&form->at[i], c))
				add_kind(&loose.at[i], c);
	fill_urn(&loose, &urn);
	for (ret->tried = 0; ret->tried < TRIES; ret->tried++) {
		random_value(&urn, &state, value);
		ret->taken += weir_learn_accepts(form, value);
	}
}

static bool is_sample(const struct values *v, const char *value)
{
	return bsearch(value, v->text, v->n, sizeof(*v->text), compare) != NULL;
}

/* Made-up values on both sides; where too few are found, fewer. */
static void make_up(const struct values *v, struct weir_learned *ret)
{
	struct urn urn;
	unsigned made = 0, unmade = 0;
	uint64_t state = 2;

	fill_urn(&ret->form, &urn);
	for (unsigned i = 0; i < 5000 && (made < WEIR_LEARN_MADE || unmade < WEIR_LEARN_MADE);
	     i++) {
		char value[WEIR_LEARN_LENGTH + 1];
		bool good;

		random_value(&urn, &state, value);
		if (!ret->form.check && i % 2) /* a digit too few, and no other length behind it */
			value[ret->form.min - 1] = '\0';
		good = weir_learn_accepts(&ret->form, value);
		if (is_sample(v, value))
			continue;
		if (good && made < WEIR_LEARN_MADE)
			memcpy(ret->made[made++], value, sizeof(value));
		else if (!good && unmade < WEIR_LEARN_MADE)
			memcpy(ret->unmade[unmade++], value, sizeof(value));
	}
}

static void describe(const struct values *v, struct weir_learned *ret)
{
	while (ret->constant < ret->form.min && size_of(&ret->form.at[ret->constant]) == 1)
		ret->constant++;
	if (ret->form.min == ret->form.max && !ret->form.check) {
		const char **list = calloc(v->n, sizeof(*list));

		for (size_t i = 0; list && i < v->n; i++)
			list[i] = v->text[i];
		if (list)
			learn_weights(list, v->n, ret->form.min, &ret->weights);
		free(list);
	}
	measure_chance(&ret->form, ret);
	if (ret->taken * 10000 <= ret->tried)
		ret->confidence = ret->form.check ? 80 : 65;
	else if (ret->taken * 20 <= ret->tried)
		ret->confidence = ret->form.check ? 65 : 50;
	else
		ret->confidence = 40; /* a word beside it makes it count */
	make_up(v, ret);
}

static int learn(const struct values *v, struct weir_learned *ret, struct weir_error *reterr)
{
	if (v->n < WEIR_LEARN_MIN) {
		(void)weir_error_set(reterr, -EINVAL, 0, 0, "%zu different values are too few",
				     v->n);
		weir_error_hint(reterr, "at least %d, better several hundred", WEIR_LEARN_MIN);
		return -EINVAL;
	}
	ret->different = v->n;
	learn_form(v, FOLDS, &ret->form, &ret->few, &ret->year);
	if (ret->form.min < 4 || ret->form.max - ret->form.min > 16 ||
	    !learn_pattern(&ret->form, ret->pattern, sizeof(ret->pattern))) {
		(void)weir_error_set(reterr, -EINVAL, 0, 0,
				     "the values have no common form: %u to %u characters",
				     ret->form.min, ret->form.max);
		weir_error_hint(reterr, "give each kind of number a file of its own");
		return -EINVAL;
	}
	ret->recall = measure_recall(v);
	describe(v, ret);
	return 0;
}

int weir_learn(const char *const *values, size_t n, struct weir_learned *ret,
	       struct weir_error *reterr)
{
	struct weir_learned learned = {0};
	struct values v = {0};
	int r = take_values(values, n, &v, &learned.values);

	if (r == 0)
		r = learn(&v, &learned, reterr);
	free(v.text);
	if (r == 0)
		*ret = learned;
	return r;
}
