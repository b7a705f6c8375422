/* SPDX-License-Identifier: Apache-2.0 */
/* Organisations and vehicles. */

#include "rows.h"

static const char *const number_negatives[] = {WEIR_NUMBER_NEGATIVES, NULL};

static const char *const uscc_words[] = {"统一社会信用代码",
					 "社会信用代码",
					 "信用代码",
					 "統一社會信用代碼",
					 "税号",
					 "纳税人识别号",
					 "营业执照",
					 "企业代码",
					 "uscc",
					 "credit code",
					 "creditcode",
					 "credit_code",
					 "tax no",
					 "taxno",
					 "tax_no",
					 "tyshxydm",
					 "xydm",
					 "nsrsbh",
					 NULL};

#define USCC_SIGN "[0-9A-HJ-NPQRTUWXY]"

const struct weir_detector weir_row_cn_uscc = {
	.id = "cn_uscc",
	.name_zh = "统一社会信用代码",
	.name_en = "unified social credit code",
	.forms = {{.anchor = WEIR_ANCHOR_DIGITS, .pattern = "([1-9][0-9]{17})", .lengths = N(18)},
		  {.anchor = WEIR_ANCHOR_TOKEN,
		   .pattern = "(" USCC_SIGN "{2}[0-9]{6}" USCC_SIGN "{10})" EDGE,
		   .lengths = N(18)},
		  {.anchor = WEIR_ANCHOR_TOKEN,
		   .pattern = "([0-9a-hj-npqrtuwxy]{2}[0-9]{6}[0-9a-hj-npqrtuwxy]{10})" EDGE,
		   .lengths = N(18),
		   .shift = -30},
		  {.anchor = WEIR_ANCHOR_SPAN,
		   .pattern = ALONE_LEFT "([1-9]" MARK "?" USCC_SIGN "(?:" MARK "?[0-9]){6}(?:" MARK
					 "?" USCC_SIGN "){10})" ALONE_RIGHT,
		   .lengths = N(7),
		   .first = FROM(1, 17),
		   .signs = 18,
		   .shift = -30},
		  {.anchor = WEIR_ANCHOR_DIGITS,
		   .pattern = "([1-9][0-9]{7,16}+" MARK USCC_SIGN "{1,10}+(?:" MARK USCC_SIGN
			      "{1,6}+)?)" ALONE_RIGHT,
		   .lengths = FROM(8, 17),
		   .shift = -20},
		  {.anchor = WEIR_ANCHOR_BREAK,
		   .pattern = "([1-9][0-9]{0,16}+" BREAK USCC_SIGN "{1,17}+)" ALONE_RIGHT,
		   .lengths = FROM(1, 17),
		   .pair = N(18),
		   .shift = -30},
		  {.anchor = WEIR_ANCHOR_TOKEN,
		   .pattern = "([1-9]" USCC_SIGN "{1,16}+(?:" BREAK "|" MARK ")" USCC_SIGN
			      "{1,16}+)" ALONE_RIGHT,
		   .lengths = FROM(2, 17),
		   .shift = -30}},
	.check = "cn_uscc",
	.words = uscc_words,
	.negatives = number_negatives,
	.confidence = {.accepted = 66,
		       .strong = 88,
		       .near_word = 20,
		       .far_word = 5,
		       .negative = 30,
		       .placeholder = 30,
		       .column = 10},
	.mask = {.head = 4, .tail = 4},
	.labels = {.level = "-", .jrt0197 = 2, .nfra = "general"},
	.rank = 10,
	.reversible = true,
};

static const char *const org_words[] = {"组织机构代码",
					"機構代碼",
					"机构代码证",
					"organization code",
					"organisation code",
					"org code",
					"orgcode",
					"org_code",
					"zzjgdm",
					NULL};

const struct weir_detector weir_row_cn_org_code = {
	.id = "cn_org_code",
	.name_zh = "组织机构代码",
	.name_en = "organisation code",
	.forms = {{.anchor = WEIR_ANCHOR_DIGITS,
		   .pattern = "([0-9]{8}-?[0-9X])" EDGE,
		   .lengths = N(8)},
		  {.anchor = WEIR_ANCHOR_DIGITS, .pattern = "([0-9]{9})", .lengths = N(9)},
		  {.anchor = WEIR_ANCHOR_TOKEN,
		   .pattern = "([0-9A-Z]{8}[0-9X])" EDGE,
		   .lengths = N(9)},
		  {.anchor = WEIR_ANCHOR_TOKEN,
		   .pattern = "([0-9A-Z]{8}-[0-9X])" EDGE,
		   .lengths = N(8)},
		  {.anchor = WEIR_ANCHOR_WORD,
		   .pattern = LABEL GAP START "([0-9A-Z]{8}-?[0-9X])" EDGE}},
	.check = "cn_org_code",
	.words = org_words,
	.negatives = number_negatives,
	.confidence = {.accepted = 40,
		       .near_word = 40,
		       .far_word = 5,
		       .negative = 30,
		       .placeholder = 20,
		       .column = 5},
	.mask = {.head = 2, .tail = 2},
	.labels = {.level = "-", .jrt0197 = 2, .nfra = "general"},
	.rank = 33,
};

static const char *const plate_words[] = {
	"车牌",	    "車牌",    "号牌",	   "號牌",	 "牌照",      "车号",	    "plate",
	"plate no", "plateno", "plate_no", "license no", "licenseno", "license_no", "carno",
	"car_no",   "cph",     "cphm",	   "hphm",	 NULL};
static const char *const plate_negatives[] = {"示例", "型号", "example", NULL};

#define PROVINCE                                                                                                              \
	"(?:京|津|沪|渝|冀|豫|云|辽|黑|湘|皖|鲁|新|苏|浙|赣|鄂|桂|甘|晋|蒙|陕|吉|闽|贵|粤|青|藏|" \
	"川|宁|琼|"                                                                                                        \
	"滬|雲|遼|魯|蘇|贛|陝|閩|貴|粵|寧|瓊)"
#define DOT	   "(?:·|•|・|[ .-])?"
#define PLATE_SIGN "[A-HJ-NP-Z0-9]"

const struct weir_detector weir_row_cn_plate = {
	.id = "cn_plate",
	.name_zh = "机动车号牌",
	.name_en = "licence plate",
	.forms = {{.anchor = WEIR_ANCHOR_PLATE,
		   .pattern = "(" PROVINCE "[A-HJ-NP-Z]" DOT "(?:[A-HJK]" PLATE_SIGN
			      "[0-9]{4}|[0-9]{5}[A-HJK]|" PLATE_SIGN "{5}|" PLATE_SIGN
			      "{4}(?:挂|学|警|港|澳|领|试|超)))(?![0-9A-Za-z])"},
		  {.anchor = WEIR_ANCHOR_WORD,
		   .pattern = "(?:车牌|車牌|号牌|號牌|牌照|车号)(?:号码|号|號碼|號)?(?:[ "
			      "\\t\"':=]|：|为|是){0,4}(使[0-9]{6}|WJ(?:" HANZI
			      ")?(?:·)?[0-9A-Z]{5,6}|[VZHKEBSLNGCO][A-Z][0-9]{5})" EDGE}},
	.check = "cn_plate",
	.words = plate_words,
	.negatives = plate_negatives,
	.confidence =
		{.accepted = 70, .near_word = 20, .far_word = 8, .negative = 25, .column = 15},
	.mask = {.head = 2, .tail = 2},
	.labels = {.level = "C2", .jrt0197 = 2, .nfra = "general"},
	.normal = WEIR_NORMAL_TEXT,
	.role = WEIR_ROLE_NONE,
	.rank = 7,
	.joined = true,
};

static const char *const vin_words[] = {
	"车架号", "車架號",   "车辆识别代号", "车辆识别码", "车辆识别",	  "vin", "vin no", "vinno",
	"vin_no", "frame no", "frameno",      "frame_no",   "chassis no", "cjh", "clsbdm", NULL};

/* Seventeen signs with a letter and at least four digits among them. */
#define VIN                                                                                       \
	"(?=[0-9]{0,16}[A-Z])(?=(?:[A-Z]{0,13}[0-9]){4})[A-HJ-NPR-Z0-9]{8}[0-9X][A-HJ-NPR-Z0-9]{" \
	"8}"

/* What begins with the last of some escaped bytes, or an escaped "=", begins later. */
#define UNESCAPED "(?<![=%][0-9A-F]{2}[=%])(?:(?<!=)|(?!3D[0-9]{15}))"

/* Taken apart: only behind a label, with digits enough, and only when its check digit holds. */
#define VIN_MARK   "(?:" MARK "|" BREAK ")"
#define VIN_DIGITS "(?=(?:[^0-9a-z]{0,33}+[0-9]){4})"

const struct weir_detector weir_row_vin = {
	.id = "vin",
	.name_zh = "车辆识别代号",
	.name_en = "vehicle identification number",
	.forms = {{.anchor = WEIR_ANCHOR_TOKEN,
		   .pattern = UNESCAPED "(" VIN ")" EDGE,
		   .lengths = N(17)},
		  {.anchor = WEIR_ANCHOR_WORD,
		   .pattern = LABEL GAP START "([A-HJ-NPR-Z0-9](?:[ -]?[A-HJ-NPR-Z0-9]){16})" EDGE},
		  {.anchor = WEIR_ANCHOR_WORD,
		   .pattern = LABEL GAP START VIN_DIGITS "([A-HJ-NPR-Z0-9](?:" VIN_MARK
							 "?[A-HJ-NPR-Z0-9]){16})" EDGE,
		   .shift = -20},
		  {.anchor = WEIR_ANCHOR_TOKEN,
		   .pattern = "((?=[0-9]{0,16}[a-z])[a-hj-npr-z0-9]{8}[0-9x][a-hj-npr-z0-9]{4}[0-9]"
			      "{4})" EDGE,
		   .lengths = N(17),
		   .shift = -25}},
	.check = "vin",
	.words = vin_words,
	.negatives = number_negatives,
	.confidence = {.refused = 30,
		       .accepted = 65,
		       .strong = 85,
		       .near_word = 30,
		       .far_word = 5,
		       .negative = 30,
		       .placeholder = 30,
		       .column = 10},
	.mask = {.head = 3, .tail = 4},
	.labels = {.level = "C2", .jrt0197 = 2, .nfra = "general"},
	.rank = 14,
	.reversible = true,
};
