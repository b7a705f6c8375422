/* SPDX-License-Identifier: Apache-2.0 */
/* Checks of numbers and codes: values made by other formulas hold, every damage to them does not. */

#include "weir/validate/validate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "vectors.h"
#include "weir/base/macros.h"
#include "weir/validate/digits.h"

#define TODAY  20251124
#define ROUNDS 300

static enum weir_check run(const char *check, const char *value)
{
	weir_check_fn fn = weir_check_find(check);

	assert_non_null(fn);
	return fn(value, strlen(value), TODAY);
}

#define HOLDS(check, value)   assert_int_not_equal(run(check, value), WEIR_CHECK_REFUSED)
#define REFUSED(check, value) assert_int_equal(run(check, value), WEIR_CHECK_REFUSED)

/* Every other sign in every place, and a sign more or less, is refused. */
static void damaged_is_refused(const char *check, const char *value, const char *alphabet,
			       size_t from)
{
	size_t n = strlen(value);
	char other[VECTOR_MAX + 2];

	for (size_t i = from; i < n; i++) {
		for (const char *c = alphabet; *c; c++) {
			if (*c == value[i])
				continue;
			memcpy(other, value, n + 1);
			other[i] = *c;
			REFUSED(check, other);
		}
	}
	memcpy(other, value, n + 1);
	other[n - 1] = '\0';
	REFUSED(check, other);
	snprintf(other, sizeof(other), "%s0", value);
	REFUSED(check, other);
}

static void numbers__resident_id(void **state)
{
	char id[VECTOR_MAX];

	for (unsigned i = 0; i < ROUNDS; i++) {
		vector_id("440305", "19850615", i, id);
		assert_int_equal(run("cn_resident_id", id), WEIR_CHECK_STRONG);
		damaged_is_refused("cn_resident_id", id, "0123456789", 0);
	}
	vector_id_ending(true, id);
	HOLDS("cn_resident_id", id);
	id[17] = 'x'; /* not the normal form */
	REFUSED("cn_resident_id", id);
}

static void numbers__resident_id_transposed(void **state)
{
	char id[VECTOR_MAX], other[VECTOR_MAX];

	for (unsigned n = 0; n < ROUNDS; n++) {
		vector_id("310104", "19720229", n, id);
		HOLDS("cn_resident_id", id);
		for (unsigned i = 0; i < 16; i++) {
			memcpy(other, id, sizeof(other));
			other[i] = id[i + 1];
			other[i + 1] = id[i];
			if (id[i] != id[i + 1])
				REFUSED("cn_resident_id", other);
		}
	}
}

static void numbers__resident_id_provinces(void **state)
{
	static const char provinces[] =
		"11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 "
		"53 54 61 62 63 64 65 71 81 82 83 ";

	for (unsigned p = 10; p < 100; p++) {
		char six[16], code[8], id[VECTOR_MAX];

		snprintf(six, sizeof(six), "%02u9001", p);
		snprintf(code, sizeof(code), "%02u ", p);
		vector_id(six, "19850615", 1, id);
		assert_int_equal(run("cn_resident_id", id) != WEIR_CHECK_REFUSED,
				 strstr(provinces, code) != NULL);
	}
}

/* Codes of today, of counties that are gone, of cities without districts; and none at all. */
static void numbers__resident_id_regions(void **state)
{
	static const char *const codes[] = {
		"110101", "110229", "120225", "130133", "130638", "131127", "140105", "152921",
		"210102", "222401", "230103", "310115", "320506", "330106", "341823", "350203",
		"360102", "371728", "410105", "422801", "429004", "433122", "440305", "441900",
		"445102", "450102", "460106", "460025", "500112", "500242", "510107", "513437",
		"522701", "533421", "540102", "542621", "610113", "622901", "620201", "632801",
		"640104", "650104", "654301", "659001", "810000", "820000", "710000", "830000"};
	static const char *const none[] = {"119900", "440399", "310000",
					   "317701", "509901", "650160"};
	char id[VECTOR_MAX];

	for (size_t i = 0; i < ARRAY_SIZE(codes); i++) {
		vector_id(codes[i], "19850615", 11, id);
		assert_int_equal(run("cn_resident_id", id), WEIR_CHECK_STRONG);
	}
	for (size_t i = 0; i < ARRAY_SIZE(none); i++) {
		vector_id(none[i], "19850615", 11, id);
		assert_int_equal(run("cn_resident_id", id), WEIR_CHECK_ACCEPTED);
	}
}

static void numbers__resident_id_dates(void **state)
{
	static const char *const good[] = {"20000229", "19960229", "19000101", "20251124",
					   "19991231"};
	static const char *const bad[] = {"20251125", "18991231", "19000229",
					  "20010229", "20010431", "20010100",
					  "20010132", "20011301", "20010001"};
	char id[VECTOR_MAX];

	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		vector_id("440305", good[i], 3, id);
		HOLDS("cn_resident_id", id);
	}
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		vector_id("440305", bad[i], 3, id);
		REFUSED("cn_resident_id", id);
	}
}

static void numbers__resident_id_mangled(void **state)
{
	HOLDS("cn_resident_id_mangled", "440305198506153000");
	HOLDS("cn_resident_id_mangled", "440305198506153E17");
	HOLDS("cn_resident_id_mangled", "44030519850615E17");
	REFUSED("cn_resident_id_mangled", "440305198506153001");
	REFUSED("cn_resident_id_mangled", "440305198513153000");
	REFUSED("cn_resident_id_mangled", "990305198506153000");
	REFUSED("cn_resident_id_mangled", "440305198506153E18");
	REFUSED("cn_resident_id_mangled", "000");
}

static void numbers__resident_id_15(void **state)
{
	assert_int_equal(run("cn_resident_id_15", "440305850615123"), WEIR_CHECK_STRONG);
	assert_int_equal(run("cn_resident_id_15", "449905850615123"), WEIR_CHECK_ACCEPTED);
	REFUSED("cn_resident_id_15", "440305851315123");
	REFUSED("cn_resident_id_15", "440305850632123");
	REFUSED("cn_resident_id_15", "170305850615123");
	REFUSED("cn_resident_id_15", "111111111111111");
	REFUSED("cn_resident_id_15", "44030585061512");
	REFUSED("cn_resident_id_15", "44030585061512X");
}

static void numbers__permit_and_foreigner(void **state)
{
	static const char *const regions[] = {"810000", "820000", "830000"};
	char id[VECTOR_MAX];

	for (unsigned i = 0; i < ROUNDS; i++) {
		vector_id(regions[i % 3], "19940823", i, id);
		HOLDS("cn_residence_permit", id);
		REFUSED("cn_foreigner_id", id);
		damaged_is_refused("cn_residence_permit", id, "0123456789", 0);
		vector_id("932682", "19850101", i, id);
		HOLDS("cn_foreigner_id", id);
		REFUSED("cn_resident_id", id);
		REFUSED("cn_residence_permit", id);
	}
	vector_id("810001", "19940823", 1, id);
	REFUSED("cn_residence_permit", id);
	vector_id("917682", "19850101", 1, id); /* no such province */
	REFUSED("cn_foreigner_id", id);
	HOLDS("cn_foreigner_id", "USA310185061501");
	REFUSED("cn_foreigner_id", "US1310185061501");
}

static void numbers__cards(void **state)
{
	static const struct {
		const char *prefix, *strong, *accepted;
	} cases[] = {
		{"4", "16 ", "13 19 "},
		{"51", "16 ", ""},
		{"55", "16 ", ""},
		{"50", "", ""},
		{"56", "", ""},
		{"2221", "16 ", ""},
		{"2720", "16 ", ""},
		{"2220", "", ""},
		{"2721", "", ""},
		{"34", "15 ", ""},
		{"37", "15 ", ""},
		{"3527", "", ""},
		{"3528", "16 ", "17 18 19 "},
		{"3589", "16 ", "17 18 19 "},
		{"3590", "", ""},
		{"36", "", "14 15 16 17 18 19 "},
		{"300", "", "14 15 16 17 18 19 "},
		{"306", "", ""},
		{"6011", "16 ", "17 18 19 "},
		{"644", "16 ", "17 18 19 "},
		{"643", "", ""},
		{"62", "16 19 ", "17 18 "},
		{"81", "", "16 17 18 19 "},
		{"95", "", "16 17 18 19 "},
		{"70", "", ""},
	};
	uint64_t seed = 3;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		for (unsigned n = 13; n <= 19; n++) {
			char card[VECTOR_MAX], length[8];
			enum weir_check want = WEIR_CHECK_REFUSED;

			snprintf(length, sizeof(length), "%u ", n);
			vector_luhn(cases[i].prefix, n, &seed, card);
			if (strstr(cases[i].accepted, length))
				want = WEIR_CHECK_ACCEPTED;
			if (strstr(cases[i].strong, length))
				want = WEIR_CHECK_STRONG;
			assert_int_equal(run("payment_card", card), want);
		}
	}
}

static void numbers__card_damage(void **state)
{
	char card[VECTOR_MAX];
	uint64_t seed = 9;

	for (unsigned i = 0; i < ROUNDS; i++) {
		vector_luhn("622202", 16, &seed, card);
		HOLDS("payment_card", card);
		HOLDS("luhn", card);
		for (size_t at = 6; at < 16; at++) {
			char saved = card[at];

			card[at] = (char)('0' + (saved - '0' + 1 + (int)i % 9) % 10);
			REFUSED("payment_card", card);
			REFUSED("luhn", card);
			card[at] = saved;
		}
	}
	REFUSED("payment_card", "4444444444444444");
	REFUSED("payment_card", "");
	REFUSED("payment_card", "62220212345678A1");
}

/* Four neighbours out of a table of code points. */
static void numbers__card_table_row(void **state)
{
	unsigned seen = 0;

	for (unsigned n = 5200; n < 5500; n++) {
		char row[20];

		snprintf(row, sizeof(row), "%u%u%u%u", n, n + 1, n + 2, n + 3);
		seen += vector_luhn_holds(row);
		REFUSED("payment_card", row);
	}
	assert_true(seen > 5);
}

/* Codes of strokes and keys use a few digits, in every position. */
static void numbers__few_digits_are_not_strong(void **state)
{
	char number[VECTOR_MAX];
	uint64_t seed = 29;
	unsigned cards = 0, codes = 0;

	for (unsigned i = 0; i < 200000; i++) {
		number[0] = '4';
		vector_fill(number + 1, 15, "12345", &seed);
		if (vector_luhn_holds(number)) {
			assert_int_not_equal(run("payment_card", number), WEIR_CHECK_STRONG);
			cards += run("payment_card", number) == WEIR_CHECK_ACCEPTED;
		}
		number[0] = '1';
		vector_fill(number + 1, 17, "12345", &seed);
		if (run("cn_uscc", number) != WEIR_CHECK_REFUSED) {
			assert_int_equal(run("cn_uscc", number), WEIR_CHECK_ACCEPTED);
			codes++;
		}
	}
	assert_true(cards > 1000 && codes > 50);
	/* six values are many */
	number[0] = '4';
	memcpy(number + 1, "12345612345612", 14);
	for (int c = '0'; c <= '9'; c++) {
		number[15] = (char)c;
		number[16] = '\0';
		if (vector_luhn_holds(number))
			assert_int_equal(run("payment_card", number), WEIR_CHECK_STRONG);
	}
}

static void numbers__card_mangled(void **state)
{
	HOLDS("payment_card_mangled", "6228480731234560000");
	HOLDS("payment_card_mangled", "622848073123456E18");
	REFUSED("payment_card_mangled", "6228480731234560001");
	REFUSED("payment_card_mangled", "7228480731234560000");
	REFUSED("payment_card_mangled", "622848073123456E17");
	REFUSED("payment_card_mangled", "E18");
}

static void numbers__card_track(void **state)
{
	char card[VECTOR_MAX], track[2 * VECTOR_MAX];
	uint64_t seed = 5;

	vector_luhn("622202", 16, &seed, card);
	snprintf(track, sizeof(track), "B%s^ZHANG/SAN^2712101000", card);
	assert_int_equal(run("card_track", track), WEIR_CHECK_STRONG);
	snprintf(track, sizeof(track), "%s=27121010000000000000", card);
	assert_int_equal(run("card_track", track), WEIR_CHECK_STRONG);
	snprintf(track, sizeof(track), "%sD2712101", card);
	HOLDS("card_track", track);
	snprintf(track, sizeof(track), "%s=2713101000", card); /* month 13 */
	REFUSED("card_track", track);
	snprintf(track, sizeof(track), "%s=2712", card);
	REFUSED("card_track", track);
	snprintf(track, sizeof(track), "B%s^ZHANG", card);
	REFUSED("card_track", track);
	card[15] = card[15] == '9' ? '0' : (char)(card[15] + 1);
	snprintf(track, sizeof(track), "%s=2712101000", card);
	REFUSED("card_track", track);
}

static void numbers__card_verification(void **state)
{
	HOLDS("card_verification", "123");
	HOLDS("card_verification", "0427");
	HOLDS("card_verification", "122027");
	REFUSED("card_verification", "132027");
	REFUSED("card_verification", "121999");
	REFUSED("card_verification", "12");
	REFUSED("card_verification", "12a");
}

static void numbers__uscc(void **state)
{
	char code[VECTOR_MAX];
	uint64_t seed = 11;

	for (unsigned i = 0; i < ROUNDS; i++) {
		vector_uscc("91440300", &seed, code);
		assert_int_equal(run("cn_uscc", code), WEIR_CHECK_STRONG);
		HOLDS("mod31", code);
		damaged_is_refused("cn_uscc", code, VECTOR_USCC "IOSVZ", 2);
		vector_uscc("Q1440300", &seed, code); /* no such department */
		assert_int_equal(run("cn_uscc", code), WEIR_CHECK_ACCEPTED);
		vector_uscc("91770300", &seed, code); /* no such province */
		assert_int_equal(run("cn_uscc", code), WEIR_CHECK_ACCEPTED);
	}
}

/* Of any length, over the weights' coming round; each wrong character is seen. */
static void numbers__mod31(void **state)
{
	static const char signs[] = VECTOR_USCC;
	uint64_t seed = 29;

	for (size_t len = 2; len <= WEIR_MOD31_MAX; len++) {
		char value[WEIR_MOD31_MAX + 2] = "";
		unsigned sum = 0, weight = 1, right = 0;

		vector_fill(value, len - 1, signs, &seed);
		for (size_t i = 0; i + 1 < len; i++) {
			sum += (unsigned)(strchr(signs, value[i]) - signs) * weight;
			weight = weight * 3 % 31;
		}
		for (size_t i = 0; signs[i]; i++) {
			value[len - 1] = signs[i];
			right += weir_mod31_holds(value, len);
			assert_int_equal(weir_mod31_holds(value, len), i == (31 - sum % 31) % 31);
		}
		assert_int_equal(right, 1);
		value[0] = 'I';
		assert_false(weir_mod31_holds(value, len));
	}
	assert_false(weir_mod31_holds("0", 1));
	assert_false(weir_mod31_holds("", 0));
}

static void numbers__mod31_has_a_limit(void **state)
{
	char value[WEIR_MOD31_MAX + 2];

	memset(value, '0', sizeof(value));
	assert_true(weir_mod31_holds(value, WEIR_MOD31_MAX));
	assert_false(weir_mod31_holds(value, WEIR_MOD31_MAX + 1));
}

static void numbers__org_code(void **state)
{
	char code[VECTOR_MAX], part[9];
	uint64_t seed = 13;

	for (unsigned i = 0; i < ROUNDS; i++) {
		vector_fill(part, 8, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", &seed);
		vector_org(part, code);
		HOLDS("cn_org_code", code);
		code[8] = code[8] == '1' ? '2' : '1';
		REFUSED("cn_org_code", code);
	}
	REFUSED("cn_org_code", "000000000");
}

static void numbers__vin(void **state)
{
	char vin[VECTOR_MAX];
	uint64_t seed = 17;

	for (unsigned i = 0; i < ROUNDS; i++) {
		vector_vin("LSVAA49J", &seed, vin);
		assert_int_equal(run("vin", vin), WEIR_CHECK_STRONG);
		vin[16] = vin[16] == '9' ? '0' : (char)(vin[16] + 1);
		REFUSED("vin", vin);
		vector_vin("WVWZZZ1K", &seed, vin);
		assert_int_equal(run("vin", vin), WEIR_CHECK_ACCEPTED);
	}
	vin[3] = 'O';
	REFUSED("vin", vin);
}

static void numbers__hk_id(void **state)
{
	char id[VECTOR_MAX];
	bool a = false;

	for (unsigned i = 0; i < ROUNDS; i++) {
		vector_hk_id(i % 2 ? "A" : "WX", 182361 + i * 7919, id);
		HOLDS("hk_id", id);
		damaged_is_refused("hk_id", id, "0123456789", strlen(id) - 1);
		a = a || id[strlen(id) - 1] == 'A';
	}
	assert_true(a);
	REFUSED("hk_id", "A1111111");
}

static void numbers__tw_id(void **state)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ", seconds[] = "1289ABCD";
	char id[VECTOR_MAX];

	for (size_t i = 0; letters[i]; i++) {
		for (size_t k = 0; seconds[k]; k++) {
			vector_tw_id(letters[i], seconds[k], 2716049 + (unsigned)i, id);
			HOLDS("tw_id", id);
			damaged_is_refused("tw_id", id, "0123456789", 9);
		}
	}
	REFUSED("tw_id", "A327160499");
}

static void numbers__documents_without_check_digit(void **state)
{
	static const struct {
		const char *check, *good, *bad;
	} cases[] = {
		{"mo_id", "12345670", "22345670"},
		{"mo_id", "71234560", "11111111"},
		{"cn_passport", "E23456719", "E20250101"},
		{"cn_passport", "EA2345671", "EI2345671"},
		{"cn_passport", "G23456719", "A23456719"},
		{"cn_passport", "142345671", "162345671"},
		{"cn_passport", "PE2345671", "PX2345671"},
		{"cn_passport", "MA2345671", "MB2345671"},
		{"cn_passport", "KJ2345671", "K2345671"},
		{"cn_travel_permit", "H23456719", "X23456719"},
		{"cn_travel_permit", "M2345671901", "M234567190"},
		{"cn_travel_permit", "C23456719", "C20250101"},
		{"cn_travel_permit", "CA2345671", "CO2345671"},
		{"cn_travel_permit", "23456719", "19990101"},
		{"cn_travel_permit", "2345671901B", "23456719011"},
		{"cn_military_id", "1234567", "12345"},
		{"us_ssn", "536228841", "000228841"},
		{"us_ssn", "001228841", "666228841"},
		{"us_ssn", "536018841", "536008841"},
		{"us_ssn", "899228841", "900228841"},
		{"us_ssn", "536220001", "536220000"},
		{"us_ssn", "537228841", "123458841"},
		{"bank_account", "0200004109201234567", "123456789"},
		{"insurance_policy", "PDAA20254403000000123456", "PDAA2025"},
		{"insurance_policy", "90512345678901", "ABCDEFGHIJKLMN"},
		{"insurance_claim", "RDAA20254403000000123456", "1111111111"},
		{"medical_record", "00123457", "12345"},
		{"medical_record", "A2345671", "1234567"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		if (run(cases[i].check, cases[i].good) == WEIR_CHECK_REFUSED)
			fail_msg("%s refuses %s", cases[i].check, cases[i].good);
		if (run(cases[i].check, cases[i].bad) != WEIR_CHECK_REFUSED)
			fail_msg("%s takes %s", cases[i].check, cases[i].bad);
	}
}

static void numbers__policy_shape(void **state)
{
	assert_int_equal(run("insurance_policy", "PDAA202544030000001234"), WEIR_CHECK_STRONG);
	assert_int_equal(run("insurance_policy", "PDAA202744030000001234"), WEIR_CHECK_ACCEPTED);
	assert_int_equal(run("insurance_policy", "RDAA202544030000001234"), WEIR_CHECK_ACCEPTED);
	assert_int_equal(run("insurance_claim", "RDAA202544030000001234"), WEIR_CHECK_STRONG);
}

static void numbers__iban(void **state)
{
	static const struct {
		const char *country, *account;
	} cases[] = {
		{"DE", "370400440532019384"},	       {"GB", "WEIR60161331926819"},
		{"FR", "20041010050500013M02606"},     {"NO", "86011117947"},
		{"MT", "WEIR01100001234567890123456"}, {"CH", "00762011623852957"},
	};
	char iban[VECTOR_MAX];

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		vector_iban(cases[i].country, cases[i].account, iban);
		HOLDS("iban", iban);
		damaged_is_refused("iban", iban, "0123456789", 4);
		iban[0] = 'Q';
		REFUSED("iban", iban);
	}
}

static void numbers__imei(void **state)
{
	char imei[VECTOR_MAX];
	uint64_t seed = 19;

	for (unsigned i = 0; i < ROUNDS; i++) {
		vector_luhn("35", 15, &seed, imei);
		HOLDS("imei", imei);
		damaged_is_refused("imei", imei, "0123456789", 14);
	}
	REFUSED("imei", "000000000000000");
}

static void numbers__mrz(void **state)
{
	static const size_t checked[] = {45, 54, 58, 64, 66, 72, 88};
	char zone[VECTOR_MAX], other[VECTOR_MAX];

	vector_passport("E23456719", zone);
	assert_int_equal(strlen(zone), 89);
	HOLDS("passport_mrz", zone);
	for (size_t i = 0; i < ARRAY_SIZE(checked); i++) {
		memcpy(other, zone, sizeof(other));
		other[checked[i]] = other[checked[i]] == '7' ? '8' : '7';
		REFUSED("passport_mrz", other);
	}
	vector_card_zone("234567190", zone);
	assert_int_equal(strlen(zone), 92);
	HOLDS("passport_mrz", zone);
	zone[6] = zone[6] == '7' ? '8' : '7';
	REFUSED("passport_mrz", zone);
	REFUSED("passport_mrz", "P<CHN");
}

/* The group of the pentagon's symmetries as maps of its corners. */
static unsigned pentagon(unsigned j, unsigned k)
{
	unsigned x0 = k < 5 ? k : k - 5, x1 = k < 5 ? k + 1 : k - 5 + 4;
	unsigned y0 = (j < 5 ? j + x0 : j - 5 + 5 - x0 % 5) % 5;
	unsigned y1 = (j < 5 ? j + x1 : j - 5 + 5 - x1 % 5) % 5;

	return (y1 + 5 - y0) % 5 == 1 ? y0 : y0 + 5;
}

static bool verhoeff_holds(const char *digits)
{
	static const char first[] = "1576283094";
	unsigned sum = 0;
	size_t n = strlen(digits);

	for (size_t i = 0; i < n; i++) {
		unsigned d = (unsigned)(digits[n - 1 - i] - '0');

		for (size_t k = 0; k < i; k++)
			d = (unsigned)(first[d] - '0');
		sum = pentagon(sum, d);
	}
	return sum == 0;
}

static void numbers__algorithms(void **state)
{
	uint64_t seed = 23;

	for (unsigned i = 0; i < ROUNDS; i++) {
		char value[VECTOR_MAX];
		unsigned rest = 10, holds = 0;

		vector_fill(value, 12, "0123456789", &seed);
		assert_int_equal(run("verhoeff", value) != WEIR_CHECK_REFUSED,
				 verhoeff_holds(value));
		value[11] = '\0';
		value[11] = vector_mod11_2(value, 11);
		value[12] = '\0';
		HOLDS("mod11_2", value);
		/* MOD 11,10 with its own check digit in the loop: the whole leaves 1 */
		for (int c = '0'; c <= '9'; c++) {
			value[11] = (char)c;
			rest = 10;
			for (size_t k = 0; k < 11; k++) {
				rest = (rest + (unsigned)(value[k] - '0')) % 10;
				rest = (rest == 0 ? 10 : rest) * 2 % 11;
			}
			holds += run("mod11_10", value) != WEIR_CHECK_REFUSED;
			assert_int_equal(run("mod11_10", value) != WEIR_CHECK_REFUSED,
					 (rest + (unsigned)(c - '0')) % 10 == 1);
		}
		assert_int_equal(holds, 1);
	}
	HOLDS("mod97", "3214282912345698765432161182");
}

static void numbers__placeholders(void **state)
{
	static const char *const typed[] = {"13812345678",	"13887654321",	      "18888888888",
					    "13900000000",	"12345678",	      "E12345678",
					    "4242424242424242", "6212345678901234567"};
	static const char *const real[] = {"13927461958", "6222024061358957", "1234567", ""};

	for (size_t i = 0; i < ARRAY_SIZE(typed) - 1; i++)
		assert_true(weir_check_placeholder(typed[i], strlen(typed[i])));
	for (size_t i = 0; i < ARRAY_SIZE(real); i++)
		assert_false(weir_check_placeholder(real[i], strlen(real[i])));
}

static void numbers__today(void **state)
{
	const uint64_t day = UINT64_C(86400) * 1000000000, ahead = UINT64_C(14) * 3600 * 1000000000;

	assert_int_equal(weir_check_today(0), 19700101);
	assert_int_equal(weir_check_today(day - ahead), 19700102);
	assert_int_equal(weir_check_today(day - ahead - 1), 19700101);
	assert_int_equal(weir_check_today(11016 * day), 20000229);
	assert_int_equal(weir_check_today(20454 * day), 20260101);
}

static void numbers__names_are_found(void **state)
{
	size_t n = 0;

	for (; weir_check_name(n); n++) {
		assert_non_null(weir_check_find(weir_check_name(n)));
		for (size_t k = 0; k < n; k++)
			assert_string_not_equal(weir_check_name(n), weir_check_name(k));
	}
	assert_true(n >= 40);
	assert_null(weir_check_find(""));
	assert_null(weir_check_find("cn_resident"));
}

/* Any length of any alphabet, at the end of its memory. */
static void numbers__short_values(void **state)
{
	for (size_t n = 0; weir_check_name(n); n++) {
		weir_check_fn fn = weir_check_find(weir_check_name(n));

		for (size_t len = 0; len < 48; len++) {
			static const char fills[] = "0159AXZaz<=@.-\xe5\xff";

			for (size_t f = 0; f < sizeof(fills) - 1; f++) {
				char *value = malloc(len + 1);

				assert_non_null(value);
				memset(value, fills[f], len);
				(void)fn(value, len, TODAY);
				(void)weir_check_placeholder(value, len);
				free(value);
			}
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers__resident_id),
		cmocka_unit_test(numbers__resident_id_transposed),
		cmocka_unit_test(numbers__resident_id_provinces),
		cmocka_unit_test(numbers__resident_id_regions),
		cmocka_unit_test(numbers__resident_id_dates),
		cmocka_unit_test(numbers__resident_id_mangled),
		cmocka_unit_test(numbers__resident_id_15),
		cmocka_unit_test(numbers__permit_and_foreigner),
		cmocka_unit_test(numbers__cards),
		cmocka_unit_test(numbers__card_damage),
		cmocka_unit_test(numbers__card_table_row),
		cmocka_unit_test(numbers__few_digits_are_not_strong),
		cmocka_unit_test(numbers__card_mangled),
		cmocka_unit_test(numbers__card_track),
		cmocka_unit_test(numbers__card_verification),
		cmocka_unit_test(numbers__uscc),
		cmocka_unit_test(numbers__mod31),
		cmocka_unit_test(numbers__mod31_has_a_limit),
		cmocka_unit_test(numbers__org_code),
		cmocka_unit_test(numbers__vin),
		cmocka_unit_test(numbers__hk_id),
		cmocka_unit_test(numbers__tw_id),
		cmocka_unit_test(numbers__documents_without_check_digit),
		cmocka_unit_test(numbers__policy_shape),
		cmocka_unit_test(numbers__iban),
		cmocka_unit_test(numbers__imei),
		cmocka_unit_test(numbers__mrz),
		cmocka_unit_test(numbers__algorithms),
		cmocka_unit_test(numbers__placeholders),
		cmocka_unit_test(numbers__today),
		cmocka_unit_test(numbers__names_are_found),
		cmocka_unit_test(numbers__short_values),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
