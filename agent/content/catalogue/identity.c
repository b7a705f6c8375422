/* SPDX-License-Identifier: Apache-2.0 */
/* Identity documents of the mainland. */

#include "rows.h"

/* The ways to write eighteen characters that begin with head: in a row; with X; 6-8-4 and finer;
 * broken off before X; every digit apart; broken once; over two lines. The last three meet numbers
 * in tables by chance and stay below 70 without a word. */
#define EIGHTEEN(head)                                                                             \
	{.anchor = WEIR_ANCHOR_DIGITS, .pattern = "(" head "[0-9]{17})", .lengths = N(18)},        \
		{.anchor = WEIR_ANCHOR_TOKEN,                                                      \
		 .pattern = "(" head "[0-9]{16}[Xx])" EDGE,                                        \
		 .lengths = N(18)},                                                                \
		{.anchor = WEIR_ANCHOR_SPAN,                                                       \
		 .pattern = "(" head "[0-9]{5}(" MARK ")[0-9]{4}\\2?[0-9]{4}\\2[0-9]"              \
			    "{3}\\2?[0-9Xx])" EDGE,                                                \
		 .lengths = N(17),                                                                 \
		 .first = N(6)},                                                                   \
		{.anchor = WEIR_ANCHOR_DIGITS,                                                     \
		 .pattern = "(" head "[0-9]{16}" MARK "[Xx])" EDGE,                                \
		 .lengths = N(17),                                                                 \
		 .shift = -5},                                                                     \
		{.anchor = WEIR_ANCHOR_SPAN,                                                       \
		 .pattern = ALONE_LEFT "(" head "(" MARK ")(?:[0-9]\\2){16}[0-9Xx])" ALONE_RIGHT,  \
		 .lengths = N(17),                                                                 \
		 .first = N(1),                                                                    \
		 .shift = -20},                                                                    \
		{.anchor = WEIR_ANCHOR_SPAN,                                                       \
		 .pattern =                                                                        \
			 ALONE_LEFT "(" head "[0-9]{0,16}+" MARK "[0-9]{1,17}+[Xx]?)" ALONE_RIGHT, \
		 .lengths = N(17),                                                                 \
		 .first = FROM(1, 17),                                                             \
		 .pair = N(18),                                                                    \
		 .shift = -20},                                                                    \
	{                                                                                          \
		.anchor = WEIR_ANCHOR_BREAK,                                                       \
		.pattern = "(" head "[0-9]{0,16}+" BREAK "[0-9]{0,17}+[Xx]?)" ALONE_RIGHT,         \
		.lengths = FROM(1, 17), .pair = N(18), .shift = -20                                \
	}

#define IDENTITY_LABELS                                                            \
	{                                                                          \
		.level = "C2", .jrt0197 = 3, .nfra = "sensitive", .gbt35273 = true \
	}

static const char *const number_negatives[] = {WEIR_NUMBER_NEGATIVES, NULL};

static const char *const resident_id_words[] = {"身份证",
						"身分證",
						"身份證",
						"身份号",
						"身份號",
						"身份号码",
						"公民号码",
						"证件号",
						"證件號",
						"证件编号",
						"证号",
						"社会保障号",
						"社保号",
						"社保卡",
						"纳税人识别号",
						"驾驶证",
						"驾照",
						"sfz",
						"sfzh",
						"sfzhm",
						"zjh",
						"zjhm",
						"shenfenzheng",
						"shenfenzhenghao",
						"id card",
						"id_card",
						"idcard",
						"idcardno",
						"id card no",
						"id_card_no",
						"identity card",
						"identitycard",
						"identity no",
						"identity number",
						"identity_no",
						"identityno",
						"identity_number",
						"resident id",
						"residentid",
						"id no",
						"id_no",
						"idno",
						"id number",
						"idnumber",
						"id_number",
						"idnum",
						"id_num",
						"cert no",
						"cert_no",
						"certno",
						"certi code",
						"certi_code",
						"certicode",
						"certificate no",
						"certificateno",
						"certid",
						"cert_id",
						"national id",
						"nationalid",
						"national_id",
						"citizen id",
						"citizenid",
						"ssn",
						"insuredidno",
						"holderidno",
						"custidno",
						NULL};

const struct weir_detector weir_row_cn_resident_id = {
	.id = "cn_resident_id",
	.name_zh = "居民身份证号码",
	.name_en = "resident identity number",
	.forms = {EIGHTEEN("[1-8]"),
		  {.anchor = WEIR_ANCHOR_TOKEN,
		   .pattern = "(?i:sfzh?|sfzhm|idno|idcard|id|zjhm|no)([1-8][0-9]{16}[0-9Xx])" EDGE,
		   .lengths = FROM(20, 25),
		   .shift = -5},
		  {.anchor = WEIR_ANCHOR_DIGITS,
		   .pattern = "([1-8][0-9]{14}000)",
		   .lengths = N(18),
		   .shift = -40,
		   .check = "cn_resident_id_mangled"},
		  {.anchor = WEIR_ANCHOR_SPAN,
		   .pattern = "([1-8]\\.[0-9]{13,14}[Ee]\\+?17)" EDGE,
		   .lengths = N(14),
		   .first = N(1),
		   .shift = -40,
		   .check = "cn_resident_id_mangled"}},
	.check = "cn_resident_id",
	.words = resident_id_words,
	.negatives = number_negatives,
	.confidence = {.accepted = 80,
		       .strong = 88,
		       .near_word = 20,
		       .far_word = 7,
		       .negative = 30,
		       .placeholder = 30,
		       .column = 10},
	.mask = {.head = 1, .tail = 2},
	.labels = IDENTITY_LABELS,
	.role = WEIR_ROLE_IDENTITY,
	.rank = 5,
	.reversible = true,
};

const struct weir_detector weir_row_cn_resident_id_15 = {
	.id = "cn_resident_id_15",
	.name_zh = "15位居民身份证号码",
	.name_en = "resident identity number of 15 digits",
	.forms = {{.anchor = WEIR_ANCHOR_DIGITS, .pattern = "([1-8][0-9]{14})", .lengths = N(15)},
		  {.anchor = WEIR_ANCHOR_SPAN,
		   .pattern = ALONE_LEFT "([1-8][0-9]{5}(" MARK ")[0-9]{6}\\2[0-9]{3})" ALONE_RIGHT,
		   .lengths = N(15),
		   .first = N(6)}},
	.check = "cn_resident_id_15",
	.words = resident_id_words,
	.negatives = number_negatives,
	.confidence = {.accepted = 35,
		       .strong = 45,
		       .near_word = 35,
		       .far_word = 5,
		       .negative = 30,
		       .placeholder = 30,
		       .column = 15},
	.mask = {.head = 1, .tail = 2},
	.labels = IDENTITY_LABELS,
	.role = WEIR_ROLE_IDENTITY,
	.rank = 20,
};

static const char *const residence_permit_words[] = {
	"居住证",     "居住證", "港澳居民", "台湾居民", "臺灣居民",
	"港澳台居民", "证件号", "證件號",   "身份证",	"residence permit",
	"juzhuzheng", "jzz",	"jzzh",	    "certno",	"cert_no",
	"idno",	      "id_no",	NULL};

const struct weir_detector weir_row_cn_residence_permit = {
	.id = "cn_residence_permit",
	.name_zh = "港澳台居民居住证号码",
	.name_en = "residence permit of Hong Kong, Macau and Taiwan residents",
	.forms = {EIGHTEEN("8")},
	.check = "cn_residence_permit",
	.words = residence_permit_words,
	.negatives = number_negatives,
	.confidence = {.accepted = 85,
		       .near_word = 15,
		       .far_word = 7,
		       .negative = 30,
		       .placeholder = 30,
		       .column = 10},
	.mask = {.head = 1, .tail = 2},
	.labels = IDENTITY_LABELS,
	.role = WEIR_ROLE_IDENTITY,
	.rank = 3,
	.reversible = true,
};

static const char *const foreigner_words[] = {"永久居留",
					      "外国人",
					      "永居证",
					      "永居",
					      "居留证",
					      "证件号",
					      "permanent resident",
					      "permanent residence",
					      "foreigner id",
					      "certno",
					      "cert_no",
					      NULL};

const struct weir_detector weir_row_cn_foreigner_id = {
	.id = "cn_foreigner_id",
	.name_zh = "外国人永久居留身份证号码",
	.name_en = "permanent resident identity number of a foreigner",
	.forms = {EIGHTEEN("9"),
		  {.anchor = WEIR_ANCHOR_TOKEN,
		   .pattern = "([A-Z]{3}[0-9]{12})" EDGE,
		   .lengths = N(15),
		   .shift = -40}},
	.check = "cn_foreigner_id",
	.words = foreigner_words,
	.negatives = number_negatives,
	.confidence = {.accepted = 75,
		       .strong = 82,
		       .near_word = 35,
		       .far_word = 5,
		       .negative = 30,
		       .placeholder = 30,
		       .column = 10},
	.mask = {.head = 1, .tail = 2},
	.labels = IDENTITY_LABELS,
	.role = WEIR_ROLE_IDENTITY,
	.rank = 4,
	.reversible = true,
};

static const char *const military_words[] = {
	"军官证",      "軍官證",     "士兵证", "士官证", "军人证", "军人保障卡",
	"文职干部证",  "文职人员证", "警官证", "武警证", "军官",   "义务兵",
	"military id", "officer id", "jgz",    "jgzh",	 NULL};

/* The hanzi before the digits are part of the number but not of the value; each alternative of a
 * look-behind has a length of its own. */
#define FORCES "军|軍|兵|士|文|职|武|后|政|参|海|空|北|南|东|西|中|沈|兰|成|济|广|警"

const struct weir_detector weir_row_cn_military_id = {
	.id = "cn_military_id",
	.name_zh = "军警证件号码",
	.name_en = "identity number of the armed forces or police",
	.forms = {{.anchor = WEIR_ANCHOR_DIGITS,
		   .pattern = "(?:(?<=" FORCES
			      ")|(?<=字|第)|(?<=字第 |字第:)|(?<=字 |第 ))([0-9]{6,8})" EDGE,
		   .lengths = FROM(6, 8)},
		  {.anchor = WEIR_ANCHOR_DIGITS,
		   .pattern = "([0-9]{6,8})" EDGE,
		   .lengths = FROM(7, 8),
		   .shift = -10}},
	.check = "cn_military_id",
	.words = military_words,
	.negatives = number_negatives,
	.confidence =
		{.accepted = 40, .near_word = 40, .negative = 30, .placeholder = 20, .column = 5},
	.mask = {.head = 1, .tail = 2},
	.labels = {.level = "C2",
		   .jrt0197 = 3,
		   .nfra = "sensitive",
		   .sensitive = "specific identity",
		   .gbt35273 = true},
	.role = WEIR_ROLE_IDENTITY,
	.rank = 28,
};
