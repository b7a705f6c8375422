/* SPDX-License-Identifier: Apache-2.0 */
/* Customers who do not exist and servers that serve nobody. */

#include "generate.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "weir/base/macros.h"

struct random {
	uint64_t state;
};

static uint64_t next(struct random *random)
{
	uint64_t z = (random->state += UINT64_C(0x9e3779b97f4a7c15));

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

static unsigned below(struct random *random, unsigned n)
{
	return (unsigned)(next(random) % n);
}

#define PICK(random, list) ((list)[below((random), ARRAY_SIZE(list))])

static const char *const surnames[] = {"王", "李", "张", "刘", "陈", "杨", "赵", "黄", "周", "吴",
				       "徐", "孙", "胡", "朱", "高", "林", "何", "郭", "马", "罗"};
static const char *const given[] = {"伟", "芳", "娜", "敏",   "静",   "丽",  "强",
				    "磊", "军", "洋", "勇",   "艳",   "杰",  "娟",
				    "涛", "明", "超", "秀英", "建国", "志强"};
static const char *const cities[] = {"北京市朝阳区",	   "上海市浦东新区",
				     "广东省深圳市南山区", "江苏省南京市鼓楼区",
				     "浙江省杭州市西湖区", "四川省成都市武侯区"};
static const char *const provinces[] = {"京", "沪", "粤", "苏", "浙", "川", "鲁", "豫"};
static const char *const hanzi[] = {"的",   "在",   "和",   "数据", "系统", "文件", "使用",
				    "可以", "如果", "命令", "，",   "。",   "程序", "一个",
				    "选项", "时",   "与",   "为",   "安装", "配置", "用户",
				    "网络", "、",   "设置", "第三", "保险", "GNU",  "软件包"};
static const char *const english[] = {"the ",	"of ",	 "and ",     "file ", "option ",
				      "to ",	"is ",	 "system ",  "for ",  "value, ",
				      "data. ", "with ", "network ", "2023 ", "package ",
				      "user ",	"a ",	 "in\n"};

static char check_mod11(const char *digits)
{
	static const unsigned weights[17] = {7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2};
	unsigned sum = 0;

	for (unsigned i = 0; i < 17; i++)
		sum += weights[i] * (unsigned)(digits[i] - '0');
	return "10X98765432"[sum % 11];
}

/* One in ten has a wrong check digit. */
static char maybe_wrong(struct random *random, char right)
{
	if (below(random, 10))
		return right;
	return right == '5' ? '6' : '5';
}

static void resident(struct random *random, char out[static 19])
{
	static const char *const areas[] = {"11", "31", "44", "32", "33", "51"};

	/* no county has a code from 9000 on */
	snprintf(out, 19, "%s%04u%04u%02u%02u%03u", PICK(random, areas), 9000 + below(random, 1000),
		 1950 + below(random, 55), 1 + below(random, 12), 1 + below(random, 28),
		 below(random, 1000));
	out[17] = maybe_wrong(random, check_mod11(out));
	out[18] = 0;
}

static char check_luhn(const char *digits, size_t n)
{
	unsigned sum = 0;

	for (size_t i = 0; i < n; i++) {
		unsigned digit = (unsigned)(digits[n - 1 - i] - '0') << (i % 2 == 0);

		sum += digit > 9 ? digit - 9 : digit;
	}
	return (char)('0' + (10 - sum % 10) % 10);
}

static void card(struct random *random, char out[static 32])
{
	size_t n = below(random, 2) ? 19 : 16;
	char digits[20];

	snprintf(digits, sizeof(digits), "62%08u%08u", below(random, 100000000),
		 below(random, 100000000));
	digits[n - 1] = maybe_wrong(random, check_luhn(digits, n - 1));
	digits[n] = 0;
	if (below(random, 8)) {
		snprintf(out, 32, "%s", digits);
		return;
	}
	snprintf(out, 32, "%.4s %.4s %.4s %.4s%s%s", digits, digits + 4, digits + 8, digits + 12,
		 n > 16 ? " " : "", digits + 16);
}

static void uscc(struct random *random, char out[static 20])
{
	static const char alphabet[] = "0123456789ABCDEFGHJKLMNPQRTUWXY";
	static const unsigned weights[17] = {1,	 3,  9,	 27, 19, 26, 16, 17, 20,
					     29, 25, 13, 8,  24, 10, 30, 28};
	unsigned sum = 0;

	snprintf(out, 20, "91%06u%04uMA%03u", 310000 + below(random, 400000), below(random, 10000),
		 below(random, 1000));
	for (unsigned i = 0; i < 17; i++)
		sum += weights[i] * (unsigned)(strchr(alphabet, out[i]) - alphabet);
	out[17] = alphabet[(31 - sum % 31) % 31];
	out[18] = 0;
}

static void optional(struct random *random, char *out, size_t size, unsigned of, const char *fmt,
		     ...) _printf_(5, 6);

static void optional(struct random *random, char *out, size_t size, unsigned of, const char *fmt,
		     ...)
{
	va_list args;

	out[0] = 0;
	if (below(random, of))
		return;
	va_start(args, fmt);
	vsnprintf(out, size, fmt, args);
	va_end(args);
}

static size_t csv_row(struct random *random, unsigned number, char *out, size_t size)
{
	char id[19], account[32], company[20] = "", plate[32] = "", passport[16];
	int n;

	resident(random, id);
	card(random, account);
	if (!below(random, 10))
		uscc(random, company);
	if (below(random, 3))
		snprintf(plate, sizeof(plate), "%s%c%c%04u", PICK(random, provinces),
			 'A' + (int)below(random, 8), 'A' + (int)below(random, 8),
			 below(random, 10000));
	optional(random, passport, sizeof(passport), 4, "E%08u", below(random, 100000000));
	n = snprintf(out, size,
		     "%u,%s%s,%s,%s,1%u%09u,user%u@example%u.com,%s,%s,%s,%s%u号,%04u-%02u-%02u,"
		     "%u.%02u\n",
		     number, PICK(random, surnames), PICK(random, given), id, account,
		     3 + below(random, 7), below(random, 1000000000), below(random, 1000000),
		     below(random, 50), plate, passport, company, PICK(random, cities),
		     1 + below(random, 900), 2015 + below(random, 10), 1 + below(random, 12),
		     1 + below(random, 28), below(random, 100000), below(random, 100));
	return n < 0 ? 0 : (size_t)n;
}

static size_t log_line(struct random *random, unsigned number, char *out, size_t size)
{
	static const char *const methods[] = {"GET", "GET", "GET", "POST"};
	static const char *const paths[] = {"/api/v1/order", "/static/js/app.js", "/login",
					    "/api/user"};
	int n = snprintf(
		out, size,
		"10.%u.%u.%u - - [%02u/Oct/2025:%02u:%02u:%02u +0800] \"%s %s?uid=%08u&ts=1761%09u "
		"HTTP/1.1\" %u %u \"-\" \"Mozilla/5.0\" order=2025%02u%02u%014llu "
		"trace=%016llx%016llx "
		"rt=0.%03u #%u\n",
		below(random, 256), below(random, 256), below(random, 256), 1 + below(random, 28),
		below(random, 24), below(random, 60), below(random, 60), PICK(random, methods),
		PICK(random, paths), below(random, 100000000), below(random, 1000000000),
		below(random, 8) ? 200 : 404, below(random, 100000), 1 + below(random, 12),
		1 + below(random, 28), (unsigned long long)(next(random) % 100000000000000ULL),
		(unsigned long long)next(random), (unsigned long long)next(random),
		below(random, 1000), number);

	return n < 0 ? 0 : (size_t)n;
}

typedef size_t (*line_fn)(struct random *random, unsigned number, char *out, size_t size);

static void lines(uint8_t *data, size_t len, line_fn line)
{
	struct random random = {20260101};
	char text[1024];
	size_t at = 0;

	for (unsigned number = 1; at < len; number++) {
		size_t n = WEIR_MIN(line(&random, number, text, sizeof(text)), len - at);

		memcpy(data + at, text, n);
		at += n;
	}
}

void generate_csv(uint8_t *data, size_t len)
{
	static const char header[] = "序号,客户姓名,身份证号,银行卡,手机号,邮箱,车牌号,护照号,"
				     "统一社会信用代码,家庭住址,日期,金额\n";
	size_t n = WEIR_MIN(sizeof(header) - 1, len);

	memcpy(data, header, n);
	lines(data + n, len - n, csv_row);
}

void generate_logs(uint8_t *data, size_t len)
{
	lines(data, len, log_line);
}

void generate_random(uint8_t *data, size_t len)
{
	struct random random = {7};

	for (size_t at = 0; at < len; at += 8) {
		uint64_t value = next(&random);

		memcpy(data + at, &value, WEIR_MIN(sizeof(value), len - at));
	}
}

size_t generate_prose(uint8_t *data, size_t len, bool chinese)
{
	struct random random = {chinese ? 3U : 4U};
	size_t at = 0;

	for (;;) {
		const char *word = chinese ? PICK(&random, hanzi) : PICK(&random, english);
		size_t n = strlen(word);

		if (len - at < n)
			break;
		memcpy(data + at, word, n);
		at += n;
	}
	memset(data + at, '\n', len - at);
	return len;
}
