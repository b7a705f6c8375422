/* SPDX-License-Identifier: Apache-2.0 */
/* Telephones, mail, messengers, names, addresses, birth, network addresses. */

#include "rows.h"

static const char *const mobile_words[] = {
	"手机",		"手機",	    "电话",	   "電話",	   "联系方式",	  "聯絡方式",
	"联系人",	"移动电话", "预留号码",	   "联系号码",	   "mobile",	  "mobile no",
	"mobile_no",	"mobileno", "mobilephone", "mobile_phone", "cell",	  "cellphone",
	"phone",	"phone no", "phone_no",	   "phoneno",	   "phonenumber", "phone number",
	"phone_number", "tel",	    "tel no",	   "telephone",	   "msisdn",	  "sjh",
	"sjhm",		"shouji",   "shoujihao",   "lxdh",	   "contact",	  "custmobile",
	"custphone",	"whatsapp", NULL};

static const char *const telephone_negatives[] = {
	WEIR_NUMBER_NEGATIVES, "单号", "客服", "热线", "服务电话", "投诉", "hotline", NULL};

const struct weir_detector weir_row_cn_mobile = {
	.id = "cn_mobile",
	.name_zh = "手机号码",
	.name_en = "mobile number",
	.forms = {{.anchor = WEIR_ANCHOR_DIGITS,
		   /* behind a '+' it would be North America's */
		   .pattern = "(?<!\\+)(1[3-9][0-9]{9})",
		   .lengths = N(11)},
		  {.anchor = WEIR_ANCHOR_DIGITS,
		   .pattern = "(?<=\\+)86(1[3-9][0-9]{9})",
		   .lengths = N(13),
		   .shift = 15},
		  {.anchor = WEIR_ANCHOR_DIGITS,
		   .pattern = "(?:0086|86)(1[3-9][0-9]{9})",
		   .lengths = N(13) | N(15),
		   .shift = 5},
		  {.anchor = WEIR_ANCHOR_SPAN,
		   .pattern = "(?:\\(?\\+?86\\) ?|\\+86[ -]?|00 ?86[ -])(1[3-9][0-9](?:([ "
			      ".-]?)[0-9]{4}\\2[0-9]"
			      "{4}))" ALONE_RIGHT,
		   .lengths = N(11),
		   .first = N(2) | N(4) | N(31),
		   .shift = 15},
		  {.anchor = WEIR_ANCHOR_SPAN,
		   .pattern = ALONE_LEFT
		   "(?:86[ -])?(1[3-9][0-9](?:([ .-])[0-9]{4}\\2[0-9]{4}|[ -][0-9]{8}|[0-9]"
		   "{4}[ -][0-9]{4}))" ALONE_RIGHT,
		   .lengths = N(11),
		   .first = N(2) | N(3) | N(7),
		   .shift = 5},
		  {.anchor = WEIR_ANCHOR_SPAN,
		   .pattern = "(?:\\(?\\+?86\\) ?|\\+86[ -]?)(1[3-9][0-9](?:[ -][0-9]{8}|[0-9]{4}[ "
			      "-][0-9]{4}))" ALONE_RIGHT,
		   .lengths = N(11),
		   .first = N(2) | N(31),
		   .shift = 10},
		  {.anchor = WEIR_ANCHOR_BREAK,
		   .pattern = "(1[3-9][0-9]{0,9}+" BREAK "[0-9]{1,9}+)" ALONE_RIGHT,
		   .lengths = FROM(2, 10),
		   .shift = -25},
		  {.anchor = WEIR_ANCHOR_SPAN,
		   .pattern = ALONE_LEFT "(1(" MARK ")[3-9](?:\\2[0-9]){9}|1[3-9][0-9](" MARK
					 ")[0-9]{3}\\3[0-9]"
					 "{5}|1[3-9][0-9]{0,8}+" MARK "[0-9]{1,9}+)" ALONE_RIGHT,
		   .lengths = N(11),
		   .first = FROM(1, 10),
		   .shift = -25},
		  {.anchor = WEIR_ANCHOR_TOKEN,
		   .pattern = "(?i:tel|phone|mobile|mob|cell|sjh?|m|t)(1[3-9][0-9]{9})" EDGE,
		   .lengths = FROM(12, 17),
		   .shift = -5}},
	.check = "cn_mobile",
	.words = mobile_words,
	.negatives = telephone_negatives,
	.confidence = {.refused = 40,
		       .accepted = 60,
		       .near_word = 25,
		       .far_word = 8,
		       .negative = 30,
		       .placeholder = 30,
		       .column = 15},
	.mask = {.head = 3, .tail = 4},
	.labels = {.level = "C2", .jrt0197 = 3, .nfra = "sensitive"},
	.role = WEIR_ROLE_CONTACT,
	.rank = 40,
};

static const char *const landline_words[] = {
	"电话",	     "電話",	   "座机",	   "固话",     "固定电话", "办公电话",
	"住宅电话",  "家庭电话",   "联系方式",	   "传真",     "tel",	   "tel no",
	"telephone", "phone",	   "phone no",	   "landline", "fax",	   "lxdh",
	"gddh",	     "home phone", "office phone", NULL};

#define AREA  "(?:10|2[0-57-9]|[3-9][0-9]{2})"
#define LOCAL "[2-9][0-9]{6,7}"

const struct weir_detector weir_row_cn_landline = {
	.id = "cn_landline",
	.name_zh = "固定电话号码",
	.name_en = "landline number",
	.forms = {{.anchor = WEIR_ANCHOR_SPAN,
		   .pattern = ALONE_LEFT "(0" AREA "[ -]" LOCAL ")(?![0-9A-WYZa-wyz]|[./_,][0-9])",
		   .lengths = N(10),
		   .first = N(3) | N(4)},
		  {.anchor = WEIR_ANCHOR_SPAN,
		   .pattern = ALONE_LEFT "(0" AREA
					 "[ -][2-9][0-9]{2,3}([ -])[0-9]{4})(?![0-9A-WYZa-wyz])",
		   .lengths = N(10),
		   .first = N(3) | N(4)},
		  {.anchor = WEIR_ANCHOR_SPAN,
		   .pattern = "(?:\\(\\+?86\\) ?|\\+86[ -]?|0086[ -]?)(" AREA "[ -]" LOCAL
			      ")(?![0-9A-Za-z])",
		   .lengths = N(9),
		   .first = N(2) | N(4) | N(31),
		   .shift = 15},
		  {.anchor = WEIR_ANCHOR_DIGITS,
		   .pattern = "(?<=\\(010\\)|\\(02[0-57-9]\\)|\\(0[3-9][0-9]{2}\\)|\\(010\\) "
			      "|\\(02[0-57-9]\\) "
			      "|\\(0[3-9][0-9]{2}\\) "
			      "|\\(010\\)-|\\(02[0-57-9]\\)-|\\(0[3-9][0-9]{2}\\)-)"
			      "(" LOCAL ")",
		   .lengths = N(7) | N(8)},
		  {.anchor = WEIR_ANCHOR_DIGITS,
		   .pattern = "(0" AREA LOCAL ")",
		   .lengths = FROM(10, 12),
		   .shift = -10}},
	.check = "cn_landline",
	.words = landline_words,
	.negatives = telephone_negatives,
	.confidence = {.accepted = 50,
		       .near_word = 30,
		       .far_word = 5,
		       .negative = 30,
		       .placeholder = 25,
		       .column = 15},
	.mask = {.head = 4, .tail = 2},
	.labels = {.level = "C2", .jrt0197 = 3, .nfra = "sensitive"},
	.role = WEIR_ROLE_CONTACT,
	.rank = 45,
};

static const char *const email_words[] = {
	"邮箱", "郵箱",		 "电子邮件", "電子郵件",  "邮件地址", "email", "e-mail",
	"mail", "email address", "mailto",   "custemail", "dzyj",     NULL};
static const char *const email_negatives[] = {
	"示例",	      "样例",	"example",   "sample",	"git",	"ssh",	"commit",
	"maintainer", "author", "copyright", "license", "bugs", "list", NULL};

const struct weir_detector weir_row_email = {
	.id = "email",
	.name_zh = "电子邮箱",
	.name_en = "e-mail address",
	.forms = {{.anchor = WEIR_ANCHOR_AT,
		   .pattern = "([A-Za-z0-9_][A-Za-z0-9._%+-]{0,63}@(?:[A-Za-z0-9-]{1,63}\\.){1,4}["
			      "A-Za-z]{2,24})"
			      "(?![0-9A-Za-z_-]|:[A-Za-z~/])"}},
	.check = "email",
	.words = email_words,
	.negatives = email_negatives,
	.confidence =
		{.accepted = 60, .near_word = 20, .far_word = 4, .negative = 25, .column = 15},
	.mask = {.head = 1, .tail = 0, .keep_domain = true},
	.labels = {.level = "C2", .jrt0197 = 2, .nfra = "general"},
	.normal = WEIR_NORMAL_LOWER,
	.role = WEIR_ROLE_CONTACT,
	.rank = 8,
	.joined = true,
};

static const char *const address_words[] = {
	"地址",		"住址",	       "住所",	       "家庭住址", "家庭地址",
	"通讯地址",	"联系地址",    "收货地址",     "户籍",	   "户口",
	"居住地",	"现居",	       "邮寄",	       "address",  "addr",
	"home address", "homeaddress", "home_address", "jtzz",	   "lxdz",
	"txdz",		NULL};

/* Places of business, which everyone may know. */
static const char *const address_negatives[] = {
	"分公司",     "总公司",	  "支公司",   "营业厅",	  "营业部", "网点",
	"门店",	      "总部",	  "办事处",   "法院",	  "公安局", "派出所",
	"仲裁委员会", "营业场所", "注册地址", "公司地址", "示例",   NULL};

#define PROVINCES                                                                                                                \
	"北京|天津|上海|重庆|河北|山西|内蒙古|辽宁|吉林|黑龙江|江苏|浙江|安徽|福建|江西|山东|" \
	"河南|"                                                                                                                \
	"湖北|湖南|广东|广西|海南|四川|贵州|云南|西藏|陕西|甘肃|青海|宁夏|新疆|台湾|香港|澳门"
#define STRETCH "(?:" HANZI "|[0-9A-Za-z#()\\-]|（|）|·| )"
#define HOUSE	"(?:号(?:楼)?|號|室|栋|棟|幢|座|房|楼|层|单元)"

const struct weir_detector weir_row_cn_address = {
	.id = "cn_address",
	.name_zh = "中国地址",
	.name_en = "Chinese postal address",
	.forms = {{.anchor = WEIR_ANCHOR_HOUSE,
		   .pattern = "(?:" HANZI "|[0-9A-Za-z]){0,40}?((?:" PROVINCES ")" STRETCH
			      "{3,80}" HOUSE ")",
		   .reader = WEIR_READER_ADDRESS_PROVINCE},
		  {.anchor = WEIR_ANCHOR_HOUSE,
		   .pattern = "(" STRETCH "{4,80}" HOUSE ")",
		   .reader = WEIR_READER_ADDRESS}},
	.check = "cn_address",
	.words = address_words,
	.negatives = address_negatives,
	.confidence = {.accepted = 58,
		       .strong = 68,
		       .near_word = 25,
		       .far_word = 6,
		       .negative = 25,
		       .column = 15},
	.mask = {.head = 6, .tail = 0},
	.labels = {.level = "C2", .jrt0197 = 3, .nfra = "sensitive", .gbt35273 = true},
	.normal = WEIR_NORMAL_TEXT,
	.role = WEIR_ROLE_CONTACT,
	.rank = 71,
	.joined = true,
};

#define NAME_LABELS                                                                                \
	"姓名", "名字", "客户名称", "客户姓名", "被保险人", "被保人", "投保人", "受益人",          \
		"持卡人", "联系人", "收件人", "户名", "经办人", "患者", "报案人", "驾驶员",        \
		"车主", "申请人", "代理人姓名", "真实姓名", "custname", "cust_name",               \
		"customername", "customer_name", "insuredname", "insured_name", "holdername",      \
		"holder_name", "realname", "real_name", "fullname", "full_name", "contactname",    \
		"contact_name", "applicantname", "beneficiaryname", "patientname", "patient_name", \
		"xm", "xingming", "khxm", "khmc", "被保險人", "要保人", "聯絡人", "聯繫人",        \
		"戶名", "經辦人", "報案人", "駕駛人", "申請人"

static const char *const name_labels[] = {NAME_LABELS, NULL};
/* what may head a column of names beside them */
static const char *const name_words[] = {NAME_LABELS, "name",	 "客戶",   "客户",
					 "员工",      "业务员",	 "代理人", "户主",
					 "customer",  "insured", "holder", NULL};
static const char *const name_negatives[] = {"公司", "文件名", "示例", "样例", "example", NULL};

#define NAME                                                                  \
	"((?:" HANZI "){1,8}(?:(?:·|•|・)(?:" HANZI "){1,10}){1,4}|(?:" HANZI \
	"){2,4})(?![\\xe4-\\xe9]|·|"                                         \
	"•|・)"

const struct weir_detector weir_row_cn_name = {
	.id = "cn_name",
	.name_zh = "姓名",
	.name_en = "Chinese personal name",
	.forms = {{.anchor = WEIR_ANCHOR_WORD,
		   .pattern = LABEL
		   "(?:[ \\t\"'*()]|（|）){0,4}(?:[:=|>\\t]|：)(?:[ \\t\"']){0,4}" NAME},
		  {.anchor = WEIR_ANCHOR_WORD,
		   .pattern = "(?:姓名|投保人|被保险人|被保人|受益人|持卡人|联系人|收件人|户名|"
			      "经办人|患者|报案人|驾驶员|车"
			      "主|申请人|被保險人|要保人|聯絡人|聯繫人|戶名|申請人)(?:为|是|為| "
			      ")?" NAME,
		   .shift = -25},
		  {.anchor = WEIR_ANCHOR_CELL}},
	.check = "cn_name",
	.words = name_words,
	.anchors = name_labels,
	.negatives = name_negatives,
	.confidence = {.accepted = 52, .strong = 65, .near_word = 10, .negative = 25, .column = 15},
	.mask = {.head = 1, .tail = 0},
	.labels = {.level = "C2", .jrt0197 = 2, .nfra = "general"},
	.normal = WEIR_NORMAL_TEXT,
	.role = WEIR_ROLE_CONTACT,
	.rank = 70,
	.joined = true,
};

static const char *const birth_words[] = {
	"出生",		 "出生日期",   "出生年月",  "生日",	  "dob",	   "birth",
	"birthday",	 "birth date", "birthdate", "birth_date", "date of birth", "dateofbirth",
	"date_of_birth", "csrq",       "csny",	    NULL};
static const char *const birth_negatives[] = {"版本",	 "示例",      "version",
					      "release", "copyright", NULL};

const struct weir_detector weir_row_birth_date = {
	.id = "birth_date",
	.name_zh = "出生日期",
	.name_en = "date of birth",
	.forms = {{.anchor = WEIR_ANCHOR_WORD,
		   .pattern = LABEL GAP
		   "(?<![0-9])((?:19|20)[0-9]{2}(?:[-/. ]|年)[0-9]{1,2}(?:[-/. "
		   "]|月)[0-9]{1,2}|(?:19|20)"
		   "[0-9]{6}|(?:民国|民國)[0-9]{1,3}年[0-9]{1,2}月[0-9]{1,2})(?![0-9])"},
		  {.anchor = WEIR_ANCHOR_DIGITS, .pattern = "((?:19|20)[0-9]{6})", .lengths = N(8)},
		  {.anchor = WEIR_ANCHOR_SPAN,
		   .pattern = ALONE_LEFT
		   "((?:19|20)[0-9]{2}([-/.])[0-9]{1,2}\\2[0-9]{1,2})(?![0-9A-Za-z])",
		   .lengths = N(6),
		   .first = N(4)}},
	.check = "birth_date",
	.words = birth_words,
	.negatives = birth_negatives,
	.confidence = {.accepted = 32, .strong = 35, .near_word = 40, .negative = 30, .column = 5},
	.mask = {.head = 4, .tail = 0},
	.labels = {.level = "C2",
		   .jrt0197 = 3,
		   .nfra = "sensitive",
		   .sensitive = "minor under 14 where so young"},
	.normal = WEIR_NORMAL_TEXT,
	.role = WEIR_ROLE_NONE,
	.rank = 50,
};

static const char *const im_words[] = {"微信", "微信号", "wechat", "weixin", "wx",     "wxh",
				       "vx",   "v信",	 "wxid",   "qq",     "qq号",   "qqh",
				       "扣扣", "企鹅",	 "支付宝", "alipay", "openid", NULL};
static const char *const im_negatives[] = {"公众号", "小程序",	"官方", "示例",
					   "群",     "example", NULL};

/* Not the name of an icon: fa-wechat. */
#define NO_CLASS "(?<![A-Za-z]-)"
#define SAID	 "(?:[ \\t\"']{0,2}(?:[:=]|：|为|是)[ \\t\"']{0,2})"

const struct weir_detector weir_row_im_account = {
	.id = "im_account",
	.name_zh = "微信、QQ、支付宝账号",
	.name_en = "account of a messenger or wallet",
	.forms = {{.anchor = WEIR_ANCHOR_WORD,
		   .pattern = "(?i:qq|扣扣|企鹅)(?:号码|号|账号)?(?:[ "
			      "\\t\"':=]|：|为|是){0,4}([1-9][0-9]{4,10})" EDGE},
		  {.anchor = WEIR_ANCHOR_WORD,
		   .pattern = "(?i)(wxid_[a-z0-9]{10,20})(?![0-9A-Za-z_])"},
		  {.anchor = WEIR_ANCHOR_WORD,
		   .pattern = NO_CLASS "(?i:微信|wechat|weixin|v信)(?:号码|号|账号| ?(?i:id))?" SAID
				       "([a-zA-Z][-_0-9a-zA-Z]{5,19})(?![-_0-9A-Za-z]|[.(\\[])"},
		  {.anchor = WEIR_ANCHOR_WORD,
		   .pattern = NO_CLASS
		   "(?i:微信|wechat|weixin|v信|vx|wxh?)(?:号码|号|账号)?(?:[ "
		   "\\t\"':=]|：){0,3}"
		   "((?=[-_a-zA-Z]{1,19}[0-9])[a-zA-Z][-_0-9a-zA-Z]{5,19})(?![-_0-9A-Za-"
		   "z]|[.(\\[])",
		   .shift = -10},
		  {.anchor = WEIR_ANCHOR_WORD,
		   .pattern = "(?i:支付宝|alipay)" LABEL GAP START "(2088[0-9]{12})" EDGE},
		  {.anchor = WEIR_ANCHOR_WORD,
		   .pattern = "(?i:openid)(?:[ "
			      "\\t\"':=]|：){1,5}(o[A-Za-z0-9_-]{27})(?![0-9A-Za-z_-])"}},
	.check = "im_account",
	.words = im_words,
	.negatives = im_negatives,
	.confidence = {.accepted = 70, .strong = 80, .negative = 25, .placeholder = 30},
	.mask = {.head = 2, .tail = 2},
	.labels = {.level = "C2", .jrt0197 = 2, .nfra = "general"},
	.normal = WEIR_NORMAL_TEXT,
	.role = WEIR_ROLE_CONTACT,
	.rank = 57,
	.joined = true,
};

static const char *const imei_words[] = {"imei", "设备号",    "设备识别码", "串号",
					 "meid", "device id", "deviceid",   NULL};
static const char *const imei_negatives[] = {WEIR_NUMBER_NEGATIVES, "卡号", "card", NULL};

const struct weir_detector weir_row_imei = {
	.id = "imei",
	.name_zh = "移动设备识别码",
	.name_en = "mobile equipment identity",
	.forms = {{.anchor = WEIR_ANCHOR_DIGITS, .pattern = "([0-8][0-9]{14})", .lengths = N(15)},
		  {.anchor = WEIR_ANCHOR_SPAN,
		   .pattern = ALONE_LEFT
		   "([0-8][0-9](?:([ -])[0-9]{6}\\2[0-9]{6}\\2[0-9]|[0-9]{6}([ -])[0-9]{6}\\3"
		   "[0-9]))" ALONE_RIGHT,
		   .lengths = N(15),
		   .first = N(2) | N(8)}},
	.check = "imei",
	.words = imei_words,
	.negatives = imei_negatives,
	.confidence = {.accepted = 40,
		       .near_word = 40,
		       .far_word = 5,
		       .negative = 30,
		       .placeholder = 30,
		       .column = 5},
	.mask = {.head = 2, .tail = 2},
	.labels = {.level = "C1", .jrt0197 = 2, .nfra = "general"},
	.rank = 22,
};

static const char *const ip_words[] = {
	"客户ip",      "登录ip",    "访问ip",	"终端ip",  "ip地址",   "client ip",
	"clientip",    "client_ip", "login ip", "loginip", "login_ip", "remote addr",
	"remote_addr", "user ip",   "userip",	"user_ip", NULL};
static const char *const ip_negatives[] = {"版本", "version", "release", "example",
					   "示例", "dns",     NULL};

const struct weir_detector weir_row_ip_address = {
	.id = "ip_address",
	.name_zh = "公网IP地址",
	.name_en = "public IPv4 address",
	.forms = {{.anchor = WEIR_ANCHOR_QUAD,
		   .pattern =
			   "(?<![0-9]\\.)((?:[0-9]{1,3}\\.){3}[0-9]{1,3})(?!\\.?[0-9]|[A-Za-z_])"}},
	.check = "ip_address",
	.words = ip_words,
	.negatives = ip_negatives,
	.confidence = {.accepted = 35, .near_word = 25, .negative = 20, .column = 5},
	.mask = {.head = 1, .tail = 0},
	.labels = {.level = "C1", .jrt0197 = 2, .nfra = "general"},
	.normal = WEIR_NORMAL_TEXT,
	.rank = 58,
};
