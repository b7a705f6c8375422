/* SPDX-License-Identifier: Apache-2.0 */
/* Every way to write a value is found at a place that the finder names, and read as the value that was
 * written; what only looks like one is not. */

#include "places.h"
#include "vectors.h"
#include "weir/base/macros.h"
#include "weir/findings/detectors.h"

/* value: in normal form. The confidence without a word lies in low..high. */
static void found(const char *id, const char *text, const char *value, int low, int high)
{
	struct model_hit hit = model_find(id, text);

	if (hit.confidence < 0)
		fail_msg("%s is not found in \"%s\"", id, text);
	if (strcmp(hit.value, value) != 0)
		fail_msg("%s: \"%s\" instead of \"%s\"", id, hit.value, value);
	if (hit.confidence < low || hit.confidence > high)
		fail_msg("%s: %d for \"%s\"", id, hit.confidence, text);
}

static void none(const char *id, const char *text)
{
	struct model_hit hit = model_find(id, text);

	if (hit.confidence >= 0)
		fail_msg("%s: \"%s\" found in \"%s\"", id, hit.value, text);
}

/* groups: lengths of the groups, 0 at the end. */
static const char *grouped(const char *value, const unsigned *groups, const char *mark)
{
	static char text[256];
	size_t at = 0, n = 0;

	for (size_t i = 0; value[at]; i++) {
		size_t take = groups[i] ? groups[i] : strlen(value + at);

		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%.*s", i ? mark : "",
				      (int)take, value + at);
		at += WEIR_MIN(take, strlen(value + at));
	}
	return text;
}

#define GROUPS(...) ((const unsigned[]){__VA_ARGS__, 0})

static const unsigned apart[40] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
static const char *const marks[] = {" ", "-", ".", "/", "_", ","};

/* The forms of eighteen signs that three detectors share. */
static void eighteen(const char *id, const char *value, int low, int high)
{
	char lower[VECTOR_MAX], text[256];

	found(id, value, value, low, high);
	for (size_t i = 0; i <= strlen(value); i++)
		lower[i] = value[i] == 'X' ? 'x' : value[i];
	found(id, lower, value, low, high);
	for (size_t m = 0; m < ARRAY_SIZE(marks); m++) {
		found(id, grouped(value, GROUPS(6, 8, 4), marks[m]), value, low, high);
		found(id, grouped(value, GROUPS(6, 4, 4, 4), marks[m]), value, low, high);
		found(id, grouped(value, GROUPS(6, 8, 3, 1), marks[m]), value, low, high);
		found(id, grouped(value, apart, marks[m]), value, 50, 69);
		for (unsigned at = 1; at < 18; at++)
			found(id, grouped(value, GROUPS(at), marks[m]), value, 50, 88);
		for (unsigned at = 1; at < 17; at++)
			found(id, grouped(value, GROUPS(at), marks[m]), value, 50, 69);
	}
	for (unsigned at = 6; at < 17; at++) {
		found(id, grouped(value, GROUPS(at), "\n"), value, 50, 69);
		found(id, grouped(value, GROUPS(at), " \r\n  "), value, 50, 69);
	}
	snprintf(text, sizeof(text), "%s7", value);
	none(id, text);
	snprintf(text, sizeof(text), "身份证号%s，", value);
	found(id, text, value, low, high);
}

static void forms__eighteen_signs(void **state)
{
	char id[VECTOR_MAX];

	vector_id_ending(false, id);
	eighteen("cn_resident_id", id, 75, 90);
	vector_id_ending(true, id);
	eighteen("cn_resident_id", id, 75, 90);
	vector_id("810000", "19940823", 5, id);
	eighteen("cn_residence_permit", id, 75, 90);
	vector_id("932682", "19850101", 5, id);
	eighteen("cn_foreigner_id", id, 75, 90);
}

static void forms__resident_id_labelled_and_mangled(void **state)
{
	char id[VECTOR_MAX], text[VECTOR_MAX + 32], cut[VECTOR_MAX];

	vector_id_ending(false, id);
	snprintf(text, sizeof(text), "SFZ%s", id);
	found("cn_resident_id", text, id, 75, 90);
	snprintf(text, sizeof(text), "idNo%s", id);
	found("cn_resident_id", text, id, 75, 90);
	/* what a spreadsheet leaves needs a word */
	snprintf(cut, sizeof(cut), "%.15s000", id);
	found("cn_resident_id", cut, cut, 30, 49);
	snprintf(text, sizeof(text), "%c.%.14sE+17", id[0], id + 1);
	snprintf(cut, sizeof(cut), "%.15sE17", id);
	found("cn_resident_id", text, cut, 30, 49);
}

static void forms__resident_id_15(void **state)
{
	found("cn_resident_id_15", "440305850615123", "440305850615123", 30, 49);
	found("cn_resident_id_15", "440305-850615-123", "440305850615123", 30, 49);
	none("cn_resident_id_15", "440305851315123");
	none("cn_resident_id_15", "111111111111111");
}

static void forms__cards(void **state)
{
	static const struct {
		const char *prefix;
		size_t digits;
		unsigned groups[6];
	} cases[] = {
		{"622202", 16, {4, 4, 4, 4}}, {"622848", 19, {4, 4, 4, 4, 3}},
		{"622848", 19, {6, 13}},      {"37", 15, {4, 6, 5}},
		{"4", 16, {4, 4, 4, 4}},      {"52", 16, {4, 4, 4, 4}},
		{"3528", 16, {4, 4, 4, 4}},
	};
	uint64_t seed = 29;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char card[VECTOR_MAX];

		do
			vector_luhn(cases[i].prefix, cases[i].digits, &seed, card);
		while (weir_check_placeholder(card, strlen(card)));
		found("payment_card", card, card, 80, 80);
		for (size_t m = 0; m < 2; m++)
			found("payment_card", grouped(card, cases[i].groups, marks[m]), card, 80,
			      95);
		for (size_t m = 0; m < ARRAY_SIZE(marks); m++) {
			found("payment_card", grouped(card, apart, marks[m]), card, 50, 69);
			for (unsigned at = 4; at < 14; at++)
				found("payment_card", grouped(card, GROUPS(at), marks[m]), card, 50,
				      86);
		}
		for (unsigned at = 6; at < 13; at++)
			found("payment_card", grouped(card, GROUPS(at), "\n"), card, 50, 69);
		card[9] = card[9] == '9' ? '0' : (char)(card[9] + 1);
		none("payment_card", card);
	}
}

/* A CSV row, an expiry, a code behind a card do not hide it. */
static void forms__card_beside_numbers(void **state)
{
	char card[VECTOR_MAX], text[256];
	uint64_t seed = 31;

	vector_luhn("622202", 16, &seed, card);
	snprintf(text, sizeof(text), "1,%s,12/27", grouped(card, GROUPS(4, 4, 4, 4), " "));
	found("payment_card", text, card, 85, 95);
	snprintf(text, sizeof(text), "%s 12/27", grouped(card, GROUPS(4, 4, 4, 4), " "));
	found("payment_card", text, card, 85, 95);
	snprintf(text, sizeof(text), "3 %s 100.00", grouped(card, GROUPS(4, 4, 4, 4), " "));
	found("payment_card", text, card, 85, 95);
	/* a table of numbers of four digits */
	snprintf(text, sizeof(text), "1234 %s 5678", grouped(card, GROUPS(4, 4, 4, 4), " "));
	none("payment_card", text);
	/* decimals */
	snprintf(text, sizeof(text), "%.1s.%s", card, card + 1);
	none("payment_card", text);
}

static void forms__card_mangled(void **state)
{
	found("payment_card", "6228480731234560000", "6228480731234560000", 1, 69);
	found("payment_card", "6.22848073123456E+18", "622848073123456E18", 1, 69);
}

static void forms__tracks(void **state)
{
	char card[VECTOR_MAX], text[300], value[256];
	uint64_t seed = 37;

	vector_luhn("622202", 16, &seed, card);
	snprintf(text, sizeof(text), "%%B%s^ZHANG/SAN^27121010000000000?", card);
	found("card_track", text, text + 1, 90, 90);
	snprintf(value, sizeof(value), "%s=27121010000000000000", card);
	snprintf(text, sizeof(text), ";%s?", value);
	found("card_track", text, value, 90, 90);
	snprintf(text, sizeof(text), "%sD27121010000000000000F", card);
	snprintf(value, sizeof(value), "%sD27121010000000000000", card);
	found("card_track", text, value, 90, 90);
	snprintf(text, sizeof(text), "%s=1", card);
	none("card_track", text);
}

static void forms__card_verification(void **state)
{
	static const struct {
		const char *text, *value;
	} cases[] = {
		{"CVV: 123", "123"},	      {"cvv2=4567", "4567"},
		{"安全码：123", "123"},	      {"后三位 123", "123"},
		{"有效期 12/27", "1227"},     {"有效期限：12/2027", "122027"},
		{"exp 09/28", "0928"},	      {"expiry: 0928", "0928"},
		{"valid thru 09/28", "0928"}, {"\"cvv\":\"123\"", "123"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		found("card_verification", cases[i].text, cases[i].value, 80, 80);
	none("card_verification", "cvv 12345");
	none("card_verification", "exp 13/28");
}

static void forms__mobile(void **state)
{
	static const struct {
		const char *text;
		int low, high;
	} cases[] = {
		{"13927461958", 60, 60},	  {"139-2746-1958", 60, 69},
		{"139 2746 1958", 60, 69},	  {"139.2746.1958", 60, 69},
		{"139 27461958", 60, 69},	  {"1392746 1958", 60, 69},
		{"1392746-1958", 60, 69},	  {"+8613927461958", 70, 80},
		{"8613927461958", 60, 69},	  {"008613927461958", 60, 69},
		{"+86 13927461958", 60, 80},	  {"+86 139 2746 1958", 70, 80},
		{"+86-139-2746-1958", 70, 80},	  {"(+86)13927461958", 60, 80},
		{"(+86) 139-2746-1958", 60, 80},  {"86-13927461958", 60, 80},
		{"86-139-2746-1958", 60, 80},	  {"tel13927461958", 50, 60},
		{"手机13927461958，", 60, 60},	  {"13927461958/13927461958", 30, 60},
		{"1 3 9 2 7 4 6 1 9 5 8", 1, 49}, {"13927\n461958", 1, 49},
		{"139274-61958", 1, 49},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		found("cn_mobile", cases[i].text, "13927461958", cases[i].low, cases[i].high);
	none("cn_mobile", "139274619580");
	none("cn_mobile", "x13927461958");
	none("cn_mobile", "+13927461958"); /* North America */
	none("cn_mobile", "12027461958");
	none("cn_mobile", "1392746195");
	none("cn_mobile", "139-2746-1958-22");
}

static void forms__landline(void **state)
{
	static const struct {
		const char *text, *value;
	} cases[] = {
		{"010-65528841", "01065528841"},      {"0755-26528841", "075526528841"},
		{"0755-2652884", "07552652884"},      {"021 65528841", "02165528841"},
		{"010 6552 8841", "01065528841"},     {"010-6552-8841", "01065528841"},
		{"(010)65528841", "65528841"},	      {"(0755) 26528841", "26528841"},
		{"(021)-65528841", "65528841"},	      {"+86-10-65528841", "1065528841"},
		{"+86 755 26528841", "75526528841"},  {"01065528841", "01065528841"},
		{"010-65528841转801", "01065528841"}, {"010-65528841-801", "01065528841"},
		{"010-65528841x12", "01065528841"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		found("cn_landline", cases[i].text, cases[i].value, 30, 65);
	none("cn_landline", "400-820-8820");
	none("cn_landline", "010-12345678");
	none("cn_landline", "65528841");
}

static void forms__uscc(void **state)
{
	char code[VECTOR_MAX], lower[VECTOR_MAX];
	uint64_t seed = 41;

	for (unsigned n = 0; n < 40; n++) {
		vector_uscc("91440300", &seed, code);
		found("cn_uscc", code, code, 88, 88);
		for (size_t i = 0; i <= strlen(code); i++)
			lower[i] = code[i] >= 'A' ? (char)(code[i] + 32) : code[i];
		found("cn_uscc", lower, code, 50, 88);
		for (size_t m = 0; m < ARRAY_SIZE(marks); m++) {
			found("cn_uscc", grouped(code, apart, marks[m]), code, 50, 69);
			found("cn_uscc", grouped(code, GROUPS(2, 6, 9, 1), marks[m]), code, 50, 69);
			found("cn_uscc", grouped(code, GROUPS(8, 9, 1), marks[m]), code, 50, 69);
			for (unsigned at = 8; at < 17; at++)
				found("cn_uscc", grouped(code, GROUPS(at), marks[m]), code, 50, 69);
		}
	}
	none("cn_uscc", "91440300MA5R2L4P9");
}

static void forms__org_code(void **state)
{
	char code[VECTOR_MAX], text[VECTOR_MAX];

	vector_org("62318764", code);
	found("cn_org_code", code, code, 30, 49);
	found("cn_org_code", grouped(code, GROUPS(8, 1), "-"), code, 30, 49);
	vector_org("MA5R2L4P", code);
	snprintf(text, sizeof(text), "组织机构代码：%s", grouped(code, GROUPS(8, 1), "-"));
	found("cn_org_code", text, code, 30, 49);
	vector_org("A2318764", code);
	found("cn_org_code", code, code, 30, 49);
	found("cn_org_code", grouped(code, GROUPS(8, 1), "-"), code, 30, 49);
}

static void forms__vehicles(void **state)
{
	static const char *const plates[] = {"粤B12A45",  "京A12345",  "粤B·12A45",  "粤B•12A45",
					     "粤B-12A45", "粤B 12A45", "粤BD12345",  "粤B12345D",
					     "粤Z1234港", "京A1234警", "川A·1234学", "冀A1234挂"};
	char vin[VECTOR_MAX], text[VECTOR_MAX];
	uint64_t seed = 43;

	for (size_t i = 0; i < ARRAY_SIZE(plates); i++)
		found("cn_plate", plates[i], plates[i], 70, 70);
	found("cn_plate", "車牌 粵B12A45", "粵B12A45", 70, 70);
	found("cn_plate", "滬A12345", "滬A12345", 70, 70);
	found("cn_plate", "号牌：VA12345", "VA12345", 70, 70);
	found("cn_plate", "號牌：VA12345", "VA12345", 70, 70);
	found("cn_plate", "车牌号：使123456", "使123456", 70, 70);
	found("cn_plate", "车牌 WJ12345", "WJ12345", 70, 70);
	none("cn_plate", "粤B12A456");
	none("cn_plate", "新ABCDEF");
	none("cn_plate", "粤I12345");
	vector_vin("LSVAA49J", &seed, vin);
	found("vin", vin, vin, 85, 85);
	snprintf(text, sizeof(text), "车架号：%s", grouped(vin, GROUPS(3, 6, 8), " "));
	found("vin", text, vin, 85, 85);
	for (const char *mark = " -./_,\t\n|"; *mark; mark++) {
		const char sign[] = {*mark, '\0'};

		snprintf(text, sizeof(text), "车架号：%s", grouped(vin, GROUPS(6, 11), sign));
		found("vin", text, vin, 65, 85);
		snprintf(text, sizeof(text), "VIN: %s", grouped(vin, GROUPS(1, 1, 8, 7), sign));
		found("vin", text, vin, 65, 85);
	}
	snprintf(text, sizeof(text), "车架号：%s", grouped(vin, GROUPS(8, 9), "\r\n  "));
	found("vin", text, vin, 65, 65);
	vin[16] = (char)(vin[16] == '9' ? '0' : vin[16] + 1); /* it does not hold */
	snprintf(text, sizeof(text), "车架号：%s", grouped(vin, GROUPS(6, 11), "/"));
	none("vin", text);
	snprintf(text, sizeof(text), "车架号：%s", grouped(vin, GROUPS(6, 11), "--"));
	none("vin", text);
	none("vin", grouped(vin, GROUPS(6, 11), "/"));
	/* neither the end of an escaped character nor an escaped "=" begins one */
	found("vin", "9A800000000000008", "9A800000000000008", 65, 65);
	none("vin", "x=BC=9A800000000000008");
	none("vin", "x=3D000000000000007");
	found("vin", "vin=9A800000000000008", "9A800000000000008", 65, 65);
	vector_vin("LSVAA49J", &seed, vin);
	for (size_t i = 0; i <= strlen(vin); i++)
		text[i] = vin[i] >= 'A' ? (char)(vin[i] + 32) : vin[i];
	found("vin", text, vin, 50, 69);
}

static void forms__abroad(void **state)
{
	char id[VECTOR_MAX], text[2 * VECTOR_MAX];

	vector_hk_id("A", 234571, id);
	snprintf(text, sizeof(text), "%.7s(%c)", id, id[7]);
	found("hk_id", text, id, 75, 75);
	snprintf(text, sizeof(text), "%.7s（%c）", id, id[7]);
	found("hk_id", text, id, 75, 75);
	snprintf(text, sizeof(text), "%.7s (%c)", id, id[7]);
	found("hk_id", text, id, 75, 75);
	found("hk_id", id, id, 30, 49);
	snprintf(text, sizeof(text), "香港身份证 %.1s %.3s %.3s (%c)", id, id + 1, id + 4, id[7]);
	found("hk_id", text, id, 50, 69);
	vector_hk_id("WX", 234571, id);
	found("hk_id", id, id, 30, 49);
	vector_tw_id('A', '1', 2716049, id);
	found("tw_id", id, id, 55, 55);
	snprintf(text, sizeof(text), "身分證字號：%.1s %s", id, id + 1);
	found("tw_id", text, id, 55, 55);
	vector_tw_id('F', 'B', 2716049, id);
	found("tw_id", id, id, 55, 55);
	found("mo_id", "1234567(8)", "12345678", 55, 55);
	found("mo_id", "1234567（8）", "12345678", 55, 55);
	found("mo_id", "5234567/8", "52345678", 30, 49);
	found("mo_id", "52345678", "52345678", 30, 49);
	none("mo_id", "2234567(8)");
	found("us_ssn", "536-22-8841", "536228841", 50, 50);
	found("us_ssn", "536 22 8841", "536228841", 50, 50);
	found("us_ssn", "536228841", "536228841", 30, 49);
	none("us_ssn", "536-22-88412");
}

static void forms__travel_documents(void **state)
{
	static const char *const passports[] = {"E23456719", "EA2345671", "G23456719", "142345671",
						"PE2345671", "SE2345671", "DE2345671", "MA2345671",
						"KJ2345671", "K23456719", "P2345671"};
	static const char *const permits[] = {"H23456719", "M23456719",	 "H2345671901",
					      "C23456719", "CA2345671",	 "W23456719",
					      "23456719",  "2345671901B"};

	for (size_t i = 0; i < ARRAY_SIZE(passports); i++)
		found("cn_passport", passports[i], passports[i], 30, 49);
	found("cn_passport", "护照号码：P.2345671", "P2345671", 30, 49);
	none("cn_passport", "V20250101");
	none("cn_passport", "E20250101");
	for (size_t i = 0; i < ARRAY_SIZE(permits); i++)
		found("cn_travel_permit", permits[i], permits[i], 30, 49);
	found("cn_travel_permit", "2345671901(B)", "2345671901B", 30, 49);
	found("cn_military_id", "军字第2345671号", "2345671", 40, 40);
	found("cn_military_id", "士2345671", "2345671", 40, 40);
	found("cn_military_id", "军官证号 2345671", "2345671", 25, 49);
}

static void forms__machine_readable(void **state)
{
	char zone[VECTOR_MAX], text[2 * VECTOR_MAX];

	vector_passport("E23456719", zone);
	found("passport_mrz", zone, zone, 95, 95);
	snprintf(text, sizeof(text), "scan:\n  %.44s\r\n  %s\n", zone, zone + 45);
	assert_true(model_find("passport_mrz", text).confidence == 95);
	vector_card_zone("234567190", zone);
	found("passport_mrz", zone, zone, 95, 95);
	zone[6] = zone[6] == '7' ? '8' : '7';
	none("passport_mrz", zone);
}

static void forms__accounts(void **state)
{
	char iban[VECTOR_MAX], imei[VECTOR_MAX], text[VECTOR_MAX + 16];
	uint64_t seed = 47;

	found("bank_account", "0200004109201234567", "0200004109201234567", 30, 30);
	found("bank_account", "0200 0041 0920 1234 567", "0200004109201234567", 30, 30);
	vector_iban("DE", "370400440532019384", iban);
	found("iban", iban, iban, 85, 85);
	snprintf(text, sizeof(text), "IBAN: %s.", grouped(iban, GROUPS(4, 4, 4, 4, 4, 4), " "));
	found("iban", text, iban, 85, 85);
	vector_luhn("35", 15, &seed, imei);
	found("imei", imei, imei, 30, 49);
	found("imei", grouped(imei, GROUPS(2, 6, 6, 1), "-"), imei, 30, 49);
}

static void forms__insurance_and_medical(void **state)
{
	static const struct {
		const char *id, *text, *value;
		int low, high;
	} cases[] = {
		{"insurance_policy", "PDAA202544030000001234", "PDAA202544030000001234", 62, 62},
		{"insurance_policy", "90512345678901", "90512345678901", 40, 40},
		{"insurance_policy", "保单号：P12-3456-7890-12", "P123456789012", 40, 40},
		{"insurance_policy", "\"policyNo\": \"AB1234567890\"", "AB1234567890", 40, 40},
		{"insurance_policy", "投保单号 \t\"1234567890123", "1234567890123", 40, 40},
		{"insurance_claim", "RDAA202544030000001234", "RDAA202544030000001234", 62, 62},
		{"insurance_claim", "赔案号: 4051234567890123", "4051234567890123", 40, 40},
		{"medical_record", "00123457", "00123457", 35, 35},
		{"medical_record", "A1234567", "A1234567", 0, 0},
		{"medical_record", "B2345671", "B2345671", 35, 35},
		{"medical_terms", "诊断：C34.1", "c34.1", 70, 70},
		{"medical_terms", "患者有高血压病史", "高血压", 60, 60},
		{"medical_terms", "ICD-10: I10", "i10", 70, 70},
		{"medical_terms", "HIV阳性", "hiv", 60, 60},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		if (cases[i].high == 0)
			none(cases[i].id, cases[i].text);
		else
			found(cases[i].id, cases[i].text, cases[i].value, cases[i].low,
			      cases[i].high);
	}
	none("medical_terms", "保险合同");
}

static void forms__contacts(void **state)
{
	static const struct {
		const char *id, *text, *value;
	} cases[] = {
		{"email", "<Zhang.San@weir-mail.com.cn>", "zhang.san@weir-mail.com.cn"},
		{"email", "邮箱123456@qq.com。", "123456@qq.com"},
		{"cn_name", "姓名：张伟", "张伟"},
		{"cn_name", "被保险人姓名: 欧阳小明，", "欧阳小明"},
		{"cn_name", "受益人：买买提·吐尔逊", "买买提·吐尔逊"},
		{"cn_name", "\"custName\": \"李娜\"", "李娜"},
		{"cn_name", "投保人王建国，", "王建国"},
		{"cn_name", "被保險人：陳靜", "陳靜"},
		{"cn_name", "聯絡人：劉偉", "劉偉"},
		{"cn_name", "要保人為張麗，", "張麗"},
		{"cn_address", "地址：广东省深圳市南山区科技路12号3栋2单元1201室。",
		 "广东省深圳市南山区科技路12号3栋2单元1201室"},
		{"cn_address", "客户住在上海市浦东新区祖冲之路88弄12号楼1502室",
		 "上海市浦东新区祖冲之路88弄12号楼1502室"},
		{"cn_address", "长沙市芙蓉区五一大道158号", "长沙市芙蓉区五一大道158号"},
		{"birth_date", "出生日期：1985-06-15", "1985-06-15"},
		{"birth_date", "生日 1985年6月5日", "1985年6月5"},
		{"birth_date", "dob=19850615", "19850615"},
		{"birth_date", "出生：民国74年6月5日", "民国74年6月5"},
		{"birth_date", "1985/6/5", "1985/6/5"},
		{"im_account", "微信号：zhangsan_1985", "zhangsan_1985"},
		{"im_account", "微信:lisiwang", "lisiwang"},
		{"im_account", "vx zs19850615", "zs19850615"},
		{"im_account", "QQ：2716049382", "2716049382"},
		{"im_account", "qq号2716049", "2716049"},
		{"im_account", "wxid_ab12cd34ef56", "wxid_ab12cd34ef56"},
		{"im_account", "支付宝账号：2088123456780912", "2088123456780912"},
		{"ip_address", "from 61.135.7.9:443", "61.135.7.9"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		found(cases[i].id, cases[i].text, cases[i].value, 20, 85);
	none("email", "git@weir.com:weir/weir.git");
	none("email", "logo@2x.png");
	none("cn_name", "投保人应当如实告知");
	none("cn_name", "姓名：Zhang");
	none("cn_address", "第3号房间");
	none("im_account", "微信公众号");
	none("im_account", "vx: HvxVector, y");
	none("im_account", ".fa-weixin:before{}");
	found("im_account", "手机-wechat: lisiwang", "lisiwang", 20, 85);
	none("ip_address", "192.168.1.1");
	none("ip_address", "61.135.7.9.1");
}

/* The parts of the tokens stand apart so that no scanner of sources takes them for real ones. */
static void forms__secrets(void **state)
{
	static const struct {
		const char *head, *tail, *value_head;
		int low, high;
	} cases[] = {
		{"LT"
		 "AI",
		 "5tQ3EGRTZ5WXYPLMN7Kd", "LTAI", 90, 90},
		{"AK"
		 "ID",
		 "z8krbsJ5yKBZQpn74WFkmLPx3gnPhESA", "AKID", 90, 90},
		{"AK"
		 "IA",
		 "Q3EGRTZ5WXYPLMN7", "AKIA", 90, 90},
		{"ghp"
		 "_",
		 "a8Kd72Jd9sLq0Xm3Vb6Tn1Rf5Gh4Yw2Ze8Cu", "", 90, 90},
		{"password = \"", "k7Qz2Wm9Xr4Tb6Yp1Nc8", "", 60, 75},
		{"db.passwd=", "hunter42x", "", 50, 60},
		{"密码：", "Zx8#kQ2w", "", 70, 85},
		{"登录密码是", "839201", "", 70, 85},
		{"验证码: ", "7731", "", 70, 85},
	};
	char text[256], value[256];

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		snprintf(text, sizeof(text), "%s%s%s\n", cases[i].head, cases[i].tail,
			 strchr(cases[i].head, '"') ? "\"" : "");
		snprintf(value, sizeof(value), "%s%s", cases[i].value_head, cases[i].tail);
		found("secret", text, value, cases[i].low, cases[i].high);
	}
	snprintf(text, sizeof(text), "-----BEGIN RSA %s KEY-----\n%s\n%s\n", "PRIVATE",
		 "k7Qz2Wm9Xr4Tb6Yp1Nc8a8Kd72Jd9sLq0Xm3Vb6Tn1Rf5Gh4",
		 "Yw2Ze8Cu5tQ3EGRTZ5WXYPLMN7Kd");
	assert_int_equal(model_find("secret", text).confidence, 90);
	none("secret", "password = getpass()");
	none("secret", "password: string");
	none("secret", "密码：******");
	none("secret", "password=${DB_PASSWORD1}");
	none("secret", "the password is required");
}

/* Every row has a text that finds it: nothing stands in the table for show. */
static void forms__every_detector_is_covered(void **state)
{
	FILE *file = fopen(__FILE__, "re");
	char *source = calloc(1, 200000);

	if (!file || !source) {
		free(source);
		skip();
	}
	assert_true(fread(source, 1, 199999, file) > 1000);
	(void)fclose(file);
	for (unsigned i = 0; i < WEIR_DETECTOR_COUNT; i++) {
		char quoted[64];

		snprintf(quoted, sizeof(quoted), "\"%s\"", weir_detector_id(i));
		if (!strstr(source, quoted))
			fail_msg("no text for %s", weir_detector_id(i));
	}
	free(source);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(forms__eighteen_signs),
		cmocka_unit_test(forms__resident_id_labelled_and_mangled),
		cmocka_unit_test(forms__resident_id_15),
		cmocka_unit_test(forms__cards),
		cmocka_unit_test(forms__card_beside_numbers),
		cmocka_unit_test(forms__card_mangled),
		cmocka_unit_test(forms__tracks),
		cmocka_unit_test(forms__card_verification),
		cmocka_unit_test(forms__mobile),
		cmocka_unit_test(forms__landline),
		cmocka_unit_test(forms__uscc),
		cmocka_unit_test(forms__org_code),
		cmocka_unit_test(forms__vehicles),
		cmocka_unit_test(forms__abroad),
		cmocka_unit_test(forms__travel_documents),
		cmocka_unit_test(forms__machine_readable),
		cmocka_unit_test(forms__accounts),
		cmocka_unit_test(forms__insurance_and_medical),
		cmocka_unit_test(forms__contacts),
		cmocka_unit_test(forms__secrets),
		cmocka_unit_test(forms__every_detector_is_covered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
