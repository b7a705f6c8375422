/* SPDX-License-Identifier: Apache-2.0 */
/* Identity documents of Hong Kong, Macau, Taiwan and abroad, and travel documents. */

#include "rows.h"

#define IDENTITY_LABELS                                                            \
	{                                                                          \
		.level = "C2", .jrt0197 = 3, .nfra = "sensitive", .gbt35273 = true \
	}

/* Brackets as they are and in full width. */
#define OPEN  "(?:[(\\[]|（)"
#define CLOSE "(?:[)\\]]|）)"

static const char *const number_negatives[] = {
	WEIR_NUMBER_NEGATIVES, "kb", "型号", "货号", "part", "model", NULL};

static const char *const hk_id_words[] = {"香港身份证",
					  "香港身份證",
					  "香港居民",
					  "身份證號碼",
					  "身份證",
					  "身份证",
					  "证件号",
					  "證件號",
					  "hkid",
					  "hkid no",
					  "hk id",
					  "hong kong id",
					  "hong kong identity card",
					  NULL};

const struct weir_detector weir_row_hk_id = {
	.id = "hk_id",
	.name_zh = "香港身份证号码",
	.name_en = "Hong Kong identity card number",
	.forms = {{.anchor = WEIR_ANCHOR_TOKEN,
		   .pattern = "([A-Z]{1,2}[0-9]{6} ?" OPEN "[0-9A]" CLOSE ")",
		   .lengths = FROM(7, 8)},
		  {.anchor = WEIR_ANCHOR_TOKEN,
		   .pattern = "([A-Z]{1,2}[0-9]{6}[0-9A])" EDGE,
		   .lengths = FROM(8, 9),
		   .shift = -35},
		  {.anchor = WEIR_ANCHOR_WORD,
		   .pattern = LABEL GAP START "([A-Z]{1,2} ?[0-9]{3} ?[0-9]{3} ?" OPEN
					      "?[0-9A]" CLOSE "?)" EDGE,
		   .shift = -15}},
	.check = "hk_id",
	.words = hk_id_words,
	.negatives = number_negatives,
	.confidence = {.accepted = 75,
		       .near_word = 35,
		       .far_word = 8,
		       .negative = 30,
		       .placeholder = 30,
		       .column = 15},
	.mask = {.head = 1, .tail = 1},
	.labels = IDENTITY_LABELS,
	.role = WEIR_ROLE_IDENTITY,
	.rank = 24,
};

static const char *const tw_id_words[] = {
	"統一編號",  "统一编号",    "身分證字號", "身份證字號", "身分證", "身份证",
	"證件號",    "证件号",	    "台湾身份证", "臺灣身分證", "居留證", "居留证",
	"taiwan id", "national id", "arc no",	  "twid",	NULL};

const struct weir_detector weir_row_tw_id = {
	.id = "tw_id",
	.name_zh = "台湾身份证号码",
	.name_en = "Taiwan identity or resident certificate number",
	.forms = {{.anchor = WEIR_ANCHOR_TOKEN,
		   .pattern = "([A-Z][1289A-D][0-9]{8})" EDGE,
		   .lengths = N(10)},
		  {.anchor = WEIR_ANCHOR_WORD,
		   .pattern = LABEL GAP START "([A-Z][ -]?[1289A-D](?:[ -]?[0-9]){8})" EDGE}},
	.check = "tw_id",
	.words = tw_id_words,
	.negatives = number_negatives,
	.confidence = {.accepted = 55,
		       .near_word = 35,
		       .far_word = 8,
		       .negative = 30,
		       .placeholder = 25,
		       .column = 10},
	.mask = {.head = 1, .tail = 2},
	.labels = IDENTITY_LABELS,
	.role = WEIR_ROLE_IDENTITY,
	.rank = 25,
};

static const char *const mo_id_words[] = {"澳门身份证", "澳門身份證", "澳门居民", "澳門居民",
					  "身份證",	"身份证",     "bir",	  "macau id",
					  "macao id",	NULL};

const struct weir_detector weir_row_mo_id = {
	.id = "mo_id",
	.name_zh = "澳门身份证号码",
	.name_en = "Macau identity card number",
	.forms = {{.anchor = WEIR_ANCHOR_DIGITS,
		   .pattern = "([157][0-9]{6} ?" OPEN "[0-9]" CLOSE ")",
		   .lengths = N(7)},
		  {.anchor = WEIR_ANCHOR_SPAN,
		   .pattern = ALONE_LEFT "([157][0-9]{6}/[0-9])" ALONE_RIGHT,
		   .lengths = N(8),
		   .first = N(7),
		   .shift = -15},
		  {.anchor = WEIR_ANCHOR_DIGITS,
		   .pattern = "([157][0-9]{7})",
		   .lengths = N(8),
		   .shift = -20}},
	.check = "mo_id",
	.words = mo_id_words,
	.negatives = number_negatives,
	.confidence = {.accepted = 55,
		       .near_word = 35,
		       .far_word = 8,
		       .negative = 30,
		       .placeholder = 25,
		       .column = 5},
	.mask = {.head = 1, .tail = 1},
	.labels = IDENTITY_LABELS,
	.role = WEIR_ROLE_IDENTITY,
	.rank = 29,
};

static const char *const passport_words[] = {
	"护照",	       "護照",	      "旅行证件",   "证件号", "證件號", "passport",
	"passport no", "passport_no", "passportno", "hzh",    "hzhm",	"travel document",
	NULL};

const struct weir_detector weir_row_cn_passport = {
	.id = "cn_passport",
	.name_zh = "护照号码",
	.name_en = "Chinese passport number",
	.forms = {{.anchor = WEIR_ANCHOR_TOKEN,
		   .pattern = "([EGPSDKHM][0-9A-HJ-NP-Z][0-9]{6,7})" EDGE,
		   .lengths = FROM(8, 9)},
		  {.anchor = WEIR_ANCHOR_DIGITS, .pattern = "(1[45][0-9]{7})", .lengths = N(9)},
		  {.anchor = WEIR_ANCHOR_WORD,
		   .pattern = LABEL GAP START "([EGPSDKHM][A-HJ-NP-Z]?[ .-]?[0-9]{7,8})" EDGE}},
	.check = "cn_passport",
	.words = passport_words,
	.negatives = number_negatives,
	.confidence = {.accepted = 40,
		       .near_word = 40,
		       .far_word = 5,
		       .negative = 30,
		       .placeholder = 20,
		       .column = 5},
	.mask = {.head = 1, .tail = 2},
	.labels = IDENTITY_LABELS,
	.role = WEIR_ROLE_IDENTITY,
	.rank = 26,
};

static const char *const travel_permit_words[] = {
	"通行证",	 "通行證",     "回乡证",   "回鄉證",   "台胞证", "臺胞證",
	"台胞證",	 "港澳通行证", "来往内地", "往来港澳", "mtp",	 "home return permit",
	"travel permit", "hxz",	       "tbz",	   "txz",      NULL};

const struct weir_detector weir_row_cn_travel_permit = {
	.id = "cn_travel_permit",
	.name_zh = "往来通行证号码",
	.name_en = "travel permit to or from Hong Kong, Macau, Taiwan",
	.forms = {{.anchor = WEIR_ANCHOR_TOKEN,
		   .pattern = "([HM][0-9]{8}(?:[0-9]{2})?|C[0-9A-HJ-NP-Z][0-9]{7}|W[0-9]{8}|[0-9]{"
			      "10}[A-Z])" EDGE,
		   .lengths = N(9) | N(11)},
		  {.anchor = WEIR_ANCHOR_DIGITS,
		   .pattern = "([0-9]{8})",
		   .lengths = N(8),
		   .shift = -5},
		  {.anchor = WEIR_ANCHOR_DIGITS,
		   .pattern = "([0-9]{10} ?[(]?[A-Z][)]?)" EDGE,
		   .lengths = N(10)}},
	.check = "cn_travel_permit",
	.words = travel_permit_words,
	.negatives = number_negatives,
	.confidence = {.accepted = 40,
		       .near_word = 40,
		       .far_word = 5,
		       .negative = 30,
		       .placeholder = 20,
		       .column = 5},
	.mask = {.head = 1, .tail = 2},
	.labels = IDENTITY_LABELS,
	.role = WEIR_ROLE_IDENTITY,
	.rank = 27,
};

static const char *const ssn_words[] = {"ssn",
					"social security",
					"social security no",
					"social security number",
					"socialsecurity",
					"tax id",
					"taxpayer id",
					"社会安全号",
					"社会安全号码",
					NULL};

const struct weir_detector weir_row_us_ssn = {
	.id = "us_ssn",
	.name_zh = "美国社会安全号码",
	.name_en = "United States social security number",
	.forms = {{.anchor = WEIR_ANCHOR_SPAN,
		   .pattern = ALONE_LEFT "([0-8][0-9]{2}([ -])[0-9]{2}\\2[0-9]{4})" ALONE_RIGHT,
		   .lengths = N(9),
		   .first = N(3)},
		  {.anchor = WEIR_ANCHOR_DIGITS,
		   .pattern = "([0-8][0-9]{8})",
		   .lengths = N(9),
		   .shift = -15}},
	.check = "us_ssn",
	.words = ssn_words,
	.negatives = number_negatives,
	.confidence = {.accepted = 50,
		       .near_word = 35,
		       .far_word = 5,
		       .negative = 30,
		       .placeholder = 30,
		       .column = 10},
	.mask = {.head = 0, .tail = 2},
	.labels = IDENTITY_LABELS,
	.role = WEIR_ROLE_IDENTITY,
	.rank = 35,
};

static const char *const mrz_words[] = {"护照", "護照", "机读码", "passport", "mrz", NULL};
static const char *const mrz_negatives[] = {"specimen", "样例", "示例", "example", "sample", NULL};

#define MRZ_BACK "[0-9]{6}[0-9][MFX<][0-9]{6}[0-9]"

const struct weir_detector weir_row_passport_mrz = {
	.id = "passport_mrz",
	.name_zh = "证件机读码",
	.name_en = "machine-readable zone of a travel document",
	.forms = {{.anchor = WEIR_ANCHOR_FILLER,
		   .pattern =
			   "[ \\t]{0,16}(P[A-Z<][A-Z<]{3}[A-Z<]{39}[ \\t]{0,4}\\r?\\n[ \\t]{0,16}"
			   "[A-Z0-9<]{9}[0-9][A-Z<]{3}" MRZ_BACK
			   "[A-Z0-9<]{14}[0-9<][0-9])(?![A-Z0-9<])"},
		  {.anchor = WEIR_ANCHOR_FILLER,
		   .pattern =
			   "[ \\t]{0,16}([A-Z][A-Z<][A-Z<]{3}[A-Z<]{31}[ \\t]{0,4}\\r?\\n[ "
			   "\\t]{0,16}"
			   "[A-Z0-9<]{9}[0-9][A-Z<]{3}" MRZ_BACK "[A-Z0-9<]{7}[0-9])(?![A-Z0-9<])"},
		  {.anchor = WEIR_ANCHOR_FILLER,
		   .pattern = "[ \\t]{0,16}([A-Z][A-Z0-9<][A-Z<]{3}[A-Z0-9<]{9}[0-9<][A-Z0-9<]{15}"
			      "[ \\t]{0,4}\\r?\\n[ \\t]{0,16}" MRZ_BACK
			      "[A-Z<]{3}[A-Z0-9<]{11}[0-9][ \\t]{0,4}\\r?\\n[ \\t]{0,16}[A-Z<]{30})"
			      "(?![A-Z0-9<])"}},
	.check = "passport_mrz",
	.words = mrz_words,
	.negatives = mrz_negatives,
	.confidence = {.accepted = 95, .near_word = 5, .negative = 20},
	.mask = {.head = 5, .tail = 0},
	.labels = IDENTITY_LABELS,
	.normal = WEIR_NORMAL_TEXT,
	.role = WEIR_ROLE_IDENTITY,
	.rank = 1,
	.joined = true,
};
