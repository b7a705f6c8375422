/* SPDX-License-Identifier: Apache-2.0 */
/* Cards, their codes and tracks, accounts. */

#include "rows.h"

#define FINANCIAL(of_level, of_jrt0197)                                        \
	{                                                                      \
		.level = of_level, .jrt0197 = of_jrt0197, .nfra = "sensitive", \
		.sensitive = "financial account", .gbt35273 = true             \
	}

static const char *const card_words[] = {
	"银行卡",     "銀行卡",	      "卡号",	      "卡號",	    "借记卡",	   "信用卡",
	"储蓄卡",     "贷记卡",	      "账号",	      "帐号",	    "賬號",	   "账户",
	"帐户",	      "賬戶",	      "开户行",	      "開戶行",	    "收款账号",	   "持卡人",
	"银联",	      "card no",      "card number",  "card_no",    "card_number", "cardno",
	"cardnumber", "cardnum",      "card num",     "bankcard",   "bank card",   "bank_card",
	"bankcardno", "bank_card_no", "credit card",  "creditcard", "credit_card", "debit card",
	"debitcard",  "debit_card",   "pan",	      "acct",	    "acct no",	   "acctno",
	"acct_no",    "account no",   "account_no",   "accountno",  "unionpay",	   "yhk",
	"yhkh",	      "yinhangka",    "payment card", NULL};

/* Insurers' own numbers have as many digits, and one in ten passes Luhn's formula. */
static const char *const card_negatives[] = {WEIR_NUMBER_NEGATIVES,
					     "保单",
					     "保險單",
					     "投保单",
					     "报案号",
					     "赔案号",
					     "合同号",
					     "policyno",
					     "policy_no",
					     "claimno",
					     "imei",
					     "iccid",
					     "isbn",
					     "ean",
					     "upc",
					     "gtin",
					     "doi",
					     "issn",
					     "phone",
					     "手机",
					     "电话",
					     "身份证",
					     NULL};

/* Beside a card in groups there may be an amount, an expiry or a row's number, but no group like its
 * own, nor one of hexadecimal digits. */
#define CARD_LEFT  "(?<![0-9]{3}[ -]|[0-9A-F]{4}[ -])"
#define CARD_RIGHT "(?![0-9A-Za-z]|[ -][0-9A-F]{4}(?![G-Zg-z]))"

const struct weir_detector weir_row_payment_card = {
	.id = "payment_card",
	.name_zh = "银行卡号",
	.name_en = "payment card number",
	.forms = {{.anchor = WEIR_ANCHOR_DIGITS,
		   .pattern = "([2-9][0-9]{12,18})",
		   .lengths = FROM(13, 19)},
		  {.anchor = WEIR_ANCHOR_SPAN,
		   .pattern = CARD_LEFT
		   "([2-9][0-9]{3}([ -])[0-9]{4}\\2[0-9]{4}\\2[0-9]{4}\\2[0-9]{1,3})" CARD_RIGHT,
		   .lengths = N(17),
		   .first = N(4),
		   .shift = 12},
		  {.anchor = WEIR_ANCHOR_SPAN,
		   .pattern = CARD_LEFT
		   "([2-9][0-9]{3}([ -])[0-9]{4}\\2[0-9]{4}\\2[0-9]{4})" CARD_RIGHT,
		   .lengths = N(16),
		   .first = N(4),
		   .shift = 12},
		  {.anchor = WEIR_ANCHOR_SPAN,
		   .pattern =
			   ALONE_LEFT "(3[0-9]{3}([ -])[0-9]{6}\\2[0-9]{4,5}|[2-9][0-9]{5}[ -][0-9]"
				      "{13})" ALONE_RIGHT,
		   .lengths = N(14),
		   .first = N(4) | N(6),
		   .shift = 5},
		  {.anchor = WEIR_ANCHOR_SPAN,
		   .pattern = ALONE_LEFT "([2-9][0-9]{3}" MARK "?[0-9]{4}" MARK "?[0-9]{4}" MARK
					 "?[0-9]{1,4}(?:" MARK "?[0-9]{1,3})?)" ALONE_RIGHT,
		   .lengths = N(13),
		   .first = N(4) | N(8) | N(12) | N(16),
		   .shift = -20},
		  {.anchor = WEIR_ANCHOR_SPAN,
		   .pattern = ALONE_LEFT "([2-9](" MARK ")[0-9](?:\\2[0-9]){11,17})" ALONE_RIGHT,
		   .lengths = N(13),
		   .first = N(1),
		   .shift = -20},
		  {.anchor = WEIR_ANCHOR_SPAN,
		   .pattern = ALONE_LEFT "(?![0-9]{1,3}\\.)([2-9][0-9]{0,17}+" MARK
					 "[0-9]{1,18}+)" ALONE_RIGHT,
		   .lengths = N(13),
		   .first = FROM(1, 18),
		   .pair = FROM(13, 19),
		   .shift = -20},
		  {.anchor = WEIR_ANCHOR_BREAK,
		   .pattern = "([2-9][0-9]{0,17}+" BREAK "[0-9]{1,18}+)" ALONE_RIGHT,
		   .lengths = FROM(1, 18),
		   .pair = FROM(13, 19),
		   .shift = -20},
		  {.anchor = WEIR_ANCHOR_DIGITS,
		   .pattern = "([2-9][0-9]{14}0000)",
		   .lengths = N(19),
		   .shift = -20,
		   .check = "payment_card_mangled"},
		  {.anchor = WEIR_ANCHOR_SPAN,
		   .pattern = "([2-9]\\.[0-9]{13,14}[Ee]\\+?18)" EDGE,
		   .lengths = N(14),
		   .first = N(1),
		   .shift = -20,
		   .check = "payment_card_mangled"}},
	.check = "payment_card",
	.words = card_words,
	.negatives = card_negatives,
	.confidence = {.accepted = 60,
		       .strong = 80,
		       .near_word = 20,
		       .far_word = 6,
		       .negative = 30,
		       .placeholder = 40,
		       .column = 5},
	.mask = {.head = 4, .tail = 4, .group = 4},
	.labels = FINANCIAL("C2", 3),
	.role = WEIR_ROLE_IDENTITY,
	.rank = 12,
	.strict_left = true,
	.reversible = true,
};

static const char *const account_words[] = {"账号",	      "帐号",
					    "賬號",	      "账户号",
					    "银行账户",	      "对公账号",
					    "收款账号",	      "付款账号",
					    "开户账号",	      "存折",
					    "结算账户",	      "bank account",
					    "bankaccount",    "bank_account",
					    "account no",     "account number",
					    "account_no",     "accountno",
					    "account_number", "accountnumber",
					    "acct no",	      "acct_no",
					    "acctno",	      "yhzh",
					    "zhanghao",	      NULL};

static const char *const account_negatives[] = {WEIR_NUMBER_NEGATIVES,
						"保单",
						"投保单",
						"报案号",
						"手机",
						"电话",
						"登录",
						"用户名",
						"微信",
						"qq",
						"login",
						"phone",
						"mobile",
						NULL};

const struct weir_detector weir_row_bank_account = {
	.id = "bank_account",
	.name_zh = "银行账号",
	.name_en = "bank account number",
	.forms = {{.anchor = WEIR_ANCHOR_DIGITS,
		   .pattern = "([0-9]{10,28})",
		   .lengths = FROM(10, 28)},
		  {.anchor = WEIR_ANCHOR_SPAN,
		   .pattern = ALONE_LEFT
		   "([0-9]{4}([ -])[0-9]{4}(?:\\2[0-9]{4}){1,5}(?:\\2[0-9]{1,3})?)" ALONE_RIGHT,
		   .lengths = N(12),
		   .first = N(4)}},
	.check = "bank_account",
	.words = account_words,
	.negatives = account_negatives,
	.confidence =
		{.accepted = 30, .near_word = 40, .negative = 30, .placeholder = 30, .column = 5},
	.mask = {.head = 4, .tail = 4},
	.labels = FINANCIAL("C2", 3),
	.role = WEIR_ROLE_IDENTITY,
	.rank = 55,
};

static const char *const verification_words[] = {
	"cvv",	    "cvv2",	  "cvn",      "cvn2",	 "cvc",	   "cvc2",
	"安全码",   "安全碼",	  "卡验证码", "后三位",	 "後三碼", "有效期",
	"有效期限", "exp",	  "expiry",   "expires", "expire", "expiry date",
	"exp date", "valid thru", "expdate",  "yxq",	 NULL};

const struct weir_detector weir_row_card_verification = {
	.id = "card_verification",
	.name_zh = "银行卡安全码或有效期",
	.name_en = "card verification code or expiry",
	.forms = {{.anchor = WEIR_ANCHOR_WORD,
		   .pattern = "(?i:cvv2?|cvn2?|cvc2?|安全码|安全碼|卡验证码|后三位|後三碼)[^0-"
			      "9\\r\\n]{0,12}"
			      "([0-9]{3,4})(?![0-9])"},
		  {.anchor = WEIR_ANCHOR_WORD,
		   .pattern = "(?i:有效期限|有效期|exp(?:iry|ires?)?(?:[ _]?date)?|valid "
			      "thru|yxq)[^0-9\\r\\n]{0,12}"
			      "((?:0[1-9]|1[0-2])[/-]?(?:20[0-9]{2}|[2-4][0-9]))(?![0-9/-])"}},
	.check = "card_verification",
	.words = verification_words,
	.confidence = {.accepted = 80},
	.labels = FINANCIAL("C3", 4),
	.rank = 54,
	.joined = true,
	.companion = "payment_card",
	.companion_within = 200,
};

static const char *const track_words[] = {"磁道",   "磁条",	 "track", "track1",
					  "track2", "magstripe", NULL};
static const char *const track_negatives[] = {"示例", "样例", "example", "sample", "test", NULL};

const struct weir_detector weir_row_card_track = {
	.id = "card_track",
	.name_zh = "银行卡磁道数据",
	.name_en = "magnetic stripe data of a card",
	.forms = {{.anchor = WEIR_ANCHOR_TOKEN,
		   .pattern =
			   "(B[0-9]{13,19}\\^[^\\^\\r\\n]{2,26}\\^[0-9]{7}[^\\s\\x80-\\xff]{0,40})",
		   .lengths = FROM(14, 20)},
		  {.anchor = WEIR_ANCHOR_DIGITS,
		   .pattern = "([0-9]{13,19}=[0-9]{7,27})(?![0-9A-Za-z=])",
		   .lengths = FROM(13, 19)},
		  {.anchor = WEIR_ANCHOR_TOKEN,
		   .pattern = "([0-9]{13,19}D[0-9]{7,27})(?:F|" EDGE ")",
		   .lengths = FROM(21, 48)}},
	.check = "card_track",
	.words = track_words,
	.negatives = track_negatives,
	.confidence = {.accepted = 65,
		       .strong = 90,
		       .near_word = 20,
		       .far_word = 5,
		       .negative = 30,
		       .placeholder = 30},
	.labels = FINANCIAL("C3", 4),
	.normal = WEIR_NORMAL_TEXT,
	.role = WEIR_ROLE_IDENTITY,
	.rank = 2,
	.joined = true,
};

static const char *const iban_words[] = {"iban", "iban no", "swift", "bic", "国际银行账号", NULL};
static const char *const iban_negatives[] = {"示例", "样例", "example", "sample", "test", NULL};

const struct weir_detector weir_row_iban = {
	.id = "iban",
	.name_zh = "国际银行账号",
	.name_en = "international bank account number",
	.forms = {{.anchor = WEIR_ANCHOR_TOKEN,
		   .pattern = "([A-Z]{2}[0-9]{2}[A-Z0-9]{11,30})" EDGE,
		   .lengths = FROM(15, 34)},
		  {.anchor = WEIR_ANCHOR_WORD,
		   .pattern = LABEL GAP START
		   "([A-Z]{2}[0-9]{2}(?:([ -])[A-Z0-9]{4})(?:\\2[A-Z0-9]{4})"
		   "{1,6}(?:\\2[A-Z0-9]{1,3})?)" EDGE}},
	.check = "iban",
	.words = iban_words,
	.negatives = iban_negatives,
	.confidence =
		{.accepted = 85, .near_word = 10, .far_word = 5, .negative = 20, .placeholder = 40},
	.mask = {.head = 4, .tail = 4},
	.labels = FINANCIAL("C2", 3),
	.role = WEIR_ROLE_IDENTITY,
	.rank = 6,
};
