/* SPDX-License-Identifier: Apache-2.0 */
#include "patterns.h"

#include <stdio.h>

#define DIGITS "0-9"
#define ALNUM  "A-Za-z0-9"
#define DATE   "(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])"
#define OCTET  "(?:25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])"
#define PROVINCE                                                                                                              \
	"(?:京|津|沪|渝|冀|豫|云|辽|黑|湘|皖|鲁|新|苏|浙|赣|鄂|桂|甘|晋|蒙|陕|吉|闽|贵|粤|青|藏|" \
	"川|宁|琼)"
#define ZH                                                                                                                        \
	"(?:身份证|保单号|银行卡|手机号|护照号|车牌号|开户行|投保人|被保险人|受益人|客户姓名|" \
	"家庭住址|"                                                                                                           \
	"联系电话|出生日期|密码|工资|病历|社保|统一社会信用代码|机密)"
#define EN                                                                                      \
	"(?:passport|ssn|social security|credit card|policy number|date of birth|confidential|" \
	"id card|account number|password)"

const struct pattern_text pattern_texts[PATTERNS] = {
	[CN_ID18] = {"cn_id18", DIGITS, "[1-9][0-9]{5}(?:18|19|20)[0-9]{2}" DATE "[0-9]{3}[0-9Xx]",
		     DIGITS, false},
	[CARD] = {"card", DIGITS, "[3-6][0-9]{12,18}", DIGITS, false},
	[CARD_GROUPED] = {"card_grouped", DIGITS,
			  "[3-6][0-9]{3}[ -][0-9]{4}[ -][0-9]{4}[ -][0-9]{4}(?:[ -][0-9]{1,3})?",
			  DIGITS, false},
	[CN_MOBILE] = {"cn_mobile", DIGITS, "1[3-9][0-9]{9}", DIGITS, false},
	[EMAIL] = {"email", "",
		   "[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\\.[A-Za-z0-9-]+)*\\.[A-Za-z]{2,24}", ALNUM,
		   false},
	[PASSPORT] = {"passport", ALNUM,
		      "(?:[EeGg][0-9]{8}|[DSPHdsph][A-Za-z]?[0-9]{7,8}|E[A-HJ-NP-Z][0-9]{7})",
		      ALNUM, false},
	[PLATE] = {"plate", "", PROVINCE "[A-HJ-NP-Z](?:·)?[A-HJ-NP-Z0-9]{5,6}", "", false},
	[USCC] = {"uscc", ALNUM, "[159Y][1239][1-6][0-9]{5}[0-9A-HJ-NPQRTUWXY]{10}", ALNUM, false},
	[IBAN] = {"iban", ALNUM, "[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?",
		  ALNUM, false},
	[US_SSN] = {"us_ssn", DIGITS, "[0-8][0-9]{2}-[0-9]{2}-[0-9]{4}", DIGITS, false},
	[US_PHONE] = {"us_phone", DIGITS,
		      "(?:\\+?1[-. ]?)?\\(?[2-9][0-9]{2}\\)?[-. ][2-9][0-9]{2}[-. ][0-9]{4}",
		      DIGITS, false},
	[CN_LANDLINE] = {"cn_landline", DIGITS, "0[1-9][0-9]{1,2}[- ]?[2-8][0-9]{6,7}", DIGITS,
			 false},
	[HM_PERMIT] = {"hm_permit", ALNUM, "[HMhm][0-9]{8}(?:[0-9]{2})?", ALNUM, false},
	[HKID] = {"hkid", ALNUM, "[A-Z]{1,2}[0-9]{6}\\(?[0-9A]\\)?", ALNUM, false},
	[TWID] = {"twid", ALNUM, "[A-Z][12][0-9]{8}", ALNUM, false},
	[CN_ID15] = {"cn_id15", DIGITS, "[1-9][0-9]{7}" DATE "[0-9]{3}", DIGITS, false},
	[IPV4] = {"ipv4", "0-9.", "(?:" OCTET "\\.){3}" OCTET, "0-9.", false},
	[WORD_ZH] = {"word_zh", "", ZH, "", false},
	[WORD_EN] = {"word_en", "A-Za-z", EN, "A-Za-z", true},
	[SECRET] = {"secret", "",
		    "(?:A[KS]IA[0-9A-Z]{16}|-----BEGIN (?:RSA |EC |OPENSSH )?PRIVATE KEY-----)", "",
		    false},
};

const struct loose_text loose_texts[LOOSE] = {
	[LOOSE_RUN] = {"(?:^|[^0-9])[0-9]{6}", false},
	[LOOSE_GROUPS] = {"[0-9][ -][0-9]{4}[ -][0-9]{4}[ -][0-9]{4}", false},
	[LOOSE_SSN] = {"[0-9]{3}-[0-9]{2}-[0-9]{4}", false},
	[LOOSE_PHONE] = {"[2-9][0-9]{2}\\)?[-. ][2-9][0-9]{2}[-. ][0-9]{4}", false},
	[LOOSE_AT] = {"[A-Za-z0-9._%+-]@[A-Za-z0-9-]", false},
	[LOOSE_PLATE] = {PROVINCE "[A-HJ-NP-Z]", false},
	[LOOSE_IBAN] = {"(?:^|[^A-Za-z0-9])[A-Z]{2}[0-9]{2}[A-Z0-9 ]", false},
	[LOOSE_IP] = {"[0-9]\\.[0-9]{1,3}\\.[0-9]{1,3}\\.[0-9]", false},
	[LOOSE_WORD_ZH] = {ZH, false},
	[LOOSE_WORD_EN] =
		{"(?:passport|ssn|social security|credit card|policy number|date of birth|"
		 "confidential|id card|account number|password|akia|asia|private key-----)",
		 true},
};

const char *const pattern_words[WORDS] = {
	"身份证",
	"保单号",
	"银行卡",
	"手机号",
	"护照号",
	"车牌号",
	"开户行",
	"投保人",
	"被保险人",
	"受益人",
	"客户姓名",
	"家庭住址",
	"联系电话",
	"出生日期",
	"密码",
	"工资",
	"病历",
	"社保",
	"统一社会信用代码",
	"机密",
	"passport",
	"ssn",
	"social security",
	"credit card",
	"policy number",
	"date of birth",
	"confidential",
	"id card",
	"account number",
	"password",
	"\1akia\1",
	"\1asia\1",
	"private key-----",
};

void pattern_consuming(const struct pattern_text *text, char out[static PATTERN_MAX])
{
	bool before = text->not_before[0], behind = text->not_behind[0];

	snprintf(out, PATTERN_MAX, "%s%s%s%s%s%s%s", before ? "(?:^|[^" : "", text->not_before,
		 before ? "])" : "", text->core, behind ? "(?:[^" : "", text->not_behind,
		 behind ? "]|$)" : "");
}
