/* SPDX-License-Identifier: Apache-2.0 */
/* Chinese personal names. The shape says little; a name counts behind its label or beside another
 * value only. */

#include <string.h>

#include "checks.h"
#include "weir/base/macros.h"
#include "weir/base/utf8.h"

/* The commonest first; the first hundred make a name strong. */
static const char surnames[] = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许邓韩冯曹彭曾肖"
			       "田董潘袁蔡蒋余于杜叶程魏苏吕"
			       "丁任卢姚沈钟姜崔谭陆范汪廖石金韦贾夏付方邹熊白孟秦邱侯江尹薛闫雷段"
			       "龙黎史陶贺毛郝顾龚邵万覃武钱"
			       "戴严莫孔向常汤康易乔赖文洪尚牛柯毕齐岳樊温俞章鲁葛殷庞华舒聂焦欧左"
			       "梅倪申耿关兰颜安庄季童祝甘柳"
			       "詹包单裴霍纪鲍凌翟成路祁宁尤穆辛冉游骆涂管柴靳盛甄欧阮符屈冷谷车费"
			       "阎应项丛卜祖佟曲蒙池卓蔺蒲"
			       "鹿苗边景党房宫卫司沙娄鄢迟阳桂解简晏宗占隋喻翁麦仲滕桑滑苟褚商查原"
			       "米郎席敖计郁邝伍揭危封宿木干"
			       "边付肖代占闵时官巫明全农仇艾古连闻乐卞戚窦岑植练丘冼楚帅巩和逯粟来"
			       "扈璩言伏植储荆佘麻臧晋麻蓝"
			       "張劉陳楊黃趙吳孫馬鄭謝許鄧韓馮葉蘇呂盧鍾譚陸賈鄒閻龍賀顧龔邵萬錢嚴"
			       "湯喬賴齊魯龐聶歐關顏莊單紀";

static const char *const compound[] = {
	"欧阳", "太史", "端木", "上官", "司马", "东方", "独孤", "南宫", "万俟", "闻人", "夏侯",
	"诸葛", "尉迟", "公羊", "赫连", "澹台", "皇甫", "宗政", "濮阳", "公冶", "太叔", "申屠",
	"公孙", "慕容", "仲孙", "钟离", "长孙", "宇文", "司徒", "鲜于", "司空", "闾丘", "子车",
	"亓官", "司寇", "巫马", "公西", "颛孙", "壤驷", "公良", "漆雕", "乐正", "宰父", "谷梁",
	"拓跋", "夹谷", "轩辕", "令狐", "段干", "百里", "呼延", "东郭", "南门", "羊舌", "微生",
	"梁丘", "左丘", "东门", "西门", "第五", "歐陽", "司馬", "諸葛", "東方",
};

/* Words of forms and programs that begin with a surname. */
static const char *const no_names[] = {
	"应当", "应该", "应急", "应用", "高级", "高中", "高度", "安全", "安装", "方式",	  "方法",
	"方向", "方案", "时间", "时期", "任何", "任务", "全部", "全国", "全体", "常见",	  "常规",
	"常用", "关系", "关于", "关键", "关闭", "和其", "于是", "马上", "金额", "金融",	  "成功",
	"成员", "成本", "成都", "周期", "周围", "程序", "程度", "文件", "文档", "文本",	  "文化",
	"白色", "黄色", "黄金", "华为", "万元", "单位", "单号", "单元", "单独", "包括",	  "包含",
	"明细", "明确", "管理", "管辖", "经理", "商品", "商业", "商务", "计算", "计划",	  "路径",
	"原因", "原则", "查询", "查看", "解释", "解除", "解决", "连接", "来源", "来自",	  "项目",
	"代码", "代理", "代表", "官方", "官网", "古代", "乐器", "时候", "明天", "干部",	  "武汉",
	"江苏", "江西", "广东", "安徽", "云南", "上海", "宁波", "宁夏", "温州", "石家庄", "杜绝",
	"许可", "许多", "牛奶", "尚未", "左侧", "左右", "向下", "向上", "毛利", "余额",	  "何时",
	"何种", "段落", "易用", "平台", "平安", "平均", "封面", "符号", "符合", "简称",	  "简介",
	"简单", "房屋", "房产", "房间", "车辆", "车牌", "车主", "费用", "费率", "封闭",	  "景区",
	"边界", "党员", "党委", "司机", "司法", "章节", "甘肃", "申请", "申报", "左边",	  "童年",
	"祝福", "游戏", "管道", "盛大", "应付", "应收", "付款", "付费", "付清", "叶片",	  "夏季",
	"冷却", "木材", "米饭", "来电", "言语", "全称", "全名", "全额", "时长", "方便",	  "水平",
	"金牌", "金卡", "陆续", "万能", "万一", "成立", "成年", "未成", "未知", "高风",	  "高危",
};

#define CHARACTERS_MAX 24

static bool starts(const char *const *words, size_t n, const char *s, size_t len)
{
	for (size_t i = 0; i < n; i++) {
		size_t length;

		/* most differ in the last byte of the first hanzi */
		if (len < 3 || s[2] != words[i][2] || s[1] != words[i][1])
			continue;
		length = strlen(words[i]);
		if (len >= length && memcmp(s, words[i], length) == 0)
			return true;
	}
	return false;
}

/* Its place in the list, or -1. */
static long surname(const char *s)
{
	for (size_t i = 0; i + 3 < sizeof(surnames); i += 3)
		if (surnames[i + 2] == s[2] && surnames[i + 1] == s[1] && surnames[i] == s[0])
			return (long)(i / 3);
	return -1;
}

/* Hanzi and at most one dot between two of them; blanks between two that are all, as lists of names pad
 * them to the width of three. The number of hanzi, 0 when it is anything else. */
static size_t hanzi_only(const char *value, size_t len, size_t *ret_dots)
{
	size_t count = 0, at = 0, blanks = 0;
	bool dot = true;

	*ret_dots = 0;
	while (at < len) {
		uint32_t c;
		size_t n = weir_utf8_decode(value + at, len - at, &c);

		if (c >= 0x4e00 && c <= 0x9fff && n == 3) {
			count++;
			dot = false;
		} else if ((c == 0xb7 || c == 0x2022 || c == 0x30fb) && !dot) {
			++*ret_dots;
			dot = true;
		} else if ((c == ' ' || c == 0x3000) && count == 1 && !dot) {
			blanks++;
		} else {
			return 0;
		}
		at += n;
	}
	return dot || count > CHARACTERS_MAX || (blanks > 0 && count != 2) ? 0 : count;
}

enum weir_check weir_check_cn_name(const char *value, size_t len, uint32_t today)
{
	size_t dots, n = len <= 128 ? hanzi_only(value, len, &dots) : 0;
	long place;

	(void)today;
	if (n < 2)
		return WEIR_CHECK_REFUSED;
	if (dots > 0)
		return n >= 3 && dots <= 4 ? WEIR_CHECK_ACCEPTED : WEIR_CHECK_REFUSED;
	if (n > 4 || starts(no_names, ARRAY_SIZE(no_names), value, len))
		return WEIR_CHECK_REFUSED;
	if (starts(compound, ARRAY_SIZE(compound), value, len) && n > 2)
		return WEIR_CHECK_STRONG;
	place = surname(value);
	/* four hanzi without a compound surname: two surnames, or no name */
	if (place < 0 || (n == 4 && surname(value + 3) < 0))
		return WEIR_CHECK_REFUSED;
	return place < 100 && n < 4 ? WEIR_CHECK_STRONG : WEIR_CHECK_ACCEPTED;
}
