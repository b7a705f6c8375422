/* SPDX-License-Identifier: Apache-2.0 */
/* Checks of telephone numbers, addresses, names, accounts and secrets. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "weir/base/macros.h"
#include "weir/validate/validate.h"

#define TODAY 20251124

static enum weir_check run(const char *check, const char *value)
{
	weir_check_fn fn = weir_check_find(check);

	assert_non_null(fn);
	return fn(value, strlen(value), TODAY);
}

static void hold(const char *check, const char *const *values)
{
	for (; *values; values++)
		if (run(check, *values) == WEIR_CHECK_REFUSED)
			fail_msg("%s refuses %s", check, *values);
}

static void refuse(const char *check, const char *const *values)
{
	for (; *values; values++)
		if (run(check, *values) != WEIR_CHECK_REFUSED)
			fail_msg("%s takes %s", check, *values);
}

#define HOLD(check, ...)   hold(check, (const char *const[]){__VA_ARGS__, NULL})
#define REFUSE(check, ...) refuse(check, (const char *const[]){__VA_ARGS__, NULL})

/* The table of the ministry, written as the first four or five digits of every range. */
static bool allocated(unsigned four, unsigned fifth)
{
	unsigned three = four / 10;

	switch (three / 10) {
	case 13:
	case 18:
		return true;
	case 14:
		return three >= 145;
	case 15:
		return three != 154;
	case 16:
		return three == 162 || (three >= 165 && three <= 167) || four == 1619;
	case 17:
		if (three == 174)
			return four == 1740 || four == 1749 || (four == 1741 && fifth <= 2);
		return three <= 173 || (three >= 175 && three <= 178);
	case 19:
		return three != 194;
	default:
		return false;
	}
}

static void texts__mobile_allocation(void **state)
{
	for (unsigned five = 10000; five < 20000; five++) {
		char number[16];

		snprintf(number, sizeof(number), "%u274619", five);
		assert_int_equal(run("cn_mobile", number) != WEIR_CHECK_REFUSED,
				 allocated(five / 10, five % 10));
	}
	REFUSE("cn_mobile", "1392746195", "139274619580", "1392746195x", "");
}

static void texts__landline(void **state)
{
	HOLD("cn_landline", "01065528841", "075526528841", "07552652884", "02165528841",
	     "1065528841", "65528841", "2652884", "031185528841");
	REFUSE("cn_landline", "0106552884", "02665528841", "038265528841", "01015528841",
	       "15528841", "22222222", "000000", "0755265288411", "abcdefg");
}

static void texts__email(void **state)
{
	HOLD("email", "zhang.san@weir-mail.com.cn", "a@b.cn", "x_y+z@mail.weir.com",
	     "123456@qq.com", "wang@sub.dom.co.uk", "li@xn--fiq228c.xn--fiqs8s", "a@weir.com.py",
	     "a@weir.us", "a@weir.tw", "a@weir.zw", "a@weir.eu");
	REFUSE("email", "foo@2x.png", "git@weir.com", "user@host", "a@weir.js", ".a@weir.com",
	       "a.@weir.com", "a..b@weir.com", "a@-weir.com", "a@weir-.com", "a@weir..com",
	       "a@example.com", "a@mail.example.org", "tool@script.py", "A@weir.com", "@weir.com",
	       "a@weir.c", "a@weir.service", "a@weir.or", "a@weir.js", "");
}

static void texts__im_account(void **state)
{
	HOLD("im_account", "zhangsan_1985", "2716049382", "wxid_ab12cd34ef56", "lisi-88",
	     "2088123456780912");
	REFUSE("im_account", "1zhangsan", "abc", "0123456", "111111", "wxid_abc", "zhang san",
	       "a.b.c.d.e.f", "12345678901234");
}

static void texts__ip_address(void **state)
{
	HOLD("ip_address", "61.135.7.9", "223.5.5.5", "172.15.1.1", "172.32.1.1", "192.169.1.1",
	     "100.63.0.1", "1.180.2.3");
	REFUSE("ip_address", "10.1.2.3", "127.0.0.1", "192.168.1.1", "172.16.0.1", "172.31.255.255",
	       "169.254.1.1", "100.64.0.1", "192.0.2.1", "198.51.100.7", "203.0.113.9", "224.0.0.1",
	       "255.255.255.255", "0.1.2.3", "61.135.7", "61.135.7.9.1", "61.135.7.256",
	       "61.135.07.9", "1.2.3.4", "61..7.9", "a.b.c.d");
}

static void texts__birth_date(void **state)
{
	HOLD("birth_date", "19850615", "1985-06-15", "1985/6/5", "1985年6月5日", "1985.06.15",
	     "民国74年6月5日", "民國74年6月5");
	REFUSE("birth_date", "19851315", "1985-02-30", "18991231", "20251125", "1985-06", "1985",
	       "2985年6月5日", "1985-6-5-1", "19850615123456", "");
	assert_int_equal(run("birth_date", "2020-01-01"), WEIR_CHECK_STRONG);
	assert_int_equal(run("birth_date", "20111125"), WEIR_CHECK_STRONG);
	assert_int_equal(run("birth_date", "20111124"), WEIR_CHECK_ACCEPTED);
}

static void texts__name(void **state)
{
	HOLD("cn_name", "张伟", "李娜", "欧阳小明", "司马光", "王小二", "买买提·吐尔逊", "張偉",
	     "阿依古丽·买买提明", "黄李文静");
	REFUSE("cn_name", "应当在", "高级", "金额", "张", "张伟的电话号", "Zhang San", "张1",
	       "公司名称", "·吐尔逊", "买买提·", "", "文件名");
	assert_int_equal(run("cn_name", "张伟"), WEIR_CHECK_STRONG);
	assert_int_equal(run("cn_name", "欧阳小明"), WEIR_CHECK_STRONG);
	assert_int_equal(run("cn_name", "苗人凤"), WEIR_CHECK_ACCEPTED);
}

static void texts__address(void **state)
{
	HOLD("cn_address", "广东省深圳市南山区科技路12号阳光花园3栋2单元1201室",
	     "北京市朝阳区建国路88号", "长沙市芙蓉区五一大道158号",
	     "上海市浦东新区张江镇祖冲之路88弄12号楼1502室", "浙江杭州市西湖区文三路A座",
	     "客户住在成都市武侯区人民南路四段11号");
	REFUSE("cn_address", "北京市朝阳区", "第3号房间", "市场占有率为5号", "路88号",
	       "他在二区三路", "3栋2单元", "本市共有区县12个", "", "号号号号号号号");
	assert_int_equal(run("cn_address", "广东省深圳市南山区科技路12号3栋2单元1201室"),
			 WEIR_CHECK_STRONG);
	/* the parts in another order are none */
	REFUSE("cn_address", "1201室12号科技路南山区深圳市");
}

static void texts__plate(void **state)
{
	HOLD("cn_plate", "粤B12A45", "粵B12A45", "京A12345", "粤B·12A45", "粤B D12345", "沪AD12345",
	     "粤B12345D", "粤Z1234港", "京A1234警", "川A1234学", "使123456", "WJ12345", "VA12345");
	REFUSE("cn_plate", "粤I12345", "粤B1234", "粤BABCDE", "粤B123456", "粤BO2345", "豪A12345",
	       "粤B12I45", "使12345", "新A", "粤bA2345", "");
}

static void texts__secret(void **state)
{
	HOLD("secret", "Zx8#kQ2w", "Tr0ub4dor3", "sdf8S7df6sd87Fsd8f7sdF", "hunter42");
	REFUSE("secret", "password", "changeme1", "****", "xxxx1234", "${PASSWORD1}", "<your1key>",
	       "getpass1()", "123456", "00000000", "secret123", "os.environ1", "null", "aaaaaaaa1",
	       "abc", "letters", "/etc/pass9");
	HOLD("secret_pin", "839201", "7731", "Zx8#kQ2w");
	REFUSE("secret_pin", "123456", "111111", "1234", "12");
	HOLD("secret_token", "Q3EGRTZ5WXYPLMN7KD82");
	REFUSE("secret_token", "AAAAAAAAAAAAAAAAAAAA", "Q3EGRTZ5EXAMPLEN7KD8", "Q3EG");
	assert_int_equal(run("secret", "k7Qz2Wm9Xr4Tb6Yp1Nc8"), WEIR_CHECK_STRONG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts__mobile_allocation),
		cmocka_unit_test(texts__landline),
		cmocka_unit_test(texts__email),
		cmocka_unit_test(texts__im_account),
		cmocka_unit_test(texts__ip_address),
		cmocka_unit_test(texts__birth_date),
		cmocka_unit_test(texts__name),
		cmocka_unit_test(texts__address),
		cmocka_unit_test(texts__plate),
		cmocka_unit_test(texts__secret),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
