/* SPDX-License-Identifier: Apache-2.0 */
/* The detectors. Adding one: a row here, a validator in validate.c when it has a check, cases in
 * tests/unit/agent/content.
 *
 * Rows stand in the order in which a text that fits several is decided: a resident ID before a card
 * (IDs of Gansu begin with 62 like UnionPay cards, and some cards have 18 digits), both before a
 * mobile number. */

#include "weir/content/catalogue.h"

#include <errno.h>
#include <string.h>

#include "weir/base/macros.h"

#define RUN(digits) (UINT32_C(1) << (digits))
#define START	    "(?<![0-9])"
#define END	    "(?![0-9])"
#define DATE	    "(?:18|19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])"
#define CHECK_X \
	"(?:[0-9Xx]|\\xef\\xbc\\xb8|\\xef\\xbd\\x98|\\xc3\\x97)" /* also U+FF38, U+FF58, U+00D7 */

static const char *const resident_id_words[] = {"身份证",
						"身分證",
						"身份證",
						"身份号码",
						"证件号",
						"證件號",
						"社会保障号",
						"社保号",
						"纳税人识别号",
						"sfz",
						"sfzh",
						"zjh",
						"zjhm",
						"id card",
						"identity card",
						"identity no",
						"identity number",
						"resident id",
						"id no",
						"id number",
						"id_no",
						"idno",
						"id_card",
						"idcard",
						"cert no",
						"cert_no",
						"certno",
						"certi code",
						"certicode",
						"certi_code",
						"identityno",
						"identity_no",
						"national id",
						NULL};

static const char *const card_words[] = {
	"银行卡",    "卡号",	 "借记卡",   "信用卡",	  "储蓄卡",    "账号",	      "帐号",
	"账户",	     "開戶",	 "开户行",   "持卡人",	  "银联",      "card no",     "card number",
	"card_no",   "cardno",	 "bankcard", "bank card", "bank_card", "credit card", "debit card",
	"pan",	     "acct",	 "acct no",  "acctno",	  "acct_no",   "account no",  "account_no",
	"accountno", "unionpay", NULL};

static const char *const mobile_words[] = {
	"手机",	     "手機",   "电话", "電話",	    "联系方式", "联系人",   "移动电话",
	"预留号码",  "mobile", "cell", "cellphone", "phone",	"phone_no", "tel",
	"telephone", "msisdn", "sjh",  "lxdh",	    "contact",	NULL};

static const char *const number_negatives[] = {
	"订单",	     "流水号",	 "交易号",  "运单",	"快递",	 "版本",     "序列号",	"示例",
	"timestamp", "trace_id", "traceid", "trace id", "uuid",	 "sha",	     "sha1",	"sha256",
	"md5",	     "commit",	 "offset",  "blk",	"order", "order_no", "orderno", "order no",
	"serial",    "version",	 "test",    "example",	NULL};

static const char *const mobile_negatives[] = {
	"订单",	  "单号",    "流水号",	"交易号",    "运单",	 "快递",     "客服",	 "热线",
	"版本",	  "序列号",  "示例",	"timestamp", "trace_id", "traceid",  "trace id", "uuid",
	"sha",	  "commit",  "offset",	"blk",	     "order",	 "order_no", "orderno",	 "order no",
	"serial", "version", "hotline", "test",	     "example",	 NULL};

static const struct weir_detector detectors[] = {
	{
		.id = "cn_resident_id",
		.name_zh = "居民身份证号码",
		.name_en = "resident identity number",
		.patterns = {START "([1-8][0-9]{5}" DATE "[0-9]{3}" CHECK_X ")" END,
			     START "([1-8][0-9]{5}[ -]?" DATE "[ -]?[0-9]{3}[ -]?" CHECK_X ")" END},
		.validator = "cn_resident_id",
		.words = resident_id_words,
		.negatives = number_negatives,
		.confidence = {.accepted = 80, .near_word = 15, .far_word = 8, .negative = 30},
		.mask = {.head = 1, .tail = 2},
		.labels = {.level = "C2", .jrt0197 = 3, .sensitive = true},
		.runs = RUN(17) | RUN(18),
		.min_digits = 17,
	},
	{
		.id = "payment_card",
		.name_zh = "银行卡号",
		.name_en = "payment card number",
		.patterns =
			{START "([2-9][0-9]{12,18})" END,
			 /* 4-4-4-4-3 before 4-4-4-4, which would take its first sixteen digits */
			 START
			 "([2-9][0-9]{3}([ -])[0-9]{4}\\2[0-9]{4}\\2[0-9]{4}\\2[0-9]{1,3})" END,
			 START "([2-9][0-9]{3}[ -]?[0-9]{4}[ -]?[0-9]{4}[ -]?[0-9]{1,7})" END,
			 START
			 "(3[0-9]{3}([ -])[0-9]{6}\\2[0-9]{4,5}|[2-9][0-9]{5}[ -][0-9]{13})" END},
		.validator = "payment_card",
		.words = card_words,
		.negatives = number_negatives,
		.confidence = {.accepted = 80,
			       .form = 12,
			       .near_word = 12,
			       .far_word = 6,
			       .negative = 30},
		.mask = {.head = 4, .tail = 4, .group = 4},
		.labels = {.level = "C2", .jrt0197 = 3, .sensitive = true},
		.runs = RUN(13) | RUN(14) | RUN(15) | RUN(16) | RUN(17) | RUN(18) | RUN(19),
		.min_digits = 13,
		.strict_left = true,
	},
	{
		.id = "cn_mobile",
		.name_zh = "手机号码",
		.name_en = "mobile number",
		.patterns = {START "(?:(?:00)?86[ -]?)?(1[3-9][0-9]{9})" END, START
			     "(?:(?:00)?86[ -]?)?(1[3-9][0-9][ .-]?[0-9]{4}[ .-]?[0-9]{4})" END},
		.validator = "cn_mobile",
		.words = mobile_words,
		.negatives = mobile_negatives,
		.confidence = {.refused = 40,
			       .accepted = 60,
			       .form = 10,
			       .near_word = 20,
			       .far_word = 10,
			       .negative = 30,
			       .placeholder = 30},
		.mask = {.head = 3, .tail = 4},
		.labels = {.level = "C2", .jrt0197 = 3, .sensitive = false},
		.runs = RUN(11) | RUN(13) | RUN(15), /* alone, behind 86, behind 0086 */
		.min_digits = 11,
	},
};

size_t weir_content_catalogue_count(void)
{
	return ARRAY_SIZE(detectors);
}

const struct weir_detector *weir_content_catalogue_at(size_t index)
{
	return index < ARRAY_SIZE(detectors) ? &detectors[index] : NULL;
}

int weir_content_catalogue_find(const char *id)
{
	for (size_t i = 0; i < ARRAY_SIZE(detectors); i++)
		if (strcmp(detectors[i].id, id) == 0)
			return (int)i;
	return -ENOENT;
}
